/* See apart.h. */
#include "core/vote/apart.h"
#include "base/num.h"

/*
 * One voter of each part stands for it; for the main chain that is votes->best. votes->side[i] is
 * the voter that stands for i's part, and votes->number[votes->side[i]] says whether that part is
 * loose: where it belongs is not known without asking.
 */

static void find_groups(struct tw_votes *votes)
{
	int32_t main = votes->group[votes->best];

	for (uint32_t g = 0; g < votes->n_groups; g++)
		votes->first[g] = TW_NODE_NONE;
	votes->first[main] = votes->best;
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int32_t i = votes->voters[k], *first;

		first = &votes->first[votes->group[i]];
		if (*first < 0)
			*first = i;
		votes->side[i] = *first;
		votes->number[*first] = *first != votes->best;
	}
}

/* Sets the parts of the sides. Returns whether any side, or the main chain itself, floats. */
static bool find_sides(struct tw_votes *votes)
{
	bool is_main_loose = false, is_any_loose = false;

	for (uint32_t e = 0; e < votes->n_edges; e++) {
		const struct tw_edge *edge = &votes->edges[e];

		is_main_loose = is_main_loose || (edge->is_main && edge->is_floating);
		for (uint32_t i = 0; edge->is_main && i < edge->n_children; i++) {
			const struct tw_edge *child = &votes->edges[edge->first_child + i];
			int32_t part = votes->order[child->start];

			if (child->is_main)
				continue;
			for (uint32_t k = child->start; k < child->end; k++)
				votes->side[votes->order[k]] = part;
			votes->number[part] = child->is_floating;
			is_any_loose = is_any_loose || child->is_floating;
		}
	}
	votes->number[votes->best] = is_main_loose;
	return is_main_loose || is_any_loose;
}

/* The highest tip below a height, or TW_UNKNOWN. */
static int64_t next_tip(const struct tw_votes *votes, int64_t below)
{
	int64_t next = TW_UNKNOWN;

	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int64_t tip = votes->chains[votes->voters[k]]->tip;

		if (tip < below && tip > next)
			next = tip;
	}
	return next;
}

/*
 * Asks for the block at the height of a tip all parts that do not show it and may have it. The main
 * chain is left out: the tally asks about it.
 */
static void ask_at(struct tw_votes *votes, int64_t height)
{
	int32_t *is_shown = votes->spare;
	bool is_loose = false; /* somebody with this tip is in a loose part */

	for (uint32_t k = 0; k < votes->n_voters; k++)
		is_shown[votes->voters[k]] = false;
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int32_t i = votes->voters[k];
		const struct tw_chain *chain = votes->chains[i];

		if (tw_chain_at(chain, height) == NULL)
			continue;
		is_shown[votes->side[i]] = true;
		is_loose = is_loose || (chain->tip == height && votes->number[votes->side[i]]);
	}
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int32_t i = votes->voters[k], part = votes->side[i];

		if (part == votes->best || is_shown[part] || (!is_loose && !votes->number[part]))
			continue;
		if (height < votes->chains[i]->tip && height > votes->share[i])
			(void)tw_votes_ask_all(votes, i, height);
	}
}

/* Whether every voter shows all blocks from its tip down to the lowest tip. */
static bool is_all_shown(const struct tw_votes *votes)
{
	int64_t lowest = INT64_MAX, whole = 0;

	for (uint32_t k = 0; k < votes->n_voters; k++) {
		const struct tw_index_window *window =
			tw_index_window(&votes->index, votes->voters[k]);

		lowest = tw_min(lowest, window->tip);
		whole = tw_max(whole, window->whole);
	}
	return whole <= lowest;
}

void tw_apart_ask(struct tw_votes *votes)
{
	bool is_loose = votes->n_groups > 1;

	if (votes->n_questions == TW_VOTE_QUESTIONS || is_all_shown(votes))
		return;
	find_groups(votes);
	is_loose = find_sides(votes) || is_loose;
	for (int64_t height = next_tip(votes, INT64_MAX);
		is_loose && height >= 0 && votes->n_questions < TW_VOTE_QUESTIONS;
		height = next_tip(votes, height))
		ask_at(votes, height);
}
