/* See growth.h. */
#include "core/vote/growth.h"
#include "base/num.h"

static const struct tw_index_window *window_of(const struct tw_votes *votes, int32_t voter)
{
	return tw_index_window(&votes->index, voter);
}

/* Whether another voter that leaves the others where the edge does is not higher than it was. */
static bool has_lower_sibling(const struct tw_votes *votes, const struct tw_edge *edge)
{
	const struct tw_edge *parent = &votes->edges[edge->parent];

	for (uint32_t i = parent->ended; i < parent->end; i++) {
		if ((i < edge->start || i >= edge->end) &&
			window_of(votes, votes->order[i])->tip <= edge->top)
			return true;
	}
	return false;
}

/*
 * Whether the voter is alone at the end of the tree. The tree follows several voters up to the
 * lowest of their tips, so that another one must have that; and it begins at the highest of the
 * lowest blocks that they show, so that the voter must still show all from there on.
 */
static bool is_lone_leaf(const struct tw_votes *votes, int32_t voter)
{
	const struct tw_edge *edge;

	if (votes->group[voter] != votes->counted || votes->has_holes || votes->root_from < 0 ||
		window_of(votes, voter)->whole > votes->root_from)
		return false;
	edge = &votes->edges[votes->leaf[voter]];
	return edge->end - edge->start == 1 && edge->parent != votes->leaf[voter] &&
	       has_lower_sibling(votes, edge);
}

/* Whether it shared no block with anybody, as it does not now: what it has shown since is its own.
 */
static bool is_stranger(const struct tw_votes *votes, int32_t voter)
{
	return votes->groups[votes->group[voter]].n_windows == 1;
}

bool tw_growth_fits(const struct tw_votes *votes, int32_t voter)
{
	return is_stranger(votes, voter) || is_lone_leaf(votes, voter);
}

void tw_growth_raise(struct tw_votes *votes, int32_t voter)
{
	for (uint32_t e = 0; e < votes->n_edges; e++)
		votes->edges[e].is_main = false;
	if (voter < 0 || votes->group[voter] != votes->counted)
		return;
	for (uint32_t e = votes->leaf[voter];; e = votes->edges[e].parent) {
		struct tw_edge *edge = &votes->edges[e];

		edge->top = tw_max(edge->top, window_of(votes, voter)->tip);
		if (e == votes->leaf[voter])
			edge->agreed = edge->top;
		if (e == edge->parent)
			return;
	}
}
