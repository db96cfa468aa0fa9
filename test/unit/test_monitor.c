/* The whole step of the core on small networks: one test for each way a pool is hurt. */
#include "fakenet.h"

static void start(struct fakenet *net, uint32_t n)
{
	fakenet_init(net, n);
	fakenet_start(net);
	fakenet_run(net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(net), "consensus");
	assert_int_equal(fakenet_chosen(net), 0);
	assert_int_equal(fakenet_height(net), 1000);
	assert_true(tw_monitor_decision(net->monitor)->is_usable);
}

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
	start(&net, 5);
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
	start(&net, 5);
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
	start(&net, 5);
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].tip++;
	fakenet_run(&net, 9 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1001);
	assert_int_equal(fakenet_chosen(&net), 0);
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
	start(&net, 5);
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
	start(&net, 5);
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
	assert_int_equal(tw_monitor_n_branches(net.monitor), 2);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 1);
	fakenet_finish(&net);
}

/* Points 4 and 9: one far above everybody, and any claim. */
static void test_liars(void **state)
{
	struct fakenet net;

	(void)state;
	start(&net, 5);
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
	start(&net, 5);
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

/* Four stuck, one goes on: followed after six block targets. */
static void test_four_stuck(void **state)
{
	struct fakenet net;

	(void)state;
	start(&net, 5);
	for (int i = 0; i < 6; i++) {
		net.nodes[4].tip++;
		fakenet_run(&net, 30 * TW_SEC);
		if (i < 5)
			assert_int_equal(fakenet_height(&net), 1000);
	}
	net.nodes[4].tip++;
	fakenet_run(&net, 30 * TW_SEC);
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
	start(&net, 5);
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
	/* A step back to an ancestor and forward again is not another chain. */
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 998;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 998);
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
	start(&net, 5);
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
	start(&net, 4);
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
	start(&net, 7);
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
	start(&net, 1);
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
	start(&net, 5);
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

static void test_isolated(void **state)
{
	struct fakenet net;

	(void)state;
	start(&net, 3);
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
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/no_template");
	assert_int_equal(fakenet_chosen(&net), 1);
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
	fakenet_run(&net, 2 * TW_SEC);
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
	start(&net, 3);
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
	start(&net, 3);
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
	start(&net, 3);
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

static void test_restart(void **state)
{
	struct fakenet net;
	struct tw_core_config config;
	struct tw_saved saved;
	struct tw_saved_node nodes[FAKE_NODES];

	(void)state;
	start(&net, 3);
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[0].result = TW_RESULT_OK;
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 1);
	tw_monitor_save(net.monitor, net.now, &saved, nodes);
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
	tw_monitor_save(net.monitor, net.now, &saved, nodes);
	tw_monitor_destroy(net.monitor);
	for (uint32_t i = 0; i < 3; i++) {
		net.nodes[i].fork = 1005;
		net.nodes[i].branch = 1;
		net.nodes[i].tip = 1012;
	}
	assert_int_equal(tw_monitor_create(&config, &saved, nodes, net.now, &net.monitor), 0);
	memset(net.running, 0, sizeof(net.running));
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(tw_monitor_decision(net.monitor)->chain_epoch, 2);
	fakenet_finish(&net);
}

static void test_reconfigure(void **state)
{
	static const int32_t old_of[] = { 2, TW_NODE_NONE, 0 };
	struct fakenet net, other;
	struct tw_core_config config;

	(void)state;
	start(&net, 3);
	fakenet_init(&other, 3);
	other.now = net.now;
	config = (struct tw_core_config){ other.policy, 3, other.policies };
	assert_int_equal(
		tw_monitor_reconfigure(net.monitor, &config, old_of, net.now, &other.monitor), 0);
	fakenet_finish(&net);
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
	start(&net, 3);
	fakenet_run(&net, 500 * TW_MS);
	assert_true(tw_monitor_report(net.monitor, net.now, 0, TW_REPORT_TEMPLATE_FAILED));
	assert_false(tw_monitor_report(net.monitor, net.now, 0, TW_REPORT_TEMPLATE_FAILED));
	tw_monitor_step(net.monitor, net.now);
	while (tw_monitor_next_action(net.monitor, &action))
		has_started =
			has_started || (action.kind == TW_ACTION_START_CHECK && action.node == 0);
	assert_true(has_started);
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
		cmocka_unit_test(test_isolated),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_operator),
		cmocka_unit_test(test_failback),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_island_and_stall),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_reconfigure),
		cmocka_unit_test(test_report_and_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
