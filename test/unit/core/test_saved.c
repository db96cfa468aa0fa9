/* What outlives a restart (saved.h): incumbent, pin, drains, falls and epochs; nothing else. */
#include "core/saved.h"
#include "explain/view.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"

/* A restart after us with the configuration as it is now in net. */
static void restart(int64_t us, const int32_t *old_of)
{
	struct tw_core_config config = { net.policy, net.n, net.policies };
	struct tw_saved saved;
	struct tw_saved_node olds[FAKE_NODES], nodes[FAKE_NODES];
	int32_t incumbent = TW_NODE_NONE;

	tw_saved_take(net.monitor, net.now, &saved, olds);
	tw_monitor_destroy(net.monitor);
	for (int32_t i = 0; i < (int32_t)net.n; i++) {
		int32_t old = old_of == NULL ? i : old_of[i];

		nodes[i] = old < 0 ? (struct tw_saved_node){ 0 } : olds[old];
		if (old >= 0 && old == saved.incumbent)
			incumbent = i;
	}
	saved.incumbent = incumbent;
	net.now += us;
	memset(net.running, 0, sizeof(net.running));
	assert_int_equal(tw_monitor_create(&config, &saved, nodes, net.now, &net.monitor), 0);
}

/* Incumbent, pin, drains, epochs and falls survive; verdicts and heights do not. */
static void test_restart(void **state)
{
	struct tw_view_node view;

	(void)state;
	start_net();
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, 2), 0);
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_PIN, 1), 0);
	fakenet_run(&net, TW_SEC);
	net.nodes[0].result = TW_RESULT_OK;
	restart(TW_MIN, NULL);
	assert_int_equal(decision()->tip.height, TW_UNKNOWN);
	fakenet_run(&net, 3 * TW_SEC);
	assert_true(decision()->is_pinned);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(decision()->epoch, 2);
	tw_view_node(net.monitor, 2, &view);
	assert_true(view.is_drained);
	tw_view_node(net.monitor, 0, &view);
	assert_int_equal(view.warm_need, 2);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	tw_view_node(net.monitor, 0, &view);
	assert_int_equal(view.warm_need, 4);
}

/* The state is saved when something in it changed, and not with every check. */
static void test_saved_when_it_changes(void **state)
{
	static const enum tw_op ops[] = { TW_OP_PIN, TW_OP_UNPIN, TW_OP_DRAIN, TW_OP_UNDRAIN };
	uint32_t n;

	(void)state;
	start_net();
	n = net.n_saves;
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(net.n_saves, n);
	/* A new block. */
	fakenet_mine(&net, 1, 0);
	fakenet_run(&net, 3 * TW_SEC);
	assert_that(net.n_saves, >, n);
	for (size_t i = 0; i < TW_ARRAY_SIZE(ops); i++) {
		n = net.n_saves;
		assert_int_equal(tw_monitor_operate(net.monitor, net.now, ops[i], 0), 0);
		fakenet_run(&net, 10 * TW_MS);
		assert_that(net.n_saves, >, n);
	}
	/* A switch, which is a new epoch, and the fall that is remembered. */
	fakenet_run(&net, 3 * TW_SEC);
	n = net.n_saves;
	net.nodes[fakenet_chosen(&net)].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_that(net.n_saves, >, n);
	n = net.n_saves;
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(net.n_saves, n);
}

/* Restored, the incumbent is served as soon as it answers; the end of starting chooses afresh. */
static void test_restored_incumbent(void **state)
{
	(void)state;
	start_net();
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	net.nodes[0].result = TW_RESULT_OK;
	net.nodes[1].is_mute = true;
	restart(TW_SEC, NULL);
	fakenet_run(&net, TW_MS);
	assert_string_equal(fakenet_mode(&net), "starting");
	/* It does not answer, and two others agree: another one, and that is a switch. */
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(decision()->epoch, 3);
}

/* The daemon that was served is not in the configuration any more: that is a switch too. */
static void test_restart_without_the_incumbent(void **state)
{
	static const int32_t old_of[] = { 1, 2 };

	(void)state;
	start_net();
	assert_int_equal(decision()->epoch, 1);
	net.n = 2;
	restart(TW_SEC, old_of);
	fakenet_run(&net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "consensus");
	assert_int_equal(decision()->epoch, 2);
}

static void test_restart_on_another_chain(void **state)
{
	struct tw_core_config config;
	struct tw_saved saved;
	struct tw_saved_node nodes[FAKE_NODES];

	(void)state;
	start_net();
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[0].result = TW_RESULT_OK;
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	tw_saved_take(net.monitor, net.now, &saved, nodes);
	tw_monitor_destroy(net.monitor);
	assert_int_equal(saved.epoch, 2);
	assert_int_equal(nodes[0].n_falls, 1);
	net.now += 300 * TW_SEC;
	fakenet_mine(&net, 10, 0);
	config = (struct tw_core_config){ net.policy, net.n, net.policies };
	assert_int_equal(tw_monitor_create(&config, &saved, nodes, net.now, &net.monitor), 0);
	memset(net.running, 0, sizeof(net.running));
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	assert_int_equal(tw_monitor_decision(net.monitor)->epoch, 2);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 1);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	/* On another chain the pool must drop its templates. */
	tw_saved_take(net.monitor, net.now, &saved, nodes);
	tw_monitor_destroy(net.monitor);
	for (uint32_t i = 0; i < 3; i++) {
		to_branch(i, 1005, 1, 1012);
	}
	assert_int_equal(tw_monitor_create(&config, &saved, nodes, net.now, &net.monitor), 0);
	memset(net.running, 0, sizeof(net.running));
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 2);
}

static void to_fork(uint32_t i, int64_t tip)
{
	to_branch(i, 997, 1, tip);
}

/* What a quorum confirmed, and whom it outvoted, survive a restart and a reload. */
static void test_confirmed(void **state)
{
	static const int32_t same[] = { 0, 1, 2 };
	struct tw_core_config config;
	struct tw_monitor *next;
	struct tw_saved saved;
	struct tw_saved_node nodes[FAKE_NODES];

	(void)state;
	start_net();
	to_fork(2, 1005);
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[0].tip = net.nodes[1].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	tw_saved_take(net.monitor, net.now, &saved, nodes);
	assert_int_equal(saved.anchor.height, 1001);
	assert_true(nodes[2].is_outvoted);
	assert_false(nodes[0].is_outvoted);
	net.nodes[0].result = net.nodes[1].result = TW_RESULT_REFUSED;
	restart(TW_SEC, NULL);
	fakenet_run(&net, 10 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 2), "unhealthy/forked");
	assert_int_equal(decision()->anchor_height, 1001);
	assert_int_equal(decision()->tip.height, 1001);
	assert_false(decision()->is_usable);
	config = (struct tw_core_config){ net.policy, net.n, net.policies };
	assert_int_equal(tw_monitor_reconfigure(net.monitor, &config, same, net.now, &next), 0);
	tw_monitor_destroy(net.monitor);
	net.monitor = next;
	memset(net.running, 0, sizeof(net.running));
	fakenet_run(&net, 10 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 2), "unhealthy/forked");
	assert_int_equal(decision()->anchor_height, 1001);
	/* A second node on its chain makes a quorum. */
	net.nodes[1].result = TW_RESULT_OK;
	to_fork(1, 1006);
	to_fork(2, 1006);
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(decision()->anchor_height, 1006);
	assert_true(decision()->is_usable);
	tw_saved_take(net.monitor, net.now, &saved, nodes);
	assert_false(nodes[2].is_outvoted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_of_3, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restart),
		TEST(test_saved_when_it_changes),
		TEST(test_restored_incumbent),
		TEST(test_restart_without_the_incumbent),
		TEST(test_restart_on_another_chain),
		TEST(test_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
