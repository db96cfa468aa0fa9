/*
 * How long an HTTP connection may take. libmicrohttpd only ends a connection that is silent, which
 * a trickle of bytes defeats. Here every connection has a clock that starts with it and with each
 * completed answer; one that takes too long is shut down. The connections are kept in a list, the
 * longest without an answer first, until they are shut down or become a stream.
 */
#ifndef TW_IO_HTTP_PATIENCE_H
#define TW_IO_HTTP_PATIENCE_H

#include "io/loop.h"

struct tw_http_patience {
	struct tw_loop *loop;
	struct tw_loop_timer *timer; /* the owner's: when to call tw_http_patience_lose() */
	struct tw_http_connection *first, *last;
	int64_t swept_us;
};

struct tw_http_connection {
	struct tw_http_patience *patience;
	struct tw_http_connection *next, *prev;
	int fd; /* libmicrohttpd's */
	int64_t since_us;
	uint64_t uploaded; /* bytes of the request's body so far */
	bool is_listed;
	bool is_busy; /* between the headers of a request and the end of its answer */
};

void tw_http_patience_unlist(struct tw_http_connection *connection);
/* Starts the clock of a connection anew, which puts it at the end of the list. */
void tw_http_patience_enlist(struct tw_http_connection *connection);
/* Shuts the connection down; libmicrohttpd then sees the end of it, and closes it. */
void tw_http_patience_end(struct tw_http_connection *connection);
/* Ends the connections that take longer than timeout_us, and those that the client has left. */
void tw_http_patience_lose(struct tw_http_patience *patience, int64_t timeout_us);

#endif
