/* See fault.h. */
#include "sim/world/fault.h"
#include "sim/world/network.h"
#include "sim/world/truth.h"

enum { TALL_MAX = 1000, REORG_DEPTH_MAX = 8, FLAPS = 10 };

static int64_t seconds(struct tw_sim_rand *rand, int64_t low, int64_t high)
{
	return tw_sim_rand_between(rand, low * TW_SEC, high * TW_SEC);
}

/* Schedules a fault after a random time with the mean every_us; 0: never. */
static void again(struct tw_sim_world *world, struct tw_sim_rand *rand, int64_t every_us,
	enum tw_sim_happening kind, int32_t a)
{
	if (every_us > 0)
		tw_sim_world_schedule(
			world, world->now_us + tw_sim_rand_wait(rand, every_us), kind, a, 0);
}

void tw_sim_fault_begin(struct tw_sim_world *world)
{
	const struct tw_sim_history *history = world->params.history;

	again(world, &world->fate, history->night_every_us, TW_SIM_HAPPENING_NIGHT, 0);
	again(world, &world->fate, history->fork_every_us, TW_SIM_HAPPENING_FORK, 0);
	again(world, &world->fate, history->reorg_every_us, TW_SIM_HAPPENING_REORG, 0);
	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		struct tw_sim_rand *rand = &world->nodes[i].rand;

		/* What is wrong with a liar, its strategy says. */
		if (tw_sim_world_is_liar(world, i))
			continue;
		again(world, rand, history->stuck_every_us, TW_SIM_HAPPENING_STUCK, i);
		again(world, rand, history->fault_every_us, TW_SIM_HAPPENING_FAULT, i);
	}
}

/* --- one daemon --- */

static void afflict(struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill, const char *what,
	int64_t low_s, int64_t high_s)
{
	int64_t for_us = seconds(&world->nodes[node].rand, low_s, high_s);

	tw_sim_world_tell(world, node, "%s for %lld s", what, (long long)(for_us / TW_SEC));
	tw_sim_world_afflict(world, node, ill, for_us);
}

/* The daemon goes to a side of its own for for_us. Returns the side, or 0: there is no room. */
static uint32_t part(struct tw_sim_world *world, int32_t node, bool is_pools, int64_t for_us)
{
	uint32_t side = world->nodes[node].side == 0 ? tw_sim_world_leave(world, 0, is_pools) : 0;

	if (side == 0)
		return 0;
	world->nodes[node].side = side;
	tw_sim_world_schedule(
		world, world->now_us + for_us, TW_SIM_HAPPENING_RETURN, (int32_t)side, 0);
	return side;
}

static void go_alone(struct tw_sim_world *world, int32_t node)
{
	struct tw_sim_rand *rand = &world->nodes[node].rand;
	int64_t for_us = seconds(rand, 600, 7200);
	uint32_t side = part(world, node, true, for_us);

	if (side == 0)
		return;
	world->sides[side].tip = world->nodes[node].tip;
	tw_sim_world_tell(world, node, "forks itself off for %lld s", (long long)(for_us / TW_SEC));
}

/*
 * The daemon gets blocks that no other has, on top of the network's tip or from a few blocks below
 * it.
 */
static void grow_tall(struct tw_sim_world *world, int32_t node)
{
	struct tw_sim_rand *rand = &world->nodes[node].rand;
	int64_t for_us = seconds(rand, 600, 3600);
	int64_t count = tw_sim_rand_chance(rand, 0.5) ? tw_sim_rand_between(rand, 3, 10)
						      : tw_sim_rand_between(rand, 50, TALL_MAX);
	int64_t below = tw_sim_rand_chance(rand, 0.5) ? 0 : tw_sim_rand_between(rand, 1, 5);
	uint32_t side = part(world, node, false, for_us);
	int32_t tip = world->nodes[node].tip;

	if (side == 0)
		return;
	tip = tw_sim_blocks_at(&world->blocks, tip, tw_sim_world_block(world, tip)->height - below);
	for (int64_t i = 0; i < count + below; i++)
		tip = tw_sim_world_find(world, side, tip, TW_SIM_BLOCK_WORK);
	world->sides[side].tip = tip;
	tw_sim_network_set_tip(world, node, tip);
	tw_sim_world_tell(world, node, "shows %lld blocks of its own from %lld below for %lld s",
		(long long)(count + below), (long long)below, (long long)(for_us / TW_SEC));
}

static void flap(struct tw_sim_world *world, int32_t node, int32_t more)
{
	struct tw_sim_rand *rand = &world->nodes[node].rand;

	afflict(world, node, TW_SIM_ILL_DOWN, "flaps: down", 3, 20);
	if (more > 0)
		tw_sim_world_schedule(world, world->now_us + seconds(rand, 30, 90),
			TW_SIM_HAPPENING_FLAP, node, more - 1);
}

static enum tw_sim_fault draw_fault(struct tw_sim_world *world, struct tw_sim_rand *rand)
{
	const uint32_t *weights = world->params.history->weights;
	int64_t sum = 0, at;

	for (int i = 0; i < TW_SIM_FAULTS; i++)
		sum += weights[i];
	at = tw_sim_rand_between(rand, 1, sum);
	for (int i = 0; i < TW_SIM_FAULTS; i++) {
		at -= weights[i];
		if (at <= 0)
			return (enum tw_sim_fault)i;
	}
	return TW_SIM_FAULT_CRASH;
}

static void befall(struct tw_sim_world *world, int32_t node)
{
	switch (draw_fault(world, &world->nodes[node].rand)) {
	case TW_SIM_FAULT_CRASH:
		afflict(world, node, TW_SIM_ILL_DOWN, "crashes", 10, 600);
		break;
	case TW_SIM_FAULT_HANG:
		afflict(world, node, TW_SIM_ILL_HUNG, "hangs", 20, 900);
		break;
	case TW_SIM_FAULT_FLAP:
		flap(world, node, FLAPS);
		break;
	case TW_SIM_FAULT_SLOW:
		afflict(world, node, TW_SIM_ILL_SLOW, "answers slowly", 60, 600);
		break;
	case TW_SIM_FAULT_LATE:
		afflict(world, node, TW_SIM_ILL_LATE, "gets blocks late", 300, 1200);
		break;
	case TW_SIM_FAULT_CUT:
		afflict(world, node, TW_SIM_ILL_CUT, "loses its peers", 60, 900);
		break;
	case TW_SIM_FAULT_GARBAGE:
		afflict(world, node, TW_SIM_ILL_GARBAGE, "answers nonsense", 30, 600);
		break;
	case TW_SIM_FAULT_NO_TEMPLATE:
		afflict(world, node, TW_SIM_ILL_NO_TEMPLATE, "refuses templates", 10, 600);
		break;
	case TW_SIM_FAULT_STALE_TEMPLATE:
		world->nodes[node].job = world->nodes[node].tip;
		afflict(world, node, TW_SIM_ILL_STALE_TEMPLATE, "serves old templates", 10, 90);
		break;
	case TW_SIM_FAULT_ALONE:
		go_alone(world, node);
		break;
	case TW_SIM_FAULT_TALL:
		grow_tall(world, node);
		break;
	case TW_SIM_FAULT_LIE:
		afflict(world, node, TW_SIM_ILL_LYING, "claims a made-up height", 3600, 7200);
		break;
	}
}

/* --- many daemons --- */

/* Draws a random order of all daemons. */
static void shuffle(struct tw_sim_world *world, int32_t order[TW_SIM_WORLD_NODES_MAX])
{
	int32_t n = (int32_t)world->params.n_nodes;

	for (int32_t i = 0; i < n; i++) {
		int32_t k = (int32_t)tw_sim_rand_between(&world->fate, 0, i);

		order[i] = order[k];
		order[k] = i;
	}
}

/*
 * A bad transaction: all daemons except none to two reject the next block, until each is repaired.
 */
static void fall_night(struct tw_sim_world *world)
{
	int32_t order[TW_SIM_WORLD_NODES_MAX], n = (int32_t)world->params.n_nodes;
	int32_t fresh = (int32_t)tw_sim_rand_between(&world->fate, 0, 4) / 2;

	shuffle(world, order);
	for (int32_t i = fresh; i < n; i++) {
		bool is_long = tw_sim_rand_chance(&world->fate, 0.2);
		int64_t for_us = is_long ? seconds(&world->fate, 900, 3600)
					 : seconds(&world->fate, 300, 900);

		tw_sim_world_tell(world, order[i], "is stuck with others for %lld s",
			(long long)(for_us / TW_SEC));
		tw_sim_world_afflict(world, order[i], TW_SIM_ILL_STUCK, for_us);
		world->dusk_us = world->now_us;
		world->dawn_us = world->now_us + for_us;
	}
}

static void split_off(struct tw_sim_world *world)
{
	int32_t order[TW_SIM_WORLD_NODES_MAX], n = (int32_t)world->params.n_nodes;
	int32_t most = world->params.history->has_majority_forks ? n - 1 : (n - 1) / 2;
	double share = 0.02 + 0.38 * tw_sim_rand_fraction(&world->fate);
	int64_t for_us = seconds(&world->fate, 600, 7200);
	int32_t count;
	uint32_t side;

	shuffle(world, order);
	/* Daemons that have left earlier count. */
	for (int32_t i = 0; i < n; i++)
		most -= world->nodes[i].side != 0;
	if (most <= 0)
		return;
	count = (int32_t)tw_sim_rand_between(&world->fate, 1, most);
	side = tw_sim_world_leave(world, share, false);
	if (side == 0)
		return;
	for (int32_t i = 0; i < count; i++) {
		if (world->nodes[order[i]].side != 0)
			continue;
		world->nodes[order[i]].side = side;
		tw_sim_world_tell(world, order[i],
			"forks off with %d %% of the hashrate for %lld s", (int)(100 * share),
			(long long)(for_us / TW_SEC));
	}
	tw_sim_world_schedule(
		world, world->now_us + for_us, TW_SIM_HAPPENING_RETURN, (int32_t)side, 0);
}

/*
 * The network leaves its newest blocks for others with more work: more of them, or fewer and
 * heavier ones. The daemons follow one by one.
 */
static void reorganise(struct tw_sim_world *world)
{
	int32_t old = world->sides[0].tip, tip;
	int64_t depth = tw_sim_rand_between(&world->fate, 2, REORG_DEPTH_MAX);
	bool is_heavy = tw_sim_rand_chance(&world->fate, 0.25);
	int64_t count = is_heavy ? depth - 1 : depth + 1;
	int64_t spread_us = seconds(&world->fate, 1, 30);
	int64_t work = (depth * TW_SIM_BLOCK_WORK + TW_SIM_BLOCK_WORK / 2) / count + 1;

	tip = tw_sim_blocks_at(&world->blocks, old, tw_sim_world_block(world, old)->height - depth);
	for (int64_t i = 0; i < count; i++)
		tip = tw_sim_world_find(world, 0, tip, is_heavy ? work : TW_SIM_BLOCK_WORK);
	tw_sim_truth_adopt(world, tip);
	tw_sim_world_tell(world, TW_NODE_NONE,
		"the network leaves %lld blocks for %lld others, within %lld s", (long long)depth,
		(long long)count, (long long)(spread_us / TW_SEC));
	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		if (world->nodes[i].side == 0)
			tw_sim_network_arrive(world, i, tip,
				world->nodes[i].delay_us +
					tw_sim_rand_between(&world->nodes[i].rand, 0, spread_us));
	}
}

static void end_side(struct tw_sim_world *world, uint32_t side)
{
	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		if (world->nodes[i].side != side)
			continue;
		world->nodes[i].side = 0;
		tw_sim_world_tell(world, i, "is brought back to the network");
		tw_sim_network_sync(world, i);
	}
	world->sides[side].is_used = false;
}

void tw_sim_fault_happen(struct tw_sim_world *world, const struct tw_sim_event *event)
{
	const struct tw_sim_history *history = world->params.history;
	enum tw_sim_happening kind = (enum tw_sim_happening)event->kind;
	struct tw_sim_rand *fate = &world->fate;

	switch (kind) {
	case TW_SIM_HAPPENING_STUCK:
		afflict(world, event->a, TW_SIM_ILL_STUCK, "is out of sync", 300, 900);
		again(world, &world->nodes[event->a].rand, history->stuck_every_us, kind, event->a);
		break;
	case TW_SIM_HAPPENING_FAULT:
		befall(world, event->a);
		again(world, &world->nodes[event->a].rand, history->fault_every_us, kind, event->a);
		break;
	case TW_SIM_HAPPENING_FLAP:
		flap(world, event->a, event->b);
		break;
	case TW_SIM_HAPPENING_NIGHT:
		fall_night(world);
		again(world, fate, history->night_every_us, kind, 0);
		break;
	case TW_SIM_HAPPENING_FORK:
		split_off(world);
		again(world, fate, history->fork_every_us, kind, 0);
		break;
	case TW_SIM_HAPPENING_REORG:
		reorganise(world);
		again(world, fate, history->reorg_every_us, kind, 0);
		break;
	case TW_SIM_HAPPENING_RETURN:
		end_side(world, (uint32_t)event->a);
		break;
	case TW_SIM_HAPPENING_BLOCK:
	case TW_SIM_HAPPENING_POOL_BLOCK:
	case TW_SIM_HAPPENING_ARRIVAL:
	case TW_SIM_HAPPENING_RECOVER:
	case TW_SIM_HAPPENING_SYNC:
		break;
	}
}
