/* See readers.h. */
#include "io/readers.h"
#include "base/log.h"
#include <inttypes.h>

enum {
	EARLY_US = 100000, /* a beat comes this much before it must: timers may be late */
	LOG_US = 10 * 1000000,
};

static void on_beat(void *ctx)
{
	struct tw_readers *readers = ctx;

	readers->speak(readers->ctx);
}

static void on_look(void *ctx)
{
	struct tw_readers *readers = ctx;

	readers->look_us = TW_NEVER;
	readers->look(readers->ctx);
}

int tw_readers_init(struct tw_readers *readers, struct tw_loop *loop, const char *name,
	tw_loop_fn *speak, tw_loop_fn *look, void *ctx)
{
	int r;

	*readers = (struct tw_readers){ .loop = loop,
		.name = name,
		.speak = speak,
		.look = look,
		.ctx = ctx,
		.look_us = TW_NEVER,
		.drop_logged_us = TW_NEVER };
	r = tw_loop_add_timer(loop, on_beat, readers, &readers->beat_timer);
	return r < 0 ? r : tw_loop_add_timer(loop, on_look, readers, &readers->look_timer);
}

void tw_readers_finish(struct tw_readers *readers)
{
	tw_loop_remove_timer(readers->beat_timer);
	tw_loop_remove_timer(readers->look_timer);
}

void tw_readers_beat(struct tw_readers *readers, bool has_any)
{
	readers->is_beating = has_any;
	tw_loop_arm(readers->beat_timer,
		has_any ? tw_loop_now(readers->loop) + TW_READERS_BEAT_US - EARLY_US : TW_NEVER);
}

void tw_readers_add(struct tw_readers *readers)
{
	/* A beat that is due for others comes soon enough for the new one too. */
	if (!readers->is_beating)
		tw_readers_beat(readers, true);
}

void tw_readers_look_by(struct tw_readers *readers, int64_t look_us)
{
	if (look_us >= readers->look_us)
		return;
	readers->look_us = look_us;
	tw_loop_arm(readers->look_timer, look_us);
}

void tw_readers_note_progress(const struct tw_readers *readers, struct tw_reader *reader)
{
	reader->progress_us = tw_loop_now(readers->loop);
	reader->skipped = 0;
}

bool tw_readers_is_behind(const struct tw_reader *reader, size_t waiting)
{
	return waiting + reader->skipped > TW_READERS_BACKLOG_MAX;
}

int64_t tw_readers_limit(const struct tw_reader *reader, size_t waiting, int64_t patience_us)
{
	return tw_readers_is_behind(reader, waiting) ? reader->progress_us + patience_us : TW_NEVER;
}

void tw_readers_count_drop(
	struct tw_readers *readers, const struct tw_reader *reader, size_t waiting)
{
	int64_t now_us = tw_loop_now(readers->loop);

	readers->n_dropped++;
	if (readers->drop_logged_us != TW_NEVER && now_us - readers->drop_logged_us < LOG_US)
		return;
	readers->drop_logged_us = now_us;
	tw_warn("dropped %s that does not read: %zu bytes were due to it (%" PRIu64
		" dropped since the start)",
		readers->name, waiting + reader->skipped, readers->n_dropped);
}
