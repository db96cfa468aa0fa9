/* What befalls the daemons and the network of a simulated world, and for how long. */
#include "sim/simworld.h"

enum { TALL_MAX = 1000, REORG_DEPTH_MAX = 8, FLAPS = 10 };

static int64_t seconds(struct tw_simrand *rand, int64_t low, int64_t high)
{
	return tw_simrand_between(rand, low * TW_SEC, high * TW_SEC);
}

/* Again after a while; every_us 0: never. */
static void again(struct tw_simworld *world, struct tw_simrand *rand, int64_t every_us,
	enum tw_simhappening kind, int32_t a)
{
	if (every_us > 0)
		tw_simworld_schedule(
			world, world->now_us + tw_simrand_wait(rand, every_us), kind, a, 0);
}

void tw_simfault_begin(struct tw_simworld *world)
{
	const struct tw_simhistory *history = world->params.history;

	again(world, &world->fate, history->night_every_us, TW_SIMHAPPENING_NIGHT, 0);
	again(world, &world->fate, history->fork_every_us, TW_SIMHAPPENING_FORK, 0);
	again(world, &world->fate, history->reorg_every_us, TW_SIMHAPPENING_REORG, 0);
	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		struct tw_simrand *rand = &world->nodes[i].rand;

		again(world, rand, history->stuck_every_us, TW_SIMHAPPENING_STUCK, i);
		again(world, rand, history->fault_every_us, TW_SIMHAPPENING_FAULT, i);
	}
}

/* --- one daemon --- */

static void afflict(struct tw_simworld *world, int32_t node, enum tw_simill ill, const char *what,
	int64_t low_s, int64_t high_s)
{
	int64_t for_us = seconds(&world->nodes[node].rand, low_s, high_s);

	tw_simworld_tell(world, node, "%s for %lld s", what, (long long)(for_us / TW_SEC));
	tw_simworld_afflict(world, node, ill, for_us);
}

/* The daemon goes to a side of its own, until it is brought back. */
static uint32_t part(struct tw_simworld *world, int32_t node, bool is_pools, int64_t for_us)
{
	uint32_t side = world->nodes[node].side == 0 ? tw_simworld_leave(world, 0, is_pools) : 0;

	if (side == 0)
		return 0;
	world->nodes[node].side = side;
	tw_simworld_schedule(
		world, world->now_us + for_us, TW_SIMHAPPENING_RETURN, (int32_t)side, 0);
	return side;
}

static void go_alone(struct tw_simworld *world, int32_t node)
{
	struct tw_simrand *rand = &world->nodes[node].rand;
	int64_t for_us = seconds(rand, 600, 7200);
	uint32_t side = part(world, node, true, for_us);

	if (side == 0)
		return;
	world->sides[side].tip = world->nodes[node].tip;
	tw_simworld_tell(world, node, "forks itself off for %lld s", (long long)(for_us / TW_SEC));
}

/* Blocks that nobody else has: on top of the network's, or from a few below. */
static void grow_tall(struct tw_simworld *world, int32_t node)
{
	struct tw_simrand *rand = &world->nodes[node].rand;
	int64_t for_us = seconds(rand, 600, 3600);
	int64_t count = tw_simrand_chance(rand, 0.5) ? tw_simrand_between(rand, 3, 10)
						     : tw_simrand_between(rand, 50, TALL_MAX);
	int64_t below = tw_simrand_chance(rand, 0.5) ? 0 : tw_simrand_between(rand, 1, 5);
	uint32_t side = part(world, node, false, for_us);
	int32_t tip = world->nodes[node].tip;

	if (side == 0)
		return;
	tip = tw_simblocks_at(
		&world->blocks, tip, tw_simblocks_get(&world->blocks, tip)->height - below);
	for (int64_t i = 0; i < count + below; i++)
		tip = tw_simworld_find(world, side, tip, TW_SIMBLOCK_WORK);
	world->sides[side].tip = tip;
	tw_simworld_set_tip(world, node, tip);
	tw_simworld_tell(world, node, "shows %lld blocks of its own from %lld below for %lld s",
		(long long)(count + below), (long long)below, (long long)(for_us / TW_SEC));
}

static void flap(struct tw_simworld *world, int32_t node, int32_t more)
{
	struct tw_simrand *rand = &world->nodes[node].rand;

	afflict(world, node, TW_SIMILL_DOWN, "flaps: down", 3, 20);
	if (more > 0)
		tw_simworld_schedule(world, world->now_us + seconds(rand, 30, 90),
			TW_SIMHAPPENING_FLAP, node, more - 1);
}

static enum tw_simfault draw_fault(struct tw_simworld *world, struct tw_simrand *rand)
{
	const uint32_t *weights = world->params.history->weights;
	int64_t sum = 0, at;

	for (int i = 0; i < TW_SIMFAULTS; i++)
		sum += weights[i];
	at = tw_simrand_between(rand, 1, sum);
	for (int i = 0; i < TW_SIMFAULTS; i++) {
		at -= weights[i];
		if (at <= 0)
			return (enum tw_simfault)i;
	}
	return TW_SIMFAULT_CRASH;
}

static void befall(struct tw_simworld *world, int32_t node)
{
	switch (draw_fault(world, &world->nodes[node].rand)) {
	case TW_SIMFAULT_CRASH:
		afflict(world, node, TW_SIMILL_DOWN, "crashes", 10, 600);
		break;
	case TW_SIMFAULT_HANG:
		afflict(world, node, TW_SIMILL_HUNG, "hangs", 20, 900);
		break;
	case TW_SIMFAULT_FLAP:
		flap(world, node, FLAPS);
		break;
	case TW_SIMFAULT_SLOW:
		afflict(world, node, TW_SIMILL_SLOW, "answers slowly", 60, 600);
		break;
	case TW_SIMFAULT_LATE:
		afflict(world, node, TW_SIMILL_LATE, "gets blocks late", 300, 1200);
		break;
	case TW_SIMFAULT_CUT:
		afflict(world, node, TW_SIMILL_CUT, "loses its peers", 60, 900);
		break;
	case TW_SIMFAULT_GARBAGE:
		afflict(world, node, TW_SIMILL_GARBAGE, "answers nonsense", 30, 600);
		break;
	case TW_SIMFAULT_NO_TEMPLATE:
		afflict(world, node, TW_SIMILL_NO_TEMPLATE, "refuses templates", 10, 600);
		break;
	case TW_SIMFAULT_STALE_TEMPLATE:
		world->nodes[node].job = world->nodes[node].tip;
		afflict(world, node, TW_SIMILL_STALE_TEMPLATE, "serves old templates", 10, 90);
		break;
	case TW_SIMFAULT_ALONE:
		go_alone(world, node);
		break;
	case TW_SIMFAULT_TALL:
		grow_tall(world, node);
		break;
	case TW_SIMFAULT_LIE:
		afflict(world, node, TW_SIMILL_LYING, "claims a made-up height", 3600, 7200);
		break;
	}
}

/* --- many daemons --- */

/* Draws some of the daemons: a random order of all. */
static void shuffle(struct tw_simworld *world, int32_t order[TW_SIMWORLD_NODES_MAX])
{
	int32_t n = (int32_t)world->params.n_nodes;

	for (int32_t i = 0; i < n; i++) {
		int32_t k = (int32_t)tw_simrand_between(&world->fate, 0, i);

		order[i] = order[k];
		order[k] = i;
	}
}

/* A bad transaction: all but none to two reject the next block, until each is repaired. */
static void fall_night(struct tw_simworld *world)
{
	int32_t order[TW_SIMWORLD_NODES_MAX], n = (int32_t)world->params.n_nodes;
	int32_t fresh = (int32_t)tw_simrand_between(&world->fate, 0, 4) / 2;

	shuffle(world, order);
	for (int32_t i = fresh; i < n; i++) {
		bool is_long = tw_simrand_chance(&world->fate, 0.2);
		int64_t for_us = is_long ? seconds(&world->fate, 900, 3600)
					 : seconds(&world->fate, 300, 900);

		tw_simworld_tell(world, order[i], "is stuck with others for %lld s",
			(long long)(for_us / TW_SEC));
		tw_simworld_afflict(world, order[i], TW_SIMILL_STUCK, for_us);
	}
}

static void split_off(struct tw_simworld *world)
{
	int32_t order[TW_SIMWORLD_NODES_MAX], n = (int32_t)world->params.n_nodes;
	int32_t most = world->params.history->has_majority_forks ? n - 1 : (n - 1) / 2;
	double share = 0.02 + 0.38 * tw_simrand_fraction(&world->fate);
	int64_t for_us = seconds(&world->fate, 600, 7200);
	int32_t count;
	uint32_t side;

	shuffle(world, order);
	/* Those who have left before count. */
	for (int32_t i = 0; i < n; i++)
		most -= world->nodes[i].side != 0;
	if (most <= 0)
		return;
	count = (int32_t)tw_simrand_between(&world->fate, 1, most);
	side = tw_simworld_leave(world, share, false);
	if (side == 0)
		return;
	for (int32_t i = 0; i < count; i++) {
		if (world->nodes[order[i]].side != 0)
			continue;
		world->nodes[order[i]].side = side;
		tw_simworld_tell(world, order[i], "forks off with %d %% of the hashrate for %lld s",
			(int)(100 * share), (long long)(for_us / TW_SEC));
	}
	tw_simworld_schedule(
		world, world->now_us + for_us, TW_SIMHAPPENING_RETURN, (int32_t)side, 0);
}

/*
 * The network leaves its newest blocks for others with more work: more of them, or fewer and
 * heavier ones. The daemons follow one by one.
 */
static void reorganise(struct tw_simworld *world)
{
	int32_t old = world->sides[0].tip, tip;
	int64_t depth = tw_simrand_between(&world->fate, 2, REORG_DEPTH_MAX);
	bool is_heavy = tw_simrand_chance(&world->fate, 0.25);
	int64_t count = is_heavy ? depth - 1 : depth + 1;
	int64_t spread_us = seconds(&world->fate, 1, 30);
	int64_t work = (depth * TW_SIMBLOCK_WORK + TW_SIMBLOCK_WORK / 2) / count + 1;

	tip = tw_simblocks_at(
		&world->blocks, old, tw_simblocks_get(&world->blocks, old)->height - depth);
	for (int64_t i = 0; i < count; i++)
		tip = tw_simworld_find(world, 0, tip, is_heavy ? work : TW_SIMBLOCK_WORK);
	tw_simworld_adopt(world, tip);
	tw_simworld_tell(world, TW_NODE_NONE,
		"the network leaves %lld blocks for %lld others, within %lld s", (long long)depth,
		(long long)count, (long long)(spread_us / TW_SEC));
	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		if (world->nodes[i].side == 0)
			tw_simworld_arrive(world, i, tip,
				world->nodes[i].delay_us +
					tw_simrand_between(&world->nodes[i].rand, 0, spread_us));
	}
}

static void end_side(struct tw_simworld *world, uint32_t side)
{
	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		if (world->nodes[i].side != side)
			continue;
		world->nodes[i].side = 0;
		tw_simworld_tell(world, i, "is brought back to the network");
		tw_simworld_sync(world, i);
	}
	world->sides[side].is_used = false;
}

void tw_simfault_happen(struct tw_simworld *world, const struct tw_simevent *event)
{
	const struct tw_simhistory *history = world->params.history;
	enum tw_simhappening kind = (enum tw_simhappening)event->kind;
	struct tw_simrand *fate = &world->fate;

	switch (kind) {
	case TW_SIMHAPPENING_STUCK:
		afflict(world, event->a, TW_SIMILL_STUCK, "is out of sync", 300, 900);
		again(world, &world->nodes[event->a].rand, history->stuck_every_us, kind, event->a);
		break;
	case TW_SIMHAPPENING_FAULT:
		befall(world, event->a);
		again(world, &world->nodes[event->a].rand, history->fault_every_us, kind, event->a);
		break;
	case TW_SIMHAPPENING_FLAP:
		flap(world, event->a, event->b);
		break;
	case TW_SIMHAPPENING_NIGHT:
		fall_night(world);
		again(world, fate, history->night_every_us, kind, 0);
		break;
	case TW_SIMHAPPENING_FORK:
		split_off(world);
		again(world, fate, history->fork_every_us, kind, 0);
		break;
	case TW_SIMHAPPENING_REORG:
		reorganise(world);
		again(world, fate, history->reorg_every_us, kind, 0);
		break;
	case TW_SIMHAPPENING_RETURN:
		end_side(world, (uint32_t)event->a);
		break;
	case TW_SIMHAPPENING_BLOCK:
	case TW_SIMHAPPENING_POOL_BLOCK:
	case TW_SIMHAPPENING_ARRIVAL:
	case TW_SIMHAPPENING_RECOVER:
	case TW_SIMHAPPENING_SYNC:
		break;
	}
}
