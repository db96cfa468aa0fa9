/* Which changes are said one by one, and which are counted. */
#include "base/changes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_few_are_said(void **state)
{
	struct tw_changes changes;

	(void)state;
	tw_changes_init(&changes, 0);
	assert_int_equal(tw_changes_note(&changes, 0, 0), 0);
	for (int i = 1; i <= TW_CHANGES_ONE_BY_ONE; i++) {
		assert_int_equal(tw_changes_note(&changes, i * TW_SEC, i), 1);
		assert_int_equal(changes.before, i - 1);
		assert_int_equal(changes.value, i);
		assert_int_equal(tw_changes_note(&changes, i * TW_SEC, i), 0);
	}
}

/* Slow ones are said however long they go on: so many a minute are no noise. */
static void test_slow_are_said(void **state)
{
	struct tw_changes changes;

	(void)state;
	tw_changes_init(&changes, 0);
	for (int i = 1; i < 100; i++)
		assert_int_equal(tw_changes_note(&changes, i * 20 * TW_SEC, i % 2), 1);
}

/* Three reasons in turn, each second. The rest of each minute is said with its count. */
static void test_many_are_counted(void **state)
{
	struct tw_changes changes;
	uint32_t sum = 0;
	int n = 0;

	(void)state;
	tw_changes_init(&changes, 0);
	for (int second = 1; second <= 601; second++) {
		uint32_t said = tw_changes_note(&changes, second * TW_SEC, second % 3);

		sum += said;
		n += said > 0;
	}
	assert_int_equal(n, TW_CHANGES_ONE_BY_ONE + 10);
	assert_int_equal(sum, 601);
}

/* It holds: what was not said yet is said when the minute is over, and then everything is again. */
static void test_hold(void **state)
{
	struct tw_changes changes;

	(void)state;
	tw_changes_init(&changes, 0);
	for (int second = 1; second <= 10; second++)
		tw_changes_note(&changes, second * TW_SEC, second % 2);
	assert_int_equal(tw_changes_note(&changes, 60 * TW_SEC, 0), 0);
	assert_int_equal(tw_changes_due(&changes), 61 * TW_SEC);
	assert_int_equal(tw_changes_note(&changes, 61 * TW_SEC, 0), 6);
	assert_int_equal(tw_changes_due(&changes), TW_NEVER);
	assert_int_equal(changes.value, 0);
	assert_int_equal(tw_changes_note(&changes, 62 * TW_SEC, 0), 0);
	assert_int_equal(tw_changes_note(&changes, 200 * TW_SEC, 1), 1);
	assert_int_equal(tw_changes_note(&changes, 201 * TW_SEC, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_are_said),
		cmocka_unit_test(test_slow_are_said),
		cmocka_unit_test(test_many_are_counted),
		cmocka_unit_test(test_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
