/* client/line against real sockets: whole and broken lines, streams, time limits. A child process
 * is the server. client/paths too: where it looks. */
#include "client/line.h"
#include "client/paths.h"
#include "client/tipwatch.h"
#include "fixture/compare.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BIG = 3000000 };

struct server {
	char dir[64];
	char path[96];
	int fd;
	pid_t pid;
};

static int setup(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct server *server = calloc(1, sizeof(*server));

	assert_non_null(server);
	strcpy(server->dir, "/tmp/tipwatch-test-XXXXXX");
	assert_non_null(mkdtemp(server->dir));
	snprintf(server->path, sizeof(server->path), "%s/sock", server->dir);
	strcpy(address.sun_path, server->path);
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->fd, 1), 0);
	*state = server;
	return 0;
}

static int teardown(void **state)
{
	struct server *server = *state;
	int status;

	if (server->pid > 0) {
		close(server->fd);
		server->fd = -1;
		assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	if (server->fd >= 0)
		close(server->fd);
	assert_int_equal(unlink(server->path), 0);
	assert_int_equal(rmdir(server->dir), 0);
	free(server);
	return 0;
}

/* Serves one connection in a child. Two streams: one cannot turn from input to output at will. */
static void serve(struct server *server, void (*talk)(FILE *in, FILE *out))
{
	server->pid = fork();
	assert_that(server->pid, >=, 0);
	if (server->pid == 0) {
		int fd = accept(server->fd, NULL, NULL);
		FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");

		if (in == NULL || out == NULL)
			_exit(1);
		talk(in, out);
		fclose(out);
		fclose(in);
		_exit(0);
	}
}

/* Answers each line with its own text; big ones are padded. */
static void echo(FILE *in, FILE *out)
{
	char line[256];

	while (fgets(line, sizeof(line), in) != NULL) {
		if (strcmp(line, "big\n") == 0) {
			for (int i = 0; i < BIG; i++)
				fputc('x', out);
		}
		fprintf(out, "got %s", line);
		fflush(out);
	}
}

static void test_requests(void **state)
{
	struct server *server = *state;
	struct tw_client_line *client = NULL;
	struct tw_buf line;

	serve(server, echo);
	tw_buf_init(&line, TW_CLIENT_LINE_MAX);
	assert_int_equal(tw_client_line_connect(server->path, TW_MIN, &client), 0);
	assert_int_equal(tw_client_line_request(client, "select", TW_MIN, &line), 0);
	assert_string_equal(tw_buf_str(&line), "got select");
	assert_int_equal(tw_client_line_request(client, "", TW_NEVER, &line), 0);
	assert_string_equal(tw_buf_str(&line), "got ");
	assert_int_equal(tw_client_line_request(client, "big", TW_MIN, &line), 0);
	assert_int_equal(line.len, BIG + strlen("got big"));
	assert_int_equal(tw_client_line_request(client, "a\nb", TW_MIN, &line), -EINVAL);
	/* Pipelined: the lines come one by one. */
	assert_int_equal(tw_client_line_send(client, "one", TW_MIN), 0);
	assert_int_equal(tw_client_line_send(client, "two", TW_MIN), 0);
	assert_int_equal(tw_client_line_receive(client, TW_MIN, &line), 0);
	assert_string_equal(tw_buf_str(&line), "got one");
	assert_int_equal(tw_client_line_receive(client, TW_MIN, &line), 0);
	assert_string_equal(tw_buf_str(&line), "got two");
	/* Nothing more is to come. */
	assert_int_equal(tw_client_line_receive(client, 20 * TW_MS, &line), -ETIMEDOUT);
	assert_int_equal(tw_client_line_receive(client, 0, &line), -ETIMEDOUT);
	/* A line that is longer than the caller wants is lost, the next one is not. */
	tw_buf_finish(&line);
	tw_buf_init(&line, 8);
	assert_int_equal(tw_client_line_request(client, "three", TW_MIN, &line), -EMSGSIZE);
	assert_int_equal(tw_client_line_request(client, "4", TW_MIN, &line), 0);
	assert_string_equal(tw_buf_str(&line), "got 4");
	tw_client_line_destroy(client);
	tw_buf_finish(&line);
}

static void say_half(FILE *in, FILE *out)
{
	(void)in;
	fputs("whole\nhalf", out);
}

static void test_takes_null(void **state)
{
	(void)state;
	tw_client_line_destroy(NULL);
	tipwatch_close(NULL);
}

static void test_closed(void **state)
{
	struct server *server = *state;
	struct tw_client_line *client = NULL;
	struct tw_buf line;

	serve(server, say_half);
	tw_buf_init(&line, 100);
	assert_int_equal(tw_client_line_connect(server->path, TW_MIN, &client), 0);
	/* The other side is done before it was asked; what it said is heard all the same. */
	assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
	server->pid = 0;
	assert_int_equal(tw_client_line_request(client, "select", TW_MIN, &line), 0);
	assert_string_equal(tw_buf_str(&line), "whole");
	assert_int_equal(tw_client_line_receive(client, TW_MIN, &line), -ECONNRESET);
	assert_int_equal(tw_client_line_send(client, "more", TW_MIN), -EPIPE);
	tw_client_line_destroy(client);
	tw_buf_finish(&line);
}

static void say_endless(FILE *in, FILE *out)
{
	(void)in;
	while (fputs("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", out) >= 0)
		;
}

static void test_endless_line(void **state)
{
	struct server *server = *state;
	struct tw_client_line *client = NULL;
	struct tw_buf line;

	(void)signal(SIGPIPE, SIG_IGN); /* for the child */
	serve(server, say_endless);
	tw_buf_init(&line, TW_CLIENT_LINE_MAX);
	assert_int_equal(tw_client_line_connect(server->path, TW_MIN, &client), 0);
	assert_int_equal(tw_client_line_receive(client, TW_MIN, &line), -EMSGSIZE);
	tw_client_line_destroy(client);
	tw_buf_finish(&line);
}

static void test_connect_errors(void **state)
{
	struct server *server = *state;
	struct tw_client_line *clients[16] = { NULL };
	struct tw_client_line *client = NULL;
	char path[200];
	int r = 0;

	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(tw_client_line_connect(path, TW_SEC, &client), -ENAMETOOLONG);
	snprintf(path, sizeof(path), "%s/none", server->dir);
	assert_int_equal(tw_client_line_connect(path, TW_SEC, &client), -ENOENT);
	assert_int_equal(tw_client_line_connect(server->dir, TW_SEC, &client), -ECONNREFUSED);
	/* Nobody accepts: the queue fills up, and then it is a matter of time. */
	for (size_t i = 0; i < TW_ARRAY_SIZE(clients) && r == 0; i++)
		r = tw_client_line_connect(server->path, 20 * TW_MS, &clients[i]);
	assert_int_equal(r, -ETIMEDOUT);
	/* No time at all is not the same as for ever. */
	assert_int_equal(tw_client_line_connect(server->path, 0, &client), -ETIMEDOUT);
	for (size_t i = 0; i < TW_ARRAY_SIZE(clients); i++)
		tw_client_line_destroy(clients[i]);
	close(server->fd);
	server->fd = -1;
	assert_int_equal(tw_client_line_connect(server->path, TW_SEC, &client), -ECONNREFUSED);
	assert_null(client);
}

/* The directories that a service manager made come first, for whomever tipwatchd runs as. */
static void test_paths_of_a_service(void **state)
{
	struct tw_paths_env env = { .runtime_dir = "/run/user/7",
		.home = "/home/u",
		.service_runtime = "/run/tipwatch:/run/other",
		.service_state = "/var/lib/private/x",
		.system_socket = "/run/tipwatch/control.sock" };
	char path[TW_PATHS_MAX];

	(void)state;
	for (env.euid = 0; env.euid <= 7; env.euid += 7) {
		assert_int_equal(tw_paths_control(&env, path), 0);
		assert_string_equal(path, "/run/tipwatch/control.sock");
		assert_int_equal(tw_paths_state(&env, path), 0);
		assert_string_equal(path, "/var/lib/private/x");
	}
	/* Only tipwatchd looks at them: a pool's own directories are not tipwatchd's. */
	assert_int_equal(setenv("RUNTIME_DIRECTORY", "/run/pool", 1), 0);
	assert_int_equal(setenv("STATE_DIRECTORY", "/var/lib/pool", 1), 0);
	tw_paths_read_env(&env);
	assert_null(env.service_runtime);
	assert_null(env.service_state);
	tw_paths_read_service_env(&env);
	assert_string_equal(env.service_runtime, "/run/pool");
	assert_string_equal(env.service_state, "/var/lib/pool");
	assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
}

/* Where HOME is none, the directory that the system knows. */
static void test_home(void **state)
{
	static const char *const none[] = { NULL, "", "relative/home" };
	const struct passwd *user = getpwuid(geteuid());
	char *home = getenv("HOME");
	struct tw_paths_env env;

	(void)state;
	assert_non_null(user);
	home = home == NULL ? NULL : strdup(home);
	for (size_t i = 0; i < TW_ARRAY_SIZE(none); i++) {
		if (none[i] == NULL)
			assert_int_equal(unsetenv("HOME"), 0);
		else
			assert_int_equal(setenv("HOME", none[i], 1), 0);
		tw_paths_read_env(&env);
		assert_string_equal(env.home, user->pw_dir);
	}
	assert_int_equal(setenv("HOME", "/somewhere/else", 1), 0);
	tw_paths_read_env(&env);
	assert_string_equal(env.home, "/somewhere/else");
	if (home == NULL)
		assert_int_equal(unsetenv("HOME"), 0);
	else
		assert_int_equal(setenv("HOME", home, 1), 0);
	free(home);
}

static int connect_and_close(const char *path)
{
	struct tipwatch *tipwatch = NULL;
	int r = tipwatch_connect(path, TW_MIN / TW_MS, &tipwatch);

	if (r == 0)
		tipwatch_close(tipwatch);
	return r;
}

/* An empty TIPWATCH_SOCKET is the same as none: the usual place is tried. */
static void test_socket_of_the_environment(void **state)
{
	const struct server *server = *state;
	int usual;

	assert_int_equal(unsetenv("TIPWATCH_SOCKET"), 0);
	usual = connect_and_close(NULL);
	assert_int_equal(setenv("TIPWATCH_SOCKET", "", 1), 0);
	assert_int_equal(connect_and_close(NULL), usual);
	assert_int_equal(connect_and_close(""), usual);
	assert_int_equal(setenv("TIPWATCH_SOCKET", "/nowhere/sock", 1), 0);
	assert_int_equal(connect_and_close(NULL), -ENOENT);
	/* What the caller says goes before it. */
	assert_int_equal(connect_and_close(server->path), 0);
	assert_int_equal(setenv("TIPWATCH_SOCKET", server->path, 1), 0);
	assert_int_equal(connect_and_close(NULL), 0);
	assert_int_equal(unsetenv("TIPWATCH_SOCKET"), 0);
}

static void test_paths(void **state)
{
	struct server *server = *state;
	struct tw_paths_env env = { .euid = 0,
		.runtime_dir = "/run/user/7",
		.home = "/home/u",
		.system_socket = "/run/tipwatch/control.sock" };
	char path[TW_PATHS_MAX], dir[TW_PATHS_MAX + 8];

	assert_int_equal(tw_paths_control(&env, path), 0);
	assert_string_equal(path, "/run/tipwatch/control.sock");
	assert_int_equal(tw_paths_find_control(&env, path), 0);
	assert_string_equal(path, "/run/tipwatch/control.sock");
	assert_int_equal(tw_paths_state(&env, path), 0);
	assert_string_equal(path, "/var/lib/tipwatch");

	env.euid = 7;
	assert_int_equal(tw_paths_control(&env, path), 0);
	assert_string_equal(path, "/run/user/7/tipwatch/control.sock");
	assert_int_equal(tw_paths_state(&env, path), 0);
	assert_string_equal(path, "/run/user/7/tipwatch");
	env.runtime_dir = "relative";
	assert_int_equal(tw_paths_control(&env, path), 0);
	assert_string_equal(path, "/home/u/.local/state/tipwatch/control.sock");
	env.runtime_dir = NULL;
	assert_int_equal(tw_paths_state(&env, path), 0);
	assert_string_equal(path, "/home/u/.local/state/tipwatch");
	env.home = NULL;
	assert_int_equal(tw_paths_control(&env, path), -ENOENT);
	memset(dir, '/', sizeof(dir) - 1);
	dir[sizeof(dir) - 1] = '\0';
	env.home = dir;
	assert_int_equal(tw_paths_control(&env, path), -ENAMETOOLONG);

	/* The system's socket where there is none of one's own. */
	env.home = server->dir;
	env.system_socket = server->path;
	assert_int_equal(tw_paths_find_control(&env, path), 0);
	assert_string_equal(path, server->path);
	env.system_socket = "/nonexistent/control.sock";
	assert_int_equal(tw_paths_find_control(&env, path), 0);
	assert_contains(path, "/.local/state/tipwatch/control.sock");
	env.system_socket = server->path;
	snprintf(dir, sizeof(dir), "%s/tipwatch", server->dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	strcat(dir, "/control.sock");
	close(open(dir, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	env.runtime_dir = server->dir;
	assert_int_equal(tw_paths_find_control(&env, path), 0);
	assert_string_equal(path, dir);
	assert_int_equal(unlink(dir), 0);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_requests),
		T(test_takes_null),
		T(test_closed),
		T(test_endless_line),
		T(test_connect_errors),
		T(test_home),
		T(test_paths),
		T(test_socket_of_the_environment),
		T(test_paths_of_a_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
