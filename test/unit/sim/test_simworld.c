/*
 * The simulated world for measuring decisions: its events, its blocks, its truth, and that the
 * same parameters give the same world.
 */
#include "core/policy.h"
#include "fixture/compare.h"
#include "sim/world/drive.h"
#include "sim/world/network.h"
#include "sim/world/run.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static struct tw_sim_world *make_world(const char *history, uint32_t n, uint64_t seed)
{
	struct tw_sim_world_params params = {
		.seed = seed,
		.n_nodes = n,
		.block_target_us = 30 * TW_SEC,
		.pool_share = 0.05,
		.history = tw_sim_history_find(history),
	};
	struct tw_sim_world *world;

	assert_non_null(params.history);
	assert_int_equal(tw_sim_run_create(&params, &world), 0);
	return world;
}

static enum tw_sim_standing standing(const struct tw_sim_world *world, int32_t node)
{
	int64_t until_us;

	return tw_sim_truth_standing(world, node, &until_us);
}

static void test_events_come_in_order(void **state)
{
	struct tw_sim_queue queue = { 0 };
	struct tw_sim_rand rand = tw_sim_rand_of(1, 0);
	struct tw_sim_event event, last = { .t_us = -1 };

	(void)state;
	for (int32_t i = 0; i < 1000; i++)
		assert_int_equal(
			tw_sim_queue_add(&queue, tw_sim_rand_between(&rand, 0, 99), 0, i, 0), 0);
	while (tw_sim_queue_take(&queue, &event)) {
		assert_true(
			event.t_us > last.t_us || (event.t_us == last.t_us && event.a > last.a));
		last = event;
	}
	assert_int_equal(tw_sim_queue_next_us(&queue), TW_NEVER);
	tw_sim_queue_finish(&queue);
}

static void test_blocks_have_ancestors(void **state)
{
	struct tw_sim_blocks blocks;
	int32_t left = 0, right, old;

	(void)state;
	assert_int_equal(tw_sim_blocks_init(&blocks, 7, 10), 0);
	for (int i = 0; i < 9; i++)
		left = tw_sim_blocks_add(&blocks, left, 100, 0, 0, (uint32_t)i);
	old = tw_sim_blocks_at(&blocks, left, 15);
	right = tw_sim_blocks_add(&blocks, old, 100, 0, 1, 0);
	assert_int_equal(tw_sim_blocks_get(&blocks, right)->height, 16);
	assert_int_equal(tw_sim_blocks_at(&blocks, right, 12), tw_sim_blocks_at(&blocks, left, 12));
	assert_int_not_equal(
		tw_sim_blocks_at(&blocks, right, 16), tw_sim_blocks_at(&blocks, left, 16));
	assert_int_equal(tw_sim_blocks_at(&blocks, left, 20), -1);
	assert_int_equal(tw_sim_blocks_at(&blocks, left, 9), -1);
	tw_sim_blocks_finish(&blocks);
}

/* Whatever the pool does: the same blocks, the same faults. */
static void test_history_is_the_same_for_all(void **state)
{
	struct tw_sim_world *a = make_world("mixed", 5, 3), *b = make_world("mixed", 5, 3);

	(void)state;
	for (int64_t t = 0; t < TW_DAY; t += TW_MIN) {
		a->pool = (int32_t)(t / TW_MIN % 5);
		assert_int_equal(tw_sim_run_advance(a, t), 0);
		assert_int_equal(tw_sim_run_advance(b, t), 0);
		assert_memory_equal(&tw_sim_blocks_get(&a->blocks, a->sides[0].tip)->hash,
			&tw_sim_blocks_get(&b->blocks, b->sides[0].tip)->hash, TW_HASH_BYTES);
		for (int i = 0; i < 5; i++) {
			for (int ill = 0; ill < TW_SIM_ILLS; ill++) {
				if (ill != TW_SIM_ILL_ADDING && ill != TW_SIM_ILL_UNSYNCED)
					assert_int_equal(a->nodes[i].until_us[ill],
						b->nodes[i].until_us[ill]);
			}
		}
	}
	assert_that(a->n_main, >, 2000);
	tw_sim_run_destroy(a);
	tw_sim_run_destroy(b);
}

static void test_standing_follows_what_befalls(void **state)
{
	struct tw_sim_world *world = make_world("calm", 3, 5);
	int64_t height, until_us = TW_HOUR;

	(void)state;
	assert_int_equal(tw_sim_run_advance(world, TW_HOUR), 0);
	/* Until all have the newest block. */
	while (standing(world, 0) != TW_SIM_STANDING_GOOD ||
		standing(world, 1) != TW_SIM_STANDING_GOOD)
		assert_int_equal(tw_sim_run_advance(world, until_us += TW_SEC), 0);
	tw_sim_world_afflict(world, 0, TW_SIM_ILL_STUCK, 10 * TW_MIN);
	tw_sim_world_afflict(world, 1, TW_SIM_ILL_DOWN, TW_MIN);
	assert_int_equal(standing(world, 1), TW_SIM_STANDING_NONE);
	height = tw_sim_blocks_get(&world->blocks, world->nodes[0].tip)->height;
	assert_int_equal(tw_sim_run_advance(world, until_us += 5 * TW_MIN), 0);
	assert_int_equal(standing(world, 0), TW_SIM_STANDING_STALE);
	assert_int_equal(tw_sim_blocks_get(&world->blocks, world->nodes[0].tip)->height, height);
	assert_int_equal(tw_sim_run_advance(world, until_us += 6 * TW_MIN), 0);
	assert_that(tw_sim_blocks_get(&world->blocks, world->nodes[0].tip)->height, >, height + 3);
	tw_sim_run_destroy(world);
}

/* The blocks that a reorganisation left are wrong after the allowance. */
static void test_left_blocks_are_wrong(void **state)
{
	struct tw_sim_world *world = make_world("calm", 1, 9);
	int32_t tip = world->sides[0].tip, other;

	(void)state;
	other = tw_sim_blocks_at(
		&world->blocks, tip, tw_sim_blocks_get(&world->blocks, tip)->height - 3);
	for (int i = 0; i < 4; i++)
		other = tw_sim_world_find(world, 0, other, TW_SIM_BLOCK_WORK);
	tw_sim_truth_adopt(world, other);
	assert_int_equal(standing(world, 0), TW_SIM_STANDING_GOOD);
	world->now_us += TW_SIM_ALLOWANCE_US;
	assert_int_equal(standing(world, 0), TW_SIM_STANDING_FORK);
	tw_sim_network_set_tip(world, 0, other);
	world->now_us += TW_MIN; /* past what a new tip may do to its templates */
	assert_int_equal(standing(world, 0), TW_SIM_STANDING_GOOD);
	tw_sim_run_destroy(world);
}

static void run(const char *history, uint64_t seed, struct tw_sim_score *score)
{
	struct tw_node_policy nodes[3] = { { .name = "a", .is_primary = true }, { .name = "b" },
		{ .name = "c" } };
	struct tw_sim_drive_params params = {
		.world = { .seed = seed,
			.n_nodes = 3,
			.block_target_us = 30 * TW_SEC,
			.pool_share = 0.05,
			.history = tw_sim_history_find(history) },
		.config = { .n_nodes = 3, .nodes = nodes },
		.rule = &tw_sim_rule_tipwatch,
		.duration_us = 2 * TW_HOUR,
	};

	tw_policy_init(&params.config.policy);
	params.config.policy.has_template = true;
	assert_int_equal(tw_sim_drive_run(&params, score), 0);
}

static void test_score_is_the_same_again(void **state)
{
	struct tw_sim_score a, b, c;
	int64_t all_us = 0;

	(void)state;
	run("mixed", 4, &a);
	run("mixed", 4, &b);
	run("mixed", 5, &c);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &c, sizeof(a));
	for (int i = 0; i <= TW_SIM_STANDING_NONE; i++)
		all_us += a.span_us[i];
	assert_int_equal(all_us, 2 * TW_HOUR);
	/* The chosen one is looked at five times as often; each block, and what is late, adds a
	 * few. */
	assert_in_range(a.checks, (5 + 2) * 7000, (5 + 2) * 7500);
}

static void test_calm_is_nearly_perfect(void **state)
{
	struct tw_sim_score score;

	(void)state;
	run("calm", 4, &score);
	assert_that(score.span_us[TW_SIM_STANDING_GOOD], >, 2 * TW_HOUR - 2 * TW_MIN);
	assert_int_equal(score.late_us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_come_in_order),
		cmocka_unit_test(test_blocks_have_ancestors),
		cmocka_unit_test(test_history_is_the_same_for_all),
		cmocka_unit_test(test_standing_follows_what_befalls),
		cmocka_unit_test(test_left_blocks_are_wrong),
		cmocka_unit_test(test_score_is_the_same_again),
		cmocka_unit_test(test_calm_is_nearly_perfect),
	};

	return cmocka_run_group_tests_name("simworld", tests, NULL, NULL);
}
