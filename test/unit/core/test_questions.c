/* The questions to one node (questions.h): none twice at once, none too often, not too many. */
#include "core/node/questions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_asked_again_later(void **state)
{
	struct tw_questions questions = { 0 };
	int64_t heights[TW_QUESTIONS_MAX];

	(void)state;
	tw_questions_add(&questions, 100, 0, 10 * TW_SEC);
	tw_questions_add(&questions, 100, 0, 10 * TW_SEC);
	assert_int_equal(tw_questions_take(&questions, TW_SEC, heights), 1);
	assert_int_equal(heights[0], 100);
	assert_int_equal(tw_questions_take(&questions, TW_SEC, heights), 0);
	/* The time counts from when it was asked. */
	tw_questions_add(&questions, 100, 11 * TW_SEC - 1, 10 * TW_SEC);
	assert_int_equal(tw_questions_take(&questions, 11 * TW_SEC, heights), 0);
	tw_questions_add(&questions, 100, 11 * TW_SEC, 10 * TW_SEC);
	assert_int_equal(tw_questions_take(&questions, 11 * TW_SEC, heights), 1);
}

static void test_limits(void **state)
{
	struct tw_questions questions = { 0 };
	int64_t heights[TW_QUESTIONS_MAX];

	(void)state;
	for (int64_t height = 1; height <= TW_QUESTIONS_MAX + 3; height++)
		tw_questions_add(&questions, height, 0, TW_SEC);
	assert_int_equal(tw_questions_take(&questions, 0, heights), TW_QUESTIONS_MAX);
	for (int i = 0; i < TW_QUESTIONS_MAX; i++)
		assert_int_equal(heights[i], i + 1);
	/* Only the last TW_ASKED are remembered: older ones may be asked again. */
	for (int64_t height = 10; height < 10 + TW_ASKED; height++) {
		tw_questions_add(&questions, height, 0, TW_SEC);
		assert_int_equal(tw_questions_take(&questions, 0, heights), 1);
	}
	tw_questions_add(&questions, 10, 0, TW_SEC);
	assert_int_equal(tw_questions_take(&questions, 0, heights), 0);
	tw_questions_add(&questions, 1, 0, TW_SEC);
	assert_int_equal(tw_questions_take(&questions, 0, heights), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked_again_later),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
