/*
 * The clients that read a stream of objects: `watch` on the control socket, /events over HTTP. The
 * model is the same for both. Every reader gets the newest object when it changes, and one at least
 * every TW_READERS_BEAT_US, so that it can tell a quiet stream from a dead one. A reader that takes
 * its output slowly gets only the newest object next; the objects between are left out, but their
 * bytes still count as due to it. One to which more than TW_READERS_BACKLOG_MAX bytes are due, and
 * that has taken nothing for a while, is dropped by its owner.
 */
#ifndef TW_IO_READERS_H
#define TW_IO_READERS_H

#include "io/loop.h"

enum {
	TW_READERS_BEAT_US = 2000000,
	TW_READERS_BACKLOG_MAX = 256 * 1024,
};

struct tw_readers {
	struct tw_loop *loop;
	const char *name;
	tw_loop_fn *speak;
	tw_loop_fn *look;
	void *ctx;
	struct tw_loop_timer *beat_timer;
	bool is_beating;
	struct tw_loop_timer *look_timer;
	int64_t look_us; /* when look_timer fires; TW_NEVER */
	uint64_t n_dropped;
	int64_t drop_logged_us; /* TW_NEVER: not yet */
};

/* One of them. Zeroed is a reader to which nothing is due. */
struct tw_reader {
	size_t skipped;      /* bytes of objects left out since it last took something */
	int64_t progress_us; /* when it last took something, or when something was first due to it
			      */
};

/*
 * name (borrowed) is what the log calls one of them, "a client of the control socket". speak is
 * called when the stream has been quiet for too long: it gives every reader the newest object and
 * calls tw_readers_beat(). look is called at the time of tw_readers_look_by(). 0 or -ENOMEM; to be
 * finished also after a failure.
 */
int tw_readers_init(struct tw_readers *readers, struct tw_loop *loop, const char *name,
	tw_loop_fn *speak, tw_loop_fn *look, void *ctx);
void tw_readers_finish(struct tw_readers *readers);

/* An object was just given to every reader. has_any: there are readers, who want a next one. */
void tw_readers_beat(struct tw_readers *readers, bool has_any);
/* A first object was given to a new reader. */
void tw_readers_add(struct tw_readers *readers);
/* Calls look at look_us (loop time) at the latest. */
void tw_readers_look_by(struct tw_readers *readers, int64_t look_us);

/* The reader took some of its output. */
void tw_readers_note_progress(const struct tw_readers *readers, struct tw_reader *reader);
/* Whether too much is due to a reader; waiting is the size of its output in bytes. */
bool tw_readers_is_behind(const struct tw_reader *reader, size_t waiting);
/* When to drop it unless it takes something within patience_us; TW_NEVER when it is not behind. */
int64_t tw_readers_limit(const struct tw_reader *reader, size_t waiting, int64_t patience_us);
/* Counts one that is dropped, and logs it; repeats are not logged more often than every 10 s. */
void tw_readers_count_drop(
	struct tw_readers *readers, const struct tw_reader *reader, size_t waiting);

#endif
