/* Defaults and derived numbers of the policy. */
#ifndef TW_CORE_POLICY_H
#define TW_CORE_POLICY_H

#include "core/types.h"

/* Fills in every default of tipwatch.conf(5), for a block target of 30 s. */
void tw_policy_init(struct tw_policy *ret_policy);
/* Sets the block target and what defaults to multiples of it: lag_for (1/3) and stall_for (10). */
void tw_policy_set_block_target(struct tw_policy *policy, int64_t block_target_us);

static inline int64_t tw_policy_interval(
	const struct tw_policy *policy, const struct tw_node_policy *node)
{
	return node->interval_us > 0 ? node->interval_us : policy->interval_us;
}
static inline int64_t tw_policy_timeout(
	const struct tw_policy *policy, const struct tw_node_policy *node)
{
	return node->timeout_us > 0 ? node->timeout_us : policy->timeout_us;
}
/* Each quarter of the block target adds a block to the budget (decision.md, Voting 4(c)). */
static inline int64_t tw_policy_growth_us(const struct tw_policy *policy)
{
	return policy->block_target_us / 4;
}

/* Blocks that an uncorroborated chain may be ahead: max_lead twice, and one per quarter of the
 * block target that passed (decision.md, Voting 4(b)). */
int64_t tw_policy_lead_limit(const struct tw_policy *policy, int64_t elapsed_us);

#endif
