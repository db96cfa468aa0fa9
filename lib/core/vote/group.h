/*
 * Which voters are linked at all (decision.md, Voting 2(b)). Voters that share a block, directly or
 * through others, are one group; groups that share no block in their windows cannot be laid over
 * each other as one tree. The largest group is counted. Ties: the chain served last, the primary's
 * group, the lower hash. A group without a quorum that is known to be apart from what is confirmed
 * is not counted.
 */
#ifndef TW_CORE_VOTE_GROUP_H
#define TW_CORE_VOTE_GROUP_H

#include "core/vote/votes.h"

/*
 * Fills in votes->group and votes->groups, and puts the voters of the largest into votes->order.
 * Returns whether they are as they were, and the tree of the last count is true (growth.h).
 */
bool tw_group_voters(struct tw_votes *votes, const struct tw_ballot *ballot);

#endif
