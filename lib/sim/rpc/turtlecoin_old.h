/* TurtleCoind up to 0.20, simulated. */
#ifndef TW_SIM_RPC_TURTLECOIN_OLD_H
#define TW_SIM_RPC_TURTLECOIN_OLD_H

#include "sim/rpc/call.h"

void tw_sim_turtlecoin_old_answer(struct tw_sim_call *call);

#endif
