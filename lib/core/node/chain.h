/*
 * The window of (height, hash) pairs that one node has shown of its chain, and the linking of a new
 * tip to it: which headers a check must fetch so that the node's chain is known to hang together.
 */
#ifndef TW_CORE_NODE_CHAIN_H
#define TW_CORE_NODE_CHAIN_H

#include "core/node/observation.h"

/* Points asked for that lie below the dense part of the window. */
enum { TW_CHAIN_EXTRAS = 16 };

/*
 * pairs[h % TW_WINDOW] is the hash at height h for tip - TW_WINDOW < h <= tip, where known; extras
 * are points below that, highest first. Embedded in the monitor; read through the functions.
 */
struct tw_chain {
	int64_t tip; /* TW_UNKNOWN: nothing shown yet */
	struct tw_point pairs[TW_WINDOW];
	struct tw_point extras[TW_CHAIN_EXTRAS];
	uint32_t n_extras;
};

void tw_chain_init(struct tw_chain *chain);
/* The hash at height, or NULL where this chain has not shown it. Borrowed until the next change. */
const struct tw_hash *tw_chain_at(const struct tw_chain *chain, int64_t height);
static inline bool tw_chain_has(const struct tw_chain *chain, const struct tw_point *point)
{
	const struct tw_hash *hash = tw_chain_at(chain, point->height);

	return hash != NULL && tw_hash_equal(hash, &point->hash);
}
/* The lowest height at or above from that this chain has shown, or TW_UNKNOWN. */
int64_t tw_chain_next_known(const struct tw_chain *chain, int64_t from);
/* The highest height at or below from that this chain has shown, or TW_UNKNOWN. */
int64_t tw_chain_prev_known(const struct tw_chain *chain, int64_t from);
/* The lowest height this chain has shown, or TW_UNKNOWN. */
int64_t tw_chain_lowest(const struct tw_chain *chain);

/*
 * Takes in what a check showed. What of the old window cannot be linked to it, or contradicts it,
 * is forgotten: a node is believed about its own chain only as of now. obs->n_chain must be > 0.
 */
void tw_chain_update(struct tw_chain *chain, const struct tw_observation *obs);

/*
 * Linking, asked by the one who runs a check after each header: the height to fetch next so that
 * obs (so far) links to the window, or TW_UNKNOWN when it does, or nothing more can be found out.
 * First the blocks right under the tip, until at least three are known or the window is met, then
 * back by doubling steps until a shared block, then bisection to the highest shared block, within
 * TW_LOOK_BACK_MAX blocks (decision.md, What a check learns); a hole of at most TW_FILL_MAX blocks
 * above that is filled. obs->chain[0] must be the tip;
 * answers are added to the chain (where consecutive) or to at by tw_observation_add().
 */
int64_t tw_chain_next_question(const struct tw_chain *chain, const struct tw_observation *obs);

#endif
