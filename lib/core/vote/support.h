/*
 * How many voters support the main chain, and up to which height: one level for each height at
 * which voters leave it or end. There are few of them, however many voters there are, so that they
 * are kept in order while the voters are counted, and nothing is sorted.
 */
#ifndef TW_CORE_VOTE_SUPPORT_H
#define TW_CORE_VOTE_SUPPORT_H

#include "core/types.h"

/* The voters that share the main chain up to this height and no further. */
struct tw_level {
	int64_t height;
	uint32_t n_voters;
	uint32_t n_believed; /* of them */
};

struct tw_support {
	uint32_t n;
	uint32_t last; /* the level that was counted at last: most often it is the next one too */
	struct tw_level *levels; /* highest first */
};

/* With room for so many levels. Returns 0 or -ENOMEM. */
int tw_support_init(struct tw_support *support, uint32_t max);
/* All zero is allowed. */
void tw_support_finish(struct tw_support *support);

static inline void tw_support_clear(struct tw_support *support)
{
	support->n = support->last = 0;
}
/* Counts n voters that share the main chain up to height, of which n_believed are believed. */
void tw_support_add(struct tw_support *support, int64_t height, uint32_t n, uint32_t n_believed);
/* The greatest height that at least n voters support, or TW_UNKNOWN. n > 0. */
int64_t tw_support_of(const struct tw_support *support, uint32_t n, bool must_be_believed);

#endif
