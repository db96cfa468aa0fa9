/* The row of monerod in the table of dialects (dialect.c). */
#ifndef TW_RPC_MONERO_H
#define TW_RPC_MONERO_H

#include "rpc/dialect_row.h"

extern const struct tw_dialect_row tw_monero;

#endif
