/* core/node/jumps and its verdict: one address with several nodes behind it (decision.md, Verdicts
 * 12). */
#include "core/node/jumps.h"
#include "explain/explain.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"

static void begin(uint32_t n)
{
	fakenet_init(&net, n);
	start_net();
}

/* One check of every node, while node 0 is at this height of the branch above fork. */
static void show(int64_t tip, int64_t fork, uint8_t branch)
{
	to_branch(0, fork, branch, tip);
	fakenet_run(&net, 1 * TW_SEC);
}

/* n times the one behind, then the other. Verdict and usable must be these all the time. */
static void alternate(int n, int64_t behind, const char *expected, bool is_usable)
{
	for (int i = 0; i < n; i++) {
		show(i % 2 == 0 ? behind : 1000, INT64_MAX, 0);
		assert_state(0, expected);
		assert_int_equal(decision()->is_usable, is_usable);
	}
}

static void test_among_others(void **state)
{
	struct tw_buf words;

	(void)state;
	begin(5);
	/* Three jumps are needed. Until then it does not lag by them. */
	alternate(4, 996, "healthy/ok", true);
	alternate(40, 996, "unhealthy/mixed", true);
	assert_int_not_equal(decision()->chosen, 0);
	tw_buf_init(&words, 512);
	tw_explain_verdict(net.monitor, 0, &words);
	assert_string_equal(tw_buf_str(&words),
		"its answers come from different nodes that do not have the same blocks");
	tw_buf_finish(&words);
	/* It holds for a minute after the last jump. */
	show(1000, INT64_MAX, 0);
	fakenet_run(&net, 55 * TW_SEC);
	assert_state(0, "unhealthy/mixed");
	fakenet_run(&net, 10 * TW_SEC);
	assert_state(0, "healthy/ok");
}

/* As the only daemon: usable does not flip. */
static void test_alone(void **state)
{
	(void)state;
	begin(1);
	alternate(4, 996, "healthy/ok", true);
	alternate(40, 996, "unhealthy/mixed", true);
	assert_int_equal(decision()->chosen, 0);
	assert_int_equal(decision()->tip.height, 1000);
}

/* Two chains behind the address: nothing to build on, and that without flipping as well. */
static void test_two_chains(void **state)
{
	(void)state;
	begin(1);
	for (int i = 0; i < 10; i++)
		show(1000, i % 2 == 0 ? 990 : INT64_MAX, i % 2 == 0 ? 1 : 0);
	for (int i = 0; i < 10; i++) {
		show(1000, i % 2 == 0 ? 990 : INT64_MAX, i % 2 == 0 ? 1 : 0);
		assert_state(0, "unhealthy/mixed");
		assert_false(decision()->is_usable);
	}
}

/* A node that gets each block a little later, a race, one reorganisation: none of these. */
static void test_none_of_it(void **state)
{
	(void)state;
	begin(5);
	for (int i = 0; i < 20; i++) {
		show(i % 2 == 0 ? 999 : 1000, INT64_MAX, 0);
		assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	}
	for (int i = 0; i < 20; i++) {
		show(1000, i % 2 == 0 ? 999 : INT64_MAX, i % 2 == 0 ? 1 : 0);
		assert_string_not_equal(fakenet_state(&net, 0), "unhealthy/mixed");
	}
	for (int i = 0; i < 2; i++) {
		show(996, 990, 1);
		show(1000, INT64_MAX, 0);
	}
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_not_equal(fakenet_state(&net, 0), "unhealthy/mixed");
}

/* A daemon that was set back lags, only a little later than one that stopped. */
static void test_set_back(void **state)
{
	(void)state;
	begin(5);
	show(990, INT64_MAX, 0);
	assert_state(0, "healthy/ok");
	fakenet_run(&net, net.policy.lag_for_us - 2 * TW_SEC);
	assert_state(0, "healthy/ok");
	fakenet_run(&net, 3 * TW_SEC);
	assert_state(0, "unhealthy/lagging");
}

/* Jumps that are too far apart. */
static void test_seldom(void **state)
{
	(void)state;
	begin(5);
	for (int i = 0; i < 6; i++) {
		show(998, INT64_MAX, 0);
		show(1000, INT64_MAX, 0);
		fakenet_run(&net, 31 * TW_SEC);
		assert_state(0, "healthy/ok");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_among_others),
		TEST(test_alone),
		TEST(test_two_chains),
		TEST(test_none_of_it),
		TEST(test_set_back),
		TEST(test_seldom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
