/*
 * What a simulated daemon answers to an HTTP request, without any I/O: request in, reply out. Each
 * kind of daemon has a file, field for field as real daemons were seen to answer.
 */
#ifndef TW_SIM_RPC_ANSWER_H
#define TW_SIM_RPC_ANSWER_H

#include "sim/net/net.h"
#include "sim/rpc/reply.h"

/*
 * Answers for node. ret_reply is to be finished with tw_sim_reply_finish(). A block that is
 * submitted may grow the network. Returns 0 or -ENOMEM.
 */
int tw_sim_answer(struct tw_sim_net *net, uint32_t node, const struct tw_sim_request *request,
	struct tw_sim_reply *ret_reply);

#endif
