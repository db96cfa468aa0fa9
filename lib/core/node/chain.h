/*
 * The window: the pairs of height and hash that one node has shown of its chain. A check fetches
 * the newest header and as many below it as are needed to link it to the window, so that the node's
 * chain is known to be one chain. What no longer links is forgotten: a node is believed about its
 * own chain only as of now.
 */
#ifndef TW_CORE_NODE_CHAIN_H
#define TW_CORE_NODE_CHAIN_H

#include "core/node/observation.h"

/* Points kept that lie below the dense part of the window, because they were asked for. */
enum { TW_CHAIN_EXTRAS = 16 };

/*
 * The dense part has room for every height h with tip - TW_WINDOW < h <= tip: pairs[h % TW_WINDOW].
 * Extras are single points below that, highest first. Read through the functions.
 */
struct tw_chain {
	int64_t tip; /* TW_UNKNOWN: nothing shown yet */
	struct tw_point pairs[TW_WINDOW];
	struct tw_point extras[TW_CHAIN_EXTRAS];
	uint32_t n_extras;
	uint64_t revision; /* raised by whoever changes any of it */
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

/* Whether two chains are known to differ: at the highest height that both show. */
bool tw_chain_differs(const struct tw_chain *a, const struct tw_chain *b);

/*
 * Takes in what a check showed, and forgets what of the old window cannot be linked to it or
 * contradicts it. obs->n_chain must be > 0.
 */
void tw_chain_update(struct tw_chain *chain, const struct tw_observation *obs);

/*
 * The chain up to height, as if the node had shown no more. height is known to it. ret_chain is an
 * earlier one or all zero, and gets a new revision.
 */
void tw_chain_cut(const struct tw_chain *chain, int64_t height, struct tw_chain *ret_chain);

/*
 * Linking: the height that a check fetches next so that obs, as far as it is filled in, links to
 * the window. TW_UNKNOWN: it does, or nothing more can be found out. Whoever runs a check calls
 * this after each header and adds the answer with tw_observation_add(). obs->chain[0] must be the
 * tip. First come the blocks right under the tip, until at least three are known or the window is
 * met; then steps back that double until a block is shared; then a bisection to the highest shared
 * block; all within TW_LOOK_BACK_MAX blocks (decision.md, What a check learns). A hole of at most
 * TW_FILL_MAX blocks above the highest shared block is filled.
 */
int64_t tw_chain_next_question(const struct tw_chain *chain, const struct tw_observation *obs);

#endif
