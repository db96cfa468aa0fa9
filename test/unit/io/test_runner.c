/* io/runner with real programs: how they end, what they are given, that one runs at a time and that
 * the loop never waits for one. */
#include "base/log.h"
#include "daemon_case.h"
#include "io/runner.h"
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

enum { LIMIT_US = 3 * 1000000, PATIENCE_US = 20 * 1000000 };

struct fixture {
	struct daemon_case *c;
	struct tw_loop *loop; /* c's */
	struct tw_loop_timer *timer;
	struct tw_runner *hooks;
	char program[80]; /* a script; it writes to DIR/out */
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

	snprintf(text, sizeof(text), "#!/bin/sh\nout=%s/out\n%s\n", f->c->dir, body);
	write_program(f, text);
}

/* What the scripts wrote; "" when nothing. Free it. */
static char *read_out(struct fixture *f, const char *name)
{
	struct tw_buf buf;

	tw_buf_init(&buf, 1 << 20);
	case_read(f->c, name, &buf);
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
	assert_int_equal(case_setup((void **)&f->c), 0);
	snprintf(f->program, sizeof(f->program), "%s/hook", f->c->dir);
	tw_buf_init(&f->env, TW_HOOK_ENV_MAX);
	f->loop = f->c->loop;
	tw_log_set_format(TW_LOG_JOURNALD);
	assert_int_equal(tw_loop_add_timer(f->loop, on_timer, f, &f->timer), 0);
	assert_int_equal(tw_runner_create(f->loop, LIMIT_US, &f->hooks), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_runner_destroy(f->hooks);
	tw_loop_remove_timer(f->timer);
	tw_buf_finish(&f->env);
	assert_int_equal(case_teardown((void **)&f->c), 0);
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
	case_write(f->c, "out.go", "");
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

/* Exactly one line was logged since the test looked last: that the hook's program did this, at the
 * level of a warning unless it is good news. NULL: none was. */
static void expect_told(struct fixture *f, enum tw_hook hook, const char *what)
{
	char expected[1024] = "";

	if (what != NULL)
		snprintf(expected, sizeof(expected), "<%d>hooks.%s: %s %s\n",
			strcmp(what, "works again") == 0 ? 6 : 4, tw_hook_word(hook), f->program,
			what);
	assert_string_equal(case_log(f->c), expected);
}

/* Runs a script and compares what is logged about it. */
static void run_and_expect(struct fixture *f, enum tw_hook hook, const char *body, const char *what)
{
	script(f, body);
	raise_change(f, hook, "word");
	run_until(f, n_ended(f) + 1);
	expect_told(f, hook, what);
}

static void test_what_is_logged(void **state)
{
	struct fixture *f = *state;
	char body[64], expected[512], line[301];

	run_and_expect(f, TW_HOOK_SWITCH, "echo said >&2", NULL);
	run_and_expect(f, TW_HOOK_SWITCH, "exit 3", "failed with exit status 3");
	run_and_expect(f, TW_HOOK_MODE, "printf '\\n\\nwhy\\nand more\\n' >&2; exit 1",
		"failed with exit status 1: why");
	run_and_expect(f, TW_HOOK_MODE,
		"printf 'in '; printf 'in ' >&2; sleep 0.05; printf two >&2; exit 1",
		"failed with exit status 1: in two");
	run_and_expect(f, TW_HOOK_CHAIN, "kill -KILL $$", "was ended by signal 9 (Killed)");
	/* 255 bytes of a line are kept. */
	for (int n = 253; n <= 300; n++) {
		int kept = n < 255 ? n : 255;

		memset(line, 'x', sizeof(line));
		line[kept] = '\0';
		snprintf(body, sizeof(body), "printf '%%0%dd\\n' 0 | tr 0 x >&2; exit 1", n);
		snprintf(expected, sizeof(expected), "failed with exit status 1: %s", line);
		run_and_expect(f, TW_HOOK_MODE, body, expected);
		if (n == 257)
			n = 299;
	}
	/* That of the beat is told when it begins and when it ends, whichever way it fails. */
	run_and_expect(f, TW_HOOK_BEAT, "true", NULL);
	run_and_expect(f, TW_HOOK_BEAT, "exit 1", "failed with exit status 1");
	run_and_expect(f, TW_HOOK_BEAT, "exit 2", NULL);
	run_and_expect(f, TW_HOOK_SWITCH, "true", NULL);
	run_and_expect(f, TW_HOOK_BEAT, "kill -KILL $$", NULL);
	run_and_expect(f, TW_HOOK_BEAT, "true", "works again");
	run_and_expect(f, TW_HOOK_BEAT, "true", NULL);
	/* The repeated failure, and what went well, at the level of debugging. */
	tw_log_set_level(TW_LOG_DEBUG);
	run_and_expect(f, TW_HOOK_BEAT, "exit 4", "failed with exit status 4");
	raise_change(f, TW_HOOK_BEAT, "again");
	run_until(f, n_ended(f) + 1);
	assert_starts_with(case_log(f->c), "<7>hooks.on_beat: ");
	script(f, "echo said >&2");
	raise_change(f, TW_HOOK_MODE, "word");
	run_until(f, n_ended(f) + 1);
	{
		const char *log = case_log(f->c);

		assert_starts_with(log, "<7>hooks.on_mode: ");
		assert_contains(log, " is done after ");
		assert_contains(log, " s: said\n");
	}
	tw_log_set_level(TW_LOG_INFO);
}

static void test_why_it_cannot_be_run(void **state)
{
	struct fixture *f = *state;

	raise_change(f, TW_HOOK_SWITCH, "missing");
	expect_told(f, TW_HOOK_SWITCH, "cannot be run: No such file or directory");
	write_program(f, "echo unwanted\n");
	raise_change(f, TW_HOOK_SWITCH, "no interpreter");
	expect_told(f, TW_HOOK_SWITCH,
		"cannot be run: Exec format error; a script must begin with #! and its interpreter");
	f->env.error = -EMSGSIZE;
	script(f, "true");
	tw_runner_run(
		f->hooks, f->program, &(struct tw_hook_change){ .hook = TW_HOOK_SWITCH }, &f->env);
	expect_told(f, TW_HOOK_SWITCH, "cannot be run: Message too long");
	expect_counts(f, TW_HOOK_SWITCH, 0, 3, 0, 0);
	assert_null(tw_runner_waiting(f->hooks, TW_HOOK_SWITCH));
}

/* What waits behind another hook, and what is never told. */
static void test_what_waits_is_logged(void **state)
{
	struct fixture *f = *state;
	char expected[512];

	script(f, "sleep 0.3");
	raise_change(f, TW_HOOK_MODE, "runs");
	raise_change(f, TW_HOOK_BEAT, "waits");
	assert_string_equal(case_log(f->c), "");
	raise_change(f, TW_HOOK_SWITCH, "waits");
	raise_change(f, TW_HOOK_SWITCH, "waits");
	raise_change(f, TW_HOOK_CHAIN, "waits");
	snprintf(expected, sizeof(expected),
		"<6>hooks.on_switch: the change is told when %s has ended\n"
		"<6>hooks.on_switch: the change is told when %s has ended, together with others\n"
		"<6>hooks.on_chain: the change is told when %s has ended\n",
		f->program, f->program, f->program);
	assert_string_equal(case_log(f->c), expected);
	tw_runner_destroy(f->hooks);
	assert_string_equal(case_log(f->c),
		"<4>hooks.on_switch: 2 changes are not told: tipwatchd stops\n"
		"<4>hooks.on_chain: 1 change is not told: tipwatchd stops\n");
	assert_int_equal(tw_runner_create(f->loop, LIMIT_US, &f->hooks), 0);
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
		cmocka_unit_test_setup_teardown(test_what_is_logged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_why_it_cannot_be_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_waits_is_logged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_destroy, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
