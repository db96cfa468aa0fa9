/*
 * A simulated block tree: branches that share the blocks below their forks. Nothing is stored but
 * who found a block and when; hashes are computed from the seed, so that a chain can start at any
 * height. No clock, no I/O: time is passed in, microseconds since the start of the simulation.
 */
#ifndef TW_SIM_CHAIN_CHAIN_H
#define TW_SIM_CHAIN_CHAIN_H

#include "base/hash.h"
#include "base/time.h"

enum {
	TW_SIM_CHAIN_BRANCHES_MAX = 65535,
	TW_SIM_CHAIN_GROW_MAX = 1000000, /* blocks added at once, and stored per branch */
};

/* The block has no particular miner. */
#define TW_SIM_CHAIN_NO_MINER (-1)

struct tw_sim_chain_params {
	uint64_t seed;
	int64_t base_height;   /* index of the newest block when the simulation starts, >= 0 */
	int64_t wall_start_us; /* wall clock at simulated time 0; block timestamps count from it */
	int64_t block_target_us;
	int64_t difficulty; /* of every block, > 0 */
};

struct tw_sim_chain_block {
	int64_t height;
	struct tw_hash hash;
	struct tw_hash prev_hash; /* zero for the genesis block */
	int64_t timestamp_s;
	uint32_t nonce; /* 0 but of a block that was submitted */
	int64_t difficulty;
	int64_t mined_us; /* INT64_MIN: before the simulation started */
	int32_t miner;
};

struct tw_sim_chain;

/* Starts with branch 0, which has base_height + 1 blocks. 0 or -ENOMEM. */
int tw_sim_chain_create(const struct tw_sim_chain_params *params, struct tw_sim_chain **ret_chain);
void tw_sim_chain_destroy(struct tw_sim_chain *chain);
const struct tw_sim_chain_params *tw_sim_chain_params(const struct tw_sim_chain *chain);

/* Index of the newest block of a branch. */
int64_t tw_sim_chain_tip(const struct tw_sim_chain *chain, uint32_t branch);
/*
 * A new branch that shares the blocks of parent up to and including fork_height
 * (0 <= fork_height <= tip of parent) and has none of its own yet. Returns 0, -ENOMEM or -ENOSPC
 * (too many branches).
 */
int tw_sim_chain_fork(
	struct tw_sim_chain *chain, uint32_t parent, int64_t fork_height, uint32_t *ret_branch);
/* Adds count blocks found by miner. Returns 0, -ENOMEM or -ENOSPC (too many in a branch). */
int tw_sim_chain_grow(
	struct tw_sim_chain *chain, uint32_t branch, int64_t count, int32_t miner, int64_t now_us);
/* The newest block of a branch was submitted, and this is what its header says. */
void tw_sim_chain_set_header(
	struct tw_sim_chain *chain, uint32_t branch, int64_t timestamp_s, uint32_t nonce);

/* The block at height of a branch; 0 <= height <= tip. */
void tw_sim_chain_block_at(const struct tw_sim_chain *chain, uint32_t branch, int64_t height,
	struct tw_sim_chain_block *ret_block);
/* When the block was found; INT64_MIN: before the start. */
int64_t tw_sim_chain_mined_at(const struct tw_sim_chain *chain, uint32_t branch, int64_t height);
int32_t tw_sim_chain_miner_of(const struct tw_sim_chain *chain, uint32_t branch, int64_t height);
/*
 * The height of the block with this hash on the branch, at most max_height, or -1.
 */
int64_t tw_sim_chain_find(const struct tw_sim_chain *chain, uint32_t branch, int64_t max_height,
	const struct tw_hash *hash);
/* The highest block that both branches have. */
int64_t tw_sim_chain_common(const struct tw_sim_chain *chain, uint32_t a, uint32_t b);
/* A hash that is no block's: of a transaction, a key or a submitted blob. */
void tw_sim_chain_derive(
	const struct tw_sim_chain *chain, uint64_t kind, uint64_t number, struct tw_hash *ret_hash);

#endif
