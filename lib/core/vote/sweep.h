/*
 * All blocks that several voters show, height by height from the top. Voters that show a height are
 * in the sweep's level; the others wait in a heap for the next height that they show. Heights at
 * which nothing changes but the number can be passed over in one step.
 */
#ifndef TW_CORE_VOTE_SWEEP_H
#define TW_CORE_VOTE_SWEEP_H

#include "core/vote/index.h"

/* One voter, and how far down it has come. */
struct tw_cursor {
	int64_t height;
	uint32_t block; /* of the index */
	int32_t node;
};

/* The caller gives memory for as many cursors as it adds voters. */
struct tw_sweep {
	const struct tw_index *index;
	struct tw_cursor *cursors; /* the heap, then the level */
	uint32_t n_waiting;
	uint32_t n;
	int64_t height; /* of the level */
	int64_t floor;  /* only blocks above this height are taken */
};

/* Adds a voter, before the first level. */
void tw_sweep_add(struct tw_sweep *sweep, int32_t node);
/*
 * Goes to the next lower height that any voter shows: cursors[n_waiting] to cursors[n - 1] are the
 * voters that show it. False at the end.
 */
bool tw_sweep_next(struct tw_sweep *sweep);
/*
 * Goes down as long as all voters of the level, and no others, go on with one and the same block
 * for each of the n given ones, which are all the blocks of the level. The voters of one block stay
 * together, so that nothing is left to be compared on the way.
 */
void tw_sweep_pass(struct tw_sweep *sweep, uint32_t *blocks, uint32_t n);

#endif
