/*
 * Who is asked so that voters that belong together are counted together (decision.md, Voting 2(a)).
 * Where two windows do not overlap, the higher node is asked for its block at the lower one's tip.
 * Asking only about the main chain would not do: the voters beside it may belong together, and then
 * outnumber it.
 *
 * The voters are taken in parts that are known to hang together: those on the main chain, those of
 * a side that leaves it, those of another group. All voters of a part that does not show a height
 * are asked, and not one that stands for them. So the order of the nodes does not matter, and a
 * voter that does not answer keeps nobody apart.
 */
#ifndef TW_CORE_VOTE_APART_H
#define TW_CORE_VOTE_APART_H

#include "core/vote/votes.h"

/* Adds the questions to votes->questions, when all voters are placed. */
void tw_apart_ask(struct tw_votes *votes);

#endif
