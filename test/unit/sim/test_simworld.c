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

/* The block so many below the newest one. */
static int32_t below(const struct tw_sim_world *world, int64_t n)
{
	int32_t tip = world->sides[0].tip;

	return tw_sim_blocks_at(
		&world->blocks, tip, tw_sim_blocks_get(&world->blocks, tip)->height - n);
}

static void test_standing_of_the_ill(void **state)
{
	static const struct {
		int ill;
		enum tw_sim_standing standing;
	} cases[] = {
		{ TW_SIM_ILL_DOWN, TW_SIM_STANDING_NONE },
		{ TW_SIM_ILL_HUNG, TW_SIM_STANDING_NONE },
		{ TW_SIM_ILL_GARBAGE, TW_SIM_STANDING_NONE },
		{ TW_SIM_ILL_NO_TEMPLATE, TW_SIM_STANDING_NONE },
		/* Its templates are old, as its job is. */
		{ TW_SIM_ILL_STALE_TEMPLATE, TW_SIM_STANDING_STALE },
		{ TW_SIM_ILL_UNSYNCED, TW_SIM_STANDING_STALE },
		{ TW_SIM_ILL_STUCK, TW_SIM_STANDING_GOOD },
		{ TW_SIM_ILL_CUT, TW_SIM_STANDING_GOOD },
		{ TW_SIM_ILL_LYING, TW_SIM_STANDING_GOOD },
	};
	struct tw_sim_world *world = make_world("calm", 1, 9);

	(void)state;
	world->nodes[0].job = below(world, 3);
	world->now_us += TW_MIN;
	assert_int_equal(standing(world, 0), TW_SIM_STANDING_GOOD);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		world->nodes[0].until_us[cases[i].ill] = world->now_us + TW_MIN;
		assert_int_equal(standing(world, 0), cases[i].standing);
		world->nodes[0].until_us[cases[i].ill] = 0;
	}
	tw_sim_run_destroy(world);
}

/* Whoever answers, has peers and has other blocks above the fork contradicts it. */
static void test_contradicted(void **state)
{
	static const int silent[] = { TW_SIM_ILL_DOWN, TW_SIM_ILL_HUNG, TW_SIM_ILL_GARBAGE,
		TW_SIM_ILL_CUT };
	struct tw_sim_world *world = make_world("calm", 5, 9);
	int32_t fork = below(world, 3), tip = world->sides[0].tip, other;

	(void)state;
	assert_int_equal(tw_sim_truth_contradicted(world, 0), 0);
	other = tw_sim_world_find(world, 0, fork, TW_SIM_BLOCK_WORK);
	world->nodes[0].tip = other;
	assert_int_equal(tw_sim_truth_contradicted(world, 0), 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(silent); i++) {
		world->nodes[4].until_us[silent[i]] = world->now_us + TW_MIN;
		assert_int_equal(tw_sim_truth_contradicted(world, 0), 3);
		world->nodes[4].until_us[silent[i]] = 0;
	}
	world->nodes[4].until_us[TW_SIM_ILL_STUCK] = world->now_us + TW_MIN;
	assert_int_equal(tw_sim_truth_contradicted(world, 0), 4);
	/* One that is on the same side, and those that have no block above the fork, and one. */
	world->nodes[1].tip = other;
	assert_int_equal(tw_sim_truth_contradicted(world, 0), 3);
	world->nodes[1].tip = fork;
	assert_int_equal(tw_sim_truth_contradicted(world, 0), 3);
	world->nodes[1].tip = tw_sim_blocks_at(
		&world->blocks, tip, tw_sim_blocks_get(&world->blocks, fork)->height + 1);
	assert_int_equal(tw_sim_truth_contradicted(world, 0), 4);
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

static void run_rule(const struct tw_sim_rule_ops *rule, const char *history, uint64_t seed,
	int64_t duration_us, struct tw_sim_score *score)
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
		.rule = rule,
		.duration_us = duration_us,
	};

	tw_policy_init(&params.config.policy);
	params.config.policy.has_template = true;
	assert_int_equal(tw_sim_drive_run(&params, score), 0);
}

static void run(const char *history, uint64_t seed, struct tw_sim_score *score)
{
	run_rule(&tw_sim_rule_tipwatch, history, seed, 2 * TW_HOUR, score);
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

/* --- a rule that does as it is told --- */

struct turn {
	int64_t at_us;
	int32_t choice;
	bool is_usable;
};

static struct {
	const struct turn *turns; /* the last one never comes */
	uint32_t done;
} script;

static int create_script(
	const struct tw_core_config *config, const struct tw_sim_world *world, void **ret_rule)
{
	(void)config;
	(void)world;
	script.done = 0;
	*ret_rule = &script;
	return 0;
}

static void destroy_script(void *rule)
{
	(void)rule;
}

static void step_script(void *rule, int64_t now)
{
	(void)rule;
	script.done += script.turns[script.done].at_us <= now;
}

static bool next_of_script(void *rule, struct tw_action *ret_action)
{
	(void)rule;
	(void)ret_action;
	return false;
}

static int64_t deadline_of_script(const void *rule)
{
	(void)rule;
	return script.turns[script.done].at_us;
}

static int32_t choice_of_script(const void *rule)
{
	(void)rule;
	return script.done == 0 ? TW_NODE_NONE : script.turns[script.done - 1].choice;
}

static bool is_script_usable(const void *rule)
{
	(void)rule;
	return script.done > 0 && script.turns[script.done - 1].is_usable;
}

/* What a rule gets for switches, when all daemons are good. */
static void test_score_of_switches(void **state)
{
	static const struct tw_sim_rule_ops rule = {
		.name = "script",
		.create = create_script,
		.destroy = destroy_script,
		.step = step_script,
		.next_action = next_of_script,
		.deadline = deadline_of_script,
		.choice = choice_of_script,
		.is_usable = is_script_usable,
	};
	static const struct turn turns[] = {
		{ 0, 0, true },
		{ 60 * TW_SEC, 1, true },
		{ 119 * TW_SEC, 0, true },             /* a minute has not gone by: a flap */
		{ 179 * TW_SEC, 1, true },             /* it has */
		{ 184 * TW_SEC, 2, true },             /* what was left before is forgotten */
		{ 300 * TW_SEC, 2, false },            /* the pool does not mine */
		{ 340 * TW_SEC, TW_NODE_NONE, false }, /* a switch too */
		{ 360 * TW_SEC, 0, true },
		{ TW_NEVER, TW_NODE_NONE, false },
	};
	struct tw_sim_score score;

	(void)state;
	script.turns = turns;
	run_rule(&rule, "calm", 4, 400 * TW_SEC, &score);
	assert_int_equal(score.switches, 5);
	assert_int_equal(score.flaps, 1);
	assert_int_equal(score.needless, 4);
	assert_int_equal(score.checks, 0);
	assert_int_equal(score.alarms, 0);
	assert_int_equal(score.idle_us, 60 * TW_SEC);
	assert_int_equal(score.denied_us, 60 * TW_SEC);
	assert_int_equal(score.span_us[TW_SIM_STANDING_NONE], 60 * TW_SEC);
	/* A new block is late at some of them for a moment. */
	assert_in_range(score.span_us[TW_SIM_STANDING_GOOD], 338 * TW_SEC, 340 * TW_SEC);
	assert_int_equal(score.late_us, 0);
	assert_int_equal(score.attacked_us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_come_in_order),
		cmocka_unit_test(test_blocks_have_ancestors),
		cmocka_unit_test(test_history_is_the_same_for_all),
		cmocka_unit_test(test_standing_follows_what_befalls),
		cmocka_unit_test(test_standing_of_the_ill),
		cmocka_unit_test(test_contradicted),
		cmocka_unit_test(test_left_blocks_are_wrong),
		cmocka_unit_test(test_score_is_the_same_again),
		cmocka_unit_test(test_calm_is_nearly_perfect),
		cmocka_unit_test(test_score_of_switches),
	};

	return cmocka_run_group_tests_name("simworld", tests, NULL, NULL);
}
