/*
 * A month of a pool whose truth is known: spans of random length in which the pool and its daemons
 * were well or not, with gaps and restarts between them. The account is told of them as tipwatchd
 * tells it, look by look; what is true is added up from the spans themselves.
 */
#include "account/record.h"
#include "account/sums.h"
#include "base/num.h"
#include "core/reason.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 4, DAYS = 30, FIRST = 20758, SPANS_MAX = 100000 };

/* Which figures of a day are compared. */
enum figure { WATCHED, USABLE, SAVED, CONTESTED, FIGURES };

struct span {
	int64_t from_us; /* Unix time */
	int64_t to_us;
	bool is_watched;
	struct tw_decision decision;
	enum tw_reason reasons[NODES];
};

static struct span spans[SPANS_MAX];
static int n_spans;
static uint64_t seed;

static int64_t draw(int64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)((seed >> 33) % (uint64_t)n);
}

static void draw_state(struct span *span)
{
	static const enum tw_mode modes[] = { TW_MODE_CONSENSUS, TW_MODE_CONSENSUS, TW_MODE_REDUCED,
		TW_MODE_CONTESTED, TW_MODE_FALLBACK };

	int32_t chosen = (int32_t)draw(NODES + 1) - 1;

	span->decision = (struct tw_decision){ .mode = modes[draw(TW_ARRAY_SIZE(modes))],
		.is_usable = chosen >= 0 && draw(4) != 0,
		.is_pinned = draw(20) == 0,
		.chosen = chosen };
	for (int i = 0; i < NODES; i++)
		span->reasons[i] = draw(2) == 0 ? TW_REASON_OK : (enum tw_reason)draw(TW_REASONS);
}

static void draw_month(void)
{
	int64_t t_us = FIRST * TW_DAY + draw(TW_HOUR);

	n_spans = 0;
	while (t_us < (FIRST + DAYS) * TW_DAY && n_spans < SPANS_MAX) {
		struct span *span = &spans[n_spans++];

		/* Mostly seconds and minutes, some hours. */
		span->from_us = t_us;
		t_us += draw(8) == 0 ? draw(3 * TW_HOUR) : draw(100 * TW_SEC);
		t_us = tw_min(t_us, (FIRST + DAYS) * TW_DAY);
		span->to_us = t_us;
		span->is_watched = draw(30) != 0;
		draw_state(span);
	}
	assert_int_equal(spans[n_spans - 1].to_us, (FIRST + DAYS) * TW_DAY);
}

static int64_t overlap(const struct span *span, int64_t day)
{
	return tw_max(
		tw_min(span->to_us, (day + 1) * TW_DAY) - tw_max(span->from_us, day * TW_DAY), 0);
}

/* The definition, in other words than those of the program. */
static bool is_saved(const struct span *span)
{
	enum tw_reason primary = span->reasons[0];

	return span->decision.is_usable && !span->decision.is_pinned &&
	       span->decision.chosen != 0 && primary < TW_REASON_WARMING &&
	       primary != span->reasons[span->decision.chosen];
}

static void add_truth(int64_t day, int64_t figures[FIGURES], int64_t nodes[NODES][TW_REASONS])
{
	for (int i = 0; i < n_spans; i++) {
		const struct span *span = &spans[i];
		int64_t us = span->is_watched ? overlap(span, day) : 0;

		figures[WATCHED] += us;
		figures[USABLE] += span->decision.is_usable ? us : 0;
		figures[SAVED] += is_saved(span) ? us : 0;
		figures[CONTESTED] += span->decision.mode == TW_MODE_CONTESTED ? us : 0;
		for (int k = 0; k < NODES; k++)
			nodes[k][span->reasons[k]] += us;
	}
}

static void make(struct tw_account **ret_account)
{
	static const struct tw_node_policy policies[NODES] = { { .name = "a", .is_primary = true },
		{ .name = "b" }, { .name = "c" }, { .name = "d" } };
	static const struct tw_core_config config = { .n_nodes = NODES, .nodes = policies };

	assert_int_equal(tw_account_create(ret_account), 0);
	assert_int_equal(tw_account_configure(*ret_account, &config), 0);
}

static void restart(struct tw_account **account)
{
	struct tw_account *old = *account;
	struct tw_account_day *day;
	struct tw_buf line;

	make(account);
	tw_buf_init(&line, TW_ACCOUNT_RECORD_MAX);
	for (uint32_t i = 0; i < tw_account_n_days(old); i++) {
		tw_buf_clear(&line);
		tw_account_record_format(tw_account_day_at(old, i), &line);
		assert_int_equal(tw_account_record_parse(tw_buf_str(&line), line.len, &day), 0);
		tw_account_add(*account, day);
	}
	tw_buf_finish(&line);
	tw_account_destroy(old);
}

/*
 * Looks at the beginning and at the end of a span, and in between at most every two seconds, as
 * checks come in. What is not watched is a gap, or the time between two runs.
 */
static void tell(struct tw_account **account, const struct span *span)
{
	struct tw_account_look look = { .decision = &span->decision, .reasons = span->reasons };

	if (!span->is_watched) {
		if (draw(2) == 0)
			restart(account);
		return;
	}
	for (int64_t t_us = span->from_us;; t_us += 1 + draw(2 * TW_SEC)) {
		look.wall_us = tw_min(t_us, span->to_us);
		look.now_us = look.wall_us - FIRST * TW_DAY;
		look.is_after_gap = t_us == span->from_us;
		assert_int_equal(tw_account_look(*account, &look), 0);
		if (t_us >= span->to_us)
			break;
	}
}

static void compare(const struct tw_account *account, int64_t day)
{
	const struct tw_account_period period = { day, day };
	int64_t figures[FIGURES] = { 0 }, nodes[NODES][TW_REASONS] = { 0 };
	struct tw_account_daemon *daemons;
	struct tw_account_pool pool;
	uint32_t n;

	add_truth(day, figures, nodes);
	tw_account_sums_pool(account, period, (FIRST + DAYS) * TW_DAY / TW_MS, &pool);
	assert_that(llabs((long long)(pool.watched_ms - figures[WATCHED] / TW_MS)), <=, 1000);
	assert_that(llabs((long long)(pool.usable_ms - figures[USABLE] / TW_MS)), <=, 1000);
	assert_that(llabs((long long)(pool.saved_ms - figures[SAVED] / TW_MS)), <=, 1000);
	assert_that(llabs((long long)(pool.contested_ms - figures[CONTESTED] / TW_MS)), <=, 1000);
	if (day > FIRST)
		assert_that(
			llabs((long long)(pool.unwatched_ms - (TW_DAY - figures[WATCHED]) / TW_MS)),
			<=, 1000);
	assert_int_equal(tw_account_sums_daemons(account, period, &n, &daemons), 0);
	assert_int_equal(n, NODES);
	for (int i = 0; i < NODES; i++) {
		for (int k = 0; k < TW_REASONS; k++)
			assert_that(llabs((long long)(daemons[i].ms[k] - nodes[i][k] / TW_MS)), <=,
				1000);
	}
	free(daemons);
}

static void test_month(void **state)
{
	struct tw_account *account;

	(void)state;
	for (seed = 1; seed <= 3; seed++) {
		uint64_t number = seed;

		draw_month();
		make(&account);
		for (int i = 0; i < n_spans; i++)
			tell(&account, &spans[i]);
		for (int64_t day = FIRST; day < FIRST + DAYS; day++)
			compare(account, day);
		tw_account_destroy(account);
		seed = number;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_month),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
