/*
 * The choice: which daemon the pool should use, from the verdicts, the mode and the previous choice
 * (decision.md, Choosing and Modes). A healthy daemon in use (the incumbent) stays; only when there
 * is none, the best healthy daemon is chosen; only when nobody is healthy, the least bad one.
 */
#ifndef TW_CORE_DECIDE_SELECT_H
#define TW_CORE_DECIDE_SELECT_H

#include "core/types.h"

struct tw_monitor;

/* By what the better of two healthy daemons is told from the other, most important first. */
enum tw_better {
	TW_BETTER_TIP,
	TW_BETTER_MAIN,
	TW_BETTER_SURE,
	TW_BETTER_PRIORITY,
	TW_BETTER_DELAY,
	TW_BETTER_LATENCY,
	TW_BETTER_ORDER,
};

void tw_select_update(struct tw_monitor *monitor);
/* Writes the choice into the decision. */
void tw_select_fill(struct tw_monitor *monitor, struct tw_decision *decision);
/* Whether a is the better of two healthy daemons, and by what. */
bool tw_select_compare(
	const struct tw_monitor *monitor, int32_t a, int32_t b, enum tw_better *ret_better);
/* The healthy daemon that would take over from the chosen one, or TW_NODE_NONE. */
int32_t tw_select_next(const struct tw_monitor *monitor);
bool tw_select_are_all_drained(const struct tw_monitor *monitor);
/*
 * Which nodes `submit` names: the chosen one, the other healthy daemons, those that can take a
 * block all the same (warming, drained), and last those that answer but probably cannot (lagging,
 * forked, without templates, ...). A wrecked daemon is left out. ret_nodes has room for all nodes.
 * Returns how many.
 */
uint32_t tw_select_targets(const struct tw_monitor *monitor, int32_t *ret_nodes);

#endif
