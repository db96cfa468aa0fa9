/* io/daemon/feed and log: gaps, the first look, one decision an instant, transitions logged once.
 */
#include "daemon_case.h"
#include "explain/view.h"
#include "fixture/compare.h"
#include "io/daemon/feed.h"
#include "io/daemon/log.h"

#define THREE                                                                                      \
	"daemons = ( { name = \"a\"; url = \"http://127.0.0.1:1\"; },"                             \
	" { name = \"b\"; url = \"http://127.0.0.1:2\"; },"                                        \
	" { name = \"c\"; url = \"http://127.0.0.1:3\"; } );"

/* A feed that no probe feeds: the test does. */
struct fixture {
	struct daemon_case *c;
	struct tw_daemon_setup setup;
	struct tw_daemon_journal journal; /* writes no file */
	struct tw_daemon_feed feed;
};

static void start(struct fixture *f, struct daemon_case *c)
{
	struct tw_config *config = case_config(c, THREE);
	struct tw_daemon_setup_ears ears = tw_daemon_feed_ears(&f->feed);
	struct tw_core_config core;

	*f = (struct fixture){ .c = c };
	assert_int_equal(tw_daemon_setup_init(&f->setup, c->loop, config, false, &ears), 0);
	tw_config_core(config, &core);
	assert_int_equal(
		tw_monitor_create(&core, NULL, NULL, tw_loop_now(c->loop), &f->setup.monitor), 0);
	tw_daemon_feed_init(&f->feed, c->loop, &f->setup, &f->journal);
}

static void finish(struct fixture *f)
{
	tw_daemon_feed_finish(&f->feed);
	tw_daemon_setup_finish(&f->setup);
}

static uint64_t n_observed(const struct fixture *f, int32_t node)
{
	struct tw_view_node view;

	tw_view_node(f->setup.monitor, node, &view);
	return view.checks;
}

/* A good result: a chain of one block. */
static struct tw_observation good(void)
{
	struct tw_observation obs;
	struct tw_point tip = { .height = 1000, .hash.bytes = { 1 } };

	tw_observation_init(&obs, TW_RESULT_OK);
	obs.rtt_us = 5 * TW_MS;
	tw_observation_add(&obs, &tip);
	return obs;
}

static void check(struct fixture *f, int32_t node)
{
	struct tw_observation obs = good();

	tw_daemon_feed_on_check(&f->feed, node, TW_SLOT_REGULAR, &obs);
}

/* --- gaps --- */

static void test_gap(void **state)
{
	struct fixture f;

	start(&f, *state);
	/* Nothing was to wake the loop: nothing is late. */
	tw_daemon_feed_enter(&f.feed);
	assert_false(f.feed.is_fed);
	/* Late, but not so late that the loop stood still. */
	f.feed.armed_us = tw_loop_now(f.c->loop) - TW_DAEMON_FEED_GAP_US + TW_SEC;
	tw_daemon_feed_enter(&f.feed);
	assert_false(f.feed.is_fed);
	assert_int_equal(f.feed.gap_us, TW_UNKNOWN);
	assert_string_equal(case_log(f.c), "");
	f.feed.armed_us = tw_loop_now(f.c->loop) - TW_DAEMON_FEED_GAP_US - TW_SEC;
	tw_daemon_feed_enter(&f.feed);
	assert_true(f.feed.is_fed);
	assert_true(tw_monitor_is_holding(f.setup.monitor));
	assert_contains(case_log(f.c), "stood still for 3.0 s");
	/* It is noticed once. */
	f.feed.is_fed = false;
	tw_daemon_feed_enter(&f.feed);
	assert_false(f.feed.is_fed);
	assert_string_equal(case_log(f.c), "");
	finish(&f);
}

static void check_across_gap(void *ctx)
{
	struct fixture *f = ctx;

	f->feed.armed_us = tw_loop_now(f->c->loop) - 60 * TW_SEC;
	check(f, 0);
	check(f, 1);
}

static void check_both(void *ctx)
{
	struct fixture *f = ctx;

	f->feed.armed_us = TW_NEVER;
	check(f, 0);
	check(f, 1);
}

/* Results of checks that were under way in the gap are dropped: the time-outs are our own. Those of
 * the next wake-up count. */
static void test_result_across_gap(void **state)
{
	struct fixture f;

	start(&f, *state);
	case_in_loop(f.c, check_across_gap, &f);
	assert_int_equal(n_observed(&f, 0), 0);
	assert_int_equal(n_observed(&f, 1), 0);
	case_in_loop(f.c, check_both, &f);
	assert_int_equal(n_observed(&f, 0), 1);
	assert_int_equal(n_observed(&f, 1), 1);
	finish(&f);
}

/* --- the first look --- */

static void test_first_look_waits_for_all(void **state)
{
	struct fixture f;

	start(&f, *state);
	assert_int_equal(tw_daemon_feed_open_first_look(&f.feed), 0);
	f.feed.first.until_us = tw_loop_now(f.c->loop) + TW_HOUR;
	for (int32_t i = 0; i < 3; i++) {
		tw_daemon_feed_end_first_look(&f.feed);
		assert_true(f.feed.first.is_open);
		assert_false(f.feed.is_fed);
		check(&f, i);
		for (int32_t k = 0; k < 3; k++)
			assert_int_equal(n_observed(&f, k), 0);
	}
	tw_daemon_feed_end_first_look(&f.feed);
	assert_false(f.feed.first.is_open);
	assert_true(f.feed.is_fed);
	for (int32_t i = 0; i < 3; i++)
		assert_int_equal(n_observed(&f, i), 1);
	finish(&f);
}

static void test_first_look_ends_in_time(void **state)
{
	struct fixture f;
	int64_t opened_us;

	start(&f, *state);
	opened_us = tw_loop_now(f.c->loop);
	assert_int_equal(tw_daemon_feed_open_first_look(&f.feed), 0);
	assert_in_range(f.feed.first.until_us - TW_DAEMON_FEED_FIRST_LOOK_US, opened_us,
		tw_loop_now(f.c->loop));
	/* The loop has to wake for it. */
	assert_that(tw_daemon_feed_arm(&f.feed, TW_NEVER), <=, f.feed.first.until_us);
	f.feed.armed_us = TW_NEVER;
	check(&f, 1);
	/* Only the first result of a node is kept back. */
	check(&f, 1);
	assert_int_equal(n_observed(&f, 1), 1);
	f.feed.first.until_us = tw_loop_now(f.c->loop);
	tw_daemon_feed_end_first_look(&f.feed);
	assert_false(f.feed.first.is_open);
	assert_int_equal(n_observed(&f, 0), 0);
	assert_int_equal(n_observed(&f, 1), 2);
	/* From now on every result is fed as it comes. */
	check(&f, 0);
	assert_int_equal(n_observed(&f, 0), 1);
	finish(&f);
}

/* --- time --- */

/* Lets the core decide, and carries nothing out. */
static bool step(struct fixture *f)
{
	struct tw_action action;

	if (!tw_daemon_feed_step(&f->feed))
		return false;
	while (tw_monitor_next_action(f->setup.monitor, &action))
		;
	return true;
}

static void step_twice(void *ctx)
{
	struct fixture *f = ctx;
	int64_t first = tw_daemon_feed_now(&f->feed);

	tw_daemon_feed_request_check(&f->feed, TW_NODE_NONE);
	assert_true(step(f));
	/* In the same wake-up: later than the decision, and one more decision. */
	assert_int_equal(tw_loop_now(f->c->loop), first);
	assert_int_equal(tw_daemon_feed_now(&f->feed), first + 1);
	assert_true(tw_daemon_feed_report(&f->feed, 0, TW_REPORT_TIMEOUT));
	assert_int_equal(tw_daemon_feed_arm(&f->feed, TW_NEVER), first);
	assert_true(step(f));
	assert_int_equal(tw_daemon_feed_now(&f->feed), first + 2);
	/* What the core ignores is no reason to decide. */
	assert_false(tw_daemon_feed_report(&f->feed, 0, TW_REPORT_TIMEOUT));
	assert_false(f->feed.is_fed);
	if (tw_monitor_deadline(f->setup.monitor) > first + 2)
		assert_false(step(f));
	assert_that(tw_daemon_feed_arm(&f->feed, first + 7), <=, first + 7);
}

static void test_one_decision_an_instant(void **state)
{
	struct fixture f;

	start(&f, *state);
	case_in_loop(f.c, step_twice, &f);
	finish(&f);
}

/* --- the log --- */

static void feed_and_log(struct fixture *f, struct tw_daemon_log *log)
{
	step(f);
	tw_daemon_log_changes(log, &f->setup, tw_loop_now(f->c->loop));
}

static void test_transitions_are_logged_once(void **state)
{
	struct tw_daemon_log log;
	struct tw_observation refused;
	struct fixture f;
	const char *text;

	start(&f, *state);
	tw_daemon_log_init(&log);
	tw_daemon_log_changes(&log, &f.setup, tw_loop_now(f.c->loop));
	assert_string_equal(case_log(f.c), "");
	for (int32_t i = 0; i < 3; i++)
		check(&f, i);
	feed_and_log(&f, &log);
	text = case_log(f.c);
	for (int i = 0; i < 3; i++) {
		const char *const lines[] = { "a: unknown/unchecked -> healthy/ok\n",
			"b: unknown/unchecked -> healthy/ok\n",
			"c: unknown/unchecked -> healthy/ok\n" };

		assert_int_equal(count_lines(text, lines[i]), 1);
	}
	assert_int_equal(count_lines(text, "mode: starting -> consensus: "), 1);
	assert_int_equal(count_lines(text, "using a\n"), 1);
	/* Nothing changed: nothing is logged, whether something was fed or not. */
	for (int round = 0; round < 3; round++) {
		for (int32_t i = 0; i < 3; i++)
			check(&f, i);
		feed_and_log(&f, &log);
		tw_daemon_log_changes(&log, &f.setup, tw_loop_now(f.c->loop));
		assert_string_equal(case_log(f.c), "");
	}
	tw_observation_init(&refused, TW_RESULT_REFUSED);
	for (int i = 0; i < 10; i++) {
		tw_daemon_feed_on_check(&f.feed, 0, TW_SLOT_REGULAR, &refused);
		check(&f, 1);
		check(&f, 2);
		feed_and_log(&f, &log);
	}
	text = case_log(f.c);
	assert_int_equal(count_lines(text, " -> unresponsive/refused: "), 1);
	assert_int_equal(count_lines(text, "switch: a -> "), 1);
	assert_int_equal(count_lines(text, "using "), 0);
	finish(&f);
}

/* A daemon that fails in two ways in turn is a line a minute, and not one for each check. */
static void test_what_alternates_is_counted(void **state)
{
	struct tw_observation bad[2];
	struct tw_daemon_log log;
	struct fixture f;
	int64_t now;
	const char *text;
	int n = 0;

	start(&f, *state);
	tw_daemon_log_init(&log);
	for (int32_t i = 0; i < 3; i++)
		check(&f, i);
	feed_and_log(&f, &log);
	assert_int_equal(count_lines(case_log(f.c), "a: unknown/unchecked -> healthy/ok\n"), 1);
	now = tw_loop_now(f.c->loop);
	tw_observation_init(&bad[0], TW_RESULT_WRECKED);
	tw_observation_init(&bad[1], TW_RESULT_BOOTSTRAPPING);
	for (int second = 0; second < 360; second += 2) {
		tw_daemon_feed_on_check(&f.feed, 0, TW_SLOT_REGULAR, &bad[second / 2 % 2]);
		step(&f);
		tw_daemon_log_changes(&log, &f.setup, now + second * TW_SEC);
		text = case_log(f.c);
		n += count_lines(text, "a: unhealthy/") + count_lines(text, "a: healthy/");
		if (second == 60)
			assert_contains(text, "a: unhealthy/bootstrapping -> "
					      "unhealthy/wrecked, the last of 28 changes "
					      "within a minute: ");
	}
	/* Three one by one, after that of the start, and then one in each minute. */
	assert_int_equal(n, 3 + 5);
	/* It holds: the rest is said without another change, when the minute is over, and once. */
	tw_daemon_log_changes(&log, &f.setup, now + 420 * TW_SEC);
	assert_int_equal(count_lines(case_log(f.c), "a: unhealthy/"), 1);
	tw_daemon_log_changes(&log, &f.setup, now + 500 * TW_SEC);
	assert_string_equal(case_log(f.c), "");
	finish(&f);
}

/* What was written of the core stays true until it is fed or has decided. */
static void test_revision(void **state)
{
	struct fixture f;
	uint64_t revision;

	start(&f, *state);
	revision = f.feed.revision;
	check(&f, 0);
	assert_that(f.feed.revision, >, revision);
	revision = f.feed.revision;
	assert_true(tw_daemon_feed_step(&f.feed));
	assert_that(f.feed.revision, >, revision);
	/* A wake-up for a question alone. */
	revision = f.feed.revision;
	tw_daemon_feed_enter(&f.feed);
	(void)tw_daemon_feed_source(&f.feed);
	assert_int_equal(f.feed.revision, revision);
	assert_int_equal(tw_daemon_feed_operate(&f.feed, TW_OP_DRAIN, 1), 0);
	assert_that(f.feed.revision, >, revision);
	finish(&f);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)
	const struct CMUnitTest tests[] = {
		T(test_gap),
		T(test_result_across_gap),
		T(test_first_look_waits_for_all),
		T(test_first_look_ends_in_time),
		T(test_one_decision_an_instant),
		T(test_transitions_are_logged_once),
		T(test_what_alternates_is_counted),
		T(test_revision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
