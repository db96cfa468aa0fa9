/* serve/report: days of an account and blocks in, the report object out; the same on the page. */
#include "block/block.h"
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/page.h"
#include "serve/report.h"
#include "json/json.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2026-11-28, 12:00 UTC. */
#define NOON_MS (INT64_C(20785) * TW_ACCOUNT_DAY_MS + TW_ACCOUNT_DAY_MS / 2)

static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 100000 };

struct fixture {
	struct fake fake;
	struct tw_account *account;
	struct tw_block_book book;
	struct tw_buf out;
	struct tw_json_doc *doc;
};

/* A day on which daemon was timeout for a minute of an hour that was watched for all its time. */
static struct tw_account_day *make_day(int64_t number, const char *daemon)
{
	struct tw_account_day *day;
	uint32_t position;

	assert_int_equal(tw_account_day_create(number, &day), 0);
	day->since_ms = number * TW_ACCOUNT_DAY_MS + 7 * TW_ACCOUNT_HOUR_MS;
	day->hours[7] =
		(struct tw_account_hour){ 3600000, 3595000, 55000, 1000, 60000, TW_REASON_TIMEOUT };
	assert_int_equal(tw_account_day_add_node(day, daemon, &position), 0);
	day->nodes[position].ms[TW_REASON_OK] = 3540000;
	day->nodes[position].ms[TW_REASON_TIMEOUT] = 60000;
	day->nodes[position].away[TW_REASON_TIMEOUT] = 2;
	day->nodes[position].away[TW_REASONS + TW_CHOICE_PINNED] = 1;
	return day;
}

static void add_block(struct fixture *f, int64_t found_ms, enum tw_block_state state)
{
	static int number;
	struct tw_block *block;

	assert_int_equal(tw_block_create_empty(&block), 0);
	snprintf(block->id, sizeof(block->id), "%016d", number++);
	block->found_ms = block->state_ms = found_ms;
	block->state = state;
	(void)tw_block_book_add(&f->book, block);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || tw_account_create(&f->account) < 0)
		return -1;
	fake_init(&f->fake);
	tw_buf_init(&f->out, 1 << 20);
	f->fake.source.wall_us = NOON_MS * TW_MS;
	f->fake.source.account = f->account;
	f->fake.source.blocks = &f->book;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_json_doc_destroy(f->doc);
	tw_buf_finish(&f->out);
	tw_block_book_finish(&f->book);
	tw_account_destroy(f->account);
	free(f);
	return 0;
}

static const struct tw_json_node *report(struct fixture *f, int64_t since_us)
{
	tw_buf_clear(&f->out);
	tw_json_doc_destroy(f->doc);
	f->doc = NULL;
	tw_report_write(&f->fake.source, since_us, &f->out);
	assert_int_equal(f->out.error, 0);
	assert_int_equal(
		tw_json_parse(tw_buf_str(&f->out), f->out.len, &limits, &f->doc), TW_JSON_OK);
	return tw_json_root(f->doc);
}

static int64_t number(const struct tw_json_node *node, const char *path)
{
	int64_t value = -1;

	assert_int_equal(tw_json_get_int(node, path, 0, INT64_MAX, &value), 0);
	return value;
}

static void has(const struct fixture *f, const char *text)
{
	assert_contains(tw_buf_str(&f->out), text);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;

	(void)report(f, 30 * TW_DAY);
	has(f, "\"problem\":null,\"days\":30,\"first_day\":\"2026-10-30\",\"last_day\":\"2026-11-28\","
	       "\"from_ms\":null,\"watched_ms\":0,");
	has(f, "\"daemons\":[],\"worst_hours\":[],\"blocks\":{\"kept\":true,\"lost\":[],\"found\":0,");
	f->fake.source.account_error = -EROFS;
	(void)report(f, TW_DAY);
	has(f, "Read-only file system), so that they are lost with a restart");
	has(f, "state.dir");
	f->fake.source.account = NULL;
	f->fake.source.blocks = NULL;
	(void)report(f, TW_DAY);
	has(f, "\"problem\":\"nothing is counted\"");
	has(f, "\"blocks\":{\"kept\":false,");
}

static void test_figures(void **state)
{
	const int64_t today = NOON_MS / TW_ACCOUNT_DAY_MS;
	const struct tw_json_node *root;
	struct fixture *f = *state;

	tw_account_add(f->account, make_day(today, "beta"));
	tw_account_add(f->account, make_day(today - 2, "alpha"));
	tw_account_add(f->account, make_day(today - 29, "gone"));
	tw_account_add(f->account, make_day(today - 30, "older"));
	add_block(f, NOON_MS - 3 * TW_ACCOUNT_DAY_MS, TW_BLOCK_BURIED);
	add_block(f, NOON_MS - 1000, TW_BLOCK_ORPHANED);
	add_block(f, NOON_MS - 500, TW_BLOCK_BURIED);
	root = report(f, 30 * TW_DAY);
	assert_int_equal(number(root, "watched_ms"), 3 * 3600000);
	assert_int_equal(number(root, "unusable_ms"), 3 * 5000);
	assert_int_equal(number(root, "saved_ms"), 3 * 55000);
	assert_int_equal(number(root, "contested_ms"), 3 * 1000);
	/* There were figures before, so it was to be watched from the first midnight on. */
	assert_int_equal(number(root, "from_ms"), (today - 29) * TW_ACCOUNT_DAY_MS);
	assert_int_equal(number(root, "unwatched_ms"),
		29 * TW_ACCOUNT_DAY_MS + TW_ACCOUNT_DAY_MS / 2 - 3 * 3600000);
	assert_int_equal(number(root, "today.saved_ms"), 55000);
	assert_int_equal(number(root, "month.saved_ms"), 2 * 55000);
	assert_int_equal(number(root, "blocks.found"), 3);
	assert_int_equal(number(root, "blocks.not_kept"), 1);
	assert_int_equal(number(root, "blocks.counts.buried"), 2);
	assert_int_equal(tw_json_count(tw_json_find(root, "blocks.lost")), 1);
	assert_int_equal(tw_json_count(tw_json_find(root, "worst_hours")), 3);
	/* In the order of the configuration, then those that are gone. */
	has(f, "\"daemons\":[{\"name\":\"alpha\",\"configured\":true,\"primary\":true,"
	       "\"reference\":false,\"expected_ms\":3600000,\"healthy_ms\":3540000,"
	       "\"reasons\":{\"timeout\":60000,\"ok\":3540000},\"switches_away\":3,"
	       "\"away\":{\"timeout\":2,\"pinned\":1}},{\"name\":\"beta\",");
	has(f, "{\"name\":\"gone\",\"configured\":false,\"primary\":false,");
	assert_lacks(tw_buf_str(&f->out), "older");
	/* Today alone; a span that is no whole day is one; not more than there can be. */
	root = report(f, TW_SEC);
	assert_int_equal(number(root, "days"), 1);
	assert_int_equal(number(root, "saved_ms"), 55000);
	assert_int_equal(number(root, "blocks.found"), 2);
	assert_int_equal(number(report(f, TW_DAY + 1), "days"), 2);
	assert_int_equal(number(report(f, TW_NEVER), "days"), 400);
	/* Before that there is nothing, so the first day begins when it was first watched. */
	root = report(f, 90 * TW_DAY);
	assert_int_equal(number(root, "saved_ms"), 4 * 55000);
	assert_int_equal(
		number(root, "from_ms"), (today - 30) * TW_ACCOUNT_DAY_MS + 7 * TW_ACCOUNT_HOUR_MS);
}

static void test_page(void **state)
{
	struct fixture *f = *state;

	tw_account_add(f->account, make_day(NOON_MS / TW_ACCOUNT_DAY_MS, "alpha"));
	tw_account_add(f->account, make_day(NOON_MS / TW_ACCOUNT_DAY_MS - 1, "alpha"));
	tw_page_write(&f->fake.source, &f->out);
	has(f, "<h3>today (UTC)</h3>\n<dl class=\"facts\">\n<div><dt>usable</dt><dd>99.861 %</dd>");
	has(f, "<div><dt>saved</dt><dd>55 s</dd></div>");
	has(f, "<h3>this month</h3>");
	has(f, "<div><dt>saved</dt><dd>1 min 50 s</dd></div>\n<div><dt>not usable</dt><dd>10 s</dd>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_figures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
