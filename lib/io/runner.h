/*
 * Programs run at a change: one at a time, without a shell, with a time limit, and without the loop
 * ever waiting for one. What comes while one runs is told when it has ended, as one change.
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
/* A program that runs is left to its end; what waits is not told, which is logged. Takes NULL. */
void tw_runner_destroy(struct tw_runner *hooks);

/* The change of hook that waits to be told, or NULL. Borrowed until the next call. */
const struct tw_hook_change *tw_runner_waiting(const struct tw_runner *hooks, enum tw_hook hook);
/*
 * Runs program (an absolute path), now or when the ones before it have ended, with this process's
 * environment and env (tw_hook_write_env(), which is copied). It takes the place of one of the same
 * hook that waits: change must tell of that one too (tw_hook_merge()). What goes wrong is logged.
 */
void tw_runner_run(struct tw_runner *hooks, const char *program,
	const struct tw_hook_change *change, const struct tw_buf *env);

/* Runs that ended, by how, and changes told together with another, since the start. */
struct tw_runner_counts {
	uint64_t ok;
	uint64_t failed; /* could not be started, another exit status than 0, or a signal */
	uint64_t timeout;
	uint64_t merged;
};
const struct tw_runner_counts *tw_runner_count(const struct tw_runner *hooks, enum tw_hook hook);

#endif
