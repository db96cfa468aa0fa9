/* The row of TurtleCoind 1.x in the table of dialects (dialect.c). */
#ifndef TW_RPC_TURTLECOIN_REST_H
#define TW_RPC_TURTLECOIN_REST_H

#include "rpc/dialect_row.h"

extern const struct tw_dialect_row tw_turtlecoin_rest;

#endif
