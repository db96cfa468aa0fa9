/* See p2p.h. */
#include "p2p.h"
#include "bind.h"
#include "sim/p2p/peer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 4096 };

struct conn {
	struct demo_p2p *p2p;
	struct conn *prev, *next;
	int fd;
	struct tw_loop_fd *watch;
	struct tw_sim_p2p_peer peer;
	struct tw_buf out;
	bool is_last; /* closes once out is sent */
};

struct demo_p2p {
	struct tw_loop *loop;
	struct tw_sim_net *net;
	uint32_t index;
	uint16_t port;
	void (*tick)(void *ctx);
	void *tick_ctx;
	int reservation;
	int listener; /* -1: closed */
	struct tw_loop_fd *watch;
	bool is_paused;
	enum tw_sim_p2p_fault fault; /* that the connections have shown so far */
	int64_t started_us;          /* of the process that the listener belongs to */
	uint32_t branch;             /* of the tip that was pushed last, and its height */
	int64_t pushed;
	struct conn *first;
	uint32_t n;
};

static struct tw_sim_node *node_of(const struct demo_p2p *p2p)
{
	return &p2p->net->nodes[p2p->index];
}

static void destroy_conn(struct conn *conn)
{
	struct demo_p2p *p2p = conn->p2p;

	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		p2p->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	p2p->n--;
	node_of(p2p)->n_links -= conn->peer.is_greeted;
	tw_loop_remove_fd(conn->watch);
	tw_buf_finish(&conn->out);
	close(conn->fd);
	free(conn);
}

static void close_conns(struct demo_p2p *p2p)
{
	while (p2p->first != NULL)
		destroy_conn(p2p->first);
}

static void watch_conn(struct conn *conn)
{
	int events = TW_LOOP_READ;

	if (conn->out.len > 0 ||
		(conn->peer.is_greeted && node_of(conn->p2p)->p2p_fault == TW_SIM_P2P_FLOOD))
		events |= TW_LOOP_WRITE;
	(void)tw_loop_change_fd(conn->watch, conn->p2p->is_paused ? 0 : events);
}

/* Sends what there is. Returns false when the connection is gone. */
static bool flush(struct conn *conn)
{
	ssize_t n = 0;

	if (conn->out.len > 0)
		n = send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL);
	if (n > 0)
		tw_buf_consume(&conn->out, (size_t)n);
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || conn->out.error < 0 ||
		(conn->is_last && conn->out.len == 0)) {
		destroy_conn(conn);
		return false;
	}
	watch_conn(conn);
	return true;
}

static bool read_conn(struct conn *conn)
{
	uint8_t bytes[READ_SIZE];
	ssize_t n = recv(conn->fd, bytes, sizeof(bytes), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		destroy_conn(conn);
		return false;
	}
	conn->p2p->tick(conn->p2p->tick_ctx);
	conn->is_last = !tw_sim_p2p_peer_read(&conn->peer, bytes, (size_t)n, &conn->out);
	return flush(conn);
}

static void on_event(void *ctx, int fd, int events)
{
	struct conn *conn = ctx;

	(void)fd;
	if ((events & TW_LOOP_READ) != 0 && !read_conn(conn))
		return;
	if ((events & TW_LOOP_WRITE) == 0)
		return;
	if (conn->out.len == 0)
		(void)tw_sim_p2p_peer_flood(&conn->peer, &conn->out);
	(void)flush(conn);
}

/* Takes fd over, but not on failure. 0 or -ENOMEM. */
static int create_conn(struct demo_p2p *p2p, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (conn == NULL)
		return -ENOMEM;
	conn->p2p = p2p;
	conn->fd = fd;
	tw_buf_init(&conn->out, TW_SIM_P2P_OUT_MAX);
	tw_sim_p2p_peer_init(&conn->peer, p2p->net, p2p->index);
	r = tw_loop_add_fd(p2p->loop, fd, TW_LOOP_READ, on_event, conn, &conn->watch);
	if (r < 0) {
		free(conn);
		return r;
	}
	conn->next = p2p->first;
	if (conn->next != NULL)
		conn->next->prev = conn;
	p2p->first = conn;
	p2p->n++;
	return 0;
}

static void on_listener(void *ctx, int fd, int events)
{
	struct demo_p2p *p2p = ctx;
	int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (conn >= 0 && (p2p->n == DEMO_P2P_CONNECTIONS_MAX || create_conn(p2p, conn) < 0))
		close(conn);
}

static void close_listener(struct demo_p2p *p2p)
{
	if (p2p->listener < 0)
		return;
	tw_loop_remove_fd(p2p->watch);
	p2p->watch = NULL;
	close(p2p->listener);
	p2p->listener = -1;
}

static int open_listener(struct demo_p2p *p2p)
{
	int fd = -1, r = demo_bind_socket(p2p->port, &fd);

	if (r == 0 && listen(fd, DEMO_P2P_CONNECTIONS_MAX) < 0)
		r = -errno;
	if (r == 0)
		r = tw_loop_add_fd(p2p->loop, fd, TW_LOOP_READ, on_listener, p2p, &p2p->watch);
	if (r == 0)
		p2p->listener = fd;
	else if (fd >= 0)
		close(fd);
	return r;
}

static void push(struct demo_p2p *p2p)
{
	struct tw_sim_view view;

	tw_sim_net_view(p2p->net, p2p->index, &view);
	if (view.tip == p2p->pushed && node_of(p2p)->branch == p2p->branch)
		return;
	p2p->pushed = view.tip;
	p2p->branch = node_of(p2p)->branch;
	for (struct conn *conn = p2p->first, *next; conn != NULL; conn = next) {
		next = conn->next;
		tw_sim_p2p_peer_push(&conn->peer, &conn->out);
		(void)flush(conn);
	}
}

/* The node hangs, goes on, or has another fault: other events are waited for. */
static void watch_all(struct demo_p2p *p2p)
{
	if (p2p->listener >= 0)
		(void)tw_loop_change_fd(p2p->watch, p2p->is_paused ? 0 : TW_LOOP_READ);
	for (struct conn *conn = p2p->first; conn != NULL; conn = conn->next)
		watch_conn(conn);
}

int demo_p2p_update(struct demo_p2p *p2p)
{
	const struct tw_sim_node *node = node_of(p2p);
	bool is_hung = node->reach == TW_SIM_REACH_HUNG;
	bool is_closed =
		tw_sim_node_is_dead(node, p2p->net->now_us) || node->p2p_fault == TW_SIM_P2P_CLOSED;
	int r;

	if (is_closed || node->started_us != p2p->started_us) {
		p2p->started_us = node->started_us;
		close_listener(p2p);
		close_conns(p2p);
	}
	if (is_closed)
		return 0;
	if (p2p->listener < 0) {
		r = open_listener(p2p);
		if (r < 0)
			return r;
	}
	if (is_hung != p2p->is_paused || node->p2p_fault != p2p->fault) {
		p2p->is_paused = is_hung;
		p2p->fault = node->p2p_fault;
		watch_all(p2p);
	}
	if (!is_hung)
		push(p2p);
	return 0;
}

int demo_p2p_create(struct tw_loop *loop, struct tw_sim_net *net, uint32_t index, uint16_t port,
	void (*tick)(void *ctx), void *ctx, struct demo_p2p **ret_p2p)
{
	struct demo_p2p *p2p = calloc(1, sizeof(*p2p));
	struct tw_sim_node *node = &net->nodes[index];
	int r;

	if (p2p == NULL)
		return -ENOMEM;
	*p2p = (struct demo_p2p){
		.loop = loop,
		.net = net,
		.index = index,
		.tick = tick,
		.tick_ctx = ctx,
		.reservation = -1,
		.listener = -1,
		.started_us = node->started_us,
		.pushed = TW_UNKNOWN,
	};
	r = demo_bind_socket(port, &p2p->reservation);
	if (r == 0)
		r = demo_bind_port(p2p->reservation, &p2p->port);
	if (r == 0)
		r = open_listener(p2p);
	if (r < 0) {
		demo_p2p_destroy(p2p);
		return r;
	}
	snprintf(node->p2p, sizeof(node->p2p), "127.0.0.1:%u", p2p->port);
	*ret_p2p = p2p;
	return 0;
}

void demo_p2p_destroy(struct demo_p2p *p2p)
{
	if (p2p == NULL)
		return;
	close_conns(p2p);
	close_listener(p2p);
	if (p2p->reservation >= 0)
		close(p2p->reservation);
	free(p2p);
}
