/* See votes.h. */
#include "core/vote/votes.h"
#include "base/num.h"
#include <errno.h>
#include <stdlib.h>

int tw_votes_init(struct tw_votes *votes, uint32_t n_nodes)
{
	size_t n = (size_t)n_nodes + 1;

	*votes = (struct tw_votes){
		.n_nodes = n_nodes + 1,
		.confirmed = (int32_t)n_nodes,
		.best = TW_NODE_NONE,
		.n_counts = 1, /* none was count 0 */
		.top = TW_UNKNOWN,
		.max_sides = 2 * (n_nodes + 1), /* a tree has fewer edges */
		.tie_until_us = TW_NEVER,
	};
	votes->relation = calloc(n, sizeof(votes->relation[0]));
	votes->share = calloc(n, sizeof(votes->share[0]));
	votes->branch = calloc(n, sizeof(votes->branch[0]));
	votes->was_relation = calloc(n, sizeof(votes->was_relation[0]));
	votes->was_share = calloc(n, sizeof(votes->was_share[0]));
	votes->group = calloc(n, sizeof(votes->group[0]));
	votes->groups = calloc(n, sizeof(votes->groups[0]));
	votes->voters = calloc(n, sizeof(votes->voters[0]));
	votes->has_grown = calloc(n, sizeof(votes->has_grown[0]));
	votes->has_served = calloc(n, sizeof(votes->has_served[0]));
	votes->order = calloc(n, sizeof(votes->order[0]));
	votes->edges = calloc(2 * n + 1, sizeof(votes->edges[0]));
	votes->leaf = calloc(n, sizeof(votes->leaf[0]));
	votes->sides = calloc(votes->max_sides, sizeof(votes->sides[0]));
	votes->side = calloc(n, sizeof(votes->side[0]));
	votes->parent = calloc(n, sizeof(votes->parent[0]));
	votes->first = calloc(n, sizeof(votes->first[0]));
	votes->number = calloc(n, sizeof(votes->number[0]));
	votes->spare = calloc(n, sizeof(votes->spare[0]));
	votes->cursors = calloc(n, sizeof(votes->cursors[0]));
	if (votes->relation == NULL || votes->share == NULL || votes->branch == NULL ||
		votes->voters == NULL || votes->has_grown == NULL || votes->has_served == NULL ||
		votes->was_relation == NULL || votes->was_share == NULL || votes->group == NULL ||
		votes->groups == NULL || votes->order == NULL || votes->edges == NULL ||
		votes->leaf == NULL || votes->sides == NULL || votes->side == NULL ||
		votes->parent == NULL || votes->first == NULL || votes->number == NULL ||
		votes->spare == NULL || votes->cursors == NULL ||
		tw_support_init(&votes->support, votes->n_nodes) < 0 ||
		tw_index_init(&votes->index, votes->n_nodes) < 0) {
		tw_votes_finish(votes);
		return -ENOMEM;
	}
	return 0;
}

void tw_votes_finish(struct tw_votes *votes)
{
	free(votes->relation);
	free(votes->share);
	free(votes->branch);
	free(votes->was_relation);
	free(votes->was_share);
	free(votes->group);
	free(votes->groups);
	free(votes->voters);
	free(votes->has_grown);
	free(votes->has_served);
	free(votes->order);
	free(votes->edges);
	free(votes->leaf);
	free(votes->sides);
	free(votes->side);
	free(votes->parent);
	free(votes->first);
	free(votes->number);
	free(votes->spare);
	free(votes->cursors);
	tw_support_finish(&votes->support);
	tw_index_finish(&votes->index);
	*votes = (struct tw_votes){ 0 };
}

/* When there is no room to remember it, it counts as new. */
static void note_side(struct tw_votes *votes, const struct tw_fork_side *side)
{
	if (votes->n_sides < votes->max_sides)
		votes->sides[votes->n_sides++] = *side;
}

void tw_votes_inherit(struct tw_votes *votes, const struct tw_votes *old)
{
	votes->is_laid = false;
	votes->n_edges = votes->n_sides = 0;
	for (uint32_t i = 0; i < old->n_sides; i++)
		note_side(votes, &old->sides[i]);
	tw_votes_note_sides(votes, old, old->n_counts);
}

void tw_votes_note_sides(struct tw_votes *votes, const struct tw_votes *old, uint64_t count)
{
	for (uint32_t e = 0; e < old->n_edges; e++) {
		const struct tw_edge *edge = &old->edges[e];

		for (uint32_t i = 0; edge->asked >= count && i < edge->n_children; i++) {
			const struct tw_edge *side = &old->edges[edge->first_child + i];

			note_side(votes, &(struct tw_fork_side){ side->first, side->seen_us });
		}
	}
}

const struct tw_hash *tw_votes_main_at(const struct tw_votes *votes, int64_t height)
{
	const struct tw_hash *hash;

	if (votes->best < 0 || height > votes->top)
		return NULL;
	hash = tw_chain_at(votes->chains[votes->best], height);
	/* When the window of the best voter has a hole here, another supporter may show it. */
	for (uint32_t i = 0; hash == NULL && i < votes->n_order; i++) {
		int32_t node = votes->order[i];

		if (votes->share[node] >= height)
			hash = tw_chain_at(votes->chains[node], height);
	}
	return hash;
}

enum tw_relation tw_votes_relate(
	const struct tw_votes *votes, const struct tw_chain *chain, int64_t *ret_share)
{
	int64_t low = tw_min(chain->tip, votes->top);
	bool differs = false;

	*ret_share = TW_UNKNOWN;
	if (chain->tip < 0 || votes->best < 0)
		return TW_RELATION_UNLINKED;
	for (int64_t h = tw_chain_prev_known(chain, low); h >= 0;
		h = tw_chain_prev_known(chain, h - 1)) {
		const struct tw_hash *main = tw_votes_main_at(votes, h);

		if (main != NULL && tw_hash_equal(main, tw_chain_at(chain, h))) {
			*ret_share = h;
			return differs    ? TW_RELATION_CONFLICT
			       : h == low ? TW_RELATION_MAIN
					  : TW_RELATION_UNLINKED;
		}
		differs = differs || main != NULL;
	}
	return differs ? TW_RELATION_CONFLICT : TW_RELATION_UNLINKED;
}

bool tw_votes_ask(struct tw_votes *votes, int32_t node, int64_t height)
{
	if (tw_index_shows(&votes->index, node, height))
		return false;
	/* The best voter is not asked for what any supporter of the main chain shows: which of them
	 * is the best one must not matter. */
	if ((node == votes->best ? tw_votes_main_at(votes, height)
				 : tw_chain_at(votes->chains[node], height)) != NULL)
		return false;
	if (votes->n_questions < TW_VOTE_QUESTIONS && height >= 0 && node != votes->confirmed)
		votes->questions[votes->n_questions++] = (struct tw_question){ node, height };
	return height >= 0;
}

bool tw_votes_ask_all(struct tw_votes *votes, int32_t voter, int64_t height)
{
	uint32_t others = tw_index_window(&votes->index, voter)->n_voters - 1;

	if (!tw_votes_ask(votes, voter, height))
		return false;
	for (int32_t i = voter + 1; others > 0 && votes->n_questions < TW_VOTE_QUESTIONS; i++) {
		if (tw_index_stands_for(&votes->index, i) != voter)
			continue;
		(void)tw_votes_ask(votes, i, height);
		others--;
	}
	return true;
}
