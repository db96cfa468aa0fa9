/* io/check/fetch with real libcurl against servers that behave and that do not. */
#include "fetch_fixture.h"
#include "fixture/compare.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Answers everything with what it was asked, the status being ctx's. */
static void echo(struct connection *connection, void *ctx)
{
	while (connection_read(connection) &&
		connection_reply(connection, *(int *)ctx, connection_request(connection)))
		continue;
}

static void test_get(void **state)
{
	struct fetch_fixture *f = *state;
	char expected[300];
	static int status = 200;

	fetch_serve(f, echo, &status);
	fetch_expect(f, TW_RESULT_OK, "");
	assert_int_equal(f->status, 200);
	/* Byte by byte: some daemons accept nothing else. */
	snprintf(expected, sizeof(expected),
		"GET /info HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: tipwatch/" TW_VERSION
		"\r\nAccept: */*\r\n\r\n",
		server_port(f->server));
	assert_string_equal(f->body, expected);
	assert_in_range(f->rtt_us, 1, 10 * TW_SEC);
}

static void test_post(void **state)
{
	struct fetch_fixture *f = *state;
	char body[TW_RPC_BODY_MAX + 1], expected[TW_RPC_BODY_MAX + 400];
	static int status = 201;

	memset(body, 'x', sizeof(body));
	body[sizeof(body) - 1] = '\0';
	fetch_serve(f, echo, &status);
	fetch_open(f, false);
	fetch_ask(f, "/json_rpc", body, "");
	assert_int_equal(f->status, 201);
	snprintf(expected, sizeof(expected),
		"POST /json_rpc HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: tipwatch/" TW_VERSION
		"\r\nAccept: */*\r\nContent-Type: application/json\r\n"
		"Content-Length: %d\r\n\r\n%s",
		server_port(f->server), TW_RPC_BODY_MAX, body);
	assert_string_equal(f->body, expected);
	/* A GET after a POST has none of its headers. */
	fetch_ask(f, "/info", NULL, "");
	assert_memory_equal(f->body, "GET /info ", 10);
	assert_lacks(f->body, "Content-");
}

static void test_statuses(void **state)
{
	static const int statuses[] = { 202, 401, 403, 404, 500, 599 };
	struct fetch_fixture *f = *state;
	static int status;

	fetch_serve(f, echo, &status);
	fetch_open(f, false);
	for (size_t i = 0; i < TW_ARRAY_SIZE(statuses); i++) {
		status = statuses[i];
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_int_equal(f->status, statuses[i]);
		assert_that(f->len, >, 0);
	}
	assert_int_equal(server_requests(f->server), (int)TW_ARRAY_SIZE(statuses));
}

static void redirect(struct connection *connection, void *ctx)
{
	(void)ctx;
	while (connection_read(connection) &&
		connection_send(connection, "HTTP/1.1 302 Found\r\nLocation: /other\r\n"
					    "Content-Length: 0\r\n\r\n"))
		continue;
}

static void test_redirect_is_not_followed(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, redirect, NULL);
	fetch_expect(f, TW_RESULT_OK, "");
	assert_int_equal(f->status, 302);
	assert_int_equal(f->len, 0);
	assert_int_equal(server_requests(f->server), 1);
}

/* One connection for a check, closed at its end, though the server would keep it. */
static void test_connection_per_check(void **state)
{
	struct fetch_fixture *f = *state;
	static int status = 200;

	fetch_serve(f, echo, &status);
	fetch_open(f, false);
	for (int check = 1; check <= 3; check++) {
		for (int i = 0; i < 3; i++) {
			fetch_ask(f, "/info", NULL, "");
			assert_int_equal(f->result, TW_RESULT_OK);
			assert_int_equal(server_open(f->server), 1);
		}
		assert_int_equal(server_connections(f->server), check);
		tw_fetch_finish(f->fetch);
		assert_true(server_wait_closed(f->server, GUARD_MS));
	}
}

static void test_fresh_connections(void **state)
{
	struct fetch_fixture *f = *state;
	static int status = 200;

	fetch_serve(f, echo, &status);
	fetch_open(f, true);
	for (int i = 1; i <= 3; i++) {
		fetch_ask(f, "/info", NULL, "");
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_int_equal(server_connections(f->server), i);
		tw_fetch_finish(f->fetch);
		assert_true(server_wait_closed(f->server, GUARD_MS));
	}
}

static void wait_gone(struct connection *connection, void *ctx)
{
	(void)ctx;
	if (connection_read(connection))
		connection_wait_gone(connection);
}

static void on_tick(void *ctx)
{
	struct fetch_fixture *f = ctx;

	if (server_requests(f->server) > 0)
		tw_loop_stop(f->loop);
	else
		tw_loop_arm(f->guard, tw_loop_now(f->loop) + TW_MS);
}

static void test_finish_under_way(void **state)
{
	static const struct tw_rpc_request request = { .path = "/info" };
	struct fetch_fixture *f = *state;
	struct tw_loop_timer *tick;
	struct tw_loop_timer *guard = f->guard;

	fetch_serve(f, wait_gone, NULL);
	fetch_open(f, false);
	assert_int_equal(tw_loop_add_timer(f->loop, on_tick, f, &tick), 0);
	f->guard = tick;
	tw_loop_arm(tick, 0);
	assert_int_equal(tw_fetch_start(f->fetch, &request, "", TW_SEC), 0);
	assert_int_equal(tw_fetch_phase(f->fetch), TW_FETCH_CONNECTING);
	assert_int_equal(tw_loop_run(f->loop), 0);
	assert_int_equal(tw_fetch_phase(f->fetch), TW_FETCH_WAITING);
	tw_fetch_finish(f->fetch);
	assert_true(server_wait_closed(f->server, GUARD_MS));
	tw_loop_remove_timer(tick);
	f->guard = guard;
}

static void test_refused(void **state)
{
	struct fetch_fixture *f = *state;
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Bound, not listening: nobody else can take the port meanwhile. */
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	fetch_point(f, "http", "127.0.0.1", ntohs(address.sin_port));
	fetch_expect(f, TW_RESULT_REFUSED, "connection refused");
	close(fd);
}

static void test_ipv6(void **state)
{
	struct fetch_fixture *f = *state;
	static int status = 200;

	f->server = server_start("::1", echo, &status);
	fetch_point(f, "http", "[::1]", server_port(f->server));
	fetch_expect(f, TW_RESULT_OK, "");
	assert_contains(f->body, "\r\nHost: [::1]:");
}

static void test_localhost(void **state)
{
	struct fetch_fixture *f = *state;
	static int status = 200;

	fetch_serve(f, echo, &status);
	fetch_point(f, "http", "localhost", server_port(f->server));
	fetch_expect(f, TW_RESULT_OK, "");
	assert_contains(f->body, "\r\nHost: localhost:");
}

/* The addresses given are used, the next ones when the first do not work, new ones at once. */
static void test_addresses(void **state)
{
	struct fetch_fixture *f = *state;
	static int status = 200;

	fetch_serve(f, echo, &status);
	fetch_point(f, "http", "node.invalid", server_port(f->server));
	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "127.0.0.2");
	assert_int_equal(f->result, TW_RESULT_REFUSED);
	fetch_ask(f, "/info", NULL, "[::1],127.0.0.2,127.0.0.1");
	assert_int_equal(f->result, TW_RESULT_OK);
	assert_contains(f->body, "\r\nHost: node.invalid:");
	tw_fetch_finish(f->fetch);
	fetch_ask(f, "/info", NULL, "127.0.0.2");
	assert_int_equal(f->result, TW_RESULT_REFUSED);
	fetch_ask(f, "/info", NULL, "127.0.0.1");
	assert_int_equal(f->result, TW_RESULT_OK);
}

/* Whether a socket connected to port would be inherited by a program started from here. */
static void test_sockets_are_not_inherited(void **state)
{
	struct fetch_fixture *f = *state;
	static int status = 200;
	int n_found = 0;

	fetch_serve(f, echo, &status);
	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "");
	for (int fd = 0; fd < 256; fd++) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);

		if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0 ||
			peer.sin_family != AF_INET ||
			ntohs(peer.sin_port) != server_port(f->server))
			continue;
		n_found++;
		assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	}
	assert_int_equal(n_found, 1);
}

/* Connections that were shut down are closed soon, and not all together at some other time. */
static void test_many_nodes(void **state)
{
	enum { NODES = 150, LEFT_MAX = 12 };
	struct fetch_fixture *f = *state;
	struct tw_node_conf *nodes = calloc(NODES, sizeof(nodes[0]));
	struct tw_fetch *fetches[NODES];
	static int status = 200;
	int n_fds;

	assert_non_null(nodes);
	f->server = server_start("0.0.0.0", echo, &status);
	for (int i = 0; i < NODES; i++) {
		char host[sizeof("127.0.0.255")];

		snprintf(host, sizeof(host), "127.0.0.%d", i + 1);
		fetch_point(f, "http", host, server_port(f->server));
		nodes[i] = f->node;
		assert_int_equal(tw_fetch_create(f->multi, &nodes[i], MAX_REPLY, false,
					 fetch_on_reply, f, &fetches[i]),
			0);
	}
	n_fds = count_fds();
	for (int i = 0; i < NODES; i++) {
		f->fetch = fetches[i];
		fetch_ask(f, "/info", NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		tw_fetch_finish(f->fetch);
	}
	f->fetch = NULL;
	assert_int_equal(server_connections(f->server), NODES);
	assert_true(server_wait_closed(f->server, GUARD_MS));
	assert_that(count_fds(), <=, n_fds + LEFT_MAX);
	for (int i = 0; i < NODES; i++)
		tw_fetch_destroy(fetches[i]);
	free(nodes);
}

/* Those that wait for an answer have a handle of libcurl each, which later serves others. */
static void test_many_under_way(void **state)
{
	enum { FETCHES = 40 };
	static const struct tw_rpc_request request = { .path = "/info" };
	struct fetch_fixture *f = *state;
	struct tw_fetch *fetches[FETCHES];
	static int status = 200;

	fetch_serve(f, echo, &status);
	for (int i = 0; i < FETCHES; i++) {
		assert_int_equal(tw_fetch_create(f->multi, &f->node, MAX_REPLY, false,
					 fetch_on_reply, f, &fetches[i]),
			0);
		assert_int_equal(tw_fetch_start(fetches[i], &request, "", 10 * TW_SEC), 0);
	}
	for (int i = 0; i < FETCHES; i++)
		tw_fetch_finish(fetches[i]);
	for (int i = 0; i < FETCHES; i++) {
		f->fetch = fetches[i];
		fetch_ask(f, "/json_rpc", i % 2 == 0 ? "{}" : NULL, "");
		assert_int_equal(f->result, TW_RESULT_OK);
		assert_memory_equal(f->body, i % 2 == 0 ? "POST /json_rpc" : "GET /json_rpc ", 14);
		tw_fetch_finish(f->fetch);
	}
	f->fetch = NULL;
	for (int i = 0; i < FETCHES; i++)
		tw_fetch_destroy(fetches[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fetch_setup, fetch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_post),
		TEST(test_statuses),
		TEST(test_redirect_is_not_followed),
		TEST(test_connection_per_check),
		TEST(test_fresh_connections),
		TEST(test_finish_under_way),
		TEST(test_refused),
		TEST(test_ipv6),
		TEST(test_localhost),
		TEST(test_addresses),
		TEST(test_sockets_are_not_inherited),
		TEST(test_many_nodes),
		TEST(test_many_under_way),
	};

	/* Proxies of the environment must not matter; nobody listens there. */
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("https_proxy", "http://127.0.0.1:9", 1);
	setenv("all_proxy", "http://127.0.0.1:9", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
