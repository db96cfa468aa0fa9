/*
 * The headers that a check asks for below the newest one: first those that link the newest block to
 * the known chain (tw_chain_next_question()), until they meet it, then the heights that the core
 * asks for.
 */
#ifndef TW_RPC_PLAN_H
#define TW_RPC_PLAN_H

#include "core/monitor.h"
#include "core/node/chain.h"
#include "rpc/reply.h"

struct tw_rpc_plan {
	const struct tw_chain *const *window; /* where the known chain is, borrowed */
	const struct tw_check_order *order;   /* borrowed */
	bool is_linked; /* also set by the caller where the daemon has no more headers */
	uint32_t n_questions;
};

void tw_rpc_plan_init(struct tw_rpc_plan *ret_plan, const struct tw_chain *const *window,
	const struct tw_check_order *order);
/*
 * The next height to ask for, given what obs has; TW_UNKNOWN: no more. It is for linking unless
 * is_linked is set afterwards.
 */
int64_t tw_rpc_plan_next(struct tw_rpc_plan *plan, const struct tw_observation *obs);
/*
 * Adds a header to obs, and the block before it where that is wanted. Returns the height at which
 * obs shows another block, or TW_UNKNOWN.
 */
int64_t tw_rpc_plan_add(
	struct tw_observation *obs, const struct tw_header *header, bool wants_prev);

#endif
