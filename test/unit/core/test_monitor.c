/* The whole step of the core on small networks: one test for each way a pool is hurt. */
#include "explain/view.h"
#include "fakenet.h"

static void block(struct fakenet *net, int64_t wait_us)
{
	fakenet_mine(net, 1, 0);
	fakenet_run(net, wait_us);
}

static void test_starting(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 5);
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].is_mute = true;
	fakenet_start(&net);
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_mode(&net), "starting");
	assert_int_equal(fakenet_chosen(&net), TW_NODE_NONE);
	assert_int_equal(fakenet_height(&net), TW_UNKNOWN);
	/* The first that answers is served, but is not usable; the primary takes its place. */
	net.nodes[3].is_mute = false;
	fakenet_run(&net, TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 3);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
	net.nodes[0].is_mute = false;
	fakenet_run(&net, TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_string_equal(fakenet_mode(&net), "starting");
	/* A quorum ends it. */
	net.nodes[4].is_mute = false;
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(fakenet_height(&net), 1000);
	assert_int_equal(tw_monitor_decision(net.monitor)->epoch, 1);
	fakenet_finish(&net);
}

static void test_starting_ends_without_quorum(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 5);
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].is_mute = true;
	fakenet_start(&net);
	fakenet_run(&net, 4 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "starting");
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(fakenet_height(&net), 1000);
	assert_true(tw_monitor_decision(net.monitor)->is_usable);
	fakenet_finish(&net);
}

static void test_killed(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, TW_SEC + 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_string_equal(fakenet_state(&net, 0), "unresponsive/refused");
	assert_int_equal(tw_monitor_decision(net.monitor)->epoch, 2);
	/* It comes back: no fail-back between equal priorities. */
	net.nodes[0].result = TW_RESULT_OK;
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/warming");
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	for (int i = 0; i < 40; i++)
		block(&net, 30 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(tw_monitor_n_switches(net.monitor), 1);
	fakenet_finish(&net);
}

static void test_hung(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	net.nodes[0].result = TW_RESULT_TIMEOUT;
	fakenet_run(&net, 12 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_string_equal(fakenet_state(&net, 0), "unresponsive/timeout");
	fakenet_finish(&net);
}

static void test_frozen(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].tip++;
	fakenet_run(&net, 2900 * TW_MS);
	assert_int_equal(fakenet_height(&net), 1001);
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_run(&net, 6 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/lagging");
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_string_equal(fakenet_mode(&net), "consensus");
	fakenet_finish(&net);
}

/* Point 1: the pool's own daemon forks itself off. */
static void test_forked(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	net.nodes[0].fork = 998;
	net.nodes[0].branch = 1;
	net.nodes[0].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/forked");
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(fakenet_height(&net), 1000);
	assert_int_equal(tw_monitor_decision(net.monitor)->conflicting, 1);
	fakenet_finish(&net);
}

static void test_two_of_five_on_a_fork(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	for (uint32_t i = 3; i < 5; i++) {
		net.nodes[i].fork = 997;
		net.nodes[i].branch = 1;
		net.nodes[i].tip = 1000;
	}
	for (int i = 0; i < 20; i++) {
		net.nodes[3].tip += 2;
		net.nodes[4].tip += 2;
		block(&net, 30 * TW_SEC);
		assert_int_equal(fakenet_chosen(&net), 0);
		assert_int_equal(fakenet_height(&net), 1001 + i);
		assert_string_equal(fakenet_mode(&net), "consensus");
		assert_string_equal(fakenet_state(&net, 3), "unhealthy/forked");
	}
	/* By now the two are not believed: their blocks are no branch. */
	assert_int_equal(tw_view_n_branches(net.monitor), 1);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 1);
	fakenet_finish(&net);
}

/* Points 4 and 9: one far above everybody, and any claim. */
static void test_liars(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	net.nodes[2].tip += 1000;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].claim = 5000000;
	for (int i = 0; i < 20; i++) {
		block(&net, 30 * TW_SEC);
		assert_int_equal(fakenet_height(&net), 1001 + i);
		assert_int_equal(fakenet_chosen(&net), 0);
		assert_string_equal(fakenet_state(&net, 2), "unhealthy/ahead");
	}
	fakenet_finish(&net);
}

/* Point 14: three stuck, two go on. */
static void test_three_stuck(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	for (int i = 0; i < 20; i++) {
		net.nodes[3].tip++;
		net.nodes[4].tip++;
		fakenet_run(&net, 30 * TW_SEC);
		assert_int_equal(fakenet_height(&net), 1001 + i);
		assert_int_equal(fakenet_chosen(&net), 3);
		assert_string_equal(fakenet_mode(&net), "consensus");
	}
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/lagging");
	assert_int_equal(tw_monitor_n_switches(net.monitor), 1);
	fakenet_finish(&net);
}

/* Four stuck, one goes on: followed after two block targets. */
static void test_four_stuck(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	net.nodes[4].tip++;
	fakenet_run(&net, 30 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1000);
	for (int i = 0; i < 6; i++) {
		net.nodes[4].tip++;
		fakenet_run(&net, 30 * TW_SEC);
	}
	assert_int_equal(fakenet_height(&net), 1007);
	assert_int_equal(fakenet_chosen(&net), 4);
	assert_string_equal(fakenet_state(&net, 4), "healthy/ok");
	/* The others catch up and are believed again. */
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 1008;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1008);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 1);
	fakenet_finish(&net);
}

/* Point 8: a same-height reorganisation shows as a new chain epoch. */
static void test_same_height_reorganisation(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	for (uint32_t i = 0; i < 5; i++) {
		net.nodes[i].fork = 998;
		net.nodes[i].branch = 1;
	}
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1000);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 2);
	assert_int_equal(tw_monitor_decision(net.monitor)->tip.hash.bytes[0], 1);
	assert_int_equal(tw_monitor_n_switches(net.monitor), 0);
	/* To a lower height too. */
	for (uint32_t i = 0; i < 5; i++) {
		net.nodes[i].fork = 996;
		net.nodes[i].branch = 2;
		net.nodes[i].tip = 999;
	}
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 999);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 3);
	/* To lose a block and to get it back is not another chain. */
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 998;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 999);
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 1003;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1003);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 3);
	fakenet_finish(&net);
}

static void test_race(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	/* Two of five see the other block of a race first: nobody is blamed at once. */
	for (uint32_t i = 0; i < 5; i++) {
		net.nodes[i].tip = 1001;
		net.nodes[i].fork = 1000;
		net.nodes[i].branch = i < 2 ? 1 : 2;
	}
	fakenet_run(&net, 5 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "healthy/racing");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_string_equal(fakenet_mode(&net), "consensus");
	fakenet_run(&net, 30 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/forked");
	assert_int_equal(fakenet_chosen(&net), 2);
	fakenet_finish(&net);
}

static void test_contested(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 4);
	for (uint32_t i = 2; i < 4; i++) {
		net.nodes[i].fork = 997;
		net.nodes[i].branch = 1;
		net.nodes[i].tip = 1000;
	}
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "contested");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_true(tw_monitor_decision(net.monitor)->is_usable);
	/* A fifth of the network falls silent: three of seven left, two of them forked. */
	net.nodes[1].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "contested");
	fakenet_finish(&net);
}

static void test_reduced_and_fallback(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 7);
	for (uint32_t i = 3; i < 7; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "reduced");
	assert_int_equal(fakenet_chosen(&net), 0);
	net.nodes[2].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), 0);
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	net.nodes[1].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 20 * TW_SEC);
	/* Nobody answers: the primary, and it is not called usable. */
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
	/* All come back one by one. */
	for (int32_t i = 6; i >= 0; i--) {
		net.nodes[i].result = TW_RESULT_OK;
		fakenet_run(&net, 10 * TW_SEC);
		assert_int_equal(fakenet_chosen(&net), 6);
		assert_true(tw_monitor_decision(net.monitor)->is_usable);
	}
	assert_string_equal(fakenet_mode(&net), "consensus");
	fakenet_finish(&net);
}

static void test_single_daemon(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 1);
	block(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1001);
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
	fakenet_finish(&net);
}

static void test_far_behind_and_linked(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 10000;
	net.nodes[4].tip = 500;
	fakenet_run(&net, 5 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 4), "unhealthy/lagging");
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(tw_monitor_decision(net.monitor)->conflicting, 0);
	/* The same far behind, but on another chain. */
	net.nodes[4].fork = 400;
	net.nodes[4].branch = 9;
	fakenet_run(&net, 5 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 4), "unhealthy/forked");
	assert_int_equal(tw_monitor_decision(net.monitor)->conflicting, 1);
	assert_string_equal(fakenet_mode(&net), "consensus");
	fakenet_finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starting),
		cmocka_unit_test(test_starting_ends_without_quorum),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_hung),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_forked),
		cmocka_unit_test(test_two_of_five_on_a_fork),
		cmocka_unit_test(test_liars),
		cmocka_unit_test(test_three_stuck),
		cmocka_unit_test(test_four_stuck),
		cmocka_unit_test(test_same_height_reorganisation),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_contested),
		cmocka_unit_test(test_reduced_and_fallback),
		cmocka_unit_test(test_single_daemon),
		cmocka_unit_test(test_far_behind_and_linked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
