/* serve/history_file: the history over restarts, reboots, and whatever became of the file. */
#include "base/time.h"
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/history_file.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL_US (1000000 * TW_SEC)

struct fixture {
	struct fake fake;
	struct tw_history *history;
	struct tw_buf file;
	struct tw_buf out;
	int64_t wall_us; /* of the loop's zero */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || tw_history_create(FAKE_NODES, TW_SEC, &f->history) < 0)
		return -1;
	fake_init(&f->fake);
	tw_buf_init(&f->file, 16 << 20);
	tw_buf_init(&f->out, 16 << 20);
	f->wall_us = WALL_US;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_history_destroy(f->history);
	tw_buf_finish(&f->file);
	tw_buf_finish(&f->out);
	free(f);
	return 0;
}

static void set_now(struct fixture *f, int64_t now_us)
{
	f->fake.source.now_us = now_us;
	f->fake.source.wall_us = f->wall_us + now_us;
}

static void take(struct fixture *f, int64_t now_us)
{
	set_now(f, now_us);
	tw_history_take(f->history, &f->fake.source, false);
}

/* Ten minutes in which everything that a frame has was something else for a while. */
static void live(struct fixture *f, int64_t from_us)
{
	struct tw_monitor *m = &f->fake.monitor;

	for (int i = 0; i <= 600; i++) {
		bool is_bad = i >= 200 && i < 300;

		m->decision.mode = is_bad ? TW_MODE_CONTESTED : TW_MODE_CONSENSUS;
		m->decision.chosen = is_bad ? TW_NODE_NONE : i < 100 ? 0 : 1;
		m->decision.is_usable = m->decision.is_stalled = !is_bad;
		m->decision.is_island = i < 50;
		m->decision.tip.height = i == 0 ? TW_UNKNOWN : 1000 + i / 20;
		m->decision.conflicting = is_bad;
		m->decision.answering = i < 30 ? 3 : 2;
		m->chains[0].tip = i < 7 ? TW_UNKNOWN : 1000;
		m->views[0].verdict.reason = is_bad ? TW_REASON_LAGGING : TW_REASON_OK;
		take(f, from_us + i * TW_SEC);
	}
}

static void write_file(struct fixture *f)
{
	tw_buf_clear(&f->file);
	tw_history_file_write(f->history, &f->fake.source, &f->file);
	assert_int_equal(f->file.error, 0);
}

/* Another run, which has nodes that are checked so often. */
static int restart(struct fixture *f, int64_t interval_us, size_t len)
{
	tw_history_destroy(f->history);
	assert_int_equal(tw_history_create(FAKE_NODES, interval_us, &f->history), 0);
	return tw_history_file_read(f->history, tw_buf_str(&f->file), len, &f->fake.source);
}

static const char *shown(struct fixture *f, enum tw_history_span span)
{
	tw_buf_clear(&f->out);
	tw_history_write(f->history, span, &f->fake.source, &f->out);
	assert_int_equal(f->out.error, 0);
	return tw_buf_str(&f->out);
}

static void test_as_it_was(void **state)
{
	struct fixture *f = *state;

	const char *hour, *day;

	live(f, 5000 * TW_SEC);
	/* In the middle of the newest step. */
	set_now(f, 5600 * TW_SEC + 500 * TW_MS);
	write_file(f);
	assert_int_equal(restart(f, TW_SEC, f->file.len), 0);
	hour = tw_buf_str(&f->file);
	day = strchr(hour, '\n') + 1;
	(void)shown(f, TW_HISTORY_HOUR);
	assert_int_equal(f->out.len + 1, day - hour);
	assert_memory_equal(f->out.data, hour, f->out.len);
	(void)shown(f, TW_HISTORY_DAY);
	assert_int_equal(f->out.len + 1, strlen(day));
	assert_memory_equal(f->out.data, day, f->out.len);
}

/* The loop's clock begins anew, and while tipwatchd was down nothing is known. */
static void test_reboot(void **state)
{
	struct fixture *f = *state;

	live(f, 5000 * TW_SEC);
	set_now(f, 5601 * TW_SEC);
	write_file(f);
	f->wall_us += 5601 * TW_SEC + 55 * TW_SEC;
	set_now(f, 5 * TW_SEC);
	assert_int_equal(restart(f, TW_SEC, f->file.len), 0);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"from_ms\":1005000000,\"frames\":601,");
	take(f, 5 * TW_SEC);
	take(f, 9 * TW_SEC);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"from_ms\":1005000000,\"frames\":666,");
	assert_contains(shown(f, TW_HISTORY_HOUR),
		"\"usable\":[0,true,200,false,300,true,601,null,661,true]");
	assert_contains(shown(f, TW_HISTORY_DAY), "\"usable\":[0,true,3,false,");
	/* A day later the hour has forgotten it. */
	f->wall_us += TW_DAY - TW_HOUR;
	set_now(f, 5 * TW_SEC);
	assert_int_equal(restart(f, TW_SEC, f->file.len), 0);
	take(f, 5 * TW_SEC);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"frames\":1,");
	assert_contains(shown(f, TW_HISTORY_DAY), "\"usable\":[0,true,3,false,");
	/* A week later so has the day. */
	f->wall_us += 7 * TW_DAY;
	set_now(f, 5 * TW_SEC);
	assert_int_equal(restart(f, TW_SEC, f->file.len), 0);
	take(f, 5 * TW_SEC);
	assert_contains(shown(f, TW_HISTORY_DAY), "\"frames\":1,");
}

static void test_other_nodes_and_steps(void **state)
{
	struct fixture *f = *state;

	live(f, 5000 * TW_SEC);
	set_now(f, 5601 * TW_SEC);
	write_file(f);
	(void)strcpy(f->fake.nodes[0].policy.name, "new");
	(void)strcpy(f->fake.nodes[2].policy.name, "alpha");
	/* The day is in steps of a minute still, the hour in longer ones, with the worst of each.
	 */
	assert_int_equal(restart(f, 10 * TW_SEC, f->file.len), 0);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"step_ms\":10000,");
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"usable\":[0,true,20,false,30,true]");
	assert_contains(
		shown(f, TW_HISTORY_HOUR), "\"chosen\":[0,\"alpha\",10,\"beta\",20,null,30,");
	assert_contains(
		shown(f, TW_HISTORY_HOUR), "{\"name\":\"new\",\"reason\":[0,\"unchecked\"],");
	assert_contains(shown(f, TW_HISTORY_HOUR),
		"{\"name\":\"alpha\",\"reason\":[0,\"ok\",20,\"lagging\",30,\"ok\"],");
	/* And back: each step stands for ten, but for the last one, which is not over. */
	write_file(f);
	assert_int_equal(restart(f, TW_SEC, f->file.len), 0);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"frames\":601,");
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"usable\":[0,true,200,false,300,true]");
}

static void test_clock_set_back(void **state)
{
	struct fixture *f = *state;

	live(f, 5000 * TW_SEC);
	set_now(f, 5601 * TW_SEC);
	write_file(f);
	f->wall_us -= 401 * TW_SEC;
	set_now(f, 5601 * TW_SEC);
	assert_int_equal(restart(f, TW_SEC, f->file.len), 0);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"frames\":200,");
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"usable\":[0,true],");
	take(f, 5602 * TW_SEC);
	assert_contains(shown(f, TW_HISTORY_HOUR), "\"frames\":202,");
}

static void test_damaged(void **state)
{
	static const char *const texts[] = { "", "\n", "{}\n{}\n",
		"{\"from_ms\":1,\"step_ms\":1000,\"frames\":5}\n",
		"{\"from_ms\":1,\"step_ms\":0,\"frames\":0}\n",
		"{\"from_ms\":1,\"step_ms\":1000,\"frames\":5000}\n" };
	struct fixture *f = *state;
	size_t len;

	set_now(f, 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		tw_buf_clear(&f->file);
		tw_buf_puts(&f->file, texts[i]);
		assert_int_equal(restart(f, TW_SEC, f->file.len), -EINVAL);
	}
	live(f, 5000 * TW_SEC);
	write_file(f);
	len = f->file.len;
	assert_int_equal(restart(f, TW_SEC, len), 0);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(restart(f, TW_SEC, n), -EINVAL);
	/* Every byte another one: never a crash, and mostly noticed. */
	for (size_t n = 0; n < len; n++) {
		char old = f->file.data[n];
		int r;

		f->file.data[n] = old == '0' ? '9' : '0';
		r = restart(f, TW_SEC, len);
		assert_true(r == 0 || r == -EINVAL);
		take(f, 5700 * TW_SEC);
		f->file.data[n] = old;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reboot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_nodes_and_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock_set_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
