/* Zano. */
#ifndef TW_RPC_ZANO_H
#define TW_RPC_ZANO_H

#include "rpc/dialect_row.h"

extern const struct tw_dialect_row tw_zano;

#endif
