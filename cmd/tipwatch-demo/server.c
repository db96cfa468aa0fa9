/* See server.h. */
#include "server.h"
#include "bind.h"
#include "conn.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_RETRY_US = 100000 };

struct demo_server {
	struct demo_conns conns;
	uint16_t port;
	int reservation;
	int listener; /* -1: the node is dead */
	struct tw_loop_fd *watch;
	struct tw_loop_timer *retry;
	bool is_paused;
	int64_t started_us; /* of the process that the listener belongs to */
};

static struct tw_sim_node *node_of(const struct demo_server *server)
{
	return &server->conns.net->nodes[server->conns.index];
}

static void on_listener(void *ctx, int fd, int events)
{
	struct demo_server *server = ctx;

	(void)events;
	while (server->conns.n < DEMO_CONNECTIONS_MAX) {
		int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
				(void)tw_loop_change_fd(server->watch, 0);
				tw_loop_arm(server->retry,
					tw_loop_now(server->conns.loop) + ACCEPT_RETRY_US);
			}
			return;
		}
		if (node_of(server)->reach == TW_SIM_REACH_RESET)
			demo_conn_reset_fd(conn);
		else if (demo_conn_create(&server->conns, conn) < 0)
			close(conn);
	}
	(void)tw_loop_change_fd(server->watch, 0);
}

/* There may be room to accept another connection. */
static void on_gone(void *ctx)
{
	struct demo_server *server = ctx;

	if (server->conns.n == DEMO_CONNECTIONS_MAX - 1 && server->listener >= 0 &&
		!server->is_paused)
		(void)tw_loop_change_fd(server->watch, TW_LOOP_READ);
}

static void on_retry(void *ctx)
{
	struct demo_server *server = ctx;

	if (server->listener >= 0 && !server->is_paused)
		(void)tw_loop_change_fd(server->watch, TW_LOOP_READ);
}

static void close_listener(struct demo_server *server)
{
	if (server->listener < 0)
		return;
	tw_loop_remove_fd(server->watch);
	server->watch = NULL;
	close(server->listener);
	server->listener = -1;
}

static int open_listener(struct demo_server *server)
{
	int fd = -1, r;

	r = demo_bind_socket(server->port, &fd);
	if (r < 0)
		return r;
	if (listen(fd, DEMO_BACKLOG) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	r = tw_loop_add_fd(
		server->conns.loop, fd, TW_LOOP_READ, on_listener, server, &server->watch);
	if (r < 0) {
		close(fd);
		return r;
	}
	server->listener = fd;
	server->is_paused = false;
	return 0;
}

static void on_crash(void *ctx)
{
	struct demo_server *server = ctx;

	node_of(server)->reach = TW_SIM_REACH_DEAD;
	close_listener(server);
	demo_conn_reset_all(&server->conns);
}

static void pause_all(struct demo_server *server, bool is_paused)
{
	server->is_paused = is_paused;
	(void)tw_loop_change_fd(server->watch, is_paused ? 0 : TW_LOOP_READ);
	demo_conn_pause_all(&server->conns, is_paused);
}

int demo_server_update(struct demo_server *server)
{
	const struct tw_sim_node *node = node_of(server);
	bool is_hung = node->reach == TW_SIM_REACH_HUNG;
	int r;

	/* A restart resets the connections even where the process is up again at once. */
	if (tw_sim_node_is_dead(node, server->conns.net->now_us) ||
		node->started_us != server->started_us) {
		server->started_us = node->started_us;
		close_listener(server);
		demo_conn_reset_all(&server->conns);
	}
	if (tw_sim_node_is_dead(node, server->conns.net->now_us))
		return 0;
	if (server->listener < 0) {
		r = open_listener(server);
		if (r < 0)
			return r;
	}
	if (node->reach == TW_SIM_REACH_RESET)
		demo_conn_reset_all(&server->conns);
	if (is_hung != server->is_paused)
		pause_all(server, is_hung);
	return 0;
}

int demo_server_create(struct tw_loop *loop, struct tw_sim_net *net, uint32_t index, uint16_t port,
	demo_server_tick_fn *tick, void *ctx, struct demo_server **ret_server)
{
	struct demo_server *server = calloc(1, sizeof(*server));
	struct tw_sim_node *node = &net->nodes[index];
	int r;

	if (server == NULL)
		return -ENOMEM;
	*server = (struct demo_server){
		.conns = {
			.loop = loop,
			.net = net,
			.index = index,
			.tick = tick,
			.tick_ctx = ctx,
			.crash = on_crash,
			.gone = on_gone,
			.ctx = server,
		},
		.started_us = node->started_us,
		.reservation = -1,
		.listener = -1,
	};
	r = tw_loop_add_timer(loop, on_retry, server, &server->retry);
	if (r < 0)
		goto out;
	r = demo_bind_socket(port, &server->reservation);
	if (r < 0)
		goto out;
	r = demo_bind_port(server->reservation, &server->port);
	if (r < 0)
		goto out;
	r = open_listener(server);
	if (r < 0)
		goto out;
	snprintf(node->url, sizeof(node->url), "http://127.0.0.1:%u", server->port);
	*ret_server = server;
	server = NULL;
out:
	demo_server_destroy(server);
	return r;
}

void demo_server_destroy(struct demo_server *server)
{
	if (server == NULL)
		return;
	demo_conn_reset_all(&server->conns);
	close_listener(server);
	tw_loop_remove_timer(server->retry);
	if (server->reservation >= 0)
		close(server->reservation);
	free(server);
}
