/*
 * Replay: the records of a journal are fed to the same core again, and every change of the decision
 * comes out as a line. All records of one time are applied, then the core decides once. Where a run
 * has tick records (or its header says so) the core takes exactly the recorded steps. Where it has
 * none, the core's timers run when they are due, between two records. In a run with neither gap_ms
 * records nor ticks a time without records that is longer than 2 x interval + timeout (of the node
 * that is checked most often) counts as a gap.
 */
#ifndef TW_REPLAY_REPLAY_H
#define TW_REPLAY_REPLAY_H

#include "base/buf.h"
#include "core/monitor.h"

struct tw_replay;

/* A line without its newline. */
typedef void tw_replay_line_fn(void *ctx, const char *text, size_t len);
/* After every step, with the time it was taken at. */
typedef void tw_replay_step_fn(void *ctx, const struct tw_monitor *monitor, int64_t t_us);

struct tw_replay_options {
	/* Another configuration than the recorded one, or NULL. Nodes are matched by name. */
	const struct tw_core_config *what_if;
	bool is_every;           /* a line for every record, not for every change */
	tw_replay_line_fn *line; /* the decisions; NULL: not wanted */
	tw_replay_line_fn *note; /* remarks for a person; NULL: not wanted */
	tw_replay_step_fn *step; /* NULL: not wanted */
	void *ctx;
};

enum tw_replay_outcome {
	TW_REPLAY_OK,
	TW_REPLAY_BAD, /* tw_replay_message() says what is wrong and in which line */
};

/* options->what_if is borrowed until the replay is destroyed. 0 or -ENOMEM. */
int tw_replay_create(const struct tw_replay_options *options, struct tw_replay **ret_replay);
void tw_replay_destroy(struct tw_replay *replay);
/*
 * Replays a whole file; further ones go on where it ended. name is for messages. 0, TW_REPLAY_BAD
 * (after everything before the bad line was decided) or a negative errno. A last line that is cut
 * off is noted and ignored.
 */
int tw_replay_text(struct tw_replay *replay, const char *name, const char *text, size_t len);
/* Borrowed. */
const char *tw_replay_message(const struct tw_replay *replay);
/* {"summary":{…}} without a newline. */
void tw_replay_summary(const struct tw_replay *replay, struct tw_buf *out);
/* The same in words, a line for each figure. */
void tw_replay_summary_words(const struct tw_replay *replay, struct tw_buf *out);
/* The Unix time of t_us in the present run; TW_UNKNOWN where its header has none. */
int64_t tw_replay_wall_ms(const struct tw_replay *replay, int64_t t_us);
/* How long after the start of the present run it is. */
int64_t tw_replay_since_us(const struct tw_replay *replay, int64_t t_us);
/* How many headers there were that begin a run. */
uint64_t tw_replay_n_runs(const struct tw_replay *replay);
/* Recorded decisions that were not the ones decided now. */
uint64_t tw_replay_differences(const struct tw_replay *replay);

#endif
