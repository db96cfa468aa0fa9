/* The row of TurtleCoind up to 0.28 in the table of dialects (dialect.c). */
#ifndef TW_RPC_TURTLECOIN_RPC_H
#define TW_RPC_TURTLECOIN_RPC_H

#include "rpc/dialect_row.h"

extern const struct tw_dialect_row tw_turtlecoin_rpc;

#endif
