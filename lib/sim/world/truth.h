/*
 * What is true in a simulated world, although no rule knows it: the main chain, and what mining on
 * a daemon is worth.
 */
#ifndef TW_SIM_WORLD_TRUTH_H
#define TW_SIM_WORLD_TRUTH_H

#include "core/types.h"
#include "sim/world/world.h"

/* A pool gets this long to follow, because no daemon has a new block at once. */
#define TW_SIM_ALLOWANCE_US (2 * TW_SEC)

/* What mining on a daemon is worth. */
enum tw_sim_standing {
	TW_SIM_STANDING_GOOD,  /* on the newest block of the true main chain, or nearly */
	TW_SIM_STANDING_STALE, /* on an older one */
	TW_SIM_STANDING_FORK,  /* on a block that is not on it */
	TW_SIM_STANDING_NONE,  /* no template */
};

/* ret_until_us: when that changes by time alone, unless something happens before. */
enum tw_sim_standing tw_sim_truth_standing(
	const struct tw_sim_world *world, int32_t node, int64_t *ret_until_us);
/* The same for building on a block, such as T. NONE: there is no such block. */
enum tw_sim_standing tw_sim_truth_tip(
	const struct tw_sim_world *world, const struct tw_point *tip, int64_t *ret_until_us);
/* How many daemons that answer and have peers are on the main chain and contradict that of node. */
uint32_t tw_sim_truth_contradicted(const struct tw_sim_world *world, int32_t node);
/* Writes down the main chain, which ends in tip. */
void tw_sim_truth_write_main(struct tw_sim_world *world, int32_t tip);
/* The network has left the blocks from block down to the main chain. */
void tw_sim_truth_orphan(struct tw_sim_world *world, int32_t block);
/* The main side goes to tip; what it leaves is orphaned. */
void tw_sim_truth_adopt(struct tw_sim_world *world, int32_t tip);

#endif
