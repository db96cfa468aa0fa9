/* io/loop: timers, descriptors, signals, the order of handlers and prepare, lateness. */
#include "fixture/compare.h"
#include "io/loop.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS_MAX = 64 };

struct fixture {
	struct tw_loop *loop;
	struct tw_loop_timer *a, *b;
	struct tw_loop_fd *watch, *other;
	struct tw_loop_signal *signal;
	int pair[2], pair2[2];
	char events[EVENTS_MAX + 1]; /* one letter per handler call */
	size_t n_events;
	int64_t fired_us;
	int64_t lag_us;
	int64_t step_us;
	int left;
};

static int64_t clock_us(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &ts), 0);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

/* Takes real time inside a handler, as a slow handler does. */
static void stall(int64_t us)
{
	int64_t end = clock_us() + us;

	while (clock_us() < end)
		continue;
}

static void note(struct fixture *f, char c)
{
	assert_that(f->n_events, <, EVENTS_MAX);
	f->events[f->n_events++] = c;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(tw_loop_create(&f->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, f->pair), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, f->pair2), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_loop_remove_timer(f->a);
	tw_loop_remove_timer(f->b);
	tw_loop_remove_fd(f->watch);
	tw_loop_remove_fd(f->other);
	tw_loop_remove_signal(f->signal);
	tw_loop_destroy(f->loop);
	for (int i = 0; i < 2; i++) {
		close(f->pair[i]);
		close(f->pair2[i]);
	}
	free(f);
	return 0;
}

static void on_stop(void *ctx)
{
	struct fixture *f = ctx;

	note(f, 's');
	f->fired_us = tw_loop_now(f->loop);
	tw_loop_stop(f->loop);
}

static void on_a(void *ctx)
{
	note(ctx, 'a');
}

static void on_prepare(void *ctx)
{
	struct fixture *f = ctx;

	note(f, 'p');
	f->lag_us = tw_loop_lag(f->loop);
}

static void test_nothing_to_wait_for(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_a, f, &f->a), 0);
	assert_int_equal(tw_loop_run(f->loop), 0); /* not armed */
	tw_loop_arm(f->a, 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "a");
}

static void test_timer_order(void **state)
{
	struct fixture *f = *state;
	int64_t start = tw_loop_now(f->loop);

	assert_int_equal(tw_loop_add_timer(f->loop, on_a, f, &f->a), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->b), 0);
	tw_loop_arm(f->b, start + 40 * TW_MS);
	tw_loop_arm(f->a, start + TW_HOUR);
	tw_loop_arm(f->a, start + 20 * TW_MS); /* the last one counts */
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "as");
	assert_that(f->fired_us, >=, start + 40 * TW_MS);
	/* Single-shot and disarmed: nothing is left. */
	tw_loop_arm(f->a, tw_loop_now(f->loop) + TW_HOUR);
	tw_loop_arm(f->a, TW_NEVER);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "as");
}

static void on_a_then_b(void *ctx)
{
	struct fixture *f = ctx;

	note(f, 'a');
	tw_loop_arm(f->b, 0);
}

/* Handlers of one wake-up first, then prepare, once; what a handler arms is the next one's. */
static void test_prepare(void **state)
{
	struct fixture *f = *state;

	tw_loop_set_prepare(f->loop, on_prepare, f);
	assert_int_equal(tw_loop_add_timer(f->loop, on_a_then_b, f, &f->a), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->b), 0);
	tw_loop_arm(f->a, 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "apsp");
}

static void on_put_off(void *ctx, int fd, int events)
{
	struct fixture *f = ctx;

	(void)fd;
	(void)events;
	note(f, 'w');
	tw_loop_arm(f->a, tw_loop_now(f->loop) + 20 * TW_MS);
	tw_loop_remove_fd(f->watch);
	f->watch = NULL;
}

/* Nothing happens at the time at which a timer was due before it was put off. */
static void test_timer_that_is_put_off(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_add_timer(f->loop, on_a, f, &f->a), 0);
	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair[0], TW_LOOP_WRITE, on_put_off, f, &f->watch), 0);
	tw_loop_set_prepare(f->loop, on_prepare, f);
	tw_loop_arm(f->a, tw_loop_now(f->loop) + 10 * TW_MS);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "wpap");
}

static void test_times_far_away(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_add_timer(f->loop, on_a, f, &f->a), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->b), 0);
	tw_loop_arm(f->a, TW_NEVER - 1);
	tw_loop_arm(f->b, INT64_MIN);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "s");
}

static void on_slow(void *ctx)
{
	struct fixture *f = ctx;

	note(f, 'l');
	stall(30 * TW_MS);
	tw_loop_arm(f->b, tw_loop_now(f->loop) + 60 * TW_MS);
}

/* A timer armed late in a wake-up must not fire that much early. */
static void test_never_early(void **state)
{
	struct fixture *f = *state;
	int64_t start;

	assert_int_equal(tw_loop_add_timer(f->loop, on_slow, f, &f->a), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->b), 0);
	start = tw_loop_now(f->loop);
	tw_loop_arm(f->a, 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "ls");
	assert_that(f->fired_us, >=, start + 60 * TW_MS);
}

static void on_each(void *ctx)
{
	struct fixture *f = ctx;

	assert_that(tw_loop_now(f->loop), >=, f->fired_us + f->step_us);
	f->fired_us = tw_loop_now(f->loop);
	if (--f->left == 0)
		return;
	f->step_us = (f->step_us * 7 + 13) % 997;
	tw_loop_arm(f->a, f->fired_us + f->step_us);
}

static void test_never_early_by_a_microsecond(void **state)
{
	struct fixture *f = *state;

	f->left = 500;
	f->fired_us = tw_loop_now(f->loop);
	assert_int_equal(tw_loop_add_timer(f->loop, on_each, f, &f->a), 0);
	tw_loop_arm(f->a, f->fired_us);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(f->left, 0);
}

static void on_stall(void *ctx)
{
	struct fixture *f = ctx;

	note(f, 'l');
	f->step_us = tw_loop_now(f->loop);
	tw_loop_arm(f->b, f->step_us + 10 * TW_MS);
	stall(50 * TW_MS);
}

static void test_lag(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_lag(f->loop), 0);
	tw_loop_set_prepare(f->loop, on_prepare, f);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stall, f, &f->a), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->b), 0);
	tw_loop_arm(f->a, 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "lpsp");
	/* The second timer was late by what the first one's handler took; it counts once. */
	assert_in_range(f->lag_us, 40 * TW_MS, f->fired_us - f->step_us);
}

static void on_readable(void *ctx, int fd, int events)
{
	struct fixture *f = ctx;
	char c;

	assert_int_equal(events, TW_LOOP_READ);
	assert_int_equal(read(fd, &c, 1), 1);
	note(f, c);
	if (c == '.')
		tw_loop_stop(f->loop);
}

static void test_fd(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair[0], TW_LOOP_READ, on_readable, f, &f->watch), 0);
	/* Level-triggered: a descriptor with unread data is reported again. */
	assert_int_equal(write(f->pair[1], "xy.", 3), 3);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "xy.");
	/* Paused: only the timer is seen. */
	assert_int_equal(tw_loop_change_fd(f->watch, 0), 0);
	assert_int_equal(write(f->pair[1], "z.", 2), 2);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->a), 0);
	tw_loop_arm(f->a, tw_loop_now(f->loop) + 20 * TW_MS);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "xy.s");
	assert_int_equal(tw_loop_change_fd(f->watch, TW_LOOP_READ), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "xy.sz.");
}

static void on_unread(void *ctx, int fd, int events)
{
	(void)ctx;
	(void)fd;
	(void)events;
}

/* A descriptor that is always readable keeps no timer from being called. */
static void test_fd_that_is_always_readable(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair[0], TW_LOOP_READ, on_unread, f, &f->watch), 0);
	assert_int_equal(write(f->pair[1], "x", 1), 1);
	assert_int_equal(tw_loop_add_timer(f->loop, on_a, f, &f->a), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->b), 0);
	tw_loop_arm(f->a, 0);
	tw_loop_arm(f->b, tw_loop_now(f->loop) + 5 * TW_MS);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "as");
}

static void on_unread_arm(void *ctx, int fd, int events)
{
	struct fixture *f = ctx;

	(void)fd;
	(void)events;
	note(f, 'u');
	tw_loop_arm(f->a, tw_loop_now(f->loop));
}

/* A timer that is due is not put off by those who say in each wake-up that it is. */
static void test_timer_that_is_always_due(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write(f->pair[1], "x", 1), 1);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->a), 0);
	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair[0], TW_LOOP_READ, on_unread_arm, f, &f->watch), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "uus");
}

static void on_writable(void *ctx, int fd, int events)
{
	struct fixture *f = ctx;

	(void)fd;
	note(f, events == TW_LOOP_WRITE                    ? 'w'
		: events == (TW_LOOP_READ | TW_LOOP_WRITE) ? 'b'
							   : 'r');
	tw_loop_stop(f->loop);
}

static void test_fd_events(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair[0], TW_LOOP_WRITE, on_writable, f, &f->watch), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(write(f->pair[1], "x", 1), 1);
	assert_int_equal(tw_loop_change_fd(f->watch, TW_LOOP_READ | TW_LOOP_WRITE), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(tw_loop_change_fd(f->watch, TW_LOOP_READ), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "wbr");
}

static void test_fd_that_cannot_be_watched(void **state)
{
	struct fixture *f = *state;
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(
		tw_loop_add_fd(f->loop, fileno(file), TW_LOOP_READ, on_readable, f, &f->watch),
		-EPERM);
	assert_null(f->watch);
	fclose(file);
}

/* One that is paused from the beginning is nothing to wait for. */
static void test_fd_that_begins_paused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_add_fd(f->loop, f->pair[1], 0, on_readable, f, &f->watch), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "");
}

/* Each handler removes both watches: the second must not be called any more. */
static void on_remove(void *ctx, int fd, int events)
{
	struct fixture *f = ctx;

	(void)fd;
	(void)events;
	note(f, 'x');
	tw_loop_remove_fd(f->watch);
	tw_loop_remove_fd(f->other);
	tw_loop_remove_timer(f->a);
	f->watch = f->other = NULL;
	f->a = NULL;
}

static void test_remove_in_handler(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair[0], TW_LOOP_READ, on_remove, f, &f->watch), 0);
	assert_int_equal(
		tw_loop_add_fd(f->loop, f->pair2[0], TW_LOOP_READ, on_remove, f, &f->other), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_a, f, &f->a), 0);
	tw_loop_arm(f->a, 0);
	assert_int_equal(write(f->pair[1], "x", 1), 1);
	assert_int_equal(write(f->pair2[1], "x", 1), 1);
	tw_loop_set_prepare(f->loop, on_prepare, f);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "xp");
}

static void on_remove_self(void *ctx)
{
	struct fixture *f = ctx;

	note(f, 'r');
	tw_loop_remove_timer(f->a);
	f->a = NULL;
}

static void test_timer_removes_itself(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_add_timer(f->loop, on_remove_self, f, &f->a), 0);
	tw_loop_arm(f->a, 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "r");
}

static void on_signal(void *ctx, int signo)
{
	struct fixture *f = ctx;

	assert_int_equal(signo, SIGUSR1);
	note(f, 'u');
	tw_loop_stop(f->loop);
}

static void test_signal(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_loop_add_signal(f->loop, SIGUSR1, on_signal, f, &f->signal), 0);
	tw_loop_set_prepare(f->loop, on_prepare, f);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_string_equal(f->events, "up");
}

static void test_wall_clock(void **state)
{
	struct fixture *f = *state;
	int64_t wall = tw_loop_to_wall(f->loop, tw_loop_now(f->loop));

	assert_in_range(wall / TW_SEC, time(NULL) - 2, time(NULL) + 2);
	assert_int_equal(tw_loop_to_wall(f->loop, tw_loop_now(f->loop) + TW_HOUR) / TW_HOUR,
		(wall + TW_HOUR + TW_SEC / 100) / TW_HOUR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_to_wait_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prepare, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_that_is_put_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times_far_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_early, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_early_by_a_microsecond, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lag, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fd_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fd_that_cannot_be_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fd_that_is_always_readable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_that_is_always_due, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fd_that_begins_paused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remove_in_handler, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timer_removes_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wall_clock, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
