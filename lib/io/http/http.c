/*
 * See http.h. The epoll mode of libmicrohttpd is edge-triggered inside: it may know of readable
 * connections that its descriptor no longer shows. So whenever it ran, its timeout is asked for
 * again, and it runs when that is over even without an event. Connections are accepted by
 * io/listen/acceptor and handed over, because libmicrohttpd would spin without descriptors.
 */
#include "io/http/http.h"
#include "base/num.h"
#include "io/http/patience.h"
#include "io/http/stream.h"
#include "io/listen/tcp.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tw_http {
	struct tw_loop *loop;
	struct MHD_Daemon *daemon;
	struct tw_acceptor *acceptor;
	uint16_t port;
	struct tw_loop_fd *epoll;
	struct tw_loop_timer *run; /* when libmicrohttpd wants to run again */
	const struct tw_http_ops *ops;
	void *ctx;
	struct tw_http_limits limits;
	uint32_t n_connections;
	struct tw_http_patience patience;
	struct tw_http_streams streams;
};

/* --- running libmicrohttpd --- */

static bool is_full(const struct tw_http *http)
{
	return http->n_connections >= http->limits.connections;
}

static void run(struct tw_http *http)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	MHD_run(http->daemon);
	if (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES)
		tw_loop_arm(http->run, tw_loop_now(http->loop) + (int64_t)timeout_ms * TW_MS);
	else
		tw_loop_arm(http->run, TW_NEVER);
	tw_http_patience_lose(&http->patience,
		is_full(http) ? http->limits.crowded_timeout_us : http->limits.timeout_us);
	tw_acceptor_pause(http->acceptor, is_full(http));
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

	/* libmicrohttpd closes fd also when it fails. */
	MHD_add_connection(http->daemon, fd, address, address_len);
	tw_loop_arm(http->run, tw_loop_now(http->loop));
	if (is_full(http))
		tw_acceptor_pause(http->acceptor, true);
}

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct tw_http *http = ctx;
	struct tw_http_connection *connection = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

		http->n_connections++;
		connection = calloc(1, sizeof(*connection));
		if (connection == NULL) {
			shutdown(info->connect_fd, SHUT_RDWR);
			return;
		}
		connection->patience = &http->patience;
		connection->fd = info->connect_fd;
		tw_http_patience_enlist(connection);
		*context = connection;
	} else {
		http->n_connections--;
		if (connection != NULL)
			tw_http_patience_unlist(connection);
		free(connection);
		*context = NULL;
	}
}

/* --- requests --- */

static struct tw_http_connection *connection_of(struct MHD_Connection *mhd)
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
		tw_buf_init(&reply->body, 0); /* the response owns the memory now */
	return response;
}

static void refuse_stream(const struct tw_http *http, struct tw_http_reply *reply)
{
	char message[128];

	snprintf(message, sizeof(message),
		"all %" PRIu32 " event streams that may be open are: try again later, or poll "
		"/status",
		http->limits.streams);
	reply->is_stream = false;
	tw_http_reply_error(MHD_HTTP_SERVICE_UNAVAILABLE, "busy", message, reply);
}

static struct MHD_Response *respond(
	struct tw_http *http, struct MHD_Connection *mhd, bool is_head, struct tw_http_reply *reply)
{
	if (reply->is_stream && !is_head && http->streams.n >= http->limits.streams)
		refuse_stream(http, reply);
	if (reply->body.error < 0) {
		reply->is_stream = false;
		tw_http_reply_error(MHD_HTTP_INTERNAL_SERVER_ERROR, "internal",
			"the answer is too large, or there is no memory for it", reply);
	}
	if (reply->body.error < 0)
		return NULL;
	/* With a stream as the answer to HEAD, libmicrohttpd would send the end of a chunked body
	 * after the headers. */
	if (reply->is_stream && is_head)
		tw_buf_clear(&reply->body);
	if (!reply->is_stream || is_head)
		return create_response(reply);
	return tw_http_stream_response(&http->streams, connection_of(mhd), mhd, &reply->body);
}

static enum MHD_Result send_reply(struct tw_http *http, struct MHD_Connection *mhd,
	const char *method, struct tw_http_reply *reply)
{
	enum MHD_Result result = MHD_NO;
	struct MHD_Response *response = respond(http, mhd, strcmp(method, "HEAD") == 0, reply);

	tw_buf_finish(&reply->body);
	if (response == NULL)
		return MHD_NO;
	if (MHD_add_response_header(response, "Content-Type", reply->content_type) == MHD_YES &&
		MHD_add_response_header(response, "Cache-Control",
			reply->tag == NULL ? "no-store" : "no-cache") == MHD_YES &&
		(reply->tag == NULL ||
			MHD_add_response_header(response, "ETag", reply->tag) == MHD_YES) &&
		MHD_add_response_header(
			response, "Content-Security-Policy", "default-src 'self'") == MHD_YES &&
		MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES &&
		(reply->status != MHD_HTTP_METHOD_NOT_ALLOWED ||
			MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES) &&
		/* nginx would buffer the events. */
		(!reply->is_stream ||
			MHD_add_response_header(response, "X-Accel-Buffering", "no") == MHD_YES))
		result = MHD_queue_response(mhd, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

/* The client's copy is still the newest: it gets only the headers. */
static void leave_out_known(struct MHD_Connection *mhd, struct tw_http_reply *reply)
{
	const char *known = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "If-None-Match");

	if (reply->tag == NULL || known == NULL || strstr(known, reply->tag) == NULL)
		return;
	reply->status = MHD_HTTP_NOT_MODIFIED;
	tw_buf_clear(&reply->body);
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
		http->ops->answer(http->ctx, target, accept == NULL ? "" : accept, &reply);
	else
		tw_http_reply_error(MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
			"this endpoint is read only: use GET or HEAD; commands are for the control "
			"socket (tipwatchctl)",
			&reply);
	leave_out_known(mhd, &reply);
	return send_reply(http, mhd, method, &reply);
}

static bool announces_too_much(struct MHD_Connection *mhd)
{
	const char *text = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");
	int64_t len;

	return text != NULL && tw_num_parse(text, strlen(text), 0, TW_HTTP_UPLOAD_MAX, &len) < 0;
}

static enum MHD_Result refuse_upload(
	struct tw_http *http, struct MHD_Connection *mhd, const char *method)
{
	struct tw_http_reply reply = { 0 };

	tw_buf_init(&reply.body, TW_HTTP_BODY_MAX);
	if (is_read_only(method))
		tw_http_reply_error(MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
			"a request here needs no body", &reply);
	else
		tw_http_reply_error(MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
			"this endpoint is read only: use GET or HEAD", &reply);
	return send_reply(http, mhd, method, &reply);
}

/* Called when the headers are there, for each piece of a body, and at the end of the request. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *mhd, const char *target,
	const char *method, const char *version, const char *data, size_t *data_len, void **request)
{
	struct tw_http_connection *connection = connection_of(mhd);
	struct tw_http *http = ctx;

	(void)version;
	(void)data;
	if (connection == NULL)
		return MHD_NO;
	if (*request == NULL) {
		*request = connection;
		connection->is_busy = true;
		/* An answer given before the body was received ends the connection, which is right
		 * only for a body that is too large. */
		return announces_too_much(mhd) ? refuse_upload(http, mhd, method) : MHD_YES;
	}
	if (*data_len > 0) {
		connection->uploaded += *data_len;
		*data_len = 0;
		return connection->uploaded <= TW_HTTP_UPLOAD_MAX ? MHD_YES : MHD_NO;
	}
	return answer(http, mhd, target, method);
}

static void on_completed(
	void *ctx, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code)
{
	struct tw_http_connection *connection = connection_of(mhd);

	(void)ctx;
	*request = NULL;
	if (connection == NULL)
		return;
	connection->is_busy = false;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && connection->is_listed)
		tw_http_patience_enlist(connection);
}

/* Targets are decoded by serve/route, which can tell "%2F" from "/" and refuses "%00". */
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
	http->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
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

int tw_http_create(struct tw_loop *loop, const struct tw_listen *listen,
	const struct tw_http_ops *ops, void *ctx, struct tw_http **ret_http)
{
	struct tw_http *http = calloc(1, sizeof(*http));
	int r;

	if (http == NULL)
		return -ENOMEM;
	http->loop = loop;
	http->ops = ops;
	http->ctx = ctx;
	http->limits = (struct tw_http_limits){
		.connections = TW_HTTP_CONNECTIONS_MAX,
		.timeout_us = 30 * TW_SEC,
		.crowded_timeout_us = 2 * TW_SEC,
		.streams = TW_HTTP_STREAMS_MAX,
		.stuck_us = 5 * TW_SEC,
	};
	r = tw_tcp_listen(loop, listen, on_accept, http, &http->acceptor, &http->port);
	if (r < 0)
		goto fail;
	r = tw_loop_add_timer(loop, on_timer, http, &http->run);
	if (r < 0)
		goto fail;
	http->patience.loop = loop;
	r = tw_loop_add_timer(loop, on_timer, http, &http->patience.timer);
	if (r < 0)
		goto fail;
	r = tw_http_stream_init_all(
		&http->streams, loop, http->run, ops->event, ctx, TW_HTTP_BODY_MAX);
	http->streams.stuck_us = http->limits.stuck_us;
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
	if (http->daemon != NULL) {
		/* It may not be stopped while a connection is suspended. */
		tw_http_stream_end_all(&http->streams);
		MHD_run(http->daemon);
		MHD_stop_daemon(http->daemon);
	}
	tw_http_stream_finish_all(&http->streams);
	tw_loop_remove_timer(http->run);
	tw_loop_remove_timer(http->patience.timer);
	free(http);
}

uint16_t tw_http_port(const struct tw_http *http)
{
	return http->port;
}

void tw_http_set_limits(struct tw_http *http, const struct tw_http_limits *limits)
{
	assert(limits->connections >= 1 && limits->connections <= TW_HTTP_CONNECTIONS_MAX);
	assert(limits->streams <= TW_HTTP_STREAMS_MAX);
	http->limits = *limits;
	http->streams.stuck_us = limits->stuck_us;
}

void tw_http_publish(struct tw_http *http)
{
	tw_http_stream_publish(&http->streams);
}
