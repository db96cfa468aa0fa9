/* The window of one node's chain, and the questions that link a new tip to it. */
#include "core/node/chain.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The block at height of a chain whose branch leaves the common one above fork. */
static struct tw_point block(int64_t height, int64_t fork, uint8_t branch)
{
	struct tw_point point = { .height = height };

	memcpy(point.hash.bytes, &height, sizeof(height));
	point.hash.bytes[31] = height > fork ? branch : 0;
	return point;
}

struct truth {
	int64_t tip;
	int64_t fork;
	uint8_t branch;
};

/* Runs a whole check against a node whose chain is the truth. Returns the number of requests. */
static int check(
	const struct tw_chain *chain, const struct truth *truth, struct tw_observation *obs)
{
	struct tw_point point = block(truth->tip, truth->fork, truth->branch);
	int64_t h;
	int n = 1;

	tw_observation_init(obs, TW_RESULT_OK);
	tw_observation_add(obs, &point);
	point = block(truth->tip - 1, truth->fork, truth->branch);
	tw_observation_add(obs, &point);
	while ((h = tw_chain_next_question(chain, obs)) >= 0) {
		uint32_t known = obs->n_chain + obs->n_at;

		assert_null(tw_observation_at(obs, h));
		assert_that(h, <=, truth->tip);
		for (int64_t i = h; i >= 0 && i >= h - 1; i--) {
			point = block(i, truth->fork, truth->branch);
			tw_observation_add(obs, &point);
		}
		assert_that(obs->n_chain + obs->n_at, >, known);
		n++;
	}
	return n;
}

static void assert_true_chain(const struct tw_chain *chain, const struct truth *truth)
{
	assert_int_equal(chain->tip, truth->tip);
	for (int64_t h = truth->tip; h >= 0 && h > truth->tip - 300; h--) {
		const struct tw_hash *hash = tw_chain_at(chain, h);
		struct tw_point point = block(h, truth->fork, truth->branch);

		if (hash != NULL)
			assert_memory_equal(hash, &point.hash, TW_HASH_BYTES);
	}
}

static int follow(struct tw_chain *chain, int64_t tip, int64_t fork, uint8_t branch)
{
	struct truth truth = { tip, fork, branch };
	struct tw_observation obs;
	int n = check(chain, &truth, &obs);

	tw_chain_update(chain, &obs);
	assert_true_chain(chain, &truth);
	return n;
}

static void test_growth(void **state)
{
	struct tw_chain chain;

	(void)state;
	tw_chain_init(&chain);
	assert_null(tw_chain_at(&chain, 0));
	assert_int_equal(tw_chain_lowest(&chain), TW_UNKNOWN);
	/* The first check learns at least the three before the tip. */
	assert_int_equal(follow(&chain, 1000, 1000, 0), 2);
	assert_int_equal(tw_chain_lowest(&chain), 997);
	/* Nothing new, or one new block: one request. */
	assert_int_equal(follow(&chain, 1000, 1000, 0), 1);
	for (int64_t tip = 1001; tip < 1300; tip++)
		assert_int_equal(follow(&chain, tip, tip, 0), 1);
	assert_int_equal(tw_chain_next_known(&chain, 1172), 1172);
	assert_non_null(tw_chain_at(&chain, 1299 - TW_WINDOW + 1));
	assert_null(tw_chain_at(&chain, 1299 - TW_WINDOW));
	/* A jump: the old tip is found by asking for it. */
	assert_that(follow(&chain, 1320, 1320, 0), <=, 3);
	assert_non_null(tw_chain_at(&chain, 1299));
	assert_null(tw_chain_at(&chain, 1305));
	/* A jump over the whole window leaves the link as a point below it. */
	assert_that(follow(&chain, 5000, 5000, 0), <=, 3);
	assert_non_null(tw_chain_at(&chain, 1320));
	assert_null(tw_chain_at(&chain, 1318));
	assert_int_equal(tw_chain_lowest(&chain), 1319);
}

static void test_reorganisation(void **state)
{
	(void)state;
	for (int64_t depth = 1; depth <= 63; depth++) {
		for (int64_t longer = -2; longer <= 3; longer++) {
			struct tw_chain chain;
			int n;

			tw_chain_init(&chain);
			for (int64_t tip = 900; tip <= 1000; tip++)
				(void)follow(&chain, tip, tip, 0);
			if (1000 + longer < 1000 - depth + 1)
				continue;
			n = follow(&chain, 1000 + longer, 1000 - depth, 1);
			assert_that(n, <=, 16);
			/* The highest shared block is known, what was above it is gone. */
			assert_non_null(tw_chain_at(&chain, 1000 - depth));
			assert_non_null(tw_chain_at(&chain, 1000 - depth - 5));
		}
	}
}

/* A block deeper than TW_LOOK_BACK_MAX is not asked for: a deeper reorganisation does not link. */
static void test_look_back_limit(void **state)
{
	(void)state;
	for (int64_t depth = TW_LOOK_BACK_MAX - 4; depth <= TW_LOOK_BACK_MAX + 40; depth++) {
		struct truth truth = { 1000, 1000 - depth, 1 };
		struct tw_chain chain;
		struct tw_observation obs;

		tw_chain_init(&chain);
		for (int64_t tip = 850; tip <= 1000; tip++)
			(void)follow(&chain, tip, tip, 0);
		(void)check(&chain, &truth, &obs);
		/* A header shows the block below it as well. */
		for (uint32_t i = 0; i < obs.n_at; i++)
			assert_that(obs.at[i].height, >=, 1000 - TW_LOOK_BACK_MAX - 1);
		tw_chain_update(&chain, &obs);
		assert_true_chain(&chain, &truth);
		assert_int_equal(
			tw_chain_at(&chain, 1000 - depth) != NULL, depth <= TW_LOOK_BACK_MAX + 1);
	}
}

static void test_step_back_and_forward(void **state)
{
	struct tw_chain chain;

	(void)state;
	tw_chain_init(&chain);
	for (int64_t tip = 900; tip <= 1000; tip++)
		(void)follow(&chain, tip, tip, 0);
	assert_int_equal(follow(&chain, 950, 950, 0), 1);
	assert_null(tw_chain_at(&chain, 951));
	assert_non_null(tw_chain_at(&chain, 899));
	/* Another chain altogether: nothing of the old one may stay. */
	assert_that(follow(&chain, 960, 0, 7), >, 4);
	assert_null(tw_chain_at(&chain, 899));
}

static void test_genesis(void **state)
{
	struct tw_chain chain;

	(void)state;
	tw_chain_init(&chain);
	assert_int_equal(follow(&chain, 0, 0, 0), 1);
	assert_int_equal(follow(&chain, 1, 1, 0), 1);
	assert_int_equal(follow(&chain, 2, 0, 3), 2);
	assert_non_null(tw_chain_at(&chain, 0));
}

static void test_asked_points(void **state)
{
	struct tw_chain chain;
	struct tw_observation obs;
	struct tw_point point;

	(void)state;
	tw_chain_init(&chain);
	(void)follow(&chain, 5000, 5000, 0);
	/* Points far below stay while the chain goes on, at most TW_CHAIN_EXTRAS of them. */
	for (int64_t h = 100; h < 100 + 2 * TW_CHAIN_EXTRAS; h++) {
		point = block(5000, 5000, 0);
		tw_observation_init(&obs, TW_RESULT_OK);
		tw_observation_add(&obs, &point);
		point = block(h, h, 0);
		tw_observation_add(&obs, &point);
		tw_chain_update(&chain, &obs);
		assert_non_null(tw_chain_at(&chain, h));
	}
	assert_null(tw_chain_at(&chain, 100));
	assert_int_equal(tw_chain_next_known(&chain, 4000), 4997);
	assert_int_equal(tw_chain_next_known(&chain, 120), 120);
	assert_int_equal(tw_chain_prev_known(&chain, 120), 120);
	(void)follow(&chain, 5001, 5001, 0);
	assert_non_null(tw_chain_at(&chain, 120));
	/* A reorganisation below them does not link: they are forgotten. */
	(void)follow(&chain, 5001, 10, 1);
	assert_null(tw_chain_at(&chain, 120));
}

/* Below the first block, above the newest one and where nothing was shown there is no hash. */
static void test_edges(void **state)
{
	struct tw_chain chain;

	(void)state;
	tw_chain_init(&chain);
	assert_null(tw_chain_at(&chain, 0));
	assert_null(tw_chain_at(&chain, -1));
	assert_int_equal(tw_chain_next_known(&chain, 0), TW_UNKNOWN);
	assert_int_equal(tw_chain_prev_known(&chain, 5), TW_UNKNOWN);
	assert_int_equal(tw_chain_lowest(&chain), TW_UNKNOWN);
	(void)follow(&chain, 1, 1, 0);
	assert_null(tw_chain_at(&chain, -1));
	assert_null(tw_chain_at(&chain, 2));
	assert_int_equal(tw_chain_lowest(&chain), 0);
	assert_int_equal(tw_chain_next_known(&chain, -5), 0);
	assert_int_equal(tw_chain_next_known(&chain, 1), 1);
	assert_int_equal(tw_chain_next_known(&chain, 2), TW_UNKNOWN);
	assert_int_equal(tw_chain_prev_known(&chain, 9), 1);
	assert_int_equal(tw_chain_prev_known(&chain, 0), 0);
	assert_int_equal(tw_chain_prev_known(&chain, -1), TW_UNKNOWN);
	/* The dense part ends TW_WINDOW blocks below the tip. */
	for (int64_t tip = 2; tip <= TW_WINDOW + 1; tip++)
		(void)follow(&chain, tip, tip, 0);
	assert_non_null(tw_chain_at(&chain, 2));
	assert_null(tw_chain_at(&chain, 1));
	assert_int_equal(tw_chain_lowest(&chain), 2);
	assert_int_equal(tw_chain_prev_known(&chain, 1), TW_UNKNOWN);
}

/* A check that has been shown as many points as fit asks for none, linked or not. */
static void test_no_room_for_answers(void **state)
{
	struct tw_chain chain;
	struct tw_observation obs;
	struct tw_point point;

	(void)state;
	tw_chain_init(&chain);
	for (int64_t tip = 900; tip <= 1000; tip++)
		(void)follow(&chain, tip, tip, 0);
	for (int64_t fork = 0; fork <= 950; fork += 950) {
		/* All of it differs, or a part that the check has to find the beginning of. */
		tw_observation_init(&obs, TW_RESULT_OK);
		for (int64_t h = 1000; h > 996; h--) {
			point = block(h, fork, 1);
			tw_observation_add(&obs, &point);
		}
		point = block(945, fork, 1);
		tw_observation_add(&obs, &point);
		for (int64_t h = 0; obs.n_at < TW_AT_MAX; h += 2) {
			assert_that(tw_chain_next_question(&chain, &obs), >=, 0);
			point = block(h, fork, 1);
			tw_observation_add(&obs, &point);
		}
		assert_int_equal(tw_chain_next_question(&chain, &obs), TW_UNKNOWN);
	}
}

/* Random walks of one node: what the window says is always the node's own chain as of now. */
static void test_random(void **state)
{
	unsigned int seed = 20261123;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct truth truth = { 500 + rand_r(&seed) % 50, 500 + 49, 0 };
		struct tw_chain chain;
		struct tw_observation obs;

		tw_chain_init(&chain);
		for (int i = 0; i < 40; i++) {
			switch (rand_r(&seed) % 8) {
			case 0:
				truth.fork = truth.tip - rand_r(&seed) % 70;
				truth.branch++;
				truth.tip = truth.fork + rand_r(&seed) % 80;
				break;
			case 1:
				truth.tip += rand_r(&seed) % 200;
				break;
			case 2:
				truth.tip -= rand_r(&seed) % 4;
				break;
			default:
				truth.tip++;
				break;
			}
			if (truth.tip < 1)
				truth.tip = 1;
			assert_that(check(&chain, &truth, &obs), <, 40);
			tw_chain_update(&chain, &obs);
			assert_int_equal(chain.tip, truth.tip);
			/* The tip is always right, whatever was before. */
			assert_true_chain(&chain, &truth);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_reorganisation),
		cmocka_unit_test(test_look_back_limit),
		cmocka_unit_test(test_step_back_and_forward),
		cmocka_unit_test(test_genesis),
		cmocka_unit_test(test_asked_points),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_no_room_for_answers),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
