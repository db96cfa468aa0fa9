/* See world.h. */
#include "sim/world/world.h"
#include <stdarg.h>
#include <stdio.h>

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

void tw_sim_world_afflict(
	struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill, int64_t for_us)
{
	int64_t until_us = world->now_us + for_us;

	if (until_us <= world->nodes[node].until_us[ill])
		return;
	world->nodes[node].until_us[ill] = until_us;
	tw_sim_world_schedule(world, until_us, TW_SIM_HAPPENING_RECOVER, node, (int32_t)ill);
}
