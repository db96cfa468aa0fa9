/*
 * A forest of blocks and voters on it, for the tests of the votes: what each voter has shown of its
 * chain is laid down point by point, without any check.
 */
#ifndef TEST_FOREST_H
#define TEST_FOREST_H

#include "core/policy.h"
#include "core/votes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FOREST_BLOCKS = 4096, FOREST_VOTERS = 64 };

struct forest_block {
	int parent; /* -1: none */
	struct tw_point point;
};

struct forest {
	int n_blocks;
	struct forest_block blocks[FOREST_BLOCKS];
	uint32_t n_voters;
	int tips[FOREST_VOTERS]; /* blocks */
	struct tw_chain chains[FOREST_VOTERS];
	const struct tw_chain *voting[FOREST_VOTERS];
	struct tw_policy policy;
	struct tw_point served;
	int32_t primary;
	int64_t now;
	struct tw_votes votes;
};

static inline void forest_init(struct forest *forest)
{
	forest->n_blocks = 0;
	forest->n_voters = 0;
	forest->served.height = TW_UNKNOWN;
	forest->primary = TW_NODE_NONE;
	forest->now = 1000 * TW_SEC;
	tw_policy_init(&forest->policy);
	assert_int_equal(tw_votes_init(&forest->votes, FOREST_VOTERS), 0);
}

static inline void forest_finish(struct forest *forest)
{
	tw_votes_finish(&forest->votes);
}

/* A child of parent (-1: the first block, at height). Its hash begins with first. */
static inline int forest_block(struct forest *forest, int parent, int64_t height, uint8_t first)
{
	int id = forest->n_blocks++;
	struct forest_block *block = &forest->blocks[id];

	assert_true(id < FOREST_BLOCKS);
	*block = (struct forest_block){ .parent = parent };
	block->point.height = parent < 0 ? height : forest->blocks[parent].point.height + 1;
	block->point.hash.bytes[0] = first;
	memcpy(&block->point.hash.bytes[8], &id, sizeof(id));
	return id;
}

/* A run of n blocks above parent. Returns the last one. */
static inline int forest_grow(struct forest *forest, int parent, int n, uint8_t first)
{
	while (n-- > 0)
		parent = forest_block(forest, parent, 0, first);
	return parent;
}

static inline int64_t forest_height(const struct forest *forest, int block)
{
	return forest->blocks[block].point.height;
}

/* The ancestor of block at height, or -1. */
static inline int forest_at(const struct forest *forest, int block, int64_t height)
{
	while (block >= 0 && forest_height(forest, block) > height)
		block = forest->blocks[block].parent;
	return block >= 0 && forest_height(forest, block) == height ? block : -1;
}

static inline bool forest_is_ancestor(const struct forest *forest, int ancestor, int block)
{
	return forest_at(forest, block, forest_height(forest, ancestor)) == ancestor;
}

/* The highest block that both descend from, or -1. */
static inline int forest_common(const struct forest *forest, int a, int b)
{
	while (a >= 0 && !forest_is_ancestor(forest, a, b))
		a = forest->blocks[a].parent;
	return a;
}

/* Voter i shows the block of its chain at height. */
static inline void forest_show(struct forest *forest, uint32_t i, int64_t height)
{
	struct tw_chain *chain = &forest->chains[i];
	int block = forest_at(forest, forest->tips[i], height);
	uint32_t k = 0;

	if (block < 0 || tw_chain_at(chain, height) != NULL)
		return;
	if (height > chain->tip - TW_WINDOW) {
		chain->pairs[height % TW_WINDOW] = forest->blocks[block].point;
		return;
	}
	if (chain->n_extras == TW_CHAIN_EXTRAS)
		return;
	while (k < chain->n_extras && chain->extras[k].height > height)
		k++;
	memmove(&chain->extras[k + 1], &chain->extras[k],
		(chain->n_extras - k) * sizeof(chain->extras[0]));
	chain->extras[k] = forest->blocks[block].point;
	chain->n_extras++;
}

/* A voter with this tip that has shown its n newest blocks. Returns its number. */
static inline uint32_t forest_voter(struct forest *forest, int tip, int64_t n)
{
	uint32_t i = forest->n_voters++;

	assert_true(i < FOREST_VOTERS && n > 0);
	forest->tips[i] = tip;
	tw_chain_init(&forest->chains[i]);
	forest->chains[i].tip = forest_height(forest, tip);
	for (int64_t k = 0; k < n; k++)
		forest_show(forest, i, forest->chains[i].tip - k);
	return i;
}

/* Counts voter perm[k] as node k; NULL: as they are. */
static inline void forest_count(struct forest *forest, const uint32_t *perm)
{
	struct tw_ballot ballot = {
		.n_nodes = FOREST_VOTERS,
		.chains = forest->voting,
		.policy = &forest->policy,
		.served = forest->served,
		.primary = forest->primary,
		.now = forest->now,
	};

	for (uint32_t k = 0; k < FOREST_VOTERS; k++)
		forest->voting[k] = k >= forest->n_voters ? NULL
				    : perm == NULL        ? &forest->chains[k]
							  : &forest->chains[perm[k]];
	tw_votes_count(&forest->votes, &ballot);
}

#endif
