/*
 * The event loop of the process, on libevent. A wake-up has three steps: the time is read once, the
 * handlers of all events run, and then the prepare function runs once, in which the core decides.
 */
#ifndef TW_IO_LOOP_H
#define TW_IO_LOOP_H

#include "base/result.h"
#include "base/time.h"

struct tw_loop;
struct tw_loop_fd;
struct tw_loop_timer;
struct tw_loop_signal;

enum { TW_LOOP_READ = 1, TW_LOOP_WRITE = 2 };

typedef void tw_loop_fd_fn(void *ctx, int fd, int events);
typedef void tw_loop_fn(void *ctx);
typedef void tw_loop_signal_fn(void *ctx, int signo);

int tw_loop_create(struct tw_loop **ret_loop);
/* Everything added to the loop must have been removed before. */
void tw_loop_destroy(struct tw_loop *loop);

/* Runs until tw_loop_stop() is called in a handler, or until nothing is left that could wake it.
 * The other handlers of that wake-up and the prepare function still run. 0 or a negative errno. */
int tw_loop_run(struct tw_loop *loop);
void tw_loop_stop(struct tw_loop *loop);
/* Monotonic microseconds: the time of this wake-up; outside of handlers, the time of the call. */
int64_t tw_loop_now(const struct tw_loop *loop);
/* How far the loop is behind, in microseconds, for the metric: by how much the most overdue timer
 * of this wake-up was late, or, where that is longer, how long the handlers of the wake-up before
 * took. Complete in the prepare function. */
int64_t tw_loop_lag(const struct tw_loop *loop);
/* Wall-clock microseconds since 1970 for a loop time of about now. */
int64_t tw_loop_to_wall(const struct tw_loop *loop, int64_t us);
void tw_loop_set_prepare(struct tw_loop *loop, tw_loop_fn *fn, void *ctx);

/* Watches fd (borrowed) for events. Handlers may remove any watch, also their own. */
int tw_loop_add_fd(struct tw_loop *loop, int fd, int events, tw_loop_fd_fn *fn, void *ctx,
	struct tw_loop_fd **ret_fd);
int tw_loop_change_fd(struct tw_loop_fd *watch, int events); /* 0 pauses */
void tw_loop_remove_fd(struct tw_loop_fd *watch);            /* takes NULL */

/* Makes a timer that is not armed. */
int tw_loop_add_timer(
	struct tw_loop *loop, tw_loop_fn *fn, void *ctx, struct tw_loop_timer **ret_timer);
/* Fires once, never before deadline_us (loop time; the past means at once, however often it is
 * said); TW_NEVER disarms. */
void tw_loop_arm(struct tw_loop_timer *timer, int64_t deadline_us);
void tw_loop_remove_timer(struct tw_loop_timer *timer); /* takes NULL */

int tw_loop_add_signal(struct tw_loop *loop, int signo, tw_loop_signal_fn *fn, void *ctx,
	struct tw_loop_signal **ret_signal);
void tw_loop_remove_signal(struct tw_loop_signal *signal); /* takes NULL */

#endif
