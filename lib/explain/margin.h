/*
 * How close the votes were: how many voters would have to move to another chain for that to become
 * the main one, how many would have to fall silent for the consensus to end, how many more would
 * have to agree for there to be one. Each answer is found by changing the ballot and counting
 * again, with bisection over the number of voters. That is no part of a step: it allocates, and
 * takes up to some dozen counts.
 */
#ifndef TW_EXPLAIN_MARGIN_H
#define TW_EXPLAIN_MARGIN_H

#include "core/monitor.h"

/* The fewest voters that do it. n = 0: no number of them does. */
struct tw_movers {
	uint32_t n;
	int32_t nodes[TW_NODES_MAX];
};

struct tw_margin {
	/* If these moved to the chain of rival, that would be the main one. When nobody conflicts,
	 * rival is TW_NODE_NONE and the chain is one that nobody is on yet. */
	struct tw_movers flip;
	int32_t rival;
	int64_t flip_fork; /* newest block that the two chains share; TW_UNKNOWN: none known */
	/* If these fell silent, the consensus would end. n = 0 also when there is none. */
	struct tw_movers lose;
	/* If these were on the main chain, there would be consensus. n = 0 also when there is. */
	struct tw_movers gain;
};

/* Returns 0 or -ENOMEM. */
int tw_margin_find(const struct tw_monitor *monitor, struct tw_margin *ret_margin);
/* The fewest voters that would make node's chain the main one by moving to it. 0 or -ENOMEM. */
int tw_margin_of_node(const struct tw_monitor *monitor, int32_t node, struct tw_movers *ret_movers);

#endif
