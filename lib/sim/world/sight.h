/*
 * What a check of a simulated daemon sees, and when: the same questions in the same order as
 * rpc/check.h puts them to real ones.
 */
#ifndef TW_SIM_WORLD_SIGHT_H
#define TW_SIM_WORLD_SIGHT_H

#include "core/monitor.h"
#include "core/node/chain.h"
#include "sim/world/world.h"

/* A check under way. */
struct tw_sim_check {
	bool is_running;
	int64_t started_us;
	int64_t done_us;
	int64_t rtt_us;        /* of the first answer */
	enum tw_result result; /* unless the node changes meanwhile */
	bool is_template_late; /* the answer to its last question will not come in time */
	struct tw_check_order order;
};

/* Begins a check of a node as tipwatchd would. */
void tw_sim_sight_start(const struct tw_sim_world *world, struct tw_sim_rand *rand,
	const struct tw_action *action, struct tw_sim_check *ret_check);
/* The observation of a check that is done. chain is what the rule knows of the node. */
void tw_sim_sight_end(const struct tw_sim_world *world, int32_t node,
	const struct tw_sim_check *check, const struct tw_chain *chain,
	struct tw_observation *ret_obs);

#endif
