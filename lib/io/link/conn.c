/* See conn.h. */
#include "io/link/conn.h"
#include "base/file.h"
#include "base/num.h"
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREET_US       (5 * TW_SEC) /* for the connection and the handshake */
#define SYNC_EVERY_US  (5 * TW_SEC) /* the tip is asked for */
#define SYNC_WITHIN_US (5 * TW_SEC) /* and must be answered */
#define READ_EVERY_US  (100 * TW_MS)
enum { CONN_READ_MAX = 256 * 1024, READ_SIZE = 16384 };

/* The timer fires when something is due, or when reading goes on. */
static void arm(struct tw_conn *conn)
{
	int64_t resume_us = conn->is_paused ? conn->read_from_us + READ_EVERY_US : TW_NEVER;

	tw_loop_arm(conn->timer, tw_min(conn->due_us, resume_us));
}

static void wait_for(struct tw_conn *conn, int64_t us)
{
	conn->due_us = tw_loop_now(conn->loop) + us;
	arm(conn);
}

void tw_conn_close(struct tw_conn *conn)
{
	tw_loop_remove_fd(conn->watch);
	conn->watch = NULL;
	tw_file_close(&conn->fd);
	tw_buf_clear(&conn->out);
	conn->is_paused = conn->is_asking = false;
	conn->n_read = 0;
	conn->phase = TW_CONN_CLOSED;
	conn->due_us = TW_NEVER;
	arm(conn);
}

static void fail(struct tw_conn *conn, const char *error)
{
	conn->ended_in = conn->phase;
	snprintf(conn->error, sizeof(conn->error), "%s", error);
	tw_conn_close(conn);
	conn->fn(conn->ctx, TW_CONN_EVENT_CLOSED);
}

static void fail_errno(struct tw_conn *conn, const char *what, int error)
{
	char text[TW_P2P_ERROR_MAX];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(error));
	fail(conn, text);
}

static void watch(struct tw_conn *conn)
{
	int events = conn->is_paused ? 0 : TW_LOOP_READ;

	if (conn->phase == TW_CONN_CONNECTING || conn->out.len > 0)
		events |= TW_LOOP_WRITE;
	(void)tw_loop_change_fd(conn->watch, events);
}

/* Sends what there is. False: the connection has failed. */
static bool flush(struct tw_conn *conn)
{
	ssize_t n = 0;

	if (conn->out.len > 0)
		n = send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail_errno(conn, "the connection failed", errno);
		return false;
	}
	if (n > 0)
		tw_buf_consume(&conn->out, (size_t)n);
	watch(conn);
	return true;
}

/* --- what comes --- */

/* What it says, once there is an event. False: the connection has failed or was closed. */
static bool take_event(struct tw_conn *conn, enum tw_p2p_link_event event)
{
	switch (event) {
	case TW_P2P_LINK_NONE:
		break;
	case TW_P2P_LINK_UP:
		conn->phase = TW_CONN_UP;
		wait_for(conn, SYNC_EVERY_US);
		conn->fn(conn->ctx, TW_CONN_EVENT_UP);
		break;
	case TW_P2P_LINK_TIP:
		conn->is_asking = false;
		wait_for(conn, SYNC_EVERY_US);
		conn->fn(conn->ctx, TW_CONN_EVENT_TIP);
		break;
	case TW_P2P_LINK_PUSH:
		conn->fn(conn->ctx, TW_CONN_EVENT_PUSH);
		break;
	case TW_P2P_LINK_BAD:
		fail(conn, conn->talk.error);
		return false;
	}
	return conn->phase != TW_CONN_CLOSED;
}

static void take_bytes(struct tw_conn *conn, const uint8_t *data, size_t len)
{
	enum tw_p2p_link_event event;

	do {
		event = tw_p2p_link_read(&conn->talk, &data, &len, &conn->out);
		if (!take_event(conn, event))
			return;
	} while (event != TW_P2P_LINK_NONE);
	(void)flush(conn);
}

/* Whether more may be read now. If not, the timer goes on with it. */
static bool may_read(struct tw_conn *conn)
{
	int64_t now = tw_loop_now(conn->loop);

	if (now - conn->read_from_us >= READ_EVERY_US) {
		conn->read_from_us = now;
		conn->n_read = 0;
	}
	conn->is_paused = conn->n_read >= CONN_READ_MAX;
	if (conn->is_paused)
		arm(conn);
	return !conn->is_paused;
}

static void on_readable(struct tw_conn *conn)
{
	uint8_t bytes[READ_SIZE];
	ssize_t n;

	if (!may_read(conn)) {
		watch(conn);
		return;
	}
	n = recv(conn->fd, bytes, sizeof(bytes), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		fail_errno(conn, "the connection failed", errno);
	} else if (n == 0) {
		fail(conn, conn->phase == TW_CONN_GREETING
				   ? "it closed the connection at the handshake"
				   : "it closed the connection");
	} else {
		conn->n_read += (size_t)n;
		take_bytes(conn, bytes, (size_t)n);
	}
}

static void on_connected(struct tw_conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error != 0) {
		fail_errno(conn, "no connection", error);
		return;
	}
	conn->phase = TW_CONN_GREETING;
	wait_for(conn, GREET_US);
	tw_p2p_link_init(&conn->talk, conn->coin, &conn->self, &conn->tip, &conn->out);
	(void)flush(conn);
}

static void on_event(void *ctx, int fd, int events)
{
	struct tw_conn *conn = ctx;

	(void)fd;
	if (conn->phase == TW_CONN_CONNECTING) {
		on_connected(conn);
		return;
	}
	if ((events & TW_LOOP_WRITE) != 0 && !flush(conn))
		return;
	if ((events & TW_LOOP_READ) != 0)
		on_readable(conn);
}

/* --- connecting --- */

static int open_socket(struct tw_conn *conn, const char *address, uint16_t port)
{
	static const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char text[8];
	int r = 0;

	snprintf(text, sizeof(text), "%u", port);
	if (getaddrinfo(address, text, &hints, &list) != 0)
		return -EADDRNOTAVAIL;
	conn->fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->fd < 0 ||
		(connect(conn->fd, list->ai_addr, list->ai_addrlen) < 0 && errno != EINPROGRESS))
		r = -errno;
	freeaddrinfo(list);
	return r < 0 ? r
		     : tw_loop_add_fd(
			       conn->loop, conn->fd, TW_LOOP_WRITE, on_event, conn, &conn->watch);
}

void tw_conn_open(struct tw_conn *conn, const char *address, uint16_t port,
	const struct tw_p2p_coin *coin, const struct tw_p2p_message_self *self,
	const struct tw_point *tip)
{
	int r;

	conn->coin = coin;
	conn->self = *self;
	conn->tip = *tip;
	conn->phase = TW_CONN_CONNECTING;
	wait_for(conn, GREET_US);
	r = open_socket(conn, address, port);
	if (r < 0)
		fail_errno(conn, "no connection", -r);
}

/* --- time --- */

void tw_conn_ask(struct tw_conn *conn)
{
	if (conn->phase != TW_CONN_UP || conn->is_asking)
		return;
	conn->is_asking = tw_p2p_link_ask(&conn->talk, &conn->out);
	wait_for(conn, SYNC_WITHIN_US);
	(void)flush(conn);
}

static void on_timer(void *ctx)
{
	struct tw_conn *conn = ctx;
	int64_t now = tw_loop_now(conn->loop);

	if (conn->is_paused && now - conn->read_from_us >= READ_EVERY_US) {
		conn->is_paused = false;
		watch(conn);
	}
	if (now < conn->due_us) {
		arm(conn);
		return;
	}
	switch (conn->phase) {
	case TW_CONN_CLOSED:
		break;
	case TW_CONN_CONNECTING:
		fail(conn, "no connection in time");
		break;
	case TW_CONN_GREETING:
		fail(conn, "it does not answer the handshake");
		break;
	case TW_CONN_UP:
		if (conn->is_asking)
			fail(conn, "it does not answer any more");
		else
			tw_conn_ask(conn);
		break;
	}
}

int tw_conn_init(struct tw_conn *ret_conn, struct tw_loop *loop, tw_conn_fn *fn, void *ctx)
{
	*ret_conn = (struct tw_conn){
		.loop = loop, .fn = fn, .ctx = ctx, .fd = -1, .due_us = TW_NEVER
	};
	tw_buf_init(&ret_conn->out, TW_P2P_LINK_OUT_MAX);
	return tw_loop_add_timer(loop, on_timer, ret_conn, &ret_conn->timer);
}

void tw_conn_finish(struct tw_conn *conn)
{
	if (conn->loop == NULL)
		return;
	if (conn->timer != NULL)
		tw_conn_close(conn);
	tw_loop_remove_timer(conn->timer);
	tw_buf_finish(&conn->out);
	*conn = (struct tw_conn){ 0 };
}
