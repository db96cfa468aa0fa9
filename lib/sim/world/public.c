/* See public.h. */
#include "sim/world/public.h"

/* A block has reached all of them after this time, one after the other. */
#define SPREAD_US (3 * TW_SEC)
/* Of the honest ones, so many percent have the fault of a night. */
enum { SHARE_OF_NIGHT = 30 };

static bool is_liar(const struct tw_sim_world *world, uint32_t slot)
{
	return slot < world->params.n_lying_witnesses;
}

/* The newest block of the main chain that was there at when_us. */
static int32_t main_tip_at(const struct tw_sim_world *world, int64_t when_us)
{
	int32_t i = world->n_main - 1;

	while (i > 0 && tw_sim_world_block(world, world->main[i])->found_us > when_us)
		i--;
	return world->main[i];
}

static bool is_on_main(const struct tw_sim_world *world, int32_t block)
{
	int64_t i = tw_sim_world_block(world, block)->height - TW_SIM_WORLD_FIRST;

	return i >= 0 && i < world->n_main && world->main[i] == block;
}

/* What the liars want to be believed: the tallest block beside the main chain. */
static int32_t tallest_lie(const struct tw_sim_world *world)
{
	int32_t tallest = -1;

	for (uint32_t i = 0; i < world->params.n_nodes; i++) {
		int32_t tip = world->nodes[i].tip;

		if (!is_on_main(world, tip) &&
			(tallest < 0 || tw_sim_world_block(world, tip)->height >
						tw_sim_world_block(world, tallest)->height))
			tallest = tip;
	}
	return tallest >= 0 ? tallest : world->sides[0].tip;
}

void tw_sim_public_tip(const struct tw_sim_world *world, uint32_t slot, struct tw_point *ret_tip)
{
	uint32_t n_honest = world->params.n_witnesses - world->params.n_lying_witnesses;
	uint32_t honest = slot - world->params.n_lying_witnesses;
	int64_t when_us = world->now_us - SPREAD_US * slot / world->params.n_witnesses;
	const struct tw_sim_block *block;
	int32_t tip;

	if (is_liar(world, slot)) {
		tip = tallest_lie(world);
	} else {
		if (100 * honest < SHARE_OF_NIGHT * n_honest && world->now_us < world->dawn_us)
			when_us = world->dusk_us;
		tip = main_tip_at(world, when_us);
	}
	block = tw_sim_world_block(world, tip);
	*ret_tip = (struct tw_point){ block->height, block->hash };
}
