/*
 * What becomes of a block on the chains of the nodes, as their windows in the core show them. A
 * block's own hash is not in its blob, so that one node that shows an unknown block at its height,
 * on the same block before, is asked for the header of it; from then on the hash tells.
 *
 * on-main: the main chain has it. orphaned, stale, refused, lost: the main chain is TW_BLOCK_PASSED
 * blocks higher without it. That may still change until the block is buried, or would be.
 */
#ifndef TW_BLOCK_FATE_H
#define TW_BLOCK_FATE_H

#include "block/block.h"
#include "block/sightings.h"
#include "core/node/chain.h"

struct tw_block_sight {
	const char *name;
	const struct tw_chain *chain;
	bool is_target; /* found blocks are sent to it now */
};

/* What is seen now. */
struct tw_block_look {
	const struct tw_block_sight *nodes;
	uint32_t n;
	struct tw_point tip; /* T; height TW_UNKNOWN before there is one */
	const struct tw_sightings *sightings;
	int64_t depth; /* blocks on top of a block that is buried */
	int64_t now_ms;
};

enum {
	TW_BLOCK_FATE_SEND_MAX = 20,        /* so much higher, and it is not sent to anybody */
	TW_BLOCK_FATE_UNKNOWN_MS = 3600000, /* a block without a height is followed so long */
};

/* A node that must be asked for the header at the height of the block. */
struct tw_block_question {
	int32_t node;   /* its number in the look; TW_NODE_NONE: there is no question */
	bool is_hidden; /* the height is below what the core knows: the answer tells the main chain
			 */
};

/*
 * Looks at the chains. Returns whether anything changed that is to be recorded; that one more block
 * is on top of it is not.
 */
bool tw_block_fate_follow(struct tw_block *block, const struct tw_block_look *look,
	struct tw_block_question *ret_question);
/* The answer: the block there has this hash, and is this block or another one. */
void tw_block_fate_identify(struct tw_block *block, const struct tw_block_question *question,
	bool is_same, const struct tw_hash *hash, int64_t now_ms);

#endif
