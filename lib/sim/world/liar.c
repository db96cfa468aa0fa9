/* See liar.h. */
#include "sim/world/liar.h"
#include "base/num.h"
#include "sim/world/network.h"
#include <string.h>

/* A chain that liars go on with for a long time is left for a new one after this time. */
#define CHAIN_US TW_HOUR

enum { CREEP = 2, BEHIND = 3, FORK_DEPTH = 2, TALL = 200, TROUBLE_S = 3 };

/* --- what they make up --- */

static int64_t height_of(const struct tw_sim_world *world, int32_t block)
{
	return tw_sim_world_block(world, block)->height;
}

static int32_t truth(const struct tw_sim_world *world)
{
	return world->sides[0].tip;
}

static int32_t below_truth(const struct tw_sim_world *world, int64_t n)
{
	return tw_sim_blocks_at(&world->blocks, truth(world), height_of(world, truth(world)) - n);
}

/* The made-up block at height on the chain that leaves the true one above base. */
static int32_t invent(struct tw_sim_world *world, int32_t base, int64_t height)
{
	struct tw_sim_lies *lies = &world->lies;

	if (lies->base != base) {
		lies->base = lies->top = base;
		lies->begun_us = world->now_us;
	}
	while (height_of(world, lies->top) < height && world->error == 0)
		lies->top = tw_sim_world_find(world, lies->side, lies->top, TW_SIM_BLOCK_WORK);
	return tw_sim_blocks_at(&world->blocks, lies->top, height);
}

static int32_t above_truth(struct tw_sim_world *world, int64_t n)
{
	return invent(world, truth(world), height_of(world, truth(world)) + n);
}

/* Where a chain that is gone on with for CHAIN_US leaves the true one: depth below its tip. */
static int32_t long_base(struct tw_sim_world *world, int64_t depth)
{
	struct tw_sim_lies *lies = &world->lies;

	return lies->begun_us != TW_UNKNOWN && world->now_us - lies->begun_us < CHAIN_US
		       ? lies->base
		       : below_truth(world, depth);
}

/* The highest or the lowest of the tips that the others show. */
static int32_t tip_of_others(const struct tw_sim_world *world, bool is_highest)
{
	int32_t found = world->nodes[0].tip;

	for (int32_t i = 1; !tw_sim_world_is_liar(world, i); i++) {
		int32_t tip = world->nodes[i].tip;

		if ((height_of(world, tip) > height_of(world, found)) == is_highest)
			found = tip;
	}
	return found;
}

/* --- the strategies --- */

static int32_t show_plus_1(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	(void)view;
	return above_truth(world, 1);
}

static int32_t show_plus_2(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	(void)view;
	return above_truth(world, 2);
}

static int32_t show_plus_3(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	(void)view;
	return above_truth(world, 3);
}

static int32_t show_turncoat(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	return view->is_used ? above_truth(world, 1) : truth(world);
}

static int32_t show_after_tip(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	return view->has_truth || view->has_lie ? above_truth(world, 1) : truth(world);
}

static int32_t show_with_worst(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	return view->is_used ? above_truth(world, 1) : tip_of_others(world, false);
}

static int32_t show_creep(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	if (view->has_lie)
		return invent(world, world->lies.base, view->tip + CREEP);
	return above_truth(world, CREEP);
}

static int32_t show_flip(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	world->lies.checks[view->node] += view->is_checked;
	return world->lies.checks[view->node] % 2 == 1 ? above_truth(world, 1) : truth(world);
}

static int32_t show_sibling(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	(void)view;
	return invent(world, below_truth(world, 1), height_of(world, truth(world)));
}

static int32_t show_behind(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	(void)view;
	return below_truth(world, BEHIND);
}

static int32_t show_own_fork(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	int32_t base = long_base(world, FORK_DEPTH);
	int64_t passed_us = base == world->lies.base ? world->now_us - world->lies.begun_us : 0;

	(void)view;
	return invent(world, base,
		height_of(world, base) + FORK_DEPTH + passed_us / world->params.block_target_us);
}

static int32_t show_tall(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	int32_t base = long_base(world, 0);

	(void)view;
	return invent(world, base, height_of(world, base) + TALL);
}

static int32_t show_withheld(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	(void)view;
	return tip_of_others(world, true);
}

/* The truth, but each 5 to 15 seconds it has no peers, does not answer or gives bad templates. */
static int32_t show_trouble(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	static const enum tw_sim_ill ills[] = { TW_SIM_ILL_CUT, TW_SIM_ILL_HUNG,
		TW_SIM_ILL_NO_TEMPLATE, TW_SIM_ILL_STALE_TEMPLATE };
	struct tw_sim_rand *rand = &world->nodes[view->node].rand;
	int64_t *next_us = &world->lies.trouble_us[view->node];

	if (world->now_us >= *next_us) {
		int64_t ill = tw_sim_rand_between(rand, 0, TW_ARRAY_SIZE(ills) - 1);

		tw_sim_world_afflict(world, view->node, ills[ill], TROUBLE_S * TW_SEC);
		*next_us = world->now_us + tw_sim_rand_between(rand, 5, 15) * TW_SEC;
	}
	return truth(world);
}

/* What moves T, and cannot be mined on. */
static int32_t show_refuse(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	if (!tw_sim_world_has(world, view->node, TW_SIM_ILL_NO_TEMPLATE))
		tw_sim_world_afflict(world, view->node, TW_SIM_ILL_NO_TEMPLATE, TW_DAY);
	return above_truth(world, 2);
}

static int32_t show_in_turn(struct tw_sim_world *world, const struct tw_sim_liar_view *view)
{
	int64_t turn = world->now_us / world->params.block_target_us + view->node;

	return turn % 2 == 0 ? above_truth(world, 1) : truth(world);
}

static const struct tw_sim_liar liars[] = {
	{ "plus-1", "always one block more than there is", show_plus_1 },
	{ "plus-2", "always two", show_plus_2 },
	{ "plus-3", "always three", show_plus_3 },
	{ "turncoat", "honest until the pool uses it, then plus-1", show_turncoat },
	{ "after-tip", "plus-1 from when T is true", show_after_tip },
	{ "with-worst", "stands with the worst daemon, and plus-1 while it is used",
		show_with_worst },
	{ "creep", "always as far above T as max_lead allows", show_creep },
	{ "flip", "the truth and plus-1 in turn, with each check", show_flip },
	{ "sibling", "a block of its own beside the newest one", show_sibling },
	{ "behind", "three blocks behind", show_behind },
	{ "own-fork", "a fork two deep that gains one block each block target", show_own_fork },
	{ "tall", "200 blocks that nobody else has", show_tall },
	{ "withheld", "a block only when another shows it", show_withheld },
	{ "trouble", "no peers, no answer, bad templates, every few seconds", show_trouble },
	{ "refuse", "plus-2, and no templates", show_refuse },
	{ "in-turn", "plus-1 in every second block target, two of them in turn", show_in_turn },
};

const struct tw_sim_liar *tw_sim_liar_get(uint32_t i)
{
	return i < TW_ARRAY_SIZE(liars) ? &liars[i] : NULL;
}

const struct tw_sim_liar *tw_sim_liar_find(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(liars); i++) {
		if (strcmp(name, liars[i].name) == 0)
			return &liars[i];
	}
	return NULL;
}

/* Whether point is the block at its height on the chain that ends in block. */
static bool is_on(const struct tw_sim_world *world, const struct tw_point *point, int32_t block)
{
	int32_t at = tw_sim_blocks_at(&world->blocks, block, point->height);

	return at >= 0 && tw_hash_equal(&tw_sim_world_block(world, at)->hash, &point->hash);
}

bool tw_sim_liar_act(
	struct tw_sim_world *world, int32_t choice, const struct tw_point *tip, int32_t checked)
{
	bool is_changed = false;

	for (int32_t i = 0; i < (int32_t)world->params.n_nodes; i++) {
		struct tw_sim_daemon *node = &world->nodes[i];
		struct tw_sim_liar_view view = {
			.node = i,
			.is_checked = i == checked,
			.is_used = choice >= 0 && tw_sim_world_is_liar(world, choice),
			.has_truth = tip->height == height_of(world, truth(world)) &&
				     is_on(world, tip, truth(world)),
			.tip = tip->height,
		};
		int32_t shown;

		if (!tw_sim_world_is_liar(world, i))
			continue;
		view.has_lie = tip->height > height_of(world, world->lies.base) &&
			       is_on(world, tip, world->lies.top);
		shown = world->params.liar->show(world, &view);
		is_changed = is_changed || shown != node->tip;
		/* Not as a daemon does, that takes time to add a block. */
		node->tip = node->job = shown;
	}
	return is_changed;
}
