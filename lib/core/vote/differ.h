/*
 * Deep conflicts that the windows alone show, between voters that the tree says nothing of
 * (decision.md, Voting 2(a)): at some height two show different blocks, and each of them has enough
 * blocks from there on. Where there were none, and one voter has grown since, only the heights that
 * this one has come to be deep at are looked at.
 */
#ifndef TW_CORE_VOTE_DIFFER_H
#define TW_CORE_VOTE_DIFFER_H

#include "core/vote/votes.h"

/* Whether two voters conflict so. It is always asked with the same tolerance. */
bool tw_differ_find(struct tw_votes *votes, int64_t tolerance);

#endif
