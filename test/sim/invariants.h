/*
 * What must hold of every decision (decision.md, What must always hold), judged by the truth about
 * the blocks and by books of its own, not by what the core says of itself.
 */
#ifndef TEST_SIM_INVARIANTS_H
#define TEST_SIM_INVARIANTS_H

#include "feed.h"

struct invariants {
	bool has_any;
	/* the decision before */
	enum tw_mode mode;
	int32_t chosen;
	int tip; /* blocks; -1 */
	int anchor;
	int backed; /* the highest block that a quorum supported while starting */
	uint64_t epoch, chain_epoch;
	bool has_served; /* somebody was, in earnest */
	int32_t served;
	int32_t incumbent; /* served last, if nobody is now */
	/* books */
	int highest;                   /* tip served on the present chain */
	int64_t moved_us;              /* when T last moved; core's time, like all here */
	int64_t saved_us;              /* growth saved up */
	int64_t saved_at_us;           /* as of when */
	bool has_leader;               /* one alone moved T last */
	int tips[HISTORY_NODES];       /* the tip that each node showed last; -1 */
	uint32_t grown[HISTORY_NODES]; /* how often it was built on since T moved */
	int64_t switched_us;
	int64_t deep_us;                   /* since when the one served conflicts with C; -1 */
	int64_t healthy_us[HISTORY_NODES]; /* without a break since; -1 */
};

void invariants_init(struct invariants *invariants);
/* A feed_fn. */
const char *invariants_check(void *ctx, const struct feed_state *state);

#endif
