/* io/check/fetch against servers that break off, say no HTTP, or never stop. */
#include "fetch_fixture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reads a request, sends ctx and closes. */
static void say_and_close(struct connection *connection, void *ctx)
{
	if (connection_read(connection))
		(void)connection_send(connection, ctx);
}

static void reset_after_request(struct connection *connection, void *ctx)
{
	(void)ctx;
	(void)connection_read(connection);
	connection_reset(connection);
}

static void test_reset(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, reset_after_request, NULL);
	fetch_expect(f, TW_RESULT_RESET, "connection reset");
}

static void reset_in_body(struct connection *connection, void *ctx)
{
	(void)ctx;
	(void)connection_read(connection);
	(void)connection_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
	connection_reset(connection);
}

static void test_reset_in_body(void **state)
{
	struct fetch_fixture *f = *state;

	fetch_serve(f, reset_in_body, NULL);
	fetch_expect(f, TW_RESULT_RESET, "connection reset");
}

/* Replies that end too early or are not HTTP. */
static void test_broken_replies(void **state)
{
	static const char closed[] = "connection closed before the end of the answer";
	static const char no_http[] = "the answer is not HTTP";
	static const struct {
		const char *text;
		enum tw_result result;
		const char *detail;
	} cases[] = {
		{ "", TW_RESULT_RESET, "connection closed without an answer" },
		{ "HTTP/1.1 200 OK\r\nContent-Len", TW_RESULT_RESET, closed },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n", TW_RESULT_RESET, closed },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", TW_RESULT_RESET, closed },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", TW_RESULT_RESET, closed },
		{ "HTTP/1.1 100 Continue\r\n\r\n", TW_RESULT_RESET,
			"connection closed without an answer" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc", TW_RESULT_RESET,
			closed },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
			TW_RESULT_RESET, closed },
		{ "{\"status\":\"OK\"}", TW_RESULT_BAD_REPLY, no_http },
		{ "\r\n\r\n", TW_RESULT_BAD_REPLY, no_http },
		{ "SSH-2.0-OpenSSH_9.2\r\n", TW_RESULT_BAD_REPLY, no_http },
		{ "\x15\x03\x01\x02\x02\x16", TW_RESULT_BAD_REPLY, no_http },
		{ "x", TW_RESULT_BAD_REPLY, no_http },
		{ "HTTP/9.9 200 OK\r\n\r\n", TW_RESULT_BAD_REPLY, no_http },
		{ "HTTP/1.1 2x OK\r\n\r\n", TW_RESULT_BAD_REPLY, no_http },
	};

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct fetch_fixture *f = *state;
		char text[128];

		snprintf(text, sizeof(text), "%s", cases[i].text);
		fetch_serve(f, say_and_close, text);
		print_message("case %zu\n", i);
		fetch_expect(f, cases[i].result, cases[i].detail);
		assert_int_equal(server_requests(f->server), 1);
		tw_fetch_destroy(f->fetch);
		f->fetch = NULL;
		server_stop(f->server);
		f->server = NULL;
	}
}

static void test_bad_chunk(void **state)
{
	struct fetch_fixture *f = *state;
	static char text[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n";

	fetch_serve(f, say_and_close, text);
	fetch_open(f, false);
	fetch_ask(f, "/info", NULL, "");
	assert_int_equal(f->result, TW_RESULT_BAD_REPLY);
	assert_memory_equal(f->detail, "not HTTP: ", 10);
}

/* A reply of as many bytes as ctx says. */
static void say_bytes(struct connection *connection, void *ctx)
{
	size_t len = *(const size_t *)ctx;
	char *body = malloc(len + 1);

	if (body == NULL)
		abort();
	memset(body, 'y', len);
	body[len] = '\0';
	if (connection_read(connection))
		(void)connection_reply(connection, 200, body);
	free(body);
}

static void test_longest_body(void **state)
{
	struct fetch_fixture *f = *state;
	static size_t len = MAX_REPLY;

	fetch_serve(f, say_bytes, &len);
	fetch_expect(f, TW_RESULT_OK, "");
	assert_int_equal(f->len, MAX_REPLY);
}

static const char too_long[] = "answer longer than 8192 bytes (max_reply)";

static void test_body_one_too_long(void **state)
{
	struct fetch_fixture *f = *state;
	static size_t len = MAX_REPLY + 1;

	fetch_serve(f, say_bytes, &len);
	fetch_expect(f, TW_RESULT_TOO_LARGE, too_long);
}

struct endless {
	const char *head, *more;
};

/* Sends until the client closes. */
static void say_for_ever(struct connection *connection, void *ctx)
{
	const struct endless *endless = ctx;

	if (!connection_read(connection) || !connection_send(connection, endless->head))
		return;
	while (connection_send(connection, endless->more))
		continue;
}

static void test_endless(void **state)
{
	static const char header[] = "header of the answer longer than 65536 bytes";
	static const struct {
		struct endless endless;
		const char *detail;
	} cases[] = {
		{ { "HTTP/1.1 200 OK\r\n\r\n", "abcdefghij" }, too_long },
		{ { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			  "a\r\nabcdefghij\r\n" },
			too_long },
		{ { "HTTP/1.1 200 OK\r\n", "X-Header: abcdefghijklmnopqrstuvwxyz\r\n" }, header },
		{ { "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" }, header },
		{ { "HTTP/1.1 200 OK\r\nX: ", "abcdefghijklmnopqrstuvwxyz" },
			"the answer is too long" },
		{ { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
			  "X-Trailer: abcdefghijklmnopqrstuvwxyz\r\n" },
			header },
	};

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct fetch_fixture *f = *state;
		struct endless endless = cases[i].endless;

		print_message("case %zu\n", i);
		fetch_serve(f, say_for_ever, &endless);
		fetch_expect(f, TW_RESULT_TOO_LARGE, cases[i].detail);
		assert_true(server_wait_closed(f->server, GUARD_MS));
		tw_fetch_destroy(f->fetch);
		f->fetch = NULL;
		server_stop(f->server);
		f->server = NULL;
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fetch_setup, fetch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reset),
		TEST(test_reset_in_body),
		TEST(test_broken_replies),
		TEST(test_bad_chunk),
		TEST(test_longest_body),
		TEST(test_body_one_too_long),
		TEST(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
