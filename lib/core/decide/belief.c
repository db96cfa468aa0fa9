/* See belief.h. */
#include "core/decide/belief.h"
#include "base/num.h"
#include "core/model.h"

bool tw_belief_may_vote(const struct tw_monitor *monitor, int32_t i)
{
	const struct tw_node *node = &monitor->nodes[i];

	return !node->is_silent && !node->is_foreign && node->chain->tip >= 0 &&
	       !tw_model_is_isolated(monitor, i) && !tw_model_has_left(monitor, i, node->is_silent);
}

static bool is_believed_voter(const struct tw_monitor *m, uint32_t i)
{
	return m->chains[i] == m->nodes[i].chain;
}

/* How many nodes of those that N counts are believed, whether they answer or not. */
static uint32_t count_believed(const struct tw_monitor *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n; i++)
		n += !m->is_doubted[i] && !m->has_left[i];
	return n;
}

/* The highest block of the chain that so many believed voters show too, or TW_UNKNOWN. */
static int64_t highest_backed(
	const struct tw_monitor *m, const struct tw_chain *chain, uint32_t n_needed)
{
	for (int64_t h = tw_chain_prev_known(chain, chain->tip); h >= 0;
		h = tw_chain_prev_known(chain, h - 1)) {
		struct tw_point point = { h, *tw_chain_at(chain, h) };
		uint32_t n = 0;

		for (uint32_t i = 0; i < m->n && n < n_needed; i++)
			n += is_believed_voter(m, i) && tw_chain_has(m->chains[i], &point);
		if (n >= n_needed)
			return h;
	}
	return TW_UNKNOWN;
}

void tw_belief_cut(struct tw_monitor *monitor)
{
	uint32_t n_needed;

	/* Most often all are believed. */
	if (monitor->n_doubted == 0)
		return;
	n_needed = count_believed(monitor) / 2 + 1;
	for (uint32_t i = 0; i < monitor->n; i++) {
		const struct tw_node *node = &monitor->nodes[i];
		struct tw_chain *cut = &monitor->cuts[i];
		int64_t height;

		if (!monitor->is_doubted[i])
			continue;
		height = tw_belief_may_vote(monitor, (int32_t)i)
				 ? highest_backed(monitor, node->chain, n_needed)
				 : TW_UNKNOWN;
		if ((monitor->chains[i] == NULL) != (height < 0) ||
			(height >= 0 && height != cut->tip))
			monitor->needs_count = true;
		monitor->chains[i] = height < 0 ? NULL : cut;
		if (height >= 0 && monitor->needs_count)
			tw_chain_cut(node->chain, height, cut);
		monitor->may_differ[i] = true;
	}
}

/* How many nodes showed the block before it could have been confirmed. */
static uint32_t count_shown(const struct tw_monitor *m, int64_t height, const struct tw_hash *hash)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n; i++)
		n += tw_record_has(&m->nodes[i].record, height, hash);
	return n;
}

/*
 * A block is confirmed: what had the nodes shown in its place, and not only just now? Of several
 * blocks that are confirmed at once only the first one counts: until then nobody knew better.
 */
static void judge_block(struct tw_monitor *m, const struct tw_point *confirmed)
{
	int64_t before_us = m->now - tw_policy_growth_us(&m->policy);
	const struct tw_hash *last = NULL;
	bool is_first = confirmed->height == m->judged + 1, is_false = false;

	for (uint32_t i = 0; i < m->n; i++) {
		struct tw_record *record = &m->nodes[i].record;
		int64_t since_us = TW_UNKNOWN;
		const struct tw_hash *other =
			tw_record_other(record, confirmed, before_us, &since_us);
		bool is_counted;

		/* The losers of a race have shown the same block: it is counted once. */
		if (other != NULL && (last == NULL || !tw_hash_equal(other, last))) {
			last = other;
			is_false = count_shown(m, confirmed->height, other) < m->decision.quorum;
		}
		/* What was shown at one time is one mistake. */
		is_counted = is_first && other != NULL && is_false && since_us != record->false_us;
		if (is_counted)
			record->false_us = since_us;
		tw_record_judge(record, is_counted);
	}
}

static void judge_confirmed(struct tw_monitor *m)
{
	int64_t c = m->anchor.tip;
	int64_t from = tw_max(m->judged, c - TW_RECORD_BLOCKS) + 1;

	/* There is nothing to compare the first C with. */
	for (int64_t h = from; m->judged >= 0 && h <= c; h++) {
		const struct tw_hash *hash = tw_chain_at(&m->anchor, h);

		if (hash != NULL)
			judge_block(m, &(struct tw_point){ h, *hash });
	}
	m->judged = tw_max(m->judged, c);
}

/* A voter that is believed: without one there is nobody to believe instead of the others. */
static bool is_anyone_believed(const struct tw_monitor *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		if (m->chains[i] != NULL && !tw_record_is_doubted(&m->nodes[i].record))
			return true;
	}
	return false;
}

/* Notes the blocks above the last one that was judged, for when these are confirmed. */
static void note_shown(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];

	if (m->judged >= 0 && node->chain->tip > m->judged && !node->is_silent && !node->is_foreign)
		tw_record_note(&node->record, node->chain, m->judged, m->now);
}

/* Finds who is believed. Returns whether that has changed. */
static bool find_doubted(struct tw_monitor *m)
{
	bool is_changed = false;

	m->n_doubted = 0;
	for (uint32_t i = 0; i < m->n; i++) {
		bool is_doubted = m->is_anyone && tw_record_is_doubted(&m->nodes[i].record);

		m->n_doubted += is_doubted;
		if (is_doubted == m->is_doubted[i])
			continue;
		is_changed = true;
		m->is_doubted[i] = is_doubted;
		tw_model_touch(m, (int32_t)i);
	}
	return is_changed;
}

bool tw_belief_update(struct tw_monitor *monitor)
{
	bool is_anyone, is_changed = false;
	int64_t judged = monitor->judged;

	tw_model_look(monitor, TW_PART_RECORD, note_shown);
	judge_confirmed(monitor);
	/* What was out of reach of the block judged before is noted now, and not in a later step.
	 */
	if (monitor->judged != judged) {
		monitor->needs_belief = true;
		tw_model_mark_all(monitor, TW_PART_SAVED);
		tw_model_mark_all(monitor, TW_PART_RECORD);
		tw_model_look(monitor, TW_PART_RECORD, note_shown);
	}
	is_anyone = is_anyone_believed(monitor);
	if (monitor->needs_belief || is_anyone != monitor->is_anyone) {
		monitor->is_anyone = is_anyone;
		is_changed = find_doubted(monitor);
	}
	monitor->needs_belief = false;
	monitor->needs_count = monitor->needs_count || is_changed;
	return is_changed;
}
