/* See votes.h: which voters are linked, which side of a fork is the main one, who stands where. */
#include "core/votes.h"
#include "core/policy.h"
#include "core/tree.h"
#include <errno.h>
#include <stdlib.h>

int tw_votes_init(struct tw_votes *votes, uint32_t n_nodes)
{
	size_t n = n_nodes;

	*votes = (struct tw_votes){
		.n_nodes = n_nodes,
		.best = TW_NODE_NONE,
		.top = TW_UNKNOWN,
		.tie_until_us = TW_NEVER,
	};
	votes->relation = calloc(n, sizeof(votes->relation[0]));
	votes->share = calloc(n, sizeof(votes->share[0]));
	votes->order = calloc(n, sizeof(votes->order[0]));
	votes->edges = calloc(2 * n + 1, sizeof(votes->edges[0]));
	votes->shares = calloc(n, sizeof(votes->shares[0]));
	votes->group = calloc(n, sizeof(votes->group[0]));
	votes->scratch = calloc(n, sizeof(votes->scratch[0]));
	if (votes->relation == NULL || votes->share == NULL || votes->order == NULL ||
		votes->edges == NULL || votes->shares == NULL || votes->group == NULL ||
		votes->scratch == NULL) {
		tw_votes_finish(votes);
		return -ENOMEM;
	}
	return 0;
}

void tw_votes_finish(struct tw_votes *votes)
{
	free(votes->relation);
	free(votes->share);
	free(votes->order);
	free(votes->edges);
	free(votes->shares);
	free(votes->group);
	free(votes->scratch);
	*votes = (struct tw_votes){ 0 };
}

int64_t tw_votes_lead_limit(const struct tw_policy *policy, int64_t elapsed_us)
{
	return 2 * policy->max_lead + elapsed_us / tw_policy_growth_us(policy);
}

/* --- the sides of forks, remembered for the ties --- */

static struct tw_fork_side *find_side(struct tw_votes *votes, const struct tw_point *first)
{
	for (uint32_t i = 0; i < votes->n_sides; i++) {
		struct tw_fork_side *side = &votes->sides[i];

		if (side->first.height == first->height &&
			tw_hash_equal(&side->first.hash, &first->hash))
			return side;
	}
	return NULL;
}

/* Since when this side is known. One too many to remember counts as just seen. */
static int64_t side_seen(struct tw_votes *votes, const struct tw_point *first, int64_t now)
{
	struct tw_fork_side *side = find_side(votes, first);

	if (side == NULL) {
		if (votes->n_sides == TW_FORK_SIDES)
			return now;
		side = &votes->sides[votes->n_sides++];
		*side = (struct tw_fork_side){ .first = *first, .seen_us = now };
	}
	side->is_fresh = true;
	return side->seen_us;
}

static void forget_old_sides(struct tw_votes *votes)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < votes->n_sides; i++) {
		if (votes->sides[i].is_fresh)
			votes->sides[kept++] = votes->sides[i];
	}
	votes->n_sides = kept;
	for (uint32_t i = 0; i < kept; i++)
		votes->sides[i].is_fresh = false;
}

/* --- ties --- */

static bool side_holds(const struct tw_votes *votes, const struct tw_edge *edge, int32_t node)
{
	for (uint32_t i = edge->start; i < edge->end; i++) {
		if (votes->order[i] == node)
			return true;
	}
	return false;
}

static bool side_has_block(
	const struct tw_votes *votes, const struct tw_edge *edge, const struct tw_point *block)
{
	if (block->height <= edge->fork_height)
		return false;
	for (uint32_t i = edge->start; i < edge->end; i++) {
		if (tw_chain_has(votes->chains[votes->order[i]], block))
			return true;
	}
	return false;
}

/* Whether side a beats side b when neither holds more tips. */
static bool wins_tie(struct tw_votes *votes, const struct tw_ballot *ballot,
	const struct tw_edge *a, const struct tw_edge *b)
{
	int64_t seen_a = side_seen(votes, &a->first, ballot->now);
	int64_t seen_b = side_seen(votes, &b->first, ballot->now);
	int64_t seen_us = seen_a > seen_b ? seen_a : seen_b;
	int64_t longer = a->top > b->top ? a->top - b->top : b->top - a->top;
	bool a_has, b_has;

	if (longer > ballot->policy->max_lead) {
		int64_t missing =
			longer - tw_votes_lead_limit(ballot->policy, ballot->now - seen_us);
		int64_t growth_us = tw_policy_growth_us(ballot->policy);

		if (missing <= 0)
			return a->top > b->top;
		if (missing < INT64_MAX / growth_us / 2) {
			int64_t when =
				seen_us + (longer - 2 * ballot->policy->max_lead) * growth_us;

			if (when < votes->tie_until_us)
				votes->tie_until_us = when;
		}
	}
	a_has = ballot->served.height >= 0 && side_has_block(votes, a, &ballot->served);
	b_has = ballot->served.height >= 0 && side_has_block(votes, b, &ballot->served);
	if (a_has != b_has)
		return a_has;
	a_has = side_holds(votes, a, ballot->primary);
	b_has = side_holds(votes, b, ballot->primary);
	if (a_has != b_has)
		return a_has;
	return tw_hash_compare(&a->first.hash, &b->first.hash) < 0;
}

static uint32_t size_of(const struct tw_edge *edge)
{
	return edge->end - edge->start;
}

/* --- the main chain --- */

static void place(struct tw_votes *votes, const struct tw_edge *edge, uint32_t end,
	enum tw_relation relation, int64_t height)
{
	for (uint32_t i = edge->start; i < end; i++) {
		int32_t node = votes->order[i];

		/* The tree has marked those that it could not place. */
		if (votes->relation[node] == TW_RELATION_UNLINKED)
			continue;
		votes->relation[node] = relation;
		votes->share[node] =
			relation == TW_RELATION_MAIN ? votes->chains[node]->tip : height;
	}
}

static bool is_deep(const struct tw_edge *edge, const struct tw_policy *policy)
{
	return edge->top - edge->fork_height > policy->fork_tolerance;
}

/* Walks from the root to the tip of the main chain and places every voter. */
static void walk_main(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	struct tw_edge *edge = &votes->edges[0];

	while (true) {
		struct tw_edge *main = NULL;

		edge->is_main = true;
		place(votes, edge, edge->ended, TW_RELATION_MAIN, 0);
		if (edge->n_children == 0)
			break;
		for (uint32_t i = 0; i < edge->n_children; i++) {
			struct tw_edge *child = &votes->edges[edge->first_child + i];

			(void)side_seen(votes, &child->first, ballot->now);
			if (main == NULL || size_of(child) > size_of(main) ||
				(size_of(child) == size_of(main) &&
					wins_tie(votes, ballot, child, main)))
				main = child;
		}
		for (uint32_t i = 0; i < edge->n_children; i++) {
			struct tw_edge *child = &votes->edges[edge->first_child + i];

			if (child == main)
				continue;
			place(votes, child, child->end, TW_RELATION_CONFLICT, child->fork_height);
			if (size_of(child) >= size_of(main) && is_deep(child, ballot->policy) &&
				is_deep(main, ballot->policy))
				votes->has_strong_rival = true;
		}
		edge = main;
	}
	for (uint32_t i = edge->start; i < edge->ended; i++) {
		int32_t node = votes->order[i];

		if (votes->relation[node] == TW_RELATION_MAIN && votes->share[node] > votes->top) {
			votes->best = node;
			votes->top = votes->share[node];
		}
	}
}

static void find_deep_conflicts(struct tw_votes *votes, const struct tw_policy *policy)
{
	for (uint32_t e = 0; e < votes->n_edges; e++) {
		const struct tw_edge *edge = &votes->edges[e];
		uint32_t deep = 0;

		for (uint32_t i = 0; i < edge->n_children; i++)
			deep += is_deep(&votes->edges[edge->first_child + i], policy);
		if (deep >= 2)
			votes->has_deep_conflict = true;
	}
}

/* --- voters outside the main group --- */

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum tw_relation tw_votes_relate(
	const struct tw_votes *votes, const struct tw_chain *chain, int64_t *ret_share)
{
	int64_t h = min(chain->tip, votes->top);
	int64_t lowest = tw_chain_lowest(chain);
	bool differs = false;

	*ret_share = TW_UNKNOWN;
	if (chain->tip < 0 || votes->best < 0)
		return TW_RELATION_UNLINKED;
	while (h >= lowest && h >= 0) {
		const struct tw_hash *own = tw_chain_at(chain, h);
		const struct tw_hash *main = own == NULL ? NULL : tw_votes_main_at(votes, h);

		if (main != NULL && tw_hash_equal(own, main)) {
			/* Where they nowhere differ the rest is only not known. */
			*ret_share = differs ? h : min(chain->tip, votes->top);
			return differs ? TW_RELATION_CONFLICT : TW_RELATION_MAIN;
		}
		if (main != NULL)
			differs = true;
		/* Extras are far apart: do not walk the heights between them. */
		if (h <= chain->tip - TW_WINDOW) {
			int64_t next = TW_UNKNOWN;

			for (uint32_t i = 0; i < chain->n_extras && next < 0; i++) {
				if (chain->extras[i].height < h)
					next = chain->extras[i].height;
			}
			h = next;
		} else {
			h--;
		}
	}
	return differs ? TW_RELATION_CONFLICT : TW_RELATION_UNLINKED;
}

static bool ask(struct tw_votes *votes, int32_t node, int64_t height)
{
	if (tw_chain_at(votes->chains[node], height) != NULL)
		return false;
	if (votes->n_questions < TW_VOTE_QUESTIONS && height >= 0)
		votes->questions[votes->n_questions++] = (struct tw_question){ node, height };
	return height >= 0;
}

/*
 * A voter that shares no block with the main group. The higher of the two is asked for its block at
 * the lower one's tip and, when that differs, both for the one that tells a race from a fork.
 */
static void place_outsider(struct tw_votes *votes, const struct tw_ballot *ballot, int32_t node,
	uint32_t group_size, uint32_t main_size)
{
	const struct tw_chain *chain = votes->chains[node];
	int64_t low = min(chain->tip, votes->top);
	int64_t deeper = low - ballot->policy->fork_tolerance - 1;
	bool is_asked;

	votes->relation[node] = tw_votes_relate(votes, chain, &votes->share[node]);
	is_asked = ask(votes, votes->best, low) || ask(votes, node, low) ||
		   ask(votes, votes->best, deeper) || ask(votes, node, deeper);
	if (is_asked || votes->relation[node] != TW_RELATION_CONFLICT)
		return;
	/* They part below everything that both show: deeper than the tolerance. */
	votes->has_deep_conflict = true;
	if (group_size >= main_size)
		votes->has_strong_rival = true;
}

/* --- counting --- */

static int compare_heights(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

static void count(struct tw_votes *votes)
{
	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		switch (votes->relation[i]) {
		case TW_RELATION_NONE:
			continue;
		case TW_RELATION_CONFLICT:
			votes->conflicting++;
			break;
		case TW_RELATION_MAIN:
		case TW_RELATION_UNLINKED:
			votes->agreeing++;
			break;
		}
		votes->answering++;
		if (votes->share[i] >= 0)
			votes->shares[votes->n_shares++] = votes->share[i];
	}
	if (votes->n_shares > 0)
		qsort(votes->shares, votes->n_shares, sizeof(votes->shares[0]), compare_heights);
}

int64_t tw_votes_supported_by(const struct tw_votes *votes, uint32_t n)
{
	return n <= votes->n_shares ? votes->shares[n - 1] : TW_UNKNOWN;
}

const struct tw_hash *tw_votes_main_at(const struct tw_votes *votes, int64_t height)
{
	const struct tw_hash *hash;

	if (votes->best < 0 || height > votes->top)
		return NULL;
	hash = tw_chain_at(votes->chains[votes->best], height);
	/* A hole in the best one's window: any other supporter may show it. */
	for (uint32_t i = 0; hash == NULL && i < votes->n_order; i++) {
		int32_t node = votes->order[i];

		if (votes->relation[node] != TW_RELATION_UNLINKED && votes->share[node] >= height)
			hash = tw_chain_at(votes->chains[node], height);
	}
	return hash;
}

void tw_votes_count(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	uint32_t n_groups;

	votes->chains = ballot->chains;
	votes->best = TW_NODE_NONE;
	votes->top = TW_UNKNOWN;
	votes->n_shares = votes->answering = votes->agreeing = votes->conflicting = 0;
	votes->has_deep_conflict = votes->has_strong_rival = false;
	votes->n_questions = votes->n_edges = votes->n_order = 0;
	votes->tie_until_us = TW_NEVER;
	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		votes->relation[i] = TW_RELATION_NONE;
		votes->share[i] = TW_UNKNOWN;
	}
	n_groups = tw_tree_group(votes, ballot);
	if (n_groups > 0) {
		tw_tree_build(votes);
		walk_main(votes, ballot);
		find_deep_conflicts(votes, ballot->policy);
	}
	if (n_groups > 1) {
		for (uint32_t i = 0; i < votes->n_nodes; i++) {
			uint32_t size = 0;

			if (ballot->chains[i] == NULL ||
				votes->group[i] == votes->group[votes->order[0]])
				continue;
			for (uint32_t k = 0; k < votes->n_nodes; k++)
				size += ballot->chains[k] != NULL &&
					votes->group[k] == votes->group[i];
			place_outsider(votes, ballot, (int32_t)i, size, votes->n_order);
		}
	}
	forget_old_sides(votes);
	count(votes);
}
