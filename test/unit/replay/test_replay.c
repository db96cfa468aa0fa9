/* Replay: instants, timers, gaps, runs and their files, what if, and what is wrong in which line.
 */
#include "core/policy.h"
#include "fixture/compare.h"
#include "journal/journal.h"
#include "replay/replay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define H(c) "\"" c "00000000000000000000000000000000000000000000000000000000000000" c "\""
#define HEADER3                                                                                    \
	"{\"tipwatch_journal\":1,\"config\":{\"daemons\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}}\n"
#define OK(t, node, height)                                                                        \
	"{\"t\":" t ",\"node\":\"" node "\",\"result\":\"ok\",\"chain\":[[" height                 \
	"," H("1") "]]}\n"
#define BAD(t, node, result) "{\"t\":" t ",\"node\":\"" node "\",\"result\":\"" result "\"}\n"
#define ALL(t)               OK(t, "a", "7") OK(t, "b", "7") OK(t, "c", "7")

struct fixture {
	struct tw_replay_options options;
	struct tw_replay *replay;
	struct tw_buf lines;
	struct tw_buf notes;
	struct tw_buf summary;
	uint32_t n_lines;
};

static void on_line(void *ctx, const char *text, size_t len)
{
	struct fixture *f = ctx;

	f->n_lines++;
	tw_buf_append(&f->lines, text, len);
	tw_buf_putc(&f->lines, '\n');
}

static void on_note(void *ctx, const char *text, size_t len)
{
	struct fixture *f = ctx;

	tw_buf_append(&f->notes, text, len);
	tw_buf_putc(&f->notes, '\n');
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->options = (struct tw_replay_options){ .line = on_line, .note = on_note, .ctx = f };
	tw_buf_init(&f->lines, 1 << 20);
	tw_buf_init(&f->notes, 1 << 20);
	tw_buf_init(&f->summary, 1 << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_replay_destroy(f->replay);
	tw_buf_finish(&f->lines);
	tw_buf_finish(&f->notes);
	tw_buf_finish(&f->summary);
	free(f);
	return 0;
}

static int feed(struct fixture *f, const char *text)
{
	int r;

	if (f->replay == NULL)
		assert_int_equal(tw_replay_create(&f->options, &f->replay), 0);
	r = tw_replay_text(f->replay, "file", text, strlen(text));
	tw_buf_clear(&f->summary);
	tw_replay_summary(f->replay, &f->summary);
	return r;
}

/* Starts from nothing. */
static int fresh(struct fixture *f, const char *text)
{
	tw_replay_destroy(f->replay);
	f->replay = NULL;
	f->n_lines = 0;
	tw_buf_clear(&f->lines);
	tw_buf_clear(&f->notes);
	return feed(f, text);
}

static int count_lines(const struct tw_buf *text)
{
	int n = 0;

	for (const char *p = tw_buf_str(text); *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

static void expect(const struct tw_buf *text, const char *words)
{
	if (strstr(tw_buf_str(text), words) == NULL)
		fail_msg("\"%s\" is not in:\n%s", words, tw_buf_str(text));
}

static void expect_message(struct fixture *f, const char *text, const char *words)
{
	assert_int_equal(fresh(f, text), TW_REPLAY_BAD);
	if (strstr(tw_replay_message(f->replay), words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, tw_replay_message(f->replay));
}

static void test_one_instant_one_decision(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fresh(f, HEADER3 ALL("5")), 0);
	assert_string_equal(tw_buf_str(&f->lines),
		"{\"t\":5,\"mode\":\"consensus\",\"daemon\":\"a\",\"usable\":true,\"network_height\":7,"
		"\"hash\":" H(
			"1") ",\"anchor_height\":7,\"epoch\":1,\"chain_epoch\":1,"
			     "\"reason\":\"initial\",\"states\":{\"a\":\"healthy/ok\",\"b\":\"healthy/ok\","
			     "\"c\":\"healthy/ok\"}}\n");
	assert_string_equal(tw_buf_str(&f->summary),
		"{\"summary\":{\"records\":3,\"changes\":1,\"switches\":0,\"time_ms\":0,"
		"\"by_mode_ms\":{\"starting\":0,\"consensus\":0,\"reduced\":0,\"contested\":0,"
		"\"fallback\":0},\"by_daemon_ms\":{\"a\":0,\"b\":0,\"c\":0}}}");
	f->options.is_every = true;
	assert_int_equal(fresh(f, HEADER3 ALL("5") OK("6", "a", "7")), 0);
	assert_int_equal(f->n_lines, 4);
	expect(&f->summary, "\"records\":4,\"changes\":1");
}

static void test_time_adds_up(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		fresh(f, HEADER3 ALL("0.9") OK("500.4", "b", "7") BAD("1000.1", "a", "refused")
				 BAD("1000.8", "a", "refused") OK("2000.85", "b", "7")),
		0);
	expect(&f->summary, "\"switches\":1,\"time_ms\":1999,");
	expect(&f->summary, "\"consensus\":1999,");
	expect(&f->summary, "\"by_daemon_ms\":{\"a\":999,\"b\":1000,\"c\":0}");
}

/* Nothing is said of b for long: that it is silent is found out when it is so, not at c's check. */
static void test_timers_run_when_due(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", HEADER3 ALL("0"));

	for (int s = 1; s <= 9; s += 2)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"{\"t\":%d000,\"node\":\"c\",\"result\":\"ok\",\"chain\":[[7,%s]]}\n", s,
			H("1"));
	assert_int_equal(fresh(f, text), 0);
	/* 2 x interval + timeout after its last answer, and a microsecond. */
	expect(&f->lines, "{\"t\":7000.001,\"mode\":\"fallback\"");
	/* Where ticks are recorded only they count. */
	snprintf(text + len, sizeof(text) - len, "{\"t\":9500,\"tick\":true}\n");
	assert_int_equal(fresh(f, text), 0);
	assert_lacks(tw_buf_str(&f->lines), "\"t\":7000.001");
	expect(&f->lines, "{\"t\":9000,\"mode\":\"fallback\"");
}

static void test_a_hole_is_a_gap(void **state)
{
	struct fixture *f = *state;

	/* Nobody is judged after it until all were asked again. */
	assert_int_equal(fresh(f, HEADER3 ALL("0") OK("60000", "a", "7") OK("60100", "b", "7")
					  OK("60200", "c", "7")),
		0);
	assert_int_equal(f->n_lines, 1);
	/* A shorter one is none; and where gaps are recorded, none is guessed. */
	assert_int_equal(fresh(f, HEADER3 ALL("0") OK("7000", "a", "7")), 0);
	assert_int_equal(f->n_lines, 1);
	assert_int_equal(
		fresh(f, HEADER3 ALL("0") OK("60000", "a", "7") "{\"t\":60001,\"gap_ms\":0.5}\n"),
		0);
	expect(&f->lines, "{\"t\":7000.001,\"mode\":\"fallback\"");
	/* A recorded gap excuses everybody, as it did when it happened. */
	assert_int_equal(
		fresh(f,
			HEADER3 ALL("0")
				OK("1000", "a", "7") "{\"t\":60000,\"gap_ms\":59000}\n{\"t\":60000,\"tick\":true}\n" ALL(
					"60100")),
		0);
	assert_int_equal(f->n_lines, 1);
}

static void test_commands(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		fresh(f, HEADER3 ALL("0") "{\"t\":1,\"op\":\"drain\",\"node\":\"a\"}\n"
					  "{\"t\":2,\"op\":\"pin\",\"node\":\"c\"}\n"
					  "{\"t\":3,\"op\":\"unpin\"}\n"
					  "{\"t\":4,\"report\":\"timeout\",\"node\":\"c\"}\n"
					  "{\"t\":5,\"request\":\"check\"}\n"),
		0);
	expect(&f->lines, "{\"t\":1,\"mode\":\"consensus\",\"daemon\":\"b\"");
	expect(&f->lines, "\"a\":\"maintenance/drained\"");
	expect(&f->lines, "{\"t\":2,\"mode\":\"consensus\",\"daemon\":\"c\"");
	expect(&f->summary, "\"records\":8,");
}

static void test_recorded_decisions_are_compared(void **state)
{
	struct fixture *f = *state;
	char text[4096];

	assert_int_equal(fresh(f, HEADER3 ALL("5")), 0);
	/* The line that replay printed, as tipwatchd would have recorded it. */
	snprintf(text, sizeof(text), "%s{\"t\":5,\"decision\":{%.*s}\n", HEADER3 ALL("5"),
		(int)f->lines.len - 1 - 7, tw_buf_str(&f->lines) + 7);
	assert_int_equal(fresh(f, text), 0);
	assert_int_equal(tw_replay_differences(f->replay), 0);
	expect(&f->summary, "\"differences\":0}");
	assert_int_equal(
		fresh(f, HEADER3 ALL("5") "{\"t\":5,\"decision\":{\"mode\":\"fallback\"}}\n"), 0);
	assert_int_equal(tw_replay_differences(f->replay), 1);
	expect(&f->notes, "line 5: the decision recorded here was another one");
	expect(&f->summary, "\"differences\":1}");
	/* All are counted, and the first five are shown. */
	assert_int_equal(fresh(f, HEADER3 ALL("5")), 0);
	for (int t = 6; t < 13; t++) {
		snprintf(text, sizeof(text),
			"{\"t\":%d,\"request\":\"check\"}\n"
			"{\"t\":%d,\"decision\":{\"mode\":\"fallback\"}}\n",
			t, t);
		assert_int_equal(feed(f, text), 0);
	}
	assert_int_equal(tw_replay_differences(f->replay), 7);
	assert_int_equal(count_lines(&f->notes), 5);
}

#define PART(n, lost, state)                                                                       \
	"{\"tipwatch_journal\":1,\"t\":1" n "000,\"started_ms\":17,\"part\":" n                    \
	",\"ticks\":true,\"lost_records\":" lost ",\"config\":{\"daemons\":[{\"name\":\"a\"},"     \
	"{\"name\":\"b\"},{\"name\":\"c\"}]},\"state\":{" state "}}\n"
#define TICK(t)  "{\"t\":" t ",\"tick\":true}\n"
#define STATE(e) "\"epoch\":" e ",\"chain_epoch\":3,\"incumbent\":\"b\",\"tip\":[7," H("1") "]"

static void test_files_of_one_run(void **state)
{
	struct fixture *f = *state;

	/* The second file goes on where the first one ended, whatever its state says. */
	assert_int_equal(fresh(f, PART("0", "0", "") ALL("10500")), 0);
	assert_int_equal(feed(f, PART("1", "0", STATE("9")) TICK("11500")), 0);
	assert_int_equal(f->n_lines, 1);
	assert_int_equal(tw_replay_n_runs(f->replay), 1);
	expect(&f->summary, "\"time_ms\":1500,");
	assert_string_equal(tw_buf_str(&f->notes), "");
	/* Alone it begins with its state, and says so. */
	assert_int_equal(fresh(f, PART("1", "0", STATE("9")) ALL("11500")), 0);
	expect(&f->notes, "begins in the middle of a run");
	expect(&f->lines, "\"daemon\":\"b\",\"usable\":true");
	expect(&f->lines, "\"epoch\":9,\"chain_epoch\":3");
	/* Where one is missing between, or records were lost, it does not go on. */
	assert_int_equal(
		fresh(f, PART("0", "0", "") ALL("10500") PART("2", "0", STATE("9")) ALL("12500")),
		0);
	assert_int_equal(tw_replay_n_runs(f->replay), 2);
	assert_int_equal(
		fresh(f, PART("0", "0", "") ALL("10500") PART("1", "4", STATE("9")) ALL("11500")),
		0);
	expect(&f->notes, "4 records of this run could not be written");
	assert_int_equal(tw_replay_n_runs(f->replay), 2);
	assert_int_equal(f->n_lines, 2);
}

static void test_reload(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		fresh(f, HEADER3 ALL("0") "{\"t\":1,\"config\":{\"daemons\":[{\"name\":\"b\"},"
					  "{\"name\":\"d\"},{\"name\":\"c\"}]}}\n" OK(
						  "2", "d", "7")),
		0);
	expect(&f->lines, "{\"t\":1,\"mode\":\"consensus\",\"daemon\":\"b\"");
	expect(&f->lines, "\"states\":{\"b\":\"healthy/ok\",\"d\":\"unknown/unchecked\",\"c\":");
	expect(&f->lines, "\"d\":\"healthy/ok\",\"c\":");
	expect(&f->summary, "\"by_daemon_ms\":{\"a\":1,\"b\":1,\"c\":0,\"d\":0}");
}

static void test_what_if(void **state)
{
	struct fixture *f = *state;
	struct tw_node_policy nodes[3] = { { .name = "c", .priority = 5 },
		{ .name = "a", .is_primary = true }, { .name = "b" } };
	struct tw_core_config config = { .n_nodes = 3, .nodes = nodes };

	tw_policy_init(&config.policy);
	f->options.what_if = &config;
	/* A reload did not happen in that other world, and its decisions are not expected. */
	assert_int_equal(
		fresh(f, HEADER3 ALL("0") "{\"t\":1,\"config\":{\"daemons\":[{\"name\":\"b\"}]}}\n"
					  "{\"t\":1,\"decision\":{}}\n"),
		0);
	expect(&f->lines, "\"daemon\":\"c\"");
	expect(&f->lines, "\"states\":{\"c\":\"healthy/ok\",\"a\":");
	assert_lacks(tw_buf_str(&f->summary), "differences");
	/* The state at the start names daemons of the recorded configuration; none is pinned. */
	assert_int_equal(fresh(f, PART("1", "0", STATE("5")) ALL("11001")), 0);
	expect(&f->lines, "\"daemon\":\"b\"");
	expect(&f->lines, "\"b\":\"healthy/ok\"");
	snprintf(nodes[2].name, sizeof(nodes[2].name), "x");
	expect_message(f, HEADER3, "file: line 1: nothing is recorded of x");
	config.n_nodes = 2;
	expect_message(f, HEADER3, "line 1: b is recorded, but the other configuration has no");
}

static void test_wrong_lines(void **state)
{
	struct fixture *f = *state;

	/* What came before is decided all the same. */
	expect_message(f, HEADER3 ALL("5") "{\"t\":5,\n" OK("6", "a", "7"), "file: line 5: it is");
	assert_int_equal(f->n_lines, 1);
	expect_message(f, HEADER3 ALL("5") BAD("4.999", "a", "tls"), "time goes back");
	expect_message(f, HEADER3 BAD("4", "x", "tls"), "line 2: there is no node \"x\"");
	expect_message(f, ALL("5"), "line 1: a journal begins with its header");
	expect_message(f, HEADER3 "\n", "line 2: it is cut off");
	expect_message(f, "{\"t\":1}\n", "begins with its header");
}

static void test_torn_end(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fresh(f, HEADER3 ALL("5") "{\"t\":6,\"node\":\"a\",\"res"), 0);
	expect(&f->notes, "line 5: the last line is cut off");
	assert_int_equal(f->n_lines, 1);
	/* A whole one without its newline is whole. */
	assert_int_equal(fresh(f, HEADER3 ALL("5") "{\"t\":6,\"op\":\"drain\",\"node\":\"a\"}"), 0);
	assert_string_equal(tw_buf_str(&f->notes), "");
	assert_int_equal(f->n_lines, 2);
	assert_int_equal(fresh(f, ""), 0);
	assert_int_equal(tw_replay_n_runs(f->replay), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_one_instant_one_decision),
		TEST(test_time_adds_up),
		TEST(test_timers_run_when_due),
		TEST(test_a_hole_is_a_gap),
		TEST(test_commands),
		TEST(test_recorded_decisions_are_compared),
		TEST(test_files_of_one_run),
		TEST(test_reload),
		TEST(test_what_if),
		TEST(test_wrong_lines),
		TEST(test_torn_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
