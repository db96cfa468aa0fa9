/*
 * What stays true of the groups and of the tree when one voter has grown alone: it shows more
 * blocks, on top of some that it alone showed, and nobody else shows them. This is the most common
 * change where there are many chains, and it is no reason to lay a thousand of them over each other
 * again: nobody is compared with that voter above the place where it has left the others.
 */
#ifndef TW_CORE_VOTE_GROWTH_H
#define TW_CORE_VOTE_GROWTH_H

#include "core/vote/votes.h"

/*
 * Whether tw_tree_build() would give the tree of the last count again, with another tip of this
 * voter, which has grown (index.h), and whether the groups are the same.
 */
bool tw_growth_fits(const struct tw_votes *votes, int32_t voter);
/* Makes the tree ready to be walked again, with the new tip of the voter; TW_NODE_NONE: nobody's.
 */
void tw_growth_raise(struct tw_votes *votes, int32_t voter);

#endif
