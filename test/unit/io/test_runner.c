/* io/runner with real programs: how they end, what they are given, that one runs at a time and that
 * the loop never waits for one. */
#include "base/file.h"
#include "fixture/compare.h"
#include "io/runner.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_US = 3 * 1000000, PATIENCE_US = 20 * 1000000 };

struct fixture {
	struct tw_loop *loop;
	struct tw_loop_timer *timer;
	struct tw_runner *hooks;
	char dir[32];
	char program[64]; /* a script; it writes to DIR/out */
	struct tw_buf env;
	uint64_t runs_wanted;
	int64_t until_us;
};

static uint64_t n_ended(const struct fixture *f)
{
	uint64_t n = 0;

	for (int i = 0; i < TW_HOOKS; i++) {
		const struct tw_runner_counts *counts = tw_runner_count(f->hooks, (enum tw_hook)i);

		n += counts->ok + counts->failed + counts->timeout;
	}
	return n;
}

static void on_timer(void *ctx)
{
	struct fixture *f = ctx;
	int64_t now_us = tw_loop_now(f->loop);

	if (n_ended(f) >= f->runs_wanted || now_us >= f->until_us)
		tw_loop_stop(f->loop);
	else
		tw_loop_arm(f->timer, now_us + 5 * TW_MS);
}

/* Runs the loop until n runs have ended. */
static void run_until(struct fixture *f, uint64_t n)
{
	f->runs_wanted = n;
	f->until_us = tw_loop_now(f->loop) + PATIENCE_US;
	tw_loop_arm(f->timer, tw_loop_now(f->loop));
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(n_ended(f), n);
}

static void run_for(struct fixture *f, int64_t us)
{
	f->runs_wanted = UINT64_MAX;
	f->until_us = tw_loop_now(f->loop) + us;
	tw_loop_arm(f->timer, tw_loop_now(f->loop));
	assert_int_equal(tw_loop_run(f->loop), 0);
}

static void write_program(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->program, "w");

	assert_non_null(file);
	assert_that(fputs(text, file), >=, 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(f->program, 0700), 0);
}

static void script(struct fixture *f, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text), "#!/bin/sh\nout=%s/out\n%s\n", f->dir, body);
	write_program(f, text);
}

/* What the scripts wrote; "" when nothing. Free it. */
static char *read_out(struct fixture *f, const char *name)
{
	char path[64];
	struct tw_buf buf;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	tw_buf_init(&buf, 1 << 20);
	if (access(path, F_OK) == 0)
		assert_int_equal(tw_file_read(path, false, &buf), 0);
	else
		tw_buf_puts(&buf, "");
	assert_int_equal(buf.error, 0);
	if (buf.data == NULL)
		return strdup("");
	return buf.data;
}

static void expect_out(struct fixture *f, const char *expected)
{
	char *text = read_out(f, "out");

	assert_string_equal(text, expected);
	free(text);
}

static void raise_change(struct fixture *f, enum tw_hook hook, const char *word)
{
	const struct tw_hook_change *waiting = tw_runner_waiting(f->hooks, hook);
	struct tw_hook_change change = { .hook = hook, .count = 1, .from = "x" };

	if (waiting != NULL)
		tw_hook_merge(waiting, &change);
	tw_buf_clear(&f->env);
	tw_buf_printf(&f->env, "TIPWATCH_WORD=%s", word);
	tw_buf_putc(&f->env, '\0');
	tw_buf_printf(&f->env, "TIPWATCH_COUNT=%u", change.count);
	tw_buf_putc(&f->env, '\0');
	tw_runner_run(f->hooks, f->program, &change, &f->env);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/tw-hooks-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->program, sizeof(f->program), "%s/hook", f->dir);
	tw_buf_init(&f->env, TW_HOOK_ENV_MAX);
	assert_int_equal(tw_loop_create(&f->loop), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_timer, f, &f->timer), 0);
	assert_int_equal(tw_runner_create(f->loop, LIMIT_US, &f->hooks), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	tw_runner_destroy(f->hooks);
	tw_loop_remove_timer(f->timer);
	tw_loop_destroy(f->loop);
	tw_buf_finish(&f->env);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void expect_counts(struct fixture *f, enum tw_hook hook, uint64_t ok, uint64_t failed,
	uint64_t timeout, uint64_t merged)
{
	const struct tw_runner_counts *counts = tw_runner_count(f->hooks, hook);

	assert_int_equal(counts->ok, ok);
	assert_int_equal(counts->failed, failed);
	assert_int_equal(counts->timeout, timeout);
	assert_int_equal(counts->merged, merged);
}

static void test_ends(void **state)
{
	struct fixture *f = *state;

	script(f, "echo $TIPWATCH_WORD >>$out");
	raise_change(f, TW_HOOK_SWITCH, "one");
	run_until(f, 1);
	expect_out(f, "one\n");
	expect_counts(f, TW_HOOK_SWITCH, 1, 0, 0, 0);
	script(f, "echo why >&2; exit 3");
	raise_change(f, TW_HOOK_SWITCH, "two");
	run_until(f, 2);
	script(f, "kill -SEGV $$");
	raise_change(f, TW_HOOK_MODE, "three");
	run_until(f, 3);
	expect_counts(f, TW_HOOK_SWITCH, 1, 1, 0, 0);
	expect_counts(f, TW_HOOK_MODE, 0, 1, 0, 0);
}

/* A program that cannot be started counts as one failure, and the next one is tried. */
static void test_cannot_be_run(void **state)
{
	struct fixture *f = *state;

	raise_change(f, TW_HOOK_SWITCH, "missing");
	expect_counts(f, TW_HOOK_SWITCH, 0, 1, 0, 0);
	/* It is never run by a shell, not even where execvp() would do that. */
	write_program(f, "echo unwanted >>out\n");
	raise_change(f, TW_HOOK_SWITCH, "no interpreter");
	expect_counts(f, TW_HOOK_SWITCH, 0, 2, 0, 0);
	script(f, "true");
	assert_int_equal(chmod(f->program, 0600), 0);
	raise_change(f, TW_HOOK_SWITCH, "not executable");
	expect_counts(f, TW_HOOK_SWITCH, 0, 3, 0, 0);
	assert_int_equal(chmod(f->program, 0700), 0);
	raise_change(f, TW_HOOK_SWITCH, "well");
	run_until(f, 4);
	expect_counts(f, TW_HOOK_SWITCH, 1, 3, 0, 0);
}

/* It inherits nothing but the environment: no descriptor, no ignored or blocked signal, no stdin.
 */
static void test_what_it_is_given(void **state)
{
	struct fixture *f = *state;
	sigset_t set, old;
	char *text, *ignored;
	int fd = open("/dev/null", O_RDONLY); /* no O_CLOEXEC, as libraries do */

	assert_that(fd, >, 2);
	assert_int_equal(setenv("TIPWATCH_OUTER", "x", 1), 0);
	assert_int_equal(setenv("TW_TEST_KEPT", "kept", 1), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
	script(f,
		"exec >$out\n"
		"echo $# [$(cat)] [$TIPWATCH_OUTER] $TW_TEST_KEPT\n"
		"for i in /proc/self/fd/*; do echo ${i##*/} $(readlink /proc/$$/fd/${i##*/}); done "
		"| grep -v ' pipe:' | grep -v ' /tmp' | grep ' .'\n"
		"[ $(ps -o pgid= -p $$) = $$ ] && echo leads its group\n"
		/* exec: while a shell waits for a child it blocks signals for moments. */
		"exec grep -E '^Sig(Blk|Ign)' /proc/self/status");
	raise_change(f, TW_HOOK_SWITCH, "word");
	run_until(f, 1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(close(fd), 0);
	text = read_out(f, "out");
	assert_contains(text, "0 [] [] kept\n");
	assert_contains(text, "\n0 /dev/null\n");
	assert_lacks(text, "\n3 /dev");
	assert_contains(text, "SigBlk:\t0000000000000000\n");
	/* glibc ignores its two internal signals in every child. */
	ignored = strstr(text, "SigIgn:\t");
	assert_non_null(ignored);
	assert_int_equal(strtoull(ignored + 8, NULL, 16) & ~UINT64_C(0x180000000), 0);
	assert_contains(text, "leads its group\n");
	free(text);
}

/* Changes that come while a program runs are told as one, with the newest state, to each hook. */
static void test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	char go[64];

	script(f, "echo begin $TIPWATCH_WORD $TIPWATCH_COUNT >>$out\n"
		  "while [ ! -e $out.go ]; do sleep 0.02; done\n"
		  "echo end >>$out");
	raise_change(f, TW_HOOK_SWITCH, "s1");
	raise_change(f, TW_HOOK_SWITCH, "s2");
	raise_change(f, TW_HOOK_MODE, "m1");
	raise_change(f, TW_HOOK_SWITCH, "s3");
	raise_change(f, TW_HOOK_SWITCH, "s4");
	raise_change(f, TW_HOOK_MODE, "m2");
	assert_int_equal(tw_runner_waiting(f->hooks, TW_HOOK_SWITCH)->count, 3);
	run_for(f, 100 * TW_MS);
	expect_out(f, "begin s1 1\n");
	snprintf(go, sizeof(go), "%s/out.go", f->dir);
	assert_int_equal(close(open(go, O_CREAT | O_WRONLY, 0600)), 0);
	run_until(f, 3);
	expect_out(f, "begin s1 1\nend\nbegin s4 3\nend\nbegin m2 2\nend\n");
	expect_counts(f, TW_HOOK_SWITCH, 2, 0, 0, 2);
	expect_counts(f, TW_HOOK_MODE, 1, 0, 0, 1);
	assert_null(tw_runner_waiting(f->hooks, TW_HOOK_SWITCH));
}

/* Changes come before the beat. */
static void test_beat(void **state)
{
	struct fixture *f = *state;

	script(f, "echo $TIPWATCH_WORD >>$out");
	raise_change(f, TW_HOOK_BEAT, "b1");
	raise_change(f, TW_HOOK_BEAT, "b2");
	raise_change(f, TW_HOOK_MODE, "mode");
	raise_change(f, TW_HOOK_CHAIN, "chain");
	run_until(f, 4);
	expect_out(f, "b1\nchain\nmode\nb2\n");
	expect_counts(f, TW_HOOK_BEAT, 2, 0, 0, 0);
}

/* The whole process group is ended, also one that ignores SIGTERM; the loop goes on meanwhile. */
static void test_time_limit(void **state)
{
	struct fixture *f = *state;
	char *text;
	int64_t start_us = tw_loop_now(f->loop);
	pid_t child;

	script(f, "trap '' TERM\n"
		  "sleep 100 & echo $! >$out\n"
		  "echo waiting >&2\n"
		  "wait; sleep 100");
	raise_change(f, TW_HOOK_SWITCH, "hangs");
	assert_that(tw_loop_now(f->loop) - start_us, <, LIMIT_US);
	run_until(f, 1);
	assert_that(tw_loop_now(f->loop) - start_us, >=, LIMIT_US + TW_RUNNER_GRACE_US);
	expect_counts(f, TW_HOOK_SWITCH, 0, 0, 1, 0);
	text = read_out(f, "out");
	child = (pid_t)atoi(text);
	free(text);
	assert_that(child, >, 1);
	/* It is killed at once; the process that adopted it may reap it later. */
	for (int i = 0; i < 500 && kill(child, 0) == 0; i++) {
		char path[64], state_letter = 0;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", child);
		file = fopen(path, "r");
		if (file == NULL || fscanf(file, "%*d %*s %c", &state_letter) != 1)
			state_letter = 'X';
		if (file != NULL)
			fclose(file);
		if (state_letter == 'Z' || state_letter == 'X')
			return;
		(void)usleep(10000);
	}
	assert_int_equal(kill(child, 0), -1);
}

/* A program that writes very much is not blocked by a full pipe, and one that leaves a child behind
 * has ended all the same. */
static void test_talkative(void **state)
{
	struct fixture *f = *state;

	script(f, "i=0; while [ $i -lt 300 ]; do printf '%01000d\\n' $i >&2; i=$((i + 1)); done\n"
		  "sleep 1.5 & exit 0");
	raise_change(f, TW_HOOK_MODE, "talks");
	run_until(f, 1);
	expect_counts(f, TW_HOOK_MODE, 1, 0, 0, 0);
}

/* A program that runs when tipwatchd stops goes on by itself. */
static void test_destroy(void **state)
{
	struct fixture *f = *state;
	char *text = NULL;

	script(f, "sleep 0.3; echo finished >>$out");
	raise_change(f, TW_HOOK_SWITCH, "runs");
	raise_change(f, TW_HOOK_SWITCH, "is not told");
	tw_runner_destroy(f->hooks);
	f->hooks = NULL;
	for (int i = 0; i < 1000; i++) {
		free(text);
		text = read_out(f, "out");
		if (text[0] != '\0')
			break;
		(void)usleep(10000);
	}
	assert_string_equal(text, "finished\n");
	free(text);
	assert_int_equal(tw_runner_create(f->loop, LIMIT_US, &f->hooks), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_be_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_it_is_given, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_beat, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_talkative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_destroy, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
