/* The verdict of a node (decision.md, Verdicts), by sentence. */
#include "explain/explain.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"

static void test_failures(void **state)
{
	static const struct {
		enum tw_result result;
		const char *expected;
	} cases[] = {
		{ TW_RESULT_REFUSED, "unresponsive/refused" },
		{ TW_RESULT_TIMEOUT, "unresponsive/timeout" },
		{ TW_RESULT_RESET, "unresponsive/reset" },
		{ TW_RESULT_RESOLVE, "unresponsive/resolve" },
		{ TW_RESULT_TLS, "unresponsive/tls" },
		{ TW_RESULT_BAD_REPLY, "unhealthy/bad_reply" },
		{ TW_RESULT_TOO_LARGE, "unhealthy/too_large" },
		{ TW_RESULT_AUTH, "unhealthy/auth" },
	};

	(void)state;
	start_net();
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		net.nodes[3].result = cases[i].result;
		fakenet_run(&net, 12 * TW_SEC);
		assert_state(3, cases[i].expected);
		assert_int_equal(decision()->answering, 4);
		net.nodes[3].result = TW_RESULT_OK;
		fakenet_run(&net, 40 * TW_SEC);
		assert_state(3, "healthy/ok");
	}
}

/* At once by one check, which has confirmed it itself, and from then on without a vote. */
static void distrusted(enum tw_result result, const char *verdict, const char *says)
{
	struct tw_buf text;

	start_net();
	net.nodes[3].result = result;
	fakenet_run(&net, TW_SEC);
	assert_state(3, verdict);
	assert_int_equal(decision()->answering, 4);
	tw_buf_init(&text, 1024);
	tw_explain_verdict(net.monitor, 3, &text);
	assert_contains(tw_buf_str(&text), says);
	tw_buf_finish(&text);
	net.nodes[3].result = TW_RESULT_OK;
	fakenet_run(&net, TW_SEC);
	assert_state(3, "unhealthy/warming");
	assert_int_equal(decision()->answering, 5);
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(3, "healthy/ok");
	/* The chosen one is left at once, and is nobody's last resort. */
	for (uint32_t i = 1; i < 5; i++)
		net.nodes[i].result = TW_RESULT_TIMEOUT;
	fakenet_run(&net, 20 * TW_SEC);
	net.nodes[0].result = result;
	net.nodes[2].result = TW_RESULT_OK;
	fakenet_run(&net, 10 * TW_SEC);
	assert_state(0, verdict);
	assert_int_equal(decision()->chosen, 2);
}

static void test_wrecked(void **state)
{
	(void)state;
	distrusted(TW_RESULT_WRECKED, "unhealthy/wrecked", "restart it");
}

static void test_bootstrapping(void **state)
{
	(void)state;
	distrusted(TW_RESULT_BOOTSTRAPPING, "unhealthy/bootstrapping", "refuses found blocks");
}

static void test_unchecked(void **state)
{
	(void)state;
	net.nodes[2].is_mute = true;
	start_net();
	assert_state(2, "unknown/unchecked");
	assert_int_equal(decision()->answering, 4);
	assert_int_equal(decision()->voters, 5);
}

/* A node that answers again votes again, in the same step. */
static void test_votes_at_once(void **state)
{
	struct tw_observation obs;

	(void)state;
	start_net();
	net.nodes[3].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(decision()->answering, 4);
	net.nodes[3].result = TW_RESULT_OK;
	fakenet_look(&net, 3, &obs);
	tw_monitor_observe(net.monitor, net.now, 3, -1, &obs);
	tw_monitor_step(net.monitor, net.now);
	assert_state(3, "unhealthy/warming");
	assert_int_equal(decision()->answering, 5);
	fakenet_drain_actions(&net);
}

/* Silent: 2 x interval + timeout after the last good observation. */
static void test_silent(void **state)
{
	(void)state;
	start_net();
	net.nodes[3].is_mute = true;
	fakenet_run(&net, 6 * TW_SEC);
	assert_int_equal(decision()->answering, 5);
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->answering, 4);
	assert_int_equal(decision()->voters, 5);
}

static void test_forked_by_depth(void **state)
{
	(void)state;
	net.policy.fork_tolerance = 3;
	start_net();
	to_branch(4, 997, 1, 1000);
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "healthy/racing");
	to_branch(4, 996, 2, 1000);
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unhealthy/forked");
}

/* A race: healthy until one block target after C went to the other side. */
static void test_racing(void **state)
{
	(void)state;
	start_net();
	/* Two on either side, and one that has neither: C stays at the fork. */
	for (uint32_t i = 0; i < 4; i++)
		to_branch(i, 1000, i < 2 ? 1 : 2, 1001);
	net.nodes[4].tip = 1000;
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(decision()->anchor_height, 1000);
	assert_state(0, "healthy/ok");
	assert_state(2, "healthy/racing");
	fakenet_run(&net, 60 * TW_SEC);
	assert_state(2, "healthy/racing");
	/* Once C is on the other side it has as long as a node that lags. */
	to_branch(4, 1000, 1, 1001);
	fakenet_run(&net, 9 * TW_SEC);
	assert_int_equal(decision()->anchor_height, 1001);
	assert_state(2, "healthy/racing");
	fakenet_run(&net, 3 * TW_SEC);
	assert_state(2, "unhealthy/forked");
	/* The race is over: it came to the other side. */
	to_branch(2, 1000, 1, 1001);
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(2, "healthy/ok");
	/* To lose another one within the hour is no fall: it need not warm up. */
	to_branch(2, 1000, 2, 1001);
	fakenet_run(&net, 12 * TW_SEC);
	assert_state(2, "unhealthy/forked");
	to_branch(2, 1000, 1, 1001);
	fakenet_run(&net, 1100 * TW_MS);
	assert_state(2, "healthy/ok");
}

/* Each race that a node loses has its own time, at the same fork and at another one. */
static void test_racing_again(void **state)
{
	(void)state;
	start_net();
	to_branch(4, 999, 1, 1000);
	fakenet_run(&net, 8 * TW_SEC);
	assert_state(4, "healthy/racing");
	to_branch(4, INT64_MAX, 0, 1000);
	fakenet_run(&net, 5 * TW_SEC);
	to_branch(4, 999, 1, 1000);
	fakenet_run(&net, 8 * TW_SEC);
	assert_state(4, "healthy/racing");
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].tip = 1001;
	to_branch(4, 1000, 2, 1001);
	fakenet_run(&net, 8 * TW_SEC);
	assert_state(4, "healthy/racing");
	fakenet_run(&net, 4 * TW_SEC);
	assert_state(4, "unhealthy/forked");
}

/* More than max_lead beyond T; for the incumbent only beyond the limit of a lone leader. */
static void test_ahead(void **state)
{
	(void)state;
	start_net();
	net.nodes[4].tip = 1002;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "healthy/ok");
	net.nodes[4].tip = 1003;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unhealthy/ahead");
	/* Corroborated it is not, even where T may not follow at once. */
	net.nodes[3].tip = 1008;
	net.nodes[4].tip = 1008;
	fakenet_run(&net, 2 * TW_SEC);
	assert_that(decision()->tip.height, <, 1006);
	assert_state(3, "healthy/ok");
}

/* T may be the first block of a chain: who is far beyond it alone is not believed there either. */
static void test_ahead_of_the_first_block(void **state)
{
	(void)state;
	fakenet_start(&net);
	for (int round = 0; round < 10; round++) {
		net.now += TW_SEC;
		for (int32_t i = 0; i < 5; i++) {
			struct tw_observation obs;

			tw_observation_init(&obs, TW_RESULT_OK);
			obs.peers_in = obs.peers_out = 8;
			for (int64_t h = i == 4 ? 20 : 0; h >= 0; h--) {
				struct tw_point point = fake_block(h, INT64_MAX, 0);

				tw_observation_add(&obs, &point);
			}
			tw_monitor_observe(net.monitor, net.now, i, -1, &obs);
		}
		tw_monitor_step(net.monitor, net.now);
		fakenet_drain_actions(&net);
	}
	assert_int_equal(fakenet_height(&net), 0);
	assert_state(0, "healthy/ok");
	assert_state(4, "unhealthy/ahead");
}

static void test_ahead_incumbent(void **state)
{
	(void)state;
	start_net();
	net.nodes[0].tip = 1004;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(0, "healthy/ok");
	assert_int_equal(fakenet_chosen(&net), 0);
	net.nodes[0].tip = 1050;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(0, "unhealthy/ahead");
	assert_int_equal(fakenet_chosen(&net), 1);
}

static void test_isolated(void **state)
{
	(void)state;
	net.policy.min_peers = 4;
	net.nodes[1].peers = 3;
	net.nodes[2].peers = 4;
	net.nodes[3].peers = TW_UNKNOWN;
	start_net();
	assert_state(1, "unhealthy/isolated");
	assert_state(2, "healthy/ok");
	assert_state(3, "healthy/ok");
	assert_int_equal(decision()->answering, 4);
	assert_int_equal(decision()->voters, 5);
}

/* Behind T by more than max_lag, at once. */
static void test_lagging_by_height(void **state)
{
	(void)state;
	start_net();
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].tip = 1003;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "healthy/ok");
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].tip = 1004;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unhealthy/lagging");
}

/* Or the oldest block that it lacks was accepted more than lag_for ago. */
static void test_lagging_by_time(void **state)
{
	(void)state;
	start_net();
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].tip = 1001;
	fakenet_run(&net, 6 * TW_SEC);
	/* It follows, always a block behind: that is not lagging. */
	for (int n = 0; n < 5; n++) {
		net.nodes[4].tip++;
		for (uint32_t i = 0; i < 4; i++)
			net.nodes[i].tip++;
		fakenet_run(&net, 8 * TW_SEC);
		assert_state(4, "healthy/ok");
	}
	fakenet_run(&net, 3 * TW_SEC);
	assert_state(4, "unhealthy/lagging");
}

/* A large max_lag: blocks that were forgotten long since were accepted long ago. */
static void test_lagging_beyond_the_window(void **state)
{
	(void)state;
	net.policy.max_lag = 1000;
	start_net();
	for (int n = 0; n < 20; n++) {
		for (uint32_t i = 0; i < 4; i++)
			net.nodes[i].tip += 20;
		fakenet_run(&net, TW_SEC);
	}
	fakenet_run(&net, 11 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1400);
	assert_state(4, "unhealthy/lagging");
}

/* The worst reason is the one that is said. */
static void test_worst_first(void **state)
{
	(void)state;
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].template = TW_TEMPLATE_OK;
	start_net();
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, 4), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_state(4, "maintenance/drained");
	net.nodes[4].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, 12 * TW_SEC);
	assert_state(4, "unhealthy/no_template");
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].tip += 4;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unhealthy/lagging");
	net.nodes[4].peers = 0;
	fakenet_run(&net, 6 * TW_SEC);
	assert_state(4, "unhealthy/isolated");
	to_branch(4, 990, 1, 1010);
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unhealthy/forked");
	net.nodes[4].result = TW_RESULT_AUTH;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unhealthy/auth");
	net.nodes[4].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_state(4, "unresponsive/refused");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_of_5, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_failures),
		TEST(test_wrecked),
		TEST(test_bootstrapping),
		TEST(test_unchecked),
		TEST(test_votes_at_once),
		TEST(test_silent),
		TEST(test_forked_by_depth),
		TEST(test_racing),
		TEST(test_racing_again),
		TEST(test_ahead),
		TEST(test_ahead_of_the_first_block),
		TEST(test_ahead_incumbent),
		TEST(test_isolated),
		TEST(test_lagging_by_height),
		TEST(test_lagging_by_time),
		TEST(test_lagging_beyond_the_window),
		TEST(test_worst_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
