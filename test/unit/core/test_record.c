/* The record of false blocks of one node (decision.md, Voting 6). */
#include "core/node/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tw_record record;

static int setup(void **state)
{
	(void)state;
	tw_record_init(&record);
	return 0;
}

static struct tw_point block(int64_t height, uint8_t side)
{
	struct tw_point point = { .height = height };

	point.hash.bytes[0] = side;
	point.hash.bytes[1] = (uint8_t)height;
	return point;
}

/* At now the node shows this block on top of those of side 0. */
static void show(int64_t height, uint8_t side, int64_t c, int64_t now)
{
	struct tw_observation obs;
	struct tw_chain chain;
	struct tw_point point = block(height, side);

	tw_chain_init(&chain);
	tw_observation_init(&obs, TW_RESULT_OK);
	tw_observation_add(&obs, &point);
	for (int64_t h = height - 1; h > height - 4; h--) {
		point = block(h, 0);
		tw_observation_add(&obs, &point);
	}
	tw_chain_update(&chain, &obs);
	chain.revision = record.revision + 1;
	tw_record_note(&record, &chain, c, now);
}

static bool is_false_at(int64_t height, int64_t before_us)
{
	struct tw_point confirmed = block(height, 0);
	int64_t since_us;

	return tw_record_other(&record, &confirmed, before_us, &since_us) != NULL;
}

static void test_only_what_was_shown_early_is_false(void **state)
{
	struct tw_point other = block(101, 1);

	(void)state;
	show(101, 1, 100, 5 * TW_SEC);
	assert_false(is_false_at(101, 4 * TW_SEC));
	assert_true(is_false_at(101, 5 * TW_SEC));
	assert_false(is_false_at(102, 5 * TW_SEC));
	assert_true(tw_record_has(&record, 101, &other.hash));
	/* Taken back: it was shown all the same, and since then. */
	show(101, 0, 100, 6 * TW_SEC);
	assert_true(is_false_at(101, 5 * TW_SEC));
}

static void test_the_true_block_is_not_false(void **state)
{
	(void)state;
	show(101, 0, 100, TW_SEC);
	assert_false(is_false_at(101, TW_HOUR));
	show(101, 1, 100, 2 * TW_SEC);
	assert_true(is_false_at(101, TW_HOUR));
	/* What C has reached is not looked at. */
	show(101, 2, 101, 3 * TW_SEC);
	assert_false(is_false_at(101 + TW_RECORD_BLOCKS, TW_HOUR));
}

static void judge(uint32_t n, bool is_false)
{
	for (uint32_t i = 0; i < n; i++)
		tw_record_judge(&record, is_false);
}

static void test_four_of_sixteen(void **state)
{
	(void)state;
	judge(3, true);
	judge(TW_RECORD_BLOCKS - 1, false);
	judge(1, true);
	assert_false(tw_record_is_doubted(&record));
	judge(2, true);
	assert_false(tw_record_is_doubted(&record));
	judge(1, true);
	assert_true(tw_record_is_doubted(&record));
	assert_int_equal(tw_record_n_false(&record), 4);
}

static void test_probation_doubles_and_is_forgotten(void **state)
{
	(void)state;
	judge(TW_RECORD_FALSE, true);
	for (uint32_t need = TW_RECORD_BLOCKS; need <= TW_RECORD_BLOCKS << TW_RECORD_DOUBLED;
		need *= 2) {
		assert_int_equal(record.kept.probation, need);
		judge(need - 1, false);
		assert_true(tw_record_is_doubted(&record));
		judge(1, false);
		assert_false(tw_record_is_doubted(&record));
		/* The second time two are enough. */
		judge(1, true);
		assert_false(tw_record_is_doubted(&record));
		judge(1, true);
	}
	/* It grows no further. */
	assert_int_equal(record.kept.probation, TW_RECORD_BLOCKS << TW_RECORD_DOUBLED);
	judge(record.kept.probation, false);
	judge(TW_RECORD_DOUBLED * TW_RECORD_FORGET - 1, false);
	assert_int_equal(record.kept.relapses, 1);
	judge(1, false);
	assert_int_equal(record.kept.relapses, 0);
	judge(TW_RECORD_FALSE - 1, true);
	assert_false(tw_record_is_doubted(&record));
	judge(1, true);
	assert_int_equal(record.kept.probation, TW_RECORD_BLOCKS);
}

static void test_who_goes_on_is_not_believed_again(void **state)
{
	(void)state;
	judge(10 * TW_RECORD_BLOCKS, true);
	assert_true(tw_record_is_doubted(&record));
	judge(TW_RECORD_BLOCKS - 2, false);
	assert_true(tw_record_is_doubted(&record));
	judge(1, false);
	assert_false(tw_record_is_doubted(&record));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_only_what_was_shown_early_is_false, setup),
		cmocka_unit_test_setup(test_the_true_block_is_not_false, setup),
		cmocka_unit_test_setup(test_four_of_sixteen, setup),
		cmocka_unit_test_setup(test_probation_doubles_and_is_forgotten, setup),
		cmocka_unit_test_setup(test_who_goes_on_is_not_believed_again, setup),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
