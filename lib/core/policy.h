/*
 * The numbers that the decision rule is made with, as the configuration sets them: their defaults
 * and what follows from them. decision.md names each of them where the rule uses it.
 */
#ifndef TW_CORE_POLICY_H
#define TW_CORE_POLICY_H

#include "core/types.h"

/* Defaults: tw_policy_init(). */
struct tw_policy {
	int64_t block_target_us;
	int64_t interval_us;
	uint32_t looks;         /* at the chosen daemon in an interval */
	int64_t timeout_us;     /* of a whole check, and the longest for its first answer */
	int64_t min_timeout_us; /* the shortest for the first answer */
	uint32_t rise;          /* good checks that bring a node back */
	uint32_t fall;          /* failed checks that take a node down */
	uint32_t quorum;        /* 0: a majority */
	uint32_t min_working;
	int64_t fork_tolerance;
	int64_t max_lead;
	int64_t max_lag;
	int64_t lag_for_us;
	int64_t stall_for_us;
	int64_t min_peers;
	enum tw_fallback fallback;
	int64_t failback_after_us;
	int64_t min_switch_interval_us;
	int64_t switch_cost_us; /* for how long a pool has no work after a switch */
	bool has_template;      /* templates are checked, because a wallet address is configured */
	int64_t template_interval_us;
};

struct tw_node_policy {
	char name[TW_NAME_MAX + 1];
	enum tw_role role;
	bool is_primary; /* exactly one daemon has it */
	int32_t priority;
	int64_t interval_us; /* 0: the policy's */
	int64_t timeout_us;  /* 0: the policy's */
};

/* What the core must know of the configuration. Borrowed by tw_monitor_create(), which copies. */
struct tw_core_config {
	struct tw_policy policy;
	uint32_t n_nodes;
	const struct tw_node_policy *nodes;
};

/* Fills in every default of tipwatch.conf(5), for a block target of 30 s. */
void tw_policy_init(struct tw_policy *ret_policy);
/* Sets the block target and what defaults to multiples of it: lag_for (1/3) and stall_for (10). */
void tw_policy_set_block_target(struct tw_policy *policy, int64_t block_target_us);

/* The name of a node, or none where node is TW_NODE_NONE. */
static inline const char *tw_policy_name(
	const struct tw_core_config *config, int32_t node, const char *none)
{
	return node == TW_NODE_NONE ? none : config->nodes[node].name;
}
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
/* Each quarter of the block target adds a block to the budget (decision.md, Voting 4(b)). */
static inline int64_t tw_policy_growth_us(const struct tw_policy *policy)
{
	return policy->block_target_us / 4;
}

/* From when on an uncorroborated chain may be so many blocks ahead, where nothing has moved since:
 * max_lead twice, and one per quarter of the block target (decision.md, Voting 4(a)). */
int64_t tw_policy_lead_from(const struct tw_policy *policy, int64_t since_us, int64_t above);

#endif
