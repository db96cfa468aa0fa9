/* See runner.h. */
#include "io/runner.h"
#include "base/file.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SAID_MAX = 256, DRAIN_MAX = 1 << 20 };

#define PREFIX "TIPWATCH_"

/* The change that waits until its hook may run. */
struct slot {
	bool is_waiting;
	char *program;
	struct tw_hook_change change;
	struct tw_buf env;
};

/* The program that runs; pid is 0 when there is none. */
struct run {
	pid_t pid;
	int pidfd;
	int said_fd; /* what it writes to its stderr; -1: closed */
	struct tw_loop_fd *end_watch;
	struct tw_loop_fd *said_watch;
	enum tw_hook hook;
	char *program;
	int64_t started_us;
	bool is_late; /* it was sent SIGTERM */
	size_t n_said;
	char said[SAID_MAX]; /* the first line of its stderr */
};

struct tw_runner {
	struct tw_loop *loop;
	struct tw_loop_timer *limit;
	struct tw_loop_timer
		*next; /* starts the next one, in a later wake-up than the end of one */
	int64_t limit_us;
	struct slot slots[TW_HOOKS];
	struct run run;
	struct tw_runner_counts counts[TW_HOOKS];
	bool is_beat_failing; /* the last run of on_beat */
};

/* --- its stderr --- */

/* Reads all there is, and keeps the first line. False at the end of the pipe. */
static bool listen_to(struct run *run)
{
	char block[4096];
	size_t taken = 0;

	while (taken < DRAIN_MAX) {
		ssize_t n = read(run->said_fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		taken += (size_t)n;
		for (ssize_t i = 0; i < n && run->n_said < SAID_MAX - 1; i++) {
			/* Empty lines before the first one are skipped. */
			if (block[i] != '\n')
				run->said[run->n_said++] = block[i];
			else if (run->n_said > 0)
				run->n_said = SAID_MAX;
		}
	}
	return true;
}

static void stop_listening(struct run *run)
{
	tw_loop_remove_fd(run->said_watch);
	run->said_watch = NULL;
	tw_file_close(&run->said_fd);
}

static void on_said(void *ctx, int fd, int events)
{
	struct tw_runner *hooks = ctx;

	(void)fd;
	(void)events;
	if (!listen_to(&hooks->run))
		stop_listening(&hooks->run);
}

/* --- starting --- */

/* This process's environment, followed by env. Variables that an outer tipwatchd may have set for a
 * hook, from which this one was started, are left out. */
static char **make_environment(const struct tw_buf *env)
{
	size_t n = 1, at = 0;
	char **list;

	for (char **e = environ; *e != NULL; e++)
		n++;
	for (size_t i = 0; i < env->len; i++)
		n += env->data[i] == '\0';
	list = calloc(n, sizeof(list[0]));
	if (list == NULL)
		return NULL;
	for (char **e = environ; *e != NULL; e++) {
		if (strncmp(*e, PREFIX, strlen(PREFIX)) != 0)
			list[at++] = *e;
	}
	for (size_t i = 0; i < env->len; i += strlen(env->data + i) + 1)
		list[at++] = env->data + i;
	return list;
}

/* Its stdin and stdout are /dev/null, its stderr is said_fd; it inherits no other descriptor. */
static int plan_files(posix_spawn_file_actions_t *files, int said_fd)
{
	int r = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_addopen(
			files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(files, said_fd, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
	return r;
}

/* A process group of its own, no signal ignored or blocked. */
static int plan_process(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	r = posix_spawnattr_setpgroup(attributes, 0);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes,
			POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	return r;
}

/* 0 or a negative errno. */
static int spawn(const char *program, const struct tw_buf *env, int said_fd, pid_t *ret_pid)
{
	char *const argv[] = { (char *)(uintptr_t)program, NULL };
	char **environment = make_environment(env);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t pid = 0;
	int r = ENOMEM;

	if (environment == NULL)
		return -ENOMEM;
	if (posix_spawn_file_actions_init(&files) != 0)
		goto out_environment;
	if (posix_spawnattr_init(&attributes) != 0)
		goto out_files;
	r = plan_files(&files, said_fd);
	if (r == 0)
		r = plan_process(&attributes);
	if (r == 0)
		r = posix_spawn(&pid, program, &files, &attributes, argv, environment);
	if (r == 0)
		*ret_pid = pid;
	posix_spawnattr_destroy(&attributes);
out_files:
	posix_spawn_file_actions_destroy(&files);
out_environment:
	free(environment);
	return -r;
}

static void on_end(void *ctx, int fd, int events);

/* Watches the program that was started. 0 or a negative errno. */
static int watch(struct tw_runner *hooks)
{
	struct run *run = &hooks->run;
	int r;

	run->pidfd = pidfd_open(run->pid, 0);
	if (run->pidfd < 0)
		return -errno;
	r = tw_loop_add_fd(hooks->loop, run->pidfd, TW_LOOP_READ, on_end, hooks, &run->end_watch);
	if (r == 0)
		r = tw_loop_add_fd(
			hooks->loop, run->said_fd, TW_LOOP_READ, on_said, hooks, &run->said_watch);
	return r;
}

static void clear(struct run *run)
{
	stop_listening(run);
	tw_loop_remove_fd(run->end_watch);
	tw_file_close(&run->pidfd);
	free(run->program);
	*run = (struct run){ .pidfd = -1, .said_fd = -1 };
}

/* How loud a failure is. That of on_beat is told once, and not with each beat. */
static enum tw_log_level note_failure(struct tw_runner *hooks, enum tw_hook hook)
{
	bool is_repeated = hook == TW_HOOK_BEAT && hooks->is_beat_failing;

	if (hook == TW_HOOK_BEAT)
		hooks->is_beat_failing = true;
	return is_repeated ? TW_LOG_DEBUG : TW_LOG_WARN;
}

static void note_success(struct tw_runner *hooks)
{
	if (hooks->run.hook != TW_HOOK_BEAT || !hooks->is_beat_failing)
		return;
	hooks->is_beat_failing = false;
	tw_info("hooks.%s: %s works again", tw_hook_word(TW_HOOK_BEAT), hooks->run.program);
}

static void fail(struct tw_runner *hooks, enum tw_hook hook, const char *program, int error)
{
	hooks->counts[hook].failed++;
	tw_log(note_failure(hooks, hook), "hooks.%s: %s cannot be run: %s%s", tw_hook_word(hook),
		program, strerror(-error),
		error == -ENOEXEC ? "; a script must begin with #! and its interpreter" : "");
}

static void begin(struct tw_runner *hooks, enum tw_hook hook)
{
	struct slot *slot = &hooks->slots[hook];
	struct run *run = &hooks->run;
	int said[2], r;

	slot->is_waiting = false;
	if (pipe2(said, O_CLOEXEC) < 0) {
		fail(hooks, hook, slot->program, -errno);
		return;
	}
	fcntl(said[0], F_SETFL, O_NONBLOCK);
	*run = (struct run){ .pidfd = -1,
		.said_fd = said[0],
		.hook = hook,
		.started_us = tw_loop_now(hooks->loop) };
	r = spawn(slot->program, &slot->env, said[1], &run->pid);
	close(said[1]);
	if (r == 0)
		r = watch(hooks);
	if (r < 0) {
		/* A program that cannot be watched would run without a limit. */
		if (run->pid > 0) {
			kill(-run->pid, SIGKILL);
			waitpid(run->pid, NULL, 0);
		}
		fail(hooks, hook, slot->program, r);
		clear(run);
		return;
	}
	run->program = slot->program;
	slot->program = NULL;
	tw_loop_arm(hooks->limit, run->started_us + hooks->limit_us);
}

static void begin_next(struct tw_runner *hooks)
{
	for (int i = 0; i < TW_HOOKS && hooks->run.pid == 0; i++) {
		if (hooks->slots[i].is_waiting)
			begin(hooks, (enum tw_hook)i);
	}
}

static void on_next(void *ctx)
{
	begin_next(ctx);
}

/* --- ending --- */

static void tell(struct tw_runner *hooks, const siginfo_t *info)
{
	struct run *run = &hooks->run;
	double seconds = (double)(tw_loop_now(hooks->loop) - run->started_us) / 1e6;
	const char *hook = tw_hook_word(run->hook), *separator = run->n_said > 0 ? ": " : "";

	if (run->n_said >= SAID_MAX)
		run->n_said = strnlen(run->said, SAID_MAX - 1);
	run->said[run->n_said] = '\0';
	if (run->is_late) {
		hooks->counts[run->hook].timeout++;
		tw_log(note_failure(hooks, run->hook),
			"hooks.%s: %s was ended: it still ran after %.0f s%s%s", hook, run->program,
			(double)hooks->limit_us / 1e6, separator, run->said);
	} else if (info->si_code != CLD_EXITED) {
		hooks->counts[run->hook].failed++;
		tw_log(note_failure(hooks, run->hook),
			"hooks.%s: %s was ended by signal %d (%s)%s%s", hook, run->program,
			info->si_status, strsignal(info->si_status), separator, run->said);
	} else if (info->si_status != 0) {
		hooks->counts[run->hook].failed++;
		tw_log(note_failure(hooks, run->hook),
			"hooks.%s: %s failed with exit status %d%s%s", hook, run->program,
			info->si_status, separator, run->said);
	} else {
		hooks->counts[run->hook].ok++;
		note_success(hooks);
		tw_debug("hooks.%s: %s is done after %.2f s%s%s", hook, run->program, seconds,
			separator, run->said);
	}
}

static void on_end(void *ctx, int fd, int events)
{
	struct tw_runner *hooks = ctx;
	struct run *run = &hooks->run;
	siginfo_t info = { 0 };

	(void)fd;
	(void)events;
	/* The process group cannot belong to others as long as its leader was not reaped. */
	if (run->is_late)
		kill(-run->pid, SIGKILL);
	if (waitid(P_PIDFD, (id_t)run->pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return;
	if (run->said_fd >= 0)
		listen_to(run);
	tell(hooks, &info);
	clear(run);
	tw_loop_arm(hooks->limit, TW_NEVER);
	tw_loop_arm(hooks->next, tw_loop_now(hooks->loop));
}

static void on_limit(void *ctx)
{
	struct tw_runner *hooks = ctx;
	struct run *run = &hooks->run;

	kill(-run->pid, run->is_late ? SIGKILL : SIGTERM);
	run->is_late = true;
	tw_loop_arm(hooks->limit, tw_loop_now(hooks->loop) + TW_RUNNER_GRACE_US);
}

/* --- life --- */

const struct tw_hook_change *tw_runner_waiting(const struct tw_runner *hooks, enum tw_hook hook)
{
	return hooks->slots[hook].is_waiting ? &hooks->slots[hook].change : NULL;
}

void tw_runner_run(struct tw_runner *hooks, const char *program,
	const struct tw_hook_change *change, const struct tw_buf *env)
{
	struct slot *slot = &hooks->slots[change->hook];
	char *copy = strdup(program);

	tw_buf_clear(&slot->env);
	if (env->error == 0)
		tw_buf_append(&slot->env, env->data, env->len);
	if (copy == NULL || env->error < 0 || slot->env.error < 0) {
		free(copy);
		slot->is_waiting = false;
		fail(hooks, change->hook, program, env->error < 0 ? env->error : -ENOMEM);
		return;
	}
	if (slot->is_waiting)
		hooks->counts[change->hook].merged++;
	free(slot->program);
	slot->program = copy;
	slot->change = *change;
	slot->is_waiting = true;
	if (hooks->run.pid == 0)
		begin_next(hooks);
	else if (change->hook != TW_HOOK_BEAT)
		tw_info("hooks.%s: the change is told when %s has ended%s",
			tw_hook_word(change->hook), hooks->run.program,
			change->count > 1 ? ", together with others" : "");
}

const struct tw_runner_counts *tw_runner_count(const struct tw_runner *hooks, enum tw_hook hook)
{
	return &hooks->counts[hook];
}

int tw_runner_create(struct tw_loop *loop, int64_t limit_us, struct tw_runner **ret_hooks)
{
	struct tw_runner *hooks = calloc(1, sizeof(*hooks));
	int r;

	if (hooks == NULL)
		return -ENOMEM;
	hooks->loop = loop;
	hooks->limit_us = limit_us;
	hooks->run = (struct run){ .pidfd = -1, .said_fd = -1 };
	for (int i = 0; i < TW_HOOKS; i++)
		tw_buf_init(&hooks->slots[i].env, TW_HOOK_ENV_MAX);
	r = tw_loop_add_timer(loop, on_limit, hooks, &hooks->limit);
	if (r == 0)
		r = tw_loop_add_timer(loop, on_next, hooks, &hooks->next);
	if (r < 0) {
		tw_runner_destroy(hooks);
		return r;
	}
	*ret_hooks = hooks;
	return 0;
}

void tw_runner_destroy(struct tw_runner *hooks)
{
	if (hooks == NULL)
		return;
	for (int i = 0; i < TW_HOOKS; i++) {
		struct slot *slot = &hooks->slots[i];

		if (slot->is_waiting && i != TW_HOOK_BEAT)
			tw_warn("hooks.%s: %u change%s not told: tipwatchd stops",
				tw_hook_word((enum tw_hook)i), slot->change.count,
				slot->change.count == 1 ? " is" : "s are");
		free(slot->program);
		tw_buf_finish(&slot->env);
	}
	clear(&hooks->run);
	tw_loop_remove_timer(hooks->limit);
	tw_loop_remove_timer(hooks->next);
	free(hooks);
}
