/*
 * See http_internal.h. Answers without an end (server-sent events). One event is made for all of
 * them and shared. A stream with nothing to send is suspended, for libmicrohttpd would ask again
 * and again; one that is behind gets the newest event next and none of those between.
 */
#include "base/log.h"
#include "io/http/internal.h"
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	BEAT_EARLY_US = 100000,     /* streams speak this much before they must: timers are late */
	BLOCK_SIZE = 16384,         /* asked for at a time, where libmicrohttpd has the room */
	DROP_LOG_US = 10 * 1000000, /* dropped streams are logged at most this often */
	VANISHED_MS = 30000,        /* a peer that acknowledges nothing for this long is gone */
};

struct event {
	uint32_t n_refs;
	struct tw_buf text;
};

struct tw_http_stream {
	struct tw_http *http;
	struct tw_http_stream *next, *prev;
	struct tw_http_connection *connection;
	struct MHD_Connection *mhd;
	struct event *now; /* being sent */
	size_t sent;       /* bytes of it that libmicrohttpd has */
	struct event *newer;
	size_t skipped;      /* bytes of events left out since it last took something */
	int64_t progress_us; /* when it last took something */
	bool is_suspended;
	bool is_ending;
};

/* --- events --- */

/* Takes over the text, also when there is no memory (NULL). */
static struct event *create_event(struct tw_buf *text)
{
	struct event *event = calloc(1, sizeof(*event));

	if (event == NULL) {
		tw_buf_finish(text);
		return NULL;
	}
	event->n_refs = 1;
	event->text = *text;
	tw_buf_init(text, 0);
	return event;
}

static struct event *ref(struct event *event)
{
	event->n_refs++;
	return event;
}

static void unref(struct event *event)
{
	if (event == NULL || --event->n_refs > 0)
		return;
	tw_buf_finish(&event->text);
	free(event);
}

/* --- one stream --- */

static size_t backlog(const struct tw_http_stream *stream)
{
	size_t bytes = stream->skipped;

	if (stream->now != NULL)
		bytes += stream->now->text.len - stream->sent;
	if (stream->newer != NULL)
		bytes += stream->newer->text.len;
	return bytes;
}

static int64_t stuck_at(const struct tw_http_stream *stream)
{
	if (backlog(stream) <= TW_HTTP_BACKLOG_MAX)
		return TW_NEVER;
	return stream->progress_us + stream->http->limits.stuck_us;
}

static void wake(struct tw_http_stream *stream)
{
	if (!stream->is_suspended)
		return;
	stream->is_suspended = false;
	MHD_resume_connection(stream->mhd);
}

static void give(struct tw_http_stream *stream, struct event *event)
{
	if (backlog(stream) == 0)
		stream->progress_us = tw_loop_now(stream->http->loop);
	if (stream->newer != NULL)
		stream->skipped += stream->newer->text.len;
	unref(stream->newer);
	stream->newer = ref(event);
	wake(stream);
}

/* Called when the peer's kernel has taken what was given before. */
static ssize_t on_read(void *ctx, uint64_t pos, char *data, size_t max)
{
	struct tw_http_stream *stream = ctx;
	size_t n;

	(void)pos;
	if (stream->is_ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	stream->progress_us = tw_loop_now(stream->http->loop);
	stream->skipped = 0;
	if (stream->now != NULL && stream->sent == stream->now->text.len) {
		unref(stream->now);
		stream->now = NULL;
	}
	if (stream->now == NULL) {
		stream->now = stream->newer;
		stream->newer = NULL;
		stream->sent = 0;
	}
	if (stream->now == NULL) {
		stream->is_suspended = true;
		MHD_suspend_connection(stream->mhd);
		return 0;
	}
	n = stream->now->text.len - stream->sent;
	n = n < max ? n : max;
	memcpy(data, stream->now->text.data + stream->sent, n);
	stream->sent += n;
	return (ssize_t)n;
}

static void on_free(void *ctx)
{
	struct tw_http_stream *stream = ctx;

	if (stream->prev != NULL)
		stream->prev->next = stream->next;
	else
		stream->http->streams = stream->next;
	if (stream->next != NULL)
		stream->next->prev = stream->prev;
	stream->http->n_streams--;
	unref(stream->now);
	unref(stream->newer);
	free(stream);
}

struct MHD_Response *tw_http_stream_response(
	struct tw_http_connection *connection, struct MHD_Connection *mhd, struct tw_buf *body)
{
	const unsigned int vanished_ms = VANISHED_MS;
	struct tw_http *http = connection->http;
	struct tw_http_stream *stream = calloc(1, sizeof(*stream));
	struct event *event = create_event(body);
	struct MHD_Response *response;

	if (stream == NULL || event == NULL)
		goto fail;
	response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_read, stream, on_free);
	if (response == NULL)
		goto fail;
	*stream = (struct tw_http_stream){
		.http = http,
		.next = http->streams,
		.connection = connection,
		.mhd = mhd,
		.newer = event,
		.progress_us = tw_loop_now(http->loop),
	};
	if (http->streams != NULL)
		http->streams->prev = stream;
	http->streams = stream;
	http->n_streams++;
	/* Its answer has no end: it is not late for that. */
	tw_http_patience_unlist(connection);
	(void)setsockopt(
		connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished_ms, sizeof(vanished_ms));
	if (!http->is_beat_armed) {
		http->is_beat_armed = true;
		tw_loop_arm(http->beat, tw_loop_now(http->loop) + TW_HTTP_BEAT_US - BEAT_EARLY_US);
	}
	return response;
fail:
	unref(event);
	free(stream);
	return NULL;
}

/* --- all of them --- */

static void log_drop(struct tw_http *http, const struct tw_http_stream *stream)
{
	int64_t now_us = tw_loop_now(http->loop);

	http->n_dropped++;
	if (http->drop_logged_us != 0 && now_us - http->drop_logged_us < DROP_LOG_US)
		return;
	http->drop_logged_us = now_us;
	tw_warn("dropped a reader of /events that does not read: %zu bytes were due to it (%" PRIu64
		" dropped since the start)",
		backlog(stream), http->n_dropped);
}

/* Room for more: then it was this process that sent nothing, because it was busy or asleep. */
static bool is_writable(const struct tw_http_stream *stream)
{
	struct pollfd fd = { .fd = stream->connection->fd, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT) != 0;
}

/* Ends the streams that are not read, and looks again when the next one may be such. */
static void drop_stuck(struct tw_http *http)
{
	int64_t now_us = tw_loop_now(http->loop), next_us = TW_NEVER;

	for (struct tw_http_stream *s = http->streams; s != NULL; s = s->next) {
		int64_t stuck_us = s->is_ending ? TW_NEVER : stuck_at(s);

		if (stuck_us <= now_us && is_writable(s)) {
			s->progress_us = now_us;
			stuck_us = stuck_at(s);
		}
		if (stuck_us <= now_us) {
			log_drop(http, s);
			s->is_ending = true;
			tw_http_patience_end(s->connection);
		} else if (stuck_us < next_us) {
			next_us = stuck_us;
		}
	}
	tw_loop_arm(http->stuck, next_us);
}

static void on_stuck(void *ctx)
{
	drop_stuck(ctx);
}

static void on_beat(void *ctx)
{
	tw_http_stream_publish(ctx);
}

void tw_http_stream_publish(struct tw_http *http)
{
	int64_t now_us = tw_loop_now(http->loop);
	struct event *event = NULL;
	struct tw_buf text;

	http->is_beat_armed = http->streams != NULL;
	tw_loop_arm(http->beat,
		http->is_beat_armed ? now_us + TW_HTTP_BEAT_US - BEAT_EARLY_US : TW_NEVER);
	if (http->streams == NULL)
		return;
	tw_buf_init(&text, TW_HTTP_BODY_MAX);
	http->ops->event(http->ctx, &text);
	if (text.error == 0)
		event = create_event(&text);
	tw_buf_finish(&text);
	if (event == NULL) {
		/* A reader may not be left with an old truth; it will connect again. */
		tw_error("an event of /events could not be made: %s",
			strerror(text.error < 0 ? -text.error : ENOMEM));
		tw_http_stream_end_all(http);
		return;
	}
	for (struct tw_http_stream *s = http->streams; s != NULL; s = s->next)
		give(s, event);
	unref(event);
	drop_stuck(http);
	tw_loop_arm(http->run, now_us);
}

void tw_http_stream_end_all(struct tw_http *http)
{
	for (struct tw_http_stream *s = http->streams; s != NULL; s = s->next) {
		s->is_ending = true;
		wake(s);
	}
	if (http->run != NULL)
		tw_loop_arm(http->run, tw_loop_now(http->loop));
}

int tw_http_stream_add_timers(struct tw_http *http)
{
	int r = tw_loop_add_timer(http->loop, on_beat, http, &http->beat);

	return r < 0 ? r : tw_loop_add_timer(http->loop, on_stuck, http, &http->stuck);
}

void tw_http_stream_remove_timers(struct tw_http *http)
{
	tw_loop_remove_timer(http->beat);
	tw_loop_remove_timer(http->stuck);
}
