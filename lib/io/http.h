/*
 * The HTTP endpoint: libmicrohttpd in external epoll mode on the loop; read only. It knows paths,
 * methods and status codes; the bodies come from the handler. The only file that knows
 * libmicrohttpd.
 */
#ifndef TW_IO_HTTP_H
#define TW_IO_HTTP_H

#include "base/buf.h"
#include "io/loop.h"
#include "wire/conf.h"

struct tw_http;

struct tw_http_reply {
	unsigned int status;
	const char *content_type; /* static */
	struct tw_buf body;
};

/* Answers GET (or HEAD) of path. accept is the Accept header or "". Must not block. */
typedef void tw_http_fn(
	void *ctx, const char *path, const char *accept, struct tw_http_reply *ret_reply);

enum { TW_HTTP_CONNECTIONS_MAX = 128, TW_HTTP_TIMEOUT_S = 30 };

/* Returns 0, or a negative errno (-EADDRINUSE, -EADDRNOTAVAIL, -EACCES, …) of the listening
 * socket. Port 0 takes a free one. */
int tw_http_create(struct tw_loop *loop, const struct tw_listen *listen, tw_http_fn *handler,
	void *ctx, struct tw_http **ret_http);
void tw_http_destroy(struct tw_http *http);
uint16_t tw_http_port(const struct tw_http *http);

#endif
