/* See monitor.h. */
#include "core/monitor.h"
#include "core/decide/anchor.h"
#include "core/decide/announce.h"
#include "core/decide/belief.h"
#include "core/decide/network.h"
#include "core/decide/public.h"
#include "core/decide/select.h"
#include "core/decide/suspect.h"
#include "core/decide/tip.h"
#include "core/decide/verdict.h"
#include "core/model.h"
#include "core/news.h"
#include "core/node/observe.h"
#include "core/saved.h"
#include "core/schedule.h"
#include "core/sync.h"
#include <assert.h>
#include <errno.h>

/* A report of the pool causes at most one check of a node in this time. */
#define REPORT_EVERY_US (200 * TW_MS)
/* Counts of one step that follow where C went. */
enum { COUNTS_MAX = 4 };

/* --- life --- */

int tw_monitor_create(const struct tw_core_config *config, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes, int64_t now, struct tw_monitor **ret_monitor)
{
	struct tw_monitor *m;
	int r = tw_model_create(config, &m);

	if (r < 0)
		return r;
	m->now = m->started_us = now;
	m->is_starting = true;
	tw_announce_init(&m->announce, now);
	m->needs_count = true;
	m->choosing = (struct tw_choosing){
		.chosen = TW_NODE_NONE,
		.incumbent = TW_NODE_NONE,
		.pinned = TW_NODE_NONE,
		.switched_us = TW_UNKNOWN,
		.epoch = 1,
	};
	m->decision.chosen = TW_NODE_NONE;
	m->decision.tip.height = TW_UNKNOWN;
	m->decision.anchor_height = TW_UNKNOWN;
	for (size_t i = 0; i < TW_WINDOW; i++)
		m->sights[i].block.height = TW_UNKNOWN;
	for (uint32_t i = 0; i < m->n; i++)
		tw_node_init(&m->nodes[i], &m->policies[i], tw_windows_add(&m->windows, NULL), now);
	tw_chain_init(&m->anchor);
	tw_tip_init(&m->tip, now);
	if (saved != NULL)
		tw_saved_restore(m, saved, saved_nodes);
	*ret_monitor = m;
	return 0;
}

void tw_monitor_destroy(struct tw_monitor *monitor)
{
	tw_model_destroy(monitor);
}

static int32_t map_node(const struct tw_monitor *m, const int32_t *old_of, int32_t old)
{
	for (uint32_t i = 0; old >= 0 && i < m->n; i++) {
		if (old_of[i] == old)
			return (int32_t)i;
	}
	return TW_NODE_NONE;
}

static void inherit_node(struct tw_monitor *m, const struct tw_node *old, uint32_t i)
{
	struct tw_node *node = &m->nodes[i];

	*node = *old;
	node->policy = m->policies[i];
	node->chain = tw_windows_add(&m->windows, old->chain);
	tw_node_note_silence(node, &m->policy);
	if (!m->policy.has_template)
		tw_node_forget_template(node);
	/* The caller has ended all checks: those that were running are run again. */
	node->is_requested = node->is_requested || node->is_running[TW_SLOT_REGULAR] ||
			     node->is_running[TW_SLOT_CONFIRM];
	memset(node->is_running, 0, sizeof(node->is_running));
	node->awaited_slot = -1;
	/* The caller makes new links, and new connections. */
	node->is_linked = node->is_hinted = node->is_dropped = false;
	tw_sync_end(node);
}

int tw_monitor_reconfigure(const struct tw_monitor *old, const struct tw_core_config *config,
	const int32_t *old_of, int64_t now, struct tw_monitor **ret_monitor)
{
	struct tw_monitor *m;
	int r = tw_model_create(config, &m);

	if (r < 0)
		return r;
	m->anchor = old->anchor;
	m->tip = old->tip;
	m->judged = old->judged;
	m->news = old->news;
	m->news_us = old->news_us;
	m->tip.leader = map_node(m, old_of, old->tip.leader);
	m->choosing = old->choosing;
	m->choosing.chosen = map_node(m, old_of, old->choosing.chosen);
	m->choosing.incumbent = map_node(m, old_of, old->choosing.incumbent);
	m->choosing.pinned = map_node(m, old_of, old->choosing.pinned);
	for (uint32_t i = 0; i < TW_SWITCHES_MAX; i++) {
		struct tw_switch *s = &m->choosing.switches[i];

		s->from = map_node(m, old_of, s->from);
		s->to = map_node(m, old_of, s->to);
	}
	m->decision = old->decision;
	m->decision.chosen = m->choosing.chosen;
	m->mode = old->mode;
	m->announce = old->announce;
	m->is_starting = old->is_starting;
	m->started_us = old->started_us;
	m->is_holding = old->is_holding;
	m->hold_until_us = old->hold_until_us;
	m->needs_count = true;
	m->seq = old->seq;
	m->n_verdicts = old->n_verdicts + 1;
	m->skew_us = old->skew_us;
	m->now = now - old->skew_us;
	memcpy(m->sights, old->sights, sizeof(m->sights));
	tw_votes_inherit(&m->votes, &old->votes);
	/* The records of the nodes tell windows apart by their revisions. */
	m->windows.revision = old->windows.revision;
	for (uint32_t i = 0; i < m->n; i++) {
		if (old_of[i] < 0) {
			tw_node_init(&m->nodes[i], &m->policies[i],
				tw_windows_add(&m->windows, NULL), m->now);
			continue;
		}
		inherit_node(m, &old->nodes[old_of[i]], i);
		m->has_awaited = m->has_awaited || m->nodes[i].is_awaited;
	}
	*ret_monitor = m;
	return 0;
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
	struct tw_node *n = &monitor->nodes[node];
	bool is_voter = monitor->chains[node] == n->chain;

	set_now(monitor, now);
	tw_model_touch(monitor, node);
	if (tw_observe(n, &monitor->windows, &monitor->policy, monitor->now, monitor->sights, slot,
		    obs)) {
		monitor->needs_count = true;
		tw_news_spread(monitor, node);
	}
	/* It may have another window now. */
	if (is_voter)
		monitor->chains[node] = n->chain;
	monitor->has_new_network = monitor->has_new_network || n->is_network_new;
	n->is_network_new = false;
	tw_suspect_note_template(monitor, node);
	tw_news_note_check(monitor, node);
	tw_news_alarm(monitor, node);
}

bool tw_monitor_report(struct tw_monitor *monitor, int64_t now, int32_t node, enum tw_report report)
{
	struct tw_node *n = &monitor->nodes[node];

	(void)report;
	set_now(monitor, now);
	if (n->last_report_us >= 0 && monitor->now - n->last_report_us < REPORT_EVERY_US)
		return false;
	tw_model_touch(monitor, node);
	n->last_report_us = monitor->now;
	n->is_requested = true;
	n->wants_template = true;
	n->template_us = TW_UNKNOWN;
	n->until_info = 0; /* with the next check at the latest: it shows a wrecked daemon */
	return true;
}

bool tw_monitor_link(struct tw_monitor *monitor, int64_t now, int32_t node, enum tw_link link,
	const struct tw_point *tip)
{
	struct tw_node *n = &monitor->nodes[node];
	bool was_hinted = n->is_hinted, was_linked = n->is_linked;

	set_now(monitor, now);
	tw_model_touch(monitor, node);
	if (link == TW_LINK_TIP)
		return tw_sync_take(monitor, node, tip);
	if (link == TW_LINK_DROPPED)
		return tw_news_drop(monitor, node);
	n->is_hinted = was_hinted || link != TW_LINK_UP;
	if (link != TW_LINK_PUSH)
		n->is_linked = link == TW_LINK_UP;
	if (link == TW_LINK_UP)
		n->until_info = 0; /* the next peer counts have the link in them */
	if (link == TW_LINK_CLOSED)
		memset(n->saw_link, 0, sizeof(n->saw_link));
	return n->is_hinted != was_hinted || n->is_linked != was_linked;
}

bool tw_monitor_witness(
	struct tw_monitor *monitor, int64_t now, uint32_t slot, const struct tw_point *tip)
{
	set_now(monitor, now);
	if (!tw_witness_hear(&monitor->witnesses[slot], tip))
		return false;
	monitor->n_witnesses = tw_public_count(monitor);
	return true;
}

void tw_monitor_request_check(struct tw_monitor *monitor, int64_t now, int32_t node)
{
	set_now(monitor, now);
	for (uint32_t i = 0; i < monitor->n; i++) {
		if (node >= 0 && (int32_t)i != node)
			continue;
		tw_model_touch(monitor, (int32_t)i);
		monitor->nodes[i].is_requested = true;
		monitor->nodes[i].template_us = TW_UNKNOWN;
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
		tw_model_touch(monitor, node);
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

	/* The core's time leaves the gap out, so that no span that is measured grows by it. */
	monitor->skew_us += gap_us < most ? gap_us : most;
	set_now(monitor, now);
	monitor->is_holding = true;
	tw_model_touch_all(monitor);
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

static void decide(struct tw_monitor *m)
{
	int32_t incumbent;

	do {
		bool has_left;

		tw_network_count(m);
		has_left = tw_anchor_update(m);
		/* The count of the chain that C is on now may show that a quorum supports more. */
		for (int i = 0; has_left && i < COUNTS_MAX; i++) {
			m->needs_count = true;
			tw_network_count(m);
			has_left = tw_anchor_go_on(m);
		}
	} while (tw_belief_update(m));
	tw_anchor_note_return(m);
	if (m->is_starting && tw_network_has_started(m))
		m->is_starting = false;
	tw_tip_update(m, !m->is_starting);
	m->mode = tw_network_mode(m);
	tw_announce_update(m);
	tw_suspect_note_templates(m);
	incumbent = m->choosing.incumbent;
	tw_verdict_update(m);
	tw_select_update(m);
	/* The incumbent may be further ahead than others, from the moment when it is chosen. */
	if (m->choosing.incumbent != incumbent)
		tw_verdict_update(m);
	tw_suspect_note_verdicts(m);
}

static void fill_decision(struct tw_monitor *m)
{
	struct tw_decision *decision = &m->decision;
	const struct tw_tip *tip = &m->tip;
	struct tw_point anchor = tw_anchor_block(m);
	const struct tw_served *below = &tip->served[(tip->tip.height + TW_WINDOW - 1) % TW_WINDOW];

	tw_select_fill(m, decision);
	decision->mode = m->mode;
	decision->announced = m->announce.mode;
	decision->falls = m->announce.n_falls;
	decision->tip = tip->tip;
	decision->has_prev_hash = tip->tip.height > 0 && below->block.height == tip->tip.height - 1;
	if (decision->has_prev_hash)
		decision->prev_hash = below->block.hash;
	decision->anchor_height = m->is_starting ? TW_UNKNOWN : anchor.height;
	if (anchor.height >= 0)
		decision->anchor_hash = anchor.hash;
	decision->chain_epoch = tip->chain_epoch;
	decision->is_stalled =
		tip->tip.height >= 0 && tw_model_is_due(m, tip->moved_us + m->policy.stall_for_us);
	decision->is_island = tw_network_is_island(m);
	decision->witnesses = m->n_witnesses;
	decision->witness_lead = m->n_witnesses == 0 ? TW_UNKNOWN : tw_public_lead(m);
	/* After a reload in a gap no votes were counted yet: the old numbers stay. */
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
	tw_actions_begin(&monitor->actions);
	monitor->deadline_us = TW_NEVER;
	monitor->has_counted = false;
	monitor->is_holding = is_still_holding(monitor);
	if (!monitor->is_holding)
		decide(monitor);
	else if (monitor->is_operated)
		tw_select_update(monitor); /* a command of the operator is obeyed all the same */
	monitor->is_operated = false;
	fill_decision(monitor);
	tw_saved_push(monitor);
	if (!is_same(&before, &monitor->decision)) {
		monitor->seq++;
		tw_actions_push(&monitor->actions, &publish);
	}
	tw_schedule_run(monitor);
}

bool tw_monitor_next_action(struct tw_monitor *monitor, struct tw_action *ret_action)
{
	return tw_actions_take(&monitor->actions, ret_action);
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

const struct tw_point *tw_monitor_witness_tip(const struct tw_monitor *monitor, uint32_t slot)
{
	const struct tw_witness *witness = &monitor->witnesses[slot];

	return witness->n == 0 ? NULL : &witness->tips[0];
}

struct tw_verdict tw_monitor_verdict(const struct tw_monitor *monitor, int32_t node)
{
	return monitor->nodes[node].verdict;
}

uint64_t tw_monitor_n_verdicts(const struct tw_monitor *monitor)
{
	return monitor->n_verdicts;
}

const struct tw_chain *tw_monitor_chain(const struct tw_monitor *monitor, int32_t node)
{
	return monitor->nodes[node].chain;
}

const struct tw_chain *const *tw_monitor_window(const struct tw_monitor *monitor, int32_t node)
{
	return &monitor->nodes[node].chain;
}

bool tw_monitor_is_in_doubt(const struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];

	return !n->health.is_down && n->verdict.state == TW_STATE_HEALTHY &&
	       (n->template_fails > 0 || n->stale_us >= 0);
}
