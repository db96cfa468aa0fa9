/* See policy.h. */
#include "core/policy.h"

void tw_policy_init(struct tw_policy *ret_policy)
{
	*ret_policy = (struct tw_policy){
		.interval_us = 1 * TW_SEC,
		.looks = 5,
		.timeout_us = 5 * TW_SEC,
		.min_timeout_us = 250 * TW_MS,
		.rise = 2,
		.fall = 2,
		.quorum = 0,
		.min_working = 3,
		.fork_tolerance = 1,
		.max_lead = 2,
		.max_lag = 3,
		.min_peers = 1,
		.fallback = TW_FALLBACK_BEST_EFFORT,
		.failback_after_us = 10 * TW_MIN,
		.min_switch_interval_us = 30 * TW_SEC,
		.template_interval_us = 10 * TW_SEC,
	};
	tw_policy_set_block_target(ret_policy, 30 * TW_SEC);
}

void tw_policy_set_block_target(struct tw_policy *policy, int64_t block_target_us)
{
	policy->block_target_us = block_target_us;
	/* Whole milliseconds: what a configuration can say. */
	policy->lag_for_us = block_target_us / 3 / TW_MS * TW_MS;
	policy->stall_for_us = 10 * block_target_us;
}

int64_t tw_policy_lead_from(const struct tw_policy *policy, int64_t since_us, int64_t above)
{
	int64_t beyond = above - 2 * policy->max_lead;
	int64_t growth_us = tw_policy_growth_us(policy);

	if (beyond <= 0)
		return since_us;
	return beyond < (TW_NEVER - since_us) / growth_us ? since_us + beyond * growth_us
							  : TW_NEVER;
}
