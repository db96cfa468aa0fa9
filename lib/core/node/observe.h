/*
 * What one check changes in one node: its chain, its health, its pace, its figures and what it says
 * of itself. No verdict is made here: the step does that, when all checks of one instant are in.
 */
#ifndef TW_CORE_NODE_OBSERVE_H
#define TW_CORE_NODE_OBSERVE_H

#include "core/node/node.h"
#include "core/node/observation.h"

/*
 * The first sight of a block at one height by any node, to measure how long after it the others get
 * the block. The core keeps TW_WINDOW of them, by height modulo TW_WINDOW.
 */
struct tw_first_sight {
	struct tw_point block; /* height TW_UNKNOWN: none */
	int64_t when_us;
};

/*
 * Takes in the observation of a check that ended now in slot (-1: in none, in a replay). windows
 * are those of all nodes. Returns whether the node shows other blocks than before, so that the
 * votes must be counted again.
 */
bool tw_observe(struct tw_node *node, struct tw_windows *windows, const struct tw_policy *policy,
	int64_t now, struct tw_first_sight sights[TW_WINDOW], int slot,
	const struct tw_observation *obs);

#endif
