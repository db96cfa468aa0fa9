/* What one check changes in one node (observe.h), without a monitor around it. */
#include "core/node/observe.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct {
	struct tw_policy policy;
	struct tw_node_policy node_policy;
	struct tw_node nodes[2];
	struct tw_windows windows;
	struct tw_first_sight sights[TW_WINDOW];
} f;

static int setup(void **state)
{
	(void)state;
	tw_policy_init(&f.policy);
	f.node_policy = (struct tw_node_policy){ .name = "alpha" };
	tw_windows_finish(&f.windows);
	if (tw_windows_init(&f.windows, TW_ARRAY_SIZE(f.nodes)) < 0)
		return -1;
	for (size_t i = 0; i < TW_ARRAY_SIZE(f.nodes); i++)
		tw_node_init(&f.nodes[i], &f.node_policy, tw_windows_add(&f.windows, NULL), 0);
	for (size_t i = 0; i < TW_WINDOW; i++)
		f.sights[i].block.height = TW_UNKNOWN;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tw_windows_finish(&f.windows);
	return 0;
}

/* A good check that shows the chain up to tip, whose newest block has this hash. */
static struct tw_observation good(int64_t tip, uint8_t hash)
{
	struct tw_observation obs;

	tw_observation_init(&obs, TW_RESULT_OK);
	obs.rtt_us = 5 * TW_MS;
	for (int64_t h = tip; h > tip - 4; h--) {
		struct tw_point point = { .height = h };

		point.hash.bytes[0] = h == tip ? hash : 1;
		point.hash.bytes[1] = (uint8_t)h;
		tw_observation_add(&obs, &point);
	}
	return obs;
}

static bool observe(uint32_t node, int64_t now, const struct tw_observation *obs)
{
	return tw_observe(&f.nodes[node], &f.windows, &f.policy, now, f.sights, -1, obs);
}

/* Only other blocks need a new count of the votes. */
static void test_same_blocks_change_nothing(void **state)
{
	struct tw_observation obs = good(100, 1);

	(void)state;
	assert_true(observe(0, TW_SEC, &obs));
	assert_int_equal(f.nodes[0].tip_us, TW_SEC);
	assert_false(observe(0, 2 * TW_SEC, &obs));
	assert_int_equal(f.nodes[0].tip_us, TW_SEC);
	obs = good(101, 1);
	assert_true(observe(0, 3 * TW_SEC, &obs));
	assert_int_equal(f.nodes[0].tip_us, 3 * TW_SEC);
	/* Another block at the same height is another tip. */
	obs = good(101, 2);
	assert_true(observe(0, 4 * TW_SEC, &obs));
	assert_int_equal(f.nodes[0].tip_us, 4 * TW_SEC);
	tw_observation_init(&obs, TW_RESULT_TIMEOUT);
	assert_false(observe(0, 5 * TW_SEC, &obs));
	assert_int_equal(f.nodes[0].chain->tip, 101);
}

/* A good check without a block is none. */
static void test_no_block_is_a_bad_reply(void **state)
{
	struct tw_observation obs;

	(void)state;
	tw_observation_init(&obs, TW_RESULT_OK);
	assert_false(observe(0, TW_SEC, &obs));
	assert_int_equal(f.nodes[0].health.result, TW_RESULT_BAD_REPLY);
	assert_int_equal(f.nodes[0].failures, 1);
}

/* How long after the first node that showed the block. */
static void test_delay(void **state)
{
	struct tw_observation obs = good(100, 1);

	(void)state;
	(void)observe(0, TW_SEC, &obs);
	(void)observe(1, TW_SEC, &obs);
	/* When a node is looked at for the first time, nothing is known of when it got its tip. */
	assert_int_equal(f.nodes[0].n_delays, 0);
	assert_int_equal(f.nodes[1].n_delays, 0);
	obs = good(101, 1);
	(void)observe(0, 10 * TW_SEC, &obs);
	(void)observe(1, 12 * TW_SEC, &obs);
	assert_int_equal(tw_node_delay(&f.nodes[0]), 0);
	assert_int_equal(tw_node_delay(&f.nodes[1]), 2 * TW_SEC);
	/* On the other side of a race there is nothing to compare with. */
	obs = good(102, 1);
	(void)observe(0, 20 * TW_SEC, &obs);
	obs = good(102, 2);
	(void)observe(1, 29 * TW_SEC, &obs);
	assert_int_equal(f.nodes[1].n_delays, 1);
}

/* Two sides of a race in one instant: whose check came first does not matter. */
static void test_race_in_one_instant(void **state)
{
	for (int order = 0; order < 2; order++) {
		struct tw_observation obs;

		setup(state);
		obs = good(102, order == 0 ? 2 : 3);
		(void)observe(0, TW_SEC, &obs);
		obs = good(102, order == 0 ? 3 : 2);
		(void)observe(1, TW_SEC, &obs);
		assert_int_equal(f.sights[102].block.hash.bytes[0], 2);
	}
}

/* What a check did not learn stays as it was. */
static void test_claims_are_kept(void **state)
{
	struct tw_observation obs = good(100, 1);

	(void)state;
	assert_int_equal(tw_node_peers(&f.nodes[0]), TW_UNKNOWN);
	obs.peers_in = 3;
	obs.synced = 1;
	(void)observe(0, TW_SEC, &obs);
	obs = good(100, 1);
	obs.peers_out = 8;
	(void)observe(0, 2 * TW_SEC, &obs);
	assert_int_equal(tw_node_peers(&f.nodes[0]), 11);
	assert_int_equal(f.nodes[0].synced, 1);
	assert_int_equal(f.nodes[0].network_height, TW_UNKNOWN);
}

/* The check that somebody waits for is the one in the slot where it was started. */
static void test_awaited_check(void **state)
{
	struct tw_observation obs = good(100, 1);
	struct tw_node *node = &f.nodes[0];

	(void)state;
	node->is_running[TW_SLOT_REGULAR] = node->is_running[TW_SLOT_CONFIRM] = true;
	node->is_awaited = true;
	node->awaited_slot = TW_SLOT_CONFIRM;
	(void)tw_observe(node, &f.windows, &f.policy, TW_SEC, f.sights, TW_SLOT_REGULAR, &obs);
	assert_true(node->is_awaited);
	assert_false(node->is_running[TW_SLOT_REGULAR]);
	assert_true(node->is_running[TW_SLOT_CONFIRM]);
	(void)tw_observe(node, &f.windows, &f.policy, TW_SEC, f.sights, TW_SLOT_CONFIRM, &obs);
	assert_false(node->is_awaited);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_blocks_change_nothing),
		TEST(test_no_block_is_a_bad_reply),
		TEST(test_delay),
		TEST(test_race_in_one_instant),
		TEST(test_claims_are_kept),
		TEST(test_awaited_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
