/*
 * The witnesses together: nodes of the public network that say what their newest block is. Nobody
 * vouches for them, anybody may lie, and many may be one. So they elect nothing (decision.md,
 * Witnesses 1 to 3).
 */
#ifndef TW_CORE_DECIDE_PUBLIC_H
#define TW_CORE_DECIDE_PUBLIC_H

#include "core/types.h"

struct tw_monitor;

/* How many are there. */
uint32_t tw_public_count(const struct tw_monitor *monitor);
/* How many have a block of node's chain that is above height. */
uint32_t tw_public_count_above(const struct tw_monitor *monitor, int32_t node, int64_t height);
/*
 * Whether at least a third of the witnesses, of at least TW_WITNESSES_MIN, have a block of node's
 * chain that is above T (Witnesses 3). Not where node is none.
 */
bool tw_public_knows(const struct tw_monitor *monitor, int32_t node);
/*
 * How many blocks at least half of the witnesses are above every node of the configuration, 0 where
 * they are not; TW_UNKNOWN with fewer than TW_WITNESSES_MIN of them.
 */
int64_t tw_public_lead(const struct tw_monitor *monitor);
/* Whether that is more than max_lag, as the decision has it. */
bool tw_public_is_alarming(const struct tw_monitor *monitor);

#endif
