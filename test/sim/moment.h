/* What is known of one moment of a history: the decision, and the nodes by the truth. */
#ifndef TEST_SIM_MOMENT_H
#define TEST_SIM_MOMENT_H

#include "explain/view.h"
#include "feed.h"

struct moment {
	const struct feed_state *state;
	const struct tw_decision *decision;
	const struct tw_policy *policy;
	struct tw_view_node views[HISTORY_NODES]; /* by the history's numbers */
	bool is_drained[HISTORY_NODES];
	int tip;    /* T's block; -1 */
	int anchor; /* C's */
	uint32_t voting;
	bool has_healthy; /* a daemon that could be chosen */
	bool has_candidate;
};

/* Whether the node is a healthy daemon that is not drained; i -1: no. */
bool moment_is_healthy(const struct moment *now, int32_t i);
/* What the state is now. */
void moment_look(struct moment *now, const struct feed_state *state);
/* The tip of a node that has shown one. */
int moment_tip_of(const struct moment *now, uint32_t i);
/* Voters whose tips descend from the block. */
uint32_t moment_supporters(const struct moment *now, int block);
/* Whether an answering voter that is believed has shown both. */
bool moment_somebody_has(const struct moment *now, int a, int b);
/* TW_UNKNOWN for block -1. */
int64_t moment_height_of(const struct moment *now, int block);
/* Whether two voters conflict: they may do so beside the main chain. */
bool moment_do_any_conflict(const struct moment *now);

#endif
