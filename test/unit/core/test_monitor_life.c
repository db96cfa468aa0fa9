/* The step of the core: templates, operators, reloads, gaps, coming and going. */
#include "fakenet.h"

static void test_isolated(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 3);
	net.nodes[0].peers = 0;
	fakenet_run(&net, 6 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/isolated");
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(tw_monitor_decision(net.monitor)->answering, 2);
	assert_int_equal(tw_monitor_decision(net.monitor)->voters, 3);
	fakenet_finish(&net);
}

static void test_templates(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 3);
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].template = TW_TEMPLATE_OK;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	/* One that fails is confirmed: daemons refuse templates for a moment with every block. */
	net.nodes[0].tip++;
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	net.nodes[0].template = TW_TEMPLATE_OK;
	fakenet_run(&net, TW_SEC);
	net.nodes[0].tip++;
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, 2100 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/no_template");
	assert_int_equal(fakenet_chosen(&net), 1);
	/* It is asked again until one comes. */
	net.nodes[0].template = TW_TEMPLATE_OK;
	fakenet_run(&net, 1100 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	net.nodes[1].tip = net.nodes[2].tip = ++net.nodes[0].tip;
	fakenet_run(&net, 2100 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/no_template");
	/* Stale right after a new tip is nothing yet. */
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].tip++;
	net.nodes[1].template = TW_TEMPLATE_STALE;
	fakenet_run(&net, 1500 * TW_MS);
	assert_string_equal(fakenet_state(&net, 1), "healthy/ok");
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 1), "unhealthy/stale_template");
	assert_int_equal(fakenet_chosen(&net), 2);
	/* Nobody healthy: the incumbent stays while it answers, however bad. */
	net.nodes[2].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, 12 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 2);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
	net.nodes[2].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	fakenet_finish(&net);
}

static void test_operator(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 3);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, 0), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "maintenance/drained");
	assert_int_equal(fakenet_chosen(&net), 1);
	/* It votes while it answers, and leaves N when it does not. */
	assert_int_equal(tw_monitor_decision(net.monitor)->voters, 3);
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->voters, 2);
	assert_int_equal(tw_monitor_decision(net.monitor)->quorum, 2);
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_PIN, 2), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 2);
	assert_true(tw_monitor_decision(net.monitor)->is_pinned);
	net.nodes[2].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 2);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_UNPIN, 0), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
	/* Everybody drained: the primary. */
	for (int32_t i = 0; i < 3; i++)
		assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, i), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_finish(&net);
}

static void test_failback(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 3);
	net.policies[1].priority = 10;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	net.nodes[1].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	net.nodes[1].result = TW_RESULT_OK;
	fakenet_run(&net, 590 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(tw_monitor_n_switches(net.monitor), 2);
	assert_int_equal(tw_monitor_switch(net.monitor, 0)->reason, TW_CHOICE_PRIORITY);
	fakenet_finish(&net);
}

/* Each fall within an hour doubles the good checks that it takes to come back. */
static void test_flapping(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 3);
	for (int fall = 0, need = 2; fall < 6; fall++, need *= 2) {
		if (need > 32)
			need = 32;
		net.nodes[2].result = TW_RESULT_REFUSED;
		fakenet_run(&net, 2 * TW_SEC);
		assert_string_equal(fakenet_state(&net, 2), "unresponsive/refused");
		net.nodes[2].result = TW_RESULT_OK;
		fakenet_run(&net, (need - 1) * TW_SEC);
		assert_string_equal(fakenet_state(&net, 2), "unhealthy/warming");
		fakenet_run(&net, 2 * TW_SEC);
		assert_string_equal(fakenet_state(&net, 2), "healthy/ok");
	}
	fakenet_finish(&net);
}

/* Point 13: the watcher was suspended. Nothing may change by it. */
static void test_gap(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 3);
	net.now += 3600 * TW_SEC;
	tw_monitor_gap(net.monitor, net.now, 3600 * TW_SEC);
	tw_monitor_step(net.monitor, net.now);
	fakenet_drain_actions(&net);
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_true(tw_monitor_decision(net.monitor)->is_usable);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_false(tw_monitor_decision(net.monitor)->is_stalled);
	assert_int_equal(tw_monitor_decision(net.monitor)->epoch, 1);
	fakenet_finish(&net);
}

/* In a gap nobody is judged, and what was counted before it stays, also over a reload. */
static void test_reload_in_a_gap(void **state)
{
	static const int32_t old_of[] = { 0, 1, 2 };
	struct fakenet net, other;

	(void)state;
	fakenet_begin(&net, 3);
	assert_int_equal(tw_monitor_decision(net.monitor)->answering, 3);
	net.now += 3600 * TW_SEC;
	tw_monitor_gap(net.monitor, net.now, 3600 * TW_SEC);
	fakenet_reload(&net, &other, 3, old_of);
	tw_monitor_step(other.monitor, other.now);
	assert_true(tw_monitor_is_holding(other.monitor));
	assert_int_equal(tw_monitor_decision(other.monitor)->answering, 3);
	assert_int_equal(tw_monitor_decision(other.monitor)->agreeing, 3);
	assert_int_equal(tw_monitor_decision(other.monitor)->conflicting, 0);
	fakenet_finish(&other);
}

static void test_island_and_stall(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 3);
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].peers = 2;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->is_island, 1);
	net.nodes[1].peers = 3;
	fakenet_run(&net, 6 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->is_island, 0);
	assert_false(tw_monitor_decision(net.monitor)->is_stalled);
	fakenet_run(&net, 300 * TW_SEC);
	assert_true(tw_monitor_decision(net.monitor)->is_stalled);
	assert_true(tw_monitor_decision(net.monitor)->is_usable);
	fakenet_finish(&net);
}

static void test_reconfigure(void **state)
{
	static const int32_t old_of[] = { 2, TW_NODE_NONE, 0 };
	struct fakenet net, other;

	(void)state;
	fakenet_begin(&net, 3);
	fakenet_reload(&net, &other, 3, old_of);
	/* The incumbent, now third in the file, stays. */
	fakenet_run(&other, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&other), 2);
	assert_int_equal(tw_monitor_decision(other.monitor)->epoch, 1);
	fakenet_run(&other, 3 * TW_SEC);
	assert_string_equal(fakenet_state(&other, 1), "healthy/ok");
	assert_int_equal(tw_monitor_n_switches(other.monitor), 0);
	fakenet_finish(&other);
}

static void test_report_and_check(void **state)
{
	struct fakenet net;
	struct tw_action action;
	bool has_started = false;

	(void)state;
	fakenet_begin(&net, 3);
	fakenet_run(&net, 500 * TW_MS);
	assert_true(tw_monitor_report(net.monitor, net.now, 0, TW_REPORT_TEMPLATE_FAILED));
	assert_false(tw_monitor_report(net.monitor, net.now, 0, TW_REPORT_TEMPLATE_FAILED));
	tw_monitor_step(net.monitor, net.now);
	while (tw_monitor_next_action(net.monitor, &action))
		has_started =
			has_started || (action.kind == TW_ACTION_START_CHECK && action.node == 0);
	assert_true(has_started);
	/* Five reports a second are taken, and those of one node say nothing of another. */
	net.now += 200 * TW_MS - 1;
	assert_false(tw_monitor_report(net.monitor, net.now, 0, TW_REPORT_TEMPLATE_FAILED));
	assert_true(tw_monitor_report(net.monitor, net.now, 1, TW_REPORT_TEMPLATE_FAILED));
	net.now++;
	assert_true(tw_monitor_report(net.monitor, net.now, 0, TW_REPORT_TEMPLATE_FAILED));
	fakenet_finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolated),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_operator),
		cmocka_unit_test(test_failback),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_reload_in_a_gap),
		cmocka_unit_test(test_island_and_stall),
		cmocka_unit_test(test_reconfigure),
		cmocka_unit_test(test_report_and_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
