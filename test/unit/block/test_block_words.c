/* block/block: every state has a word of its own, which is read as that state again. */
#include "block/block.h"
#include "fixture/compare.h"
#include <errno.h>

static void test_states(void **state)
{
	enum tw_block_state found;

	(void)state;
	for (int i = 0; i < TW_BLOCK_STATES; i++) {
		found = (enum tw_block_state)((i + 1) % TW_BLOCK_STATES);
		assert_int_equal(
			tw_block_parse_word(tw_block_word((enum tw_block_state)i), &found), 0);
		assert_int_equal(found, i);
	}
	found = (enum tw_block_state)1;
	assert_int_equal(tw_block_parse_word("", &found), -EINVAL);
	assert_int_equal(tw_block_parse_word("x", &found), -EINVAL);
	assert_int_equal(found, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
