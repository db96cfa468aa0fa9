/*
 * See tree.h. Building is a radix sort of the voters by the hash at rising heights; where a voter's
 * window has a hole, it goes with one that shares its next block above the hole.
 */
#include "core/tree.h"
#include <assert.h>

/* --- groups --- */

/* The highest height at or below from that both have shown, or TW_UNKNOWN. */
static int64_t both_known(const struct tw_chain *a, const struct tw_chain *b, int64_t from)
{
	int64_t bottom = from - TW_WINDOW > 0 ? from - TW_WINDOW : 0;

	for (int64_t h = from; h >= bottom; h--) {
		if (tw_chain_at(a, h) != NULL && tw_chain_at(b, h) != NULL)
			return h;
	}
	for (uint32_t i = 0; i < a->n_extras; i++) {
		if (a->extras[i].height < bottom && tw_chain_at(b, a->extras[i].height) != NULL)
			return a->extras[i].height;
	}
	for (uint32_t i = 0; i < b->n_extras; i++) {
		if (b->extras[i].height < bottom && tw_chain_at(a, b->extras[i].height) != NULL)
			return b->extras[i].height;
	}
	return TW_UNKNOWN;
}

static bool are_linked(const struct tw_chain *a, const struct tw_chain *b)
{
	int64_t h = a->tip < b->tip ? a->tip : b->tip;

	while ((h = both_known(a, b, h)) >= 0) {
		if (tw_hash_equal(tw_chain_at(a, h), tw_chain_at(b, h)))
			return true;
		h--;
	}
	return false;
}

static bool is_linked_to_group(
	const struct tw_votes *votes, uint32_t n, int32_t node, int32_t group)
{
	for (uint32_t i = 0; i < n; i++) {
		int32_t other = votes->scratch[i];

		if (votes->group[other] == group &&
			are_linked(votes->chains[node], votes->chains[other]))
			return true;
	}
	return false;
}

static bool group_beats(const struct tw_votes *votes, const struct tw_ballot *ballot, uint32_t n,
	int32_t a, int32_t b)
{
	uint32_t size_a = 0, size_b = 0;
	bool served_a = false, served_b = false, primary_a = false, primary_b = false;
	const struct tw_hash *hash_a = NULL, *hash_b = NULL;

	for (uint32_t i = 0; i < n; i++) {
		int32_t node = votes->scratch[i];
		const struct tw_chain *chain = votes->chains[node];
		const struct tw_hash *tip = tw_chain_at(chain, chain->tip);
		bool has = ballot->served.height >= 0 && tw_chain_has(chain, &ballot->served);

		if (votes->group[node] == a) {
			size_a++;
			served_a = served_a || has;
			primary_a = primary_a || node == ballot->primary;
			if (hash_a == NULL || tw_hash_compare(tip, hash_a) < 0)
				hash_a = tip;
		} else if (votes->group[node] == b) {
			size_b++;
			served_b = served_b || has;
			primary_b = primary_b || node == ballot->primary;
			if (hash_b == NULL || tw_hash_compare(tip, hash_b) < 0)
				hash_b = tip;
		}
	}
	if (size_a != size_b)
		return size_a > size_b;
	if (served_a != served_b)
		return served_a;
	if (primary_a != primary_b)
		return primary_a;
	return hash_a != NULL && hash_b != NULL && tw_hash_compare(hash_a, hash_b) < 0;
}

uint32_t tw_tree_group(struct tw_votes *votes, const struct tw_ballot *ballot)
{
	uint32_t n = 0, n_groups = 0;
	int32_t next_group = 0, best = -1;

	/* scratch lists the voters so far; a group's number is that of its first voter. */
	for (uint32_t i = 0; i < votes->n_nodes; i++) {
		int32_t node = (int32_t)i, own = -1;

		if (ballot->chains[i] == NULL)
			continue;
		for (int32_t g = 0; g < next_group; g++) {
			if (!is_linked_to_group(votes, n, node, g))
				continue;
			if (own < 0) {
				own = g;
				continue;
			}
			for (uint32_t k = 0; k < n; k++) {
				if (votes->group[votes->scratch[k]] == g)
					votes->group[votes->scratch[k]] = own;
			}
			n_groups--;
		}
		if (own < 0) {
			own = next_group++;
			n_groups++;
		}
		votes->group[node] = own;
		votes->scratch[n++] = node;
	}
	for (uint32_t i = 0; i < n; i++) {
		int32_t group = votes->group[votes->scratch[i]];

		if (best < 0 || (group != best && group_beats(votes, ballot, n, group, best)))
			best = group;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (votes->group[votes->scratch[i]] == best)
			votes->order[votes->n_order++] = votes->scratch[i];
	}
	return n_groups;
}

/* --- the tree --- */

/* What the voters above an edge show at one height. */
enum agreement { AGREE, DIFFER, NOBODY_KNOWS };

static const struct tw_chain *chain_of(const struct tw_votes *votes, uint32_t i)
{
	return votes->chains[votes->order[i]];
}

/* A voter among [start, end) that shows height and also a block that node shows above it. */
static int32_t find_companion(
	const struct tw_votes *votes, uint32_t start, uint32_t end, int32_t node, int64_t height)
{
	const struct tw_chain *chain = votes->chains[node];

	for (uint32_t i = start; i < end; i++) {
		const struct tw_chain *other = chain_of(votes, i);
		int64_t h = height;

		if (votes->order[i] == node || tw_chain_at(other, height) == NULL)
			continue;
		while ((h = tw_chain_next_known(chain, h + 1)) >= 0 && h <= other->tip) {
			const struct tw_hash *hash = tw_chain_at(other, h);

			if (hash == NULL)
				continue;
			if (tw_hash_equal(hash, tw_chain_at(chain, h)))
				return votes->order[i];
			break;
		}
	}
	return TW_NODE_NONE;
}

/* Takes a voter out of the running: it supports only what is below, and is asked about height. */
static void unlink_voter(struct tw_votes *votes, struct tw_edge *edge, uint32_t i, int64_t height)
{
	int32_t node = votes->order[i];

	votes->relation[node] = TW_RELATION_UNLINKED;
	votes->share[node] = edge->agreed;
	if (votes->n_questions < TW_VOTE_QUESTIONS)
		votes->questions[votes->n_questions++] = (struct tw_question){ node, height };
	votes->order[i] = votes->order[edge->ended];
	votes->order[edge->ended++] = node;
}

static enum agreement compare_at(struct tw_votes *votes, struct tw_edge *edge, int64_t height)
{
	const struct tw_hash *first = NULL;
	bool has_hole = false;

	for (uint32_t i = edge->ended; i < edge->end; i++) {
		const struct tw_hash *hash = tw_chain_at(chain_of(votes, i), height);

		if (hash == NULL)
			has_hole = true;
		else if (first == NULL)
			first = hash;
		else if (!tw_hash_equal(first, hash))
			return DIFFER;
	}
	if (first == NULL)
		return NOBODY_KNOWS;
	for (uint32_t i = edge->ended; has_hole && i < edge->end; i++) {
		if (tw_chain_at(chain_of(votes, i), height) == NULL &&
			find_companion(votes, edge->ended, edge->end, votes->order[i], height) < 0)
			unlink_voter(votes, edge, i, height);
	}
	return AGREE;
}

/* Whether all show the same block at height, and none has a hole there. */
static bool all_show(const struct tw_votes *votes, const struct tw_edge *edge, int64_t height)
{
	const struct tw_hash *first = tw_chain_at(chain_of(votes, edge->ended), height);

	for (uint32_t i = edge->ended; first != NULL && i < edge->end; i++) {
		const struct tw_hash *hash = tw_chain_at(chain_of(votes, i), height);

		if (hash == NULL || !tw_hash_equal(first, hash))
			return false;
	}
	return first != NULL;
}

static int64_t lowest_tip(const struct tw_votes *votes, const struct tw_edge *edge)
{
	int64_t lowest = chain_of(votes, edge->ended)->tip;

	for (uint32_t i = edge->ended + 1; i < edge->end; i++) {
		if (chain_of(votes, i)->tip < lowest)
			lowest = chain_of(votes, i)->tip;
	}
	return lowest;
}

/* The lowest height above the agreed one that anybody shows. */
static int64_t next_height(const struct tw_votes *votes, const struct tw_edge *edge)
{
	int64_t lowest = TW_UNKNOWN;

	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int64_t h = tw_chain_next_known(chain_of(votes, i), edge->agreed + 1);

		if (h >= 0 && (lowest < 0 || h < lowest))
			lowest = h;
	}
	return lowest;
}

/* Moves voters whose tip is the agreed block to the front. */
static void retire(struct tw_votes *votes, struct tw_edge *edge)
{
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i];

		if (votes->chains[node]->tip > edge->agreed)
			continue;
		votes->order[i] = votes->order[edge->ended];
		votes->order[edge->ended++] = node;
	}
}

/* Gives each voter at a fork at height the number of its side. Returns the number of sides. */
static int32_t take_sides(struct tw_votes *votes, struct tw_edge *edge, int64_t height)
{
	int32_t n_sides = 0;

	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i];
		const struct tw_hash *hash = tw_chain_at(votes->chains[node], height);

		votes->scratch[node] = -1;
		if (hash == NULL)
			continue;
		for (uint32_t k = edge->ended; k < i && votes->scratch[node] < 0; k++) {
			const struct tw_hash *other = tw_chain_at(chain_of(votes, k), height);

			if (other != NULL && tw_hash_equal(hash, other))
				votes->scratch[node] = votes->scratch[votes->order[k]];
		}
		if (votes->scratch[node] < 0)
			votes->scratch[node] = n_sides++;
	}
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i], companion;

		if (tw_chain_at(votes->chains[node], height) != NULL)
			continue;
		companion = find_companion(votes, edge->ended, edge->end, node, height);
		if (companion < 0)
			unlink_voter(votes, edge, i, height);
		else
			votes->scratch[node] = votes->scratch[companion];
	}
	return n_sides;
}

static void split(struct tw_votes *votes, struct tw_edge *edge, int64_t height)
{
	int32_t n_sides = take_sides(votes, edge, height);
	uint32_t at = edge->ended;

	edge->first_child = votes->n_edges;
	edge->n_children = (uint32_t)n_sides;
	for (int32_t side = 0; side < n_sides; side++) {
		struct tw_edge *child = &votes->edges[votes->n_edges++];

		*child = (struct tw_edge){
			.start = at, .ended = at, .fork_height = edge->agreed, .agreed = height
		};
		for (uint32_t i = at; i < edge->end; i++) {
			int32_t node = votes->order[i];
			const struct tw_hash *hash = tw_chain_at(votes->chains[node], height);

			if (votes->scratch[node] != side)
				continue;
			if (hash != NULL)
				child->first = (struct tw_point){ height, *hash };
			votes->order[i] = votes->order[at];
			votes->order[at++] = node;
			if (votes->chains[node]->tip > child->top)
				child->top = votes->chains[node]->tip;
		}
		child->end = at;
	}
}

/* Follows an edge upwards to its end or its fork. */
static void grow(struct tw_votes *votes, struct tw_edge *edge)
{
	while (true) {
		int64_t height;

		retire(votes, edge);
		if (edge->ended == edge->end)
			return;
		height = lowest_tip(votes, edge);
		if (!all_show(votes, edge, height))
			height = next_height(votes, edge);
		if (compare_at(votes, edge, height) == DIFFER) {
			split(votes, edge, height);
			return;
		}
		edge->agreed = height;
	}
}

/* The height from which the root may start: all show the same block there. */
static int64_t find_root(const struct tw_votes *votes, const struct tw_edge *root)
{
	int64_t height = lowest_tip(votes, root);
	int64_t bottom = 0;

	if (all_show(votes, root, height))
		return height;
	for (uint32_t i = root->start; i < root->end; i++) {
		const struct tw_chain *chain = chain_of(votes, i);
		int64_t own = tw_chain_next_known(chain, chain->tip - TW_WINDOW + 1);

		if (own > bottom)
			bottom = own;
	}
	return bottom < height && all_show(votes, root, bottom) ? bottom : TW_UNKNOWN;
}

void tw_tree_build(struct tw_votes *votes)
{
	struct tw_edge *root = &votes->edges[0];

	*root = (struct tw_edge){ .end = votes->n_order, .fork_height = TW_UNKNOWN };
	for (uint32_t i = 0; i < votes->n_order; i++) {
		if (chain_of(votes, i)->tip > root->top)
			root->top = chain_of(votes, i)->tip;
	}
	root->agreed = find_root(votes, root);
	votes->n_edges = 1;
	/* Edges are appended while they are walked: each is grown once. A fork has at least two
	 * sides, so that there are at most 2n - 1 of them. */
	for (uint32_t e = 0; e < votes->n_edges; e++)
		grow(votes, &votes->edges[e]);
	assert(votes->n_edges <= 2 * votes->n_nodes + 1);
}
