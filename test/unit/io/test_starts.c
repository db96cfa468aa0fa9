/* io/check/starts: many checks are begun a few at a time, with other events handled between. */
#include "io/check/starts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { FEW = TW_STARTS_IN_ONE_TURN, MANY = 2 * FEW + 3, NONE = -1 };

struct job {
	struct tw_start start;
	int64_t begun_us; /* the time of the wake-up; TW_NEVER: not begun */
	int place;        /* in the order of being begun */
};

struct fixture {
	struct tw_loop *loop;
	struct tw_loop_timer *timer;
	struct tw_starts starts;
	struct job jobs[MANY];
	int n_begun;
	int n_wanted;   /* the loop stops when so many were begun */
	int n_at_once;  /* jobs added within one wake-up */
	int urgent;     /* number of a job; NONE */
	int removed;    /* likewise */
	int n_wake_ups; /* after which not everything was begun */
};

static struct fixture f;

static void begin(struct tw_start *start)
{
	struct job *job = (struct job *)start;

	assert_int_equal(job->begun_us, TW_NEVER);
	job->begun_us = tw_loop_now(f.loop);
	job->place = f.n_begun++;
}

static void add_all(void *ctx)
{
	(void)ctx;
	for (int i = 0; i < f.n_at_once; i++)
		tw_starts_add(&f.starts, &f.jobs[i].start, i == f.urgent);
	if (f.removed != NONE)
		tw_starts_remove(&f.starts, &f.jobs[f.removed].start);
}

static void prepare(void *ctx)
{
	(void)ctx;
	if (f.n_begun == f.n_wanted)
		tw_loop_stop(f.loop);
	else
		f.n_wake_ups++;
}

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.urgent = f.removed = NONE;
	for (int i = 0; i < MANY; i++)
		f.jobs[i].begun_us = TW_NEVER;
	assert_int_equal(tw_loop_create(&f.loop), 0);
	tw_loop_set_prepare(f.loop, prepare, NULL);
	assert_int_equal(tw_loop_add_timer(f.loop, add_all, NULL, &f.timer), 0);
	assert_int_equal(tw_starts_init(&f.starts, f.loop, begin), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tw_starts_finish(&f.starts);
	tw_loop_remove_timer(f.timer);
	tw_loop_destroy(f.loop);
	return 0;
}

static void run(int n_at_once, int n_wanted)
{
	f.n_at_once = n_at_once;
	f.n_wanted = n_wanted;
	tw_loop_arm(f.timer, tw_loop_now(f.loop));
	assert_int_equal(tw_loop_run(f.loop), 0);
	assert_int_equal(f.n_begun, n_wanted);
}

static void test_few_do_not_wait(void **state)
{
	(void)state;
	run(FEW, FEW);
	assert_int_equal(f.n_wake_ups, 0);
}

/* Each wake-up begins some, in the order in which they came. */
static void test_many_take_turns(void **state)
{
	(void)state;
	run(MANY, MANY);
	assert_int_equal(f.n_wake_ups, 2);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(f.jobs[i].place, i);
		if (i % FEW != 0)
			assert_int_equal(f.jobs[i].begun_us, f.jobs[i - 1].begun_us);
		else if (i > 0)
			assert_in_range(
				f.jobs[i].begun_us, f.jobs[i - 1].begun_us + 1, TW_NEVER - 1);
	}
}

static void test_urgent_comes_first(void **state)
{
	(void)state;
	f.urgent = MANY - 1;
	run(MANY, MANY);
	assert_int_equal(f.jobs[f.urgent].place, FEW);
	assert_int_equal(f.jobs[FEW].place, FEW + 1);
	assert_int_equal(f.jobs[MANY - 2].place, MANY - 1);
}

static void check_removed(int removed)
{
	f.removed = removed;
	run(MANY, MANY - 1);
	assert_int_equal(f.jobs[removed].begun_us, TW_NEVER);
	assert_int_equal(f.jobs[removed == MANY - 1 ? removed - 1 : MANY - 1].place, MANY - 2);
}

static void test_first_is_removed(void **state)
{
	(void)state;
	check_removed(FEW);
}

static void test_middle_is_removed(void **state)
{
	(void)state;
	check_removed(FEW + 3);
}

static void test_last_is_removed(void **state)
{
	(void)state;
	check_removed(MANY - 1);
}

/* Removing one that was begun, or never added, does nothing. */
static void test_begun_is_removed(void **state)
{
	(void)state;
	f.removed = 0;
	run(MANY, MANY);
	tw_starts_remove(&f.starts, &f.jobs[0].start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_few_do_not_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urgent_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_middle_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_begun_is_removed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
