/* core/sync: timed syncs in place of checks, and what they cannot do. */
#include "compare.h"
#include "fixture/one_net.h"

static void look(int32_t node, struct tw_view_node *ret_view)
{
	tw_view_node(net.monitor, node, ret_view);
}

/* Three daemons with links; d1 is chosen. */
static void begin(void)
{
	fakenet_begin(&net, 3);
	for (int32_t i = 0; i < 3; i++)
		fakenet_link(&net, i, TW_LINK_UP);
	fakenet_run(&net, 20 * TW_SEC + 200 * TW_MS);
}

static void test_quiet_checks_are_replaced(void **state)
{
	uint64_t before[3];

	(void)state;
	begin();
	for (int32_t i = 0; i < 3; i++) {
		before[i] = checks(i);
		net.nodes[i].n_syncs = 0;
	}
	fakenet_run(&net, TW_MIN);
	assert_int_equal(checks(0) - before[0], 300); /* the chosen daemon */
	assert_int_equal(net.nodes[0].n_syncs, 0);
	for (int32_t i = 1; i < 3; i++) {
		assert_int_equal(checks(i) - before[i], 12);
		assert_in_range(net.nodes[i].n_syncs, 47, 49);
		assert_string_equal(fakenet_state(&net, i), "healthy/ok");
	}
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(tw_monitor_decision(net.monitor)->answering, 3);
}

/* Another tip than the one that RPC showed is a reason to look, and a block is known at once. */
static void test_another_tip_starts_a_check(void **state)
{
	(void)state;
	begin();
	fakenet_run(&net, 200 * TW_MS);
	fakenet_mine(&net, 1, 0);
	fakenet_run(&net, 1100 * TW_MS);
	assert_int_equal(fakenet_height(&net), 1001);
	for (int32_t i = 0; i < 3; i++) {
		struct tw_view_node view;

		look(i, &view);
		assert_int_equal(view.chain->tip, 1001);
	}
}

/* The RPC of d2 is dead, and its link goes on saying that all is well. */
static void dies_behind_its_link(enum tw_result result, int64_t within_us)
{
	begin();
	net.nodes[1].result = result;
	fakenet_run(&net, within_us);
	assert_memory_equal(fakenet_state(&net, 1), "unresponsive/", sizeof("unresponsive/") - 1);
	assert_int_equal(tw_monitor_decision(net.monitor)->answering, 2);
	/* No timed sync brings it back, or counts as a good check. */
	fakenet_run(&net, 5 * TW_MIN);
	assert_memory_equal(fakenet_state(&net, 1), "unresponsive/", sizeof("unresponsive/") - 1);
	net.nodes[1].result = TW_RESULT_OK;
	while (strcmp(fakenet_state(&net, 1), "unhealthy/warming") != 0)
		fakenet_run(&net, 100 * TW_MS);
}

static void test_refused_behind_its_link(void **state)
{
	(void)state;
	dies_behind_its_link(TW_RESULT_REFUSED, 5 * TW_SEC + 10 * TW_MS);
}

static void test_hung_behind_its_link(void **state)
{
	(void)state;
	dies_behind_its_link(TW_RESULT_TIMEOUT, 5 * TW_SEC + 2 * net.policy.timeout_us);
}

/* A check that does not end: the node is silent no more than five seconds later than without. */
static void test_silent_behind_its_link(void **state)
{
	(void)state;
	begin();
	net.nodes[1].is_mute = true;
	fakenet_run(&net, 5 * TW_SEC + 2 * TW_SEC + net.policy.min_timeout_us);
	assert_int_equal(tw_monitor_decision(net.monitor)->answering, 2);
	net.nodes[1].is_mute = false;
}

/* What lies or is silent costs no more checks than there are without links, and hides nothing. */
static void test_lying_and_silent_links(void **state)
{
	uint64_t before[2];

	(void)state;
	begin();
	net.nodes[1].link_lie = 1000;
	net.nodes[2].is_link_silent = true;
	before[0] = checks(1);
	before[1] = checks(2);
	fakenet_run(&net, TW_MIN);
	for (int32_t i = 1; i < 3; i++) {
		assert_in_range(checks(i) - before[i - 1], 45, 62);
		assert_string_equal(fakenet_state(&net, i), "healthy/ok");
	}
	assert_int_equal(fakenet_height(&net), 1000);
}

/* The daemon that becomes the chosen one is looked at in that moment. */
static void test_the_next_one_is_checked_at_once(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	before = checks(1);
	while (checks(1) == before)
		fakenet_run(&net, 10 * TW_MS);
	fakenet_run(&net, 2500 * TW_MS); /* two checks were replaced */
	before = checks(1);
	tw_monitor_operate(net.monitor, net.now, TW_OP_PIN, 1);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(checks(1), before + 1);
}

static void test_long_intervals(void **state)
{
	uint64_t before;

	(void)state;
	fakenet_init(&net, 2);
	net.policy.interval_us = 3 * TW_SEC;
	fakenet_start(&net);
	fakenet_run(&net, 10 * TW_SEC);
	fakenet_link(&net, 1, TW_LINK_UP);
	before = checks(1);
	fakenet_run(&net, TW_MIN);
	assert_int_equal(checks(1) - before, 20);
	assert_int_equal(net.nodes[1].n_syncs, 0);
}

/* A closed link starts a check, and nothing is replaced without one. */
static void test_closed(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	before = checks(1);
	fakenet_link(&net, 1, TW_LINK_CLOSED);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(checks(1), before + 1);
	fakenet_run(&net, 10 * TW_SEC);
	assert_in_range(checks(1), before + 10, before + 11);
}

/* A daemon that is not well is always checked. */
static void test_unwell(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	net.nodes[1].peers = 0;
	while (strcmp(fakenet_state(&net, 1), "unhealthy/isolated") != 0)
		fakenet_run(&net, TW_SEC);
	before = checks(1);
	fakenet_run(&net, TW_MIN);
	assert_int_equal(checks(1) - before, 60);
}

/* Templates and peer counts keep their pace, rounded to the checks that are made. */
static void test_templates_and_peers(void **state)
{
	struct tw_action action;
	uint32_t n_checks = 0, n_templates = 0, n_infos = 0;
	int64_t until, next;

	(void)state;
	fakenet_init(&net, 3);
	net.policy.has_template = true;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	for (int32_t i = 0; i < 3; i++)
		fakenet_link(&net, i, TW_LINK_UP);
	fakenet_run(&net, 10 * TW_SEC);
	until = net.now + TW_MIN;
	while (net.now < until) {
		tw_monitor_step(net.monitor, net.now);
		/* A few microseconds late, as a real loop is; at once after an event. */
		next = tw_monitor_deadline(net.monitor) + 137;
		while (tw_monitor_next_action(net.monitor, &action)) {
			if (action.kind == TW_ACTION_SYNC) {
				fakenet_sync(&net, &net.nodes[action.node]);
				next = net.now + 1;
			} else if (action.kind == TW_ACTION_START_CHECK) {
				n_checks += action.node == 1;
				n_templates += action.node == 1 && action.order.wants_template;
				n_infos += action.node == 1 && action.order.wants_info;
				fakenet_check(&net, action.node, &action);
				next = net.now + 1;
			}
		}
		net.now = next;
	}
	assert_in_range(n_checks, 12, 13);
	assert_in_range(n_templates, 6, 7);
	assert_in_range(n_infos, 5, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_quiet_checks_are_replaced, teardown),
		cmocka_unit_test_teardown(test_another_tip_starts_a_check, teardown),
		cmocka_unit_test_teardown(test_refused_behind_its_link, teardown),
		cmocka_unit_test_teardown(test_hung_behind_its_link, teardown),
		cmocka_unit_test_teardown(test_silent_behind_its_link, teardown),
		cmocka_unit_test_teardown(test_lying_and_silent_links, teardown),
		cmocka_unit_test_teardown(test_the_next_one_is_checked_at_once, teardown),
		cmocka_unit_test_teardown(test_long_intervals, teardown),
		cmocka_unit_test_teardown(test_closed, teardown),
		cmocka_unit_test_teardown(test_unwell, teardown),
		cmocka_unit_test_teardown(test_templates_and_peers, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
