/*
 * What was decided in the last hour and, coarser, in the last day, for a page that is opened after
 * an incident. The model: two rings of frames on a grid of time, the hour at the interval of the
 * checks, the day in minutes. A frame holds the worst that happened in it. Each ring takes at most
 * TW_HISTORY_BYTES_MAX, so that the steps become longer with many nodes: 5 nodes take about 230 kB
 * in all, with steps of 1 s and 60 s; 1024 nodes take 4 MB, with steps of 11 s and 5 minutes. No
 * clock is read: the time is passed in.
 */
#ifndef TW_SERVE_HISTORY_H
#define TW_SERVE_HISTORY_H

#include "base/buf.h"
#include "serve/status.h"

struct tw_history;

enum { TW_HISTORY_BYTES_MAX = 2 << 20 };
enum tw_history_span { TW_HISTORY_HOUR, TW_HISTORY_DAY };
enum { TW_HISTORY_SPANS = TW_HISTORY_DAY + 1 };

#define TW_HISTORY_NO_HEIGHT INT32_MIN
enum { TW_HISTORY_NO_BRANCH = UINT8_MAX };

struct tw_history_frame {
	int64_t height; /* of T; TW_UNKNOWN */
	uint16_t conflicting;
	uint16_t answering;
	int16_t chosen; /* TW_NODE_NONE */
	uint8_t mode;   /* enum tw_mode */
	bool is_known : 1;
	bool is_usable : 1;
	bool is_stalled : 1;
	bool is_island : 1;
};

/* A node in a frame. */
struct tw_history_cell {
	int32_t behind; /* the height of T less that of the node's tip; TW_HISTORY_NO_HEIGHT */
	uint8_t reason; /* enum tw_reason */
	uint8_t branch; /* 0: on the main chain; TW_HISTORY_NO_BRANCH: not known */
} __attribute__((packed));

/* Of n_nodes nodes (1 to TW_NODES_MAX) that are checked every interval_us. -ENOMEM. */
int tw_history_create(uint32_t n_nodes, int64_t interval_us, struct tw_history **ret_history);
void tw_history_destroy(struct tw_history *history); /* takes NULL */

/* Whether now_us is in a frame that was not taken yet. */
bool tw_history_is_due(const struct tw_history *history, int64_t now_us);
/*
 * Takes a frame of what status says at its now_us. The frames that were left out since the last one
 * repeat it, because nothing changes without an event. After a gap, when the process itself stood
 * still, they are unknown.
 */
void tw_history_take(
	struct tw_history *history, const struct tw_status_source *status, bool is_after_gap);

/* Copies the frames of old, after a reload. old_of is as in tw_monitor_reconfigure(). */
void tw_history_carry(
	struct tw_history *history, const struct tw_history *old, const int32_t *old_of);

/*
 * Puts back a frame of an earlier run, which began at time_us of this loop's clock and stood for
 * step_us; the oldest one first, before anything is taken. cells has an entry for each node.
 */
void tw_history_restore(struct tw_history *history, enum tw_history_span span, int64_t time_us,
	int64_t step_us, const struct tw_history_frame *frame, const struct tw_history_cell *cells);

/* Writes one span as JSON, see tipwatchd(8). */
void tw_history_write(const struct tw_history *history, enum tw_history_span span,
	const struct tw_status_source *status, struct tw_buf *out);

#endif
