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

static void answer(
	void *ctx, const char *target, const char *accept, struct tw_http_reply *ret_reply)
{
	(void)ctx;
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
	} else if (strcmp(target, "/empty") != 0) {
		tw_reply_error(404, "not_found", "no such path", ret_reply);
	}
}

static void on_stop(void *ctx, int fd, int events)
{
	(void)fd;
	(void)events;
	tw_loop_stop(ctx);
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
	struct tw_listen listen = { .is_on = true };

	(void)snprintf(listen.host, sizeof(listen.host), "%s", host);
	assert_int_equal(pipe(server->stop_pipe), 0);
	assert_int_equal(tw_loop_create(&server->loop), 0);
	assert_int_equal(tw_http_create(server->loop, &listen, answer, server, &server->http), 0);
	if (limits != NULL)
		tw_http_set_limits(server->http, limits);
	server->port = tw_http_port(server->http);
	assert_int_not_equal(server->port, 0);
	assert_int_equal(tw_loop_add_fd(server->loop, server->stop_pipe[0], TW_LOOP_READ, on_stop,
				 server->loop, &server->stop),
		0);
}

static void destroy_server(struct server *server)
{
	tw_http_destroy(server->http);
	tw_loop_remove_fd(server->stop);
	tw_loop_destroy(server->loop);
	(void)close(server->stop_pipe[0]);
	(void)close(server->stop_pipe[1]);
}

void server_start(struct server *server, const char *host, const struct tw_http_limits *limits)
{
	create_server(server, host, limits);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

void server_stop(struct server *server)
{
	assert_int_equal(write(server->stop_pipe[1], "x", 1), 1);
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
