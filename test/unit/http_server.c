/* See http_server.h. */
#include "http_server.h"
#include "http_client.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { STOP = 's', PUBLISH = 'p', BREAK = 'b' };

static void event(void *ctx, struct tw_buf *out)
{
	struct server *server = ctx;

	(void)tw_buf_printf(out, "id: %u\ndata: ", ++server->n_events);
	for (uint32_t i = 0; i < server->event_size; i += 10)
		(void)tw_buf_puts(out, "eeeeeeeeee");
	(void)tw_buf_puts(out, "\n\n");
	if (server->is_broken)
		out->error = -ENOMEM;
}

static void answer(
	void *ctx, const char *target, const char *accept, struct tw_http_reply *ret_reply)
{
	ret_reply->status = 200;
	ret_reply->content_type = "text/plain";
	if (strncmp(target, "/echo", 5) == 0) {
		(void)tw_buf_printf(&ret_reply->body, "%s|%s", target, accept);
	} else if (strcmp(target, "/big") == 0) {
		for (int i = 0; i < SERVER_BIG / 8; i++)
			(void)tw_buf_puts(&ret_reply->body, "01234567");
	} else if (strcmp(target, "/broken") == 0) {
		(void)tw_buf_puts(&ret_reply->body, "half of it");
		ret_reply->body.error = -EMSGSIZE;
	} else if (strcmp(target, "/tagged") == 0) {
		ret_reply->tag = "\"abc\"";
		(void)tw_buf_puts(&ret_reply->body, "never changes");
	} else if (strcmp(target, "/events") == 0) {
		ret_reply->content_type = "text/event-stream";
		ret_reply->is_stream = true;
		event(ctx, &ret_reply->body);
	} else if (strcmp(target, "/empty") != 0) {
		tw_reply_error(404, "not_found", "no such path", ret_reply);
	}
}

static void on_order(void *ctx, int fd, int events)
{
	struct server *server = ctx;
	char order;

	(void)events;
	assert_int_equal(read(fd, &order, 1), 1);
	if (order == STOP)
		tw_loop_stop(server->loop);
	else if (order == BREAK)
		server->is_broken = true;
	else
		tw_http_publish(server->http);
}

static void *serve(void *ctx)
{
	struct server *server = ctx;

	(void)tw_loop_run(server->loop);
	return NULL;
}

static void create_server(
	struct server *server, const char *host, const struct tw_http_limits *limits)
{
	static const struct tw_http_ops ops = { .answer = answer, .event = event };
	struct tw_listen listen = { .is_on = true };

	(void)snprintf(listen.host, sizeof(listen.host), "%s", host);
	assert_int_equal(pipe(server->orders), 0);
	assert_int_equal(tw_loop_create(&server->loop), 0);
	assert_int_equal(tw_http_create(server->loop, &listen, &ops, server, &server->http), 0);
	if (limits != NULL)
		tw_http_set_limits(server->http, limits);
	server->port = tw_http_port(server->http);
	assert_int_not_equal(server->port, 0);
	assert_int_equal(tw_loop_add_fd(server->loop, server->orders[0], TW_LOOP_READ, on_order,
				 server, &server->order),
		0);
}

static void destroy_server(struct server *server)
{
	tw_http_destroy(server->http);
	tw_loop_remove_fd(server->order);
	tw_loop_destroy(server->loop);
	(void)close(server->orders[0]);
	(void)close(server->orders[1]);
}

void server_start(struct server *server, const char *host, const struct tw_http_limits *limits)
{
	create_server(server, host, limits);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void send_order(const struct server *server, char order)
{
	assert_int_equal(write(server->orders[1], &order, 1), 1);
}

void server_publish(const struct server *server)
{
	send_order(server, PUBLISH);
}

void server_break(const struct server *server)
{
	send_order(server, BREAK);
}

void server_stop(struct server *server)
{
	send_order(server, STOP);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	destroy_server(server);
}

/* One whole GET on a connection of its own. */
void server_assert_serves(const struct server *server)
{
	struct client client;
	int64_t start_ms = client_now_ms();

	client_open(&client, AF_INET, server->port);
	client_puts(&client, GET("/echo"));
	assert_true(client_read(&client, true));
	assert_int_equal(client.status, 200);
	assert_true(client_now_ms() - start_ms < PROMPT_MS);
	client_close(&client);
}
