/*
 * The blocks of a simulated world as a tree, each with its parent: for simulations that go through
 * thousands of days, where chain.h with its real hashes of any height would be too slow.
 */
#ifndef TW_SIM_CHAIN_BLOCKS_H
#define TW_SIM_CHAIN_BLOCKS_H

#include "base/hash.h"
#include "base/time.h"

/* The usual work of a block. The chain with the most work wins. */
enum { TW_SIM_BLOCK_WORK = 100 };

struct tw_sim_block {
	int32_t parent; /* -1: of the first */
	int64_t height;
	int64_t work; /* of the whole chain up to here */
	int64_t found_us;
	int64_t orphaned_us; /* when the network left it; INT64_MIN: it has not, or never was on it
			      */
	uint32_t side;       /* which side found it, a number of the caller */
	struct tw_hash hash;
};

struct tw_sim_blocks {
	uint64_t seed;
	int32_t n;
	int32_t size;
	struct tw_sim_block *blocks;
};

/* One first block, number 0. 0 or -ENOMEM. */
int tw_sim_blocks_init(struct tw_sim_blocks *ret_blocks, uint64_t seed, int64_t first_height);
void tw_sim_blocks_finish(struct tw_sim_blocks *blocks);
/*
 * Adds a block. Returns its number or -ENOMEM. Numbers stay valid, pointers to blocks do not. The
 * hash depends on the parent's hash, on side, and on salt, which distinguishes blocks of the same
 * parent and side.
 */
int32_t tw_sim_blocks_add(struct tw_sim_blocks *blocks, int32_t parent, int64_t work,
	int64_t now_us, uint32_t side, uint32_t salt);
/* The block at height on the chain that ends in block, or -1 below the first one. */
int32_t tw_sim_blocks_at(const struct tw_sim_blocks *blocks, int32_t block, int64_t height);
/* The newest block with this hash, or -1. Takes longer the older it is. */
int32_t tw_sim_blocks_find(const struct tw_sim_blocks *blocks, const struct tw_hash *hash);
static inline const struct tw_sim_block *tw_sim_blocks_get(
	const struct tw_sim_blocks *blocks, int32_t block)
{
	return &blocks->blocks[block];
}

#endif
