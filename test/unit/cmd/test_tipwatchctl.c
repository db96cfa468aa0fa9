/* The built tipwatchctl, its path is the first argument, against a real control socket: what it
 * prints where, and its exit codes. */
#include "control_fixture.h"
#include "fixture/compare.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARGS_MAX = 8 };

static const char *program;

#define SELECT(usable, mode)                                                                       \
	"{\"v\":1,\"usable\":" usable ",\"mode\":\"" mode "\",\"daemon\":{\"name\":\"alpha\","     \
	"\"url\":\"http://127.0.0.1:1\"},\"text\":\"alpha \\u001b[31m is fine\",\"height\":1,"     \
	"\"seq\":1}"
#define STATUS(usable, mode) "{\"v\":1,\"select\":" SELECT(usable, mode) ",\"daemons\":[]}"

struct run {
	struct fixture *fixture;
	pid_t pid;
	int fds[2]; /* its stdout and stderr */
	struct tw_buf texts[2];
	bool is_at_end[2];
	int code;
};

/* Starts it with "-s SOCKET" and words. */
static void start(
	struct run *run, struct fixture *fixture, const char *socket_path, const char *const *words)
{
	const char *argv[ARGS_MAX + 4] = { program };
	int out[2], err[2], n = 1;

	*run = (struct run){ .fixture = fixture };
	tw_buf_init(&run->texts[0], 1 << 20);
	tw_buf_init(&run->texts[1], 1 << 20);
	if (socket_path != NULL) {
		argv[n++] = "-s";
		argv[n++] = socket_path;
	}
	for (int i = 0; words[i] != NULL; i++)
		argv[n++] = words[i];
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	run->pid = fork();
	assert_that(run->pid, >=, 0);
	if (run->pid == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(err[1], STDERR_FILENO);
		(void)execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	run->fds[0] = out[0];
	run->fds[1] = err[0];
	assert_int_equal(fcntl(out[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(err[0], F_SETFL, O_NONBLOCK), 0);
}

static bool is_over(void *arg)
{
	struct run *run = arg;
	char block[4096];

	for (int i = 0; i < 2; i++) {
		ssize_t n = 0;

		while (!run->is_at_end[i] && (n = read(run->fds[i], block, sizeof(block))) > 0) {
			tw_buf_append(&run->texts[i], block, (size_t)n);
			assert_int_equal(run->texts[i].error, 0);
		}
		if (n == 0)
			run->is_at_end[i] = true;
	}
	return run->is_at_end[0] && run->is_at_end[1];
}

static void finish(struct run *run)
{
	int status;

	fixture_wait(run->fixture, is_over, run);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	run->code = WEXITSTATUS(status);
	close(run->fds[0]);
	close(run->fds[1]);
}

static void forget(struct run *run)
{
	tw_buf_finish(&run->texts[0]);
	tw_buf_finish(&run->texts[1]);
}

/* Runs it to its end. out and err must be parts of what it prints; NULL: it must print nothing. */
static void expect(struct fixture *fixture, const char *socket_path, const char *const *words,
	int code, const char *out, const char *err)
{
	const char *const parts[2] = { out, err };
	struct run run;

	start(&run, fixture, socket_path, words);
	finish(&run);
	if (run.code != code)
		fail_msg("exit %d: %s%s", run.code, tw_buf_str(&run.texts[0]),
			tw_buf_str(&run.texts[1]));
	for (int i = 0; i < 2; i++) {
		if (parts[i] == NULL)
			assert_string_equal(tw_buf_str(&run.texts[i]), "");
		else if (strstr(tw_buf_str(&run.texts[i]), parts[i]) == NULL)
			fail_msg("'%s' is not in: %s", parts[i], tw_buf_str(&run.texts[i]));
		/* The terminal sees no control character of a daemon's. */
		assert_lacks(tw_buf_str(&run.texts[i]), "\033");
	}
	forget(&run);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_commands(void **state)
{
	struct fixture *f = *state;

	f->select_text = SELECT("true", "consensus");
	f->status_text = STATUS("true", "consensus");
	expect(f, f->path, WORDS("select"), 0, "alpha ?[31m is fine", NULL);
	expect(f, f->path, WORDS("status"), 0, "consensus:", NULL);
	expect(f, f->path, (const char *const[]){ NULL }, 0, "consensus:", NULL);
	expect(f, f->path, WORDS("status", "--nagios"), 0, "TIPWATCH OK", NULL);
	expect(f, f->path, WORDS("select", "--json"), 0, SELECT("true", "consensus") "\n", NULL);
	expect(f, f->path, WORDS("--json"), 0, STATUS("true", "consensus") "\n", NULL);
	expect(f, f->path, WORDS("submit"), 1, "none", NULL);
	expect(f, f->path, WORDS("submit", "--json"), 1, "{\"targets\":[]}\n", NULL);
	expect(f, f->path, WORDS("why"), 0, "because", NULL);
	expect(f, f->path, WORDS("why", "beta"), 0,
		"beta                  conflicts          7  -                 left after 5", NULL);
	expect(f, f->path, WORDS("why", "--json"), 0, "\"rule\":\"incumbent\"", NULL);
	expect(f, f->path, WORDS("node", "beta"), 0, "node                 1", NULL);
	expect(f, f->path, WORDS("drain", "alpha"), 0, "alpha is drained", NULL);
	expect(f, f->path, WORDS("undrain", "alpha"), 0, "alpha is no longer drained", NULL);
	expect(f, f->path, WORDS("pin", "alpha"), 0, "alpha is pinned", NULL);
	expect(f, f->path, WORDS("unpin"), 0, "tipwatchd chooses", NULL);
	assert_int_equal(f->n_operations, 4);
	expect(f, f->path, WORDS("report", "alpha", "timeout"), 0, "alpha was reported", NULL);
	expect(f, f->path, WORDS("report"), 0,
		"tipwatch report  2026-11-27 to 2026-11-28 (30 days, UTC)\n", NULL);
	expect(f, f->path, WORDS("report", "--since", "2d"), 0, "(2 days, UTC)\n", NULL);
	expect(f, f->path, WORDS("--mail", "report", "--since", "2d"), 0,
		"Subject: tipwatch report: 99.998 % usable, 5 min 0 s saved, 2026-11-27 to "
		"2026-11-28\nMIME-Version: 1.0\n",
		NULL);
	expect(f, f->path, WORDS("report", "--json"), 0, "\"days\":30", NULL);
	expect(f, f->path, WORDS("help", "report"), 0, "usage: tipwatchctl report\n", NULL);
	expect(f, f->path, WORDS("reload"), 0, "in force", NULL);
	expect(f, f->path, WORDS("version"), 0, "tipwatchd " TW_VERSION, NULL);
	expect(f, f->path, WORDS("--version"), 0, "tipwatchctl " TW_VERSION "\n", NULL);
	expect(f, f->path, WORDS("--help"), 0, "usage: tipwatchctl", NULL);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	expect(f, f->path, WORDS("node", "gamma"), 1, NULL, "no node called 'gamma'");
	expect(f, f->path, WORDS("pin", "beta"), 1, NULL, "beta is a reference");
	expect(f, f->path, WORDS("--json", "pin", "beta"), 1, "{\"error\":{\"code\":\"bad_arg",
		NULL);
	f->select_text = SELECT("false", "fallback");
	f->status_text = STATUS("false", "fallback");
	expect(f, f->path, WORDS("select"), 1, "not usable", NULL);
	expect(f, f->path, WORDS("select", "--json"), 1, "\"usable\":false", NULL);
	expect(f, f->path, WORDS("status"), 1, "not usable", NULL);
	expect(f, f->path, WORDS("status", "--nagios"), 2, "TIPWATCH CRITICAL", NULL);
	f->status_text = STATUS("true", "reduced");
	expect(f, f->path, WORDS("--nagios"), 1, "TIPWATCH WARNING", NULL);
	f->config.control_max_clients = 0;
	tw_control_configure(f->control, &f->config);
	expect(f, f->path, WORDS("select"), 1, NULL, "too many clients");
	expect(f, f->path, WORDS("status", "--nagios"), 3, "TIPWATCH UNKNOWN - too many", NULL);
}

static void test_usage(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong[][4] = { { "frobnicate" }, { "why", "a", "b" }, { "top" },
		{ "replay" }, { "node" }, { "node", "a", "b" }, { "status", "x" },
		{ "node", "a b" }, { "node", "" }, { "node", "a\nb" }, { "report", "alpha" },
		{ "report", "alpha", "boom" }, { "report", "--since", "2d", "alpha" },
		{ "report", "--mail", "--json" }, { "select", "--mail" },
		{ "select", "--since", "2d" }, { "watch", "select" }, { "--frob" }, { "-x" },
		{ "-s" }, { "select", "--nagios" }, { "status", "--nagios", "--json" } };

	for (size_t i = 0; i < TW_ARRAY_SIZE(wrong); i++)
		expect(f, f->path, wrong[i], 2, NULL, "tipwatchctl: ");
	expect(f, f->path, WORDS("frobnicate"), 2, NULL,
		"status, top, select, submit, submit-block, blocks, watch, node, why");
	assert_int_equal(f->n_operations, 0);
}

static void test_unreachable(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/none", f->dir);
	expect(f, path, WORDS("select"), 3, NULL, "is tipwatchd running?");
	expect(f, path, WORDS("version"), 3, NULL, "is tipwatchd running?");
	expect(f, path, WORDS("status", "--nagios"), 3, "TIPWATCH UNKNOWN", NULL);
	expect(f, f->dir, WORDS("select"), 3, NULL, "is tipwatchd running?");
	/* A socket that a dead one left behind. */
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	expect(f, path, WORDS("select"), 3, NULL, "is tipwatchd running?");
	close(fd);
	assert_int_equal(unlink(path), 0);
	f->select_text = "no json";
	expect(f, f->path, WORDS("select"), 3, NULL, "is not tipwatchd");
	f->select_text = "[]";
	expect(f, f->path, WORDS("select"), 3, NULL, "is not tipwatchd");
}

static bool has_two_lines(void *arg)
{
	struct run *run = arg;
	const char *first;

	(void)is_over(run);
	first = strchr(tw_buf_str(&run->texts[0]), '\n');
	return first != NULL && strchr(first + 1, '\n') != NULL;
}

static bool has_line(void *arg)
{
	struct run *run = arg;

	(void)is_over(run);
	return strchr(tw_buf_str(&run->texts[0]), '\n') != NULL;
}

static void test_watch(void **state)
{
	struct fixture *f = *state;
	struct run run;

	/* As it comes: every object, also one that says nothing new. */
	start(&run, f, f->path, WORDS("watch", "--json"));
	fixture_wait(f, has_line, &run);
	assert_string_equal(tw_buf_str(&run.texts[0]), "{\"select\":1}\n");
	tw_control_publish(f->control);
	fixture_wait(f, has_two_lines, &run);
	assert_string_equal(tw_buf_str(&run.texts[0]), "{\"select\":1}\n{\"select\":1}\n");
	/* It ends when tipwatchd does. */
	fixture_stop(f);
	finish(&run);
	assert_int_equal(run.code, 3);
	assert_contains(tw_buf_str(&run.texts[1]), "has closed the connection");
	forget(&run);
	fixture_start(f);

	/* For people: only what is new. */
	f->select_text = SELECT("true", "consensus");
	start(&run, f, f->path, WORDS("watch"));
	fixture_wait(f, has_line, &run);
	tw_control_publish(f->control);
	f->select_text = "{\"mode\":\"fallback\",\"seq\":2}";
	tw_control_publish(f->control);
	fixture_wait(f, has_two_lines, &run);
	assert_contains(strchr(tw_buf_str(&run.texts[0]), '\n'), "fallback");
	fixture_stop(f);
	finish(&run);
	forget(&run);
	fixture_start(f);
}

static bool has_check(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->n_checks == 1;
}

static void test_check(void **state)
{
	struct fixture *f = *state;
	struct run run;

	start(&run, f, f->path, WORDS("check"));
	fixture_wait(f, has_check, f);
	(void)is_over(&run);
	assert_string_equal(tw_buf_str(&run.texts[0]), "");
	tw_control_checks_done(f->control);
	finish(&run);
	assert_int_equal(run.code, 0);
	assert_string_equal(tw_buf_str(&run.texts[0]), "every node was checked\n");
	forget(&run);
}

/* The default socket is where tipwatchd of the same user puts it. */
static void test_default_socket(void **state)
{
	struct fixture *f = *state;
	char from[128], to[128];

	if (geteuid() == 0)
		skip(); /* root's is the system's */
	snprintf(from, sizeof(from), "%s/run", f->dir);
	snprintf(to, sizeof(to), "%s/tipwatch", f->dir);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", f->dir, 1), 0);
	expect(f, NULL, WORDS("unpin"), 0, "tipwatchd chooses", NULL);
	assert_int_equal(rename(to, from), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_commands),
		T(test_refused),
		T(test_usage),
		T(test_unreachable),
		T(test_watch),
		T(test_check),
		T(test_default_socket),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
