/* See history.h. Text is history_json.c's. */
#include "serve/history.h"
#include "base/time.h"
#include "core/reason.h"
#include "explain/view.h"
#include "serve/history_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- the rings --- */

static size_t frame_size(uint32_t n_nodes)
{
	return sizeof(struct tw_history_frame) + n_nodes * sizeof(struct tw_history_cell);
}

/* A whole number of least_us, so that the frames of the span fit into their memory. */
static int64_t choose_step(int64_t span_us, int64_t least_us, uint32_t n_nodes)
{
	int64_t frames_max = (int64_t)(TW_HISTORY_BYTES_MAX / frame_size(n_nodes));
	int64_t step_us = (span_us + frames_max - 1) / frames_max;

	return (step_us + least_us - 1) / least_us * least_us;
}

static int init_ring(
	struct tw_history_ring *ring, int64_t span_us, int64_t least_us, uint32_t n_nodes)
{
	ring->step_us = choose_step(span_us, least_us, n_nodes);
	ring->n_frames = (uint32_t)(span_us / ring->step_us);
	if (ring->n_frames == 0)
		ring->n_frames = 1;
	ring->newest = TW_UNKNOWN;
	ring->frames = calloc(ring->n_frames, sizeof(ring->frames[0]));
	ring->cells = calloc((size_t)ring->n_frames * n_nodes, sizeof(ring->cells[0]));
	return ring->frames == NULL || ring->cells == NULL ? -ENOMEM : 0;
}

int tw_history_create(uint32_t n_nodes, int64_t interval_us, struct tw_history **ret_history)
{
	struct tw_history *history = calloc(1, sizeof(*history));
	int64_t least_us = interval_us < TW_SEC ? TW_SEC : interval_us;
	int r;

	if (history == NULL)
		return -ENOMEM;
	history->n_nodes = n_nodes;
	r = init_ring(&history->rings[TW_HISTORY_HOUR], TW_HOUR, least_us, n_nodes);
	if (r == 0)
		r = init_ring(&history->rings[TW_HISTORY_DAY], TW_DAY,
			least_us < TW_MIN ? TW_MIN : least_us, n_nodes);
	if (r < 0) {
		tw_history_destroy(history);
		return r;
	}
	*ret_history = history;
	return 0;
}

void tw_history_destroy(struct tw_history *history)
{
	if (history == NULL)
		return;
	for (int i = 0; i < TW_HISTORY_SPANS; i++) {
		free(history->rings[i].frames);
		free(history->rings[i].cells);
	}
	free(history);
}

const struct tw_history_frame *tw_history_frame_at(
	const struct tw_history_ring *ring, int64_t number)
{
	static const struct tw_history_frame nothing = { 0 };

	if (number < 0 || number > ring->newest || number <= ring->newest - ring->n_frames)
		return &nothing;
	return &ring->frames[number % ring->n_frames];
}

const struct tw_history_cell *tw_history_cells_at(
	const struct tw_history *history, const struct tw_history_ring *ring, int64_t number)
{
	return &ring->cells[(size_t)(number % ring->n_frames) * history->n_nodes];
}

static struct tw_history_cell *cells_of(
	struct tw_history *history, struct tw_history_ring *ring, int64_t number)
{
	return &ring->cells[(size_t)(number % ring->n_frames) * history->n_nodes];
}

/* --- taking a frame --- */

static int mode_badness(uint8_t mode)
{
	static const int order[] = {
		[TW_MODE_CONSENSUS] = 0,
		[TW_MODE_REDUCED] = 1,
		[TW_MODE_STARTING] = 2,
		[TW_MODE_FALLBACK] = 3,
		[TW_MODE_CONTESTED] = 4,
	};

	return order[mode];
}

static void merge_cell(struct tw_history_cell *cell, const struct tw_history_cell *newer)
{
	if (tw_reason_severity(newer->reason) > tw_reason_severity(cell->reason))
		cell->reason = newer->reason;
	if (newer->behind != TW_HISTORY_NO_HEIGHT &&
		(cell->behind == TW_HISTORY_NO_HEIGHT || newer->behind > cell->behind))
		cell->behind = newer->behind;
	if (newer->branch != TW_HISTORY_NO_BRANCH &&
		(cell->branch == TW_HISTORY_NO_BRANCH || newer->branch > cell->branch))
		cell->branch = newer->branch;
}

/* The worst of both; of what has no worse, the newer. */
static void merge(struct tw_history_frame *frame, const struct tw_history_frame *newer)
{
	struct tw_history_frame merged = *newer;

	if (mode_badness(frame->mode) > mode_badness(newer->mode))
		merged.mode = frame->mode;
	merged.is_usable = frame->is_usable && newer->is_usable;
	merged.is_stalled = frame->is_stalled || newer->is_stalled;
	merged.is_island = frame->is_island || newer->is_island;
	if (frame->conflicting > newer->conflicting)
		merged.conflicting = frame->conflicting;
	if (frame->answering < newer->answering)
		merged.answering = frame->answering;
	*frame = merged;
}

/* Makes number the newest frame; those between repeat the last one, or are empty. */
static void advance(
	struct tw_history *history, struct tw_history_ring *ring, int64_t number, bool repeats)
{
	int64_t last = ring->newest, first = last + 1;

	if (last == TW_UNKNOWN || number - last >= ring->n_frames)
		first = number - ring->n_frames + 1;
	repeats = repeats && last != TW_UNKNOWN && number - last < ring->n_frames;
	for (int64_t i = first < 0 ? 0 : first; i <= number; i++) {
		struct tw_history_frame *frame = &ring->frames[i % ring->n_frames];

		if (repeats && i < number) {
			*frame = ring->frames[last % ring->n_frames];
			memcpy(cells_of(history, ring, i), cells_of(history, ring, last),
				history->n_nodes * sizeof(struct tw_history_cell));
		} else {
			*frame = (struct tw_history_frame){ 0 };
		}
	}
	ring->newest = number;
}

/* Puts a frame that was taken at time_us into a ring. cells is of n_nodes. */
static void put(struct tw_history *history, struct tw_history_ring *ring, int64_t time_us,
	const struct tw_history_frame *frame, const struct tw_history_cell *cells, bool repeats)
{
	int64_t number = time_us / ring->step_us;
	struct tw_history_frame *own;
	struct tw_history_cell *own_cells;

	if (number < ring->newest)
		return;
	if (number > ring->newest)
		advance(history, ring, number, repeats);
	own = &ring->frames[number % ring->n_frames];
	own_cells = cells_of(history, ring, number);
	if (!own->is_known) {
		*own = *frame;
		memcpy(own_cells, cells, history->n_nodes * sizeof(cells[0]));
		return;
	}
	merge(own, frame);
	for (uint32_t i = 0; i < history->n_nodes; i++)
		merge_cell(&own_cells[i], &cells[i]);
}

bool tw_history_is_due(const struct tw_history *history, int64_t now_us)
{
	const struct tw_history_ring *ring = &history->rings[TW_HISTORY_HOUR];

	return now_us / ring->step_us != ring->newest;
}

static int32_t clamp(int64_t value)
{
	return (int32_t)(value > INT32_MAX ? INT32_MAX : value < -INT32_MAX ? -INT32_MAX : value);
}

static void look_at_nodes(const struct tw_monitor *monitor, uint32_t n_nodes,
	struct tw_history_cell cells[TW_NODES_MAX])
{
	int64_t tip = tw_monitor_decision(monitor)->tip.height;

	for (uint32_t i = 0; i < n_nodes; i++) {
		struct tw_view_node view;

		tw_view_node(monitor, (int32_t)i, &view);
		cells[i] = (struct tw_history_cell){
			.behind = tip == TW_UNKNOWN || view.chain->tip == TW_UNKNOWN
					  ? TW_HISTORY_NO_HEIGHT
					  : clamp(tip - view.chain->tip),
			.reason = (uint8_t)view.verdict.reason,
			.branch = TW_HISTORY_NO_BRANCH,
		};
	}
	for (uint32_t i = 0; i < tw_view_n_branches(monitor); i++) {
		int32_t members[TW_NODES_MAX];
		struct tw_branch branch;

		tw_view_branch(monitor, i, members, &branch);
		for (uint32_t m = 0; m < branch.votes; m++)
			cells[branch.members[m]].branch =
				(uint8_t)(i < TW_HISTORY_NO_BRANCH ? i : TW_HISTORY_NO_BRANCH - 1);
	}
}

void tw_history_take(
	struct tw_history *history, const struct tw_status_source *status, bool is_after_gap)
{
	const struct tw_decision *decision = tw_monitor_decision(status->monitor);
	const struct tw_history_frame frame = {
		.height = decision->tip.height,
		.chosen = (int16_t)decision->chosen,
		.mode = (uint8_t)decision->mode,
		.is_known = true,
		.is_usable = decision->is_usable,
		.is_stalled = decision->is_stalled,
		.is_island = decision->is_island == 1,
		.conflicting = (uint16_t)decision->conflicting,
		.answering = (uint16_t)decision->answering,
	};
	struct tw_history_cell cells[TW_NODES_MAX];

	look_at_nodes(status->monitor, history->n_nodes, cells);
	for (int i = 0; i < TW_HISTORY_SPANS; i++)
		put(history, &history->rings[i], status->now_us, &frame, cells, !is_after_gap);
}

/* --- after a reload --- */

static void carry_ring(struct tw_history *history, struct tw_history_ring *ring,
	const struct tw_history *old, const struct tw_history_ring *old_ring, const int32_t *old_of)
{
	for (int64_t n = old_ring->newest - old_ring->n_frames + 1; n <= old_ring->newest; n++) {
		struct tw_history_frame frame = *tw_history_frame_at(old_ring, n);
		const struct tw_history_cell *old_cells;
		struct tw_history_cell cells[TW_NODES_MAX];
		int16_t chosen = TW_NODE_NONE;

		if (!frame.is_known)
			continue;
		old_cells = tw_history_cells_at(old, old_ring, n);
		for (uint32_t i = 0; i < history->n_nodes; i++) {
			cells[i] = old_of[i] == TW_NODE_NONE
					   ? (struct tw_history_cell){ TW_HISTORY_NO_HEIGHT,
						     TW_REASON_UNCHECKED, TW_HISTORY_NO_BRANCH }
					   : old_cells[old_of[i]];
			if (old_of[i] != TW_NODE_NONE && old_of[i] == frame.chosen)
				chosen = (int16_t)i;
		}
		frame.chosen = chosen;
		put(history, ring, n * old_ring->step_us, &frame, cells, false);
	}
}

void tw_history_carry(
	struct tw_history *history, const struct tw_history *old, const int32_t *old_of)
{
	for (int i = 0; i < TW_HISTORY_SPANS; i++)
		carry_ring(history, &history->rings[i], old, &old->rings[i], old_of);
}
