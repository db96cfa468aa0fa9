/* io/notify against a real datagram socket, as systemd would have it. */
#include "base/num.h"
#include "base/time.h"
#include "fixture/compare.h"
#include "io/notify.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	int fd; /* the manager's end */
	char dir[64];
	char name[108 + 1];
	struct tw_notify *notify;
};

/* Binds a datagram socket where name says, '@' meaning abstract. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_that(fd, >=, 0);
	assert_that(len, <=, sizeof(address.sun_path));
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	return fd;
}

static void expect_text(struct fixture *f, const char *text)
{
	char line[512];
	ssize_t n = recv(f->fd, line, sizeof(line) - 1, MSG_DONTWAIT);

	assert_that(n, >=, 0);
	line[n] = '\0';
	assert_string_equal(line, text);
}

static void expect_silence(struct fixture *f)
{
	char c;

	assert_int_equal(recv(f->fd, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/tw-notify-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->name, sizeof(f->name), "%s/s", f->dir);
	f->fd = listen_at(f->name);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_notify_destroy(f->notify);
	close(f->fd);
	snprintf(f->name, sizeof(f->name), "%s/s", f->dir);
	unlink(f->name);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void test_harmless_alone(void **state)
{
	struct fixture *f = *state;

	setenv("WATCHDOG_USEC", "1000000", 1);
	assert_int_equal(tw_notify_create(&f->notify), 0);
	assert_int_equal(tw_notify_watchdog_us(f->notify), 0);
	assert_int_equal(tw_notify_ready(f->notify), 0);
	assert_int_equal(tw_notify_reloading(f->notify), 0);
	assert_int_equal(tw_notify_stopping(f->notify), 0);
	assert_int_equal(tw_notify_watchdog(f->notify), 0);
	assert_int_equal(tw_notify_status(f->notify, "x"), 0);
	expect_silence(f);
}

static void test_messages(void **state)
{
	static const char head[] = "RELOADING=1\nMONOTONIC_USEC=";
	struct fixture *f = *state;
	struct timespec ts;
	char line[512];
	int64_t us, now_us;
	ssize_t n;

	setenv("NOTIFY_SOCKET", f->name, 1);
	assert_int_equal(tw_notify_create(&f->notify), 0);
	assert_int_equal(tw_notify_ready(f->notify), 0);
	expect_text(f, "READY=1");
	assert_int_equal(tw_notify_stopping(f->notify), 0);
	expect_text(f, "STOPPING=1");
	assert_int_equal(tw_notify_watchdog(f->notify), 0);
	expect_text(f, "WATCHDOG=1");
	assert_int_equal(tw_notify_status(f->notify, "consensus\nREADY=0"), 0);
	expect_text(f, "STATUS=consensus?READY=0");

	assert_int_equal(tw_notify_reloading(f->notify), 0);
	n = recv(f->fd, line, sizeof(line) - 1, MSG_DONTWAIT);
	assert_that(n, >, (ssize_t)strlen(head));
	assert_memory_equal(line, head, strlen(head));
	assert_int_equal(
		tw_num_parse(line + strlen(head), (size_t)n - strlen(head), 0, INT64_MAX, &us), 0);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	now_us = ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
	assert_in_range(us, now_us - 10 * TW_SEC, now_us);
}

static void test_long_status(void **state)
{
	struct fixture *f = *state;
	char text[TW_NOTIFY_STATUS_MAX + 100], expected[TW_NOTIFY_STATUS_MAX + 8];

	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	snprintf(expected, sizeof(expected), "STATUS=%.*s", TW_NOTIFY_STATUS_MAX, text);
	setenv("NOTIFY_SOCKET", f->name, 1);
	assert_int_equal(tw_notify_create(&f->notify), 0);
	assert_int_equal(tw_notify_status(f->notify, text), 0);
	expect_text(f, expected);
}

static void test_abstract(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address;
	socklen_t len = sizeof(address);
	char name[sizeof(address.sun_path) + 1];
	size_t n;

	/* An address of no bytes makes the kernel choose a free abstract one. */
	close(f->fd);
	f->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	assert_int_equal(
		bind(f->fd, (const struct sockaddr *)&address, sizeof(address.sun_family)), 0);
	assert_int_equal(getsockname(f->fd, (struct sockaddr *)&address, &len), 0);
	n = len - offsetof(struct sockaddr_un, sun_path);
	memcpy(name, address.sun_path, n);
	name[0] = '@';
	name[n] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(tw_notify_create(&f->notify), 0);
	assert_int_equal(tw_notify_ready(f->notify), 0);
	expect_text(f, "READY=1");
}

static void test_abstract_as_long_as_can_be(void **state)
{
	struct fixture *f = *state;
	const size_t max = sizeof(((struct sockaddr_un *)0)->sun_path);

	close(f->fd);
	memset(f->name, 'n', max);
	f->name[max] = '\0';
	snprintf(f->name, max, "@tipwatch-test-%ld-", (long)getpid());
	f->name[strlen(f->name)] = 'n';
	assert_int_equal(strlen(f->name), max);
	f->fd = listen_at(f->name);
	setenv("NOTIFY_SOCKET", f->name, 1);
	assert_int_equal(tw_notify_create(&f->notify), 0);
	assert_int_equal(tw_notify_ready(f->notify), 0);
	expect_text(f, "READY=1");
}

static void test_bad_sockets(void **state)
{
	struct fixture *f = *state;
	char path[110];
	struct {
		const char *name;
		int r;
	} cases[] = {
		{ "", 0 },
		{ "relative", -EINVAL },
		{ "@", -EINVAL },
		{ "/", -EINVAL },
		{ path, -ENAMETOOLONG },
		{ path + 1, -ENAMETOOLONG },
	};

	/* A path of 108 bytes has no room for its NUL; 109 never fit. */
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		setenv("NOTIFY_SOCKET", cases[i].name, 1);
		assert_int_equal(tw_notify_create(&f->notify), cases[i].r);
		assert_int_equal(tw_notify_ready(f->notify), 0);
		tw_notify_destroy(f->notify);
		f->notify = NULL;
	}
	expect_silence(f);
}

static void test_watchdog(void **state)
{
	struct fixture *f = *state;
	char own[16], other[16];
	struct {
		const char *usec, *pid;
		int64_t us;
	} cases[] = {
		{ "30000000", NULL, 15000000 },
		{ "30000000", own, 15000000 },
		{ "30000000", other, 0 },
		{ "30000000", "x", 0 },
		{ "0", NULL, 0 },
		{ "-5", NULL, 0 },
		{ "1", NULL, 1 },
		{ "30s", NULL, 0 },
		{ "99999999999999999999", NULL, 0 },
		{ NULL, own, 0 },
	};

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	snprintf(other, sizeof(other), "%ld", (long)getpid() + 1);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		setenv("NOTIFY_SOCKET", f->name, 1);
		if (cases[i].usec != NULL)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid != NULL)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		assert_int_equal(tw_notify_create(&f->notify), 0);
		assert_int_equal(tw_notify_watchdog_us(f->notify), cases[i].us);
		/* Programs that we start must not find them. */
		assert_null(getenv("NOTIFY_SOCKET"));
		assert_null(getenv("WATCHDOG_USEC"));
		assert_null(getenv("WATCHDOG_PID"));
		tw_notify_destroy(f->notify);
		f->notify = NULL;
	}
}

/* A manager that does not read, or is not there, only causes an error; it may come back. */
static void test_manager_away(void **state)
{
	struct fixture *f = *state;
	int r = 0;

	setenv("NOTIFY_SOCKET", f->name, 1);
	assert_int_equal(tw_notify_create(&f->notify), 0);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = tw_notify_watchdog(f->notify);
	assert_int_equal(r, -EAGAIN);
	close(f->fd);
	assert_int_equal(tw_notify_watchdog(f->notify), -ECONNREFUSED);
	assert_int_equal(unlink(f->name), 0);
	assert_int_equal(tw_notify_watchdog(f->notify), -ENOENT);
	f->fd = listen_at(f->name);
	assert_int_equal(tw_notify_ready(f->notify), 0);
	expect_text(f, "READY=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_harmless_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abstract, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abstract_as_long_as_can_be, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_sockets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
		cmocka_unit_test_setup_teardown(test_manager_away, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
