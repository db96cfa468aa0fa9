/*
 * See loop.h. The only file that knows libevent, which waits for descriptors and signals. The
 * timers are our own, on one timerfd: libevent would set its timerfd anew in every wake-up, and a
 * request on the control socket costs little more than its system calls. The timerfd is set only
 * when the earliest deadline comes earlier than what it is set to; it may fire in vain where a
 * timer was put off. Its clock goes on while the machine is suspended, so that what is due comes at
 * once after it.
 */
#include "io/loop.h"
#include "base/log.h"
#include "base/num.h"
#include "io/timers.h"
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Value of due_us between wake-ups: no handler was called yet. */
#define NO_WAKE INT64_MIN

struct tw_loop {
	struct event_base *base;
	struct tw_timers timers;
	int timer_fd;
	struct event *timer_event;
	int64_t timer_fd_us; /* what timer_fd is set to; TW_NEVER: not set, or it has fired */
	uint32_t n_watched;  /* descriptors that are watched for something, and signals */
	int64_t now_us;
	int64_t wall_offset_us;
	int64_t busy_us; /* how long the handlers of the previous wake-up took */
	int64_t due_us;  /* when the earliest timer of this wake-up was due; TW_NEVER; NO_WAKE */
	bool is_stopping;
	tw_loop_fn *prepare;
	void *prepare_ctx;
};

struct tw_loop_fd {
	struct tw_loop *loop;
	struct event *event;
	int fd;
	bool is_watched;
	tw_loop_fd_fn *fn;
	void *ctx;
};

struct tw_loop_timer {
	struct tw_timer timer; /* first, so that it stands for all of it */
	struct tw_loop *loop;
	tw_loop_fn *fn;
	void *ctx;
};

struct tw_loop_signal {
	struct tw_loop *loop;
	struct event *event;
	tw_loop_signal_fn *fn;
	void *ctx;
};

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

/* CLOCK_BOOTTIME goes on while the machine is suspended, so that a suspend shows as a gap. */
static void read_time(struct tw_loop *loop)
{
	loop->now_us = read_clock(CLOCK_BOOTTIME);
	loop->wall_offset_us = read_clock(CLOCK_REALTIME) - loop->now_us;
}

/* libevent must not write to stderr itself; its functions return the same errors. */
static void on_message(int severity, const char *message)
{
	(void)severity;
	tw_debug("libevent: %s", message);
}

/* It stays readable until it is set anew, which is done before the next wait. */
static void on_timer_fd(evutil_socket_t fd, short what, void *ctx)
{
	struct tw_loop *loop = ctx;

	(void)fd;
	(void)what;
	loop->timer_fd_us = TW_NEVER;
}

int tw_loop_create(struct tw_loop **ret_loop)
{
	struct tw_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return -ENOMEM;
	loop->timer_fd_us = TW_NEVER;
	loop->due_us = NO_WAKE;
	read_time(loop);
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timer_fd < 0) {
		int r = -errno;

		free(loop);
		return r;
	}
	event_set_log_callback(on_message);
	loop->base = event_base_new();
	if (loop->base != NULL)
		loop->timer_event = event_new(
			loop->base, loop->timer_fd, EV_READ | EV_PERSIST, on_timer_fd, loop);
	if (loop->timer_event == NULL || event_add(loop->timer_event, NULL) < 0) {
		tw_loop_destroy(loop);
		return -ENOMEM;
	}
	*ret_loop = loop;
	return 0;
}

void tw_loop_destroy(struct tw_loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->timer_event != NULL)
		event_free(loop->timer_event);
	if (loop->base != NULL)
		event_base_free(loop->base);
	close(loop->timer_fd);
	tw_timers_finish(&loop->timers);
	free(loop);
}

/* Called first in every handler of a wake-up, because libevent has no callback between waiting and
 * the first handler. */
static void wake(struct tw_loop *loop)
{
	if (loop->due_us != NO_WAKE)
		return;
	read_time(loop);
	loop->due_us = TW_NEVER;
}

/* Whether a timer is due. If none is, the timerfd wakes the loop when the first one is. */
static bool set_timer_fd(struct tw_loop *loop)
{
	const struct tw_timer *first = tw_timers_first(&loop->timers);
	int64_t due_us = first != NULL ? first->deadline_us : TW_NEVER;
	struct itimerspec when = { 0 };

	if (due_us <= read_clock(CLOCK_BOOTTIME))
		return true;
	if (due_us >= loop->timer_fd_us)
		return false;
	when.it_value.tv_sec = due_us / TW_SEC;
	when.it_value.tv_nsec = due_us % TW_SEC * 1000;
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	loop->timer_fd_us = due_us;
	return false;
}

/* Calls the timers that are due, except those that were armed in this wake-up. */
static void run_timers(struct tw_loop *loop, uint64_t last_number)
{
	struct tw_timer *first = tw_timers_first(&loop->timers);

	if (first == NULL || first->deadline_us > tw_loop_now(loop))
		return;
	wake(loop);
	for (; first != NULL; first = tw_timers_first(&loop->timers)) {
		struct tw_loop_timer *timer = (struct tw_loop_timer *)first;

		if (first->deadline_us > loop->now_us || first->number > last_number)
			return;
		loop->due_us = tw_min(loop->due_us, first->deadline_us);
		tw_timers_set(&loop->timers, first, TW_NEVER);
		timer->fn(timer->ctx);
	}
}

int tw_loop_run(struct tw_loop *loop)
{
	loop->is_stopping = false;
	while (!loop->is_stopping) {
		bool is_due = set_timer_fd(loop);
		uint64_t last_number = loop->timers.n_set_up;

		if (!is_due && loop->n_watched == 0 && tw_timers_first(&loop->timers) == NULL)
			break; /* nothing is left that could wake it */
		if (event_base_loop(loop->base, EVLOOP_ONCE | (is_due ? EVLOOP_NONBLOCK : 0)) < 0)
			return -EIO;
		run_timers(loop, last_number);
		if (loop->due_us == NO_WAKE)
			continue;
		if (loop->prepare != NULL)
			loop->prepare(loop->prepare_ctx);
		loop->busy_us = read_clock(CLOCK_BOOTTIME) - loop->now_us;
		loop->due_us = NO_WAKE;
	}
	return 0;
}

void tw_loop_stop(struct tw_loop *loop)
{
	loop->is_stopping = true;
}

int64_t tw_loop_now(const struct tw_loop *loop)
{
	return loop->due_us == NO_WAKE ? read_clock(CLOCK_BOOTTIME) : loop->now_us;
}

int64_t tw_loop_lag(const struct tw_loop *loop)
{
	int64_t late_us = 0;

	if (loop->due_us != NO_WAKE && loop->due_us < loop->now_us)
		late_us = loop->now_us - loop->due_us;
	return tw_max(late_us, loop->busy_us);
}

int64_t tw_loop_to_wall(const struct tw_loop *loop, int64_t us)
{
	return us + loop->wall_offset_us;
}

void tw_loop_set_prepare(struct tw_loop *loop, tw_loop_fn *fn, void *ctx)
{
	loop->prepare = fn;
	loop->prepare_ctx = ctx;
}

static void on_fd(evutil_socket_t fd, short what, void *ctx)
{
	struct tw_loop_fd *watch = ctx;
	int events = ((what & EV_READ) != 0 ? TW_LOOP_READ : 0) |
		     ((what & EV_WRITE) != 0 ? TW_LOOP_WRITE : 0);

	wake(watch->loop);
	watch->fn(watch->ctx, fd, events);
}

static short to_event_flags(int events)
{
	return (short)(EV_PERSIST | ((events & TW_LOOP_READ) != 0 ? EV_READ : 0) |
		       ((events & TW_LOOP_WRITE) != 0 ? EV_WRITE : 0));
}

/* A regular file, for one, cannot be watched: then the kernel's own error is the useful one. */
static int start_watching(struct tw_loop_fd *watch, int events)
{
	if (events == 0)
		return 0;
	errno = 0;
	if (event_add(watch->event, NULL) < 0)
		return errno != 0 ? -errno : -ENOMEM;
	watch->is_watched = true;
	watch->loop->n_watched++;
	return 0;
}

static void stop_watching(struct tw_loop_fd *watch)
{
	if (watch->is_watched)
		watch->loop->n_watched--;
	watch->is_watched = false;
	event_del(watch->event);
}

int tw_loop_add_fd(struct tw_loop *loop, int fd, int events, tw_loop_fd_fn *fn, void *ctx,
	struct tw_loop_fd **ret_fd)
{
	struct tw_loop_fd *watch = calloc(1, sizeof(*watch));
	int r;

	if (watch == NULL)
		return -ENOMEM;
	*watch = (struct tw_loop_fd){ .loop = loop, .fd = fd, .fn = fn, .ctx = ctx };
	watch->event = event_new(loop->base, fd, to_event_flags(events), on_fd, watch);
	r = watch->event == NULL ? -ENOMEM : start_watching(watch, events);
	if (r < 0) {
		tw_loop_remove_fd(watch);
		return r;
	}
	*ret_fd = watch;
	return 0;
}

int tw_loop_change_fd(struct tw_loop_fd *watch, int events)
{
	stop_watching(watch);
	if (event_assign(watch->event, watch->loop->base, watch->fd, to_event_flags(events), on_fd,
		    watch) < 0)
		return -EINVAL;
	return start_watching(watch, events);
}

void tw_loop_remove_fd(struct tw_loop_fd *watch)
{
	if (watch == NULL)
		return;
	if (watch->event != NULL) {
		stop_watching(watch);
		event_free(watch->event);
	}
	free(watch);
}

int tw_loop_add_timer(
	struct tw_loop *loop, tw_loop_fn *fn, void *ctx, struct tw_loop_timer **ret_timer)
{
	struct tw_loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return -ENOMEM;
	if (tw_timers_add(&loop->timers) < 0) {
		free(timer);
		return -ENOMEM;
	}
	*timer = (struct tw_loop_timer){ .loop = loop, .fn = fn, .ctx = ctx };
	*ret_timer = timer;
	return 0;
}

void tw_loop_arm(struct tw_loop_timer *timer, int64_t deadline_us)
{
	int64_t now_us = tw_loop_now(timer->loop);

	/* One that is due stays in its place: to be told again that it is must not put it off. */
	if (timer->timer.place != 0 && timer->timer.deadline_us <= now_us && deadline_us <= now_us)
		return;
	/* A deadline in the past means at once, and does not count as late. */
	tw_timers_set(
		&timer->loop->timers, &timer->timer, deadline_us < now_us ? now_us : deadline_us);
}

void tw_loop_remove_timer(struct tw_loop_timer *timer)
{
	if (timer == NULL)
		return;
	tw_timers_remove(&timer->loop->timers, &timer->timer);
	free(timer);
}

static void on_signal(evutil_socket_t signo, short what, void *ctx)
{
	struct tw_loop_signal *signal = ctx;

	(void)what;
	wake(signal->loop);
	signal->fn(signal->ctx, (int)signo);
}

int tw_loop_add_signal(struct tw_loop *loop, int signo, tw_loop_signal_fn *fn, void *ctx,
	struct tw_loop_signal **ret_signal)
{
	struct tw_loop_signal *signal = calloc(1, sizeof(*signal));

	if (signal == NULL)
		return -ENOMEM;
	*signal = (struct tw_loop_signal){ .loop = loop, .fn = fn, .ctx = ctx };
	signal->event = evsignal_new(loop->base, signo, on_signal, signal);
	loop->n_watched++;
	if (signal->event == NULL || evsignal_add(signal->event, NULL) < 0) {
		tw_loop_remove_signal(signal);
		return -ENOMEM;
	}
	*ret_signal = signal;
	return 0;
}

void tw_loop_remove_signal(struct tw_loop_signal *signal)
{
	if (signal == NULL)
		return;
	if (signal->event != NULL)
		event_free(signal->event);
	signal->loop->n_watched--;
	free(signal);
}
