/* Nodes that lie on purpose: what each strategy shows, and what the score says of them. */
#include "core/policy.h"
#include "fixture/compare.h"
#include "sim/world/drive.h"
#include "sim/world/liar.h"
#include "sim/world/run.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on

enum { HONEST = 0, LIAR = 2 };

static struct tw_sim_world *make_world(const char *name)
{
	struct tw_sim_world_params params = {
		.seed = 3,
		.n_nodes = 3,
		.block_target_us = 30 * TW_SEC,
		.history = tw_sim_history_find("calm"),
		.liar = tw_sim_liar_find(name),
		.n_liars = 1,
	};
	struct tw_sim_world *world;

	assert_non_null(params.liar);
	assert_int_equal(tw_sim_run_create(&params, &world), 0);
	assert_int_equal(tw_sim_run_advance(world, TW_HOUR), 0);
	return world;
}

static struct tw_point truth(const struct tw_sim_world *world)
{
	const struct tw_sim_block *block = tw_sim_world_block(world, world->sides[0].tip);

	return (struct tw_point){ block->height, block->hash };
}

/* How far the block that the liar shows is above the true tip, and whether it is a true one. */
static int64_t lead(const struct tw_sim_world *world, bool *ret_is_true)
{
	int32_t shown = world->nodes[LIAR].tip;
	int64_t height = tw_sim_world_block(world, shown)->height;

	*ret_is_true = tw_sim_blocks_at(&world->blocks, world->sides[0].tip, height) == shown;
	return height - truth(world).height;
}

static const struct {
	const char *name;
	int64_t lead_unused; /* while the pool uses an honest daemon, and T is true */
	int64_t lead_used;   /* while it uses the liar */
	bool is_true_unused;
	bool is_true_used;
} strategies[] = {
	{ "plus-1", 1, 1, false, false },
	{ "plus-2", 2, 2, false, false },
	{ "plus-3", 3, 3, false, false },
	{ "turncoat", 0, 1, true, false },
	{ "after-tip", 1, 1, false, false },
	{ "with-worst", -9, 1, true, false },
	{ "creep", 2, 2, false, false },
	{ "flip", 1, 0, false, true },
	{ "sibling", 0, 0, false, false },
	{ "behind", -3, -3, true, true },
	{ "own-fork", 0, 0, false, false },
	{ "tall", 200, 200, false, false },
	{ "withheld", 0, 0, true, true },
	{ "trouble", 0, 0, true, true },
	{ "refuse", 2, 2, false, false },
	{ "in-turn", 1, 1, false, false },
};

static void test_each_shows_what_it_says(void **state)
{
	(void)state;
	assert_null(tw_sim_liar_get(TW_ARRAY_SIZE(strategies)));
	for (size_t i = 0; i < TW_ARRAY_SIZE(strategies); i++) {
		struct tw_sim_world *world = make_world(strategies[i].name);
		struct tw_point tip = truth(world);
		bool is_true;

		/* The worst honest daemon is nine blocks behind, the other has the newest block. */
		world->nodes[0].tip = world->sides[0].tip;
		world->nodes[1].tip =
			tw_sim_blocks_at(&world->blocks, world->sides[0].tip, tip.height - 9);
		tw_sim_liar_act(world, HONEST, &tip, LIAR);
		assert_int_equal(lead(world, &is_true), strategies[i].lead_unused);
		assert_int_equal(is_true, strategies[i].is_true_unused);
		tw_sim_liar_act(world, LIAR, &tip, LIAR);
		assert_int_equal(lead(world, &is_true), strategies[i].lead_used);
		assert_int_equal(is_true, strategies[i].is_true_used);
		tw_sim_run_destroy(world);
	}
}

/* They adapt: a creeping leader goes on from its own block once T is there. */
static void test_creep_goes_on_from_a_lie(void **state)
{
	struct tw_sim_world *world = make_world("creep");
	struct tw_point tip = truth(world);
	bool is_true;

	(void)state;
	for (int64_t up = 2; up <= 8; up += 2) {
		assert_true(tw_sim_liar_act(world, HONEST, &tip, TW_NODE_NONE));
		assert_int_equal(lead(world, &is_true), up);
		assert_false(is_true);
		tip.height = tw_sim_world_block(world, world->nodes[LIAR].tip)->height;
		tip.hash = tw_sim_world_block(world, world->nodes[LIAR].tip)->hash;
	}
	tw_sim_run_destroy(world);
}

/* Two of five that show the same block of their own; tipwatch is told to use one of them. */
static void test_score_of_the_attack(void **state)
{
	struct tw_node_policy nodes[] = { { .name = "a" }, { .name = "b" }, { .name = "c" },
		{ .name = "d" }, { .name = "e", .is_primary = true } };
	struct tw_sim_drive_params params = {
		.world = { .seed = 4,
			.n_nodes = 5,
			.block_target_us = 30 * TW_SEC,
			.history = tw_sim_history_find("calm"),
			.liar = tw_sim_liar_find("plus-1"),
			.n_liars = 2 },
		.config = { .n_nodes = 5, .nodes = nodes },
		.rule = &tw_sim_rule_tipwatch,
		.duration_us = TW_MIN,
	};
	struct tw_sim_score score;

	(void)state;
	tw_policy_init(&params.config.policy);
	assert_int_equal(tw_sim_drive_run(&params, &score), 0);
	assert_that(score.attacked_us, >, 30 * TW_SEC);
	assert_that(score.wrong_tip_us, >, 15 * TW_SEC);
	assert_that(score.span_us[TW_SIM_STANDING_FORK], >=, score.attacked_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_shows_what_it_says),
		cmocka_unit_test(test_creep_goes_on_from_a_lie),
		cmocka_unit_test(test_score_of_the_attack),
	};

	return cmocka_run_group_tests_name("liar", tests, NULL, NULL);
}
