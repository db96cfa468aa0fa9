/*
 * One verdict for every node: the first reason that applies, worst first (decision.md, Verdicts).
 * A verdict follows from the node's health, from where its chain stands to the main chain and to T,
 * and from its templates.
 */
#ifndef TW_CORE_DECIDE_VERDICT_H
#define TW_CORE_DECIDE_VERDICT_H

#include "core/types.h"

struct tw_monitor;

void tw_verdict_update(struct tw_monitor *monitor);
/*
 * From when on (the core's time) a node is lagging whose chain has this relation to the main chain
 * and its tip at this height. TW_NEVER: it is not, as long as T stays where it is.
 */
int64_t tw_verdict_lagging_from(
	const struct tw_monitor *monitor, enum tw_relation relation, int64_t tip);
/* Whether a pool can mine on this node, by its verdict, while no daemon is healthy (Modes 7). */
bool tw_verdict_is_mineable(struct tw_monitor *monitor, int32_t i);

#endif
