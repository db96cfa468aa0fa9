/*
 * Which side of a fork the main chain goes to (decision.md, Voting 3(a)): the side with more
 * voters' tips; among equals one that is longer by enough, or longer and alone has grown, but not
 * by too much; the chain served last, the primary's side, the lower hash. The sides are remembered
 * from count to count, because how much longer a side may be grows with the time since it was first
 * seen.
 */
#ifndef TW_CORE_VOTE_TIES_H
#define TW_CORE_VOTE_TIES_H

#include "core/vote/votes.h"

/* The side that the main chain goes to at the upper end of edge, which has children. */
struct tw_edge *tw_ties_choose(
	struct tw_votes *votes, const struct tw_ballot *ballot, struct tw_edge *edge);

#endif
