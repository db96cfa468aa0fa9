/* io/listen/tcp and acceptor: addresses, ports, errors, a process out of descriptors. */
#include "fixture/compare.h"
#include "http_client.h"
#include "io/listen/tcp.h"
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct tw_listen listen_on(const char *host, uint16_t port)
{
	struct tw_listen listen = { .is_on = true, .port = port };

	snprintf(listen.host, sizeof(listen.host), "%s", host);
	return listen;
}

struct taker {
	struct tw_loop *loop;
	struct tw_acceptor *acceptor;
	uint16_t port;
	int taken;
	int stop_at;
	bool is_pausing; /* after each one */
};

static void take(void *ctx, int fd, const struct sockaddr *address, socklen_t address_len)
{
	struct taker *taker = ctx;

	assert_true(address->sa_family == AF_INET || address->sa_family == AF_INET6);
	assert_that(address_len, >=, sizeof(struct sockaddr_in));
	assert_int_equal(close(fd), 0);
	if (taker->is_pausing)
		tw_acceptor_pause(taker->acceptor, true);
	if (++taker->taken == taker->stop_at)
		tw_loop_stop(taker->loop);
}

static int create(struct taker *taker, const char *host, uint16_t port)
{
	struct tw_listen listen = listen_on(host, port);

	return tw_tcp_listen(taker->loop, &listen, take, taker, &taker->acceptor, &taker->port);
}

static bool has_ipv6(struct tw_loop *loop)
{
	struct taker taker = { .loop = loop };
	int r = create(&taker, "::1", 0);

	assert_true(r == 0 || r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT);
	if (r == 0)
		tw_acceptor_destroy(taker.acceptor);
	return r == 0;
}

static void expect_connections(struct taker *taker, int family, int n)
{
	struct client clients[4];
	int before = taker->taken;

	for (int i = 0; i < n; i++)
		client_open(&clients[i], family, taker->port);
	taker->stop_at = taker->taken + n;
	assert_int_equal(tw_loop_run(taker->loop), 0);
	assert_int_equal(taker->taken, before + n);
	for (int i = 0; i < n; i++)
		client_close(&clients[i]);
}

static void test_addresses(void **state)
{
	struct taker taker = { 0 };
	bool is_ipv6;

	(void)state;
	assert_int_equal(tw_loop_create(&taker.loop), 0);
	is_ipv6 = has_ipv6(taker.loop);
	assert_int_equal(create(&taker, "127.0.0.1", 0), 0);
	expect_connections(&taker, AF_INET, 3);
	tw_acceptor_destroy(taker.acceptor);
	if (is_ipv6) {
		assert_int_equal(create(&taker, "::1", 0), 0);
		expect_connections(&taker, AF_INET6, 3);
		tw_acceptor_destroy(taker.acceptor);
	}
	/* A name: every address it has, with one port. */
	assert_int_equal(create(&taker, "localhost", 0), 0);
	expect_connections(&taker, AF_INET, 2);
	tw_acceptor_destroy(taker.acceptor);
	tw_loop_destroy(taker.loop);
}

static void test_errors(void **state)
{
	struct taker taker = { 0 }, second = { 0 };
	uint16_t port;

	(void)state;
	assert_int_equal(tw_loop_create(&taker.loop), 0);
	second.loop = taker.loop;
	assert_int_equal(create(&taker, "127.0.0.1", 0), 0);
	port = taker.port;
	assert_int_equal(create(&second, "127.0.0.1", port), -EADDRINUSE);
	assert_null(second.acceptor);
	/* TEST-NET-1 is nobody's address. */
	assert_int_equal(create(&second, "192.0.2.1", 0), -EADDRNOTAVAIL);
	assert_int_equal(create(&second, "not a host name", 0), -EADDRNOTAVAIL);
	/* With connections just closed the port can be had again at once. */
	expect_connections(&taker, AF_INET, 2);
	tw_acceptor_destroy(taker.acceptor);
	assert_int_equal(create(&taker, "127.0.0.1", port), 0);
	tw_acceptor_destroy(taker.acceptor);
	tw_acceptor_destroy(NULL);
	tw_loop_destroy(taker.loop);
}

/* Paused from within the handler: not one more, until it goes on. */
static void test_pause(void **state)
{
	struct taker taker = { .is_pausing = true, .stop_at = 1 };
	struct client clients[3];

	(void)state;
	assert_int_equal(tw_loop_create(&taker.loop), 0);
	assert_int_equal(create(&taker, "127.0.0.1", 0), 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(clients); i++)
		client_open(&clients[i], AF_INET, taker.port);
	for (int i = 1; i <= 3; i++) {
		taker.stop_at = i;
		assert_int_equal(tw_loop_run(taker.loop), 0);
		assert_int_equal(taker.taken, i);
		tw_acceptor_pause(taker.acceptor, false);
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(clients); i++)
		client_close(&clients[i]);
	tw_acceptor_destroy(taker.acceptor);
	tw_loop_destroy(taker.loop);
}

/* --- out of descriptors --- */

enum { CLIENTS = 40, DESCRIPTORS = 24, WATCHED_US = 500000 };

struct hoarder {
	struct tw_loop *loop;
	struct tw_loop_timer *timer;
	int fds[CLIENTS];
	int n;
	int total;
};

static void hoard(void *ctx, int fd, const struct sockaddr *address, socklen_t address_len)
{
	struct hoarder *hoarder = ctx;

	(void)address;
	(void)address_len;
	hoarder->fds[hoarder->n++] = fd;
	if (++hoarder->total == CLIENTS)
		tw_loop_stop(hoarder->loop);
}

static void let_go(void *ctx)
{
	struct hoarder *hoarder = ctx;

	while (hoarder->n > 0)
		close(hoarder->fds[--hoarder->n]);
	tw_loop_arm(hoarder->timer, tw_loop_now(hoarder->loop) + WATCHED_US);
}

/* A server that runs out of descriptors, has none for a while, and then gives all back. */
static int run_out(int port_pipe, int start_pipe)
{
	const struct rlimit limit = { .rlim_cur = DESCRIPTORS, .rlim_max = DESCRIPTORS };
	struct tw_listen listen = listen_on("127.0.0.1", 0);
	struct hoarder hoarder = { 0 };
	struct tw_acceptor *acceptor;
	uint16_t port;
	char byte;

	if (tw_loop_create(&hoarder.loop) < 0 ||
		tw_tcp_listen(hoarder.loop, &listen, hoard, &hoarder, &acceptor, &port) < 0 ||
		tw_loop_add_timer(hoarder.loop, let_go, &hoarder, &hoarder.timer) < 0)
		return 2;
	if (write(port_pipe, &port, sizeof(port)) != sizeof(port) ||
		read(start_pipe, &byte, 1) != 1 || setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 3;
	tw_loop_arm(hoarder.timer, tw_loop_now(hoarder.loop) + WATCHED_US);
	if (tw_loop_run(hoarder.loop) < 0)
		return 4;
	let_go(&hoarder);
	tw_acceptor_destroy(acceptor);
	tw_loop_remove_timer(hoarder.timer);
	tw_loop_destroy(hoarder.loop);
	return 0;
}

static int64_t us_of(const struct timeval *time)
{
	return time->tv_sec * TW_SEC + time->tv_usec;
}

static void test_out_of_descriptors(void **state)
{
	int port_pipe[2], start_pipe[2], status;
	struct client clients[CLIENTS];
	struct rusage usage;
	uint16_t port;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(port_pipe), 0);
	assert_int_equal(pipe(start_pipe), 0);
	fflush(NULL);
	child = fork();
	assert_that(child, >=, 0);
	if (child == 0) {
		(void)alarm(60);
		_exit(run_out(port_pipe[1], start_pipe[0]));
	}
	close(port_pipe[1]);
	close(start_pipe[0]);
	assert_int_equal(read(port_pipe[0], &port, sizeof(port)), sizeof(port));
	for (size_t i = 0; i < CLIENTS; i++)
		client_open(&clients[i], AF_INET, port);
	assert_int_equal(write(start_pipe[1], "x", 1), 1);
	assert_int_equal(wait4(child, &status, 0, &usage), child);
	assert_true(WIFEXITED(status));
	/* All were accepted in the end, */
	assert_int_equal(WEXITSTATUS(status), 0);
	/* and a loop that spins would have taken at least what it watched. */
	assert_that(us_of(&usage.ru_utime) + us_of(&usage.ru_stime), <, WATCHED_US / 2);
	for (size_t i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	close(port_pipe[0]);
	close(start_pipe[1]);
}

/* --- accept() that fails --- */

/* The linker sends the calls of accept4() here (-Wl,--wrap). */
int __real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);

static int n_failures, failure;

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	if (n_failures > 0) {
		n_failures--;
		errno = failure;
		return -1;
	}
	return __real_accept4(fd, address, len, flags);
}

/* What goes wrong with one connection does not delay the next; after any other error a pause keeps
 * the loop from spinning on a socket that stays readable. */
static void test_failing_accept(void **state)
{
	static const int of_one[] = { EINTR, ECONNABORTED, EPROTO, EPERM, ETIMEDOUT };
	static const int of_all[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL };
	struct taker taker = { 0 };
	int64_t started_us;

	(void)state;
	assert_int_equal(tw_loop_create(&taker.loop), 0);
	assert_int_equal(create(&taker, "127.0.0.1", 0), 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(of_one); i++) {
		failure = of_one[i];
		n_failures = 3;
		started_us = tw_loop_now(taker.loop);
		expect_connections(&taker, AF_INET, 2);
		assert_int_equal(n_failures, 0);
		assert_in_range(tw_loop_now(taker.loop) - started_us, 0, TW_ACCEPTOR_RETRY_US - 1);
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(of_all); i++) {
		failure = of_all[i];
		n_failures = 2;
		started_us = tw_loop_now(taker.loop);
		expect_connections(&taker, AF_INET, 2);
		assert_int_equal(n_failures, 0);
		assert_in_range(tw_loop_now(taker.loop) - started_us, 2 * TW_ACCEPTOR_RETRY_US,
			30 * TW_SEC);
	}
	tw_acceptor_destroy(taker.acceptor);
	tw_loop_destroy(taker.loop);
}

/* A descriptor that was closed is used at once, without waiting for the pause to end. */
static void retry(void *ctx)
{
	struct taker *taker = ctx;

	tw_acceptor_retry(taker->acceptor);
}

static void test_retry(void **state)
{
	struct taker taker = { 0 };
	struct tw_loop_timer *timer;
	int64_t started_us;

	(void)state;
	assert_int_equal(tw_loop_create(&taker.loop), 0);
	assert_int_equal(create(&taker, "127.0.0.1", 0), 0);
	assert_int_equal(tw_loop_add_timer(taker.loop, retry, &taker, &timer), 0);
	failure = EMFILE;
	n_failures = 1;
	started_us = tw_loop_now(taker.loop);
	tw_loop_arm(timer, started_us + TW_ACCEPTOR_RETRY_US / 10);
	expect_connections(&taker, AF_INET, 1);
	assert_in_range(tw_loop_now(taker.loop) - started_us, 0, TW_ACCEPTOR_RETRY_US - 1);
	tw_loop_remove_timer(timer);
	tw_acceptor_destroy(taker.acceptor);
	tw_loop_destroy(taker.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_descriptors),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_failing_accept),
		cmocka_unit_test(test_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
