/* See conn.h. */
#include "conn.h"
#include "request.h"
#include "sim/rpc/answer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IN_MAX = DEMO_HEAD_MAX + TW_SIM_RPC_BODY_MAX,
	OUT_MAX = TW_SIM_RPC_REPLY_MAX + DEMO_HEAD_MAX,
	READ_SIZE = 65536,
	DEEP_LEN = 1000000,
	ENDLESS_CHUNK = 32768,
	LIB_REQUESTS_MAX = 5, /* cpp-httplib's limits */
	LIB_IDLE_US = 5000000,
};

enum state { READING, WAITING, WRITING };

struct demo_conn {
	struct demo_conns *conns;
	struct demo_conn *prev, *next;
	int fd;
	struct tw_loop_fd *watch;
	struct tw_loop_timer *timer;
	enum state state;
	bool is_paused;
	bool is_due; /* the timer fired while paused */
	bool is_continued;
	bool is_last; /* closes after the reply that is being written */
	bool is_endless;
	int n_requests;
	struct demo_request request;
	struct tw_buf in;
	struct tw_buf out;
	size_t sent;
};

static struct tw_sim_node *node_of(const struct demo_conn *conn)
{
	return &conn->conns->net->nodes[conn->conns->index];
}

static void destroy(struct demo_conn *conn)
{
	struct demo_conns *conns = conn->conns;

	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		conns->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	tw_loop_remove_fd(conn->watch);
	tw_loop_remove_timer(conn->timer);
	tw_buf_finish(&conn->in);
	tw_buf_finish(&conn->out);
	close(conn->fd);
	free(conn);
	conns->n--;
	conns->gone(conns->ctx);
}

/* With a linger time of 0, close() sends a reset instead of a FIN. */
static void set_reset(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void demo_conn_reset_fd(int fd)
{
	set_reset(fd);
	close(fd);
}

void demo_conn_reset_all(struct demo_conns *conns)
{
	while (conns->first != NULL) {
		set_reset(conns->first->fd);
		destroy(conns->first);
	}
}

static int64_t wall_us(const struct demo_conn *conn)
{
	return tw_loop_to_wall(conn->conns->loop, tw_loop_now(conn->conns->loop));
}

static void put_text_reply(struct demo_conn *conn, int status, const char *reason,
	const char *extra_header, const char *body)
{
	struct tw_sim_reply reply = { .status = status,
		.reason = reason,
		.content_type = "text/html",
		.extra_header = extra_header };

	tw_sim_reply_put_head(&reply, node_of(conn)->version, strlen(body), conn->is_last,
		wall_us(conn), &conn->out);
	tw_buf_puts(&conn->out, body);
}

static void put_deep(struct demo_conn *conn)
{
	static const struct tw_sim_reply reply = {
		.status = 200, .reason = "OK", .content_type = "application/json"
	};

	tw_sim_reply_put_head(
		&reply, node_of(conn)->version, DEEP_LEN, conn->is_last, wall_us(conn), &conn->out);
	for (int i = 0; i < DEEP_LEN; i++)
		tw_buf_putc(&conn->out, '[');
}

static void put_endless_chunk(struct demo_conn *conn)
{
	tw_buf_printf(&conn->out, "%x\r\n", ENDLESS_CHUNK);
	for (int i = 0; i < ENDLESS_CHUNK; i++)
		tw_buf_putc(&conn->out, 'a');
	tw_buf_puts(&conn->out, "\r\n");
}

static void put_endless(struct demo_conn *conn)
{
	static const char start[] = "{\"status\":\"";

	conn->is_endless = true;
	tw_buf_puts(&conn->out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				"Transfer-Encoding: chunked\r\n\r\n");
	tw_buf_printf(&conn->out, "%zx\r\n%s\r\n", strlen(start), start);
	put_endless_chunk(conn);
}

/* Bytes that are no status line, the same ones every time. */
static void put_noise(struct demo_conn *conn)
{
	for (int i = 0; i < 512; i++)
		tw_buf_putc(&conn->out, (char)(uint8_t)(i * 167 + 13));
	tw_buf_putc(&conn->out, '\n');
	conn->is_last = true;
}

/* Returns false when the connection is gone. */
static bool put_answer(struct demo_conn *conn)
{
	struct demo_conns *conns = conn->conns;
	struct tw_sim_request request = {
		.method = conn->request.method,
		.target = conn->request.target,
		.body = tw_buf_str(&conn->in) + conn->request.head_len,
		.body_len = conn->request.body_len,
	};
	struct tw_sim_node *node = node_of(conn);
	struct tw_sim_reply reply;
	size_t len;

	if (tw_sim_answer(conns->net, conns->index, &request, &reply) < 0) {
		destroy(conn);
		return false;
	}
	if (reply.is_crash) {
		tw_sim_reply_finish(&reply);
		conns->crash(conns->ctx);
		return false;
	}
	len = reply.body.len;
	tw_sim_reply_put_head(&reply, node->version, len, conn->is_last, wall_us(conn), &conn->out);
	if (node->reach == TW_SIM_REACH_TRUNCATE) {
		len /= 2;
		conn->is_last = true;
	}
	if (!reply.is_headless)
		tw_buf_append(&conn->out, tw_buf_str(&reply.body), len);
	tw_sim_reply_finish(&reply);
	return true;
}

/* Does the connection end after this answer? */
static bool is_last_answer(const struct demo_conn *conn)
{
	switch (node_of(conn)->version->http) {
	case TW_SIM_HTTP_CLASSIC:
		return false;
	case TW_SIM_HTTP_LIB:
		return conn->request.is_close || conn->n_requests >= LIB_REQUESTS_MAX;
	case TW_SIM_HTTP_EPEE:
		break;
	}
	return conn->request.is_close;
}

/* Fills the output for the request that was read. Returns false when the connection is gone. */
static bool respond(struct demo_conn *conn)
{
	struct tw_sim_node *node = node_of(conn);

	conn->is_last = is_last_answer(conn);
	if (node->user[0] != '\0' &&
		!demo_request_is_authorised(&conn->request, node->user, node->password)) {
		put_text_reply(conn, 401, "Unauthorized", "WWW-Authenticate: Basic realm=\"rpc\"",
			"<h1>401 Unauthorized</h1>\n");
		return true;
	}
	switch (node->reach) {
	case TW_SIM_REACH_HTTP_ERROR:
		put_text_reply(conn, node->http_code, "Wrong", NULL,
			"<html><body><h1>Something went wrong</h1></body></html>\n");
		return true;
	case TW_SIM_REACH_GARBAGE:
		put_text_reply(
			conn, 200, "OK", NULL, "<html><body><h1>It works!</h1></body></html>\n");
		return true;
	case TW_SIM_REACH_NOISE:
		put_noise(conn);
		return true;
	case TW_SIM_REACH_ENDLESS:
		put_endless(conn);
		return true;
	case TW_SIM_REACH_DEEP:
		put_deep(conn);
		return true;
	case TW_SIM_REACH_ANSWERS:
	case TW_SIM_REACH_TRUNCATE:
	case TW_SIM_REACH_DEAD:
	case TW_SIM_REACH_HUNG:
	case TW_SIM_REACH_RESET:
		break;
	}
	return put_answer(conn);
}

/* Watches for the events that the state needs. */
static void watch_state(struct demo_conn *conn)
{
	int events = 0;

	if (!conn->is_paused && conn->state == READING)
		events = TW_LOOP_READ;
	else if (!conn->is_paused && conn->state == WRITING)
		events = TW_LOOP_WRITE;
	(void)tw_loop_change_fd(conn->watch, events);
}

static void enter(struct demo_conn *conn, enum state state)
{
	conn->state = state;
	watch_state(conn);
}

static void next_request(struct demo_conn *conn);

static void start_answer(struct demo_conn *conn)
{
	conn->conns->tick(conn->conns->tick_ctx);
	if (respond(conn)) {
		tw_buf_consume(&conn->in, conn->request.head_len + conn->request.body_len);
		conn->sent = 0;
		enter(conn, WRITING);
	}
}

/*
 * Answers at once, or after the delay of a slow node. A daemon with one thread makes the next
 * request wait as well.
 */
static void wait_or_answer(struct demo_conn *conn)
{
	struct demo_conns *conns = conn->conns;
	int64_t slow_us = node_of(conn)->slow_us;
	int64_t due_us = tw_loop_now(conns->loop);

	conn->n_requests++;
	node_of(conn)->n_requests++;
	conn->is_continued = false;
	if (slow_us == 0) {
		start_answer(conn);
		return;
	}
	if (node_of(conn)->version->http == TW_SIM_HTTP_CLASSIC) {
		if (conns->busy_until_us > due_us)
			due_us = conns->busy_until_us;
		conns->busy_until_us = due_us + slow_us;
	}
	enter(conn, WAITING);
	tw_loop_arm(conn->timer, due_us + slow_us);
}

/* Looks at what has been read so far. */
static void next_request(struct demo_conn *conn)
{
	switch (demo_request_parse(&conn->in, &conn->request)) {
	case DEMO_REQUEST_PARTIAL:
		enter(conn, READING);
		if (node_of(conn)->version->http == TW_SIM_HTTP_LIB)
			tw_loop_arm(conn->timer, tw_loop_now(conn->conns->loop) + LIB_IDLE_US);
		return;
	case DEMO_REQUEST_BAD:
		conn->is_last = true;
		put_text_reply(conn, 400, "Bad Request", NULL, "");
		conn->sent = 0;
		enter(conn, WRITING);
		return;
	case DEMO_REQUEST_WHOLE:
		break;
	}
	tw_loop_arm(conn->timer, TW_NEVER);
	if (conn->in.len - conn->request.head_len >= conn->request.body_len) {
		wait_or_answer(conn);
		return;
	}
	enter(conn, READING);
	if (conn->request.is_expecting && !conn->is_continued) {
		static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

		conn->is_continued = true;
		/*
		 * These few bytes fit into the socket; if not, the client sends its body anyway.
		 */
		send(conn->fd, text, strlen(text), MSG_NOSIGNAL);
	}
}

static void on_readable(struct demo_conn *conn)
{
	char bytes[READ_SIZE];
	ssize_t n = recv(conn->fd, bytes, sizeof(bytes), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		tw_buf_append(&conn->in, bytes, (size_t)n);
	if (n <= 0 || conn->in.error < 0) {
		destroy(conn);
		return;
	}
	next_request(conn);
}

static void on_writable(struct demo_conn *conn)
{
	ssize_t n = send(conn->fd, tw_buf_str(&conn->out) + conn->sent, conn->out.len - conn->sent,
		MSG_NOSIGNAL);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			destroy(conn);
		return;
	}
	conn->sent += (size_t)n;
	if (conn->sent < conn->out.len)
		return;
	tw_buf_clear(&conn->out);
	conn->sent = 0;
	if (conn->is_endless)
		put_endless_chunk(conn);
	else if (conn->is_last)
		destroy(conn);
	else
		next_request(conn);
}

static void on_event(void *ctx, int fd, int events)
{
	struct demo_conn *conn = ctx;

	(void)fd;
	if (conn->state == WRITING && (events & TW_LOOP_WRITE) != 0)
		on_writable(conn);
	else if (conn->state == READING && (events & TW_LOOP_READ) != 0)
		on_readable(conn);
}

static void on_timer(void *ctx)
{
	struct demo_conn *conn = ctx;

	if (conn->is_paused)
		conn->is_due = true;
	else if (conn->state == WAITING)
		start_answer(conn);
	else
		destroy(conn); /* the connection was idle for too long */
}

static void pause_conn(struct demo_conn *conn, bool is_paused)
{
	conn->is_paused = is_paused;
	watch_state(conn);
	if (!is_paused && conn->is_due) {
		conn->is_due = false;
		tw_loop_arm(conn->timer, tw_loop_now(conn->conns->loop));
	}
}

void demo_conn_pause_all(struct demo_conns *conns, bool is_paused)
{
	for (struct demo_conn *conn = conns->first; conn != NULL; conn = conn->next)
		pause_conn(conn, is_paused);
}

int demo_conn_create(struct demo_conns *conns, int fd)
{
	struct demo_conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (conn == NULL)
		return -ENOMEM;
	conn->conns = conns;
	conn->fd = fd;
	tw_buf_init(&conn->in, IN_MAX);
	tw_buf_init(&conn->out, OUT_MAX);
	r = tw_loop_add_timer(conns->loop, on_timer, conn, &conn->timer);
	if (r < 0)
		goto fail;
	r = tw_loop_add_fd(conns->loop, fd, TW_LOOP_READ, on_event, conn, &conn->watch);
	if (r < 0)
		goto fail;
	conn->next = conns->first;
	if (conn->next != NULL)
		conn->next->prev = conn;
	conns->first = conn;
	conns->n++;
	next_request(conn);
	return 0;
fail:
	tw_loop_remove_timer(conn->timer);
	free(conn);
	return r;
}
