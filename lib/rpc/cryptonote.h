/* The daemons that have kept the methods of the first CryptoNote daemon. */
#ifndef TW_RPC_CRYPTONOTE_H
#define TW_RPC_CRYPTONOTE_H

#include "rpc/dialect_row.h"

extern const struct tw_dialect_row tw_cryptonote;

#endif
