/*
 * The HTTP endpoint: libmicrohttpd in external epoll mode on the loop; read only. It knows methods,
 * headers and limits; the answers come from the handler. The only file that knows libmicrohttpd.
 */
#ifndef TW_IO_HTTP_H
#define TW_IO_HTTP_H

#include "io/loop.h"
#include "wire/conf.h"
#include "wire/reply.h"

struct tw_http;

/*
 * Answers GET (or HEAD) of target, which is as it came, still percent-encoded, without its query.
 * accept is the Accept header or "". ret_reply->body is initialised and empty; where its error is
 * set, the client gets a 500. Must not block, nor destroy the tw_http.
 */
typedef void tw_http_fn(
	void *ctx, const char *target, const char *accept, struct tw_http_reply *ret_reply);

enum {
	TW_HTTP_CONNECTIONS_MAX = 128,
	TW_HTTP_MEMORY = 32768,      /* per connection; bounds the request line and the headers */
	TW_HTTP_UPLOAD_MAX = 65536,  /* bytes of a request's body, which is thrown away */
	TW_HTTP_BODY_MAX = 16 << 20, /* bytes of an answer */
};

struct tw_http_limits {
	uint32_t connections; /* 1 to TW_HTTP_CONNECTIONS_MAX; more have to wait */
	/* A whole request has to come, and its answer has to be taken, within timeout_us of the
	 * last answer or of the connection's start, whatever trickles meanwhile. */
	int64_t timeout_us;
	int64_t crowded_timeout_us; /* the same while there are as many connections as may be */
};

/* Returns 0, or a negative errno (-EADDRINUSE, -EADDRNOTAVAIL, -EACCES, …) of the listening
 * socket. Port 0 takes a free one. */
int tw_http_create(struct tw_loop *loop, const struct tw_listen *listen, tw_http_fn *handler,
	void *ctx, struct tw_http **ret_http);
void tw_http_destroy(struct tw_http *http); /* takes NULL */
uint16_t tw_http_port(const struct tw_http *http);
/* Others than the defaults (128, 30 s, 2 s). Before the loop runs. */
void tw_http_set_limits(struct tw_http *http, const struct tw_http_limits *limits);

#endif
