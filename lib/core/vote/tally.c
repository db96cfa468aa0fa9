/* See tally.h. */
#include "core/vote/tally.h"
#include "base/num.h"
#include "core/vote/apart.h"
#include "core/vote/differ.h"
#include "core/vote/group.h"
#include "core/vote/ties.h"
#include "core/vote/tree.h"

static bool is_doubted(const struct tw_ballot *ballot, int32_t node)
{
	return ballot->is_doubted != NULL && ballot->is_doubted[node];
}

/* Whether a voter that shows as much of the main chain is a better one to stand for it. */
static bool is_stand_in(const struct tw_votes *votes, const struct tw_ballot *ballot, int32_t node)
{
	return node == votes->confirmed || is_doubted(ballot, node);
}

/* --- the main chain --- */

/* Counts a voter where it is placed. */
static void count_voter(struct tw_votes *votes, const struct tw_ballot *ballot, int32_t i)
{
	uint32_t weight = tw_votes_weight(votes, i);

	if (weight == 0)
		return;
	votes->answering += weight;
	if (votes->relation[i] == TW_RELATION_CONFLICT)
		votes->conflicting += weight;
	else
		votes->agreeing += weight;
	if (votes->share[i] >= 0)
		tw_support_add(&votes->support, votes->share[i], weight,
			is_doubted(ballot, i) ? 0 : weight);
}

/* Places the voters whose tips are on this edge of the main chain. */
static void place_on_main(
	struct tw_votes *votes, const struct tw_ballot *ballot, const struct tw_edge *edge)
{
	for (uint32_t i = edge->start; i < edge->ended; i++) {
		int32_t node = votes->order[i];

		votes->relation[node] = TW_RELATION_MAIN;
		votes->share[node] = votes->chains[node]->tip;
		votes->branch[node] = 0;
		count_voter(votes, ballot, node);
		if (votes->share[node] > votes->top ||
			(votes->share[node] == votes->top &&
				is_stand_in(votes, ballot, votes->best))) {
			votes->best = node;
			votes->top = votes->share[node];
		}
	}
}

static bool is_deep(const struct tw_edge *edge, const struct tw_policy *policy)
{
	return !edge->is_floating && edge->top - edge->fork_height > policy->fork_tolerance;
}

/* Whether a side of the fork that conflicts deeply with the main chain is as large. */
static bool has_strong_rival(const struct tw_votes *votes, const struct tw_policy *policy,
	const struct tw_edge *edge, const struct tw_edge *main)
{
	for (uint32_t i = 0; is_deep(main, policy) && i < edge->n_children; i++) {
		const struct tw_edge *side = &votes->edges[edge->first_child + i];

		if (side != main && tw_tree_size(side) >= tw_tree_size(main) &&
			is_deep(side, policy))
			return true;
	}
	return false;
}

static void place_on_side(struct tw_votes *votes, const struct tw_ballot *ballot,
	const struct tw_edge *side, enum tw_relation relation, struct tw_beside *beside)
{
	bool is_branch = relation == TW_RELATION_CONFLICT && tw_tree_size(side) > 0;
	int32_t branch = is_branch ? (int32_t)(votes->n_branches + beside->n_branches++) : -1;

	for (uint32_t i = side->start; i < side->end; i++) {
		int32_t node = votes->order[i];
		uint32_t weight = tw_votes_weight(votes, node);

		votes->relation[node] = relation;
		votes->share[node] = side->fork_height;
		votes->branch[node] = branch;
		/* C's chain is no voter. */
		if (relation != TW_RELATION_CONFLICT || weight == 0)
			continue;
		beside->n_voters += weight;
		if (!is_doubted(ballot, node))
			beside->n_believed += weight;
	}
}

/* Places the voters on the other sides of a fork. Those of floating sides are counted later. */
static void place_beside(struct tw_votes *votes, const struct tw_ballot *ballot,
	struct tw_edge *edge, const struct tw_edge *main)
{
	edge->beside = (struct tw_beside){ 0 };
	for (uint32_t i = 0; i < edge->n_children; i++) {
		const struct tw_edge *child = &votes->edges[edge->first_child + i];

		/* Nobody knows yet on which side of the fork a floating side is. */
		if (child != main)
			place_on_side(votes, ballot, child,
				child->is_floating || main->is_floating ? TW_RELATION_UNLINKED
									: TW_RELATION_CONFLICT,
				&edge->beside);
	}
}

static void count_beside(struct tw_votes *votes, const struct tw_edge *edge)
{
	const struct tw_beside *beside = &edge->beside;

	votes->answering += beside->n_voters;
	votes->conflicting += beside->n_voters;
	votes->n_branches += beside->n_branches;
	if (beside->n_voters > 0 && edge->agreed >= 0)
		tw_support_add(&votes->support, edge->agreed, beside->n_voters, beside->n_believed);
}

/*
 * Walks from the root to the tip of the main chain and places every voter of the tree. As long as
 * it goes the way that the last count went in the same tree, the voters beside it are placed.
 */
static void walk_main(struct tw_votes *votes, const struct tw_ballot *ballot, bool is_same_tree)
{
	struct tw_edge *edge = &votes->edges[0];
	bool are_placed = is_same_tree && !votes->has_holes;

	votes->n_branches = 1;
	while (true) {
		struct tw_edge *main;

		edge->is_main = true;
		place_on_main(votes, ballot, edge);
		if (edge->n_children == 0)
			return;
		main = tw_ties_choose(votes, ballot, edge);
		if (main->tie > votes->tie)
			votes->tie = main->tie;
		are_placed = are_placed && edge->chosen == (uint32_t)(main - votes->edges);
		edge->chosen = (uint32_t)(main - votes->edges);
		if (!are_placed)
			place_beside(votes, ballot, edge, main);
		count_beside(votes, edge);
		votes->has_strong_rival = votes->has_strong_rival ||
					  has_strong_rival(votes, ballot->policy, edge, main);
		edge = main;
	}
}

static void find_deep_conflicts(struct tw_votes *votes, const struct tw_policy *policy)
{
	for (uint32_t e = 0; !votes->has_deep_conflict && e < votes->n_edges; e++) {
		const struct tw_edge *edge = &votes->edges[e];
		uint32_t deep = 0;

		for (uint32_t i = 0; deep < 2 && i < edge->n_children; i++) {
			const struct tw_edge *side = &votes->edges[edge->first_child + i];

			deep += tw_tree_size(side) > 0 && is_deep(side, policy);
		}
		votes->has_deep_conflict = deep == 2;
	}
}

/* --- voters that are not linked to it --- */

/* Asks the best voter and node for blocks further and further down, until they share one. */
static void ask_down(struct tw_votes *votes, int32_t node, int64_t low, int64_t share)
{
	/* Round heights, so that the questions stay the same while the chains grow. */
	for (int step = 8; step <= TW_LOOK_BACK_MAX; step *= 2) {
		int64_t height = (low / step - 1) * step;

		if (height <= share || tw_votes_ask(votes, votes->best, height) ||
			tw_votes_ask(votes, node, height))
			return;
	}
}

/* Whether the chain shows another block than the main chain at any height from top down to floor.
 */
static bool differs_from_main(
	const struct tw_votes *votes, const struct tw_chain *chain, int64_t top, int64_t floor)
{
	for (int64_t h = tw_chain_prev_known(chain, top); h >= 0 && h >= floor;
		h = tw_chain_prev_known(chain, h - 1)) {
		const struct tw_hash *main = tw_votes_main_at(votes, h);

		if (main != NULL && !tw_hash_equal(main, tw_chain_at(chain, h)))
			return true;
	}
	return false;
}

/*
 * Asks about a voter that is not linked to the main chain, of which they share no block above
 * share. The higher one of it and the best voter is asked for its block at the lower one's tip,
 * low. When these differ, both are asked for the block that tells a race from a fork, and then for
 * a block that they share. is_first: nobody was asked yet of those that it belongs to.
 */
static void ask_outsider(struct tw_votes *votes, const struct tw_ballot *ballot, int32_t node,
	int64_t low, int64_t share, bool is_first)
{
	int64_t deeper = low - ballot->policy->fork_tolerance - 1;

	if (votes->n_questions == TW_VOTE_QUESTIONS || tw_votes_ask(votes, votes->best, low) ||
		tw_votes_ask_all(votes, node, low) || deeper <= share ||
		tw_votes_ask(votes, votes->best, deeper) || tw_votes_ask_all(votes, node, deeper))
		return;
	if (votes->relation[node] == TW_RELATION_CONFLICT && is_first)
		ask_down(votes, node, low, share);
}

/*
 * Places a voter that is not linked to the main chain, and asks about it. Returns whether the voter
 * is known to conflict. is_rival: as many voters are linked to it as are on the main side;
 * is_first: it is the first of those.
 */
static bool place_outsider(struct tw_votes *votes, const struct tw_ballot *ballot, int32_t node,
	bool is_rival, bool is_first)
{
	const struct tw_chain *chain = votes->chains[node];
	int64_t low = tw_min(tw_index_window(&votes->index, node)->tip, votes->top);
	int64_t deepest = tw_min(low - ballot->policy->fork_tolerance - 1,
		(low / TW_LOOK_BACK_MAX - 1) * TW_LOOK_BACK_MAX);
	/* Most often both show all that they may be asked for. */
	bool is_shown = tw_index_shows(&votes->index, node, deepest) &&
			tw_index_shows(&votes->index, votes->best, deepest);
	int64_t share = TW_UNKNOWN;

	/* Voters of other groups share no block: whatever both show is different. */
	if (votes->group[node] == votes->group[votes->best])
		votes->relation[node] = tw_votes_relate(votes, chain, &share);
	else
		votes->relation[node] = is_shown || differs_from_main(votes, chain, low, 0)
						? TW_RELATION_CONFLICT
						: TW_RELATION_UNLINKED;
	if (share > votes->share[node])
		votes->share[node] = share;
	share = votes->share[node];
	if (votes->relation[node] == TW_RELATION_CONFLICT &&
		(!votes->has_deep_conflict || (is_rival && !votes->has_strong_rival)) &&
		differs_from_main(votes, chain, low - ballot->policy->fork_tolerance, share + 1)) {
		if (votes->best != votes->confirmed)
			votes->has_deep_conflict = true;
		votes->has_strong_rival = votes->has_strong_rival || is_rival;
	}
	count_voter(votes, ballot, node);
	if (!is_shown)
		ask_outsider(votes, ballot, node, low, share, is_first);
	return votes->relation[node] == TW_RELATION_CONFLICT;
}

/* Places the voters on floating sides beside the main chain. */
static void place_floating(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	for (uint32_t e = 0; e < votes->n_edges; e++) {
		const struct tw_edge *edge = &votes->edges[e], *main = NULL;

		for (uint32_t i = 0; edge->is_main && i < edge->n_children; i++) {
			if (votes->edges[edge->first_child + i].is_main)
				main = &votes->edges[edge->first_child + i];
		}
		for (uint32_t i = 0; main != NULL && i < edge->n_children; i++) {
			const struct tw_edge *child = &votes->edges[edge->first_child + i];
			bool is_rival = tw_tree_size(child) >= tw_tree_size(main);
			bool is_branch = false, is_first = true;

			if (child == main || (!child->is_floating && !main->is_floating))
				continue;
			for (uint32_t k = child->start; k < child->end; k++) {
				int32_t node = votes->order[k];

				if (node == votes->confirmed)
					continue;
				if (place_outsider(votes, ballot, node, is_rival, is_first)) {
					votes->branch[node] = (int32_t)votes->n_branches;
					is_branch = true;
				}
				is_first = false;
			}
			votes->n_branches += is_branch;
		}
	}
}

static void forget(struct tw_votes *votes, int32_t i)
{
	votes->relation[i] = TW_RELATION_NONE;
	votes->share[i] = TW_UNKNOWN;
	votes->branch[i] = -1;
}

/* Places the voters of the other groups. */
static void place_groups(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	int32_t main = votes->group[votes->order[0]];

	for (uint32_t g = 0; g < votes->n_groups; g++)
		votes->number[g] = -1;
	for (uint32_t k = 0; k < votes->n_voters; k++) {
		int32_t i = votes->voters[k], group = votes->group[i];

		if (group == main)
			continue;
		forget(votes, i);
		if (i == votes->confirmed)
			continue;
		if (!place_outsider(votes, ballot, i,
			    votes->groups[group].size >= votes->groups[main].size,
			    votes->number[group] < 0))
			continue;
		if (votes->number[group] < 0)
			votes->number[group] = (int32_t)votes->n_branches++;
		votes->branch[i] = votes->number[group];
	}
}

/* Whether it is not known of all voters where they leave the others. */
static bool has_loose(const struct tw_votes *votes)
{
	bool is_loose = votes->n_groups > 1;

	for (uint32_t e = 0; !is_loose && e < votes->n_edges; e++)
		is_loose = votes->edges[e].is_floating;
	return is_loose;
}

/* Places the voters of which the tree does not say where they stand to the main chain. */
static void place_loose(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	place_floating(votes, ballot);
	place_groups(votes, ballot);
	if (!votes->has_deep_conflict)
		votes->has_deep_conflict = tw_differ_find(votes, ballot->policy->fork_tolerance);
	tw_apart_ask(votes);
}

/* Places the voters that another one stands for. */
static void place_others(struct tw_votes *votes)
{
	for (int32_t i = 0; i < (int32_t)votes->n_nodes; i++) {
		int32_t voter = tw_index_stands_for(&votes->index, i);

		if (voter < 0) {
			forget(votes, i);
		} else if (voter != i) {
			votes->relation[i] = votes->relation[voter];
			votes->share[i] = votes->share[voter];
			votes->branch[i] = votes->branch[voter];
		}
	}
}

/* Keeps what the last count found of each node, to tell what this one changes. */
static void keep_last(struct tw_votes *votes)
{
	memcpy(votes->was_relation, votes->relation, votes->n_nodes * sizeof(votes->relation[0]));
	memcpy(votes->was_share, votes->share, votes->n_nodes * sizeof(votes->share[0]));
}

void tw_tally_count(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	bool is_laid;

	votes->n_counts++;
	votes->chains = ballot->chains;
	votes->best = TW_NODE_NONE;
	votes->top = TW_UNKNOWN;
	votes->answering = votes->agreeing = votes->conflicting = 0;
	votes->has_deep_conflict = votes->has_strong_rival = false;
	tw_support_clear(&votes->support);
	votes->n_questions = votes->n_branches = 0;
	votes->tie_until_us = TW_NEVER;
	votes->tie = TW_TIE_NONE;
	keep_last(votes);
	is_laid = tw_group_voters(votes, ballot);
	votes->is_laid = votes->n_groups > 0;
	if (votes->is_laid) {
		if (!is_laid) {
			tw_votes_note_sides(votes, votes, votes->n_counts - 1);
			tw_tree_build(votes);
		}
		walk_main(votes, ballot, is_laid);
		find_deep_conflicts(votes, ballot->policy);
		/* Most often it is known of all where they stand. */
		if (has_loose(votes))
			place_loose(votes, ballot);
	}
	/* From here on the tree has the sides. */
	votes->n_sides = votes->next_side = 0;
	place_others(votes);
}
