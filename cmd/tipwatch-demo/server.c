/* See server.h. */
#include "server.h"
#include "conn.h"
#include "sim/rpc/answer.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_RETRY_US = 100000 };

/*
 * The reservation is bound to the node's port and never listens: while the node is dead it keeps
 * the port, and connecting to it is refused.
 */
static int bind_socket(uint16_t port, int *ret_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd, one = 1, r;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int find_port(int fd, uint16_t *ret_port)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	*ret_port = ntohs(address.sin_port);
	return 0;
}

static void on_listener(void *ctx, int fd, int events)
{
	struct demo_server *server = ctx;

	(void)events;
	while (server->n_conns < DEMO_CONNECTIONS_MAX) {
		int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
				(void)tw_loop_change_fd(server->watch, 0);
				tw_loop_arm(
					server->retry, tw_loop_now(server->loop) + ACCEPT_RETRY_US);
			}
			return;
		}
		if (server->net->nodes[server->index].reach == TW_SIM_REACH_RESET)
			demo_conn_reset_fd(conn);
		else if (demo_conn_create(server, conn) < 0)
			close(conn);
	}
	(void)tw_loop_change_fd(server->watch, 0);
}

void demo_server_conn_gone(struct demo_server *server)
{
	if (server->n_conns-- == DEMO_CONNECTIONS_MAX && server->listener >= 0 &&
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

	r = bind_socket(server->port, &fd);
	if (r < 0)
		return r;
	if (listen(fd, DEMO_BACKLOG) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	r = tw_loop_add_fd(server->loop, fd, TW_LOOP_READ, on_listener, server, &server->watch);
	if (r < 0) {
		close(fd);
		return r;
	}
	server->listener = fd;
	server->is_paused = false;
	return 0;
}

static void reset_all(struct demo_server *server)
{
	while (server->conns != NULL)
		demo_conn_reset(server->conns);
}

void demo_server_crash(struct demo_server *server)
{
	server->net->nodes[server->index].reach = TW_SIM_REACH_DEAD;
	close_listener(server);
	reset_all(server);
}

static void pause_all(struct demo_server *server, bool is_paused)
{
	struct demo_conn *next;

	server->is_paused = is_paused;
	(void)tw_loop_change_fd(server->watch, is_paused ? 0 : TW_LOOP_READ);
	for (struct demo_conn *conn = server->conns; conn != NULL; conn = next) {
		next = demo_conn_next(conn);
		demo_conn_pause(conn, is_paused);
	}
}

int demo_server_update(struct demo_server *server)
{
	const struct tw_sim_node *node = &server->net->nodes[server->index];
	bool is_hung = node->reach == TW_SIM_REACH_HUNG;
	int r;

	/* A new start shows on the wire even where the process is up again at once. */
	if (tw_sim_node_is_dead(node, server->net->now_us) ||
		node->started_us != server->started_us) {
		server->started_us = node->started_us;
		close_listener(server);
		reset_all(server);
	}
	if (tw_sim_node_is_dead(node, server->net->now_us))
		return 0;
	if (server->listener < 0) {
		r = open_listener(server);
		if (r < 0)
			return r;
	}
	if (node->reach == TW_SIM_REACH_RESET)
		reset_all(server);
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
		.loop = loop,
		.net = net,
		.index = index,
		.tick = tick,
		.ctx = ctx,
		.started_us = node->started_us,
		.reservation = -1,
		.listener = -1,
	};
	r = tw_loop_add_timer(loop, on_retry, server, &server->retry);
	if (r < 0)
		goto out;
	r = bind_socket(port, &server->reservation);
	if (r < 0)
		goto out;
	r = find_port(server->reservation, &server->port);
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
	reset_all(server);
	close_listener(server);
	tw_loop_remove_timer(server->retry);
	if (server->reservation >= 0)
		close(server->reservation);
	free(server);
}
