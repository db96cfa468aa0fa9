/* serve/history: frames in, JSON out, over hours of passed-in time. */
#include "base/time.h"
#include "fake_monitor.h"
#include "serve/history.h"
#include "json/json.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct fake fake;
	struct tw_history *history;
	struct tw_buf out;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || tw_history_create(FAKE_NODES, TW_SEC, &f->history) < 0)
		return -1;
	fake_init(&f->fake);
	tw_buf_init(&f->out, 16 << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_history_destroy(f->history);
	tw_buf_finish(&f->out);
	free(f);
	return 0;
}

static void take(struct fixture *f, int64_t now_us)
{
	f->fake.source.now_us = now_us;
	f->fake.source.wall_us = 1000000 * TW_SEC + now_us;
	tw_history_take(f->history, &f->fake.source, false);
}

static void has(struct fixture *f, enum tw_history_span span, const char *text)
{
	tw_buf_clear(&f->out);
	tw_history_write(f->history, span, &f->fake.source, &f->out);
	assert_int_equal(f->out.error, 0);
	if (strstr(tw_buf_str(&f->out), text) == NULL)
		fail_msg("%s is not in:\n%s", text, tw_buf_str(&f->out));
}

static void test_empty(void **state)
{
	struct fixture *f = *state;

	assert_true(tw_history_is_due(f->history, 0));
	has(f, TW_HISTORY_HOUR, "\"step_ms\":1000,");
	has(f, TW_HISTORY_HOUR, "\"frames\":0}");
	has(f, TW_HISTORY_DAY, "\"step_ms\":60000,");
}

static void test_changes_only(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++) {
		if (i == 40)
			f->fake.monitor.decision.mode = TW_MODE_CONTESTED;
		if (i == 50) {
			f->fake.monitor.decision.chosen = TW_NODE_NONE;
			f->fake.monitor.views[1].verdict.reason = TW_REASON_REFUSED;
			f->fake.monitor.decision.is_usable = false;
		}
		assert_true(tw_history_is_due(f->history, (1000 + i) * TW_SEC));
		take(f, (1000 + i) * TW_SEC + 7);
		assert_false(tw_history_is_due(f->history, (1000 + i) * TW_SEC + 999));
	}
	has(f, TW_HISTORY_HOUR, "\"from_ms\":1001000000,\"frames\":100,");
	has(f, TW_HISTORY_HOUR, "\"mode\":[0,\"consensus\",40,\"contested\"]");
	has(f, TW_HISTORY_HOUR, "\"chosen\":[0,\"beta\",50,null]");
	has(f, TW_HISTORY_HOUR, "\"usable\":[0,true,50,false]");
	has(f, TW_HISTORY_HOUR, "\"network_height\":[0,1002]");
	has(f, TW_HISTORY_HOUR,
		"{\"name\":\"alpha\",\"reason\":[0,\"lagging\"],\"behind\":[0,4],\"branch\":[0,0]}"
		",{\"name\":\"beta\",\"reason\":[0,\"ok\",50,\"refused\"],\"behind\":[0,0],"
		"\"branch\":[0,0]},{\"name\":\"seed\",\"reason\":[0,\"unchecked\"],"
		"\"behind\":[0,null],\"branch\":[0,null]}");
	/* 1000 s is in minute 16: 20 s of it, then a whole one, then 20 s. */
	has(f, TW_HISTORY_DAY, "\"frames\":3,");
	has(f, TW_HISTORY_DAY, "\"mode\":[0,\"consensus\",1,\"contested\"]");
	has(f, TW_HISTORY_DAY, "\"usable\":[0,true,1,false]");
	has(f, TW_HISTORY_DAY, "\"reason\":[0,\"ok\",1,\"refused\"]");
}

/* Nothing changes without an event, so seconds without one are as before; not so in a gap. */
static void test_between_and_gaps(void **state)
{
	struct fixture *f = *state;

	take(f, 10 * TW_SEC);
	f->fake.monitor.decision.mode = TW_MODE_REDUCED;
	take(f, 15 * TW_SEC);
	has(f, TW_HISTORY_HOUR, "\"mode\":[0,\"consensus\",5,\"reduced\"]");
	f->fake.source.now_us = 20 * TW_SEC;
	tw_history_take(f->history, &f->fake.source, true);
	has(f, TW_HISTORY_HOUR, "\"mode\":[0,\"consensus\",5,\"reduced\",6,null,10,\"reduced\"]");
	/* Time that went back is left out, a leap of days forgets everything. */
	take(f, 12 * TW_SEC);
	has(f, TW_HISTORY_HOUR, "\"frames\":11,");
	take(f, 5 * TW_DAY);
	has(f, TW_HISTORY_HOUR, "\"frames\":1,");
	has(f, TW_HISTORY_DAY, "\"frames\":1,");
}

/* A frame that is taken several times has the worst of each value. */
static void test_the_worst_of_a_frame(void **state)
{
	struct fixture *f = *state;
	struct tw_monitor *m = &f->fake.monitor;
	static const int64_t tips[] = { TW_UNKNOWN, 1000, 998, 1001, TW_UNKNOWN };

	m->decision.tip.height = 1002;
	for (size_t i = 0; i < TW_ARRAY_SIZE(tips); i++) {
		m->chains[0].tip = tips[i];
		m->decision.mode = i == 2 ? TW_MODE_CONTESTED : TW_MODE_REDUCED;
		m->decision.is_stalled = i == 2;
		m->decision.is_usable = i != 2;
		m->decision.answering = i == 2 ? 1 : 3;
		m->decision.conflicting = i == 2 ? 2 : 0;
		m->views[0].verdict.reason = i == 2 ? TW_REASON_TIMEOUT : TW_REASON_OK;
		take(f, 600 * TW_SEC + (int64_t)i);
	}
	has(f, TW_HISTORY_HOUR, "\"frames\":1,");
	has(f, TW_HISTORY_HOUR, "\"mode\":[0,\"contested\"]");
	has(f, TW_HISTORY_HOUR, "\"usable\":[0,false]");
	has(f, TW_HISTORY_HOUR, "\"stalled\":[0,true]");
	has(f, TW_HISTORY_HOUR, "\"answering\":[0,1]");
	has(f, TW_HISTORY_HOUR, "\"conflicting\":[0,2]");
	has(f, TW_HISTORY_HOUR, "{\"name\":\"alpha\",\"reason\":[0,\"timeout\"],\"behind\":[0,4],");
}

/* The rings go round: an incident is in the day when the hour has forgotten it. */
static void test_a_day(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 90000; i += 3) {
		bool is_bad = i >= 20000 && i < 20006;

		f->fake.monitor.decision.is_usable = !is_bad;
		f->fake.monitor.views[1].verdict.reason = is_bad ? TW_REASON_TIMEOUT : TW_REASON_OK;
		take(f, i * TW_SEC);
	}
	has(f, TW_HISTORY_HOUR, "\"frames\":3600,");
	has(f, TW_HISTORY_HOUR, "\"usable\":[0,true]");
	has(f, TW_HISTORY_DAY, "\"frames\":1440,");
	/* Minute 333 of 1500, of which the last 1440 are there. */
	has(f, TW_HISTORY_DAY, "\"usable\":[0,true,273,false,274,true]");
	has(f, TW_HISTORY_DAY, "\"reason\":[0,\"ok\",273,\"timeout\",274,\"ok\"]");
}

/* After a reload the nodes stand elsewhere, and some are gone or new. */
static void test_carry(void **state)
{
	static const int32_t old_of[] = { 1, TW_NODE_NONE };
	struct fixture *f = *state;
	struct tw_history *next;

	for (int i = 0; i < 10; i++) {
		f->fake.monitor.decision.chosen = i < 5 ? 0 : 1;
		take(f, (100 + i) * TW_SEC);
	}
	assert_int_equal(tw_history_create(2, TW_SEC, &next), 0);
	tw_history_carry(next, f->history, old_of);
	tw_history_destroy(f->history);
	f->history = next;
	(void)strcpy(f->fake.nodes[0].policy.name, "beta");
	(void)strcpy(f->fake.nodes[1].policy.name, "new");
	has(f, TW_HISTORY_HOUR, "\"frames\":10,");
	has(f, TW_HISTORY_HOUR, "\"chosen\":[0,null,5,\"beta\"]");
	has(f, TW_HISTORY_HOUR, "{\"name\":\"beta\",\"reason\":[0,\"ok\"]");
	has(f, TW_HISTORY_HOUR,
		"{\"name\":\"new\",\"reason\":[0,\"unchecked\"],\"behind\":[0,null]");
	has(f, TW_HISTORY_DAY, "\"frames\":1,");
}

/* However many nodes there are, the memory is bounded, and steps are whole intervals. */
static void test_bounds(void **state)
{
	static const struct {
		uint32_t n_nodes;
		int64_t interval_us;
		const char *hour, *day;
	} cases[] = {
		{ 5, TW_SEC, "\"step_ms\":1000,", "\"step_ms\":60000," },
		{ 5, 100 * TW_MS, "\"step_ms\":1000,", "\"step_ms\":60000," },
		{ 5, 15 * TW_SEC, "\"step_ms\":15000,", "\"step_ms\":60000," },
		{ 5, TW_HOUR, "\"step_ms\":3600000,", "\"step_ms\":3600000," },
		{ 64, TW_SEC, "\"step_ms\":1000,", "\"step_ms\":60000," },
		/* There is room for 600 frames: these fit exactly. */
		{ 579, TW_SEC, "\"step_ms\":6000,", "\"step_ms\":180000," },
		{ TW_NODES_MAX, TW_SEC, "\"step_ms\":11000,", "\"step_ms\":300000," },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		tw_history_destroy(f->history);
		assert_int_equal(
			tw_history_create(cases[i].n_nodes, cases[i].interval_us, &f->history), 0);
		has(f, TW_HISTORY_HOUR, cases[i].hour);
		has(f, TW_HISTORY_DAY, cases[i].day);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_between_and_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_worst_of_a_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_carry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
