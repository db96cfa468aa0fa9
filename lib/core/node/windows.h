/*
 * The windows of all nodes. Most nodes show the same blocks, and those have one window: a thousand
 * daemons on one chain need the memory of a few windows, and not of a thousand. A window that
 * several nodes have is not changed: a node that shows something else gets another one.
 */
#ifndef TW_CORE_NODE_WINDOWS_H
#define TW_CORE_NODE_WINDOWS_H

#include "core/node/chain.h"

struct tw_window {
	struct tw_chain chain; /* first, so that one is found from the other */
	uint32_t n_nodes;      /* that have it; 0: it is not used now */
	uint32_t next;         /* the next one in the same bucket, or on the list of free ones */
	uint64_t digest;
};

struct tw_windows {
	struct tw_window *windows; /* window 0 is none; memory that is never used is not touched */
	uint32_t n_windows;        /* that were ever used, with window 0 */
	uint32_t free;             /* list of those that are not used now */
	uint32_t *buckets;         /* by their digests */
	uint32_t bucket_mask;
	uint64_t revision; /* the last one given to a chain: no two windows have the same */
};

/* For so many nodes. Returns 0 or -ENOMEM. */
int tw_windows_init(struct tw_windows *windows, uint32_t n_nodes);
/* All zero is allowed. */
void tw_windows_finish(struct tw_windows *windows);

/* A window for one more node, which shows what chain does; NULL: which has shown nothing yet. */
const struct tw_chain *tw_windows_add(struct tw_windows *windows, const struct tw_chain *chain);
/*
 * What a node shows after the observation: tw_chain_update() of its chain, which is one of these
 * windows, and which the node has no more.
 */
const struct tw_chain *tw_windows_update(
	struct tw_windows *windows, const struct tw_chain *chain, const struct tw_observation *obs);

#endif
