/* Events beside the checks (monitor.h): configurations, reloads, gaps, questions. */
#include "core/model.h"
#include "explain/view.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"
#include <errno.h>

static void reload(const int32_t *old_of)
{
	struct tw_core_config config = { net.policy, net.n, net.policies };
	struct tw_monitor *old = net.monitor;

	memset(net.running, 0, sizeof(net.running));
	assert_int_equal(tw_monitor_reconfigure(old, &config, old_of, net.now, &net.monitor), 0);
	tw_monitor_destroy(old);
}

static const int32_t same[] = { 0, 1, 2 };

static void test_bad_configurations(void **state)
{
	struct tw_core_config config = { net.policy, 3, net.policies };
	struct tw_monitor *monitor;

	(void)state;
	start_net();
	config.n_nodes = 0;
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, 0, &monitor), -EINVAL);
	config.n_nodes = TW_NODES_MAX + 1;
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, 0, &monitor), -EINVAL);
	config.n_nodes = 3;
	net.policies[1].is_primary = true;
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, 0, &monitor), -EINVAL);
	net.policies[0].is_primary = net.policies[1].is_primary = false;
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, 0, &monitor), -EINVAL);
	net.policies[2].is_primary = true;
	net.policies[2].role = TW_ROLE_REFERENCE;
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, 0, &monitor), -EINVAL);
}

static void test_as_many_nodes_as_there_may_be(void **state)
{
	static struct tw_node_policy policies[TW_NODES_MAX];
	struct tw_core_config config = { net.policy, TW_NODES_MAX, policies };
	struct tw_monitor *monitor;

	(void)state;
	policies[TW_NODES_MAX - 1].is_primary = true;
	tw_policy_init(&config.policy);
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, 0, &monitor), 0);
	tw_monitor_step(monitor, TW_SEC);
	assert_int_equal(tw_monitor_decision(monitor)->voters, TW_NODES_MAX);
	tw_monitor_destroy(monitor);
}

static void test_reload_without_the_incumbent(void **state)
{
	static const int32_t old_of[] = { 1, 2 };

	(void)state;
	start_net();
	net.n = 2;
	reload(old_of);
	fakenet_run(&net, 10 * TW_MS);
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(decision()->epoch, 2);
	assert_int_equal(decision()->tip.height, 1000);
	assert_int_equal(decision()->chain_epoch, 1);
	assert_int_equal(tw_monitor_switch(net.monitor, 0)->from, TW_NODE_NONE);
}

/* Templates are not checked any more: the last one says nothing. */
static void test_reload_without_templates(void **state)
{
	(void)state;
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].template = TW_TEMPLATE_FAILED;
	start_net();
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/no_template");
	net.policy.has_template = false;
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].template = TW_TEMPLATE_UNCHECKED;
	reload(same);
	fakenet_run(&net, 10 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_true(decision()->is_usable);
}

/* How long a side of a fork is known decides how much longer it has to be to win a tie. */
static void test_reload_during_a_tie(void **state)
{
	static const int32_t old_of[] = { 0, 1, 2, 3 };
	int64_t wins_us;

	(void)state;
	fakenet_init(&net, 4);
	start_net();
	net.nodes[0].tip = net.nodes[1].tip = 1001;
	for (uint32_t i = 2; i < 4; i++) {
		to_branch(i, 1000, 1, 1011);
	}
	/* It is 10 blocks longer, of which twice max_lead count at once. */
	wins_us = (10 - 2 * net.policy.max_lead) * tw_policy_growth_us(&net.policy);
	fakenet_run(&net, wins_us - 5 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	assert_int_equal(decision()->tip.hash.bytes[0], 0);
	reload(old_of);
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(decision()->tip.hash.bytes[0], 1);
}

/*
 * New nodes in place of all others, and the chain has gone on: the first one that answers is asked
 * for the block that was served, and so shows that this is still the same chain.
 */
static void test_reload_with_other_nodes(void **state)
{
	static const int32_t old_of[] = { TW_NODE_NONE, TW_NODE_NONE, TW_NODE_NONE };

	(void)state;
	start_net();
	fakenet_mine(&net, 200, 0);
	net.nodes[1].stalls_until_us = net.nodes[2].stalls_until_us = net.now + 3 * TW_SEC;
	reload(old_of);
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1200);
	assert_int_equal(decision()->chain_epoch, 1);
}

/* After a gap nobody is judged, but the operator is obeyed. */
static void test_operator_after_a_gap(void **state)
{
	(void)state;
	start_net();
	net.now += TW_HOUR;
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].is_mute = true;
	tw_monitor_gap(net.monitor, net.now, TW_HOUR);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_PIN, 2), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 2);
	assert_true(decision()->is_usable);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_UNPIN, 0), 0);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, 2), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 0);
}

/* Nobody answers after the gap: one timeout later they are judged like always. */
static void test_hold_ends(void **state)
{
	(void)state;
	start_net();
	net.now += TW_HOUR;
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	tw_monitor_gap(net.monitor, net.now, TW_HOUR);
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unresponsive/refused");
	assert_false(decision()->is_usable);
}

/* The same observation twice changes nothing but times. */
static void test_same_observation_twice(void **state)
{
	struct tw_observation obs;
	struct tw_decision before;
	uint64_t seq, n_verdicts;

	(void)state;
	start_net();
	fakenet_look(&net, 1, &obs);
	before = *decision();
	seq = tw_monitor_seq(net.monitor);
	n_verdicts = tw_monitor_n_verdicts(net.monitor);
	for (int i = 0; i < 3; i++) {
		tw_monitor_observe(net.monitor, net.now, 1, -1, &obs);
		assert_false(net.monitor->needs_count);
		tw_monitor_step(net.monitor, net.now);
		fakenet_drain_actions(&net);
		assert_memory_equal(&before, decision(), sizeof(before));
	}
	assert_int_equal(tw_monitor_seq(net.monitor), seq);
	assert_int_equal(tw_monitor_n_verdicts(net.monitor), n_verdicts);
}

/* Who has compared the verdicts need not do so again until their number has grown. */
static void test_changes_of_verdicts_are_counted(void **state)
{
	uint64_t n, before;

	(void)state;
	start_net();
	before = tw_monitor_n_verdicts(net.monitor);
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(tw_monitor_n_verdicts(net.monitor), before);
	net.nodes[1].result = TW_RESULT_REFUSED;
	for (int i = 0; i < 5000; i++) {
		bool was_healthy = tw_monitor_verdict(net.monitor, 1).state == TW_STATE_HEALTHY;

		before = tw_monitor_n_verdicts(net.monitor);
		fakenet_run(&net, TW_MS);
		n = tw_monitor_n_verdicts(net.monitor);
		if (was_healthy != (tw_monitor_verdict(net.monitor, 1).state == TW_STATE_HEALTHY))
			assert_that(n, >, before);
		else
			assert_int_equal(n, before);
	}
	assert_string_equal(fakenet_state(&net, 1), "unresponsive/refused");
	n = tw_monitor_n_verdicts(net.monitor);
	reload(same);
	assert_that(tw_monitor_n_verdicts(net.monitor), >, n);
}

/* A question that a node does not answer is not put to it at every check. */
static void test_unanswered_questions(void **state)
{
	struct tw_action action;
	struct tw_observation obs;
	uint32_t n = 0;

	(void)state;
	start_net();
	fakenet_run(&net, 10 * TW_MS);
	for (int check = 0; check < 20; check++) {
		net.now += TW_SEC;
		for (int64_t height = 10; height < 16; height++)
			tw_model_ask(net.monitor, 1, height);
		tw_monitor_step(net.monitor, net.now);
		while (tw_monitor_next_action(net.monitor, &action)) {
			if (action.kind != TW_ACTION_START_CHECK)
				continue;
			n += action.order.n_questions;
			fakenet_look(&net, action.node, &obs);
			tw_monitor_observe(net.monitor, net.now, action.node, action.slot, &obs);
		}
	}
	/* Six heights, each at most every ten checks. */
	assert_in_range(n, 6, 18);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_of_3, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bad_configurations),
		TEST(test_as_many_nodes_as_there_may_be),
		TEST(test_reload_without_the_incumbent),
		TEST(test_reload_without_templates),
		TEST(test_reload_during_a_tie),
		TEST(test_reload_with_other_nodes),
		TEST(test_operator_after_a_gap),
		TEST(test_hold_ends),
		TEST(test_same_observation_twice),
		TEST(test_changes_of_verdicts_are_counted),
		TEST(test_unanswered_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
