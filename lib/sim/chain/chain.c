/* See chain.h. */
#include "sim/chain/chain.h"
#include "base/num.h"
#include "sim/rand.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct mined {
	int64_t mined_us;
	int32_t miner;
	uint32_t nonce;
	int64_t timestamp_s; /* -1: by mined_us */
};

struct branch {
	uint32_t parent;
	int64_t fork_height; /* the blocks above it are this branch's own */
	struct mined *blocks;
	size_t n_blocks;
	size_t size;
};

struct tw_sim_chain {
	struct tw_sim_chain_params params;
	struct branch *branches;
	uint32_t n_branches;
	uint32_t size;
};

enum { LANES = TW_HASH_BYTES / 8, ROUNDS = 4 };

static uint64_t key_of(const struct tw_sim_chain *chain, uint64_t lane)
{
	return tw_sim_rand_mix(chain->params.seed + (lane + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

static void put_lane(struct tw_hash *hash, size_t lane, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		hash->bytes[lane * 8 + i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_lane(const struct tw_hash *hash, size_t lane)
{
	uint64_t value = 0;

	for (size_t i = 8; i-- > 0;)
		value = value << 8 | hash->bytes[lane * 8 + i];
	return value;
}

/*
 * The first two lanes are a Feistel network over owner and number, which can be inverted. So the
 * block of a hash is found without a table of millions of blocks.
 */
static void make_hash(
	const struct tw_sim_chain *chain, uint64_t owner, uint64_t number, struct tw_hash *ret_hash)
{
	uint64_t left = owner, right = number, lane;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t old = right;

		right = left ^ tw_sim_rand_mix(right ^ key_of(chain, round));
		left = old;
	}
	put_lane(ret_hash, 0, left);
	put_lane(ret_hash, 1, right);
	lane = left ^ right;
	for (size_t i = 2; i < LANES; i++) {
		lane = tw_sim_rand_mix(lane + key_of(chain, ROUNDS + i));
		put_lane(ret_hash, i, lane);
	}
}

static uint64_t find_number(const struct tw_sim_chain *chain, const struct tw_hash *hash)
{
	uint64_t left = get_lane(hash, 0), right = get_lane(hash, 1);

	for (uint64_t round = ROUNDS; round-- > 0;) {
		uint64_t old = left;

		left = right ^ tw_sim_rand_mix(left ^ key_of(chain, round));
		right = old;
	}
	return right;
}

void tw_sim_chain_derive(
	const struct tw_sim_chain *chain, uint64_t kind, uint64_t number, struct tw_hash *ret_hash)
{
	make_hash(chain, (kind + 1) << 32, number, ret_hash);
}

int tw_sim_chain_create(const struct tw_sim_chain_params *params, struct tw_sim_chain **ret_chain)
{
	struct tw_sim_chain *chain = calloc(1, sizeof(*chain));

	if (chain == NULL)
		return -ENOMEM;
	chain->branches = calloc(8, sizeof(*chain->branches));
	if (chain->branches == NULL) {
		free(chain);
		return -ENOMEM;
	}
	assert(params->base_height >= 0 && params->difficulty > 0);
	chain->params = *params;
	chain->size = 8;
	chain->n_branches = 1;
	chain->branches[0].fork_height = params->base_height;
	*ret_chain = chain;
	return 0;
}

void tw_sim_chain_destroy(struct tw_sim_chain *chain)
{
	if (chain == NULL)
		return;
	for (uint32_t i = 0; i < chain->n_branches; i++)
		free(chain->branches[i].blocks);
	free(chain->branches);
	free(chain);
}

const struct tw_sim_chain_params *tw_sim_chain_params(const struct tw_sim_chain *chain)
{
	return &chain->params;
}

int64_t tw_sim_chain_tip(const struct tw_sim_chain *chain, uint32_t branch)
{
	assert(branch < chain->n_branches);
	return chain->branches[branch].fork_height + (int64_t)chain->branches[branch].n_blocks;
}

int tw_sim_chain_fork(
	struct tw_sim_chain *chain, uint32_t parent, int64_t fork_height, uint32_t *ret_branch)
{
	assert(fork_height >= 0 && fork_height <= tw_sim_chain_tip(chain, parent));
	if (chain->n_branches >= TW_SIM_CHAIN_BRANCHES_MAX)
		return -ENOSPC;
	if (chain->n_branches == chain->size) {
		struct branch *branches =
			realloc(chain->branches, 2 * chain->size * sizeof(*branches));

		if (branches == NULL)
			return -ENOMEM;
		chain->branches = branches;
		chain->size *= 2;
	}
	chain->branches[chain->n_branches] =
		(struct branch){ .parent = parent, .fork_height = fork_height };
	*ret_branch = chain->n_branches++;
	return 0;
}

int tw_sim_chain_grow(
	struct tw_sim_chain *chain, uint32_t branch, int64_t count, int32_t miner, int64_t now_us)
{
	struct branch *b = &chain->branches[branch];
	size_t need;

	assert(branch < chain->n_branches && count >= 0);
	if (count > TW_SIM_CHAIN_GROW_MAX || b->n_blocks + (size_t)count > TW_SIM_CHAIN_GROW_MAX)
		return -ENOSPC;
	need = b->n_blocks + (size_t)count;
	if (need > b->size) {
		size_t size = b->size < 16 ? 16 : b->size;
		struct mined *blocks;

		while (size < need)
			size *= 2;
		blocks = realloc(b->blocks, size * sizeof(*blocks));
		if (blocks == NULL)
			return -ENOMEM;
		b->blocks = blocks;
		b->size = size;
	}
	while (b->n_blocks < need)
		b->blocks[b->n_blocks++] = (struct mined){ now_us, miner, 0, -1 };
	return 0;
}

void tw_sim_chain_set_header(
	struct tw_sim_chain *chain, uint32_t branch, int64_t timestamp_s, uint32_t nonce)
{
	struct branch *b = &chain->branches[branch];

	assert(branch < chain->n_branches && b->n_blocks > 0);
	b->blocks[b->n_blocks - 1].timestamp_s = timestamp_s;
	b->blocks[b->n_blocks - 1].nonce = nonce;
}

/* The branch whose own block the one at height is. */
static uint32_t owner_of(const struct tw_sim_chain *chain, uint32_t branch, int64_t height)
{
	while (branch != 0 && height <= chain->branches[branch].fork_height)
		branch = chain->branches[branch].parent;
	return branch;
}

/* NULL: older than the simulation. */
static const struct mined *find_mined(
	const struct tw_sim_chain *chain, uint32_t branch, int64_t height)
{
	const struct branch *b = &chain->branches[owner_of(chain, branch, height)];

	assert(height >= 0 && height <= tw_sim_chain_tip(chain, branch));
	return height <= b->fork_height ? NULL : &b->blocks[height - b->fork_height - 1];
}

int64_t tw_sim_chain_mined_at(const struct tw_sim_chain *chain, uint32_t branch, int64_t height)
{
	const struct mined *mined = find_mined(chain, branch, height);

	return mined == NULL ? INT64_MIN : mined->mined_us;
}

int32_t tw_sim_chain_miner_of(const struct tw_sim_chain *chain, uint32_t branch, int64_t height)
{
	const struct mined *mined = find_mined(chain, branch, height);

	return mined == NULL ? TW_SIM_CHAIN_NO_MINER : mined->miner;
}

void tw_sim_chain_block_at(const struct tw_sim_chain *chain, uint32_t branch, int64_t height,
	struct tw_sim_chain_block *ret_block)
{
	const struct tw_sim_chain_params *params = &chain->params;
	const struct mined *mined = find_mined(chain, branch, height);
	struct tw_sim_chain_block block = {
		.height = height,
		.difficulty = params->difficulty,
		.mined_us = mined == NULL ? INT64_MIN : mined->mined_us,
		.miner = mined == NULL ? TW_SIM_CHAIN_NO_MINER : mined->miner,
	};
	int64_t age_us;

	make_hash(chain, owner_of(chain, branch, height), (uint64_t)height, &block.hash);
	if (height > 0)
		make_hash(chain, owner_of(chain, branch, height - 1), (uint64_t)height - 1,
			&block.prev_hash);
	if (mined != NULL)
		age_us = -mined->mined_us;
	else if (__builtin_mul_overflow(
			 params->base_height - height, params->block_target_us, &age_us))
		age_us = params->wall_start_us;
	block.timestamp_s =
		age_us >= params->wall_start_us ? 0 : (params->wall_start_us - age_us) / TW_SEC;
	if (mined != NULL && mined->timestamp_s >= 0) {
		block.timestamp_s = mined->timestamp_s;
		block.nonce = mined->nonce;
	}
	*ret_block = block;
}

int64_t tw_sim_chain_find(const struct tw_sim_chain *chain, uint32_t branch, int64_t max_height,
	const struct tw_hash *hash)
{
	uint64_t number = find_number(chain, hash);
	struct tw_hash expected;

	if (number > (uint64_t)max_height)
		return -1;
	make_hash(chain, owner_of(chain, branch, (int64_t)number), number, &expected);
	return tw_hash_equal(hash, &expected) ? (int64_t)number : -1;
}

int64_t tw_sim_chain_common(const struct tw_sim_chain *chain, uint32_t a, uint32_t b)
{
	int64_t height_a = tw_sim_chain_tip(chain, a);
	int64_t height_b = tw_sim_chain_tip(chain, b);

	/*
	 * A branch has a higher number than its parent, so going from the higher one to its parent
	 * leads to where both meet.
	 */
	while (a != b) {
		uint32_t *younger = a > b ? &a : &b;
		int64_t *height = a > b ? &height_a : &height_b;

		*height = tw_min(*height, chain->branches[*younger].fork_height);
		*younger = chain->branches[*younger].parent;
	}
	return tw_min(height_a, height_b);
}
