/*
 * Runs the hook programs: one at a time, without a shell, with a time limit, and without the loop
 * ever waiting for one. Changes that come while a program runs are merged, and the next program is
 * told of them as one change.
 */
#ifndef TW_IO_RUNNER_H
#define TW_IO_RUNNER_H

#include "io/loop.h"
#include "serve/hook.h"

struct tw_runner;

enum {
	TW_RUNNER_LIMIT_US = 30 * 1000000, /* then SIGTERM to its process group, */
	TW_RUNNER_GRACE_US = 2 * 1000000,  /* and after this SIGKILL */
};

/* limit_us: how long a program may run. Returns 0 or -ENOMEM. */
int tw_runner_create(struct tw_loop *loop, int64_t limit_us, struct tw_runner **ret_hooks);
/* A running program goes on by itself; changes that still wait are logged as not told. Takes NULL.
 */
void tw_runner_destroy(struct tw_runner *hooks);

/* The change that waits until hook may run, or NULL. Borrowed until the next call. */
const struct tw_hook_change *tw_runner_waiting(const struct tw_runner *hooks, enum tw_hook hook);
/*
 * Runs program (an absolute path), now or when the ones before it have ended, with this process's
 * environment and env (made by tw_hook_write_env(); it is copied). It replaces a waiting change of
 * the same hook, so change must include that one (tw_hook_merge()). Failures are logged.
 */
void tw_runner_run(struct tw_runner *hooks, const char *program,
	const struct tw_hook_change *change, const struct tw_buf *env);

/* Ended runs by result, and changes that were merged into a later one, since the start. */
struct tw_runner_counts {
	uint64_t ok;
	uint64_t failed; /* could not be started, another exit status than 0, or a signal */
	uint64_t timeout;
	uint64_t merged;
};
const struct tw_runner_counts *tw_runner_count(const struct tw_runner *hooks, enum tw_hook hook);

#endif
