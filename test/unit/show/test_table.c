/* tipwatchctl: the table and the other views fit the terminal, whatever daemons and names say. */
#include "fixture/compare.h"
#include "show/screen.h"
#include "show/table.h"
#include "show/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tw_json_limits limits = { .bytes = 1 << 24, .nodes = 100000 };

struct view {
	struct tw_json_doc *doc;
	struct tw_buf out;
	struct tw_text text;
};

static void open_view(struct view *view, const char *json)
{
	*view = (struct view){ 0 };
	assert_int_equal(tw_json_parse(json, strlen(json), &limits, &view->doc), TW_JSON_OK);
	tw_buf_init(&view->out, 1 << 24);
	view->text = (struct tw_text){ .out = &view->out, .columns = TW_TEXT_COLUMNS };
}

static void close_view(struct view *view)
{
	assert_int_equal(view->out.error, 0);
	tw_json_doc_destroy(view->doc);
	tw_buf_finish(&view->out);
}

/* Every line fits and has nothing but printable ASCII, and our own colours where allowed. */
static void assert_fits(const struct view *view)
{
	uint32_t column = 0;

	for (const char *c = tw_buf_str(&view->out); *c != '\0'; c++) {
		if (*c == '\n') {
			column = 0;
			continue;
		}
		if (*c == '\033') {
			size_t n = strspn(c + 1, "[0123456789");

			assert_true(view->text.has_colour);
			assert_that(n, >=, 2);
			assert_that(n, <=, 3);
			assert_int_equal(c[1], '[');
			assert_int_equal(c[n + 1], 'm');
			c += n + 1;
			continue;
		}
		assert_in_range(*c, 0x20, 0x7e);
		column++;
		if (column > view->text.columns)
			fail_msg("a line is too long:\n%s", tw_buf_str(&view->out));
	}
	assert_int_equal(column, 0);
}

static void assert_has(const struct view *view, const char *part)
{
	if (strstr(tw_buf_str(&view->out), part) == NULL)
		fail_msg("'%s' is not in:\n%s", part, tw_buf_str(&view->out));
}

#define SELECT                                                                                     \
	"{\"v\":1,\"usable\":true,\"mode\":\"consensus\",\"daemon\":{\"name\":\"beta\","           \
	"\"url\":\"http://127.0.0.1:11500\"},"                                                     \
	"\"text\":\"beta is healthy and stays in use\",\"epoch\":7,\"chain_epoch\":2,"             \
	"\"pinned\":false}"

static const char status_json[] =
	"{\"v\":1,\"version\":\"0.1.0\",\"started_ms\":1000000,\"uptime_s\":7300,\"select\":" SELECT
	",\"consensus\":{\"network_height\":1002,\"anchor\":{\"height\":1001},"
	"\"tip_since_ms\":8277000,\"voters\":3,\"quorum\":2,\"answering\":3,\"agreeing\":2,"
	"\"stalled\":false,\"island\":null,\"branches\":["
	"{\"height\":1002,\"hash\":\"aba0abababab\",\"members\":[\"beta\",\"seed\"]},"
	"{\"height\":999,\"hash\":\"0123456789\",\"fork_height\":990,\"members\":[\"alpha\"]}]},\"daemons\":["
	"{\"name\":\"alpha\",\"role\":\"daemon\",\"state\":\"unhealthy\",\"reason\":\"forked\","
	"\"detail\":\"it left the main chain at 990\",\"chosen\":false,\"since_ms\":1000000,"
	"\"height\":999,\"lag\":3,\"fork_height\":990,\"peers_in\":4,\"peers_out\":8,\"latency_ms\":3},"
	"{\"name\":\"beta\",\"role\":\"daemon\",\"state\":\"healthy\",\"reason\":\"ok\","
	"\"detail\":\"\",\"chosen\":true,\"since_ms\":1000000,"
	"\"height\":1002,\"lag\":0,\"peers_in\":4,\"peers_out\":8,\"latency_ms\":12000},"
	"{\"name\":\"seed\",\"role\":\"reference\",\"state\":\"unresponsive\","
	"\"reason\":\"timeout\",\"detail\":\"no answer within 5 s\",\"chosen\":false,"
	"\"since_ms\":1000000,\"height\":null,\"lag\":null,\"peers_in\":null,"
	"\"peers_out\":null,\"latency_ms\":null}],"
	"\"switches\":[{\"t_ms\":8000000,\"from\":\"alpha\",\"to\":\"beta\","
	"\"mode\":\"consensus\",\"reason\":\"incumbent_bad\",\"text\":\"alpha was drained\"}]}";

static const char table[] = "consensus: a majority of the nodes is on one chain\n"
			    "in use: beta http://127.0.0.1:11500\n"
			    "why: beta is healthy and stays in use\n"
			    "network height 1002, newest block seen 23 s ago, anchor 1001\n"
			    "nodes: 3 of 3 answer, 2 agree, quorum 2\n"
			    "tipwatchd 0.1.0, up 2 h 1 min, epoch 7, chain epoch 2\n"
			    "last switch: 5 min ago, alpha -> beta: alpha was drained\n"
			    "chain 1002 aba0abab: beta, seed\n"
			    "chain 999 01234567: alpha (left after block 990)\n"
			    "\n"
			    "  DAEMON STATE        REASON         HEIGHT  LAG PEERS LATENCY SINCE\n"
			    "  alpha  unhealthy    forked            999    -   4/8     3ms    2h\n"
			    "* beta   healthy      ok               1002    0   4/8     12s    2h\n"
			    "  (seed) unresponsive timeout             -    -   -/-       -    2h\n"
			    "\n"
			    "alpha: it left the main chain at 990\n"
			    "seed: no answer within 5 s\n"
			    "A name in brackets is a reference: it votes and is never chosen.\n";

static void test_table(void **state)
{
	struct view view;

	(void)state;
	open_view(&view, status_json);
	tw_table_status(tw_json_root(view.doc), &view.text);
	assert_string_equal(tw_buf_str(&view.out), table);
	assert_fits(&view);
	close_view(&view);
}

/* A live table stays where it is when its daemons go wrong. */
static void test_columns_stay(void **state)
{
	static const char *const rows[] = { "\"state\":\"healthy\",\"reason\":\"ok\",\"lag\":0",
		"\"state\":\"unresponsive\",\"reason\":\"stale_template\",\"lag\":1234" };
	char status[512], first[512] = "";
	struct view view;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		const char *header;

		snprintf(status, sizeof(status),
			"{\"daemons\":[{\"name\":\"alpha\",\"height\":1005,%s}]}", rows[i]);
		open_view(&view, status);
		tw_table_status(tw_json_root(view.doc), &view.text);
		header = strstr(tw_buf_str(&view.out), "  DAEMON");
		assert_non_null(header);
		if (i == 0)
			snprintf(first, sizeof(first), "%.*s", (int)strcspn(header, "\n"), header);
		assert_memory_equal(header, first, strlen(first));
		close_view(&view);
	}
}

/* Both sides of a split are above the last block that they share: neither is "0 behind". */
static void test_contested(void **state)
{
	struct view view;

	(void)state;
	open_view(&view, "{\"select\":{\"usable\":false,\"mode\":\"contested\"},\"consensus\":{"
			 "\"network_height\":1001},\"daemons\":["
			 "{\"name\":\"alpha\",\"height\":1005,\"lag\":0,\"fork_height\":null},"
			 "{\"name\":\"beta\",\"height\":1002,\"lag\":0,\"fork_height\":1001},"
			 "{\"name\":\"gamma\",\"height\":1001,\"lag\":0,\"fork_height\":null}]}");
	tw_table_status(tw_json_root(view.doc), &view.text);
	assert_has(&view, "\nto do: Compare the hashes of both chains with an explorer");
	assert_has(&view, " 1005   +4 ");
	assert_has(&view, " 1002    - ");
	assert_has(&view, " 1001    0 ");
	assert_fits(&view);
	close_view(&view);
}

/* Without its colours the coloured table is the same one. */
static void test_colour(void **state)
{
	struct view view;
	struct tw_buf plain;

	(void)state;
	open_view(&view, status_json);
	view.text.has_colour = true;
	tw_table_status(tw_json_root(view.doc), &view.text);
	assert_fits(&view);
	assert_has(&view, "\033[32mhealthy\033[0m");
	assert_has(&view, "\033[31munresponsive\033[0m");
	tw_buf_init(&plain, 1 << 20);
	for (const char *c = tw_buf_str(&view.out); *c != '\0'; c++) {
		if (*c == '\033')
			c = strchr(c, 'm');
		else
			tw_buf_putc(&plain, *c);
	}
	assert_string_equal(tw_buf_str(&plain), table);
	tw_buf_finish(&plain);
	close_view(&view);
}

/* Names, states and sentences that a terminal must never see, or that have no end. */
static void test_hostile(void **state)
{
	static const char *const words[] = { "\\u001b[2J\\u001b]0;owned\\u0007", "a\\nb\\r\\tc",
		"\\u009b31m", "\\u202eevil", "caf\\u00e9 \\u2603 \\ud83d\\ude00", "%s%n%d", "-",
		"" };
	static const int64_t numbers[] = { 0, -5, INT64_MAX, INT64_MIN, 1099511627776 };
	struct view view;
	struct tw_buf json;
	char name[300];

	(void)state;
	for (uint32_t columns = 80; columns <= 200; columns += 60) {
		tw_buf_init(&json, 1 << 24);
		tw_buf_puts(&json, "{\"started_ms\":9223372036854775807,\"uptime_s\":-1,"
				   "\"select\":{\"mode\":\"\\u001b[31m\",\"text\":\"");
		for (int i = 0; i < 3000; i++)
			tw_buf_putc(&json, 'w');
		tw_buf_puts(&json, "\",\"daemon\":null,\"pinned\":true},"
				   "\"consensus\":{\"stalled\":true,\"island\":true,"
				   "\"branches\":[{},{\"members\":[1,null,\"\\u001b\"]},7]},"
				   "\"switches\":[{\"t_ms\":1},3],\"daemons\":[");
		for (size_t i = 0; i < 64; i++) {
			const char *word = words[i % TW_ARRAY_SIZE(words)];

			memset(name, 'n', i * 4);
			name[i * 4] = '\0';
			tw_buf_printf(&json,
				"%s{\"name\":\"%s%s\",\"role\":\"%s\",\"state\":\"%s%s\","
				"\"reason\":\"%s%s\",\"detail\":\"%s %s %s\",\"height\":%lld,"
				"\"lag\":%lld,\"peers_in\":%lld,\"peers_out\":%lld,"
				"\"latency_ms\":%lld,\"since_ms\":%lld,\"chosen\":%s}",
				i > 0 ? "," : "", name, word, i % 2 ? "reference" : word, word,
				name, name, word, word, name, word, (long long)numbers[i % 5],
				(long long)numbers[(i + 1) % 5], (long long)numbers[(i + 2) % 5],
				(long long)numbers[(i + 3) % 5], (long long)numbers[(i + 4) % 5],
				(long long)numbers[i % 5], i % 3 ? "true" : "\"yes\"");
		}
		tw_buf_puts(&json, ",null,7,[],{}]}");
		assert_int_equal(json.error, 0);
		open_view(&view, tw_buf_str(&json));
		view.text.columns = columns;
		tw_table_status(tw_json_root(view.doc), &view.text);
		assert_fits(&view);
		assert_has(&view, "pinned:");
		assert_has(&view, "island:");
		assert_has(&view, "%s%n%d");
		close_view(&view);
		tw_buf_finish(&json);
	}
}

/* A long name is recognised by its beginning and its end. */
static void test_long_names(void **state)
{
	struct view view;

	(void)state;
	open_view(&view, "{\"daemons\":[{\"name\":"
			 "\"frankfurt-rack-one-turtlecoin-daemon-number-01\",\"state\":"
			 "\"unresponsive\",\"reason\":\"stale_template\",\"height\":1234567890,"
			 "\"lag\":1234567,\"peers_in\":1000,\"peers_out\":1000}]}");
	tw_table_status(tw_json_root(view.doc), &view.text);
	assert_fits(&view);
	assert_has(&view, "\n  frank");
	assert_has(&view, "01 unresponsive stale_template 1234567890 1234567");
	close_view(&view);
}

static void test_nothing(void **state)
{
	static const char odd[] = "{\"select\":[],\"consensus\":3,\"daemons\":{},"
				  "\"switches\":0}";
	static const char *const texts[] = { "{}", "[]", "null", odd };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		struct view view;

		open_view(&view, texts[i]);
		tw_table_status(tw_json_root(view.doc), &view.text);
		tw_screen_select(tw_json_root(view.doc), &view.text);
		tw_screen_submit(tw_json_root(view.doc), &view.text);
		tw_screen_node(tw_json_root(view.doc), 1795449939000, &view.text);
		tw_screen_watch(tw_json_root(view.doc), "12:00:00", &view.text);
		assert_fits(&view);
		assert_int_equal(tw_screen_nagios(tw_json_root(view.doc), &view.text), 2);
		assert_has(&view, "not usable");
		close_view(&view);
	}
}

/* Times and spans as people say them. */
static void test_node(void **state)
{
	struct view view;

	(void)state;
	open_view(&view, "{\"name\":\"alpha\",\"since_ms\":1795449934000,\"latency_ms\":4,"
			 "\"tip_delay_ms\":null,\"checks\":1795449934000}");
	tw_screen_node(tw_json_root(view.doc), 1795449939000, &view.text);
	assert_string_equal(tw_buf_str(&view.out), "name                 alpha\n"
						   "since                5 s ago\n"
						   "latency              4 ms\n"
						   "tip_delay_ms         -\n"
						   "checks               1795449934000\n");
	close_view(&view);
}

static void test_submit(void **state)
{
	struct view view;

	(void)state;
	open_view(&view,
		"{\"v\":1,\"mode\":\"consensus\",\"epoch\":7,\"after_accept_ms\":500,"
		"\"after_silence_ms\":1500,\"targets\":["
		"{\"name\":\"beta\",\"url\":\"http://b\",\"state\":\"healthy\",\"reason\":\"ok\","
		"\"height\":1002},{\"name\":\"alpha\",\"url\":\"http://a\","
		"\"state\":\"unhealthy\",\"reason\":\"forked\",\"height\":null}]}");
	tw_screen_submit(tw_json_root(view.doc), &view.text);
	assert_has(&view,
		"beta  http://b  healthy (ok) at 1002\nalpha  http://a  unhealthy (forked) at -\n");
	assert_has(&view, "the others 500 ms");
	assert_has(&view, "1500 ms without");
	close_view(&view);
}

static void test_nagios(void **state)
{
	static const struct {
		const char *usable, *mode;
		int code;
		const char *line;
	} cases[] = {
		{ "true", "consensus", 0,
			"TIPWATCH OK - consensus: a/b at height 12, 2 of 3 nodes answer | "
			"height=12 answering=2 voters=3\n" },
		{ "true", "reduced", 1,
			"TIPWATCH WARNING - reduced: a/b at height 12, 2 of 3 nodes answer | "
			"height=12 answering=2 voters=3\n" },
		{ "false", "consensus", 2,
			"TIPWATCH CRITICAL - consensus: a/b (not usable) at height 12, 2 of 3 "
			"nodes answer | height=12 answering=2 voters=3\n" },
		{ "false", "starting", 2,
			"TIPWATCH CRITICAL - starting: a/b (not usable) at height 12, 2 of 3 "
			"nodes answer | height=12 answering=2 voters=3\n" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct view view;
		char json[512];

		snprintf(json, sizeof(json),
			"{\"select\":{\"usable\":%s,\"mode\":\"%s\",\"daemon\":{\"name\":\"a|b\"},"
			"\"height\":12},\"consensus\":{\"answering\":2,\"voters\":3}}",
			cases[i].usable, cases[i].mode);
		open_view(&view, json);
		assert_int_equal(
			tw_screen_nagios(tw_json_root(view.doc), &view.text), cases[i].code);
		assert_string_equal(tw_buf_str(&view.out), cases[i].line);
		close_view(&view);
	}
}

/* Times that no clock tells are not counted with: the span since then would overflow. */
static void test_impossible_times(void **state)
{
	struct view view;

	(void)state;
	open_view(&view, "{\"started_ms\":2305843009213693951,\"uptime_s\":1,\"switches\":"
			 "[{\"t_ms\":5,\"from\":\"a\",\"to\":\"b\",\"reason\":\"pinned\"}],"
			 "\"daemons\":[{\"name\":\"a\",\"since_ms\":5}]}");
	tw_table_status(tw_json_root(view.doc), &view.text);
	assert_lacks(tw_buf_str(&view.out), "ago");
	close_view(&view);
}

static void test_text(void **state)
{
	struct view view;

	(void)state;
	open_view(&view, "{}");
	view.text.columns = 20;
	tw_text_paragraph(&view.text, TW_COLOUR_NONE, "name:", "one two three  four five six", 2);
	tw_text_paragraph(&view.text, TW_COLOUR_NONE, "", "exactly20columnswide next", 2);
	tw_text_paragraph(&view.text, TW_COLOUR_NONE, "empty:", "", 2);
	assert_string_equal(tw_buf_str(&view.out), "name: one two three\n  four five six\n"
						   "exactly20columnswide\n  next\nempty:\n");
	/* Words shorter than the indent are words. */
	tw_buf_clear(&view.out);
	tw_text_paragraph(&view.text, TW_COLOUR_NONE, "b:", "nothing listens there", 2);
	tw_text_paragraph(&view.text, TW_COLOUR_NONE, "", "1 s ago", 2);
	assert_string_equal(tw_buf_str(&view.out), "b: nothing listens\n  there\n1 s ago\n");
	tw_buf_clear(&view.out);
	tw_text_cell(&view.text, TW_COLOUR_NONE, "abcdefghij", 8, false);
	tw_text_cell(&view.text, TW_COLOUR_NONE, "ab", 4, true);
	tw_text_cell(&view.text, TW_COLOUR_NONE, "abcdef", 3, false);
	assert_string_equal(tw_buf_str(&view.out), "abcd..ij  ababc");
	close_view(&view);
}

/* NO_COLOR counts when it is set and not empty (no-color.org). */
static void test_wants_colour(void **state)
{
	(void)state;
	assert_true(tw_text_wants_colour(true, NULL, "xterm"));
	assert_true(tw_text_wants_colour(true, "", "xterm"));
	assert_false(tw_text_wants_colour(true, "1", "xterm"));
	assert_false(tw_text_wants_colour(true, NULL, "dumb"));
	assert_false(tw_text_wants_colour(true, NULL, NULL));
	assert_false(tw_text_wants_colour(false, NULL, "xterm"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_contested),
		cmocka_unit_test(test_columns_stay),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_submit),
		cmocka_unit_test(test_nagios),
		cmocka_unit_test(test_impossible_times),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_wants_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
