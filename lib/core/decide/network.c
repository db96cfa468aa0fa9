/* See network.h. */
#include "core/decide/network.h"
#include "core/decide/belief.h"
#include "core/decide/foreign.h"
#include "core/model.h"
#include "core/vote/tally.h"

/* How long a start waits for the daemon of before it, once the others agree (Modes 1). */
#define AWAITED_US (2 * TW_SEC)

void tw_network_count(struct tw_monitor *monitor)
{
	const struct tw_chain *confirmed = monitor->anchor.tip < 0 ? NULL : &monitor->anchor;
	uint32_t voters = 0, quorum;
	struct tw_ballot ballot;

	tw_foreign_update(monitor);
	for (uint32_t i = 0; i < monitor->n; i++) {
		struct tw_node *node = &monitor->nodes[i];
		const struct tw_chain *chain = &node->chain;

		node->is_silent = tw_model_is_due(monitor, node->silent_us);
		if (!tw_belief_may_vote(monitor, (int32_t)i) || monitor->is_doubted[i])
			chain = NULL;
		voters += !tw_model_has_left(monitor, (int32_t)i, node->is_silent);
		/* The others vote for what these show. */
		if (monitor->is_doubted[i] && monitor->chains[i] != &node->chain)
			continue;
		if (monitor->chains[i] != chain) {
			monitor->chains[i] = chain;
			monitor->needs_count = true;
		}
	}
	quorum = tw_model_quorum(monitor, voters);
	if (monitor->decision.quorum != quorum || monitor->chains[monitor->n] != confirmed)
		monitor->needs_count = true;
	monitor->chains[monitor->n] = confirmed;
	tw_belief_cut(monitor);
	monitor->decision.voters = voters;
	monitor->decision.quorum = quorum;
	if (monitor->votes.tie_until_us != TW_NEVER &&
		tw_model_is_due(monitor, monitor->votes.tie_until_us))
		monitor->needs_count = true;
	if (monitor->needs_count) {
		for (uint32_t i = 0; i < monitor->n; i++)
			monitor->has_grown[i] = tw_model_is_daemon(monitor, (int32_t)i) &&
						tw_model_has_grown(monitor, (int32_t)i);
		ballot = tw_model_ballot(monitor, monitor->chains);
		tw_tally_count(&monitor->votes, &ballot);
		if (monitor->votes.tie_until_us != TW_NEVER)
			(void)tw_model_is_due(monitor, monitor->votes.tie_until_us);
	}
	monitor->needs_count = false;
}

static bool is_consensus(const struct tw_monitor *m)
{
	return tw_votes_agree(&m->votes, m->decision.quorum);
}

/* Whether the daemon of before the restart may still answer: slower than others, it is not worse.
 */
static bool is_incumbent_awaited(struct tw_monitor *m)
{
	int32_t incumbent = m->choosing.incumbent;

	return incumbent >= 0 && !m->nodes[incumbent].is_drained &&
	       !m->nodes[incumbent].health.has_finished &&
	       !tw_model_is_due(m, m->started_us + AWAITED_US);
}

bool tw_network_has_started(struct tw_monitor *monitor)
{
	int64_t longest_us = 0;
	bool have_all = true;

	for (uint32_t i = 0; i < monitor->n; i++) {
		int64_t timeout_us = tw_policy_timeout(&monitor->policy, &monitor->nodes[i].policy);

		have_all = have_all && monitor->nodes[i].health.has_finished;
		if (timeout_us > longest_us)
			longest_us = timeout_us;
	}
	if (have_all || tw_model_is_due(monitor, monitor->started_us + longest_us))
		return true;
	return is_consensus(monitor) &&
	       tw_votes_backed_by(&monitor->votes, monitor->decision.quorum) >= 0 &&
	       !is_incumbent_awaited(monitor);
}

enum tw_mode tw_network_mode(const struct tw_monitor *monitor)
{
	uint32_t working = monitor->policy.min_working;

	if (working > monitor->decision.voters)
		working = monitor->decision.voters;
	if (monitor->is_starting)
		return TW_MODE_STARTING;
	if (is_consensus(monitor))
		return TW_MODE_CONSENSUS;
	if (monitor->votes.has_deep_conflict)
		return TW_MODE_CONTESTED;
	if (monitor->votes.answering < monitor->decision.quorum &&
		monitor->votes.answering >= working && monitor->votes.conflicting == 0)
		return TW_MODE_REDUCED;
	return TW_MODE_FALLBACK;
}

int tw_network_is_island(struct tw_monitor *monitor)
{
	bool is_known = false, is_unclear = false;

	for (uint32_t i = 0; i < monitor->n; i++) {
		const struct tw_node *node = &monitor->nodes[i];
		int64_t peers = tw_node_peers(node);

		if (tw_model_is_due(monitor, node->silent_us) || node->is_foreign)
			continue;
		if (node->policy.role == TW_ROLE_REFERENCE || peers >= monitor->n)
			return 0;
		if (peers < 0)
			is_unclear = true;
		else
			is_known = true;
	}
	return is_known && !is_unclear ? 1 : -1;
}
