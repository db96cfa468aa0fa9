/* What the monitor knows, as status, metrics and explain read it. */
#include "core/internal.h"
#include <stdlib.h>

const struct tw_decision *tw_monitor_decision(const struct tw_monitor *monitor)
{
	return &monitor->decision;
}

bool tw_monitor_is_holding(const struct tw_monitor *monitor)
{
	return monitor->is_holding;
}

uint64_t tw_monitor_seq(const struct tw_monitor *monitor)
{
	return monitor->seq;
}

const struct tw_core_config *tw_monitor_config(const struct tw_monitor *monitor)
{
	return &monitor->config;
}

int64_t tw_monitor_tip_since(const struct tw_monitor *monitor)
{
	return monitor->tip.tip.height < 0
		       ? TW_UNKNOWN
		       : tw_tip_accepted(&monitor->tip, monitor->tip.tip.height);
}

int64_t tw_monitor_to_now(const struct tw_monitor *monitor, int64_t core_us)
{
	return core_us + monitor->skew_us;
}

uint64_t tw_monitor_n_switches(const struct tw_monitor *monitor)
{
	return monitor->choosing.n_switches;
}

const struct tw_switch *tw_monitor_switch(const struct tw_monitor *monitor, uint32_t i)
{
	const struct tw_choosing *choosing = &monitor->choosing;

	if (i >= choosing->n_switches || i >= TW_SWITCHES_MAX)
		return NULL;
	return &choosing->switches[(choosing->n_switches - 1 - i) % TW_SWITCHES_MAX];
}

struct tw_verdict tw_monitor_verdict(const struct tw_monitor *monitor, int32_t node)
{
	return monitor->nodes[node].verdict;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int64_t p99(const struct tw_node *node)
{
	uint32_t sorted[TW_RTTS];
	uint32_t n = node->n_rtts < TW_RTTS ? node->n_rtts : TW_RTTS;

	if (n == 0)
		return TW_UNKNOWN;
	memcpy(sorted, node->rtts_us, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare_u32);
	return sorted[(n * 99 + 99) / 100 - 1];
}

void tw_monitor_view_node(
	const struct tw_monitor *monitor, int32_t i, struct tw_node_view *ret_view)
{
	const struct tw_node *node = &monitor->nodes[i];
	int64_t tip = monitor->tip.tip.height;
	bool is_off = node->relation == TW_RELATION_CONFLICT;

	*ret_view = (struct tw_node_view){
		.verdict = node->verdict,
		.since_us = node->since_us,
		.chain = &node->chain,
		.lag = tip < 0 || node->chain.tip < 0 ? TW_UNKNOWN
		       : tip > node->chain.tip        ? tip - node->chain.tip
						      : 0,
		.fork_height = is_off ? node->share : TW_UNKNOWN,
		.fork_depth =
			is_off && node->share >= 0 ? node->chain.tip - node->share : TW_UNKNOWN,
		.network_height_claim = node->network_height,
		.synced_claim = node->synced,
		.peers_in = node->peers_in,
		.peers_out = node->peers_out,
		.latency_us = node->pace.mean_us,
		.latency_p99_us = p99(node),
		.tip_delay_us = node->n_delays > 0 ? tw_node_delay(node) : TW_UNKNOWN,
		.template = node->template,
		.last_check_us = node->health.last_check_us,
		.last_ok_us = node->health.last_ok_us,
		.checks = node->checks,
		.failures = node->failures,
		.is_voting = monitor->chains[i] != NULL,
		.is_drained = node->is_drained,
		.last_result = node->health.result,
		.detail = node->detail,
		.warm = node->health.warm,
		.warm_need = tw_health_need(&node->health, &monitor->policy, monitor->now),
	};
}

uint32_t tw_monitor_n_branches(const struct tw_monitor *monitor)
{
	return monitor->votes.n_branches;
}

void tw_monitor_branch(const struct tw_monitor *monitor, uint32_t i, struct tw_branch *ret_branch)
{
	const struct tw_votes *votes = &monitor->votes;

	*ret_branch = (struct tw_branch){
		.tip.height = TW_UNKNOWN,
		.fork_height = TW_UNKNOWN,
		.members = monitor->branch_members,
	};
	for (uint32_t node = 0; node < monitor->n; node++) {
		const struct tw_chain *chain = &monitor->nodes[node].chain;

		if (votes->branch[node] != (int32_t)i)
			continue;
		monitor->branch_members[ret_branch->votes++] = (int32_t)node;
		if (chain->tip > ret_branch->tip.height)
			ret_branch->tip =
				(struct tw_point){ chain->tip, *tw_chain_at(chain, chain->tip) };
		if (i > 0 && votes->share[node] > ret_branch->fork_height)
			ret_branch->fork_height = votes->share[node];
	}
}
