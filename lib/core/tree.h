/* The tree of the voters' chains; private to votes.c and tree.c. */
#ifndef TW_CORE_TREE_H
#define TW_CORE_TREE_H

#include "core/votes.h"

/*
 * Puts voters that share a block, directly or through others, into one group each, and the largest
 * (the main one; ties: the chain served last, the primary's, the lower hash) into votes->order.
 * votes->group[i] is the group of voter i. Returns the number of groups.
 */
uint32_t tw_tree_group(struct tw_votes *votes, const struct tw_ballot *ballot);
/* Builds votes->edges from the voters in votes->order, and marks those it cannot place. */
void tw_tree_build(struct tw_votes *votes);

#endif
