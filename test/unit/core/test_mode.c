/* The table of modes (mode.h) and that of the states (words.h): complete, without ambiguity. */
#include "core/mode.h"
#include "core/words.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_modes_are_complete(void **state)
{
	bool is_taken[TW_MODES] = { false };

	(void)state;
	for (int i = 0; i < TW_MODES; i++) {
		enum tw_mode mode = (enum tw_mode)i;
		int rank = tw_mode_rank(mode);

		assert_that(strlen(tw_mode_meaning(mode)), >, 0);
		assert_that(strlen(tw_mode_advice(mode)), >, 0);
		assert_that(strlen(tw_mode_cost(mode)), >, 0);
		assert_in_range(rank, 0, TW_MODES - 1);
		assert_false(is_taken[rank]);
		is_taken[rank] = true;
		for (int k = 0; k < i; k++)
			assert_string_not_equal(tw_mode_word(mode), tw_mode_word((enum tw_mode)k));
	}
}

/* What is served before the first comparison is the worst, an undisputed majority the best. */
static void test_modes_are_ranked(void **state)
{
	(void)state;
	assert_int_equal(tw_mode_rank(TW_MODE_STARTING), 0);
	assert_that(tw_mode_rank(TW_MODE_CONTESTED), <, tw_mode_rank(TW_MODE_FALLBACK));
	assert_that(tw_mode_rank(TW_MODE_FALLBACK), <, tw_mode_rank(TW_MODE_REDUCED));
	assert_int_equal(tw_mode_rank(TW_MODE_CONSENSUS), TW_MODES - 1);
}

static void test_states_are_complete(void **state)
{
	(void)state;
	for (int i = 0; i < TW_STATES; i++) {
		assert_that(strlen(tw_words_state_meaning((enum tw_state)i)), >, 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
				tw_words_state((enum tw_state)i), tw_words_state((enum tw_state)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes_are_complete),
		cmocka_unit_test(test_modes_are_ranked),
		cmocka_unit_test(test_states_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
