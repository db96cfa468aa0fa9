/*
 * account: what is told of the pool and the daemons is counted into the days where it was, over
 * midnight, over restarts, and whatever is done to the clock.
 */
#include "account/record.h"
#include "account/sums.h"
#include "base/num.h"
#include "fixture/compare.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 3, MAIN = 0, SPARE = 1 };

#define DAY_MS TW_ACCOUNT_DAY_MS
/* 2026-11-28, 00:00 UTC. */
#define FIRST INT64_C(20785)

static const struct tw_node_policy policies[NODES] = {
	{ .name = "main", .is_primary = true },
	{ .name = "spare" },
	{ .name = "seed", .role = TW_ROLE_REFERENCE },
};
static const struct tw_core_config config = { .n_nodes = NODES, .nodes = policies };

/* What is the case, and the two clocks. */
struct fixture {
	struct tw_account *account;
	struct tw_decision decision;
	enum tw_reason reasons[NODES];
	int64_t now_us;
	int64_t wall_us;
};

static void open_account(struct fixture *f)
{
	assert_int_equal(tw_account_create(&f->account), 0);
	assert_int_equal(tw_account_configure(f->account, &config), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->decision = (struct tw_decision){
		.is_usable = true, .mode = TW_MODE_CONSENSUS, .chosen = MAIN
	};
	for (int i = 0; i < NODES; i++)
		f->reasons[i] = TW_REASON_OK;
	f->now_us = 77 * TW_SEC;
	f->wall_us = FIRST * TW_DAY;
	open_account(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_account_destroy(f->account);
	free(f);
	return 0;
}

static void look(struct fixture *f, bool is_after_gap)
{
	const struct tw_account_look look = { .now_us = f->now_us,
		.wall_us = f->wall_us,
		.is_after_gap = is_after_gap,
		.decision = &f->decision,
		.reasons = f->reasons };

	assert_int_equal(tw_account_look(f->account, &look), 0);
}

static void pass(struct fixture *f, int64_t us)
{
	f->now_us += us;
	f->wall_us += us;
}

/* What is the case now stays so for that long. */
static void live(struct fixture *f, int64_t us)
{
	look(f, false);
	pass(f, us);
	look(f, false);
}

static struct tw_account_pool pool_of(const struct fixture *f, int64_t first, int64_t last)
{
	struct tw_account_pool pool;

	tw_account_sums_pool(
		f->account, (struct tw_account_period){ first, last }, f->wall_us / TW_MS, &pool);
	return pool;
}

static struct tw_account_daemon daemon_of(const struct fixture *f, int64_t day, const char *name)
{
	struct tw_account_daemon *daemons, found = { .name = NULL };
	uint32_t n;

	assert_int_equal(tw_account_sums_daemons(
				 f->account, (struct tw_account_period){ day, day }, &n, &daemons),
		0);
	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(daemons[i].name, name) == 0)
			found = daemons[i];
	}
	free(daemons);
	assert_non_null(found.name);
	return found;
}

/* All days go through their lines into another account, as over a restart. */
static void restart(struct fixture *f)
{
	struct tw_account *old = f->account;
	struct tw_account_day *day;
	struct tw_buf line;

	open_account(f);
	tw_buf_init(&line, TW_ACCOUNT_RECORD_MAX);
	for (uint32_t i = 0; i < tw_account_n_days(old); i++) {
		tw_buf_clear(&line);
		tw_account_record_format(tw_account_day_at(old, i), &line);
		assert_int_equal(line.error, 0);
		assert_int_equal(tw_account_record_parse(tw_buf_str(&line), line.len, &day), 0);
		tw_account_add(f->account, day);
	}
	tw_buf_finish(&line);
	tw_account_destroy(old);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pool_of(f, FIRST, FIRST).from_ms, TW_UNKNOWN);
	assert_null(tw_account_today(f->account));
	look(f, false);
	assert_int_equal(pool_of(f, FIRST, FIRST).from_ms, TW_UNKNOWN);
	assert_int_equal(tw_account_today(f->account)->number, FIRST);
	assert_true(tw_account_today(f->account)->is_kept);
}

static void test_midnight(void **state)
{
	struct fixture *f = *state;

	pass(f, TW_DAY - 90 * TW_SEC);
	live(f, 90 * TW_SEC + 2 * TW_HOUR + 5 * TW_MS);
	assert_int_equal(tw_account_n_days(f->account), 2);
	assert_int_equal(pool_of(f, FIRST, FIRST).usable_ms, 90000);
	assert_int_equal(pool_of(f, FIRST + 1, FIRST + 1).usable_ms, 7200005);
	assert_int_equal(pool_of(f, FIRST, FIRST + 1).watched_ms, 7290005);
	assert_int_equal(daemon_of(f, FIRST, "spare").ms[TW_REASON_OK], 90000);
	assert_int_equal(daemon_of(f, FIRST + 1, "spare").healthy_ms, 7200005);
	assert_int_equal(tw_account_day_at(f->account, 1)->hours[0].watched_ms, 3600000);
	assert_int_equal(tw_account_day_at(f->account, 1)->hours[1].watched_ms, 3600000);
	assert_int_equal(tw_account_day_at(f->account, 1)->hours[2].watched_ms, 5);
	assert_int_equal(tw_account_today(f->account)->number, FIRST + 1);
	/* It was watched from its first second on, so nothing is missing. */
	assert_int_equal(pool_of(f, FIRST, FIRST + 1).from_ms, (FIRST + 1) * DAY_MS - 90000);
	assert_int_equal(pool_of(f, FIRST, FIRST + 1).unwatched_ms, 0);
}

/* Millions of short spans are as long together as they were. */
static void test_nothing_drifts(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 1000000; i++) {
		look(f, false);
		pass(f, 3 * TW_MS - 1);
	}
	look(f, false);
	assert_in_range(pool_of(f, FIRST, FIRST).watched_ms, 2998999, 2999001);
}

static void test_what_is_not_watched(void **state)
{
	struct fixture *f = *state;

	f->decision.mode = TW_MODE_STARTING;
	f->decision.is_usable = false;
	live(f, 10 * TW_SEC);
	f->decision.mode = TW_MODE_CONSENSUS;
	f->decision.is_usable = true;
	live(f, TW_MIN);
	/* The machine slept. */
	pass(f, TW_HOUR);
	look(f, true);
	live(f, TW_MIN);
	/* tipwatchd was down. */
	restart(f);
	pass(f, 2 * TW_HOUR);
	live(f, TW_MIN);
	assert_int_equal(pool_of(f, FIRST, FIRST).watched_ms, 180000);
	assert_int_equal(pool_of(f, FIRST, FIRST).usable_ms, 180000);
	/* All but the seconds before it knew anything. */
	assert_int_equal(pool_of(f, FIRST, FIRST).unwatched_ms, 3 * 3600000);
	assert_int_equal(daemon_of(f, FIRST, "main").expected_ms, 180000);
}

static void test_restart_in_the_middle_of_a_day(void **state)
{
	struct fixture *f = *state;
	const struct tw_switch change = { .from = MAIN,
		.to = SPARE,
		.reason = TW_CHOICE_INCUMBENT_BAD,
		.cause = TW_REASON_TIMEOUT };

	f->reasons[MAIN] = TW_REASON_TIMEOUT;
	f->decision.chosen = SPARE;
	live(f, 10 * TW_MIN);
	tw_account_switch(f->account, &change);
	restart(f);
	live(f, 10 * TW_MIN);
	tw_account_switch(f->account, &change);
	assert_int_equal(tw_account_n_days(f->account), 1);
	assert_int_equal(pool_of(f, FIRST, FIRST).saved_ms, 1200000);
	/* What was saved before the restart belongs to the days, not to this run. */
	assert_int_equal(tw_account_saved_ms(f->account), 600000);
	assert_int_equal(daemon_of(f, FIRST, "main").ms[TW_REASON_TIMEOUT], 1200000);
	assert_int_equal(daemon_of(f, FIRST, "main").healthy_ms, 0);
	assert_int_equal(daemon_of(f, FIRST, "main").away[TW_REASON_TIMEOUT], 2);
	assert_int_equal(tw_account_day_at(f->account, 0)->hours[0].reason, TW_REASON_TIMEOUT);
	assert_int_equal(tw_account_day_at(f->account, 0)->hours[0].reason_ms, 1200000);
}

/* A clock that is set makes nothing last longer; what follows is counted where it says. */
static void test_clock_steps(void **state)
{
	struct fixture *f = *state;

	live(f, TW_MIN);
	f->wall_us += 5 * TW_HOUR;
	live(f, TW_MIN);
	f->wall_us -= 3 * TW_DAY;
	live(f, TW_MIN);
	f->wall_us += 3 * TW_DAY;
	live(f, TW_MIN);
	assert_int_equal(tw_account_n_days(f->account), 2);
	assert_int_equal(pool_of(f, FIRST - 10, FIRST).watched_ms, 240000);
	assert_int_equal(pool_of(f, FIRST - 3, FIRST - 3).watched_ms, 60000);
	assert_int_equal(pool_of(f, FIRST, FIRST).watched_ms, 180000);
	/* A machine without a clock begins in 1970. */
	f->wall_us = 5 * TW_SEC;
	live(f, TW_MIN);
	assert_int_equal(pool_of(f, 0, 0).watched_ms, 60000);
	f->wall_us = -TW_HOUR;
	live(f, TW_MIN);
	assert_int_equal(pool_of(f, 0, 0).watched_ms, 120000);
	f->wall_us = FIRST * TW_DAY + TW_DAY - 1;
	look(f, false);
	assert_int_equal(tw_account_today(f->account)->number, FIRST);
	assert_int_equal(pool_of(f, FIRST, FIRST).watched_ms, 180000);
}

static void test_hour_that_is_lived_twice(void **state)
{
	struct fixture *f = *state;

	live(f, 40 * TW_MIN);
	f->wall_us -= 40 * TW_MIN;
	live(f, 40 * TW_MIN);
	assert_int_equal(pool_of(f, FIRST, FIRST).watched_ms, 80 * 60000);
	assert_int_equal(pool_of(f, FIRST, FIRST).unwatched_ms, 0);
}

static void test_four_hundred_days(void **state)
{
	struct fixture *f = *state;

	look(f, false);
	for (int i = 0; i < 450; i++)
		live(f, TW_DAY);
	assert_int_equal(tw_account_n_days(f->account), TW_ACCOUNT_DAYS_MAX);
	assert_int_equal(tw_account_day_at(f->account, 0)->number, FIRST + 451 - 400);
	assert_int_equal(pool_of(f, FIRST, FIRST + 450).watched_ms, 399 * DAY_MS);
	assert_int_equal(pool_of(f, FIRST + 421, FIRST + 450).watched_ms, 29 * DAY_MS);
	restart(f);
	assert_int_equal(tw_account_n_days(f->account), TW_ACCOUNT_DAYS_MAX);
	assert_int_equal(pool_of(f, FIRST, FIRST + 450).watched_ms, 399 * DAY_MS);
}

/* Only what the pool owes to tipwatch is claimed. */
static void test_what_is_saved(void **state)
{
	static const struct {
		enum tw_reason primary;
		int32_t chosen;
		bool is_usable, is_pinned, is_saved;
		bool is_spare_lagging;
	} cases[] = {
		{ TW_REASON_OK, SPARE, true, false, false },
		{ TW_REASON_RACING, SPARE, true, false, false },
		{ TW_REASON_UNCHECKED, SPARE, true, false, false },
		{ TW_REASON_DRAINED, SPARE, true, false, false },
		{ TW_REASON_WARMING, SPARE, true, false, false },
		{ TW_REASON_LAGGING, MAIN, true, false, false },
		{ TW_REASON_REFUSED, SPARE, false, false, false },
		{ TW_REASON_REFUSED, TW_NODE_NONE, false, false, false },
		{ TW_REASON_REFUSED, SPARE, true, true, false },
		{ TW_REASON_REFUSED, SPARE, true, false, true },
		{ TW_REASON_STALE_TEMPLATE, SPARE, true, false, true },
		{ TW_REASON_FORKED, SPARE, true, false, true },
		{ TW_REASON_LAGGING, SPARE, true, false, true },
		{ TW_REASON_LAGGING, SPARE, true, false, false, true },
		{ TW_REASON_REFUSED, SPARE, true, false, true, true },
	};
	struct fixture *f = *state;
	int64_t before = 0;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		f->reasons[MAIN] = cases[i].primary;
		f->reasons[SPARE] = cases[i].is_spare_lagging ? TW_REASON_LAGGING : TW_REASON_OK;
		f->decision.chosen = cases[i].chosen;
		f->decision.is_usable = cases[i].is_usable;
		f->decision.is_pinned = cases[i].is_pinned;
		live(f, TW_SEC);
		assert_int_equal(
			tw_account_saved_ms(f->account) - before, cases[i].is_saved ? 1000 : 0);
		before = tw_account_saved_ms(f->account);
	}
	assert_int_equal(pool_of(f, FIRST, FIRST).saved_ms, before);
}

static void test_why_it_was_left(void **state)
{
	struct fixture *f = *state;
	struct tw_switch change = {
		.from = SPARE, .to = MAIN, .reason = TW_CHOICE_PRIORITY, .cause = TW_REASON_RACING
	};
	struct tw_account_daemon spare;

	tw_account_switch(f->account, &change); /* before the first look there is no day */
	look(f, false);
	tw_account_switch(f->account, &change);
	change.cause = TW_REASON_OK;
	tw_account_switch(f->account, &change);
	change.cause = TW_REASON_LAGGING;
	tw_account_switch(f->account, &change);
	change.from = TW_NODE_NONE;
	tw_account_switch(f->account, &change);
	change.from = NODES;
	tw_account_switch(f->account, &change);
	restart(f);
	spare = daemon_of(f, FIRST, "spare");
	assert_int_equal(spare.n_away, 3);
	assert_int_equal(spare.away[TW_REASONS + TW_CHOICE_PRIORITY], 2);
	assert_int_equal(spare.away[TW_REASON_LAGGING], 1);
	for (uint32_t i = 0; i < TW_ACCOUNT_CAUSES; i++) {
		uint32_t cause;

		assert_int_equal(tw_account_day_parse_cause(tw_account_day_cause(i), &cause), 0);
		assert_int_equal(cause, i);
	}
}

/* A reload: another set of nodes, some of them known. */
static void test_reload(void **state)
{
	static const struct tw_node_policy others[] = { { .name = "new", .is_primary = true },
		{ .name = "spare" } };
	static const struct tw_core_config other = { .n_nodes = 2, .nodes = others };
	struct fixture *f = *state;

	live(f, TW_MIN);
	assert_int_equal(tw_account_configure(f->account, &other), 0);
	f->reasons[0] = TW_REASON_BUSY;
	f->decision.chosen = 1;
	live(f, TW_MIN);
	assert_int_equal(daemon_of(f, FIRST, "main").healthy_ms, 60000);
	assert_int_equal(daemon_of(f, FIRST, "spare").healthy_ms, 120000);
	assert_int_equal(daemon_of(f, FIRST, "new").ms[TW_REASON_BUSY], 60000);
	assert_int_equal(daemon_of(f, FIRST, "new").expected_ms, 60000);
	assert_int_equal(tw_account_saved_ms(f->account), 60000);
}

/* Drained by the operator is neither good nor bad. */
static void test_availability(void **state)
{
	struct fixture *f = *state;

	f->reasons[SPARE] = TW_REASON_DRAINED;
	live(f, TW_MIN);
	f->reasons[SPARE] = TW_REASON_UNCHECKED;
	live(f, TW_MIN);
	f->reasons[SPARE] = TW_REASON_WARMING;
	live(f, TW_MIN);
	f->reasons[SPARE] = TW_REASON_RACING;
	live(f, TW_MIN);
	assert_int_equal(daemon_of(f, FIRST, "spare").expected_ms, 120000);
	assert_int_equal(daemon_of(f, FIRST, "spare").healthy_ms, 60000);
}

static void test_worst_hours(void **state)
{
	enum { MAX = 3 };
	struct fixture *f = *state;
	struct tw_account_worst worst[MAX];
	const struct tw_account_period period = { FIRST, FIRST };

	live(f, TW_HOUR);
	assert_int_equal(tw_account_sums_worst(f->account, period, MAX, worst), 0);
	for (int i = 0; i < 5; i++) {
		/* Hours 1 to 5: 60, 30 or 0 s without a daemon, some contested. */
		f->reasons[MAIN] = i == 2 ? TW_REASON_LAGGING : TW_REASON_TIMEOUT;
		f->decision.is_usable = false;
		live(f, i == 4 ? 60 * TW_SEC : i == 2 ? 30 * TW_SEC : 0);
		f->reasons[MAIN] = TW_REASON_WARMING;
		f->decision.is_usable = true;
		f->decision.mode = i == 1 ? TW_MODE_CONTESTED : TW_MODE_CONSENSUS;
		live(f, 100 * TW_SEC);
		f->decision.mode = TW_MODE_CONSENSUS;
		f->decision.chosen = SPARE;
		f->reasons[MAIN] = TW_REASON_REFUSED;
		live(f, 10 * TW_SEC);
		f->reasons[MAIN] = TW_REASON_OK;
		f->decision.chosen = MAIN;
		live(f, TW_HOUR - f->wall_us % TW_HOUR);
	}
	assert_int_equal(tw_account_sums_worst(f->account, period, MAX, worst), MAX);
	assert_int_equal(worst[0].from_ms, FIRST * DAY_MS + 5 * 3600000);
	assert_int_equal(worst[0].hour->watched_ms - worst[0].hour->usable_ms, 60000);
	assert_int_equal(worst[0].hour->reason, TW_REASON_TIMEOUT);
	assert_int_equal(worst[1].from_ms, FIRST * DAY_MS + 3 * 3600000);
	assert_int_equal(worst[1].hour->reason, TW_REASON_LAGGING);
	assert_int_equal(worst[1].hour->reason_ms, 30000);
	assert_int_equal(worst[2].from_ms, FIRST * DAY_MS + 2 * 3600000);
	assert_int_equal(worst[2].hour->contested_ms, 100000);
	assert_int_equal(worst[2].hour->reason, TW_REASON_REFUSED);
	assert_int_equal(worst[2].hour->saved_ms, 10000);
}

/* By the time without a daemon, then by that without a consensus, then by what was saved; the
 * earlier one first where all is the same. */
static void test_order_of_hours(void **state)
{
	enum { HOURS = 8, LESS = 10, MORE = 20 };
	static const struct {
		int unusable_s, contested_s, saved_s;
	} hours[HOURS] = {
		{ LESS, 0, 0 },
		{ 0, LESS, MORE },
		{ 0, MORE, LESS },
		{ 0, LESS, LESS },
		{ MORE, 0, 0 },
		{ 0, LESS, MORE },
		{ LESS, LESS, 0 },
		{ 0, 0, 0 },
	};
	static const int order[] = { 4, 6, 0, 2, 1, 5, 3 };
	struct fixture *f = *state;
	struct tw_account_worst worst[HOURS];

	for (int i = 0; i < HOURS; i++) {
		f->reasons[MAIN] = TW_REASON_TIMEOUT;
		f->decision.is_usable = false;
		live(f, hours[i].unusable_s * TW_SEC);
		f->decision.is_usable = true;
		f->decision.chosen = SPARE;
		live(f, hours[i].saved_s * TW_SEC);
		f->reasons[MAIN] = TW_REASON_OK;
		f->decision.chosen = MAIN;
		f->decision.mode = TW_MODE_CONTESTED;
		live(f, hours[i].contested_s * TW_SEC);
		f->decision.mode = TW_MODE_CONSENSUS;
		live(f, TW_HOUR - f->wall_us % TW_HOUR);
	}
	for (uint32_t max = 1; max <= HOURS; max++) {
		uint32_t n = tw_account_sums_worst(
			f->account, (struct tw_account_period){ FIRST, FIRST }, max, worst);

		assert_int_equal(n, tw_min(max, TW_ARRAY_SIZE(order)));
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(worst[i].from_ms, FIRST * DAY_MS + order[i] * 3600000);
	}
}

static void test_periods(void **state)
{
	const int64_t noon_ms = FIRST * DAY_MS + DAY_MS / 2; /* of 28 November */
	char date[TW_ACCOUNT_DATE_SIZE];

	(void)state;
	assert_int_equal(tw_account_sums_last(noon_ms, 1).first, FIRST);
	assert_int_equal(tw_account_sums_last(noon_ms, 30).first, FIRST - 29);
	assert_int_equal(tw_account_sums_last(noon_ms, 30).last, FIRST);
	assert_int_equal(tw_account_sums_month(noon_ms).first, FIRST - 27);
	assert_int_equal(tw_account_sums_month(noon_ms).last, FIRST);
	assert_int_equal(tw_account_sums_month(noon_ms + 3 * DAY_MS).first, FIRST + 3);
	assert_string_equal(tw_account_record_date(FIRST, date), "2026-11-28");
}

static void test_lines_that_are_none(void **state)
{
	static const char *const lines[] = { "", "{", "null", "[]", "{\"from_ms\":0}",
		"{\"from_ms\":0,\"hours\":[],\"daemons\":[]}",
#define NULLS "null,null,null,null,null,null,null,null,null,null,null"
		"{\"from_ms\":5,\"hours\":[" NULLS "," NULLS ",null,null],\"daemons\":[]}",
		"{\"from_ms\":-86400000,\"hours\":[" NULLS "," NULLS ",null,null],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,null]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,5],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,[5,5,0]],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,[5,6,0,0]],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,[5,4,5,0]],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,[5,4,0,6]],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,[5,4,0,-1]],\"daemons\":[]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,null],\"daemons\":[{}]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS
		",null,null],\"daemons\":[{\"name\":\"a\","
		"\"ms\":{\"ok\":true}}]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS
		",null,null],\"daemons\":[{\"name\":\"a\","
		"\"away\":{\"ok\":70000}}]}" };
	static const char fine[] =
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,[5,4,3,2,\"new_word\",9]],"
		"\"daemons\":[{\"name\":\"a\",\"ms\":{\"ok\":1,\"new_word\":2},"
		"\"away\":{\"busy\":3,\"new_word\":4}}],\"new\":{}}";
	struct tw_account_day *day;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++)
		assert_int_equal(
			tw_account_record_parse(lines[i], strlen(lines[i]), &day), -EINVAL);
	/* Of a later version. */
	assert_int_equal(tw_account_record_parse(fine, strlen(fine), &day), 0);
	assert_int_equal(tw_account_day_watched(day), 5);
	assert_int_equal(day->hours[23].contested_ms, 2);
	assert_int_equal(day->hours[23].reason_ms, 0);
	assert_int_equal(day->nodes[0].ms[TW_REASON_OK], 1);
	assert_int_equal(day->nodes[0].away[TW_REASON_BUSY], 3);
	tw_account_day_destroy(day);
}

/* Of two of one date the one counts that was watched longer. */
static void test_a_day_twice(void **state)
{
	static const int64_t watched[] = { 5, 9, 7, 9 };
	struct fixture *f = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(watched); i++) {
		struct tw_account_day *day;

		assert_int_equal(tw_account_day_create(FIRST - 1, &day), 0);
		tw_account_day_add(&day->hours[3].watched_ms, watched[i]);
		tw_account_day_add(&day->hours[3].usable_ms, (int64_t)i);
		tw_account_add(f->account, day);
	}
	assert_int_equal(tw_account_n_days(f->account), 1);
	assert_int_equal(pool_of(f, FIRST - 1, FIRST - 1).watched_ms, 9);
	assert_int_equal(pool_of(f, FIRST - 1, FIRST - 1).usable_ms, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_midnight, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_drifts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_not_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_restart_in_the_middle_of_a_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hour_that_is_lived_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_four_hundred_days, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_saved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_why_it_was_left, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_availability, setup, teardown),
		cmocka_unit_test_setup_teardown(test_worst_hours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_of_hours, setup, teardown),
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_lines_that_are_none),
		cmocka_unit_test_setup_teardown(test_a_day_twice, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
