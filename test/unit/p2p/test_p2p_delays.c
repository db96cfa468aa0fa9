/* p2p/delays: when blocks were announced and when checks showed them. */
#include "compare.h"
#include "p2p/delays.h"

static struct tw_p2p_delays delays;
static struct tw_p2p_delays_block blocks[TW_P2P_DELAYS_MAX];

static int init(void **state)
{
	(void)state;
	tw_p2p_delays_init(&delays);
	return 0;
}

static void is_block(uint32_t i, int64_t height, int64_t pushed_us, int64_t shown_us)
{
	assert_int_equal(blocks[i].height, height);
	assert_int_equal(blocks[i].pushed_us, pushed_us);
	assert_int_equal(blocks[i].shown_us, shown_us);
}

static void test_push_and_check(void **state)
{
	(void)state;
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 0);
	/* When the block came that the first check shows is not known. */
	tw_p2p_delays_push(&delays, 1000, 5);
	tw_p2p_delays_show(&delays, 1000, 10);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 0);
	tw_p2p_delays_push(&delays, 1001, 20);
	tw_p2p_delays_push(&delays, 1001, 21);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 0);
	tw_p2p_delays_show(&delays, 1001, 25);
	tw_p2p_delays_show(&delays, 1001, 35);
	/* One that the check shows first, two that come at once. */
	tw_p2p_delays_show(&delays, 1002, 40);
	tw_p2p_delays_push(&delays, 1002, 44);
	tw_p2p_delays_push(&delays, 1004, 50);
	tw_p2p_delays_show(&delays, 1004, 55);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 4);
	is_block(0, 1001, 20, 25);
	is_block(1, 1002, 44, 40);
	is_block(2, 1003, TW_UNKNOWN, 55);
	is_block(3, 1004, 50, 55);
}

/* The chain may start again from the bottom, or at a lower block after a reorganisation. */
static void test_way_back(void **state)
{
	(void)state;
	tw_p2p_delays_show(&delays, 1000, 10);
	tw_p2p_delays_show(&delays, 1003, 20);
	tw_p2p_delays_show(&delays, 1002, 30);
	tw_p2p_delays_show(&delays, 1004, 40);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 4);
	is_block(1, 1002, TW_UNKNOWN, 20);
	tw_p2p_delays_show(&delays, 3, 50);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 0);
	tw_p2p_delays_show(&delays, 4, 60);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), 1);
	is_block(0, 4, TW_UNKNOWN, 60);
}

/* The last blocks stay, whatever is announced. */
static void test_bounds(void **state)
{
	static const int64_t heights[] = { INT64_MIN, -2, TW_UNKNOWN, 0, 1000, INT64_MAX };

	(void)state;
	tw_p2p_delays_show(&delays, 1000, 1);
	for (int64_t i = 1; i <= 100; i++) {
		tw_p2p_delays_push(&delays, 1000 + i, 10 * i);
		tw_p2p_delays_show(&delays, 1000 + i, 10 * i + 1);
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(heights); i++)
		tw_p2p_delays_push(&delays, heights[i], 2000);
	for (int64_t height = 1; height <= 3000; height++)
		tw_p2p_delays_push(&delays, height, 2000);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), TW_P2P_DELAYS_MAX);
	for (uint32_t i = 0; i < TW_P2P_DELAYS_MAX; i++)
		is_block(i, 1085 + i, 10 * (85 + i), 10 * (85 + i) + 1);
	/* A way of thousands of blocks takes no longer than the ring is. */
	tw_p2p_delays_show(&delays, INT64_MAX / 2, 3000);
	assert_int_equal(tw_p2p_delays_list(&delays, blocks), TW_P2P_DELAYS_MAX);
	is_block(0, INT64_MAX / 2 - TW_P2P_DELAYS_MAX + 1, TW_UNKNOWN, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_push_and_check, init),
		cmocka_unit_test_setup(test_way_back, init),
		cmocka_unit_test_setup(test_bounds, init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
