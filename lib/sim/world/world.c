/* See simworld.h: blocks and their way to the daemons. What is true: simtruth.c; what befalls:
 * simfault.c. */
#include "sim/world/world.h"
#include "base/num.h"
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	BLOCKS_BEFORE = 200, /* the simulation begins */
	SLOW_SYNC_MAX = 60,  /* seconds */
};

/* Streams of random numbers; the daemons' follow. */
enum { STREAM_MINING, STREAM_FATE, STREAM_NODES };

void tw_sim_world_tell(struct tw_sim_world *world, int32_t node, const char *format, ...)
{
	char text[160];
	va_list args;

	if (world->tell == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	world->tell(world->tell_ctx, world->now_us, node, text);
}

void tw_sim_world_schedule(
	struct tw_sim_world *world, int64_t t_us, enum tw_sim_happening kind, int32_t a, int32_t b)
{
	int r = tw_sim_queue_add(&world->queue, t_us, (int)kind, a, b);

	if (r < 0)
		world->error = r;
}

static const struct tw_sim_block *get(const struct tw_sim_world *world, int32_t block)
{
	return tw_sim_blocks_get(&world->blocks, block);
}

/* --- blocks --- */

int32_t tw_sim_world_find(struct tw_sim_world *world, uint32_t i, int32_t parent, int64_t work)
{
	struct tw_sim_side *side = &world->sides[i];
	int32_t block = tw_sim_blocks_add(
		&world->blocks, parent, work, world->now_us, side->number, side->n_found++);

	if (block < 0) {
		world->error = block;
		return parent;
	}
	return block;
}

uint32_t tw_sim_world_leave(struct tw_sim_world *world, double share, bool is_pools)
{
	for (uint32_t i = 1; i < TW_SIM_WORLD_SIDES_MAX; i++) {
		if (world->sides[i].is_used)
			continue;
		world->sides[i] = (struct tw_sim_side){
			.is_used = true,
			.is_pools = is_pools,
			.number = ++world->n_sides_ever,
			.tip = world->sides[0].tip,
			.rival = -1,
			.share = share,
		};
		return i;
	}
	return 0;
}

void tw_sim_world_arrive(struct tw_sim_world *world, int32_t node, int32_t block, int64_t delay_us)
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
		tw_sim_world_arrive(world, (int32_t)i, block, delay_us);
	}
}

/* The main side finds a block, perhaps two at a time, perhaps on either side of a race. */
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
			(long long)get(world, block)->height,
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

static void find_block(struct tw_sim_world *world)
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
 * The pool's blocks on the main chain are among those of the network: only where it mines alone do
 * they make a difference.
 */
static void find_pool_block(struct tw_sim_world *world)
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
	tw_sim_world_set_tip(world, world->pool, side->tip);
}

/* --- daemons --- */

/* What keeps a daemon from taking blocks. */
static bool is_kept(const struct tw_sim_world *world, int32_t node)
{
	return tw_sim_world_has(world, node, TW_SIM_ILL_DOWN) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_HUNG) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_CUT) ||
	       tw_sim_world_has(world, node, TW_SIM_ILL_STUCK);
}

void tw_sim_world_set_tip(struct tw_sim_world *world, int32_t i, int32_t block)
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
	if (node->is_picky)
		tw_sim_world_afflict(world, i, TW_SIM_ILL_UNSYNCED,
			tw_sim_rand_chance(&node->whim, 0.03)
				? tw_sim_rand_between(&node->whim, 2 * TW_SEC, 6 * TW_SEC)
				: tw_sim_rand_wait(&node->whim, 300 * TW_MS));
}

static void arrival(struct tw_sim_world *world, int32_t i, int32_t block)
{
	struct tw_sim_daemon *node = &world->nodes[i];

	if (is_kept(world, i) || node->sync_us != TW_NEVER ||
		get(world, block)->side != world->sides[node->side].number ||
		get(world, block)->work <= get(world, node->tip)->work)
		return;
	tw_sim_world_set_tip(world, i, block);
}

void tw_sim_world_afflict(
	struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill, int64_t for_us)
{
	int64_t until_us = world->now_us + for_us;

	if (until_us <= world->nodes[node].until_us[ill])
		return;
	world->nodes[node].until_us[ill] = until_us;
	tw_sim_world_schedule(world, until_us, TW_SIM_HAPPENING_RECOVER, node, (int32_t)ill);
}

void tw_sim_world_sync(struct tw_sim_world *world, int32_t i)
{
	struct tw_sim_daemon *node = &world->nodes[i];
	int64_t missing =
		get(world, world->sides[node->side].tip)->height - get(world, node->tip)->height;

	if (is_kept(world, i))
		return;
	node->sync_us = world->now_us + tw_sim_rand_between(&node->rand, TW_SEC, 10 * TW_SEC) +
			tw_min(missing > 0 ? missing : 0, SLOW_SYNC_MAX) * TW_SEC / 4;
	tw_sim_world_schedule(world, node->sync_us, TW_SIM_HAPPENING_SYNC, i, 0);
}

static void end_sync(struct tw_sim_world *world, int32_t i)
{
	struct tw_sim_daemon *node = &world->nodes[i];

	if (node->sync_us != world->now_us)
		return;
	node->sync_us = TW_NEVER;
	if (!is_kept(world, i))
		tw_sim_world_set_tip(world, i, world->sides[node->side].tip);
}

static void recover(struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill)
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
		tw_sim_world_sync(world, node);
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

/* --- time --- */

static void happen(struct tw_sim_world *world, const struct tw_sim_event *event)
{
	switch ((enum tw_sim_happening)event->kind) {
	case TW_SIM_HAPPENING_BLOCK:
		find_block(world);
		break;
	case TW_SIM_HAPPENING_POOL_BLOCK:
		find_pool_block(world);
		break;
	case TW_SIM_HAPPENING_ARRIVAL:
		arrival(world, event->a, event->b);
		break;
	case TW_SIM_HAPPENING_RECOVER:
		recover(world, event->a, (enum tw_sim_ill)event->b);
		break;
	case TW_SIM_HAPPENING_SYNC:
		end_sync(world, event->a);
		break;
	case TW_SIM_HAPPENING_STUCK:
	case TW_SIM_HAPPENING_FAULT:
	case TW_SIM_HAPPENING_FLAP:
	case TW_SIM_HAPPENING_NIGHT:
	case TW_SIM_HAPPENING_FORK:
	case TW_SIM_HAPPENING_REORG:
	case TW_SIM_HAPPENING_RETURN:
		tw_sim_fault_happen(world, event);
		break;
	}
}

int64_t tw_sim_world_next_us(const struct tw_sim_world *world)
{
	return tw_sim_queue_next_us(&world->queue);
}

int tw_sim_world_advance(struct tw_sim_world *world, int64_t now_us)
{
	struct tw_sim_event event;

	while (tw_sim_queue_next_us(&world->queue) <= now_us &&
		tw_sim_queue_take(&world->queue, &event)) {
		world->now_us = event.t_us;
		happen(world, &event);
	}
	world->now_us = now_us;
	return world->error;
}

/* Half of the daemons are near, some stall while they add a block, some are picky. */
static void init_node(struct tw_sim_world *world, int32_t i)
{
	struct tw_sim_daemon *node = &world->nodes[i];
	struct tw_sim_rand rand = tw_sim_rand_of(world->params.seed, STREAM_NODES + (uint64_t)i);

	*node = (struct tw_sim_daemon){
		.delay_us = tw_sim_rand_between(&rand, 50 * TW_MS, 500 * TW_MS),
		.jitter_us = tw_sim_rand_between(&rand, 50 * TW_MS, 300 * TW_MS),
		.rtt_us = tw_sim_rand_chance(&rand, 0.5)
				  ? tw_sim_rand_between(&rand, 300, 2 * TW_MS)
				  : tw_sim_rand_between(&rand, 10 * TW_MS, 120 * TW_MS),
		.adding_us = tw_sim_rand_chance(&rand, 0.25)
				     ? tw_sim_rand_between(&rand, 100 * TW_MS, 800 * TW_MS)
				     : 0,
		.is_picky = tw_sim_rand_chance(&rand, 0.4),
		.tip = world->sides[0].tip,
		.job = world->sides[0].tip,
		.sync_us = TW_NEVER,
		.rand = rand,
		.whim = { tw_sim_rand_draw(&rand) },
	};
}

int tw_sim_world_create(const struct tw_sim_world_params *params, struct tw_sim_world **ret_world)
{
	struct tw_sim_world *world = calloc(1, sizeof(*world));
	int r;

	assert(params->n_nodes > 0 && params->n_nodes <= TW_SIM_WORLD_NODES_MAX);
	if (world == NULL)
		return -ENOMEM;
	world->params = *params;
	world->pool = TW_NODE_NONE;
	world->mining = tw_sim_rand_of(params->seed, STREAM_MINING);
	world->fate = tw_sim_rand_of(params->seed, STREAM_FATE);
	r = tw_sim_blocks_init(&world->blocks, params->seed, TW_SIM_WORLD_FIRST);
	if (r < 0) {
		tw_sim_world_destroy(world);
		return r;
	}
	world->sides[0] = (struct tw_sim_side){ .is_used = true, .rival = -1 };
	for (int i = 0; i < BLOCKS_BEFORE; i++) {
		world->now_us = (i - BLOCKS_BEFORE) * params->block_target_us;
		world->sides[0].tip =
			tw_sim_world_find(world, 0, world->sides[0].tip, TW_SIM_BLOCK_WORK);
	}
	world->now_us = 0;
	tw_sim_truth_write_main(world, world->sides[0].tip);
	for (uint32_t i = 0; i < params->n_nodes; i++)
		init_node(world, (int32_t)i);
	tw_sim_world_schedule(world, tw_sim_rand_wait(&world->mining, params->block_target_us),
		TW_SIM_HAPPENING_BLOCK, 0, 0);
	tw_sim_world_schedule(world, 0, TW_SIM_HAPPENING_POOL_BLOCK, 0, 0);
	tw_sim_fault_begin(world);
	if (world->error < 0) {
		r = world->error;
		tw_sim_world_destroy(world);
		return r;
	}
	*ret_world = world;
	return 0;
}

void tw_sim_world_destroy(struct tw_sim_world *world)
{
	if (world == NULL)
		return;
	tw_sim_blocks_finish(&world->blocks);
	tw_sim_queue_finish(&world->queue);
	free(world->main);
	free(world);
}
