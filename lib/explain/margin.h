/*
 * What would change the votes' outcome, found by counting again: how many voters more on another
 * chain make that the main one, how many fall silent until there is no consensus, how many more
 * must agree until there is one. Not part of a step: it allocates, and takes up to some dozen
 * counts.
 */
#ifndef TW_EXPLAIN_MARGIN_H
#define TW_EXPLAIN_MARGIN_H

#include "core/monitor.h"

/* Some voters, the fewest that do it; none (n = 0): no number of them does. */
struct tw_movers {
	uint32_t n;
	int32_t nodes[TW_NODES_MAX];
};

struct tw_margin {
	/* Moved to the chain of rival, or to a new one where nobody conflicts (TW_NODE_NONE), these
	 * make it the main chain. */
	struct tw_movers flip;
	int32_t rival;
	int64_t flip_fork;     /* newest block that the two chains share; TW_UNKNOWN: none known */
	struct tw_movers lose; /* silent, these end the consensus; n = 0 also when there is none */
	struct tw_movers gain; /* on the main chain, these make one; n = 0 also when there is one */
};

/* -ENOMEM. */
int tw_margin_find(const struct tw_monitor *monitor, struct tw_margin *ret_margin);
/* The fewest voters that make node's chain the main one by moving to it. -ENOMEM. */
int tw_margin_of_node(const struct tw_monitor *monitor, int32_t node, struct tw_movers *ret_movers);

#endif
