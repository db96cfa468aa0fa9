/* io/http: clients that are slow, silent, half closed or send nonsense do not disturb others. */
#include "fixture/compare.h"
#include "http_client.h"
#include "http_server.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* One byte at a time keeps a connection from being silent, but not from being late. */
static void test_slow_request(void **state)
{
	const struct tw_http_limits limits = {
		.connections = 8, .timeout_us = 300 * TW_MS, .crowded_timeout_us = 300 * TW_MS
	};
	struct server server = { 0 };
	struct client slow;
	int64_t start_ms = client_now_ms();

	(void)state;
	server_start(&server, "127.0.0.1", &limits);
	client_open(&slow, AF_INET, server.port);
	client_puts(&slow, "GET /echo HTTP/1.1\r\nHost: h\r\nX-Slow: ");
	for (;;) {
		char byte;

		client_puts(&slow, "x");
		server_assert_serves(&server);
		if (recv(slow.fd, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
			break;
		assert_that(client_now_ms() - start_ms, <, 10000);
	}
	assert_that(client_now_ms() - start_ms, >=, 300);
	client_close(&slow);
	server_stop(&server);
}

/* A client that connects and sends nothing is closed. */
static void test_silent(void **state)
{
	const struct tw_http_limits limits = {
		.connections = 8, .timeout_us = 300 * TW_MS, .crowded_timeout_us = 300 * TW_MS
	};
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", &limits);
	client_open(&client, AF_INET, server.port);
	assert_true(client_is_closed(&client, 0));
	client_close(&client);
	server_stop(&server);
}

/* A large answer is sent whole; a client that does not read it is dropped. */
static void test_slow_reader(void **state)
{
	const struct tw_http_limits limits = {
		.connections = 8, .timeout_us = 300 * TW_MS, .crowded_timeout_us = 300 * TW_MS
	};
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, GET("/big"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.body.len, SERVER_BIG);
	client_puts(&client, GET("/echo"));
	assert_true(client_read(&client, true));
	client_close(&client);
	server_stop(&server);

	server_start(&server, "127.0.0.1", &limits);
	client_open(&client, AF_INET, server.port);
	for (int i = 0; i < 8; i++)
		client_puts(&client, GET("/big"));
	server_assert_serves(&server);
	/* Once it is dropped, sending is refused. */
	for (int64_t start_ms = client_now_ms(); send(client.fd, "x", 1, MSG_NOSIGNAL) == 1;) {
		server_assert_serves(&server);
		assert_that(client_now_ms() - start_ms, <, 10000);
	}
	client_close(&client);
	server_stop(&server);
}

/* The connection that has been idle for longest makes room when there are too many. */
static void test_crowded(void **state)
{
	const struct tw_http_limits limits = {
		.connections = 4, .timeout_us = 600 * TW_SEC, .crowded_timeout_us = 200 * TW_MS
	};
	struct client idle[4], client;
	struct server server = { 0 };

	(void)state;
	server_start(&server, "127.0.0.1", &limits);
	for (size_t i = 0; i < TW_ARRAY_SIZE(idle); i++) {
		client_open(&idle[i], AF_INET, server.port);
		client_puts(&idle[i], GET("/echo"));
		assert_true(client_read(&idle[i], true));
	}
	client_open(&client, AF_INET, server.port);
	client_puts(&client, GET("/echo"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	assert_true(client_is_closed(&idle[0], 0));
	for (size_t i = 0; i < TW_ARRAY_SIZE(idle); i++)
		client_close(&idle[i]);
	client_close(&client);
	server_stop(&server);
}

/* A client that shuts down its sending side gets the answer, and then the end, long before the
 * time-out. */
static void test_half_closed(void **state)
{
	static const char *const requests[] = { GET("/echo"), GET("/big"), "GET /ec", "" };
	struct server server = { 0 };

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	for (size_t i = 0; i < TW_ARRAY_SIZE(requests); i++) {
		struct client client;
		int64_t start_ms = client_now_ms();

		client_open(&client, AF_INET, server.port);
		client_puts(&client, requests[i]);
		assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
		if (i < 2) {
			assert_true(client_read(&client, true));
			assert_int_equal(client.status, 200);
		}
		assert_true(client_is_closed(&client, 0));
		assert_that(client_now_ms() - start_ms, <, 2 * PROMPT_MS);
		client_close(&client);
	}
	server_stop(&server);
}

/* Looking for such clients does not end a connection that is kept for the next request. */
static void test_idle(void **state)
{
	struct server server = { 0 };
	struct client client;
	int64_t start_ms;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, GET("/echo"));
	assert_true(client_read(&client, true));
	/* It looks every half second. */
	for (start_ms = client_now_ms(); client_now_ms() - start_ms < 1600;)
		(void)usleep(10000);
	client_puts(&client, GET("/echo"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	client_close(&client);
	server_stop(&server);
}

/* The server stops while there are clients in every state. */
static void test_stop(void **state)
{
	static const char *const requests[] = { "", "GET /ec", GET("/echo"), GET("/big"),
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf" };
	struct client clients[TW_ARRAY_SIZE(requests)];
	struct server server = { 0 };

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	for (size_t i = 0; i < TW_ARRAY_SIZE(requests); i++) {
		client_open(&clients[i], AF_INET, server.port);
		client_puts(&clients[i], requests[i]);
	}
	server_assert_serves(&server);
	server_stop(&server);
	for (size_t i = 0; i < TW_ARRAY_SIZE(requests); i++) {
		assert_true(client_is_closed(&clients[i], 2 * SERVER_BIG));
		client_close(&clients[i]);
	}
}

/* --- nonsense --- */

static void test_oversized(void **state)
{
	static const char *const starts[] = { "GET /", "GET / HTTP/1.1\r\nHost: h\r\nX: ", "",
		"GET / HTTP/1.1\r\nHost: h\r\n" };
	static const char *const fillings[] = { "a", "b", "c", "x: y\r\n" };
	struct server server = { 0 };

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	for (size_t i = 0; i < TW_ARRAY_SIZE(starts); i++) {
		struct client client;
		struct tw_buf out;

		tw_buf_init(&out, 1 << 20);
		tw_buf_puts(&out, starts[i]);
		while (out.len < 200000)
			tw_buf_puts(&out, fillings[i]);
		client_open(&client, AF_INET, server.port);
		client_send(&client, out.data, out.len);
		if (client_read(&client, true))
			assert_in_range(client.status, 400, 499);
		assert_true(client_is_closed(&client, 4096));
		client_close(&client);
		tw_buf_finish(&out);
		server_assert_serves(&server);
	}
	server_stop(&server);
}

static void test_garbage(void **state)
{
	static const char *const pieces[] = { "GET ", "/echo", " HTTP/1.1", "\r\n", "Host: h",
		"\r\n\r\n", "Content-Length: ", "-1", "99999999999999999999",
		"Transfer-Encoding: chunked", "0\r\n", "POST", "HTTP/9.9", "%00", "%",
		"Connection: close", "Expect: 100-continue", "\n", ": " };
	struct server server = { 0 };

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	srand(7);
	for (int round = 0; round < 400; round++) {
		struct client client;

		client_open(&client, AF_INET, server.port);
		for (int i = rand() % 12; i >= 0; i--) {
			char noise[40];

			for (size_t k = 0; k < sizeof(noise); k++)
				noise[k] = (char)(rand() % 256);
			if (rand() % 4 == 0)
				client_send(&client, noise, (size_t)rand() % sizeof(noise));
			else
				client_puts(
					&client, pieces[(size_t)rand() % TW_ARRAY_SIZE(pieces)]);
		}
		/* Some clients close at once, some shut down their sending side, some do neither.
		 */
		if (rand() % 3 == 0)
			shutdown(client.fd, SHUT_WR);
		client_close(&client);
	}
	server_assert_serves(&server);
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_request),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_half_closed),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
