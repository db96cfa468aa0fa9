/* See tree.h. */
#include "core/vote/tree.h"
#include "core/vote/sweep.h"
#include "core/vote/union.h"
#include <assert.h>

/* So many blocks side by side are followed downwards at once while they stay apart. */
enum { PASSED = 8 };

static const struct tw_chain *chain_of(const struct tw_votes *votes, uint32_t i)
{
	return votes->chains[votes->order[i]];
}

/* Whether all show the same block at height, and none has a hole there. */
static bool all_show(const struct tw_votes *votes, const struct tw_edge *edge, int64_t height)
{
	const struct tw_hash *first = tw_chain_at(chain_of(votes, edge->ended), height);

	for (uint32_t i = edge->ended + 1; first != NULL && i < edge->end; i++) {
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

/* The lowest height above edge->agreed that any voter shows. */
static int64_t next_height(const struct tw_votes *votes, const struct tw_edge *edge)
{
	int64_t lowest = TW_UNKNOWN;

	/* None is lower than the next one. */
	for (uint32_t i = edge->ended; i < edge->end && lowest != edge->agreed + 1; i++) {
		int64_t h = tw_chain_next_known(chain_of(votes, i), edge->agreed + 1);

		if (h >= 0 && (lowest < 0 || h < lowest))
			lowest = h;
	}
	return lowest;
}

/* Moves voters whose tip is edge->agreed to the front: they are not followed any further. */
static void retire(struct tw_votes *votes, struct tw_edge *edge)
{
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i];

		if (votes->chains[node]->tip > edge->agreed)
			continue;
		votes->order[i] = votes->order[edge->ended];
		votes->order[edge->ended++] = node;
		votes->leaf[node] = (uint32_t)(edge - votes->edges);
	}
}

/* --- sides --- */

/*
 * Sets votes->side to the side of each voter that shows height, to -1 for the others, and
 * votes->first to one voter of each side. Returns the number of sides.
 */
static uint32_t take_sides(
	struct tw_votes *votes, const struct tw_edge *edge, int64_t height, bool *ret_has_holes)
{
	int32_t n = 0;

	*ret_has_holes = false;
	tw_index_begin(&votes->index);
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i];
		uint32_t block = tw_index_at(&votes->index, node, height);

		votes->side[node] = -1;
		if (block == 0) {
			*ret_has_holes = true;
			continue;
		}
		if (tw_index_noted(&votes->index, block) < 0) {
			votes->first[n] = node;
			tw_index_note(&votes->index, block, n++);
		}
		votes->side[node] = tw_index_noted(&votes->index, block);
	}
	return (uint32_t)n;
}

/* How the voters above an edge are linked by what they show above a height. */
struct links {
	/* Up to this height all voters whose tips are not below it are linked; TW_UNKNOWN: nowhere.
	 */
	int64_t joined;
	int64_t differ; /* lowest height at which two show different blocks; TW_UNKNOWN */
};

/*
 * Joins the voters of the sweep's level that show the same block. Returns how many blocks they
 * show; ret_blocks gets those that it has room for.
 */
static uint32_t join_level(struct tw_votes *votes, const struct tw_sweep *sweep,
	uint32_t ret_blocks[PASSED], uint32_t *ret_n_joined)
{
	uint32_t n_blocks = 0;

	*ret_n_joined = 0;
	for (uint32_t i = sweep->n_waiting; i < sweep->n; i++) {
		const struct tw_cursor *cursor = &sweep->cursors[i];
		int32_t first = tw_index_noted(&votes->index, cursor->block);

		if (first >= 0) {
			*ret_n_joined += tw_union_join(votes->parent, first, cursor->node);
			continue;
		}
		tw_index_note(&votes->index, cursor->block, cursor->node);
		if (n_blocks < PASSED)
			ret_blocks[n_blocks] = cursor->block;
		n_blocks++;
	}
	return n_blocks;
}

/* Voters of the sweep's level whose tips are there. */
static uint32_t count_tips(const struct tw_votes *votes, const struct tw_sweep *sweep)
{
	uint32_t n = 0;

	for (uint32_t i = sweep->n_waiting; i < sweep->n; i++)
		n += votes->chains[sweep->cursors[i].node]->tip == sweep->height;
	return n;
}

/* Joins in votes->parent the voters that share a block above height. */
static struct links link_above(struct tw_votes *votes, const struct tw_edge *edge, int64_t height)
{
	struct tw_sweep sweep = {
		.index = &votes->index,
		.cursors = votes->cursors,
		.floor = height,
	};
	struct links links = { TW_UNKNOWN, TW_UNKNOWN };
	uint32_t n_parts = 0; /* of the voters whose tips are not below the level */

	tw_index_begin(&votes->index);
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		votes->parent[votes->order[i]] = votes->order[i];
		tw_sweep_add(&sweep, votes->order[i]);
	}
	while (tw_sweep_next(&sweep)) {
		uint32_t blocks[PASSED], n_tips = count_tips(votes, &sweep), n_joined;
		uint32_t n_blocks = join_level(votes, &sweep, blocks, &n_joined);

		n_parts += n_tips - n_joined;
		/* Below a height where all are linked, only a new tip adds a part. */
		if (n_tips > 0 && n_parts > 1)
			links.joined = TW_UNKNOWN;
		else if (n_parts == 1 && links.joined < 0)
			links.joined = sweep.height;
		if (n_blocks <= PASSED)
			tw_sweep_pass(&sweep, blocks, n_blocks);
		if (n_blocks > 1)
			links.differ = sweep.height;
	}
	return links;
}

/*
 * The side that most of the voters linked with root are on; among equals that with the lower hash;
 * -1: they are on none.
 */
static int32_t find_majority(struct tw_votes *votes, const struct tw_edge *edge, int64_t height,
	uint32_t n_sides, int32_t root)
{
	int32_t *counts = votes->spare, best = -1;

	for (uint32_t side = 0; side < n_sides; side++)
		counts[side] = 0;
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i];

		if (tw_chain_at(votes->chains[node], height) != NULL &&
			tw_union_find(votes->parent, node) == root)
			counts[votes->side[node]] +=
				(int32_t)tw_index_window(&votes->index, node)->n_voters;
	}
	for (int32_t side = 0; side < (int32_t)n_sides; side++) {
		if (counts[side] == 0)
			continue;
		if (best < 0 || counts[side] > counts[best] ||
			(counts[side] == counts[best] &&
				tw_hash_compare(
					tw_chain_at(votes->chains[votes->first[side]], height),
					tw_chain_at(votes->chains[votes->first[best]], height)) <
					0))
			best = side;
	}
	return best;
}

/*
 * Finds a side for each voter with a hole at height. Voters that are linked to no side make sides
 * of their own, which float. Returns the number of sides with these.
 */
static uint32_t place_holes(
	struct tw_votes *votes, const struct tw_edge *edge, int64_t height, uint32_t n_sides)
{
	uint32_t n_all = n_sides;

	for (uint32_t i = edge->ended; i < edge->end; i++)
		votes->number[tw_union_find(votes->parent, votes->order[i])] = -1;
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i], root;

		if (votes->side[node] >= 0)
			continue;
		root = tw_union_find(votes->parent, node);
		if (votes->number[root] < 0)
			votes->number[root] = find_majority(votes, edge, height, n_sides, root);
		if (votes->number[root] < 0) {
			votes->first[n_all] = node;
			votes->number[root] = (int32_t)n_all++;
		}
		votes->side[node] = votes->number[root];
	}
	return n_all;
}

/* --- growing --- */

/* Sorts the voters above edge by their sides. votes->spare gets where each side ends. */
static void sort_by_side(struct tw_votes *votes, const struct tw_edge *edge, uint32_t n_sides)
{
	int32_t *ends = votes->spare, *sorted = votes->number, at = 0;
	uint32_t n = edge->end - edge->ended;

	for (uint32_t side = 0; side < n_sides; side++)
		ends[side] = 0;
	for (uint32_t i = edge->ended; i < edge->end; i++)
		ends[votes->side[votes->order[i]]]++;
	for (uint32_t side = 0; side < n_sides; side++) {
		int32_t size = ends[side];

		ends[side] = at;
		at += size;
	}
	for (uint32_t i = edge->ended; i < edge->end; i++) {
		int32_t node = votes->order[i];

		sorted[ends[votes->side[node]]++] = node;
	}
	memcpy(&votes->order[edge->ended], sorted, n * sizeof(sorted[0]));
}

/* The lowest block that anybody on a floating side shows above height. */
static struct tw_point lowest_block(
	const struct tw_votes *votes, const struct tw_edge *edge, int64_t height)
{
	struct tw_point lowest = { .height = TW_UNKNOWN };

	for (uint32_t i = edge->start; i < edge->end; i++) {
		const struct tw_chain *chain = chain_of(votes, i);
		int64_t h = tw_chain_next_known(chain, height + 1);
		const struct tw_hash *hash = tw_chain_at(chain, h);

		if (lowest.height < 0 || h < lowest.height ||
			(h == lowest.height && tw_hash_compare(hash, &lowest.hash) < 0))
			lowest = (struct tw_point){ h, *hash };
	}
	return lowest;
}

/* Finds which of the sides are the largest. */
static void note_size(struct tw_edge *edge, uint32_t size)
{
	if (size > edge->most) {
		edge->most = size;
		edge->n_most = 0;
	}
	edge->n_most += size == edge->most;
}

static void split(struct tw_votes *votes, struct tw_edge *edge, int64_t height, uint32_t n_sides,
	uint32_t n_all)
{
	uint32_t start = edge->ended;

	sort_by_side(votes, edge, n_all);
	edge->first_child = votes->n_edges;
	edge->n_children = n_all;
	for (uint32_t side = 0; side < n_all; side++) {
		struct tw_edge *child = &votes->edges[votes->n_edges++];

		*child = (struct tw_edge){
			.start = start,
			.ended = start,
			.end = edge->ended + (uint32_t)votes->spare[side],
			.parent = (uint32_t)(edge - votes->edges),
			.fork_height = edge->agreed,
			.is_floating = side >= n_sides,
		};
		start = child->end;
		for (uint32_t i = child->start; i < child->end; i++) {
			child->size += tw_votes_weight(votes, votes->order[i]);
			if (votes->order[i] == votes->confirmed)
				child->has_confirmed = true;
			if (chain_of(votes, i)->tip > child->top)
				child->top = chain_of(votes, i)->tip;
		}
		note_size(edge, child->size);
		if (child->is_floating) {
			child->agreed = edge->agreed;
			child->first = lowest_block(votes, child, edge->agreed);
		} else {
			child->agreed = height;
			child->first = (struct tw_point){ height,
				*tw_chain_at(votes->chains[votes->first[side]], height) };
		}
	}
}

/* Raises edge->agreed towards height by bisection, over blocks that all show. */
static void climb(const struct tw_votes *votes, struct tw_edge *edge, int64_t height)
{
	while (edge->agreed >= 0 && height - edge->agreed > 1) {
		int64_t middle = edge->agreed + (height - edge->agreed) / 2;

		if (all_show(votes, edge, middle))
			edge->agreed = middle;
		else
			height = middle;
	}
}

/* Follows the edge upwards by at least one height. Returns false when it forked. */
static bool step(struct tw_votes *votes, struct tw_edge *edge)
{
	int64_t lowest = lowest_tip(votes, edge), height;
	struct links links = { TW_UNKNOWN, TW_UNKNOWN };
	uint32_t n_sides, n_all;
	bool has_holes;

	if (all_show(votes, edge, lowest)) {
		edge->agreed = lowest;
		return true;
	}
	climb(votes, edge, lowest);
	height = next_height(votes, edge);
	n_sides = n_all = take_sides(votes, edge, height, &has_holes);
	if (has_holes) {
		votes->has_holes = true;
		links = link_above(votes, edge, height);
		n_all = place_holes(votes, edge, height, n_sides);
	}
	if (n_all > 1) {
		split(votes, edge, height, n_sides, n_all);
		return false;
	}
	edge->agreed = height;
	/* Where all are linked further up, they cannot fork below that. */
	if (links.joined >= 0)
		edge->agreed = links.differ >= 0 && links.differ <= links.joined ? links.differ - 1
										 : links.joined;
	return true;
}

/* A height at which all show the same block, where the root may start; TW_UNKNOWN: none found. */
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
		root->size += tw_votes_weight(votes, votes->order[i]);
		if (votes->order[i] == votes->confirmed)
			root->has_confirmed = true;
		if (chain_of(votes, i)->tip > root->top)
			root->top = chain_of(votes, i)->tip;
	}
	root->agreed = votes->root_from = find_root(votes, root);
	votes->has_holes = false;
	votes->n_edges = 1;
	/* A fork appends its sides, which this loop then follows. A fork has at least two sides, so
	 * that there are at most 2n - 1 edges. */
	for (uint32_t e = 0; e < votes->n_edges; e++) {
		struct tw_edge *edge = &votes->edges[e];

		do
			retire(votes, edge);
		while (edge->ended < edge->end && step(votes, edge));
	}
	assert(votes->n_edges <= 2 * votes->n_nodes + 1);
}
