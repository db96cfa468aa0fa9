/* What the files of the HTTP endpoint share; see http.h for what it is. */
#ifndef TW_IO_HTTP_INTERNAL_H
#define TW_IO_HTTP_INTERNAL_H

#include "io/http/http.h"
#include "io/listen/acceptor.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

/* A connection. In the list of its tw_http, longest without an answer first, until it is told to
 * end or becomes a stream. */
struct tw_http_connection {
	struct tw_http *http;
	struct tw_http_connection *next, *prev;
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
	const struct tw_http_ops *ops;
	void *ctx;
	struct tw_http_limits limits;
	uint32_t n_connections;
	struct tw_http_connection *first, *last;
	int64_t swept_us;
	/* streams */
	struct tw_http_stream *streams;
	uint32_t n_streams;
	struct tw_loop_timer *beat; /* streams speak even if nothing changes */
	bool is_beat_armed;
	struct tw_loop_timer *stuck; /* when to look for streams that are not read */
	int64_t drop_logged_us;
	uint64_t n_dropped;
};

/* --- http_patience.c: what takes too long --- */

void tw_http_patience_unlist(struct tw_http_connection *connection);
/* Starts the clock of a connection anew, which puts it at the end of the list. */
void tw_http_patience_enlist(struct tw_http_connection *connection);
/* Makes libmicrohttpd see the end of the connection, and close it. */
void tw_http_patience_end(struct tw_http_connection *connection);
/* Ends what takes too long or has come to nothing. */
void tw_http_patience_lose(struct tw_http *http);

/* --- http_stream.c: answers without an end --- */

int tw_http_stream_add_timers(struct tw_http *http);
/*
 * Makes the response of a stream that starts with the event in body (taken over). NULL when there
 * is no memory.
 */
struct MHD_Response *tw_http_stream_response(
	struct tw_http_connection *connection, struct MHD_Connection *mhd, struct tw_buf *body);
/* Lets every stream come to its end at the next run of libmicrohttpd. */
void tw_http_stream_end_all(struct tw_http *http);
void tw_http_stream_remove_timers(struct tw_http *http);

#endif
