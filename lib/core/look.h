/*
 * When each node is looked at next (decision.md, Check 5). The chosen daemon is looked at several
 * times an interval, because the pool feels what happens to it; every other node once. schedule.h
 * asks here before it starts a check.
 */
#ifndef TW_CORE_LOOK_H
#define TW_CORE_LOOK_H

#include "core/types.h"

struct tw_monitor;

/* When the next check of node is due. */
int64_t tw_look_due(const struct tw_monitor *monitor, int32_t node);
/*
 * It begins now: sets when the next one is due. Returns whether it is one of those in between,
 * which ask for the newest block and not for peer counts and claims.
 */
bool tw_look_begin(struct tw_monitor *monitor, int32_t node);
/* A check of node begins now beside those: the next one is due an interval later, or, where there
 * are many nodes, at the node's own moment. */
void tw_look_put_off(struct tw_monitor *monitor, int32_t node);
/* Whether a check of node that begins now is to ask for a template. */
bool tw_look_wants_template(const struct tw_monitor *monitor, int32_t node);
/*
 * Whether the first check of node under way takes longer than its checks usually do, so that one
 * over a fresh connection is to run beside it. If not, the step runs again when it would.
 */
bool tw_look_is_late(struct tw_monitor *monitor, int32_t node);

#endif
