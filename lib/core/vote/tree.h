/* The parts of a count; private to votes.c, group.c, tree.c, ties.c and apart.c. */
#ifndef TW_CORE_VOTE_TREE_H
#define TW_CORE_VOTE_TREE_H

#include "core/vote/votes.h"

/*
 * group.c: puts voters that share a block, directly or through others, into one group each, and the
 * largest (the main one; ties: the chain served last, the primary's, the lower hash) into
 * votes->order.
 */
void tw_group_voters(struct tw_votes *votes, const struct tw_ballot *ballot);

/* A union of nodes in votes->parent. */
void tw_union_clear(struct tw_votes *votes);
/* The node that stands for node's union. */
int32_t tw_union_find(struct tw_votes *votes, int32_t node);
/* Returns whether they were two unions. */
bool tw_union_join(struct tw_votes *votes, int32_t a, int32_t b);

/* tree.c: builds votes->edges from the voters in votes->order. */
void tw_tree_build(struct tw_votes *votes);
static inline uint32_t tw_edge_size(const struct tw_edge *edge)
{
	return edge->end - edge->start;
}

/* ties.c: the side that the main chain goes to at the upper end of edge, which has children. */
struct tw_edge *tw_ties_choose(
	struct tw_votes *votes, const struct tw_ballot *ballot, const struct tw_edge *edge);
/* Forgets the sides that this count has not seen. */
void tw_ties_forget(struct tw_votes *votes);

/* votes.c: asks for node's block at height. Returns whether it has to be asked. */
bool tw_ballot_ask(struct tw_votes *votes, int32_t node, int64_t height);

/* apart.c: asks those that may belong together, but do not show it. After all are placed. */
void tw_apart_ask(struct tw_votes *votes);

#endif
