/*
 * Fresh starts on a network that is forked: each shows its newest blocks only, and a laggard that
 * shares none with those it follows must not stay apart from them, so that fewer win.
 */
#include "fixture/one_net.h"

/* Who is what, in the order of the file. */
enum kind { FORKED, HONEST, LAGGARD };

enum { TIP = 1000 };

static void place(const enum kind *kinds, uint32_t n, int64_t fork, int64_t behind, uint8_t honest)
{
	for (uint32_t i = 0; i < n; i++) {
		net.nodes[i].fork = fork;
		net.nodes[i].branch = kinds[i] == FORKED ? 2 : honest;
		net.nodes[i].tip = kinds[i] == LAGGARD ? TIP - behind : TIP;
	}
}

/* The honest are more by the laggard alone; within three intervals they must have the main chain,
 * whoever is primary and whatever the hashes. */
static void assert_heals(const enum kind *kinds, uint32_t n, int64_t fork, int64_t behind)
{
	for (uint32_t k = 0; k < 2 * n; k++) {
		uint8_t honest = k < n ? 1 : 3;
		const struct tw_decision *decision;

		fakenet_init(&net, n);
		place(kinds, n, fork, behind, honest);
		net.policies[0].is_primary = false;
		net.policies[k % n].is_primary = true;
		fakenet_start(&net);
		fakenet_run(&net, 3 * net.policy.interval_us + 100 * TW_MS);
		decision = tw_monitor_decision(net.monitor);
		assert_int_equal(decision->tip.height, TIP);
		assert_int_equal(decision->tip.hash.bytes[0], honest);
		assert_int_equal(decision->agreeing, n / 2 + 1);
		assert_int_equal(decision->conflicting, n / 2);
		assert_string_equal(fakenet_mode(&net), "consensus");
		assert_int_equal(kinds[decision->chosen], HONEST);
		fakenet_finish(&net);
	}
}

/* Every order of n nodes of which this many are still to be named. */
static uint32_t assert_heals_in_any_order(
	enum kind *kinds, uint32_t at, uint32_t *left, int64_t fork, int64_t behind)
{
	uint32_t orders = 0;

	if (left[FORKED] + left[HONEST] + left[LAGGARD] == 0) {
		assert_heals(kinds, at, fork, behind);
		return 1;
	}
	for (int kind = FORKED; kind <= LAGGARD; kind++) {
		if (left[kind] == 0)
			continue;
		kinds[at] = (enum kind)kind;
		left[kind]--;
		orders += assert_heals_in_any_order(kinds, at + 1, left, fork, behind);
		left[kind]++;
	}
	return orders;
}

static void test_seven(void **state)
{
	enum kind kinds[7];
	uint32_t left[] = { [FORKED] = 3, [HONEST] = 3, [LAGGARD] = 1 };

	(void)state;
	assert_int_equal(assert_heals_in_any_order(kinds, 0, left, 994, 4), 140);
}

/* The fork is a little or more under the laggard's tip, and that ever further down. */
static void test_five(void **state)
{
	static const int64_t behind[] = { 5, 10, 30, 60 };
	enum kind kinds[5];
	uint32_t left[] = { [FORKED] = 2, [HONEST] = 2, [LAGGARD] = 1 };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(behind); i++) {
		for (int64_t under = 1; under <= 10; under += 9)
			assert_int_equal(assert_heals_in_any_order(kinds, 0, left,
						 TIP - behind[i] - under, behind[i]),
				30);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seven),
		cmocka_unit_test(test_five),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
