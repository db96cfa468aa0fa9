/* See loop.h. The only file that knows libevent. */
#include "io/loop.h"
#include "base/log.h"
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

/* Value of due_us between wake-ups: no handler was called yet. */
#define NO_WAKE INT64_MIN

struct tw_loop {
	struct event_base *base;
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
	tw_loop_fd_fn *fn;
	void *ctx;
};

struct tw_loop_timer {
	struct tw_loop *loop;
	struct event *event;
	int64_t deadline_us;
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

int tw_loop_create(struct tw_loop **ret_loop)
{
	struct tw_loop *loop = calloc(1, sizeof(*loop));
	struct event_config *config = NULL;
	int r = -ENOMEM;

	if (loop == NULL)
		return -ENOMEM;
	event_set_log_callback(on_message);
	config = event_config_new();
	/* With libevent's cached time a timer armed late in a wake-up fires that much early. */
	if (config == NULL || event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) < 0 ||
		event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) < 0)
		goto out;
	loop->base = event_base_new_with_config(config);
	if (loop->base == NULL)
		goto out;
	loop->due_us = NO_WAKE;
	read_time(loop);
	*ret_loop = loop;
	loop = NULL;
	r = 0;
out:
	if (config != NULL)
		event_config_free(config);
	free(loop);
	return r;
}

void tw_loop_destroy(struct tw_loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
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

int tw_loop_run(struct tw_loop *loop)
{
	loop->is_stopping = false;
	while (!loop->is_stopping) {
		int r = event_base_loop(loop->base, EVLOOP_ONCE);

		if (r < 0)
			return -EIO;
		if (loop->due_us == NO_WAKE) {
			if (r > 0)
				break; /* nothing is left that could wake it */
			continue;
		}
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
	return late_us > loop->busy_us ? late_us : loop->busy_us;
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
	errno = 0;
	if (events == 0 || event_add(watch->event, NULL) == 0)
		return 0;
	return errno != 0 ? -errno : -ENOMEM;
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
	event_del(watch->event);
	if (event_assign(watch->event, watch->loop->base, watch->fd, to_event_flags(events), on_fd,
		    watch) < 0)
		return -EINVAL;
	return start_watching(watch, events);
}

void tw_loop_remove_fd(struct tw_loop_fd *watch)
{
	if (watch == NULL)
		return;
	if (watch->event != NULL)
		event_free(watch->event);
	free(watch);
}

static void start_waiting(struct tw_loop_timer *timer)
{
	int64_t now_us = read_clock(CLOCK_BOOTTIME);
	int64_t wait_us = timer->deadline_us > now_us ? timer->deadline_us - now_us : 0;
	struct timeval tv = { .tv_sec = wait_us / TW_SEC, .tv_usec = wait_us % TW_SEC };

	evtimer_add(timer->event, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct tw_loop_timer *timer = ctx;

	(void)fd;
	(void)what;
	wake(timer->loop);
	/* The two clocks are each rounded down to a microsecond, so the timer may be early by one.
	 */
	if (timer->deadline_us > timer->loop->now_us) {
		start_waiting(timer);
		return;
	}
	if (timer->deadline_us < timer->loop->due_us)
		timer->loop->due_us = timer->deadline_us;
	timer->deadline_us = TW_NEVER;
	timer->fn(timer->ctx);
}

int tw_loop_add_timer(
	struct tw_loop *loop, tw_loop_fn *fn, void *ctx, struct tw_loop_timer **ret_timer)
{
	struct tw_loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return -ENOMEM;
	*timer = (struct tw_loop_timer){
		.loop = loop, .fn = fn, .ctx = ctx, .deadline_us = TW_NEVER
	};
	timer->event = evtimer_new(loop->base, on_timer, timer);
	if (timer->event == NULL) {
		free(timer);
		return -ENOMEM;
	}
	*ret_timer = timer;
	return 0;
}

void tw_loop_arm(struct tw_loop_timer *timer, int64_t deadline_us)
{
	int64_t now_us = tw_loop_now(timer->loop);

	if (deadline_us == TW_NEVER) {
		timer->deadline_us = TW_NEVER;
		evtimer_del(timer->event);
		return;
	}
	/* A deadline in the past means at once, and does not count as late. */
	timer->deadline_us = deadline_us < now_us ? now_us : deadline_us;
	start_waiting(timer);
}

void tw_loop_remove_timer(struct tw_loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
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
	free(signal);
}
