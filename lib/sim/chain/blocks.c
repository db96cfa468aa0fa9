/* See blocks.h. */
#include "sim/chain/blocks.h"
#include "sim/rand.h"
#include <errno.h>
#include <stdlib.h>

static void make_hash(struct tw_hash *hash, uint64_t key)
{
	for (size_t i = 0; i < TW_HASH_BYTES; i += sizeof(key)) {
		key = tw_sim_rand_mix(key + UINT64_C(0x9e3779b97f4a7c15));
		memcpy(hash->bytes + i, &key, sizeof(key));
	}
}

static uint64_t key_of(const struct tw_hash *hash)
{
	uint64_t key;

	memcpy(&key, hash->bytes, sizeof(key));
	return key;
}

int tw_sim_blocks_init(struct tw_sim_blocks *ret_blocks, uint64_t seed, int64_t first_height)
{
	struct tw_sim_blocks blocks = { .seed = seed, .n = 1, .size = 4096 };

	blocks.blocks = calloc((size_t)blocks.size, sizeof(blocks.blocks[0]));
	if (blocks.blocks == NULL)
		return -ENOMEM;
	blocks.blocks[0] = (struct tw_sim_block){ .parent = -1,
		.height = first_height,
		.found_us = INT64_MIN / 2,
		.orphaned_us = INT64_MIN };
	make_hash(&blocks.blocks[0].hash, seed);
	*ret_blocks = blocks;
	return 0;
}

void tw_sim_blocks_finish(struct tw_sim_blocks *blocks)
{
	free(blocks->blocks);
	*blocks = (struct tw_sim_blocks){ 0 };
}

int32_t tw_sim_blocks_add(struct tw_sim_blocks *blocks, int32_t parent, int64_t work,
	int64_t now_us, uint32_t side, uint32_t salt)
{
	const struct tw_sim_block *below;
	struct tw_sim_block *block;

	if (blocks->n == blocks->size) {
		size_t size = 2 * (size_t)blocks->size;
		struct tw_sim_block *grown;

		if (size > INT32_MAX)
			return -ENOMEM;
		grown = realloc(blocks->blocks, size * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		blocks->blocks = grown;
		blocks->size = (int32_t)size;
	}
	below = &blocks->blocks[parent];
	block = &blocks->blocks[blocks->n];
	*block = (struct tw_sim_block){
		.parent = parent,
		.height = below->height + 1,
		.work = below->work + work,
		.found_us = now_us,
		.orphaned_us = INT64_MIN,
		.side = side,
	};
	make_hash(&block->hash, tw_sim_rand_mix(blocks->seed ^ key_of(&below->hash)) +
					((uint64_t)side << 32 | salt));
	return blocks->n++;
}

int32_t tw_sim_blocks_at(const struct tw_sim_blocks *blocks, int32_t block, int64_t height)
{
	if (height > blocks->blocks[block].height)
		return -1;
	while (block >= 0 && blocks->blocks[block].height > height)
		block = blocks->blocks[block].parent;
	return block;
}

int32_t tw_sim_blocks_find(const struct tw_sim_blocks *blocks, const struct tw_hash *hash)
{
	int32_t block = blocks->n - 1;

	while (block >= 0 && !tw_hash_equal(&blocks->blocks[block].hash, hash))
		block--;
	return block;
}
