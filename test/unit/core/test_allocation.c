/* A step of the core allocates nothing, and a monitor is made whole or not at all: malloc() and its
 * like are wrapped by the linker. */
#include "fakenet.h"
#include "fixture/compare.h"
#include <errno.h>

static bool is_forbidden;
static int fails_at; /* the allocation that fails, counted from 1; 0: none does */

static bool is_failing(void)
{
	assert_false(is_forbidden);
	return fails_at > 0 && --fails_at == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

void *__wrap_malloc(size_t size)
{
	return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_failing() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return is_failing() ? NULL : __real_realloc(old, size);
}

/* The C library's allocates for more than a kilobyte. */
void __wrap_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	assert_true(!is_forbidden || n * size <= 1024);
	__real_qsort(base, n, size, compare);
}

/* Everything that can happen, to 600 nodes on a dozen chains, some with holes in their windows. */
static void test_steps(void **state)
{
	enum { N = 600 };
	static struct tw_node_policy nodes[N];
	static struct tw_observation obs;
	struct tw_policy policy;
	struct tw_core_config config = { .n_nodes = N, .nodes = nodes };
	struct tw_monitor *monitor;
	struct tw_action action;
	int64_t now = 1000 * TW_SEC;

	(void)state;
	tw_policy_init(&policy);
	config.policy = policy;
	for (uint32_t i = 0; i < N; i++)
		nodes[i].is_primary = i == 0;
	assert_int_equal(tw_monitor_create(&config, NULL, NULL, now, &monitor), 0);
	is_forbidden = true;
	for (int64_t round = 0; round < 20; round++) {
		for (int64_t i = 0; i < N; i++) {
			int64_t tip = 5000 + round * (i % 17) - (i % 3 == 0 ? 1000 : 0);
			int64_t fork = i % 5 == 0 ? 4000 + i : INT64_MAX;

			tw_observation_init(
				&obs, (i + round) % 13 == 0 ? TW_RESULT_TIMEOUT : TW_RESULT_OK);
			for (int64_t k = 0; k < 1 + i % 9; k++) {
				struct tw_point point = fake_block(tip - k, fork, (uint8_t)i);

				tw_observation_add(&obs, &point);
			}
			tw_monitor_observe(monitor, now, (int32_t)i, -1, &obs);
		}
		(void)tw_monitor_operate(
			monitor, now, round % 2 == 0 ? TW_OP_DRAIN : TW_OP_UNDRAIN, (int32_t)round);
		(void)tw_monitor_report(monitor, now, 3, TW_REPORT_TIMEOUT);
		tw_monitor_step(monitor, now);
		while (tw_monitor_next_action(monitor, &action))
			;
		now += 7 * TW_SEC;
		if (round % 5 == 4)
			tw_monitor_gap(monitor, now, 6 * TW_SEC);
	}
	is_forbidden = false;
	tw_monitor_destroy(monitor);
}

/* Whichever allocation fails, nothing is made and nothing is left behind. */
static void test_no_memory(void **state)
{
	static const struct tw_node_policy nodes[3] = { { .is_primary = true } };
	struct tw_core_config config = { .n_nodes = 3, .nodes = nodes };
	struct tw_monitor *monitor = NULL;
	int n = 0, r = -ENOMEM;

	(void)state;
	tw_policy_init(&config.policy);
	while (r < 0) {
		fails_at = ++n;
		r = tw_monitor_create(&config, NULL, NULL, 0, &monitor);
		assert_int_equal(r, r < 0 ? -ENOMEM : 0);
		assert_int_equal(monitor != NULL, r == 0);
	}
	assert_that(n, >, 10);
	fails_at = 0;
	tw_monitor_destroy(monitor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
