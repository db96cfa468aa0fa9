/*
 * All points of several chains, highest first, as one sequence: equal blocks come right after each
 * other, whoever shows them and in whatever order the chains were added.
 */
#ifndef TW_CORE_VOTE_SWEEP_H
#define TW_CORE_VOTE_SWEEP_H

#include "core/node/chain.h"

/* Where one chain has got to, and one point of the sequence. */
struct tw_cursor {
	const struct tw_chain *chain;
	const struct tw_hash *hash;
	int64_t height;
	int32_t node;
};

/* A heap of cursors. The caller gives the memory for as many as it adds. */
struct tw_sweep {
	struct tw_cursor *cursors;
	uint32_t n;
	int64_t floor; /* only points above it are of interest */
};

/* Adds a chain. The chains must stay as they are until the end. */
void tw_sweep_add(struct tw_sweep *sweep, const struct tw_chain *chain, int32_t node);
/* Takes the next point: by falling height, then by hash. False at the end. */
bool tw_sweep_next(struct tw_sweep *sweep, struct tw_cursor *ret_point);

#endif
