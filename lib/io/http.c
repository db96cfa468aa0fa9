/*
 * See http.h. libmicrohttpd's epoll mode is edge-triggered inside: it may know of readable
 * connections that its descriptor no longer shows. So whenever it ran, its timeout is asked for
 * again, and it runs at the end of that even without an event. Connections are accepted here and
 * handed over, because it would spin when there are no descriptors left, and what they take is
 * timed here, because it times only silence, which a trickle of bytes defeats.
 */
#include "io/http.h"
#include "base/num.h"
#include "io/acceptor.h"
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A connection. In the list of its tw_http, longest without an answer first, until it is told to
 * end. */
struct connection {
	struct tw_http *http;
	struct connection *next, *prev;
	int fd; /* libmicrohttpd's */
	int64_t since_us;
	uint64_t uploaded;
	bool is_listed;
	bool is_busy; /* between the headers of a request and the end of its answer */
};

struct tw_http {
	struct tw_loop *loop;
	struct MHD_Daemon *daemon;
	struct tw_acceptor *acceptor;
	struct tw_loop_fd *epoll;
	struct tw_loop_timer *run;      /* when libmicrohttpd wants to run again */
	struct tw_loop_timer *patience; /* when the first of the list has taken too long */
	tw_http_fn *handler;
	void *ctx;
	struct tw_http_limits limits;
	uint32_t n_connections;
	struct connection *first, *last;
	int64_t swept_us;
};

/* How often connections are looked at that the client has left. */
enum { SWEEP_US = 500000 };

/* --- the list of connections --- */

static void unlist(struct connection *connection)
{
	struct tw_http *http = connection->http;

	if (!connection->is_listed)
		return;
	if (connection->prev != NULL)
		connection->prev->next = connection->next;
	else
		http->first = connection->next;
	if (connection->next != NULL)
		connection->next->prev = connection->prev;
	else
		http->last = connection->prev;
	connection->next = connection->prev = NULL;
	connection->is_listed = false;
}

/* Starts the clock of a connection anew, which puts it at the end of the list. */
static void enlist(struct connection *connection)
{
	struct tw_http *http = connection->http;

	unlist(connection);
	connection->since_us = tw_loop_now(http->loop);
	connection->uploaded = 0;
	connection->prev = http->last;
	if (http->last != NULL)
		http->last->next = connection;
	else
		http->first = connection;
	http->last = connection;
	connection->is_listed = true;
}

/* Makes libmicrohttpd see the end of the connection, and close it. */
static void end(struct connection *connection)
{
	(void)shutdown(connection->fd, SHUT_RDWR);
	unlist(connection);
}

static bool has_left(const struct connection *connection)
{
	char byte;

	return !connection->is_busy && recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/*
 * Where the end of the stream came together with the last bytes, libmicrohttpd takes it for seen
 * and never looks again: nobody would close the connection before its time is over.
 */
static void sweep(struct tw_http *http, int64_t now_us)
{
	struct connection *next;

	if (now_us < http->swept_us + SWEEP_US)
		return;
	http->swept_us = now_us;
	for (struct connection *connection = http->first;
		connection != NULL && connection->since_us + SWEEP_US <= now_us;
		connection = next) {
		next = connection->next;
		if (has_left(connection))
			end(connection);
	}
}

/* Ends what takes too long or has come to nothing. */
static void lose_patience(struct tw_http *http)
{
	bool is_crowded = http->n_connections >= http->limits.connections;
	int64_t timeout_us = is_crowded ? http->limits.crowded_timeout_us : http->limits.timeout_us;
	int64_t now_us = tw_loop_now(http->loop), deadline_us;

	while (http->first != NULL && http->first->since_us + timeout_us <= now_us)
		end(http->first);
	sweep(http, now_us);
	if (http->first == NULL) {
		tw_loop_arm(http->patience, TW_NEVER);
		return;
	}
	deadline_us = http->first->since_us + timeout_us;
	if (deadline_us > http->swept_us + SWEEP_US)
		deadline_us = http->swept_us + SWEEP_US;
	tw_loop_arm(http->patience, deadline_us);
}

/* --- running libmicrohttpd --- */

static void run(struct tw_http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	(void)MHD_run(http->daemon);
	if (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES)
		tw_loop_arm(http->run, tw_loop_now(http->loop) + (int64_t)timeout_ms * TW_MS);
	else
		tw_loop_arm(http->run, TW_NEVER);
	lose_patience(http);
	tw_acceptor_pause(http->acceptor, http->n_connections >= http->limits.connections);
}

static void on_epoll(void *ctx, int fd, int events)
{
	(void)fd;
	(void)events;
	run(ctx);
}

static void on_timer(void *ctx)
{
	run(ctx);
}

static void on_accept(void *ctx, int fd, const struct sockaddr *address, socklen_t address_len)
{
	struct tw_http *http = ctx;

	/* It closes fd also when it fails. */
	(void)MHD_add_connection(http->daemon, fd, address, address_len);
	tw_loop_arm(http->run, tw_loop_now(http->loop));
	if (http->n_connections >= http->limits.connections)
		tw_acceptor_pause(http->acceptor, true);
}

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct tw_http *http = ctx;
	struct connection *connection = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

		http->n_connections++;
		connection = calloc(1, sizeof(*connection));
		if (connection == NULL) {
			(void)shutdown(info->connect_fd, SHUT_RDWR);
			return;
		}
		connection->http = http;
		connection->fd = info->connect_fd;
		enlist(connection);
		*context = connection;
	} else {
		http->n_connections--;
		if (connection != NULL)
			unlist(connection);
		free(connection);
		*context = NULL;
	}
}

/* --- requests --- */

static struct connection *connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

static struct MHD_Response *create_response(struct tw_http_reply *reply)
{
	static char empty[] = "";
	struct MHD_Response *response;

	if (reply->body.len == 0)
		return MHD_create_response_from_buffer(0, empty, MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer(
		reply->body.len, reply->body.data, MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		tw_buf_init(&reply->body, 0); /* the memory is the response's now */
	return response;
}

static enum MHD_Result send_reply(struct MHD_Connection *mhd, struct tw_http_reply *reply)
{
	enum MHD_Result result = MHD_NO;
	struct MHD_Response *response;

	if (reply->body.error < 0)
		tw_reply_error(MHD_HTTP_INTERNAL_SERVER_ERROR, "internal",
			"the answer is too large, or there is no memory for it", reply);
	response = reply->body.error < 0 ? NULL : create_response(reply);
	tw_buf_finish(&reply->body);
	if (response == NULL)
		return MHD_NO;
	if (MHD_add_response_header(response, "Content-Type", reply->content_type) == MHD_YES &&
		MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES &&
		MHD_add_response_header(
			response, "Content-Security-Policy", "default-src 'self'") == MHD_YES &&
		MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
		(reply->status != MHD_HTTP_METHOD_NOT_ALLOWED ||
			MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES))
		result = MHD_queue_response(mhd, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static bool is_read_only(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static enum MHD_Result answer(
	struct tw_http *http, struct MHD_Connection *mhd, const char *target, const char *method)
{
	const char *accept = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Accept");
	struct tw_http_reply reply = { 0 };

	tw_buf_init(&reply.body, TW_HTTP_BODY_MAX);
	if (is_read_only(method))
		http->handler(http->ctx, target, accept == NULL ? "" : accept, &reply);
	else
		tw_reply_error(MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
			"this endpoint is read only: use GET or HEAD; commands are for the control "
			"socket (tipwatchctl)",
			&reply);
	return send_reply(mhd, &reply);
}

static bool announces_too_much(struct MHD_Connection *mhd)
{
	const char *text = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");
	int64_t len;

	return text != NULL && tw_num_parse(text, strlen(text), 0, TW_HTTP_UPLOAD_MAX, &len) < 0;
}

static enum MHD_Result refuse_upload(struct MHD_Connection *mhd, const char *method)
{
	struct tw_http_reply reply = { 0 };

	tw_buf_init(&reply.body, TW_HTTP_BODY_MAX);
	if (is_read_only(method))
		tw_reply_error(MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
			"a request here needs no body", &reply);
	else
		tw_reply_error(MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
			"this endpoint is read only: use GET or HEAD", &reply);
	return send_reply(mhd, &reply);
}

/* Called when the headers are there, for each piece of a body, and at the end of the request. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *mhd, const char *target,
	const char *method, const char *version, const char *data, size_t *data_len, void **request)
{
	struct connection *connection = connection_of(mhd);

	(void)version;
	(void)data;
	if (connection == NULL)
		return MHD_NO;
	if (*request == NULL) {
		*request = connection;
		connection->is_busy = true;
		/* An answer given here ends the connection: only for what must not come in. */
		return announces_too_much(mhd) ? refuse_upload(mhd, method) : MHD_YES;
	}
	if (*data_len > 0) {
		connection->uploaded += *data_len;
		*data_len = 0;
		return connection->uploaded <= TW_HTTP_UPLOAD_MAX ? MHD_YES : MHD_NO;
	}
	return answer(ctx, mhd, target, method);
}

static void on_completed(
	void *ctx, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code)
{
	struct connection *connection = connection_of(mhd);

	(void)ctx;
	*request = NULL;
	if (connection == NULL)
		return;
	connection->is_busy = false;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && connection->is_listed)
		enlist(connection);
}

/* Targets are decoded by wire/route, which can tell "%2F" from "/" and refuses "%00". */
static size_t leave_encoded(void *ctx, struct MHD_Connection *mhd, char *text)
{
	(void)ctx;
	(void)mhd;
	return strlen(text);
}

/* --- life --- */

static int start_daemon(struct tw_http *http)
{
	const union MHD_DaemonInfo *info;

	errno = 0;
	http->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
		on_request, http, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)TW_HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)TW_HTTP_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_encoded, http, MHD_OPTION_END);
	if (http->daemon == NULL)
		return errno > 0 ? -errno : -ENOMEM;
	info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		return -ENOTSUP;
	return tw_loop_add_fd(
		http->loop, info->epoll_fd, TW_LOOP_READ, on_epoll, http, &http->epoll);
}

int tw_http_create(struct tw_loop *loop, const struct tw_listen *listen, tw_http_fn *handler,
	void *ctx, struct tw_http **ret_http)
{
	struct tw_http *http = calloc(1, sizeof(*http));
	int r;

	if (http == NULL)
		return -ENOMEM;
	http->loop = loop;
	http->handler = handler;
	http->ctx = ctx;
	http->limits = (struct tw_http_limits){
		.connections = TW_HTTP_CONNECTIONS_MAX,
		.timeout_us = 30 * TW_SEC,
		.crowded_timeout_us = 2 * TW_SEC,
	};
	r = tw_acceptor_create(loop, listen, on_accept, http, &http->acceptor);
	if (r < 0)
		goto fail;
	r = tw_loop_add_timer(loop, on_timer, http, &http->run);
	if (r < 0)
		goto fail;
	r = tw_loop_add_timer(loop, on_timer, http, &http->patience);
	if (r < 0)
		goto fail;
	r = start_daemon(http);
	if (r < 0)
		goto fail;
	*ret_http = http;
	return 0;
fail:
	tw_http_destroy(http);
	return r;
}

void tw_http_destroy(struct tw_http *http)
{
	if (http == NULL)
		return;
	tw_acceptor_destroy(http->acceptor);
	tw_loop_remove_fd(http->epoll);
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	tw_loop_remove_timer(http->run);
	tw_loop_remove_timer(http->patience);
	free(http);
}

uint16_t tw_http_port(const struct tw_http *http)
{
	return tw_acceptor_port(http->acceptor);
}

void tw_http_set_limits(struct tw_http *http, const struct tw_http_limits *limits)
{
	assert(limits->connections >= 1 && limits->connections <= TW_HTTP_CONNECTIONS_MAX);
	http->limits = *limits;
}
