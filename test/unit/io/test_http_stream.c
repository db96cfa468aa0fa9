/* io/http: answers without an end. A real server and clients on raw sockets. */
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

static const struct tw_http_limits patient = { .connections = 128,
	.timeout_us = 30 * TW_SEC,
	.crowded_timeout_us = 30 * TW_SEC,
	.streams = 64,
	.stuck_us = 30 * TW_SEC };

static void open_stream(struct client *client, const struct server *server)
{
	client_open(client, AF_INET, server->port);
	client_puts(client, GET("/events"));
	assert_true(client_read_head(client));
}

/* Reads until text has come. False at the end of the stream. */
static bool wait_text(struct client *client, const char *text)
{
	while (strstr(tw_buf_str(&client->in), text) == NULL) {
		if (!client_receive(client))
			return false;
	}
	return true;
}

/* One event at once, one at every change, and one after two seconds of nothing. */
static void test_events(void **state)
{
	struct server server = { .event_size = 10 };
	struct client client;
	int64_t start_ms;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	open_stream(&client, &server);
	assert_int_equal(client.status, 200);
	client_assert_header(&client, "Content-Type: text/event-stream");
	client_assert_header(&client, "Cache-Control: no-store");
	client_assert_header(&client, "X-Accel-Buffering: no");
	assert_true(wait_text(&client, "id: 1\ndata: eeeeeeeeee\n\n"));
	start_ms = client_now_ms();
	server_publish(&server);
	assert_true(wait_text(&client, "id: 2\ndata: eeeeeeeeee\n\n"));
	assert_that(client_now_ms() - start_ms, <, PROMPT_MS);
	server_assert_serves(&server);
	start_ms = client_now_ms();
	assert_true(wait_text(&client, "id: 3\n"));
	/* A busy machine may be late, but not early. */
	assert_in_range(client_now_ms() - start_ms, 1000, 10000);
	assert_true(wait_text(&client, "id: 4\n"));
	client_close(&client);
	server_stop(&server);
}

static void test_old_protocol(void **state)
{
	struct server server = { .event_size = 10 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "GET /events HTTP/1.0\r\n\r\n");
	assert_true(client_read_head(&client));
	assert_int_equal(client.status, 200);
	assert_true(wait_text(&client, "id: 1\ndata: eeeeeeeeee\n\n"));
	server_publish(&server);
	assert_true(wait_text(&client, "id: 2\n"));
	/* Nothing but events: no sizes of chunks between them. */
	assert_string_equal(
		tw_buf_str(&client.in), "id: 1\ndata: eeeeeeeeee\n\nid: 2\ndata: eeeeeeeeee\n\n");
	client_close(&client);
	server_stop(&server);
}

/* HEAD tells the headers and leaves the connection good. */
static void test_head(void **state)
{
	struct server server = { .event_size = 10 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	client_open(&client, AF_INET, server.port);
	client_puts(&client, "HEAD /events HTTP/1.1\r\nHost: h\r\n\r\n" GET("/echo"));
	assert_true(client_read_head(&client));
	assert_int_equal(client.status, 200);
	client_assert_header(&client, "Content-Type: text/event-stream");
	assert_true(client_read(&client, true));
	assert_string_equal(tw_buf_str(&client.body), "/echo|");
	client_close(&client);
	server_stop(&server);
}

/* There may be so many streams; one that ends makes room for another. */
static void test_limit(void **state)
{
	enum { STREAMS = 64 };
	struct server server = { .event_size = 10 };
	struct client clients[STREAMS], more;
	int64_t start_ms;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	for (int i = 0; i < STREAMS; i++) {
		open_stream(&clients[i], &server);
		assert_int_equal(clients[i].status, 200);
	}
	client_open(&more, AF_INET, server.port);
	client_puts(&more, GET("/events"));
	assert_true(client_read(&more, true));
	assert_int_equal(more.status, 503);
	assert_contains(tw_buf_str(&more.body), "{\"error\":{\"code\":\"busy\"");
	client_puts(&more, GET("/echo"));
	assert_true(client_read(&more, true));
	assert_int_equal(more.status, 200);
	/* The refused one was number 65. */
	server_publish(&server);
	for (int i = 0; i < STREAMS; i++)
		assert_true(wait_text(&clients[i], "id: 66\n"));
	for (int i = 0; i < STREAMS; i++)
		client_close(&clients[i]);
	/* The server notices that they left when the next event cannot be sent. */
	start_ms = client_now_ms();
	do {
		assert_that(client_now_ms() - start_ms, <, 20000);
		server_publish(&server);
		client_puts(&more, GET("/events"));
		assert_true(client_read_head(&more));
		if (more.status != 200)
			tw_buf_clear(&more.in);
	} while (more.status != 200);
	client_close(&more);
	server_stop(&server);
}

/* Of the newest event whose beginning is in client->in; 0 none. */
static long last_id(const struct client *client)
{
	const char *p = tw_buf_str(&client->in), *id = NULL;

	while ((p = strstr(p, "id: ")) != NULL && strchr(p, '\n') != NULL)
		id = p += 4;
	return id == NULL ? 0 : strtol(id, NULL, 10);
}

/* A slow reader gets whole events, and the newest instead of all of them. */
static void test_slow_reader(void **state)
{
	struct server server = { .event_size = 6 << 20 };
	struct client reader;
	size_t seen = 0;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	open_stream(&reader, &server);
	for (int i = 0; i < 20; i++)
		server_publish(&server);
	server_assert_serves(&server);
	for (;;) {
		assert_true(client_receive(&reader));
		if (last_id(&reader) >= 21)
			break;
		seen += reader.in.len;
		tw_buf_consume(&reader.in, reader.in.len > 100 ? reader.in.len - 100 : 0);
	}
	assert_that(seen, <, (size_t)21 * (6 << 20));
	client_close(&reader);
	server_stop(&server);
}

/* A client that does not read at all is dropped, which makes room for another stream. */
static void test_dropped(void **state)
{
	const struct tw_http_limits limits = { .connections = 128,
		.timeout_us = 30 * TW_SEC,
		.crowded_timeout_us = 30 * TW_SEC,
		.streams = 1,
		.stuck_us = 300 * TW_MS };
	struct server server = { .event_size = 6 << 20 };
	struct client stuck, next;
	int64_t start_ms = client_now_ms();

	(void)state;
	server_start(&server, "127.0.0.1", &limits);
	open_stream(&stuck, &server);
	do {
		assert_that(client_now_ms() - start_ms, <, 60000);
		server_publish(&server);
		client_open(&next, AF_INET, server.port);
		client_puts(&next, GET("/events"));
		assert_true(client_read_head(&next));
		client_close(&next);
	} while (next.status == 503);
	assert_int_equal(next.status, 200);
	/* It gets what was sent already, and then the end. */
	while (client_receive(&stuck))
		tw_buf_clear(&stuck.in);
	client_close(&stuck);
	server_assert_serves(&server);
	server_stop(&server);
}

/* A stream is not late: the time for an answer does not apply to it. */
static void test_stays(void **state)
{
	const struct tw_http_limits limits = { .connections = 4,
		.timeout_us = 300 * TW_MS,
		.crowded_timeout_us = 300 * TW_MS,
		.streams = 1,
		.stuck_us = 300 * TW_MS };
	struct server server = { .event_size = 10 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", &limits);
	open_stream(&client, &server);
	assert_true(wait_text(&client, "id: 3\n"));
	client_close(&client);
	server_stop(&server);
}

/* The server stops with streams open: they end properly, waiting or not. */
static void test_stop(void **state)
{
	struct server server = { .event_size = 10 }, busy = { .event_size = 6 << 20 };
	struct client client, unread;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	open_stream(&client, &server);
	assert_true(wait_text(&client, "id: 1\n"));
	server_stop(&server);
	assert_true(wait_text(&client, "\r\n0\r\n\r\n"));
	assert_true(client_is_closed(&client, 1 << 16));
	client_close(&client);
	server_start(&busy, "127.0.0.1", &patient);
	open_stream(&unread, &busy);
	server_publish(&busy);
	server_stop(&busy);
	client_close(&unread);
}

/* An event that cannot be made ends the streams, so that no client takes an old one for the newest.
 */
static void test_broken(void **state)
{
	struct server server = { .event_size = 10 };
	struct client client;

	(void)state;
	server_start(&server, "127.0.0.1", &patient);
	open_stream(&client, &server);
	assert_true(wait_text(&client, "id: 1\n"));
	server_break(&server);
	server_publish(&server);
	assert_true(wait_text(&client, "\r\n0\r\n\r\n"));
	server_assert_serves(&server);
	client_puts(&client, GET("/events"));
	tw_buf_clear(&client.in);
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 500);
	client_close(&client);
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_old_protocol),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
