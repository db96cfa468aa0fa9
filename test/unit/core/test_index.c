/* core/vote/index: random windows against a plain comparison of all of them. */
#include "core/vote/index.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { VOTERS = 7, ROUNDS = 400 };

static struct tw_chain chains[VOTERS];
static bool is_voting[VOTERS];
static bool is_single[VOTERS];
static struct tw_index voters;
static int32_t standing[VOTERS];
static uint32_t n_standing;

/* Two chains that part at 200: the second one has other blocks above. */
static struct tw_point block(int64_t height, bool is_other)
{
	struct tw_point point = { .height = height };

	memcpy(point.hash.bytes, &height, sizeof(height));
	point.hash.bytes[31] = is_other && height > 200;
	return point;
}

/* What a check may show: a tip, some blocks below it, with or without a hole, and one asked for. */
static void check(struct tw_chain *chain)
{
	int64_t tip = 140 + rand() % 120, n = 1 + rand() % 100;
	bool is_other = rand() % 3 == 0;
	struct tw_observation obs;
	struct tw_point point;

	if (rand() % 2 == 0 && chain->tip >= 0 && chain->tip < 300) {
		tip = chain->tip + 1;
		n = 2;
	}
	tw_observation_init(&obs, TW_RESULT_OK);
	for (int64_t h = tip; h > tip - n && h >= 0; h--) {
		point = block(h, is_other);
		tw_observation_add(&obs, &point);
	}
	if (rand() % 2 == 0) {
		point = block(rand() % 100, is_other);
		tw_observation_add(&obs, &point);
	}
	tw_chain_update(chain, &obs);
}

/* How many of those that stand for all show the block. */
static uint32_t count_shows(const struct tw_point *point)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_standing; i++)
		n += tw_chain_has(&chains[standing[i]], point);
	return n;
}

static bool shows_the_same(const struct tw_chain *a, const struct tw_chain *b)
{
	for (int64_t h = 0; h <= a->tip; h++) {
		const struct tw_hash *x = tw_chain_at(a, h), *y = tw_chain_at(b, h);

		if ((x == NULL) != (y == NULL) || (x != NULL && !tw_hash_equal(x, y)))
			return false;
	}
	return a->tip == b->tip;
}

/* The first voter that shows the same stands for all that do, unless they are single. */
static void assert_standing(void)
{
	uint32_t n = 0;

	for (int32_t i = 0; i < VOTERS; i++) {
		int32_t first = 0;

		if (!is_voting[i]) {
			assert_int_equal(tw_index_stands_for(&voters, i), -1);
			continue;
		}
		while (first < i && (!is_voting[first] || is_single[first] || is_single[i] ||
					    !shows_the_same(&chains[first], &chains[i])))
			first++;
		assert_int_equal(tw_index_stands_for(&voters, i), first);
		if (first == i)
			assert_int_equal(standing[n++], i);
	}
	assert_int_equal(n_standing, n);
}

/* Whether each voter either shows both blocks or none of them. */
static bool go_together(const struct tw_point *a, const struct tw_point *b)
{
	for (uint32_t i = 0; i < VOTERS; i++) {
		if (is_voting[i] && tw_chain_has(&chains[i], a) != tw_chain_has(&chains[i], b))
			return false;
	}
	return true;
}

static void assert_window(int32_t i)
{
	uint32_t n_shared = 0;

	for (int64_t h = 0; h <= chains[i].tip + 1; h++) {
		const struct tw_hash *hash = tw_chain_at(&chains[i], h);
		uint32_t id = tw_index_at(&voters, i, h);
		struct tw_point point;

		assert_int_equal(hash != NULL, id != 0);
		if (hash == NULL)
			continue;
		point = (struct tw_point){ h, *hash };
		assert_int_equal(voters.blocks[id].point.height, h);
		assert_memory_equal(tw_index_hash(&voters, id), hash, sizeof(*hash));
		assert_int_equal(voters.blocks[id].n, count_shows(&point));
		n_shared += count_shows(&point) > 1;
		if (tw_index_goes_on(&voters, id))
			assert_true(
				go_together(&point, &voters.blocks[voters.blocks[id].below].point));
	}
	assert_int_equal(tw_index_window(&voters, i)->n_shared, n_shared);
}

static void take_over(struct tw_chain *chain, const struct tw_chain *from)
{
	uint64_t revision = chain->revision;

	*chain = *from;
	chain->revision = revision + 1;
}

static void test_random_windows(void **state)
{
	uint64_t n_going_on = 0, n_stood_for = 0;

	(void)state;
	srand(7);
	assert_int_equal(tw_index_init(&voters, VOTERS), 0);
	for (uint32_t i = 0; i < VOTERS; i++)
		tw_chain_init(&chains[i]);
	for (int round = 0; round < ROUNDS; round++) {
		/* Some change at once, and some come to show what another one does. */
		for (uint32_t k = 1 + (uint32_t)rand() % 2; k > 0; k--) {
			uint32_t changed = (uint32_t)rand() % VOTERS;

			if (rand() % 2 == 0)
				take_over(&chains[changed], &chains[rand() % VOTERS]);
			else
				check(&chains[changed]);
			is_voting[changed] = chains[changed].tip >= 0 && rand() % 8 != 0;
			is_single[changed] = rand() % 8 == 0;
		}
		for (uint32_t i = 0; i < VOTERS; i++)
			tw_index_take(
				&voters, i, is_voting[i] ? &chains[i] : NULL, false, is_single[i]);
		n_standing = tw_index_settle(&voters, standing);
		assert_standing();
		for (int32_t i = 0; i < VOTERS; i++) {
			n_stood_for += is_voting[i] && tw_index_stands_for(&voters, i) != i;
			if (is_voting[i])
				assert_window(i);
		}
		for (uint32_t id = 1; id < voters.n_blocks; id++)
			n_going_on += voters.blocks[id].n > 0 && tw_index_goes_on(&voters, id);
	}
	/* It is of use: most blocks go on. */
	assert_that(n_going_on, >, ROUNDS * 20);
	assert_that(n_stood_for, >, ROUNDS);
	/* What is not shown any more is used again, so that the table never grows beyond its size.
	 */
	for (uint32_t i = 0; i < VOTERS; i++)
		tw_index_take(&voters, i, NULL, false, false);
	for (uint32_t id = 1; id < voters.n_blocks; id++)
		assert_int_equal(voters.blocks[id].n, 0);
	assert_that(voters.n_blocks, <=, (VOTERS + 1) * TW_INDEX_SLOTS + 1);
	assert_that(voters.n_windows, <=, VOTERS + 2);
	tw_index_finish(&voters);
}

/* A chain that was changed by hand is taken in where the caller says that it may have changed. */
static void test_changed(void **state)
{
	(void)state;
	assert_int_equal(tw_index_init(&voters, 1), 0);
	tw_chain_init(&chains[0]);
	chains[0].tip = 10;
	chains[0].pairs[10] = block(10, false);
	tw_index_take(&voters, 0, &chains[0], false, true);
	chains[0].pairs[9] = block(9, false);
	tw_index_take(&voters, 0, &chains[0], false, true);
	assert_int_equal(tw_index_at(&voters, 0, 9), 0);
	tw_index_take(&voters, 0, &chains[0], true, true);
	assert_that(tw_index_at(&voters, 0, 9), >, 0);
	tw_index_finish(&voters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_windows),
		cmocka_unit_test(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
