/*
 * Who is asked so that voters that belong together are counted together (decision.md, Voting 2):
 * where two windows do not overlap, the higher node is asked for its block at the lower one's tip.
 * The main chain cannot be the measure of that: the voters that lose to it may be one side
 * together, and outnumber it.
 */
#ifndef TW_CORE_VOTE_APART_H
#define TW_CORE_VOTE_APART_H

#include "core/vote/votes.h"

/* Adds the questions to votes->questions. After all voters are placed. */
void tw_apart_ask(struct tw_votes *votes);

#endif
