/*
 * Answers without an end: server-sent events. One event is made for all streams and shared. A
 * stream with nothing to send is suspended, because libmicrohttpd would ask for data again and
 * again; one that is behind gets the newest event next and none of those between (io/readers.h).
 */
#ifndef TW_IO_HTTP_STREAM_H
#define TW_IO_HTTP_STREAM_H

#include "base/buf.h"
#include "io/http/patience.h"
#include "io/loop.h"
#include "io/readers.h"

struct MHD_Connection;
struct MHD_Response;

/* Appends the newest event, for all streams. An error of out ends them. */
typedef void tw_http_stream_event_fn(void *ctx, struct tw_buf *out);

/* All streams of one endpoint. n may be read, stuck_us be set from outside. */
struct tw_http_streams {
	struct tw_loop *loop;
	struct tw_loop_timer *run; /* the owner's: runs libmicrohttpd */
	tw_http_stream_event_fn *event;
	void *ctx;
	size_t event_max; /* bytes */
	int64_t stuck_us; /* a stream that is behind is ended when it took nothing for so long */
	uint32_t n;
	struct tw_http_stream *first;
	struct tw_readers readers;
};

/* run (borrowed) is armed when libmicrohttpd has something new to send. 0 or -ENOMEM; to be
 * finished also after a failure. */
int tw_http_stream_init_all(struct tw_http_streams *streams, struct tw_loop *loop,
	struct tw_loop_timer *run, tw_http_stream_event_fn *event, void *ctx, size_t event_max);
/* After all streams have ended. */
void tw_http_stream_finish_all(struct tw_http_streams *streams);
/*
 * Makes the response of a stream that starts with the event in body (taken over). NULL when there
 * is no memory.
 */
struct MHD_Response *tw_http_stream_response(struct tw_http_streams *streams,
	struct tw_http_connection *connection, struct MHD_Connection *mhd, struct tw_buf *body);
/* Something changed: makes an event and gives it to every stream. Not from within a handler. */
void tw_http_stream_publish(struct tw_http_streams *streams);
/* Lets every stream come to its end at the next run of libmicrohttpd. */
void tw_http_stream_end_all(struct tw_http_streams *streams);

#endif
