/* TurtleCoind 0.22 to 0.28, simulated. */
#ifndef TW_SIM_RPC_TURTLECOIN_RPC_H
#define TW_SIM_RPC_TURTLECOIN_RPC_H

#include "sim/rpc/call.h"

void tw_sim_turtlecoin_rpc_answer(struct tw_sim_call *call);

#endif
