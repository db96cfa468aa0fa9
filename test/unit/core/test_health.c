/* One node going down and coming up (decision.md, Verdicts 7 and Verdicts 8). */
#include "core/node/health.h"
#include "core/policy.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct tw_policy policy;
static struct tw_health health;
static int64_t now;

static int setup(void **state)
{
	(void)state;
	tw_policy_init(&policy);
	tw_health_init(&health);
	now = 1000 * TW_SEC;
	return 0;
}

/* A check a second. Returns whether it must be confirmed at once. */
static bool check(enum tw_result result)
{
	bool wants_confirm;

	now += TW_SEC;
	wants_confirm = tw_health_observe(&health, &policy, now, result);
	if (result == TW_RESULT_OK)
		tw_health_suspect(&health, &policy, now, false);
	return wants_confirm;
}

static void suspect(void)
{
	now += TW_SEC;
	(void)tw_health_observe(&health, &policy, now, TW_RESULT_OK);
	tw_health_suspect(&health, &policy, now, true);
}

static void fall(void)
{
	for (uint32_t i = 0; i < policy.fall; i++)
		(void)check(TW_RESULT_REFUSED);
	assert_true(health.is_down);
}

/* Good checks until it is up again. */
static uint32_t rise(void)
{
	uint32_t n = 0;

	do {
		(void)check(TW_RESULT_OK);
		n++;
		assert_that(n, <=, TW_WARM_MAX);
	} while (health.is_warming);
	return n;
}

static void test_first_good_check(void **state)
{
	(void)state;
	assert_false(health.has_finished);
	(void)check(TW_RESULT_OK);
	assert_true(health.has_finished);
	assert_true(health.has_answered);
	assert_false(health.is_warming);
	assert_false(health.is_down);
	assert_int_equal(health.last_ok_us, now);
}

/* It suffices even after falls, of which the next one knows. */
static void test_first_good_check_after_a_fall(void **state)
{
	(void)state;
	fall();
	assert_false(health.has_answered);
	(void)check(TW_RESULT_OK);
	assert_false(health.is_warming);
	fall();
	assert_int_equal(rise(), 4);
}

static void test_fall(void **state)
{
	(void)state;
	(void)check(TW_RESULT_OK);
	for (uint32_t needed = 1; needed <= 32; needed++) {
		policy.fall = needed;
		for (uint32_t i = 1; i < needed; i++) {
			assert_int_equal(check(TW_RESULT_TIMEOUT), i == 1);
			assert_false(health.is_down);
		}
		assert_false(check(TW_RESULT_TIMEOUT));
		assert_true(health.is_down);
		assert_int_equal(health.failure, TW_RESULT_TIMEOUT);
		assert_false(check(TW_RESULT_TIMEOUT));
		(void)rise();
	}
}

/* The failures must be in a row. */
static void test_one_good_check_between(void **state)
{
	(void)state;
	(void)check(TW_RESULT_OK);
	for (int i = 0; i < 10; i++) {
		assert_true(check(TW_RESULT_RESET));
		(void)check(TW_RESULT_OK);
	}
	assert_false(health.is_down);
	assert_false(health.is_warming);
	assert_int_equal(tw_health_falls(&health, now), 0);
}

/* What is wrong now is said, not what was wrong first. */
static void test_the_last_failure_counts(void **state)
{
	(void)state;
	fall();
	(void)check(TW_RESULT_BAD_REPLY);
	assert_int_equal(health.failure, TW_RESULT_BAD_REPLY);
	assert_int_equal(health.n_falls, 1);
}

static void test_rise_doubles(void **state)
{
	static const uint32_t needs[] = { 2, 4, 8, 16, 32, 32, 32, 32, 32, 32, 32 };

	(void)state;
	(void)check(TW_RESULT_OK);
	for (size_t i = 0; i < TW_ARRAY_SIZE(needs); i++) {
		fall();
		assert_int_equal(tw_health_need(&health, &policy, now), needs[i]);
		assert_int_equal(rise(), needs[i]);
	}
}

static void test_rise_cap(void **state)
{
	(void)state;
	policy.rise = 32;
	(void)check(TW_RESULT_OK);
	fall();
	assert_int_equal(rise(), 32);
	policy.rise = 1;
	fall();
	assert_int_equal(rise(), 2);
	policy.rise = 5;
	fall();
	assert_int_equal(rise(), 20);
	fall();
	assert_int_equal(rise(), 32);
}

/* The good checks must be in a row too. */
static void test_warming_starts_over(void **state)
{
	(void)state;
	policy.rise = 3;
	(void)check(TW_RESULT_OK);
	fall();
	(void)check(TW_RESULT_OK);
	(void)check(TW_RESULT_OK);
	assert_int_equal(health.warm, 2);
	(void)check(TW_RESULT_TIMEOUT);
	assert_int_equal(health.warm, 0);
	assert_int_equal(rise(), 3);
	assert_int_equal(health.n_falls, 1);
}

/* Falls older than an hour are forgotten. */
static void test_falls_expire(void **state)
{
	(void)state;
	(void)check(TW_RESULT_OK);
	fall();
	assert_int_equal(rise(), 2);
	now += TW_HOUR / 2;
	fall();
	assert_int_equal(tw_health_falls(&health, now), 2);
	assert_int_equal(rise(), 4);
	now += TW_HOUR / 2;
	assert_int_equal(tw_health_falls(&health, now), 1);
	fall();
	assert_int_equal(rise(), 4);
	now += TW_HOUR;
	assert_int_equal(tw_health_falls(&health, now), 0);
	fall();
	assert_int_equal(rise(), 2);
}

/* Forked, ahead and isolated are falls from the second time in an hour on. */
static void test_soft_falls(void **state)
{
	(void)state;
	(void)check(TW_RESULT_OK);
	suspect();
	suspect();
	assert_int_equal(health.n_falls, 0);
	(void)check(TW_RESULT_OK);
	assert_false(health.is_warming);
	suspect();
	assert_int_equal(health.n_falls, 1);
	assert_true(health.is_warming);
	/* Checks while it is suspect warm nothing; the one that clears it is the first. */
	suspect();
	suspect();
	assert_int_equal(health.warm, 0);
	assert_int_equal(rise(), 2);
	suspect();
	assert_int_equal(rise(), 4);
	/* After an hour it is the first time again. */
	now += TW_HOUR;
	suspect();
	(void)check(TW_RESULT_OK);
	assert_false(health.is_warming);
	assert_int_equal(tw_health_falls(&health, now), 0);
}

/* A fall restored from the last run counts by its age. */
static void test_restored_falls(void **state)
{
	(void)state;
	for (int i = 0; i < 3 * TW_FALLS_MAX; i++)
		tw_health_add_fall(&health, now - TW_HOUR - i);
	assert_int_equal(tw_health_falls(&health, now), 0);
	tw_health_add_fall(&health, now - TW_MIN);
	assert_int_equal(health.n_falls, TW_FALLS_MAX);
	assert_int_equal(tw_health_falls(&health, now), 1);
	(void)check(TW_RESULT_OK);
	fall();
	assert_int_equal(rise(), 4);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_good_check),
		TEST(test_first_good_check_after_a_fall),
		TEST(test_fall),
		TEST(test_one_good_check_between),
		TEST(test_the_last_failure_counts),
		TEST(test_rise_doubles),
		TEST(test_rise_cap),
		TEST(test_warming_starts_over),
		TEST(test_falls_expire),
		TEST(test_soft_falls),
		TEST(test_restored_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
