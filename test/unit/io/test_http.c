/* io/http: requests, answers, promptness; a real server and clients on raw sockets. */
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
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

/* --- requests --- */

static void test_get(void **state)
{
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "GET /echo/a%2Fb%20c?q=1 HTTP/1.1\r\nHost: h\r\nAccept: x/y\r\n\r\n");
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	assert_string_equal(tw_buf_str(&client.body), "/echo/a%2Fb%20c|x/y");
	client_assert_header(&client, "Content-Type: text/plain");
	client_assert_header(&client, "Cache-Control: no-store");
	client_assert_header(&client, "Content-Security-Policy: default-src 'self'");
	client_assert_header(&client, "X-Content-Type-Options: nosniff");
	client_puts(&client, GET("/empty"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	assert_int_equal(client.body.len, 0);
	client_puts(&client, GET("/nothing"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 404);
	client_assert_header(&client, "Content-Type: application/json");
	client_assert_header(&client, "X-Content-Type-Options: nosniff");
	client_puts(&client, GET("/broken"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 500);
	assert_contains(tw_buf_str(&client.body), "{\"error\":{\"code\":\"internal\"");
	assert_lacks(tw_buf_str(&client.body), "half");
	client_puts(&client, "GET /echo HTTP/1.0\r\n\r\n");
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	assert_true(client_is_closed(&client, 0));
	client_close(&client);
	server_stop(&server);
}

static void test_head(void **state)
{
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n" GET("/echo/2"));
	assert_true(client_read(&client, false));
	assert_int_equal(client.status, 200);
	client_assert_header(&client, "Content-Length: 6");
	assert_true(client_read(&client, true));
	assert_string_equal(tw_buf_str(&client.body), "/echo/2|");
	client_puts(&client, "HEAD /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(client_read(&client, false));
	assert_int_equal(client.status, 404);
	client_close(&client);
	server_stop(&server);
}

/* A constant answer is sent only to clients that do not have it yet. */
static void test_tag(void **state)
{
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, GET("/tagged"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	client_assert_header(&client, "ETag: \"abc\"");
	client_assert_header(&client, "Cache-Control: no-cache");
	client_puts(&client,
		"GET /tagged HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\", \"abc\"\r\n\r\n");
	assert_true(client_read_head(&client));
	assert_int_equal(client.status, 304);
	client_assert_header(&client, "ETag: \"abc\"");
	client_puts(&client, "GET /tagged HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\n\r\n");
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	assert_string_equal(tw_buf_str(&client.body), "never changes");
	client_close(&client);
	server_stop(&server);
}

static void test_methods(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
		"get", "BREW" };
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	for (size_t i = 0; i < TW_ARRAY_SIZE(methods); i++) {
		char text[200];

		snprintf(text, sizeof(text),
			"%s /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
			methods[i]);
		client_puts(&client, text);
		assert_true(client_read(&client, true));
		assert_int_equal(client.status, 405);
		client_assert_header(&client, "Allow: GET, HEAD");
		assert_contains(tw_buf_str(&client.body),
			"{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"");
	}
	/* The connection is still good. */
	client_puts(&client, GET("/echo"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	client_close(&client);
	server_stop(&server);
}

static void test_uploads(void **state)
{
	static char chunk[8 + 0x4000];
	struct server server = { 0 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	/* A request that announces too large a body is refused before it is sent. */
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999\r\n\r\n");
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 405);
	assert_true(client_is_closed(&client, 0));
	client_close(&client);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n");
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 413);
	assert_true(client_is_closed(&client, 0));
	client_close(&client);
	/* A body without an end is cut off. */
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
	memcpy(chunk, "4000\r\n", 6);
	memset(chunk + 6, 'x', 0x4000);
	memcpy(chunk + 6 + 0x4000, "\r\n", 2);
	for (int i = 0; i < 64; i++)
		client_send(&client, chunk, sizeof(chunk));
	assert_true(client_is_closed(&client, 4096));
	client_close(&client);
	server_assert_serves(&server);
	server_stop(&server);
}

/* --- promptness --- */

static void test_pipelined(void **state)
{
	enum { REQUESTS = 200 };
	struct server server = { 0 };
	struct client client;
	struct tw_buf out;
	int64_t start_ms;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	tw_buf_init(&out, 1 << 20);
	for (int i = 0; i < REQUESTS; i++)
		tw_buf_printf(&out, "GET /echo/%d HTTP/1.1\r\nHost: h\r\n\r\n", i);
	start_ms = client_now_ms();
	client_send(&client, out.data, out.len);
	for (int i = 0; i < REQUESTS; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "/echo/%d|", i);
		assert_true(client_read(&client, true));
		assert_string_equal(tw_buf_str(&client.body), expected);
	}
	assert_that(client_now_ms() - start_ms, <, PROMPT_MS);
	tw_buf_finish(&out);
	client_close(&client);
	server_stop(&server);
}

/* A request is answered at once, however its bytes arrive. */
static void test_prompt(void **state)
{
	static const char request[] = GET("/echo");
	struct server server = { 0 };
	struct client client;
	int64_t slowest_ms = 0;

	(void)state;
	server_start(&server, "127.0.0.1", NULL);
	client_open(&client, AF_INET, server.port);
	for (size_t i = 0; i < 300; i++) {
		size_t cut = i % (sizeof(request) - 1);
		int64_t start_ms = client_now_ms();

		client_send(&client, request, cut);
		client_send(&client, request + cut, sizeof(request) - 1 - cut);
		assert_true(client_read(&client, true));
		assert_int_equal(client.status, 200);
		if (client_now_ms() - start_ms > slowest_ms)
			slowest_ms = client_now_ms() - start_ms;
	}
	assert_that(slowest_ms, <, PROMPT_MS);
	client_close(&client);
	server_stop(&server);
}

static void exchange_on_many(const struct server *server, size_t n, const char *request)
{
	struct client *clients = calloc(n, sizeof(*clients));

	assert_non_null(clients);
	for (size_t i = 0; i < n; i++)
		client_open(&clients[i], AF_INET, server->port);
	for (size_t i = 0; i < n; i++)
		client_puts(&clients[i], request);
	for (size_t i = 0; i < n; i++) {
		if (!client_read(&clients[i], true))
			fail_msg("connection %zu got no answer", i);
		assert_int_equal(clients[i].status, 200);
		client_close(&clients[i]);
	}
	free(clients);
}

/* More clients than may be connected: some wait, and all are served. */
static void test_many(void **state)
{
	struct rlimit limit;
	struct server server = { 0 };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	server_start(&server, "127.0.0.1", NULL);
	exchange_on_many(&server, 200, GET("/echo"));
	exchange_on_many(
		&server, 1000, "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_uploads),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
