/* The table of reasons (reason.h): complete, in order, without ambiguity. */
#include "core/reason.h"
#include "core/words.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_rows_are_complete(void **state)
{
	(void)state;
	for (int i = 0; i < TW_REASONS; i++) {
		enum tw_reason reason = (enum tw_reason)i;
		bool is_healthy = tw_reason_state(reason) == TW_STATE_HEALTHY;

		assert_non_null(tw_reason_word(reason));
		assert_that(strlen(tw_reason_meaning(reason)), >, 0);
		assert_int_equal(strlen(tw_reason_remedy(reason)) > 0, !is_healthy);
		assert_int_equal(tw_reason_verdict(reason).state, tw_reason_state(reason));
		assert_int_equal(tw_reason_verdict(reason).reason, reason);
	}
}

static void test_words_are_unique(void **state)
{
	(void)state;
	for (int i = 0; i < TW_REASONS; i++) {
		for (int k = 0; k < i; k++)
			assert_string_not_equal(tw_reason_word((enum tw_reason)i),
				tw_reason_word((enum tw_reason)k));
	}
}

/* A failed check reads the same in the observation and in the verdict. */
static void test_every_failure_has_its_reason(void **state)
{
	(void)state;
	for (int i = TW_RESULT_OK + 1; i < TW_RESULTS; i++) {
		enum tw_result result = (enum tw_result)i;
		enum tw_reason reason = tw_reason_of_result(result);
		enum tw_result parsed;

		assert_int_equal(tw_reason_result(reason), result);
		assert_int_equal(tw_reason_badness(reason, false), 0);
		assert_string_equal(tw_reason_word(reason), tw_words_result(result));
		assert_int_equal(tw_words_parse_result(tw_reason_word(reason), &parsed), 0);
		assert_int_equal(parsed, result);
	}
}

/* Of what answers but is unhealthy, all but the useless answers can be used when nobody is healthy.
 */
static void test_least_bad_are_ranked(void **state)
{
	static const enum tw_reason order[] = { TW_REASON_WARMING, TW_REASON_STALE_TEMPLATE,
		TW_REASON_LAGGING, TW_REASON_MIXED, TW_REASON_AHEAD, TW_REASON_NO_TEMPLATE,
		TW_REASON_ISOLATED, TW_REASON_FALSE_BLOCKS, TW_REASON_FORKED };
	int last = 0, n_ranked = 0;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(order); i++) {
		assert_that(tw_reason_badness(order[i], false), >, last);
		last = tw_reason_badness(order[i], false);
	}
	for (int i = 0; i < TW_REASONS; i++) {
		if (tw_reason_badness((enum tw_reason)i, false) == 0)
			continue;
		assert_int_equal(tw_reason_state((enum tw_reason)i), TW_STATE_UNHEALTHY);
		n_ranked++;
	}
	assert_int_equal(n_ranked, TW_ARRAY_SIZE(order));
}

/* Those that can be mined on come before all others, and those that are at T before these. */
static void test_mineable_are_ranked_first(void **state)
{
	int at_tip = tw_reason_badness(TW_REASON_WARMING, true);
	int isolated = tw_reason_badness(TW_REASON_ISOLATED, true);
	int lagging = tw_reason_badness(TW_REASON_LAGGING, true);
	int forked = tw_reason_badness(TW_REASON_FORKED, true);

	(void)state;
	assert_int_equal(at_tip, tw_reason_badness(TW_REASON_WARMING, false));
	assert_int_equal(at_tip, tw_reason_badness(TW_REASON_MIXED, true));
	assert_that(isolated, >, at_tip);
	assert_that(lagging, >, isolated);
	assert_that(forked, >, lagging);
	assert_that(tw_reason_badness(TW_REASON_STALE_TEMPLATE, false), >, forked);
}

static void test_severity(void **state)
{
	(void)state;
	assert_int_equal(tw_reason_severity(TW_REASON_OK), 0);
	assert_int_equal(tw_reason_severity(TW_REASON_RACING), 1);
	assert_int_equal(tw_reason_severity(TW_REASON_UNCHECKED), 2);
	assert_int_equal(tw_reason_severity(TW_REASON_DRAINED), 2);
	assert_int_equal(tw_reason_severity(TW_REASON_WARMING), 3);
	for (int i = TW_REASON_WARMING; i > 0; i--)
		assert_int_equal(tw_reason_severity((enum tw_reason)(i - 1)),
			tw_reason_severity((enum tw_reason)i) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_words_are_unique),
		cmocka_unit_test(test_every_failure_has_its_reason),
		cmocka_unit_test(test_least_bad_are_ranked),
		cmocka_unit_test(test_mineable_are_ranked_first),
		cmocka_unit_test(test_severity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
