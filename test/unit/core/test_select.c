/* Which daemon is chosen (decision.md, Modes and Choosing), by sentence. */
#include "fixture/one_net.h"

static void kill_node(int32_t node)
{
	net.nodes[node].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
}

/* A quorum that there are not enough voters for, after some were drained, is all of them. */
static void test_quorum_above_the_voters(void **state)
{
	(void)state;
	net.policies[3].role = net.policies[4].role = TW_ROLE_REFERENCE;
	net.policy.quorum = 4;
	start_net();
	assert_int_equal(decision()->voters, 5);
	assert_int_equal(decision()->quorum, 4);
	operate(TW_OP_DRAIN, 3);
	assert_int_equal(decision()->voters, 4);
	assert_int_equal(decision()->quorum, 4);
	operate(TW_OP_DRAIN, 4);
	assert_int_equal(decision()->voters, 3);
	assert_int_equal(decision()->quorum, 3);
	assert_int_equal(decision()->mode, TW_MODE_CONSENSUS);
}

/* --- among healthy daemons, when there is no healthy incumbent --- */

static void test_order_in_the_file(void **state)
{
	(void)state;
	start_net();
	kill_node(0);
	assert_int_equal(fakenet_chosen(&net), 1);
}

static void test_latency(void **state)
{
	(void)state;
	net.nodes[1].rtt_us = 40 * TW_MS;
	net.nodes[2].rtt_us = 20 * TW_MS;
	net.nodes[3].rtt_us = 18 * TW_MS;
	net.nodes[4].rtt_us = 40 * TW_MS;
	start_net();
	kill_node(0);
	/* 18 and 20 ms are in one bucket. */
	assert_int_equal(fakenet_chosen(&net), 2);
}

/* Block after block, node i gets them delays[i] later. */
static void mine_with_delays(const int64_t *delays_ms)
{
	for (int block = 0; block < 10; block++) {
		for (int64_t ms = 0; ms <= 3000; ms += 100) {
			for (uint32_t i = 0; i < net.n; i++)
				net.nodes[i].tip += delays_ms[i] == ms;
			fakenet_run(&net, 100 * TW_MS);
		}
		fakenet_run(&net, TW_SEC);
	}
}

static void test_delay_before_latency(void **state)
{
	static const int64_t delays_ms[] = { 0, 2500, 1200, 0, 1200 };

	(void)state;
	net.policy.interval_us = 100 * TW_MS;
	net.nodes[3].rtt_us = 500 * TW_MS;
	start_net();
	mine_with_delays(delays_ms);
	kill_node(0);
	assert_int_equal(fakenet_chosen(&net), 3);
	kill_node(3);
	assert_int_equal(fakenet_chosen(&net), 2);
}

static void test_priority_before_delay(void **state)
{
	static const int64_t delays_ms[] = { 0, 0, 0, 0, 2000 };

	(void)state;
	net.policy.interval_us = 100 * TW_MS;
	net.policies[0].priority = 9;
	net.policies[4].priority = 1;
	start_net();
	assert_int_equal(fakenet_chosen(&net), 0);
	mine_with_delays(delays_ms);
	kill_node(0);
	assert_int_equal(fakenet_chosen(&net), 4);
}

static void test_tip_before_priority(void **state)
{
	(void)state;
	net.policies[0].priority = 9;
	net.policies[4].priority = 1;
	start_net();
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].tip++;
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 4), "healthy/ok");
	kill_node(0);
	assert_int_equal(fakenet_chosen(&net), 1);
}

/* --- the incumbent --- */

/* It is given 3 s to get a block, and left for one that has it. */
static void test_incumbent_behind(void **state)
{
	(void)state;
	start_net();
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].tip++;
	fakenet_run(&net, 2900 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(decision()->reason, TW_CHOICE_INCUMBENT);
	fakenet_run(&net, 1500 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(tw_monitor_switch(net.monitor, 0)->reason, TW_CHOICE_INCUMBENT_BAD);
	assert_int_equal(tw_monitor_switch(net.monitor, 0)->cause, TW_REASON_LAGGING);
	/* To be behind ends nobody's turn where the others are as far behind. */
	for (uint32_t i = 1; i < 3; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 3);
}

/* Where a switch costs more, the daemon in use is given as much time, be it behind lag_for. */
static void test_switch_cost(void **state)
{
	(void)state;
	net.policy.switch_cost_us = 20 * TW_SEC;
	start_net();
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].tip++;
	fakenet_run(&net, 19 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_true(decision()->is_usable);
	fakenet_run(&net, 2500 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
	/* One that is down is left at once. */
	net.nodes[0].tip++;
	fakenet_run(&net, 2 * TW_SEC);
	kill_node(1);
	assert_int_equal(fakenet_chosen(&net), 2);
}

/* More than max_lag blocks behind is too much at once. */
static void test_incumbent_far_behind(void **state)
{
	(void)state;
	net.policy.switch_cost_us = 20 * TW_SEC;
	start_net();
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].tip += 4;
	fakenet_run(&net, 1500 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
}

/* No template is waited for as long as a switch costs. */
static void test_cost_and_templates(void **state)
{
	(void)state;
	net.policy.switch_cost_us = 20 * TW_SEC;
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].template = TW_TEMPLATE_OK;
	start_net();
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, 19 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_run(&net, 12 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
}

/* --- failback --- */

/* d5 has the priority, died and came back. */
static void come_back(void)
{
	net.policies[4].priority = 1;
	start_net();
	assert_int_equal(fakenet_chosen(&net), 4);
	kill_node(4);
	assert_int_equal(fakenet_chosen(&net), 0);
	net.nodes[4].result = TW_RESULT_OK;
}

static void test_failback_without_a_break(void **state)
{
	(void)state;
	come_back();
	fakenet_run(&net, 300 * TW_SEC);
	kill_node(4);
	net.nodes[4].result = TW_RESULT_OK;
	fakenet_run(&net, 590 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 4);
	assert_int_equal(tw_monitor_switch(net.monitor, 0)->reason, TW_CHOICE_PRIORITY);
}

static void test_failback_at_once(void **state)
{
	(void)state;
	net.policy.failback_after_us = 0;
	come_back();
	/* min_switch_interval has to pass since the last switch. */
	fakenet_run(&net, 27 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 4), "healthy/ok");
	assert_int_equal(fakenet_chosen(&net), 0);
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 4);
}

static void test_no_failback_between_equals(void **state)
{
	(void)state;
	net.policy.failback_after_us = 0;
	net.policy.min_switch_interval_us = 0;
	start_net();
	kill_node(0);
	net.nodes[0].result = TW_RESULT_OK;
	fakenet_run(&net, 1000 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
}

/* A bad incumbent is left whatever min_switch_interval says. */
static void test_leave_at_once(void **state)
{
	(void)state;
	start_net();
	kill_node(0);
	kill_node(1);
	kill_node(2);
	assert_int_equal(fakenet_chosen(&net), 3);
	assert_int_equal(decision()->epoch, 4);
}

/* --- nobody is healthy --- */

/* The incumbent, d5, and all others are bad: the best of them, by what a pool can do with it. */
static void test_least_bad(void **state)
{
	(void)state;
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].template = TW_TEMPLATE_OK;
	start_net();
	operate(TW_OP_PIN, 4);
	operate(TW_OP_UNPIN, 0);
	assert_int_equal(fakenet_chosen(&net), 4);
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	net.nodes[1].peers = 0;
	net.nodes[1].tip = 999;
	net.nodes[2].template = TW_TEMPLATE_STALE;
	net.nodes[3].result = TW_RESULT_BAD_REPLY;
	fakenet_run(&net, 40 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 4);
	/* d5 answers, but with a daemon that gives templates more can be done. */
	net.nodes[4].peers = 0;
	net.nodes[4].tip = 999;
	fakenet_run(&net, 10 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 4), "unhealthy/isolated");
	assert_string_equal(fakenet_state(&net, 2), "unhealthy/stale_template");
	assert_int_equal(fakenet_chosen(&net), 2);
	assert_int_equal(tw_monitor_switch(net.monitor, 0)->reason, TW_CHOICE_LEAST_BAD);
	assert_false(decision()->is_usable);
	/* stale_template, then no_template, then isolated; bad_reply never. */
	kill_node(2);
	assert_int_equal(fakenet_chosen(&net), 0);
	kill_node(0);
	assert_int_equal(fakenet_chosen(&net), 1);
	kill_node(1);
	assert_int_equal(fakenet_chosen(&net), 4);
	kill_node(4);
	assert_string_equal(fakenet_state(&net, 3), "unhealthy/bad_reply");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(decision()->reason, TW_CHOICE_PRIMARY);
}

/* Daemons of no use that are bad in turn are not chosen in turn; one that can be mined on is. */
static void test_bad_in_turn(void **state)
{
	uint64_t epoch;

	(void)state;
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 5; i++) {
		net.nodes[i].template = TW_TEMPLATE_FAILED;
		net.nodes[i].peers = 0;
	}
	start_net();
	fakenet_run(&net, 40 * TW_SEC);
	epoch = decision()->epoch;
	for (int i = 0; i < 12; i++) {
		net.nodes[0].peers = i % 2 == 0 ? 8 : 0;
		net.nodes[3].peers = i % 2 == 0 ? 0 : 8;
		fakenet_run(&net, 10 * TW_SEC);
		assert_false(decision()->is_usable);
	}
	/* One switch each 30 s at most, where each turn would make one. */
	assert_in_range(decision()->epoch - epoch, 2, 4);
	/* d5 restarts: its first good check is not waited for. */
	net.nodes[4].template = TW_TEMPLATE_OK;
	net.nodes[4].peers = 8;
	kill_node(4);
	net.nodes[4].result = TW_RESULT_OK;
	while (strcmp(fakenet_state(&net, 4), "unhealthy/warming") != 0)
		fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 4);
	assert_true(decision()->is_usable);
}

/* Of equals the incumbent stays: both can be mined on, and neither is left for the other. */
static void test_equally_bad(void **state)
{
	uint64_t epoch;

	(void)state;
	start_net();
	for (int32_t i = 0; i < 5; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	/* They fall again and again, so that they are warming for a long time. */
	for (int i = 0; i < 4; i++) {
		net.nodes[3].result = net.nodes[4].result = TW_RESULT_OK;
		fakenet_run(&net, 1500 * TW_MS);
		net.nodes[3].result = net.nodes[4].result = TW_RESULT_REFUSED;
		fakenet_run(&net, 3 * TW_SEC);
	}
	net.nodes[4].result = TW_RESULT_OK;
	fakenet_run(&net, 1500 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 4);
	epoch = decision()->epoch;
	net.nodes[3].result = TW_RESULT_OK;
	for (int i = 0; i < 5; i++) {
		/* d4 is the first that has each new block. */
		net.nodes[3].tip++;
		fakenet_run(&net, TW_SEC);
		assert_string_equal(fakenet_state(&net, 3), "unhealthy/warming");
		assert_int_equal(fakenet_chosen(&net), 4);
		assert_true(decision()->is_usable);
		net.nodes[4].tip++;
		fakenet_run(&net, TW_SEC);
	}
	assert_int_equal(decision()->epoch, epoch);
}

/* Of two that lag the one that is less behind; forked is the worst. */
static void test_least_behind(void **state)
{
	(void)state;
	net.policies[4].role = TW_ROLE_REFERENCE;
	start_net();
	net.nodes[1].fork = 990;
	net.nodes[1].branch = 1;
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[0].tip = net.nodes[4].tip = 1010;
	net.nodes[2].tip = 1002;
	net.nodes[3].tip = 1004;
	fakenet_run(&net, 40 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1010);
	assert_int_equal(fakenet_chosen(&net), 0);
	kill_node(0);
	assert_string_equal(fakenet_state(&net, 3), "unhealthy/lagging");
	assert_int_equal(fakenet_chosen(&net), 3);
	kill_node(3);
	assert_int_equal(fakenet_chosen(&net), 2);
	kill_node(2);
	assert_int_equal(fakenet_chosen(&net), 1);
}

/* Warming is usable when nobody is healthy. */
static void test_warming(void **state)
{
	(void)state;
	start_net();
	for (int32_t i = 0; i < 5; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_false(decision()->is_usable);
	net.nodes[3].result = TW_RESULT_OK;
	for (int i = 0; i < 1000 && !decision()->is_usable; i++)
		fakenet_run(&net, TW_MS);
	assert_string_equal(fakenet_state(&net, 3), "unhealthy/warming");
	assert_int_equal(fakenet_chosen(&net), 3);
}

/* --- fallback --- */

static void test_fallback_primary(void **state)
{
	(void)state;
	net.policy.fallback = TW_FALLBACK_PRIMARY;
	start_net();
	kill_node(0);
	assert_int_equal(fakenet_chosen(&net), 1);
	kill_node(2);
	kill_node(3);
	kill_node(4);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(decision()->reason, TW_CHOICE_PRIMARY);
	/* Unless the operator has taken it out: a drained daemon is never chosen. */
	net.nodes[4].result = TW_RESULT_OK;
	fakenet_run(&net, 5 * TW_SEC);
	kill_node(1);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), 0);
	operate(TW_OP_DRAIN, 0);
	assert_int_equal(fakenet_chosen(&net), 4);
}

static void test_fallback_none(void **state)
{
	uint64_t epoch;

	(void)state;
	net.policy.fallback = TW_FALLBACK_NONE;
	start_net();
	for (int32_t i = 1; i < 5; i++)
		kill_node(i);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), TW_NODE_NONE);
	assert_false(decision()->is_usable);
	assert_int_equal(decision()->reason, TW_CHOICE_NONE);
	epoch = decision()->epoch;
	for (int32_t i = 1; i < 5; i++)
		net.nodes[i].result = TW_RESULT_OK;
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(decision()->epoch, epoch + 1);
}

/* No failback while there is no consensus. */
static void test_fallback_best_effort_keeps(void **state)
{
	(void)state;
	net.policy.failback_after_us = 0;
	net.policy.min_switch_interval_us = 0;
	net.policies[4].priority = 1;
	start_net();
	kill_node(4);
	assert_int_equal(fakenet_chosen(&net), 0);
	kill_node(1);
	kill_node(2);
	kill_node(3);
	net.nodes[4].result = TW_RESULT_OK;
	fakenet_run(&net, 60 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "fallback");
	assert_int_equal(fakenet_chosen(&net), 0);
}

/* --- drained --- */

static void test_drained_primary_is_not_the_last_resort(void **state)
{
	(void)state;
	start_net();
	operate(TW_OP_DRAIN, 0);
	for (int32_t i = 1; i < 5; i++)
		kill_node(i);
	assert_int_not_equal(fakenet_chosen(&net), 0);
	assert_false(decision()->is_usable);
	for (int32_t i = 1; i < 5; i++)
		operate(TW_OP_DRAIN, i);
	assert_int_equal(fakenet_chosen(&net), 0);
}

/* --- contested --- */

static void test_contested_keeps_and_leaves(void **state)
{
	(void)state;
	start_net();
	kill_node(4);
	/* Above what a quorum has confirmed. */
	net.nodes[0].tip = net.nodes[3].tip = 1002;
	for (uint32_t i = 1; i < 3; i++) {
		to_branch(i, 1000, 1, 1002);
	}
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "contested");
	/* On the chain served last: kept. */
	assert_int_equal(fakenet_chosen(&net), 0);
	/* The other side gets longer by enough, and so the main chain: left. */
	net.nodes[1].tip = net.nodes[2].tip = 1005;
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "contested");
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/forked");
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_true(decision()->is_usable);
}

/* The setting `fallback` is not asked while one side is the main chain and has a healthy daemon. */
static void test_contested_chooses_on_the_main_chain(void **state)
{
	(void)state;
	net.policy.fallback = TW_FALLBACK_NONE;
	net.policy.has_template = true;
	net.policies[3].priority = 1;
	start_net();
	assert_int_equal(fakenet_chosen(&net), 3);
	kill_node(4);
	for (uint32_t i = 1; i < 3; i++) {
		to_branch(i, 995, 1, 1000);
	}
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "contested");
	assert_int_equal(fakenet_chosen(&net), 3);
	net.nodes[3].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, TW_MIN);
	assert_string_equal(fakenet_mode(&net), "contested");
	assert_string_equal(fakenet_state(&net, 3), "unhealthy/no_template");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_true(decision()->is_usable);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_of_5, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_quorum_above_the_voters),
		TEST(test_order_in_the_file),
		TEST(test_latency),
		TEST(test_delay_before_latency),
		TEST(test_priority_before_delay),
		TEST(test_tip_before_priority),
		TEST(test_incumbent_behind),
		TEST(test_switch_cost),
		TEST(test_incumbent_far_behind),
		TEST(test_cost_and_templates),
		TEST(test_failback_without_a_break),
		TEST(test_failback_at_once),
		TEST(test_no_failback_between_equals),
		TEST(test_leave_at_once),
		TEST(test_least_bad),
		TEST(test_bad_in_turn),
		TEST(test_equally_bad),
		TEST(test_least_behind),
		TEST(test_warming),
		TEST(test_fallback_primary),
		TEST(test_fallback_none),
		TEST(test_fallback_best_effort_keeps),
		TEST(test_drained_primary_is_not_the_last_resort),
		TEST(test_contested_keeps_and_leaves),
		TEST(test_contested_chooses_on_the_main_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
