/*
 * What outlives a restart: the epochs, the highest tip served, C, who was outvoted, the incumbent,
 * pins, drains and falls (decision.md, Choosing 7). Verdicts and heights do not: they are found out
 * anew. Times are saved as ages, because a monotonic clock means nothing after a restart.
 */
#ifndef TW_CORE_SAVED_H
#define TW_CORE_SAVED_H

#include "core/types.h"

struct tw_monitor;

/* Fills in what is to be saved at now (the caller's time). ret_nodes has room for all nodes. */
void tw_saved_take(const struct tw_monitor *monitor, int64_t now, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes);
/* Takes over what was saved before the restart. saved_nodes has an entry for each node. */
void tw_saved_restore(struct tw_monitor *monitor, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes);
/* Asks for a SAVE when what is to be saved has changed since the last one. */
void tw_saved_push(struct tw_monitor *monitor);

#endif
