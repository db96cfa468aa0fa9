/* core/look and core/news: how often which node is checked, and what starts a check early. */
#include "fixture/compare.h"
#include "fixture/one_net.h"

static int64_t tip(int32_t node)
{
	struct tw_view_node view;

	tw_view_node(net.monitor, node, &view);
	return view.chain->tip;
}

/* Five daemons whose pace is known, at the start of an interval; d1 is chosen. */
static void begin(void)
{
	fakenet_begin(&net, 5);
	fakenet_run(&net, 20 * TW_SEC + 10 * TW_MS);
}

/* Runs until the node is down, for at most a minute; returns how long it took. */
static int64_t until_down(int32_t node)
{
	int64_t begun = net.now;

	while (strncmp(fakenet_state(&net, node), "unresponsive", 12) != 0 &&
		net.now - begun < TW_MIN)
		fakenet_run(&net, TW_MS);
	return net.now - begun;
}

static void test_how_often(void **state)
{
	uint64_t before[5];

	(void)state;
	begin();
	for (int32_t i = 0; i < 5; i++)
		before[i] = checks(i);
	fakenet_run(&net, TW_MIN);
	assert_int_equal(checks(0) - before[0], 300);
	for (int32_t i = 1; i < 5; i++)
		assert_int_equal(checks(i) - before[i], 60);
}

static void count_chosen(uint32_t looks, int64_t interval_us, uint64_t expected)
{
	uint64_t before;

	fakenet_init(&net, 3);
	net.policy.looks = looks;
	net.policy.interval_us = interval_us;
	fakenet_start(&net);
	fakenet_run(&net, 20 * TW_SEC);
	before = checks(0);
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(checks(0) - before, expected);
}

static void test_as_configured(void **state)
{
	(void)state;
	count_chosen(1, TW_SEC, 20);
	fakenet_finish(&net);
	count_chosen(10, 2 * TW_SEC, 100);
	fakenet_finish(&net);
	count_chosen(10, 500 * TW_MS, 200); /* each 100 ms */
	fakenet_finish(&net);
	count_chosen(5, 100 * TW_MS, 200);
}

/* n daemons that give templates, whose pace is known, at the start of an interval. */
static void begin_with_templates(uint32_t n)
{
	fakenet_init(&net, n);
	net.policy.has_template = true;
	fakenet_start(&net);
	fakenet_run(&net, 20 * TW_SEC + 10 * TW_MS);
}

struct asked {
	uint32_t n_checks;
	uint32_t n_infos;
	uint32_t n_templates;
};

/* What d1 is asked for within a minute. */
static struct asked ask_for_a_minute(void)
{
	int64_t end_us = net.now + TW_MIN;
	struct asked asked = { 0 };

	while (net.now < end_us) {
		struct tw_action action;

		tw_monitor_step(net.monitor, net.now);
		while (tw_monitor_next_action(net.monitor, &action)) {
			if (action.kind != TW_ACTION_START_CHECK)
				continue;
			if (action.node == 0) {
				asked.n_checks++;
				asked.n_infos += action.order.wants_info;
				asked.n_templates += action.order.wants_template;
			}
			fakenet_check(&net, action.node, &action);
		}
		net.now += TW_MS;
	}
	return asked;
}

/* Peer counts and templates are no more often asked for than with one look an interval. */
static void test_what_is_asked(void **state)
{
	struct asked asked;

	(void)state;
	begin_with_templates(3);
	asked = ask_for_a_minute();
	assert_int_equal(asked.n_checks, 300);
	assert_in_range(asked.n_infos, 11, 13);
	assert_int_equal(asked.n_templates, 6);
}

/* An only daemon that refuses templates is asked for one again once an interval, not more seldom.
 */
static void test_refused_template(void **state)
{
	struct asked asked;

	(void)state;
	begin_with_templates(1);
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, 20 * TW_SEC);
	assert_state(0, "unhealthy/no_template");
	asked = ask_for_a_minute();
	assert_int_equal(asked.n_checks, 300);
	assert_int_equal(asked.n_templates, 60);
}

/* A daemon that becomes the chosen one is looked at like one from that moment. */
static void test_the_next_chosen(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 250 * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
	before = checks(1);
	fakenet_run(&net, 2 * TW_SEC);
	assert_in_range(checks(1) - before, 9, 12);
}

static void test_killed(void **state)
{
	(void)state;
	begin();
	for (int32_t i = 0; i < 3; i++) {
		int64_t took;

		fakenet_run(&net, (i + 1) * 330 * TW_MS);
		net.nodes[i].result = i == 1 ? TW_RESULT_RESET : TW_RESULT_REFUSED;
		took = until_down(i);
		assert_that(took, <=, 210 * TW_MS);
		assert_int_equal(fakenet_chosen(&net), i + 1);
	}
}

/* All die in one moment: it is not gone from one dead daemon to the next. */
static void test_all_killed(void **state)
{
	uint64_t n;

	(void)state;
	begin();
	n = tw_monitor_n_switches(net.monitor);
	for (int32_t i = 0; i < 5; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	(void)until_down(4);
	fakenet_run(&net, 10 * TW_SEC);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
	assert_int_equal(fakenet_chosen(&net), 0);
	/* To d2, whose failure was not confirmed yet, and back to the primary. */
	assert_int_equal(tw_monitor_n_switches(net.monitor), n + 2);
}

/* Next look, 100 ms until it is late, and min_timeout for the one beside it. */
static void test_hung(void **state)
{
	int64_t took;

	(void)state;
	begin();
	net.nodes[0].result = TW_RESULT_TIMEOUT;
	took = until_down(0);
	assert_that(took, <=, (200 + 100 + 250 + 5) * TW_MS);
	assert_int_equal(fakenet_chosen(&net), 1);
	/* One that is not chosen: the next check is up to an interval away. */
	net.nodes[2].result = TW_RESULT_TIMEOUT;
	took = until_down(2);
	assert_that(took, <=, (1000 + 100 + 250 + 5) * TW_MS);
}

/* A check that is only late: the one beside it shows that the daemon is well. */
static void test_late_and_well(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	fakenet_run(&net, 185 * TW_MS);
	before = checks(0);
	net.nodes[0].stalls_until_us = net.now + 230 * TW_MS;
	fakenet_run(&net, 300 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_in_range(checks(0) - before, 2, 3);
	assert_int_equal(fakenet_chosen(&net), 0);
}

/* The chosen daemon is the first one to go to a longer chain. */
static void leave_first(void)
{
	begin();
	fakenet_mine(&net, 3, 0);
	fakenet_run(&net, 3 * TW_SEC);
	to_branch(0, 1000, 1, 1004);
	fakenet_run(&net, 250 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "healthy/racing");
	assert_int_equal(fakenet_chosen(&net), 0);
}

static void test_reorganisation_in_a_moment(void **state)
{
	(void)state;
	leave_first();
	for (int32_t i = 1; i < 5; i++)
		net.nodes[i] = net.nodes[0];
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_int_equal(tw_monitor_n_switches(net.monitor), 0);
}

static void test_nobody_follows(void **state)
{
	(void)state;
	leave_first();
	fakenet_run(&net, 260 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/forked");
	assert_int_equal(fakenet_chosen(&net), 1);
	/* It gets no other moment as the chosen one. */
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_PIN, 0), 0);
	fakenet_run(&net, 10 * TW_MS);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/forked");
}

/* d3 shows a block first: all others are asked for it at once, and again until they have it. */
static void test_a_block_is_news(void **state)
{
	uint64_t before[5];

	(void)state;
	begin();
	fakenet_run(&net, 100 * TW_MS);
	for (int32_t i = 0; i < 5; i++)
		before[i] = checks(i);
	net.nodes[0].tip = net.nodes[2].tip = 1001;
	fakenet_run(&net, 100 * TW_MS);
	assert_int_equal(tip(0), 1001); /* by a look */
	assert_int_equal(tip(2), 1001); /* by the news */
	assert_int_equal(fakenet_height(&net), 1001);
	for (int32_t i = 1; i < 5; i++)
		assert_int_equal(checks(i) - before[i], 1);
	fakenet_run(&net, 120 * TW_MS);
	assert_int_equal(checks(1) - before[1], 2);
	assert_int_equal(checks(2) - before[2], 1);
	net.nodes[1].tip = 1001;
	fakenet_run(&net, 200 * TW_MS);
	assert_int_equal(tip(1), 1001);
	/* d4 never gets it: it is asked after 0, 100, 300 and 700 ms, and then as ever. */
	fakenet_run(&net, 400 * TW_MS);
	assert_int_equal(checks(3) - before[3], 4);
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(checks(3) - before[3], 7);
}

/* A daemon that makes up a block with every look does not get everybody checked for each. */
static void test_made_up_news(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	before = checks(1);
	for (int i = 0; i < 100; i++) {
		net.nodes[0].fork = 1000;
		net.nodes[0].branch = 1;
		net.nodes[0].tip++;
		fakenet_run(&net, 100 * TW_MS);
	}
	assert_in_range(checks(1) - before, 10, 60);
}

/* A link that announces blocks without end: a check in 100 ms, and then all is as ever. */
static void test_flood_of_pushes(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	before = checks(4);
	for (int i = 0; i < 1000; i++) {
		(void)tw_monitor_link(net.monitor, net.now, 4, TW_LINK_PUSH, NULL);
		fakenet_run(&net, 10 * TW_MS);
	}
	assert_in_range(checks(4) - before, 90, 101);
	before = checks(4);
	fakenet_run(&net, 10 * TW_SEC);
	assert_in_range(checks(4) - before, 9, 11);
}

/* When the last check of each node began, and how many began at the busiest of the last moments. */
static uint32_t busiest(int64_t us, int64_t begun_us[FAKE_NODES])
{
	int64_t end_us = net.now + us;
	uint32_t most = 0;

	while (net.now < end_us) {
		struct tw_action action;
		uint32_t n = 0;

		tw_monitor_step(net.monitor, net.now);
		while (tw_monitor_next_action(net.monitor, &action)) {
			if (action.kind != TW_ACTION_START_CHECK)
				continue;
			/* Never less often than once an interval. */
			assert_that(net.now - begun_us[action.node], <=, TW_SEC + 2 * TW_MS);
			n += action.node != 0;
			begun_us[action.node] = net.now;
			fakenet_check(&net, action.node, &action);
		}
		most = n > most ? n : most;
		net.now += TW_MS;
	}
	return most;
}

/* Many nodes are checked in groups, and go back to their moments after a block brought all of them
 * to another one. */
static void test_many_are_spread(void **state)
{
	int64_t begun_us[FAKE_NODES];
	uint64_t before;

	(void)state;
	fakenet_begin(&net, FAKE_NODES);
	for (int i = 0; i < FAKE_NODES; i++)
		begun_us[i] = net.now;
	(void)busiest(2 * TW_SEC, begun_us);
	assert_int_equal(busiest(5 * TW_SEC, begun_us), 8);
	for (int ms = 5; ms < 1000; ms += 110) {
		(void)busiest(ms * TW_MS, begun_us);
		before = checks(9);
		fakenet_mine(&net, 1, 0);
		/* Who shows it first is one of a group, or the chosen one. */
		assert_in_range(busiest(500 * TW_MS, begun_us), 7, FAKE_NODES - 1);
		(void)busiest(1500 * TW_MS, begun_us);
		/* One for the block, and no more than one for the way back. */
		assert_in_range(checks(9) - before, 2, 4);
		assert_int_equal(busiest(3 * TW_SEC, begun_us), 8);
	}
	before = checks(9);
	(void)busiest(10 * TW_SEC, begun_us);
	assert_int_equal(checks(9) - before, 10);
}

/* Whoever is down is not asked for a block. */
static void test_no_news_for_the_dead(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	net.nodes[4].result = TW_RESULT_REFUSED;
	(void)until_down(4);
	before = checks(4);
	fakenet_mine(&net, 1, 0);
	fakenet_run(&net, 900 * TW_MS);
	assert_in_range(checks(4) - before, 0, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_how_often),
		TEST(test_as_configured),
		TEST(test_what_is_asked),
		TEST(test_refused_template),
		TEST(test_the_next_chosen),
		TEST(test_killed),
		TEST(test_all_killed),
		TEST(test_hung),
		TEST(test_late_and_well),
		TEST(test_reorganisation_in_a_moment),
		TEST(test_nobody_follows),
		TEST(test_a_block_is_news),
		TEST(test_made_up_news),
		TEST(test_flood_of_pushes),
		TEST(test_many_are_spread),
		TEST(test_no_news_for_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
