/* The figures of a replay, for its summary: records, changes, and how long which mode and daemon
 * lasted. */
#ifndef TW_REPLAY_COUNT_H
#define TW_REPLAY_COUNT_H

#include "base/buf.h"
#include "core/monitor.h"

struct tw_replay_share {
	char name[TW_NAME_MAX + 1];
	int64_t ms;
};

struct tw_replay_count {
	uint64_t records;
	uint64_t changes;
	uint64_t switches;
	uint64_t differences;
	bool has_expected; /* the journal has recorded decisions to compare with */
	int64_t begun_us;  /* of the present run */
	int64_t run_ms;    /* of it, counted so far */
	int64_t time_ms;
	int64_t by_mode_ms[TW_MODES];
	uint32_t n_shares; /* every daemon that there was */
	struct tw_replay_share *shares;
	int32_t *share_of; /* of the present nodes */
};

void tw_replay_count_finish(struct tw_replay_count *count);
/* A run begins at t_us. rename: the configuration has changed within a run. 0 or -ENOMEM. */
int tw_replay_count_begin(
	struct tw_replay_count *count, const struct tw_core_config *config, int64_t t_us);
int tw_replay_count_rename(struct tw_replay_count *count, const struct tw_core_config *config);
/* Counts the time until t_us for the mode and the daemon of the present decision. */
void tw_replay_count_until(
	struct tw_replay_count *count, const struct tw_monitor *monitor, int64_t t_us);
void tw_replay_count_write(
	const struct tw_replay_count *count, const struct tw_monitor *monitor, struct tw_buf *out);
/* The same for people, a line for each figure. */
void tw_replay_count_tell(
	const struct tw_replay_count *count, const struct tw_monitor *monitor, struct tw_buf *out);
/* The run ended. */
void tw_replay_count_end(struct tw_replay_count *count, const struct tw_monitor *monitor);

#endif
