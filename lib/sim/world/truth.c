/* See truth.h. */
#include "sim/world/truth.h"
#include <errno.h>
#include <stdlib.h>

/* --- the main chain --- */

/* The main chain's block at height, or -1. */
static int32_t main_at(const struct tw_sim_world *world, int64_t height)
{
	int64_t i = height - TW_SIM_WORLD_FIRST;

	return i >= 0 && i < world->n_main ? world->main[i] : -1;
}

static bool is_on_main(const struct tw_sim_world *world, int32_t block)
{
	return main_at(world, tw_sim_world_block(world, block)->height) == block;
}

void tw_sim_truth_orphan(struct tw_sim_world *world, int32_t block)
{
	for (; !is_on_main(world, block); block = tw_sim_world_block(world, block)->parent)
		world->blocks.blocks[block].orphaned_us = world->now_us;
}

static bool reserve_main(struct tw_sim_world *world, int32_t n)
{
	int32_t size = world->size_main == 0 ? 4096 : world->size_main;
	int32_t *grown;

	while (size < n)
		size *= 2;
	if (size == world->size_main)
		return true;
	grown = realloc(world->main, (size_t)size * sizeof(*grown));
	if (grown == NULL)
		return false;
	world->main = grown;
	world->size_main = size;
	return true;
}

void tw_sim_truth_write_main(struct tw_sim_world *world, int32_t tip)
{
	int32_t n = (int32_t)(tw_sim_world_block(world, tip)->height - TW_SIM_WORLD_FIRST) + 1;
	int32_t old = world->n_main;

	if (!reserve_main(world, n)) {
		world->error = -ENOMEM;
		return;
	}
	world->n_main = n;
	for (int32_t i = n - 1; i >= 0 && (i >= old || world->main[i] != tip); i--) {
		world->main[i] = tip;
		world->blocks.blocks[tip].orphaned_us = INT64_MIN;
		tip = tw_sim_world_block(world, tip)->parent;
	}
}

void tw_sim_truth_adopt(struct tw_sim_world *world, int32_t tip)
{
	struct tw_sim_side *side = &world->sides[0];
	int32_t old = side->tip, rival = side->rival;

	tw_sim_truth_write_main(world, tip);
	side->tip = tip;
	side->rival = -1;
	tw_sim_truth_orphan(world, old);
	if (rival >= 0)
		tw_sim_truth_orphan(world, rival);
}

/* --- the truth --- */

/* The block that the daemon's templates build on. */
static int32_t job_of(const struct tw_sim_world *world, int32_t i)
{
	const struct tw_sim_daemon *node = &world->nodes[i];

	return tw_sim_world_has(world, i, TW_SIM_ILL_STALE_TEMPLATE) ||
			       tw_sim_world_has(world, i, TW_SIM_ILL_UNSYNCED)
		       ? node->job
		       : node->tip;
}

static enum tw_sim_standing judge_age(const struct tw_sim_world *world, int64_t since_us,
	enum tw_sim_standing later, int64_t *ret_until_us)
{
	if (since_us + TW_SIM_ALLOWANCE_US <= world->now_us)
		return later;
	*ret_until_us = since_us + TW_SIM_ALLOWANCE_US;
	return TW_SIM_STANDING_GOOD;
}

/* What it is worth to build on block. */
static enum tw_sim_standing judge_block(
	const struct tw_sim_world *world, int32_t block, int64_t *ret_until_us)
{
	int32_t next, above = -1;

	*ret_until_us = TW_NEVER;
	if (is_on_main(world, block)) {
		next = main_at(world, tw_sim_world_block(world, block)->height + 1);
		return next < 0 ? TW_SIM_STANDING_GOOD
				: judge_age(world, tw_sim_world_block(world, next)->found_us,
					  TW_SIM_STANDING_STALE, ret_until_us);
	}
	/* Both sides of a race are equally good until it is decided. */
	for (next = world->sides[0].rival; next >= 0 && !is_on_main(world, next);
		next = tw_sim_world_block(world, next)->parent) {
		if (next == block)
			return above < 0 ? TW_SIM_STANDING_GOOD
					 : judge_age(world,
						   tw_sim_world_block(world, above)->found_us,
						   TW_SIM_STANDING_STALE, ret_until_us);
		above = next;
	}
	if (tw_sim_world_block(world, block)->orphaned_us == INT64_MIN)
		return TW_SIM_STANDING_FORK;
	return judge_age(world, tw_sim_world_block(world, block)->orphaned_us, TW_SIM_STANDING_FORK,
		ret_until_us);
}

enum tw_sim_standing tw_sim_truth_standing(
	const struct tw_sim_world *world, int32_t i, int64_t *ret_until_us)
{
	*ret_until_us = TW_NEVER;
	if (tw_sim_world_has(world, i, TW_SIM_ILL_DOWN) ||
		tw_sim_world_has(world, i, TW_SIM_ILL_HUNG) ||
		tw_sim_world_has(world, i, TW_SIM_ILL_GARBAGE) ||
		tw_sim_world_has(world, i, TW_SIM_ILL_NO_TEMPLATE))
		return TW_SIM_STANDING_NONE;
	return judge_block(world, job_of(world, i), ret_until_us);
}

enum tw_sim_standing tw_sim_truth_tip(
	const struct tw_sim_world *world, const struct tw_point *tip, int64_t *ret_until_us)
{
	int32_t block = tip->height < 0 ? -1 : tw_sim_blocks_find(&world->blocks, &tip->hash);

	*ret_until_us = TW_NEVER;
	return block < 0 ? TW_SIM_STANDING_NONE : judge_block(world, block, ret_until_us);
}

uint32_t tw_sim_truth_contradicted(const struct tw_sim_world *world, int32_t node)
{
	int32_t block = world->nodes[node].tip;
	uint32_t n = 0;

	while (!is_on_main(world, block))
		block = tw_sim_world_block(world, block)->parent;
	if (block == world->nodes[node].tip)
		return 0;
	for (uint32_t i = 0; i < world->params.n_nodes; i++) {
		int32_t tip = world->nodes[i].tip;

		n += is_on_main(world, tip) &&
		     tw_sim_world_block(world, tip)->height >
			     tw_sim_world_block(world, block)->height &&
		     !tw_sim_world_has(world, (int32_t)i, TW_SIM_ILL_DOWN) &&
		     !tw_sim_world_has(world, (int32_t)i, TW_SIM_ILL_HUNG) &&
		     !tw_sim_world_has(world, (int32_t)i, TW_SIM_ILL_GARBAGE) &&
		     !tw_sim_world_has(world, (int32_t)i, TW_SIM_ILL_CUT);
	}
	return n;
}
