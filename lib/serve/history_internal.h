/* What history.c keeps and history_json.c writes. */
#ifndef TW_SERVE_HISTORY_INTERNAL_H
#define TW_SERVE_HISTORY_INTERNAL_H

#include "serve/history.h"

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
	int32_t behind; /* T's height less its own; TW_HISTORY_NO_HEIGHT */
	uint8_t reason; /* enum tw_reason, which says the state too */
	uint8_t branch; /* 0 the main chain; TW_HISTORY_NO_BRANCH */
} __attribute__((packed));

/* Frames are numbered by their time: number n begins at n * step_us of the loop. */
struct tw_history_ring {
	int64_t step_us;
	uint32_t n_frames;
	int64_t newest; /* TW_UNKNOWN: none yet */
	struct tw_history_frame *frames;
	struct tw_history_cell *cells; /* n_nodes of each frame */
};

struct tw_history {
	uint32_t n_nodes;
	struct tw_history_ring rings[TW_HISTORY_SPANS];
};

/* One that is not known where there is none. */
const struct tw_history_frame *tw_history_frame_at(
	const struct tw_history_ring *ring, int64_t number);
const struct tw_history_cell *tw_history_cells_at(
	const struct tw_history *history, const struct tw_history_ring *ring, int64_t number);

#endif
