/* What one check changes in one node: its chain, its health, its figures. No verdicts here. */
#include "core/internal.h"
#include "core/reason.h"
#include <stdlib.h>

/* A template may lag behind a new tip for a moment (decision.md, Verdicts 6). */
#define TEMPLATE_GRACE_US (2 * TW_SEC)

void tw_node_init(struct tw_node *node, const struct tw_node_policy *policy, int64_t now)
{
	*node = (struct tw_node){
		.policy = *policy,
		.verdict = { TW_STATE_UNKNOWN, TW_REASON_UNCHECKED },
		.since_us = now,
		.healthy_us = TW_UNKNOWN,
		.tip_us = now,
		.share = TW_UNKNOWN,
		.race_us = TW_UNKNOWN,
		.peers_in = TW_UNKNOWN,
		.peers_out = TW_UNKNOWN,
		.network_height = TW_UNKNOWN,
		.synced = -1,
		.stale_us = TW_UNKNOWN,
		.silent_us = INT64_MIN,
		.next_check_us = now,
		.next_template_us = now,
		.last_report_us = TW_UNKNOWN,
		.awaited_slot = -1,
	};
	tw_chain_init(&node->chain);
	tw_health_init(&node->health);
	tw_pace_init(&node->pace);
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int64_t tw_node_delay(const struct tw_node *node)
{
	uint32_t sorted[TW_DELAYS];
	uint32_t n = node->n_delays < TW_DELAYS ? node->n_delays : TW_DELAYS;

	if (n == 0)
		return 0;
	memcpy(sorted, node->delays_ms, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare_u32);
	return sorted[n / 2] * TW_MS;
}

static void note_delay(struct tw_node *node, int64_t delay_us)
{
	int64_t ms = delay_us / TW_MS;

	node->delays_ms[node->n_delays++ % TW_DELAYS] = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* A node shows a new tip: how long after the first one that showed it? */
static void note_tip(struct tw_monitor *m, struct tw_node *node, bool is_first)
{
	const struct tw_hash *hash = tw_chain_at(&node->chain, node->chain.tip);
	struct tw_served *seen = &m->seen[node->chain.tip % TW_WINDOW];

	if (seen->block.height == node->chain.tip && tw_hash_equal(&seen->block.hash, hash)) {
		if (!is_first)
			note_delay(node, m->now - seen->accepted_us);
		return;
	}
	/* Two sides of a race in one instant: whose check came first must not matter. */
	if (seen->block.height == node->chain.tip && seen->accepted_us == m->now) {
		if (tw_hash_compare(hash, &seen->block.hash) < 0)
			seen->block.hash = *hash;
		if (!is_first)
			note_delay(node, 0);
		return;
	}
	/* An older block, or the other side of a race: nothing to compare with. */
	if (seen->block.height >= node->chain.tip)
		return;
	*seen = (struct tw_served){ { node->chain.tip, *hash }, m->now };
	if (!is_first)
		note_delay(node, 0);
}

/* Whether the window shows all of this already. */
static bool is_known(const struct tw_chain *chain, const struct tw_observation *obs)
{
	bool is_known = true;

	for (uint32_t i = 0; is_known && i < obs->n_chain; i++)
		is_known = tw_chain_has(chain, &obs->chain[i]);
	for (uint32_t i = 0; is_known && i < obs->n_at; i++)
		is_known = tw_chain_has(chain, &obs->at[i]);
	return is_known;
}

static void take_chain(struct tw_monitor *m, struct tw_node *node, const struct tw_observation *obs)
{
	bool is_first = node->chain.tip < 0;
	bool is_new = !tw_chain_has(&node->chain, &obs->chain[0]) ||
		      node->chain.tip != obs->chain[0].height;

	/* What is the same needs no new count of the votes. */
	if (!is_new && is_known(&node->chain, obs))
		return;
	tw_chain_update(&node->chain, obs);
	m->needs_count = true;
	if (!is_new)
		return;
	node->tip_us = m->now;
	note_tip(m, node, is_first);
}

/* Silent from the moment it is unresponsive, or its last good observation is too old (Voting 1). */
void tw_node_note_silence(struct tw_node *node, const struct tw_policy *policy)
{
	const struct tw_health *health = &node->health;

	node->silent_us = INT64_MIN;
	if (health->has_answered &&
		!(health->is_down && tw_reason_state(tw_reason_of_result(health->failure)) ==
					     TW_STATE_UNRESPONSIVE))
		node->silent_us = health->last_ok_us +
				  tw_pace_silent_after(&node->pace, policy, &node->policy) + 1;
}

void tw_node_forget_template(struct tw_node *node)
{
	node->template = TW_TEMPLATE_UNCHECKED;
	node->template_fails = 0;
	node->stale_us = TW_UNKNOWN;
	node->is_template_stale = false;
	node->wants_template = false;
}

static void take_template(struct tw_monitor *m, struct tw_node *node, enum tw_template template)
{
	if (template == TW_TEMPLATE_UNCHECKED)
		return;
	node->template = template;
	/* Daemons that are a moment behind refuse templates for a moment: ask again. */
	if (template != TW_TEMPLATE_FAILED) {
		node->template_fails = 0;
	} else {
		/* The same answer twice at once confirms nothing. */
		if (node->template_fails == 0) {
			node->template_fails = 1;
			node->refused_us = m->now;
		} else if (m->now > node->refused_us) {
			node->template_fails = 2;
		}
		node->wants_template = true;
	}
	if (template != TW_TEMPLATE_STALE) {
		node->stale_us = TW_UNKNOWN;
		node->is_template_stale = false;
		return;
	}
	/* The grace is for the tip that the first stale template should have been on: a daemon
	 * that is stuck on an old one does not get a new grace with every block. */
	if (node->stale_us < 0)
		node->stale_us = node->tip_us;
	node->is_template_stale = m->now - node->stale_us >= TEMPLATE_GRACE_US;
	node->wants_template = m->now - node->stale_us < 2 * TEMPLATE_GRACE_US;
}

static void note_rtt(struct tw_node *node, int64_t rtt_us)
{
	if (rtt_us < 0)
		return;
	node->rtts_us[node->n_rtts++ % TW_RTTS] =
		rtt_us > UINT32_MAX ? UINT32_MAX : (uint32_t)rtt_us;
}

static void take_claims(struct tw_node *node, const struct tw_observation *obs)
{
	if (obs->peers_in >= 0)
		node->peers_in = obs->peers_in;
	if (obs->peers_out >= 0)
		node->peers_out = obs->peers_out;
	if (obs->network_height >= 0)
		node->network_height = obs->network_height;
	if (obs->synced >= 0)
		node->synced = obs->synced;
}

void tw_observe(struct tw_monitor *monitor, int32_t i, int slot, const struct tw_observation *obs)
{
	struct tw_node *node = &monitor->nodes[i];
	enum tw_result result = obs->result;

	if (slot >= 0) {
		node->is_running[slot] = false;
		if (node->is_awaited && node->awaited_slot == slot)
			node->is_awaited = false;
	}
	/* A good check shows a block: anything else is the caller's or a journal's mistake. */
	if (result == TW_RESULT_OK && obs->n_chain == 0)
		result = TW_RESULT_BAD_REPLY;
	node->checks++;
	if (tw_health_observe(&node->health, &monitor->policy, monitor->now, result))
		node->wants_confirm = true;
	/* After a gap one failure says nothing yet: what is known of the node is old. */
	if (result == TW_RESULT_OK || node->health.is_down)
		node->is_unjudged = false;
	tw_pace_observe(
		&node->pace, &monitor->policy, &node->policy, monitor->now, result, obs->rtt_us);
	tw_node_note_silence(node, &monitor->policy);
	memcpy(node->detail, obs->detail, sizeof(node->detail));
	if (result != TW_RESULT_OK) {
		node->failures++;
		node->until_info = 0;
		return;
	}
	take_chain(monitor, node, obs);
	take_template(monitor, node, obs->template);
	note_rtt(node, obs->rtt_us);
	take_claims(node, obs);
}
