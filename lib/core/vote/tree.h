/*
 * The voters' chains laid over each other as a tree of edges. Each edge is followed upwards while
 * all voters above it show the same block; at the first height where they do not, it forks, and
 * each voter goes with those that show its own block (decision.md, Voting 2(c)). A voter that has
 * not shown that height goes with those that it shares a block above it with, directly or through
 * others; a voter that shares none is on a side of its own that floats: on which side it is, nobody
 * knows.
 */
#ifndef TW_CORE_VOTE_TREE_H
#define TW_CORE_VOTE_TREE_H

#include "core/vote/votes.h"

/* Builds votes->edges, the root first, from the voters in votes->order. */
void tw_tree_build(struct tw_votes *votes);
/* Voters whose tips are on the edge or above it. The confirmed chain has no vote. */
static inline uint32_t tw_tree_size(const struct tw_edge *edge)
{
	return edge->size;
}

#endif
