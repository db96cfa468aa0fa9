/* How a monitor comes into being, takes another configuration, and what of it outlives a restart.
 */
#include "core/internal.h"
#include <errno.h>
#include <stdlib.h>

static int allocate(struct tw_monitor *m, uint32_t n)
{
	m->n = n;
	m->max_actions = TW_ACTIONS_PER_NODE * n + TW_ACTIONS_PER_NODE;
	m->nodes = calloc(n, sizeof(m->nodes[0]));
	m->policies = calloc(n, sizeof(m->policies[0]));
	m->chains = calloc(n, sizeof(m->chains[0]));
	m->branch_members = calloc(n, sizeof(m->branch_members[0]));
	m->actions = calloc(m->max_actions, sizeof(m->actions[0]));
	if (m->nodes == NULL || m->policies == NULL || m->chains == NULL ||
		m->branch_members == NULL || m->actions == NULL)
		return -ENOMEM;
	return tw_votes_init(&m->votes, n);
}

static int take_config(struct tw_monitor *m, const struct tw_core_config *config)
{
	m->primary = TW_NODE_NONE;
	m->policy = config->policy;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		m->policies[i] = config->nodes[i];
		if (!config->nodes[i].is_primary)
			continue;
		if (m->primary >= 0 || config->nodes[i].role != TW_ROLE_DAEMON)
			return -EINVAL;
		m->primary = (int32_t)i;
	}
	m->config = (struct tw_core_config){ m->policy, config->n_nodes, m->policies };
	return m->primary >= 0 ? 0 : -EINVAL;
}

static int create_empty(const struct tw_core_config *config, struct tw_monitor **ret_monitor)
{
	struct tw_monitor *m;
	int r;

	if (config->n_nodes == 0 || config->n_nodes > TW_NODES_MAX)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return -ENOMEM;
	r = allocate(m, config->n_nodes);
	if (r == 0)
		r = take_config(m, config);
	if (r < 0) {
		tw_monitor_destroy(m);
		return r;
	}
	*ret_monitor = m;
	return 0;
}

static void restore(struct tw_monitor *m, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes, int64_t now)
{
	m->choosing.epoch = saved->epoch;
	m->choosing.incumbent = saved->incumbent;
	/* Something was served, even if that daemon is not in the configuration any more. */
	m->choosing.has_served = saved->incumbent >= 0 || saved->tip.height >= 0;
	m->choosing.pinned = saved->pinned;
	m->tip.chain_epoch = saved->chain_epoch;
	m->tip.highest = saved->tip;
	if (saved->tip.height >= 0)
		m->tip.served[saved->tip.height % TW_WINDOW] =
			(struct tw_served){ saved->tip, now };
	for (uint32_t i = 0; i < m->n; i++) {
		m->nodes[i].is_drained = saved_nodes[i].is_drained;
		for (uint32_t k = 0; k < saved_nodes[i].n_falls && k < TW_FALLS_MAX; k++)
			tw_health_add_fall(
				&m->nodes[i].health, now - saved_nodes[i].fall_ages_us[k]);
		tw_questions_ask(m, (int32_t)i, saved->tip.height);
	}
}

int tw_monitor_create(const struct tw_core_config *config, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes, int64_t now, struct tw_monitor **ret_monitor)
{
	struct tw_monitor *m;
	int r = create_empty(config, &m);

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
		m->seen[i].block.height = TW_UNKNOWN;
	for (uint32_t i = 0; i < m->n; i++)
		tw_node_init(&m->nodes[i], &m->policies[i], now);
	tw_tip_init(&m->tip, now);
	if (saved != NULL)
		restore(m, saved, saved_nodes, now);
	*ret_monitor = m;
	return 0;
}

void tw_monitor_destroy(struct tw_monitor *monitor)
{
	if (monitor == NULL)
		return;
	tw_votes_finish(&monitor->votes);
	free(monitor->nodes);
	free(monitor->policies);
	free(monitor->chains);
	free(monitor->branch_members);
	free(monitor->actions);
	free(monitor);
}

static int32_t map_node(const struct tw_monitor *m, const int32_t *old_of, int32_t old)
{
	for (uint32_t i = 0; old >= 0 && i < m->n; i++) {
		if (old_of[i] == old)
			return (int32_t)i;
	}
	return TW_NODE_NONE;
}

int tw_monitor_reconfigure(const struct tw_monitor *old, const struct tw_core_config *config,
	const int32_t *old_of, int64_t now, struct tw_monitor **ret_monitor)
{
	struct tw_monitor *m;
	int r = create_empty(config, &m);

	if (r < 0)
		return r;
	m->tip = old->tip;
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
	m->skew_us = old->skew_us;
	m->now = now - old->skew_us;
	memcpy(m->seen, old->seen, sizeof(m->seen));
	tw_votes_inherit(&m->votes, &old->votes);
	for (uint32_t i = 0; i < m->n; i++) {
		if (old_of[i] < 0) {
			tw_node_init(&m->nodes[i], &m->policies[i], m->now);
			continue;
		}
		m->nodes[i] = old->nodes[old_of[i]];
		m->nodes[i].policy = m->policies[i];
		tw_node_note_silence(&m->nodes[i], &m->policy);
		if (!m->policy.has_template)
			tw_node_forget_template(&m->nodes[i]);
		/* The caller has ended all checks. */
		m->nodes[i].is_requested = m->nodes[i].is_requested ||
					   m->nodes[i].is_running[TW_SLOT_REGULAR] ||
					   m->nodes[i].is_running[TW_SLOT_CONFIRM];
		memset(m->nodes[i].is_running, 0, sizeof(m->nodes[i].is_running));
		m->nodes[i].awaited_slot = -1;
		m->has_awaited = m->has_awaited || m->nodes[i].is_awaited;
	}
	*ret_monitor = m;
	return 0;
}

/* --- what outlives a restart --- */

/* What survives a restart and is not in struct tw_saved, boiled down to notice a change. */
static uint32_t mark_nodes(const struct tw_monitor *m)
{
	uint32_t mark = 0;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct tw_health *health = &m->nodes[i].health;
		int64_t last_us =
			health->n_falls > 0 ? health->falls_us[health->n_falls - 1] : TW_UNKNOWN;

		mark = mark * 31 + (uint32_t)m->nodes[i].is_drained;
		mark = mark * 31 + (uint32_t)(last_us ^ (last_us >> 32));
	}
	return mark;
}

static void fill_saved(const struct tw_monitor *m, struct tw_saved *saved)
{
	*saved = (struct tw_saved){
		.epoch = m->choosing.epoch,
		.chain_epoch = m->tip.chain_epoch,
		.tip = m->tip.highest,
		.incumbent = m->choosing.incumbent,
		.pinned = m->choosing.pinned,
	};
}

void tw_saved_push(struct tw_monitor *m)
{
	struct tw_action save = { .kind = TW_ACTION_SAVE, .node = TW_NODE_NONE };
	struct tw_saved saved;
	uint32_t mark = mark_nodes(m);

	fill_saved(m, &saved);
	if (saved.epoch == m->saved.epoch && saved.chain_epoch == m->saved.chain_epoch &&
		saved.incumbent == m->saved.incumbent && saved.pinned == m->saved.pinned &&
		saved.tip.height == m->saved.tip.height &&
		tw_hash_equal(&saved.tip.hash, &m->saved.tip.hash) && mark == m->saved_marks)
		return;
	m->saved = saved;
	m->saved_marks = mark;
	tw_actions_push(m, &save);
}

void tw_saved_take(const struct tw_monitor *monitor, int64_t now, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes)
{
	fill_saved(monitor, ret_saved);
	for (uint32_t i = 0; i < monitor->n; i++) {
		const struct tw_health *health = &monitor->nodes[i].health;

		ret_nodes[i] = (struct tw_saved_node){ .is_drained = monitor->nodes[i].is_drained,
			.n_falls = health->n_falls };
		for (uint32_t k = 0; k < health->n_falls; k++)
			ret_nodes[i].fall_ages_us[k] = now - monitor->skew_us - health->falls_us[k];
	}
}
