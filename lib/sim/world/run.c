/* See run.h. */
#include "sim/world/run.h"
#include "sim/world/fault.h"
#include "sim/world/network.h"
#include "sim/world/truth.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum { BLOCKS_BEFORE = 200 }; /* blocks that there are at the start */
enum { NEAR = 10 };           /* by how much sooner blocks come where all daemons are near */

/* Streams of random numbers; the daemons' follow. */
enum { STREAM_MINING, STREAM_FATE, STREAM_NODES, STREAM_STALLS = 1 << 16 };

static void happen(struct tw_sim_world *world, const struct tw_sim_event *event)
{
	switch ((enum tw_sim_happening)event->kind) {
	case TW_SIM_HAPPENING_BLOCK:
		tw_sim_network_find_block(world);
		break;
	case TW_SIM_HAPPENING_POOL_BLOCK:
		tw_sim_network_find_pool_block(world);
		break;
	case TW_SIM_HAPPENING_ARRIVAL:
		tw_sim_network_take_block(world, event->a, event->b);
		break;
	case TW_SIM_HAPPENING_RECOVER:
		tw_sim_network_recover(world, event->a, (enum tw_sim_ill)event->b);
		break;
	case TW_SIM_HAPPENING_SYNC:
		tw_sim_network_end_sync(world, event->a);
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

int64_t tw_sim_run_next_us(const struct tw_sim_world *world)
{
	return tw_sim_queue_next_us(&world->queue);
}

int tw_sim_run_advance(struct tw_sim_world *world, int64_t now_us)
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

/*
 * Draws the properties of a daemon: half of them are near, some stall while they add a block, some
 * refuse templates while peers seem to be ahead.
 */
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
		.stall = tw_sim_rand_of(world->params.seed, STREAM_STALLS + (uint64_t)i),
	};
	if (world->params.is_near) {
		node->delay_us /= NEAR;
		node->jitter_us /= NEAR;
	}
}

void tw_sim_run_destroy(struct tw_sim_world *world)
{
	if (world == NULL)
		return;
	tw_sim_blocks_finish(&world->blocks);
	tw_sim_queue_finish(&world->queue);
	free(world->main);
	free(world);
}

int tw_sim_run_create(const struct tw_sim_world_params *params, struct tw_sim_world **ret_world)
{
	struct tw_sim_world *world = calloc(1, sizeof(*world));
	int r;

	assert(params->n_nodes > 0 && params->n_nodes <= TW_SIM_WORLD_NODES_MAX);
	assert(params->n_liars < params->n_nodes);
	if (world == NULL)
		return -ENOMEM;
	world->params = *params;
	world->pool = TW_NODE_NONE;
	world->mining = tw_sim_rand_of(params->seed, STREAM_MINING);
	world->fate = tw_sim_rand_of(params->seed, STREAM_FATE);
	r = tw_sim_blocks_init(&world->blocks, params->seed, TW_SIM_WORLD_FIRST);
	if (r < 0) {
		tw_sim_run_destroy(world);
		return r;
	}
	world->sides[0] = (struct tw_sim_side){ .is_used = true, .rival = -1 };
	for (int i = 0; i < BLOCKS_BEFORE; i++) {
		world->now_us = (i - BLOCKS_BEFORE) * params->block_target_us;
		world->sides[0].tip =
			tw_sim_world_find(world, 0, world->sides[0].tip, TW_SIM_BLOCK_WORK);
	}
	world->now_us = 0;
	world->lies = (struct tw_sim_lies){
		.side = tw_sim_world_leave(world, 0, false),
		.base = world->sides[0].tip,
		.top = world->sides[0].tip,
		.begun_us = TW_UNKNOWN,
	};
	tw_sim_truth_write_main(world, world->sides[0].tip);
	for (uint32_t i = 0; i < params->n_nodes; i++)
		init_node(world, (int32_t)i);
	tw_sim_world_schedule(world, tw_sim_rand_wait(&world->mining, params->block_target_us),
		TW_SIM_HAPPENING_BLOCK, 0, 0);
	tw_sim_world_schedule(world, 0, TW_SIM_HAPPENING_POOL_BLOCK, 0, 0);
	tw_sim_fault_begin(world);
	if (world->error < 0) {
		r = world->error;
		tw_sim_run_destroy(world);
		return r;
	}
	*ret_world = world;
	return 0;
}
