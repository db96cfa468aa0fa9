/* See stream.h. */
#include "io/http/stream.h"
#include "base/log.h"
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	BLOCK_SIZE = 16384,  /* asked for at a time, where libmicrohttpd has the room */
	VANISHED_MS = 30000, /* a client that acknowledges nothing for this long is gone */
};

struct event {
	uint32_t n_refs;
	struct tw_buf text;
};

struct tw_http_stream {
	struct tw_http_streams *all;
	struct tw_http_stream *next, *prev;
	struct tw_http_connection *connection;
	struct MHD_Connection *mhd;
	struct event *now; /* being sent */
	size_t sent;       /* bytes of it that libmicrohttpd has */
	struct event *newer;
	struct tw_reader reader;
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

/* Bytes of events that wait for the client. */
static size_t waiting(const struct tw_http_stream *stream)
{
	size_t bytes = 0;

	if (stream->now != NULL)
		bytes += stream->now->text.len - stream->sent;
	if (stream->newer != NULL)
		bytes += stream->newer->text.len;
	return bytes;
}

static int64_t stuck_at(const struct tw_http_stream *stream)
{
	return tw_readers_limit(&stream->reader, waiting(stream), stream->all->stuck_us);
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
	if (waiting(stream) + stream->reader.skipped == 0)
		stream->reader.progress_us = tw_loop_now(stream->all->loop);
	if (stream->newer != NULL)
		stream->reader.skipped += stream->newer->text.len;
	unref(stream->newer);
	stream->newer = ref(event);
	wake(stream);
}

/* libmicrohttpd asks for more: the kernel has taken the bytes given before. */
static ssize_t on_read(void *ctx, uint64_t pos, char *data, size_t max)
{
	struct tw_http_stream *stream = ctx;
	size_t n;

	(void)pos;
	if (stream->is_ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	tw_readers_note_progress(&stream->all->readers, &stream->reader);
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
		stream->all->first = stream->next;
	if (stream->next != NULL)
		stream->next->prev = stream->prev;
	stream->all->n--;
	unref(stream->now);
	unref(stream->newer);
	free(stream);
}

struct MHD_Response *tw_http_stream_response(struct tw_http_streams *all,
	struct tw_http_connection *connection, struct MHD_Connection *mhd, struct tw_buf *body)
{
	const unsigned int vanished_ms = VANISHED_MS;
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
		.all = all,
		.next = all->first,
		.connection = connection,
		.mhd = mhd,
		.newer = event,
		.reader.progress_us = tw_loop_now(all->loop),
	};
	if (all->first != NULL)
		all->first->prev = stream;
	all->first = stream;
	all->n++;
	/* A stream has no end, so no limit applies to how long its answer takes. */
	tw_http_patience_unlist(connection);
	if (setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished_ms,
		    sizeof(vanished_ms)) < 0)
		tw_debug("TCP_USER_TIMEOUT of a stream: %s", strerror(errno));
	tw_readers_add(&all->readers);
	return response;
fail:
	unref(event);
	free(stream);
	return NULL;
}

/* --- all of them --- */

/* A socket with room shows that the client does read: it was this process that sent nothing,
 * because it was busy or suspended. */
static bool is_writable(const struct tw_http_stream *stream)
{
	struct pollfd fd = { .fd = stream->connection->fd, .events = POLLOUT };

	return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT) != 0;
}

/* Ends the streams that are not read, and looks again when the next one may be such. */
static void look(void *ctx)
{
	struct tw_http_streams *all = ctx;
	int64_t now_us = tw_loop_now(all->loop);

	for (struct tw_http_stream *s = all->first; s != NULL; s = s->next) {
		int64_t stuck_us = s->is_ending ? TW_NEVER : stuck_at(s);

		if (stuck_us <= now_us && is_writable(s)) {
			s->reader.progress_us = now_us;
			stuck_us = stuck_at(s);
		}
		if (stuck_us <= now_us) {
			tw_readers_count_drop(&all->readers, &s->reader, waiting(s));
			s->is_ending = true;
			tw_http_patience_end(s->connection);
		} else {
			tw_readers_look_by(&all->readers, stuck_us);
		}
	}
}

void tw_http_stream_publish(struct tw_http_streams *all)
{
	struct event *event = NULL;
	struct tw_buf text;

	tw_readers_beat(&all->readers, all->first != NULL);
	if (all->first == NULL)
		return;
	tw_buf_init(&text, all->event_max);
	all->event(all->ctx, &text);
	if (text.error == 0)
		event = create_event(&text);
	tw_buf_finish(&text);
	if (event == NULL) {
		/* A reader must not take an old event for the newest; it will connect again. */
		tw_error("an event of /events could not be made: %s",
			strerror(text.error < 0 ? -text.error : ENOMEM));
		tw_http_stream_end_all(all);
		return;
	}
	for (struct tw_http_stream *s = all->first; s != NULL; s = s->next)
		give(s, event);
	unref(event);
	look(all);
	tw_loop_arm(all->run, tw_loop_now(all->loop));
}

static void speak(void *ctx)
{
	tw_http_stream_publish(ctx);
}

void tw_http_stream_end_all(struct tw_http_streams *all)
{
	for (struct tw_http_stream *s = all->first; s != NULL; s = s->next) {
		s->is_ending = true;
		wake(s);
	}
	tw_loop_arm(all->run, tw_loop_now(all->loop));
}

int tw_http_stream_init_all(struct tw_http_streams *all, struct tw_loop *loop,
	struct tw_loop_timer *run, tw_http_stream_event_fn *event, void *ctx, size_t event_max)
{
	*all = (struct tw_http_streams){
		.loop = loop, .run = run, .event = event, .ctx = ctx, .event_max = event_max
	};
	return tw_readers_init(&all->readers, loop, "a reader of /events", speak, look, all);
}

void tw_http_stream_finish_all(struct tw_http_streams *all)
{
	tw_readers_finish(&all->readers);
}
