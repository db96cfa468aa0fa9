/*
 * All points of several chains as one sequence, highest first. Equal blocks come right after each
 * other, whoever shows them and in whatever order the chains were added. Each chain is sorted
 * already, so that the sequence is a merge of them over a binary heap.
 */
#ifndef TW_CORE_VOTE_SWEEP_H
#define TW_CORE_VOTE_SWEEP_H

#include "core/node/chain.h"

/* One point of the sequence, and how far its chain has come. */
struct tw_cursor {
	const struct tw_chain *chain;
	const struct tw_hash *hash;
	int64_t height;
	int32_t node;
};

/* The caller gives memory for as many cursors as it adds chains. */
struct tw_sweep {
	struct tw_cursor *cursors;
	uint32_t n;
	int64_t floor; /* only points above this height are taken */
};

/* Adds a chain. The chains must stay as they are until the end. */
void tw_sweep_add(struct tw_sweep *sweep, const struct tw_chain *chain, int32_t node);
/* Takes the next point: by falling height, then by hash. False at the end. */
bool tw_sweep_next(struct tw_sweep *sweep, struct tw_cursor *ret_point);

#endif
