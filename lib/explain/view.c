/* See view.h. */
#include "explain/view.h"
#include "core/model.h"

void tw_view_node(const struct tw_monitor *monitor, int32_t i, struct tw_view_node *ret_view)
{
	const struct tw_node *node = &monitor->nodes[i];
	int64_t tip = monitor->tip.tip.height;
	bool is_off = node->relation == TW_RELATION_CONFLICT;

	*ret_view = (struct tw_view_node){
		.verdict = node->verdict,
		.since_us = node->since_us,
		.chain = node->chain,
		.lag = tip < 0 || node->chain->tip < 0 ? TW_UNKNOWN
		       : tip > node->chain->tip        ? tip - node->chain->tip
						       : 0,
		.fork_height = is_off ? node->share : TW_UNKNOWN,
		.fork_depth =
			is_off && node->share >= 0 ? node->chain->tip - node->share : TW_UNKNOWN,
		.network_height_claim = node->network_height,
		.synced_claim = node->synced,
		.peers_in = node->peers_in,
		.peers_out = node->peers_out,
		.latency_us = node->pace.mean_us,
		.latency_p99_us = tw_node_rtt_p99(node),
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
		.false_blocks = tw_record_n_false(&node->record),
		.probation = node->record.kept.probation,
	};
}

uint32_t tw_view_n_branches(const struct tw_monitor *monitor)
{
	return monitor->votes.n_branches;
}

void tw_view_branch(const struct tw_monitor *monitor, uint32_t i, int32_t *members,
	struct tw_branch *ret_branch)
{
	const struct tw_votes *votes = &monitor->votes;

	*ret_branch = (struct tw_branch){
		.tip.height = TW_UNKNOWN,
		.fork_height = TW_UNKNOWN,
		.members = members,
	};
	for (uint32_t node = 0; node < monitor->n; node++) {
		const struct tw_chain *chain = monitor->nodes[node].chain;

		if (votes->branch[node] != (int32_t)i)
			continue;
		members[ret_branch->votes++] = (int32_t)node;
		if (chain->tip > ret_branch->tip.height)
			ret_branch->tip =
				(struct tw_point){ chain->tip, *tw_chain_at(chain, chain->tip) };
		if (i > 0 && votes->share[node] > ret_branch->fork_height)
			ret_branch->fork_height = votes->share[node];
	}
}
