/*
 * A timed sync over a node's P2P link in place of a check that would only repeat what is known
 * (decision.md, Check 4). schedule.h asks here before it starts a regular check.
 */
#ifndef TW_CORE_SYNC_H
#define TW_CORE_SYNC_H

#include "core/types.h"

struct tw_monitor;
struct tw_node;

/* Whether a timed sync is enough where the next regular check of node is due now. */
bool tw_sync_is_enough(const struct tw_monitor *monitor, int32_t node);
/* Asks for one. The step runs again when it was not answered in time. */
void tw_sync_start(struct tw_monitor *monitor, int32_t node);
/* Whether what was taken for known is not, so that the node must be checked now. */
bool tw_sync_has_failed(struct tw_monitor *monitor, int32_t node);
/* A check starts, or the link is another one: nothing is asked for any more. */
void tw_sync_end(struct tw_node *node);
/* The node's tip as it says over its link. Returns whether anything changed. */
bool tw_sync_take(struct tw_monitor *monitor, int32_t node, const struct tw_point *tip);

#endif
