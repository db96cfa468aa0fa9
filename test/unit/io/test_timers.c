/* io/timers: the earliest first, held against a list that is searched. */
#include "fixture/compare.h"
#include "io/timers.h"
#include "sim/rand.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TIMERS = 100, STEPS = 20000, HOURS = 50 };

struct fixture {
	struct tw_timers timers;
	struct tw_timer all[TIMERS];
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(tw_timers_add(&f.timers), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_timers_finish(&f->timers);
	return 0;
}

static struct tw_timer *search(struct fixture *f)
{
	struct tw_timer *first = NULL;

	for (struct tw_timer *t = f->all; t < f->all + TIMERS; t++) {
		if (t->place == 0)
			continue;
		if (first == NULL || t->deadline_us < first->deadline_us ||
			(t->deadline_us == first->deadline_us && t->number < first->number))
			first = t;
	}
	return first;
}

static uint64_t below(struct tw_sim_rand *rand, uint64_t n)
{
	return tw_sim_rand_draw(rand) % n;
}

static void test_any_order(void **state)
{
	struct fixture *f = *state;
	struct tw_sim_rand rand = tw_sim_rand_of(1, 1);

	for (int i = 0; i < STEPS; i++) {
		struct tw_timer *timer = &f->all[below(&rand, TIMERS)];
		bool is_unset = below(&rand, 4) == 0;
		struct tw_timer *first;

		tw_timers_set(
			&f->timers, timer, is_unset ? TW_NEVER : (int64_t)below(&rand, HOURS));
		first = tw_timers_first(&f->timers);
		assert_ptr_equal(first, search(f));
		/* As the loop does: the first one is taken out. */
		if (first != NULL && below(&rand, 3) == 0)
			tw_timers_set(&f->timers, first, TW_NEVER);
	}
}

static void test_same_deadline(void **state)
{
	struct fixture *f = *state;

	for (int i = TIMERS - 1; i >= 0; i--)
		tw_timers_set(&f->timers, &f->all[i], 7);
	tw_timers_set(&f->timers, &f->all[50], 7); /* set anew: the last one now */
	for (int i = TIMERS - 1; i >= 0; i--) {
		if (i == 50)
			continue;
		assert_ptr_equal(tw_timers_first(&f->timers), &f->all[i]);
		tw_timers_remove(&f->timers, &f->all[i]);
	}
	assert_ptr_equal(tw_timers_first(&f->timers), &f->all[50]);
	tw_timers_remove(&f->timers, &f->all[50]);
	assert_null(tw_timers_first(&f->timers));
	assert_int_equal(f->timers.n_known, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_deadline, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
