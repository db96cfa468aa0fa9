/*
 * The HTTP endpoint: libmicrohttpd in external epoll mode on the loop; read only. It knows methods,
 * headers and limits; the answers come from the owner's functions. stream.h has the answers without
 * an end, patience.h how long a connection may take. Only these files know libmicrohttpd.
 */
#ifndef TW_IO_HTTP_HTTP_H
#define TW_IO_HTTP_HTTP_H

#include "conf/config.h"
#include "io/http/stream.h"
#include "io/loop.h"
#include "serve/http_reply.h"

struct tw_http;

/* Neither may block, nor destroy the tw_http. */
struct tw_http_ops {
	/*
	 * Answers GET (or HEAD) of target, which is as it was received, still percent-encoded,
	 * without its query. accept is the Accept header or "". ret_reply->body is initialised and
	 * empty; where its error is set, the client gets a 500. Where ret_reply->is_stream is set,
	 * body is the first event of a stream that goes on until the client leaves.
	 */
	void (*answer)(
		void *ctx, const char *target, const char *accept, struct tw_http_reply *ret_reply);
	tw_http_stream_event_fn *event;
};

enum {
	TW_HTTP_CONNECTIONS_MAX = 128,
	TW_HTTP_MEMORY = 32768,      /* per connection; bounds the request line and the headers */
	TW_HTTP_UPLOAD_MAX = 65536,  /* bytes of a request's body, which is ignored */
	TW_HTTP_BODY_MAX = 16 << 20, /* bytes of an answer, or of an event */
	/* Streams are connections too; the other connections are for short requests. */
	TW_HTTP_STREAMS_MAX = 64,
};

struct tw_http_limits {
	uint32_t connections; /* 1 to TW_HTTP_CONNECTIONS_MAX; more have to wait */
	/* A whole request must be received, and its answer be taken by the client, within
	 * timeout_us of the last answer or of the connection's start. */
	int64_t timeout_us;
	int64_t crowded_timeout_us; /* the same while there are as many connections as may be */
	uint32_t streams;           /* 0 to TW_HTTP_STREAMS_MAX; beyond it the answer is 503 */
	int64_t stuck_us; /* a stream to which too much is due may take nothing for so long */
};

/* Returns 0, or a negative errno (-EADDRINUSE, -EADDRNOTAVAIL, -EACCES, …) of the listening
 * socket. Port 0 takes a free one. ops is borrowed. */
int tw_http_create(struct tw_loop *loop, const struct tw_listen *listen,
	const struct tw_http_ops *ops, void *ctx, struct tw_http **ret_http);
/* Ends the streams, as far as they can be written to at once. Takes NULL. */
void tw_http_destroy(struct tw_http *http);
/* Something changed: gives the streams a new event. Not from within a handler. */
void tw_http_publish(struct tw_http *http);
uint16_t tw_http_port(const struct tw_http *http);
/* Replaces the defaults (128, 30 s, 2 s, 64, 5 s). Before the loop runs. */
void tw_http_set_limits(struct tw_http *http, const struct tw_http_limits *limits);

#endif
