/* The report on a terminal: its figures, and that it fits whatever names say. */
#include "fixture/compare.h"
#include "show/report.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "{\"days\":30,\"first_day\":\"2026-10-30\",\"last_day\":\"2026-11-28\","
#define NAME "a-name-of-sixty-three-characters-which-no-table-has-a-place-for"

static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 10000 };

/* As tipwatchctl shows it. Borrowed until the next call. */
static const char *show(const char *json, bool is_mail)
{
	static char shown[16384];
	struct tw_json_doc *doc;
	struct tw_buf out;
	const struct tw_text text = { .out = &out, .columns = TW_TEXT_COLUMNS };

	assert_int_equal(tw_json_parse(json, strlen(json), &limits, &doc), TW_JSON_OK);
	tw_buf_init(&out, sizeof(shown) - 1);
	if (is_mail)
		tw_show_report_head(tw_json_root(doc), &out);
	tw_show_report_screen(tw_json_root(doc), &text);
	assert_int_equal(out.error, 0);
	(void)strcpy(shown, tw_buf_str(&out));
	tw_buf_finish(&out);
	tw_json_doc_destroy(doc);
	return shown;
}

static void test_whole(void **state)
{
	const char *shown = show(HEAD
		"\"from_ms\":1793318700000,"
		"\"watched_ms\":100000000,\"unwatched_ms\":60000,\"usable_ms\":99999999,"
		"\"saved_ms\":7200000,\"contested_ms\":1000,\"daemons\":[{\"name\":\"main\","
		"\"configured\":true,\"primary\":true,\"expected_ms\":1000000,\"healthy_ms\":"
		"900000,\"reasons\":{\"refused\":1000,\"timeout\":50000,\"lagging\":40000,"
		"\"busy\":8000,\"wrecked\":1000,\"ok\":900000,\"racing\":5,\"drained\":60000},"
		"\"away\":{\"timeout\":3,\"priority\":7,\"busy\":1,\"lagging\":2}},"
		"{\"name\":\"" NAME "\",\"configured\":true,\"expected_ms\":1000,"
		"\"healthy_ms\":1000,\"reasons\":{\"ok\":1000},\"away\":{\"pinned\":1}},"
		"{\"name\":\"old\",\"configured\":false,\"expected_ms\":0,\"healthy_ms\":0,"
		"\"reasons\":{},\"away\":{}}],"
		"\"worst_hours\":[{\"from_ms\":1795834800000,\"unusable_ms\":1000,"
		"\"contested_ms\":0,\"saved_ms\":60000,\"primary_reason\":\"timeout\"},"
		"{\"from_ms\":1795838400000,\"unusable_ms\":0,\"contested_ms\":0,"
		"\"saved_ms\":1000,\"primary_reason\":null}],"
		"\"blocks\":{\"kept\":true,\"found\":5,\"not_kept\":4,\"counts\":{\"found\":0,"
		"\"buried\":1,\"orphaned\":4},\"lost\":["
		"{\"found_ms\":1795834800000,\"height\":7,\"text\":\"lost a race\"},"
		"{\"found_ms\":1795834800000,\"height\":8,\"text\":\"was late\"},"
		"{\"found_ms\":1795834800000,\"height\":9,\"text\":\"was late\"},"
		"{\"found_ms\":1795834800000,\"height\":10,\"text\":\"was late\"}]},"
		"\"explained\":[\"Usable is this.\",\"Saved is that.\"]}",
		true);
	size_t column = 0;

	(void)state;
	assert_starts_with(shown,
		"Subject: tipwatch report: 99.999 % usable, 2 h 0 min saved, 2026-10-30 to "
		"2026-11-28\nMIME-Version: 1.0\n");
	assert_contains(shown, "\n\ntipwatch report  2026-10-30 to 2026-11-28 (30 days, UTC)\n"
			       "  counted since 2026-10-30 00:05, when");
	assert_contains(shown, "\n  usable         99.999 %  1 d 3 h      the pool");
	assert_contains(shown, "\n  saved                    2 h 0 min    the primary");
	assert_contains(shown, "\n  not usable      0.000 %  0 s  ");
	assert_contains(shown,
		"\n  main (primary)       90.000 %  1 min 40 s: timeout 50 s, lagging 40 s,\n"
		"                                 busy 8 s, others 2 s; drained 1 min 0 s;\n"
		"                                 left 13 times: priority 7, timeout 3,\n"
		"                                 lagging 2, others 1\n");
	assert_contains(shown, "100 %  nothing; left once: pinned\n");
	assert_contains(shown, "\n  old (gone)                  -  not watched\n");
	assert_contains(
		shown, "\n  2026-11-28 03:00    1 s          -            1 min 0 s    timeout\n");
	assert_contains(
		shown, "\n  2026-11-28 04:00    -            -            1 s          well\n");
	assert_contains(shown, "5 found: 1 buried, 4 orphaned\n");
	assert_contains(shown, "\n  2026-11-28 03:00  7 lost a race\n");
	assert_contains(shown, "\n  and 1 more that the network did not keep\n");
	assert_contains(shown, "\n  - Usable is this.\n  - Saved is that.\n");
	for (const char *c = shown; *c != '\0'; c++) {
		column = *c == '\n' ? 0 : column + 1;
		/* The subject of a mail is one line. */
		assert_that(column, <=, c - shown < 120 ? 120 : 80);
	}
}

static void test_nothing(void **state)
{
	const char *shown =
		show(HEAD "\"problem\":\"no room\",\"from_ms\":null,\"watched_ms\":0,"
			  "\"daemons\":[],\"worst_hours\":[],\"blocks\":{\"kept\":false},"
			  "\"explained\":[]}",
			true);

	(void)state;
	assert_contains(shown, "Subject: tipwatch report: nothing was watched, 2026-10-30");
	assert_contains(shown, "\n  Not kept: no room\n");
	assert_contains(shown, "\n  nothing was watched in these days\n");
	assert_contains(shown, "none are kept: blocks.dir is not set\n");
	shown = show(
		HEAD "\"watched_ms\":5,\"usable_ms\":5,\"worst_hours\":[],\"blocks\":{}}", false);
	assert_contains(shown, "usable            100 %  0 s");
	assert_contains(shown, "WORST HOURS  none: nothing was wrong\n");
	/* Whatever answers there. */
	(void)show("{\"watched_ms\":9223372036854775807,\"usable_ms\":\"x\",\"daemons\":7,"
		   "\"worst_hours\":[[]],\"blocks\":[],\"explained\":[{}]}",
		true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
