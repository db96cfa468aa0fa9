/* io/control: the socket as a file, who gets it, and who may command through it. */
#include "control_fixture.h"
#include "fixture/compare.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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

enum { NOBODY = 65534 };

static int create(struct fixture *fixture, struct tw_control **ret_control)
{
	static const struct tw_ctl_ops none;

	return tw_control_create(fixture->loop, &fixture->config, &none, NULL, ret_control);
}

static void expect_ping(struct fixture *fixture)
{
	struct peer peer;

	peer_connect(&peer, fixture);
	peer_say(&peer, "ping\n");
	peer_expect(&peer, "{\"pong\":true}");
	peer_close(&peer);
}

static void test_live_and_stale(void **state)
{
	struct fixture *fixture = *state;
	struct tw_control *second = NULL;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat before, after;
	char lock[128];
	int fd;

	/* The socket of a live process is left alone. */
	assert_int_equal(stat(fixture->path, &before), 0);
	assert_int_equal(create(fixture, &second), -EADDRINUSE);
	assert_null(second);
	assert_int_equal(stat(fixture->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	expect_ping(fixture);
	/* Also when its lock file was removed. */
	snprintf(lock, sizeof(lock), "%s.lock", fixture->path);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(create(fixture, &second), -EADDRINUSE);
	expect_ping(fixture);
	fixture_stop(fixture);
	assert_int_equal(access(fixture->path, F_OK), -1);

	/* What a process that was killed leaves behind is replaced. */
	strcpy(address.sun_path, fixture->path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 5), 0);
	/* A process listens that does not use our lock file. */
	assert_int_equal(create(fixture, &second), -EADDRINUSE);
	close(fd);
	fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_that(fd, >=, 0);
	close(fd);
	fixture_start(fixture);
	expect_ping(fixture);
}

static void test_bad_paths(void **state)
{
	struct fixture *fixture = *state;
	struct tw_control *control = NULL;
	struct stat st;
	char path[300], empty[] = "";
	size_t len;
	int fd;

	/* The longest path that fits is used; one byte more is an error, not a cut path. */
	len = (size_t)snprintf(path, sizeof(path), "%s/", fixture->dir);
	memset(path + len, 'p', sizeof(path) - len);
	path[sizeof(((struct sockaddr_un *)NULL)->sun_path)] = '\0';
	fixture->config.control_path = path;
	assert_int_equal(create(fixture, &control), -ENAMETOOLONG);
	path[strlen(path) - 1] = '\0';
	assert_int_equal(create(fixture, &control), 0);
	assert_int_equal(stat(path, &st), 0);
	tw_control_destroy(control);
	assert_int_equal(stat(path, &st), -1);

	fixture->config.control_path = empty;
	assert_int_equal(create(fixture, &control), -EINVAL);

	/* A file that is no socket is not removed. */
	snprintf(path, sizeof(path), "%s/file", fixture->dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_that(fd, >=, 0);
	close(fd);
	fixture->config.control_path = path;
	assert_int_equal(create(fixture, &control), -EEXIST);
	assert_int_equal(unlink(path), 0);

	/* A directory that cannot be made. */
	snprintf(path, sizeof(path), "%s/sub/control.sock", fixture->path);
	assert_int_equal(create(fixture, &control), -ENOTDIR);
	fixture->config.control_path = fixture->path;
}

static void test_not_ours_any_more(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;
	int fd;

	assert_int_equal(unlink(fixture->path), 0);
	fd = open(fixture->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_that(fd, >=, 0);
	close(fd);
	fixture_stop(fixture);
	assert_int_equal(stat(fixture->path, &st), 0);
}

static void test_mode_and_group(void **state)
{
	static char users[] = "users", unknown[] = "tipwatch-no-such-group", none[] = "";
	struct fixture *fixture = *state;
	struct tw_control *control = NULL;
	const struct group *group = getgrnam(users);
	mode_t mask = umask(0);
	struct stat st;

	(void)umask(mask);
	assert_int_equal(stat(fixture->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	fixture->config.control_mode = 0606;
	tw_control_configure(fixture->control, &fixture->config);
	assert_int_equal(stat(fixture->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0606);
	fixture_stop(fixture);

	fixture->config.control_group = unknown;
	assert_int_equal(create(fixture, &control), -EINVAL);
	assert_int_equal(access(fixture->path, F_OK), -1);
	fixture->config.control_group = none;
	fixture->config.control_operators = unknown;
	assert_int_equal(create(fixture, &control), -EINVAL);
	fixture->config.control_operators = none;
	if (geteuid() == 0 && group != NULL)
		fixture->config.control_group = users;
	fixture->config.control_mode = 0777;
	fixture_start(fixture);
	assert_int_equal(stat(fixture->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0777);
	if (fixture->config.control_group == users)
		assert_int_equal(st.st_gid, group->gr_gid);
	/* A group that was removed does not end the service. */
	fixture->config.control_group = unknown;
	tw_control_configure(fixture->control, &fixture->config);
	expect_ping(fixture);
	/* The mask is as before. */
	assert_int_equal(umask(mask), mask);
}

/* Of many processes that start at once on a stale socket exactly one gets it. */
static void test_race(void **state)
{
	enum { ROUNDS = 20, RACERS = 6 };
	struct fixture *fixture = *state;

	fixture_stop(fixture);
	for (int round = 0; round < ROUNDS; round++) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		int start[2], result[2], end[2], n_won = 0, fd;
		char c;

		strcpy(address.sun_path, fixture->path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
		close(fd);
		assert_int_equal(pipe(start) + pipe(result) + pipe(end), 0);
		for (int i = 0; i < RACERS; i++) {
			pid_t pid = fork();

			assert_that(pid, >=, 0);
			if (pid > 0)
				continue;
			struct tw_control *control = NULL;

			close(start[1]);
			close(end[1]);
			(void)!read(start[0], &c, 1);
			c = create(fixture, &control) == 0 ? 'w' : 'l';
			(void)!write(result[1], &c, 1);
			/* The one that got it stays until all have tried. */
			(void)!read(end[0], &c, 1);
			tw_control_destroy(control);
			_exit(0);
		}
		close(start[0]);
		close(start[1]);
		for (int i = 0; i < RACERS; i++) {
			assert_int_equal(read(result[0], &c, 1), 1);
			n_won += c == 'w';
		}
		assert_int_equal(n_won, 1);
		close(end[1]);
		for (int i = 0; i < RACERS; i++)
			assert_that(wait(NULL), >, 0);
		close(end[0]);
		close(result[0]);
		close(result[1]);
		assert_int_equal(access(fixture->path, F_OK), -1);
	}
	fixture_start(fixture);
}

/* Connects as another user and returns the descriptor, or -1. */
static int connect_as(struct fixture *fixture, uid_t uid, gid_t gid, size_t n_groups, gid_t *groups)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int status, pair[2], fd = -1;
	char byte, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	pid_t pid;

	strcpy(address.sun_path, fixture->path);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	assert_that(pid, >=, 0);
	if (pid == 0) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (setgroups(n_groups, groups) < 0 || setgid(gid) < 0 || setuid(uid) < 0 ||
			connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
			_exit(1);
		header = CMSG_FIRSTHDR(&message);
		if (header == NULL)
			_exit(1);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
		byte = 'x';
		_exit(sendmsg(pair[1], &message, 0) == 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		assert_int_equal(recvmsg(pair[0], &message, 0), 1);
		header = CMSG_FIRSTHDR(&message);
		if (header == NULL)
			abort();
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
		assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	}
	close(pair[0]);
	close(pair[1]);
	return fd;
}

/* Whether that user may drain; everybody may select. */
static bool may_drain(struct fixture *fixture, uid_t uid, gid_t gid, size_t n_groups, gid_t *groups)
{
	struct peer peer = { .fixture = fixture };
	uint64_t before = fixture->n_operations;
	char *line;
	bool is_done;

	peer.fd = connect_as(fixture, uid, gid, n_groups, groups);
	assert_that(peer.fd, >=, 0);
	tw_buf_init(&peer.in, 1 << 20);
	peer_say(&peer, "drain alpha\nselect\n");
	line = peer_line(&peer);
	is_done = strcmp(line, "{\"ok\":true,\"node\":\"alpha\"}") == 0;
	if (!is_done)
		assert_contains(line, "\"forbidden\"");
	free(line);
	peer_expect_part(&peer, "{\"select\":");
	assert_int_equal(fixture->n_operations, before + is_done);
	peer_close(&peer);
	return is_done;
}

static void test_credentials(void **state)
{
	static char users[] = "users", unknown[] = "tipwatch-no-such-group", none[] = "";
	struct fixture *fixture = *state;
	gid_t groups[3] = { 4711, 0, 4712 };
	const struct group *group = getgrnam(users);
	struct peer own;

	/* Its own user, and root. */
	peer_connect(&own, fixture);
	peer_say(&own, "unpin\n");
	peer_expect(&own, "{\"ok\":true}");
	peer_close(&own);
	if (geteuid() != 0 || group == NULL)
		skip(); /* the rest acts as other users */
	groups[1] = group->gr_gid;

	/* Not by the mode of the socket. */
	assert_int_equal(connect_as(fixture, NOBODY, NOBODY, 0, NULL), -1);
	fixture->config.control_mode = 0666;
	tw_control_configure(fixture->control, &fixture->config);
	assert_false(may_drain(fixture, NOBODY, NOBODY, 0, NULL));
	assert_false(may_drain(fixture, NOBODY, NOBODY, 3, groups));
	assert_false(may_drain(fixture, NOBODY, 0, 0, NULL)); /* root's group is not root */
	assert_true(may_drain(fixture, 0, NOBODY, 0, NULL));

	/* By the primary group, or a supplementary one. */
	fixture->config.control_operators = users;
	tw_control_configure(fixture->control, &fixture->config);
	assert_false(may_drain(fixture, NOBODY, NOBODY, 0, NULL));
	assert_true(may_drain(fixture, NOBODY, group->gr_gid, 0, NULL));
	assert_true(may_drain(fixture, NOBODY, NOBODY, 3, groups));
	groups[1] = 4713;
	assert_false(may_drain(fixture, NOBODY, NOBODY, 3, groups));

	/* Taken away by a reload, also from a connection that is open. */
	own = (struct peer){ .fixture = fixture };
	tw_buf_init(&own.in, 1 << 20);
	own.fd = connect_as(fixture, NOBODY, group->gr_gid, 0, NULL);
	peer_say(&own, "unpin\n");
	peer_expect(&own, "{\"ok\":true}");
	fixture->config.control_operators = unknown;
	tw_control_configure(fixture->control, &fixture->config);
	peer_say(&own, "unpin\n");
	peer_expect_part(&own, "\"forbidden\"");
	peer_close(&own);
	fixture->config.control_operators = none;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_live_and_stale),
		T(test_bad_paths),
		T(test_not_ours_any_more),
		T(test_mode_and_group),
		T(test_race),
		T(test_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
