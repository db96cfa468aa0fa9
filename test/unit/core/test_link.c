/* core/monitor: what news over a P2P link does, and what it cannot do. */
#include "compare.h"
#include "fixture/one_net.h"

static bool hear(int32_t node, enum tw_link link)
{
	/* A new instant: the core has decided about this one. */
	net.now++;
	return tw_monitor_link(net.monitor, net.now, node, link, NULL);
}

/* Three daemons that were checked a moment ago, each once in 20 s. */
static void begin(void)
{
	fakenet_init(&net, 3);
	net.policy.interval_us = 20 * TW_SEC;
	net.policy.looks = 1;
	fakenet_start(&net);
	fakenet_run(&net, 100 * TW_MS);
}

static void test_a_push_starts_a_check(void **state)
{
	(void)state;
	begin();
	assert_true(hear(0, TW_LINK_UP));
	fakenet_run(&net, 50 * TW_MS);
	assert_int_equal(checks(0), 1); /* up is no reason to look */
	fakenet_mine(&net, 1, 0);
	for (int32_t i = 0; i < 3; i++)
		assert_true(hear(i, TW_LINK_PUSH));
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_height(&net), 1001);
	assert_int_equal(checks(0), 2);
	/* It was the regular one, early: the next is an interval later. */
	fakenet_run(&net, 19 * TW_SEC);
	assert_int_equal(checks(0), 2);
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(checks(0), 3);
}

static void test_a_closed_link_starts_a_check(void **state)
{
	(void)state;
	begin();
	assert_true(hear(0, TW_LINK_UP));
	fakenet_run(&net, 10 * TW_MS);
	net.nodes[0].result = TW_RESULT_REFUSED;
	assert_true(hear(0, TW_LINK_CLOSED));
	fakenet_run(&net, 20 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "unresponsive/refused");
	assert_int_equal(fakenet_chosen(&net), 1);
}

/* However many there are, one check in 100 ms; and none that came last is lost. */
static void test_a_flood(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	assert_true(hear(0, TW_LINK_UP));
	before = checks(0);
	for (int ms = 0; ms < 1000; ms++) {
		hear(0, TW_LINK_PUSH);
		assert_false(hear(0, TW_LINK_PUSH)); /* changes nothing, so it is not recorded */
		fakenet_run(&net, TW_MS);
	}
	assert_in_range(checks(0) - before, 9, 11);
	assert_int_equal(checks(1), 1);
	hear(0, TW_LINK_PUSH);
	net.nodes[0].tip = 1001;
	fakenet_run(&net, 200 * TW_MS);
	assert_in_range(checks(0) - before, 10, 13);
	{
		struct tw_view_node view;

		tw_view_node(net.monitor, 0, &view);
		assert_int_equal(view.chain->tip, 1001);
	}
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
}

/* A check that is under way is waited for: it may have asked before the block came. */
static void test_while_a_check_runs(void **state)
{
	(void)state;
	begin();
	net.nodes[0].stalls_until_us = net.now + 200 * TW_MS;
	hear(0, TW_LINK_PUSH);
	fakenet_run(&net, 20 * TW_MS);
	hear(0, TW_LINK_PUSH);
	fakenet_run(&net, 100 * TW_MS);
	assert_int_equal(checks(0), 1);
	fakenet_run(&net, 300 * TW_MS);
	assert_int_equal(checks(0), 3);
}

/* Nodes with links that say nothing are judged as nodes without. */
static void test_links_are_no_verdict(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	for (int i = 0; i < 5; i++) {
		assert_true(hear(0, TW_LINK_UP));
		fakenet_run(&net, 2 * TW_SEC);
		assert_true(hear(0, TW_LINK_CLOSED));
		fakenet_run(&net, 2 * TW_SEC);
	}
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(tw_monitor_decision(net.monitor)->epoch, 1);
}

static void test_the_own_link_is_no_peer(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	net.nodes[0].peers = 1;
	fakenet_run(&net, 6 * TW_SEC);
	/* The count is from before the link: it has tipwatchd not in it. */
	assert_true(hear(0, TW_LINK_UP));
	net.nodes[0].stalls_until_us = net.now + 100 * TW_MS;
	fakenet_run(&net, 10 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/isolated");
	net.nodes[0].peers = 2;
	fakenet_run(&net, 6 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	/* Without the link its one peer is a real one. */
	assert_true(hear(0, TW_LINK_CLOSED));
	net.nodes[0].peers = 1;
	fakenet_run(&net, 6 * TW_SEC);
	assert_int_equal(tw_monitor_verdict(net.monitor, 0).state, TW_STATE_HEALTHY);
}

/* A check that began before the link came up, or ended after it closed, takes nothing off. */
static void test_counts_at_the_edges(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	net.nodes[0].peers = 1;
	tw_monitor_request_check(net.monitor, net.now, 0);
	net.nodes[0].stalls_until_us = net.now + 50 * TW_MS;
	fakenet_run(&net, 10 * TW_MS);
	hear(0, TW_LINK_UP);
	hear(0, TW_LINK_CLOSED);
	hear(0, TW_LINK_UP);
	fakenet_run(&net, 41 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	hear(0, TW_LINK_CLOSED);
	fakenet_run(&net, 10 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
}

static void test_an_island_of_own_links(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	for (int32_t i = 0; i < 3; i++) {
		hear(i, TW_LINK_UP);
		net.nodes[i].peers = 3; /* the other two, and tipwatchd */
	}
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->is_island, 1);
	net.nodes[0].peers = 4;
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->is_island, 0);
}

/* The connection that is kept for the next check of a daemon that dies is closed. */
static void test_a_dropped_connection_starts_a_check(void **state)
{
	(void)state;
	begin();
	net.nodes[0].result = TW_RESULT_REFUSED;
	assert_true(hear(0, TW_LINK_DROPPED));
	fakenet_run(&net, 20 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "unresponsive/refused");
	assert_int_equal(fakenet_chosen(&net), 1);
	/* It has told all that it can, whatever it does with the connections of the checks. */
	assert_false(hear(0, TW_LINK_DROPPED));
}

/* A daemon, or the proxy before it, that closes connections by itself is well. */
static void test_connections_closed_for_nothing(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	assert_true(hear(0, TW_LINK_DROPPED));
	assert_false(hear(0, TW_LINK_DROPPED)); /* changes nothing, so it is not recorded */
	fakenet_run(&net, 20 * TW_MS);
	assert_int_equal(checks(0), 2);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	/* The next ones of an hour start nothing. */
	before = checks(0);
	for (int i = 0; i < 59; i++) {
		assert_false(hear(0, TW_LINK_DROPPED));
		fakenet_run(&net, TW_MIN);
	}
	assert_in_range(checks(0) - before, 59 * 3 - 1, 59 * 3 + 1);
	assert_true(hear(1, TW_LINK_DROPPED));
	fakenet_run(&net, 2 * TW_MIN);
	before = checks(0);
	assert_true(hear(0, TW_LINK_DROPPED));
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(checks(0), before + 1);
}

/* After a reload the links are new ones. */
static void test_reload(void **state)
{
	static const int32_t old_of[] = { 0, 1, 2 };
	const struct tw_core_config *config;
	struct tw_monitor *monitor;

	(void)state;
	begin();
	hear(0, TW_LINK_UP);
	fakenet_run(&net, 10 * TW_MS);
	hear(0, TW_LINK_PUSH);
	config = tw_monitor_config(net.monitor);
	assert_int_equal(tw_monitor_reconfigure(net.monitor, config, old_of, net.now, &monitor), 0);
	tw_monitor_destroy(net.monitor);
	net.monitor = monitor;
	fakenet_run(&net, 200 * TW_MS);
	assert_int_equal(checks(0), 1);
	assert_true(hear(0, TW_LINK_UP));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_push_starts_a_check, teardown),
		cmocka_unit_test_teardown(test_a_closed_link_starts_a_check, teardown),
		cmocka_unit_test_teardown(test_a_flood, teardown),
		cmocka_unit_test_teardown(test_while_a_check_runs, teardown),
		cmocka_unit_test_teardown(test_links_are_no_verdict, teardown),
		cmocka_unit_test_teardown(test_the_own_link_is_no_peer, teardown),
		cmocka_unit_test_teardown(test_counts_at_the_edges, teardown),
		cmocka_unit_test_teardown(test_an_island_of_own_links, teardown),
		cmocka_unit_test_teardown(test_a_dropped_connection_starts_a_check, teardown),
		cmocka_unit_test_teardown(test_connections_closed_for_nothing, teardown),
		cmocka_unit_test_teardown(test_reload, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
