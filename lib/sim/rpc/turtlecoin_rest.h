/* TurtleCoind 1.x, simulated. */
#ifndef TW_SIM_RPC_TURTLECOIN_REST_H
#define TW_SIM_RPC_TURTLECOIN_REST_H

#include "sim/rpc/call.h"

void tw_sim_turtlecoin_rest_answer(struct tw_sim_call *call);

#endif
