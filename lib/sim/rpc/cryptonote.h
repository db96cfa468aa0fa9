/*
 * Daemons that have kept the methods of the first CryptoNote daemon, with info pages of their own:
 * Bytecoin, Conceal and Zano, from their public sources.
 */
#ifndef TW_SIM_RPC_CRYPTONOTE_H
#define TW_SIM_RPC_CRYPTONOTE_H

#include "sim/rpc/call.h"

void tw_sim_cryptonote_answer(struct tw_sim_call *call);

#endif
