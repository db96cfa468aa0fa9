/* See network.h. */
#include "sim/world/network.h"
#include "base/num.h"
#include "sim/world/truth.h"

enum { SLOW_SYNC_MAX = 60 }; /* missing blocks that each make catching up slower */

/* --- blocks --- */

void tw_sim_network_arrive(
	struct tw_sim_world *world, int32_t node, int32_t block, int64_t delay_us)
{
	tw_sim_world_schedule(
		world, world->now_us + delay_us, TW_SIM_HAPPENING_ARRIVAL, node, block);
}

/* Sends a block of a side on its way to all who listen to it. */
static void spread(struct tw_sim_world *world, uint32_t side, int32_t block)
{
	for (uint32_t i = 0; i < world->params.n_nodes; i++) {
		struct tw_sim_daemon *node = &world->nodes[i];
		int64_t delay_us;

		if (node->side != side)
			continue;
		delay_us = node->delay_us + tw_sim_rand_wait(&node->rand, node->jitter_us);
		if (tw_sim_world_has(world, (int32_t)i, TW_SIM_ILL_LATE))
			delay_us += tw_sim_rand_between(&node->rand, 10 * TW_SEC, 40 * TW_SEC);
		tw_sim_network_arrive(world, (int32_t)i, block, delay_us);
	}
}

/*
 * The main side finds a block. It may get a rival at the same height, and it may decide a race.
 */
static void find_main(struct tw_sim_world *world)
{
	struct tw_sim_side *side = &world->sides[0];
	bool is_turn = tw_sim_rand_chance(&world->mining, 0.5);
	bool has_rival = tw_sim_rand_chance(&world->mining, world->params.history->race_chance);
	int32_t parent = side->tip, other = side->rival, block, rival = -1;

	if (other >= 0 && is_turn) {
		parent = side->rival;
		other = side->tip;
	}
	block = tw_sim_world_find(world, 0, parent, TW_SIM_BLOCK_WORK);
	if (has_rival)
		rival = tw_sim_world_find(world, 0, other >= 0 ? other : parent, TW_SIM_BLOCK_WORK);
	if (other >= 0 || rival >= 0)
		tw_sim_world_tell(world, TW_NODE_NONE, "block %lld%s%s",
			(long long)tw_sim_world_block(world, block)->height,
			other >= 0 && rival < 0 ? " decides a race" : "",
			rival >= 0 ? " has a rival" : "");
	tw_sim_truth_write_main(world, block);
	side->tip = block;
	side->rival = rival;
	if (other >= 0 && rival < 0)
		tw_sim_truth_orphan(world, other);
	spread(world, 0, block);
	if (rival >= 0)
		spread(world, 0, rival);
}

void tw_sim_network_find_block(struct tw_sim_world *world)
{
	double where = tw_sim_rand_fraction(&world->mining);

	tw_sim_world_schedule(world,
		world->now_us + tw_sim_rand_wait(&world->mining, world->params.block_target_us),
		TW_SIM_HAPPENING_BLOCK, 0, 0);
	for (uint32_t i = 1; i < TW_SIM_WORLD_SIDES_MAX; i++) {
		struct tw_sim_side *side = &world->sides[i];

		where -= side->is_used ? side->share : 0;
		if (where > 0 || !side->is_used)
			continue;
		side->tip = tw_sim_world_find(world, i, side->tip, TW_SIM_BLOCK_WORK);
		spread(world, i, side->tip);
		return;
	}
	find_main(world);
}

/*
 * The pool finds a block. On the main chain its blocks are counted among those of the network, so
 * this matters only where it mines alone.
 */
void tw_sim_network_find_pool_block(struct tw_sim_world *world)
{
	double rate = world->params.pool_share > 0 ? world->params.pool_share : 1e-9;
	int64_t mean_us = (int64_t)((double)world->params.block_target_us / rate);
	struct tw_sim_daemon *node;
	struct tw_sim_side *side;

	tw_sim_world_schedule(world, world->now_us + tw_sim_rand_wait(&world->mining, mean_us),
		TW_SIM_HAPPENING_POOL_BLOCK, 0, 0);
	if (world->pool < 0)
		return;
	node = &world->nodes[world->pool];
	side = &world->sides[node->side];
	if (!side->is_pools || tw_sim_world_has(world, world->pool, TW_SIM_ILL_DOWN) ||
		tw_sim_world_has(world, world->pool, TW_SIM_ILL_HUNG) ||
		tw_sim_world_has(world, world->pool, TW_SIM_ILL_NO_TEMPLATE))
		return;
	side->tip = tw_sim_world_find(world, node->side, side->tip, TW_SIM_BLOCK_WORK);
	tw_sim_network_set_tip(world, world->pool, side->tip);
}

/* --- daemons --- */

/* Whether an ill keeps a daemon from taking blocks. A liar shows what it wants (liar.h). */
static bool is_kept(const struct tw_sim_world *world, int32_t node)
{
	return tw_sim_world_is_liar(world, node) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_DOWN) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_HUNG) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_CUT) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_STUCK);
}

void tw_sim_network_set_tip(struct tw_sim_world *world, int32_t i, int32_t block)
{
	struct tw_sim_daemon *node = &world->nodes[i];

	if (block == node->tip)
		return;
	if (!tw_sim_world_has(world, i, TW_SIM_ILL_UNSYNCED) &&
		!tw_sim_world_has(world, i, TW_SIM_ILL_STALE_TEMPLATE))
		node->job = node->tip;
	node->tip = block;
	if (node->adding_us > 0)
		tw_sim_world_afflict(world, i, TW_SIM_ILL_ADDING,
			tw_sim_rand_wait(&node->whim, node->adding_us));
	if (tw_sim_rand_chance(&node->stall, world->params.history->stall_chance))
		tw_sim_world_afflict(world, i, TW_SIM_ILL_ADDING,
			tw_sim_rand_between(&node->stall, TW_SEC, 3 * TW_SEC));
	if (node->is_picky)
		tw_sim_world_afflict(world, i, TW_SIM_ILL_UNSYNCED,
			tw_sim_rand_chance(&node->whim, 0.03)
				? tw_sim_rand_between(&node->whim, 2 * TW_SEC, 6 * TW_SEC)
				: tw_sim_rand_wait(&node->whim, 300 * TW_MS));
}

void tw_sim_network_take_block(struct tw_sim_world *world, int32_t i, int32_t block)
{
	struct tw_sim_daemon *node = &world->nodes[i];

	if (is_kept(world, i) || node->sync_us != TW_NEVER ||
		tw_sim_world_block(world, block)->side != world->sides[node->side].number ||
		tw_sim_world_block(world, block)->work <=
			tw_sim_world_block(world, node->tip)->work)
		return;
	tw_sim_network_set_tip(world, i, block);
}

void tw_sim_network_sync(struct tw_sim_world *world, int32_t i)
{
	struct tw_sim_daemon *node = &world->nodes[i];
	int64_t missing = tw_sim_world_block(world, world->sides[node->side].tip)->height -
			  tw_sim_world_block(world, node->tip)->height;

	if (is_kept(world, i))
		return;
	node->sync_us = world->now_us + tw_sim_rand_between(&node->rand, TW_SEC, 10 * TW_SEC) +
			tw_min(missing > 0 ? missing : 0, SLOW_SYNC_MAX) * TW_SEC / 4;
	tw_sim_world_schedule(world, node->sync_us, TW_SIM_HAPPENING_SYNC, i, 0);
}

void tw_sim_network_end_sync(struct tw_sim_world *world, int32_t i)
{
	struct tw_sim_daemon *node = &world->nodes[i];

	if (node->sync_us != world->now_us)
		return;
	node->sync_us = TW_NEVER;
	if (!is_kept(world, i))
		tw_sim_network_set_tip(world, i, world->sides[node->side].tip);
}

void tw_sim_network_recover(struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill)
{
	if (tw_sim_world_has(world, node, ill))
		return; /* it was prolonged */
	switch (ill) {
	case TW_SIM_ILL_DOWN:
		/* The process has started; its peers come later. */
		tw_sim_world_tell(world, node, "is up again");
		tw_sim_world_afflict(world, node, TW_SIM_ILL_CUT,
			tw_sim_rand_between(&world->nodes[node].rand, 3 * TW_SEC, 40 * TW_SEC));
		break;
	case TW_SIM_ILL_HUNG:
	case TW_SIM_ILL_CUT:
	case TW_SIM_ILL_STUCK:
		tw_sim_world_tell(world, node, "catches up");
		tw_sim_network_sync(world, node);
		break;
	case TW_SIM_ILL_GARBAGE:
	case TW_SIM_ILL_LATE:
	case TW_SIM_ILL_SLOW:
	case TW_SIM_ILL_ADDING:
	case TW_SIM_ILL_NO_TEMPLATE:
	case TW_SIM_ILL_STALE_TEMPLATE:
	case TW_SIM_ILL_UNSYNCED:
	case TW_SIM_ILL_LYING:
		break;
	}
}
