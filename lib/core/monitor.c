/* See monitor.h: events in, one decision a step, actions out. */
#include "core/monitor.h"
#include "core/internal.h"
#include "core/policy.h"
#include <assert.h>
#include <errno.h>

/* At most one check per node and this long on a pool's word (contract, report). */
#define REPORT_EVERY_US (200 * TW_MS)

/* --- what other files of the core use --- */

void tw_actions_push(struct tw_monitor *monitor, const struct tw_action *action)
{
	assert(monitor->n_actions < monitor->max_actions);
	monitor->actions[monitor->n_actions++] = *action;
}

/* --- events --- */

static void set_now(struct tw_monitor *m, int64_t now)
{
	now -= m->skew_us;
	assert(now >= m->now);
	m->now = now;
}

void tw_monitor_observe(struct tw_monitor *monitor, int64_t now, int32_t node, int slot,
	const struct tw_observation *obs)
{
	set_now(monitor, now);
	tw_observe(monitor, node, slot, obs);
}

bool tw_monitor_report(struct tw_monitor *monitor, int64_t now, int32_t node, enum tw_report report)
{
	struct tw_node *n = &monitor->nodes[node];

	(void)report;
	set_now(monitor, now);
	if (n->last_report_us >= 0 && monitor->now - n->last_report_us < REPORT_EVERY_US)
		return false;
	n->last_report_us = monitor->now;
	n->is_requested = true;
	n->wants_template = true;
	return true;
}

void tw_monitor_request_check(struct tw_monitor *monitor, int64_t now, int32_t node)
{
	set_now(monitor, now);
	for (uint32_t i = 0; i < monitor->n; i++) {
		if (node >= 0 && (int32_t)i != node)
			continue;
		monitor->nodes[i].is_requested = true;
		monitor->nodes[i].is_awaited = true;
		monitor->nodes[i].awaited_slot = -1;
		monitor->has_awaited = true;
	}
}

int tw_monitor_operate(struct tw_monitor *monitor, int64_t now, enum tw_op op, int32_t node)
{
	set_now(monitor, now);
	if (op == TW_OP_PIN && !tw_model_is_daemon(monitor, node))
		return -EINVAL;
	monitor->is_operated = true;
	switch (op) {
	case TW_OP_DRAIN:
	case TW_OP_UNDRAIN:
		monitor->nodes[node].is_drained = op == TW_OP_DRAIN;
		break;
	case TW_OP_PIN:
		monitor->choosing.pinned = node;
		break;
	case TW_OP_UNPIN:
		monitor->choosing.pinned = TW_NODE_NONE;
		break;
	}
	return 0;
}

void tw_monitor_gap(struct tw_monitor *monitor, int64_t now, int64_t gap_us)
{
	int64_t most = now - monitor->skew_us - monitor->now, wait_us = 0;

	/* The core's time leaves the gap out: no span that it measures has grown by it. */
	monitor->skew_us += gap_us < most ? gap_us : most;
	set_now(monitor, now);
	monitor->is_holding = true;
	for (uint32_t i = 0; i < monitor->n; i++) {
		struct tw_node *node = &monitor->nodes[i];
		int64_t timeout_us = tw_policy_timeout(&monitor->policy, &node->policy);

		node->is_unjudged = true;
		node->is_requested = true;
		node->wants_cancel = true;
		node->wants_confirm = false;
		if (timeout_us > wait_us)
			wait_us = timeout_us;
	}
	monitor->hold_until_us = monitor->now + wait_us;
}

/* --- the step --- */

uint32_t tw_model_quorum(const struct tw_monitor *monitor, uint32_t voters)
{
	uint32_t quorum = monitor->policy.quorum;

	if (quorum == 0)
		return voters / 2 + 1;
	if (quorum > voters)
		return voters > 0 ? voters : 1;
	return quorum;
}

static void count_votes(struct tw_monitor *m)
{
	uint32_t voters = 0;
	struct tw_ballot ballot = {
		.n_nodes = m->n,
		.chains = m->chains,
		.policy = &m->policy,
		.served = m->tip.tip,
		.primary = m->primary,
		.now = m->now,
	};

	for (uint32_t i = 0; i < m->n; i++) {
		struct tw_node *node = &m->nodes[i];
		const struct tw_chain *chain = &node->chain;

		node->is_silent = tw_model_is_due(m, node->silent_us);
		if (node->is_silent || node->chain.tip < 0 || tw_model_is_isolated(m, (int32_t)i))
			chain = NULL;
		voters += !(node->is_drained && node->is_silent);
		if (m->chains[i] != chain) {
			m->chains[i] = chain;
			m->needs_count = true;
		}
	}
	m->decision.voters = voters;
	m->decision.quorum = tw_model_quorum(m, voters);
	if (m->votes.tie_until_us != TW_NEVER && tw_model_is_due(m, m->votes.tie_until_us))
		m->needs_count = true;
	if (m->needs_count) {
		tw_votes_count(&m->votes, &ballot);
		if (m->votes.tie_until_us != TW_NEVER)
			(void)tw_model_is_due(m, m->votes.tie_until_us);
	}
	m->needs_count = false;
}

static bool is_consensus(const struct tw_monitor *m)
{
	return tw_votes_agree(&m->votes, m->decision.quorum);
}

static bool is_started(struct tw_monitor *m)
{
	int64_t longest_us = 0;
	bool have_all = true;

	for (uint32_t i = 0; i < m->n; i++) {
		int64_t timeout_us = tw_policy_timeout(&m->policy, &m->nodes[i].policy);

		have_all = have_all && m->nodes[i].health.has_finished;
		if (timeout_us > longest_us)
			longest_us = timeout_us;
	}
	if (have_all || tw_model_is_due(m, m->started_us + longest_us))
		return true;
	return is_consensus(m) && tw_votes_supported_by(&m->votes, m->decision.quorum) >= 0;
}

static enum tw_mode find_mode(const struct tw_monitor *m)
{
	uint32_t working = m->policy.min_working;

	if (working > m->decision.voters)
		working = m->decision.voters;
	if (m->is_starting)
		return TW_MODE_STARTING;
	if (is_consensus(m))
		return TW_MODE_CONSENSUS;
	if (m->votes.has_deep_conflict)
		return TW_MODE_CONTESTED;
	if (m->votes.answering < m->decision.quorum && m->votes.answering >= working &&
		m->votes.conflicting == 0)
		return TW_MODE_REDUCED;
	return TW_MODE_FALLBACK;
}

/* No answering daemon has more peers than there are other configured nodes, no reference answers.
 */
static int find_island(struct tw_monitor *m)
{
	bool is_known = false, is_unclear = false;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct tw_node *node = &m->nodes[i];
		int64_t peers = tw_model_peers(node);

		if (tw_model_is_due(m, node->silent_us))
			continue;
		if (node->policy.role == TW_ROLE_REFERENCE || peers >= m->n)
			return 0;
		if (peers < 0)
			is_unclear = true;
		else
			is_known = true;
	}
	return is_known && !is_unclear ? 1 : -1;
}

static void decide(struct tw_monitor *m)
{
	bool was_starting = m->is_starting;

	count_votes(m);
	if (m->is_starting && is_started(m))
		m->is_starting = false;
	tw_tip_update(m, !m->is_starting, was_starting || m->tip.tip.height < 0);
	m->mode = find_mode(m);
	tw_announce_update(m);
	tw_verdict_update(m);
	tw_select_update(m);
}

static void fill_decision(struct tw_monitor *m)
{
	struct tw_decision *decision = &m->decision;
	const struct tw_tip *tip = &m->tip;
	const struct tw_served *below = &tip->served[(tip->tip.height + TW_WINDOW - 1) % TW_WINDOW];

	tw_select_fill(m, decision);
	decision->mode = m->mode;
	decision->announced = m->announce.mode;
	decision->tip = tip->tip;
	decision->has_prev_hash = tip->tip.height > 0 && below->block.height == tip->tip.height - 1;
	if (decision->has_prev_hash)
		decision->prev_hash = below->block.hash;
	decision->anchor_height = m->is_starting ? TW_UNKNOWN : tip->anchor;
	decision->anchor_hash = tip->anchor_hash;
	decision->chain_epoch = tip->chain_epoch;
	decision->is_stalled =
		tip->tip.height >= 0 && tw_model_is_due(m, tip->moved_us + m->policy.stall_for_us);
	decision->is_island = find_island(m);
	/* After a reload in a gap nothing was counted yet. */
	if (m->is_holding)
		return;
	decision->answering = m->votes.answering;
	decision->agreeing = m->votes.agreeing;
	decision->conflicting = m->votes.conflicting;
}

static bool is_same(const struct tw_decision *a, const struct tw_decision *b)
{
	return a->is_usable == b->is_usable && a->mode == b->mode && a->chosen == b->chosen &&
	       a->tip.height == b->tip.height &&
	       (a->tip.height < 0 || tw_hash_equal(&a->tip.hash, &b->tip.hash)) &&
	       a->epoch == b->epoch && a->chain_epoch == b->chain_epoch &&
	       a->is_pinned == b->is_pinned;
}

static bool is_still_holding(struct tw_monitor *m)
{
	for (uint32_t i = 0; m->is_holding && i < m->n; i++) {
		if (m->nodes[i].is_unjudged)
			return !tw_model_is_due(m, m->hold_until_us);
	}
	return false;
}

void tw_monitor_step(struct tw_monitor *monitor, int64_t now)
{
	struct tw_decision before = monitor->decision;
	struct tw_action publish = { .kind = TW_ACTION_PUBLISH, .node = TW_NODE_NONE };

	set_now(monitor, now);
	assert(monitor->next_action == monitor->n_actions);
	monitor->next_action = monitor->n_actions = 0;
	monitor->deadline_us = TW_NEVER;
	monitor->is_holding = is_still_holding(monitor);
	if (!monitor->is_holding)
		decide(monitor);
	else if (monitor->is_operated)
		tw_select_update(monitor); /* judging nobody does not mean not obeying */
	monitor->is_operated = false;
	fill_decision(monitor);
	tw_saved_push(monitor);
	if (!is_same(&before, &monitor->decision)) {
		monitor->seq++;
		tw_actions_push(monitor, &publish);
	}
	tw_schedule_run(monitor);
}

bool tw_monitor_next_action(struct tw_monitor *monitor, struct tw_action *ret_action)
{
	if (monitor->next_action == monitor->n_actions)
		return false;
	*ret_action = monitor->actions[monitor->next_action++];
	return true;
}

int64_t tw_monitor_deadline(const struct tw_monitor *monitor)
{
	return monitor->deadline_us == TW_NEVER ? TW_NEVER
						: monitor->deadline_us + monitor->skew_us;
}

/* --- what it knows --- */

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
