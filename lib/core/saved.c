/* See saved.h. */
#include "core/saved.h"
#include "core/decide/anchor.h"
#include "core/model.h"

/* A digest of what is saved of a node, to notice a change. */
static uint64_t mark_of(const struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	const struct tw_health *health = &node->health;
	const uint64_t parts[] = { (uint64_t)i, node->is_drained, node->is_outvoted,
		node->record.kept.false_bits, node->record.kept.probation,
		(uint64_t)(health->n_falls > 0 ? health->falls_us[health->n_falls - 1]
					       : TW_UNKNOWN) };
	uint64_t mark = 0;

	for (size_t k = 0; k < TW_ARRAY_SIZE(parts); k++) {
		mark = (mark ^ parts[k]) * UINT64_C(0x9e3779b97f4a7c15);
		mark ^= mark >> 32;
	}
	return mark;
}

static void look(struct tw_monitor *m, int32_t i)
{
	uint64_t mark = mark_of(m, i);

	m->marks_sum += mark - m->marks[i];
	m->marks[i] = mark;
}

static void fill(const struct tw_monitor *m, struct tw_saved *saved)
{
	*saved = (struct tw_saved){
		.epoch = m->choosing.epoch,
		.chain_epoch = m->tip.chain_epoch,
		.tip = m->tip.highest,
		.anchor = tw_anchor_block(m),
		.incumbent = m->choosing.incumbent,
		.pinned = m->choosing.pinned,
	};
}

void tw_saved_push(struct tw_monitor *monitor)
{
	struct tw_action save = { .kind = TW_ACTION_SAVE, .node = TW_NODE_NONE };
	const struct tw_saved *last = &monitor->saved;
	struct tw_saved saved;

	tw_model_look(monitor, TW_PART_SAVED, look);
	fill(monitor, &saved);
	if (saved.epoch == last->epoch && saved.chain_epoch == last->chain_epoch &&
		saved.incumbent == last->incumbent && saved.pinned == last->pinned &&
		saved.tip.height == last->tip.height &&
		tw_hash_equal(&saved.tip.hash, &last->tip.hash) &&
		saved.anchor.height == last->anchor.height &&
		tw_hash_equal(&saved.anchor.hash, &last->anchor.hash) &&
		monitor->marks_sum == monitor->saved_marks)
		return;
	monitor->saved = saved;
	monitor->saved_marks = monitor->marks_sum;
	tw_actions_push(&monitor->actions, &save);
}

void tw_saved_take(const struct tw_monitor *monitor, int64_t now, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes)
{
	fill(monitor, ret_saved);
	for (uint32_t i = 0; i < monitor->n; i++) {
		const struct tw_health *health = &monitor->nodes[i].health;

		ret_nodes[i] = (struct tw_saved_node){
			.is_drained = monitor->nodes[i].is_drained,
			.is_outvoted = monitor->nodes[i].is_outvoted,
			.n_falls = health->n_falls,
			.record = monitor->nodes[i].record.kept,
		};
		for (uint32_t k = 0; k < health->n_falls; k++)
			ret_nodes[i].fall_ages_us[k] = now - monitor->skew_us - health->falls_us[k];
	}
}

void tw_saved_restore(struct tw_monitor *monitor, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes)
{
	struct tw_choosing *choosing = &monitor->choosing;
	struct tw_tip *tip = &monitor->tip;

	choosing->epoch = saved->epoch;
	choosing->incumbent = saved->incumbent;
	/* Something was served, even if that daemon is not in the configuration any more. */
	choosing->has_served = saved->incumbent >= 0 || saved->tip.height >= 0;
	choosing->pinned = saved->pinned;
	tw_anchor_restore(monitor, &saved->anchor);
	tip->chain_epoch = saved->chain_epoch;
	tip->highest = saved->tip;
	if (saved->tip.height >= 0)
		tip->served[saved->tip.height % TW_WINDOW] =
			(struct tw_served){ saved->tip, monitor->now };
	for (uint32_t i = 0; i < monitor->n; i++) {
		struct tw_node *node = &monitor->nodes[i];

		node->is_drained = saved_nodes[i].is_drained;
		node->is_outvoted = saved_nodes[i].is_outvoted;
		node->record.kept = saved_nodes[i].record;
		for (uint32_t k = 0; k < saved_nodes[i].n_falls && k < TW_FALLS_MAX; k++)
			tw_health_add_fall(
				&node->health, monitor->now - saved_nodes[i].fall_ages_us[k]);
		tw_model_ask(monitor, (int32_t)i, saved->tip.height);
		tw_model_ask(monitor, (int32_t)i, saved->anchor.height);
	}
}
