/* How long a node is waited for: by itself, and what a network makes of it. */
#include "core/node/pace.h"
#include "fakenet.h"
#include "fixture/compare.h"

struct walk {
	struct tw_pace pace;
	struct tw_policy policy;
	struct tw_node_policy node;
	int64_t now;
};

static void walk_init(struct walk *walk)
{
	*walk = (struct walk){ .now = 1000 * TW_SEC };
	tw_policy_init(&walk->policy);
	tw_pace_init(&walk->pace);
}

static void see(struct walk *walk, enum tw_result result, int64_t after_us, int64_t rtt_us)
{
	walk->now += after_us;
	tw_pace_observe(&walk->pace, &walk->policy, &walk->node, walk->now, result, rtt_us);
}

static void answer(struct walk *walk, int n, int64_t rtt_us)
{
	while (n-- > 0)
		see(walk, TW_RESULT_OK, TW_SEC, rtt_us);
}

static int64_t timeout_of(const struct walk *walk)
{
	return tw_pace_timeout(&walk->pace, &walk->policy, &walk->node);
}

static int64_t silent_after(const struct walk *walk)
{
	return tw_pace_silent_after(&walk->pace, &walk->policy, &walk->node);
}

static void test_learns(void **state)
{
	struct walk walk;

	(void)state;
	walk_init(&walk);
	assert_int_equal(timeout_of(&walk), 5 * TW_SEC);
	answer(&walk, 7, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 5 * TW_SEC);
	assert_int_equal(silent_after(&walk), 7 * TW_SEC);
	answer(&walk, 1, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	assert_int_equal(silent_after(&walk), 2250 * TW_MS);
	/* Its own settings go before. */
	walk.policy.min_timeout_us = 50 * TW_MS;
	assert_int_equal(timeout_of(&walk), 50 * TW_MS);
	walk.node.timeout_us = 50 * TW_MS;
	walk.policy.min_timeout_us = 2 * TW_SEC;
	assert_int_equal(timeout_of(&walk), 50 * TW_MS);
	walk.node.interval_us = 10 * TW_SEC;
	assert_int_equal(silent_after(&walk), 20 * TW_SEC + 50 * TW_MS);
}

/* Unsteady ones are given more; the odd one out fades within some block targets. */
static void test_spread(void **state)
{
	struct walk walk;
	int64_t then;

	(void)state;
	walk_init(&walk);
	for (int i = 0; i < 50; i++)
		answer(&walk, 1, i % 2 == 0 ? 100 * TW_MS : 400 * TW_MS);
	assert_in_range(timeout_of(&walk), 500 * TW_MS, 900 * TW_MS);
	walk_init(&walk);
	answer(&walk, 20, 5 * TW_MS);
	answer(&walk, 1, 1800 * TW_MS);
	assert_in_range(timeout_of(&walk), 3600 * TW_MS, 4 * TW_SEC);
	/* Still so at the next block, and the one after that. */
	answer(&walk, 60, 5 * TW_MS);
	assert_that(timeout_of(&walk), >, 2 * TW_SEC);
	then = timeout_of(&walk);
	answer(&walk, 10, 5 * TW_MS);
	assert_that(timeout_of(&walk), <, then);
	answer(&walk, 1200, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	/* A slow network has a longer memory. */
	tw_policy_set_block_target(&walk.policy, 120 * TW_SEC);
	answer(&walk, 1, 1800 * TW_MS);
	answer(&walk, 240, 5 * TW_MS);
	assert_that(timeout_of(&walk), >, 2 * TW_SEC);
}

/* Two stalls make one expect a third, for as long as the longest of them and a quarter more. */
static void test_stalls_again(void **state)
{
	struct walk walk;

	(void)state;
	walk_init(&walk);
	answer(&walk, 20, 5 * TW_MS);
	answer(&walk, 1, 2005 * TW_MS);
	answer(&walk, 899, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	answer(&walk, 1, 1005 * TW_MS);
	answer(&walk, 50, 5 * TW_MS);
	assert_in_range(timeout_of(&walk), 2500 * TW_MS, 2510 * TW_MS);
	/* The first one is too long ago. */
	answer(&walk, 15, 5 * TW_MS);
	assert_that(timeout_of(&walk), <, 2 * TW_SEC);
	answer(&walk, 800, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	/* Many short ones push no long one out. */
	answer(&walk, 1, 3005 * TW_MS);
	for (int i = 0; i < 20; i++) {
		answer(&walk, 40, 5 * TW_MS);
		answer(&walk, 1, 300 * TW_MS);
	}
	assert_in_range(timeout_of(&walk), 3750 * TW_MS, 3850 * TW_MS);
}

/* When a check is later than usual: RFC 6298, by the time that whole checks take. */
static void test_late_after(void **state)
{
	struct walk walk;

	(void)state;
	walk_init(&walk);
#define LATE() tw_pace_late_after(&walk.pace, &walk.policy, &walk.node)
	for (int i = 0; i < 8; i++) {
		assert_that(LATE(), ==, TW_NEVER); /* not known yet */
		answer(&walk, 1, 5 * TW_MS);
		tw_pace_note_check(&walk.pace, 5 * TW_MS);
	}
	assert_int_equal(LATE(), 100 * TW_MS);
	for (int i = 0; i < 100; i++)
		tw_pace_note_check(&walk.pace, i % 2 == 0 ? 110 * TW_MS : 130 * TW_MS);
	assert_in_range(LATE(), 155 * TW_MS, 165 * TW_MS);
	/* A slow template: longer than the timeout, so that nothing is done until that. */
	tw_pace_note_check(&walk.pace, 1500 * TW_MS);
	assert_that(LATE(), ==, TW_NEVER);
	for (int i = 0; i < 40; i++)
		tw_pace_note_check(&walk.pace, 120 * TW_MS);
	assert_in_range(LATE(), 100 * TW_MS, 200 * TW_MS);
#undef LATE
}

/* A stall that was cut short by time-outs is known for its whole length. */
static void test_stall_behind_timeouts(void **state)
{
	struct walk walk;

	(void)state;
	walk_init(&walk);
	answer(&walk, 20, 5 * TW_MS);
	see(&walk, TW_RESULT_TIMEOUT, 1250 * TW_MS, TW_UNKNOWN);
	see(&walk, TW_RESULT_OK, 200 * TW_MS, 200 * TW_MS);
	assert_in_range(timeout_of(&walk), 850 * TW_MS, 950 * TW_MS);
}

/* Who is down is waited for longer and longer, and that is not learned. */
static void test_outage(void **state)
{
	static const int64_t expected_ms[] = { 250, 500, 1000, 2000, 4000, 5000, 5000 };
	struct walk walk;

	(void)state;
	walk_init(&walk);
	answer(&walk, 20, 5 * TW_MS);
	see(&walk, TW_RESULT_TIMEOUT, 1250 * TW_MS, TW_UNKNOWN);
	for (size_t i = 0; i < TW_ARRAY_SIZE(expected_ms); i++) {
		assert_int_equal(timeout_of(&walk), expected_ms[i] * TW_MS);
		assert_int_equal(silent_after(&walk), 2250 * TW_MS);
		see(&walk, TW_RESULT_TIMEOUT, TW_SEC, TW_UNKNOWN);
	}
	answer(&walk, 1, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	assert_int_equal(silent_after(&walk), 2250 * TW_MS);
	/* Nor is a restart. */
	see(&walk, TW_RESULT_REFUSED, TW_SEC, TW_UNKNOWN);
	see(&walk, TW_RESULT_TIMEOUT, TW_SEC, TW_UNKNOWN);
	answer(&walk, 1, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	assert_int_equal(silent_after(&walk), 2250 * TW_MS);
}

/* One that answers at once, but whose checks take long (templates), still votes meanwhile. */
static void test_long_checks(void **state)
{
	struct walk walk;

	(void)state;
	walk_init(&walk);
	answer(&walk, 20, 5 * TW_MS);
	see(&walk, TW_RESULT_OK, 2800 * TW_MS, 5 * TW_MS);
	assert_int_equal(timeout_of(&walk), 250 * TW_MS);
	assert_int_equal(silent_after(&walk), 5600 * TW_MS);
	answer(&walk, 30, 5 * TW_MS);
	assert_that(silent_after(&walk), >, 4500 * TW_MS);
}

/* A recording without times: as configured. */
static void test_without_times(void **state)
{
	struct walk walk;

	(void)state;
	walk_init(&walk);
	answer(&walk, 100, TW_UNKNOWN);
	assert_int_equal(timeout_of(&walk), 5 * TW_SEC);
	assert_int_equal(silent_after(&walk), 7 * TW_SEC);
}

/* Never under min_timeout, never over timeout, whatever comes. */
static void test_bounds(void **state)
{
	struct walk walk;
	uint32_t seed = 20261124;

	(void)state;
	for (int round = 0; round < 200; round++) {
		walk_init(&walk);
		walk.policy.timeout_us = 5 * TW_MIN;
		tw_policy_set_block_target(&walk.policy, round % 2 ? TW_SEC : 24 * TW_HOUR);
		for (int i = 0; i < 100; i++) {
			uint32_t random = seed = seed * 1664525 + 1013904223;
			int64_t span_us = (int64_t)(random >> 8) << (random % 8 == 0 ? 10 : 2);

			see(&walk, random >> 30 == 0 ? TW_RESULT_TIMEOUT : TW_RESULT_OK, span_us,
				random % 3 == 0 ? span_us : span_us / 1000);
			assert_in_range(timeout_of(&walk), walk.policy.min_timeout_us,
				walk.policy.timeout_us);
			assert_in_range(silent_after(&walk), 2 * TW_SEC, 2 * TW_SEC + 5 * TW_MIN);
		}
	}
}

/* --- in a network --- */

/* One that hangs at any moment between two checks is left within one interval and half a second. */
static void test_hang_is_left(void **state)
{
	(void)state;
	for (int64_t at_us = 0; at_us < TW_SEC; at_us += 70 * TW_MS) {
		struct fakenet net;

		fakenet_begin(&net, 5);
		fakenet_run(&net, 20 * TW_SEC + at_us);
		net.nodes[0].result = TW_RESULT_TIMEOUT;
		fakenet_run(&net, 1510 * TW_MS);
		assert_int_equal(fakenet_chosen(&net), 1);
		assert_string_equal(fakenet_state(&net, 0), "unresponsive/timeout");
		assert_string_equal(fakenet_mode(&net), "consensus");
		fakenet_finish(&net);
	}
}

/* An hour of a daemon that stalls for 2 s whenever it adds a block. */
static uint32_t falls_of_a_staller(uint32_t seed, int64_t stall_us)
{
	struct fakenet net;
	uint32_t falls = 0;
	bool was_down = false;

	fakenet_begin(&net, 5);
	fakenet_run(&net, TW_MIN); /* all is quick at first */
	for (int i = 0; i < 120; i++) {
		seed = seed * 1664525 + 1013904223;
		fakenet_mine(&net, 1, 0);
		net.nodes[1].stalls_until_us = net.now + stall_us - (seed >> 12) % (stall_us / 4);
		/* Blocks 5 to 55 s apart. */
		for (int k = 0; k < 50 + (int)(seed >> 8) % 500; k++) {
			bool is_down;

			fakenet_run(&net, 100 * TW_MS);
			is_down = strncmp(fakenet_state(&net, 1), "unresponsive", 12) == 0;
			falls += is_down && !was_down;
			was_down = is_down;
		}
	}
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_finish(&net);
	return falls;
}

static void test_staller_is_not_flapped(void **state)
{
	uint32_t falls = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		uint32_t n = falls_of_a_staller(seed, 2 * TW_SEC);

		print_message("seed %u: %u falls\n", seed, n);
		/* It has to be met once. */
		assert_that(n, <=, 2);
		falls += n;
	}
	assert_that(falls, <=, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_stalls_again),
		cmocka_unit_test(test_late_after),
		cmocka_unit_test(test_stall_behind_timeouts),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_long_checks),
		cmocka_unit_test(test_without_times),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_hang_is_left),
		cmocka_unit_test(test_staller_is_not_flapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
