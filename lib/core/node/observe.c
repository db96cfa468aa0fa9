/* See observe.h. */
#include "core/node/observe.h"

/* A template may lag behind a new tip for a moment (decision.md, Verdicts 6). */
#define TEMPLATE_GRACE_US (2 * TW_SEC)
/* A tip that gains more blocks at once has jumped: its node is catching up. */
enum { GROWTH_MAX = 4 };

/* --- the chain --- */

/* The node shows a new tip: notes how long after the first node that showed the same block. */
static void note_tip(
	struct tw_node *node, int64_t now, struct tw_first_sight *sight, bool is_first_tip)
{
	const struct tw_hash *hash = tw_chain_at(node->chain, node->chain->tip);

	if (sight->block.height == node->chain->tip && tw_hash_equal(&sight->block.hash, hash)) {
		if (!is_first_tip)
			tw_node_note_delay(node, now - sight->when_us);
		return;
	}
	/* Two sides of a race in one instant. The lower hash is kept, so that the order in which
	 * the checks came in does not matter. */
	if (sight->block.height == node->chain->tip && sight->when_us == now) {
		if (tw_hash_compare(hash, &sight->block.hash) < 0)
			sight->block.hash = *hash;
		if (!is_first_tip)
			tw_node_note_delay(node, 0);
		return;
	}
	/* An older block, or the other side of a race: there is nothing to compare with. */
	if (sight->block.height >= node->chain->tip)
		return;
	*sight = (struct tw_first_sight){ { node->chain->tip, *hash }, now };
	if (!is_first_tip)
		tw_node_note_delay(node, 0);
}

/* Whether the window shows every point of the observation already. */
static bool is_known(const struct tw_chain *chain, const struct tw_observation *obs)
{
	bool is_known = true;

	for (uint32_t i = 0; is_known && i < obs->n_chain; i++)
		is_known = tw_chain_has(chain, &obs->chain[i]);
	for (uint32_t i = 0; is_known && i < obs->n_at; i++)
		is_known = tw_chain_has(chain, &obs->at[i]);
	return is_known;
}

/* Its own tip was built on, by no more blocks than come between two checks: it did not jump. */
static void note_growth(struct tw_node *node, int64_t now, const struct tw_point *old)
{
	if (old->height < 0 || node->chain->tip <= old->height ||
		node->chain->tip - old->height > GROWTH_MAX || !tw_chain_has(node->chain, old) ||
		node->grew_us[0] == now)
		return;
	node->grew_us[1] = node->grew_us[0];
	node->grew_us[0] = now;
}

static bool take_chain(struct tw_node *node, struct tw_windows *windows, int64_t now,
	struct tw_first_sight sights[TW_WINDOW], const struct tw_observation *obs)
{
	bool is_first_tip = node->chain->tip < 0;
	struct tw_point old = { .height = TW_UNKNOWN };
	bool is_new = !tw_chain_has(node->chain, &obs->chain[0]) ||
		      node->chain->tip != obs->chain[0].height;

	if (!is_new && is_known(node->chain, obs))
		return false;
	if (!is_first_tip)
		old = (struct tw_point){ node->chain->tip,
			*tw_chain_at(node->chain, node->chain->tip) };
	node->chain = tw_windows_update(windows, node->chain, obs);
	if (is_new) {
		node->tip_us = now;
		note_growth(node, now, &old);
		note_tip(node, now, &sights[node->chain->tip % TW_WINDOW], is_first_tip);
	}
	return true;
}

/* --- what it says of itself --- */

static void take_failed_template(struct tw_node *node, int64_t now)
{
	if (node->template_fails == 0) {
		node->template_fails = 1;
		node->refused_us = now;
	} else if (now > node->refused_us) {
		/* A second answer of the same instant would confirm nothing. */
		node->template_fails = 2;
	}
	/* A daemon that is a moment behind refuses templates for a moment: ask again soon. */
	node->wants_template = true;
}

static void take_stale_template(struct tw_node *node, int64_t now)
{
	/* The grace belongs to the tip that the first stale template should have been on. A daemon
	 * whose templates are stuck on an old tip gets no new grace with every block. */
	if (node->stale_us < 0)
		node->stale_us = node->tip_us;
	node->is_template_stale = now - node->stale_us >= TEMPLATE_GRACE_US;
	node->wants_template = now - node->stale_us < 2 * TEMPLATE_GRACE_US;
}

static void take_template(struct tw_node *node, int64_t now, enum tw_template template)
{
	if (template == TW_TEMPLATE_UNCHECKED)
		return;
	node->template = template;
	if (template != TW_TEMPLATE_OK && template != TW_TEMPLATE_STALE)
		take_failed_template(node, now);
	else
		node->template_fails = 0;
	if (template == TW_TEMPLATE_STALE) {
		take_stale_template(node, now);
	} else {
		node->stale_us = TW_UNKNOWN;
		node->is_template_stale = false;
	}
}

/*
 * A count that is from before the link came up, or from after it closed, does not have tipwatchd in
 * it. Where that is not sure, nothing is taken off: a link must not make a node isolated.
 */
static void take_claims(struct tw_node *node, bool saw_link, const struct tw_observation *obs)
{
	if (obs->peers_in >= 0) {
		node->peers_in = obs->peers_in;
		node->has_own_peer = saw_link && node->is_linked && obs->peers_in > 0;
	}
	if (obs->peers_out >= 0)
		node->peers_out = obs->peers_out;
	if (obs->network_height >= 0)
		node->network_height = obs->network_height;
	if (obs->synced >= 0)
		node->synced = obs->synced;
}

static void take_network(struct tw_node *node, const struct tw_network_id *network)
{
	struct tw_network_id old = node->network;

	if (network->nettype[0] != '\0')
		memcpy(node->network.nettype, network->nettype, sizeof(network->nettype));
	if (network->has_genesis) {
		node->network.has_genesis = true;
		node->network.genesis = network->genesis;
	}
	if (old.has_genesis != node->network.has_genesis ||
		strcmp(old.nettype, node->network.nettype) != 0 ||
		!tw_hash_equal(&old.genesis, &node->network.genesis))
		node->is_network_new = true;
}

/* --- the check --- */

static void end_check(struct tw_node *node, int slot)
{
	if (slot < 0)
		return;
	node->is_running[slot] = false;
	if (node->is_awaited && node->awaited_slot == slot)
		node->is_awaited = false;
}

bool tw_observe(struct tw_node *node, struct tw_windows *windows, const struct tw_policy *policy,
	int64_t now, struct tw_first_sight sights[TW_WINDOW], int slot,
	const struct tw_observation *obs)
{
	enum tw_result result = obs->result;
	bool saw_link = slot < 0 ? node->is_linked : node->saw_link[slot];
	bool is_changed;

	end_check(node, slot);
	/* A good check shows a block: anything else is a mistake of the caller or of a journal. */
	if (result == TW_RESULT_OK && obs->n_chain == 0)
		result = TW_RESULT_BAD_REPLY;
	node->checks++;
	if (tw_health_observe(&node->health, policy, now, result))
		node->wants_confirm = true;
	else if (result == TW_RESULT_OK || node->health.is_down)
		node->wants_confirm = false; /* the check beside it has told */
	/* One failure after a gap does not say how the node is: all else is old. */
	if (result == TW_RESULT_OK || node->health.is_down)
		node->is_unjudged = false;
	tw_pace_observe(&node->pace, policy, &node->policy, now, result, obs->rtt_us);
	if (slot >= 0 && result == TW_RESULT_OK)
		tw_pace_note_check(&node->pace, now - node->begun_us[slot]);
	tw_node_note_silence(node, policy);
	memcpy(node->detail, obs->detail, sizeof(node->detail));
	if (result != TW_RESULT_OK) {
		node->failures++;
		node->until_info = 0;
		/* The check has not come to the template that it was to ask for again. */
		node->wants_template = node->wants_template || node->template_fails > 0;
		return false;
	}
	tw_jumps_observe(&node->jumps, now, node->chain, obs);
	is_changed = take_chain(node, windows, now, sights, obs);
	take_template(node, now, obs->template);
	if (slot >= 0 && obs->template != TW_TEMPLATE_UNCHECKED)
		node->template_us = node->begun_us[slot];
	if (obs->rtt_us >= 0)
		tw_node_note_rtt(node, obs->rtt_us);
	take_claims(node, saw_link, obs);
	take_network(node, &obs->network);
	return is_changed;
}
