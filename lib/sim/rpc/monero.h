/* monerod 0.18, simulated. */
#ifndef TW_SIM_RPC_MONERO_H
#define TW_SIM_RPC_MONERO_H

#include "sim/rpc/call.h"

void tw_sim_monero_answer(struct tw_sim_call *call);

#endif
