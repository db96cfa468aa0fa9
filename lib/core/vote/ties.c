/* See ties.h. */
#include "core/vote/ties.h"
#include "base/num.h"
#include "core/vote/tree.h"
#include <assert.h>

/* --- the sides, remembered --- */

/* The sides are most often asked for in the order in which another tree has had them. */
static const struct tw_fork_side *find_side(struct tw_votes *votes, const struct tw_point *first)
{
	for (uint32_t i = 0, at = votes->next_side; i < votes->n_sides; i++, at++) {
		const struct tw_fork_side *side;

		if (at >= votes->n_sides)
			at = 0;
		side = &votes->sides[at];
		if (side->first.height == first->height &&
			tw_hash_equal(&side->first.hash, &first->hash)) {
			votes->next_side = at + 1;
			return side;
		}
	}
	return NULL;
}

/*
 * Finds since when the sides of a fork are known. Those that the last count has asked about in the
 * same tree are known to be as old as then; all others may have been sides elsewhere.
 */
static void find_seen(struct tw_votes *votes, struct tw_edge *edge, int64_t now)
{
	bool is_known = edge->asked + 1 == votes->n_counts;

	if (!is_known && votes->n_sides == 0)
		tw_votes_note_sides(votes, votes, votes->n_counts - 1);
	edge->asked = votes->n_counts;
	for (uint32_t i = 0; !is_known && i < edge->n_children; i++) {
		struct tw_edge *child = &votes->edges[edge->first_child + i];
		const struct tw_fork_side *side = find_side(votes, &child->first);

		child->seen_us = side == NULL ? now : side->seen_us;
	}
}

/* --- the ties --- */

/* Finds what ties are decided by. */
static void look_at_side(
	const struct tw_votes *votes, const struct tw_ballot *ballot, struct tw_edge *edge)
{
	bool may_have_served = ballot->served.height > edge->fork_height;

	edge->has_grown = edge->has_served = edge->has_primary = false;
	for (uint32_t i = edge->start; i < edge->end; i++) {
		int32_t node = votes->order[i];

		edge->has_grown = edge->has_grown || votes->has_grown[node];
		edge->has_primary = edge->has_primary || node == votes->primary;
		edge->has_served = edge->has_served || (may_have_served && votes->has_served[node]);
	}
}

/*
 * Whether side a, in a tie, is longer than b by enough and within the limit. More than max_lead is
 * enough, and one block where only a has grown. When it is beyond the limit, tie_until_us notes
 * when it will be within.
 */
static bool is_longer(struct tw_votes *votes, const struct tw_ballot *ballot,
	const struct tw_edge *a, const struct tw_edge *b)
{
	int64_t longer = a->top - b->top;
	int64_t seen_us = a->seen_us > b->seen_us ? a->seen_us : b->seen_us;
	int64_t when_us;

	if (longer <= 0)
		return false;
	if (longer <= ballot->policy->max_lead && (!a->has_grown || b->has_grown))
		return false;
	when_us = tw_policy_lead_from(ballot->policy, seen_us, longer);
	if (ballot->now >= when_us)
		return true;
	if (when_us < votes->tie_until_us)
		votes->tie_until_us = when_us;
	return false;
}

/* Whether a wins the tie against b, where length does not decide, and by what. */
static bool wins_tie(const struct tw_edge *a, const struct tw_edge *b, enum tw_tie *ret_tie)
{
	*ret_tie = TW_TIE_SERVED;
	if (a->has_served != b->has_served)
		return a->has_served;
	*ret_tie = TW_TIE_PRIMARY;
	if (a->has_primary != b->has_primary)
		return a->has_primary;
	*ret_tie = TW_TIE_HASH;
	return tw_hash_compare(&a->first.hash, &b->first.hash) < 0;
}

/* Whether a voter on the side is known to be on another chain than the confirmed one. */
static bool side_differs(const struct tw_votes *votes, const struct tw_edge *edge)
{
	for (uint32_t i = edge->start; i < edge->end; i++) {
		if (tw_chain_differs(
			    votes->chains[votes->order[i]], votes->chains[votes->confirmed]))
			return true;
	}
	return false;
}

/*
 * The side of what a quorum has confirmed, unless a quorum is on another one; NULL: there is none.
 * Silence takes nothing from that side, and no tie goes against it. Where it or another side
 * floats, that other one must be known to be on another chain.
 */
static struct tw_edge *confirmed_side(
	const struct tw_votes *votes, const struct tw_ballot *ballot, const struct tw_edge *edge)
{
	struct tw_edge *sides = &votes->edges[edge->first_child], *confirmed = NULL;
	uint32_t n = edge->has_confirmed ? edge->n_children : 0;
	bool is_other = true;

	for (uint32_t i = 0; i < n; i++) {
		if (sides[i].has_confirmed)
			confirmed = &sides[i];
		else if (tw_tree_size(&sides[i]) >= ballot->quorum)
			return NULL;
	}
	for (uint32_t i = 0; confirmed != NULL && i < n; i++) {
		if (&sides[i] != confirmed && (confirmed->is_floating || sides[i].is_floating))
			is_other = is_other && side_differs(votes, &sides[i]);
	}
	return is_other ? confirmed : NULL;
}

/*
 * The largest sides are tied. They lose to any other of them by length. "Longer by enough" is not
 * transitive (Voting 3(a)), so that all that do are out before anything else is looked at.
 */
static void drop_shorter(struct tw_votes *votes, const struct tw_ballot *ballot,
	struct tw_edge *sides, uint32_t n, uint32_t most)
{
	int64_t shortest = INT64_MAX;

	for (uint32_t i = 0; i < n; i++) {
		sides[i].is_tied = tw_tree_size(&sides[i]) == most;
		if (!sides[i].is_tied)
			continue;
		look_at_side(votes, ballot, &sides[i]);
		shortest = tw_min(shortest, sides[i].top);
	}
	for (uint32_t i = 0; i < n; i++) {
		int64_t longest = sides[i].top - shortest;

		/* No side is shorter by enough. */
		if (tw_tree_size(&sides[i]) != most || longest <= 0 ||
			(longest <= ballot->policy->max_lead && !sides[i].has_grown))
			continue;
		for (uint32_t k = 0; k < n; k++) {
			if (tw_tree_size(&sides[k]) == most &&
				is_longer(votes, ballot, &sides[i], &sides[k]))
				sides[k].is_tied = false;
		}
	}
}

/* The first one of the sides that are tied. */
static struct tw_edge *break_tie(struct tw_votes *votes, const struct tw_ballot *ballot,
	struct tw_edge *sides, uint32_t n, uint32_t most)
{
	struct tw_edge *best = NULL;
	enum tw_tie tie;

	drop_shorter(votes, ballot, sides, n, most);
	for (uint32_t i = 0; i < n; i++) {
		if (sides[i].is_tied && (best == NULL || wins_tie(&sides[i], best, &tie)))
			best = &sides[i];
	}
	/* The longest of the sides with the most tips loses to none by length. */
	assert(best != NULL);
	best->tie = TW_TIE_LONGER;
	for (uint32_t i = 0; i < n; i++) {
		if (!sides[i].is_tied || &sides[i] == best)
			continue;
		(void)wins_tie(best, &sides[i], &tie);
		if (tie > best->tie)
			best->tie = tie;
	}
	return best;
}

/* The first of the sides with the most tips. */
static struct tw_edge *largest_side(struct tw_edge *sides, uint32_t most)
{
	while (tw_tree_size(sides) != most)
		sides++;
	return sides;
}

struct tw_edge *tw_ties_choose(
	struct tw_votes *votes, const struct tw_ballot *ballot, struct tw_edge *edge)
{
	struct tw_edge *sides = &votes->edges[edge->first_child], *best;
	struct tw_edge *confirmed = confirmed_side(votes, ballot, edge);

	find_seen(votes, edge, ballot->now);
	if (confirmed != NULL) {
		bool is_largest = edge->n_most == 1 && tw_tree_size(confirmed) == edge->most;

		confirmed->tie = is_largest ? TW_TIE_VOTES : TW_TIE_CONFIRMED;
		return confirmed;
	}
	if (edge->n_most > 1)
		return break_tie(votes, ballot, sides, edge->n_children, edge->most);
	best = largest_side(sides, edge->most);
	best->tie = TW_TIE_VOTES;
	return best;
}
