/*
 * Counts the votes (decision.md, Voting 2 and Voting 3): groups the voters that are linked, lays
 * the chains of the largest group over each other as a tree, follows the main chain through its
 * forks, and finds where every voter stands to it.
 */
#ifndef TW_CORE_VOTE_TALLY_H
#define TW_CORE_VOTE_TALLY_H

#include "core/vote/votes.h"

/* Allocates nothing. The chains must stay as they are until the next count. */
void tw_tally_count(struct tw_votes *votes, const struct tw_ballot *ballot);

#endif
