/* See network.h. */
#include "core/decide/network.h"
#include "core/decide/belief.h"
#include "core/decide/foreign.h"
#include "core/model.h"
#include "core/vote/tally.h"

/* How long a start waits for the daemon of before it, once the others agree (Modes 1). */
#define AWAITED_US (2 * TW_SEC)

/* Finds whether the node votes. */
static void look_at_voter(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	const struct tw_chain *chain = node->chain;
	bool was_silent = node->is_silent, has_left;

	node->is_silent = tw_model_is_due(m, node->silent_us);
	if (node->is_silent != was_silent)
		tw_model_mark(m, TW_PART_RECORD, i);
	m->may_differ[i] = true;
	m->built_us[i] = tw_model_is_daemon(m, i) ? node->grew_us[1] : INT64_MIN;
	has_left = tw_model_has_left(m, i, node->is_silent);
	m->n_left = m->n_left + has_left - m->has_left[i];
	m->has_left[i] = has_left;
	if (!tw_belief_may_vote(m, i) || m->is_doubted[i])
		chain = NULL;
	/* The others vote for what these show. */
	if (m->is_doubted[i] && m->chains[i] != node->chain)
		return;
	if (m->chains[i] != chain) {
		m->chains[i] = chain;
		m->needs_count = true;
	}
}

static void count(struct tw_monitor *m)
{
	struct tw_ballot ballot;

	for (uint32_t i = 0; i < m->n; i++)
		m->has_grown[i] = m->built_us[i] > m->tip.moved_us;
	ballot = tw_model_ballot(m, m->chains);
	ballot.may_differ = m->may_differ;
	tw_tally_count(&m->votes, &ballot);
	memset(m->may_differ, 0, m->n * sizeof(m->may_differ[0]));
	if (m->votes.tie_until_us != TW_NEVER)
		(void)tw_model_is_due(m, m->votes.tie_until_us);
	m->has_counted = true;
	for (uint32_t i = 0; i < m->n; i++) {
		/* How a node without a vote stands to the main chain is found with the verdict. */
		if (m->votes.relation[i] == TW_RELATION_NONE || m->is_doubted[i] ||
			m->votes.relation[i] != m->votes.was_relation[i] ||
			m->votes.share[i] != m->votes.was_share[i])
			tw_model_mark(m, TW_PART_VERDICT, (int32_t)i);
	}
}

void tw_network_count(struct tw_monitor *monitor)
{
	const struct tw_chain *confirmed = monitor->anchor.tip < 0 ? NULL : &monitor->anchor;
	uint32_t voters, quorum;

	tw_foreign_update(monitor);
	tw_model_look(monitor, TW_PART_VOTE, look_at_voter);
	voters = monitor->n - monitor->n_left;
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
	if (monitor->needs_count)
		count(monitor);
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

static enum tw_ground ground_of(struct tw_monitor *m, const struct tw_node *node)
{
	int64_t peers = tw_node_peers(node);

	if (tw_model_is_due(m, node->silent_us) || node->is_foreign)
		return TW_GROUND_NONE;
	if (node->policy.role == TW_ROLE_REFERENCE || peers >= m->n)
		return TW_GROUND_MAIN;
	return peers < 0 ? TW_GROUND_UNCLEAR : TW_GROUND_CUT_OFF;
}

static void look_at_peers(struct tw_monitor *m, int32_t i)
{
	enum tw_ground ground = ground_of(m, &m->nodes[i]);

	m->n_grounds[m->grounds[i]]--;
	m->n_grounds[ground]++;
	m->grounds[i] = ground;
}

int tw_network_is_island(struct tw_monitor *monitor)
{
	tw_model_look(monitor, TW_PART_PEERS, look_at_peers);
	if (monitor->n_grounds[TW_GROUND_MAIN] > 0)
		return 0;
	return monitor->n_grounds[TW_GROUND_CUT_OFF] > 0 &&
			       monitor->n_grounds[TW_GROUND_UNCLEAR] == 0
		       ? 1
		       : -1;
}
