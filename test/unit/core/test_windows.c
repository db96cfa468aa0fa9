/* core/node/windows: the windows of all nodes, which are shared by those that show the same. */
#include "core/node/windows.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NODES = 6, CHECKS = 3000 };

static struct tw_windows windows;
static const struct tw_chain *chains[NODES];

static int setup(void **state)
{
	(void)state;
	if (tw_windows_init(&windows, NODES) < 0)
		return -1;
	for (int i = 0; i < NODES; i++)
		chains[i] = tw_windows_add(&windows, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tw_windows_finish(&windows);
	return 0;
}

static struct tw_point block(int64_t height, uint8_t branch)
{
	struct tw_point point = { .height = height };

	point.hash.bytes[0] = branch;
	point.hash.bytes[1] = (uint8_t)height;
	return point;
}

/* A check that shows n blocks of a branch, down from tip. */
static struct tw_observation check(int64_t tip, uint8_t branch, int n)
{
	struct tw_observation obs;

	tw_observation_init(&obs, TW_RESULT_OK);
	for (int k = 0; k < n && k <= tip; k++) {
		struct tw_point point = block(tip - k, branch);

		tw_observation_add(&obs, &point);
	}
	return obs;
}

static void show(int node, int64_t tip, uint8_t branch, int n)
{
	struct tw_observation obs = check(tip, branch, n);

	chains[node] = tw_windows_update(&windows, chains[node], &obs);
}

static void test_same_blocks_share_a_window(void **state)
{
	uint64_t revision;

	(void)state;
	assert_ptr_equal(chains[0], chains[NODES - 1]);
	assert_int_equal(chains[0]->tip, TW_UNKNOWN);
	for (int i = 0; i < NODES; i++)
		show(i, 100, 1, 4);
	for (int i = 1; i < NODES; i++)
		assert_ptr_equal(chains[i], chains[0]);
	/* One goes on. The others keep what they had. */
	revision = chains[0]->revision;
	show(2, 101, 1, 2);
	assert_ptr_not_equal(chains[2], chains[0]);
	assert_int_equal(chains[0]->tip, 100);
	assert_int_equal(chains[0]->revision, revision);
	assert_int_equal(chains[2]->tip, 101);
	assert_int_not_equal(chains[2]->revision, revision);
	show(3, 101, 1, 2);
	assert_ptr_equal(chains[3], chains[2]);
}

/* Another block, another tip, or another number of blocks: none of them is the same. */
static void test_what_differs_is_apart(void **state)
{
	(void)state;
	show(0, 100, 1, 4);
	show(1, 100, 2, 4);
	show(2, 99, 1, 3);
	show(3, 100, 1, 5);
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(chains[i], chains[k]);
	}
}

/* A window that nobody has any more is used again, under another revision. */
static void test_windows_are_used_again(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int k = 0; k < CHECKS; k++) {
		for (int i = 0; i < NODES; i++) {
			show(i, 100 + k, (uint8_t)(1 + i), 2);
			assert_in_range(chains[i]->revision, last + 1, UINT64_MAX);
			last = chains[i]->revision;
		}
	}
	assert_in_range(windows.n_windows, 2, NODES + 1);
}

static bool is_same_chain(const struct tw_chain *a, const struct tw_chain *b)
{
	bool is_same = a->tip == b->tip;

	for (int64_t h = 0; is_same && h <= a->tip; h++) {
		const struct tw_hash *x = tw_chain_at(a, h), *y = tw_chain_at(b, h);

		is_same = (x == NULL) == (y == NULL) && (x == NULL || tw_hash_equal(x, y));
	}
	return is_same;
}

/* Whatever the nodes show, each has the window that it would have alone. */
static void test_like_chains_of_their_own(void **state)
{
	static struct tw_chain own[NODES];
	int n_shared = 0;

	(void)state;
	srandom(1);
	for (int i = 0; i < NODES; i++)
		tw_chain_init(&own[i]);
	for (int k = 0; k < CHECKS; k++) {
		int node = (int)(random() % NODES);
		struct tw_observation obs =
			check(k / 8 + random() % 4 - random() % 20 * (k % 50 == 0),
				(uint8_t)(1 + (random() % 40 == 0)), 1 + (int)(random() % 4));
		struct tw_point deep = block(random() % (k / 8 + 1), 1);

		if (obs.n_chain == 0)
			continue;
		if (random() % 8 == 0)
			tw_observation_add(&obs, &deep);
		chains[node] = tw_windows_update(&windows, chains[node], &obs);
		tw_chain_update(&own[node], &obs);
		for (int i = 0; i < NODES; i++) {
			assert_true(is_same_chain(chains[i], &own[i]));
			n_shared += i != node && chains[i] == chains[node];
		}
	}
	assert_int_not_equal(n_shared, 0);
}

/* What a node has shown is taken over from the windows of another monitor. */
static void test_taken_over(void **state)
{
	struct tw_windows others;
	const struct tw_chain *a, *b;

	(void)state;
	show(0, 100, 1, 4);
	show(1, 100, 1, 4);
	assert_int_equal(tw_windows_init(&others, 2), 0);
	a = tw_windows_add(&others, chains[0]);
	b = tw_windows_add(&others, chains[1]);
	assert_ptr_equal(a, b);
	assert_true(is_same_chain(a, chains[0]));
	tw_windows_finish(&others);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_blocks_share_a_window),
		TEST(test_what_differs_is_apart),
		TEST(test_windows_are_used_again),
		TEST(test_like_chains_of_their_own),
		TEST(test_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
