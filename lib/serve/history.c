/* See history.h. */
#include "serve/history.h"
#include "base/num.h"
#include "base/time.h"
#include "core/mode.h"
#include "core/reason.h"
#include "explain/view.h"
#include "json/emit.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Frames have numbers from 0 on, and those of an earlier run may be from before the loop's clock
 * began: they are numbered as if it had begun so long before.
 */
#define BEFORE_US (2 * TW_DAY)

/* Frames are numbered by their time: number n begins at begin_of() of the loop. */
struct ring {
	int64_t step_us;
	uint32_t n_frames;
	int64_t newest; /* TW_UNKNOWN: none yet */
	struct tw_history_frame *frames;
	struct tw_history_cell *cells; /* n_nodes of each frame */
};

struct tw_history {
	uint32_t n_nodes;
	struct ring rings[TW_HISTORY_SPANS];
	bool is_restored; /* and nothing was taken since */
};

/* --- the rings --- */

static size_t frame_size(uint32_t n_nodes)
{
	return sizeof(struct tw_history_frame) + n_nodes * sizeof(struct tw_history_cell);
}

/* The shortest multiple of least_us with which the frames of the span fit into the memory. */
static int64_t choose_step(int64_t span_us, int64_t least_us, uint32_t n_nodes)
{
	int64_t frames_max = (int64_t)(TW_HISTORY_BYTES_MAX / frame_size(n_nodes));
	int64_t step_us = (span_us + frames_max - 1) / frames_max;

	return (step_us + least_us - 1) / least_us * least_us;
}

static int init_ring(struct ring *ring, int64_t span_us, int64_t least_us, uint32_t n_nodes)
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
	int64_t least_us = tw_max(interval_us, TW_SEC);
	int r;

	if (history == NULL)
		return -ENOMEM;
	history->n_nodes = n_nodes;
	r = init_ring(&history->rings[TW_HISTORY_HOUR], TW_HOUR, least_us, n_nodes);
	if (r == 0)
		r = init_ring(
			&history->rings[TW_HISTORY_DAY], TW_DAY, tw_max(least_us, TW_MIN), n_nodes);
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

static int64_t number_of(const struct ring *ring, int64_t time_us)
{
	return (time_us + BEFORE_US) / ring->step_us;
}

static int64_t begin_of(const struct ring *ring, int64_t number)
{
	return number * ring->step_us - BEFORE_US;
}

/* The frame, which is one of the newest n_frames: an unknown one where there was no time for it. */
static const struct tw_history_frame *frame_at(const struct ring *ring, int64_t number)
{
	static const struct tw_history_frame nothing = { 0 };

	return number < 0 ? &nothing : &ring->frames[number % ring->n_frames];
}

/* The cells of a frame that the ring has. */
static struct tw_history_cell *cells_of(
	const struct tw_history *history, const struct ring *ring, int64_t number)
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

/* The worse of each value; the newer one where no value is worse than another. */
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

/* Makes number the newest frame. The frames between repeat the last one, or are unknown. */
static void advance(struct tw_history *history, struct ring *ring, int64_t number, bool repeats)
{
	int64_t last = ring->newest, first = last + 1;

	if (last == TW_UNKNOWN || number - last >= ring->n_frames)
		first = number - ring->n_frames + 1;
	repeats = repeats && last != TW_UNKNOWN && number - last < ring->n_frames;
	for (int64_t i = tw_max(first, 0); i <= number; i++) {
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

/* Puts a frame that was taken at time_us into a ring. cells has n_nodes entries. */
static void put(struct tw_history *history, struct ring *ring, int64_t time_us,
	const struct tw_history_frame *frame, const struct tw_history_cell *cells, bool repeats)
{
	int64_t number = number_of(ring, time_us);
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
	const struct ring *ring = &history->rings[TW_HISTORY_HOUR];

	return number_of(ring, now_us) != ring->newest;
}

static int32_t clamp(int64_t value)
{
	return (int32_t)tw_max(tw_min(value, INT32_MAX), -INT32_MAX);
}

static void look_at_nodes(const struct tw_monitor *monitor, uint32_t n_nodes,
	struct tw_history_cell cells[TW_NODES_MAX])
{
	int64_t tip = tw_monitor_decision(monitor)->tip.height;

	for (uint32_t i = 0; i < n_nodes; i++) {
		int64_t own = tw_monitor_chain(monitor, (int32_t)i)->tip;

		cells[i] = (struct tw_history_cell){
			.behind = tip == TW_UNKNOWN || own == TW_UNKNOWN ? TW_HISTORY_NO_HEIGHT
									 : clamp(tip - own),
			.reason = (uint8_t)tw_monitor_verdict(monitor, (int32_t)i).reason,
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
		put(history, &history->rings[i], status->now_us, &frame, cells,
			!is_after_gap && !history->is_restored);
	history->is_restored = false;
}

/* --- after a restart --- */

void tw_history_restore(struct tw_history *history, enum tw_history_span span, int64_t time_us,
	int64_t step_us, const struct tw_history_frame *frame, const struct tw_history_cell *cells)
{
	struct ring *ring = &history->rings[span];

	history->is_restored = true;
	/* As many frames as the old one stood for, by the middle of each. */
	for (int64_t t_us = time_us + tw_min(ring->step_us, step_us) / 2; t_us < time_us + step_us;
		t_us += ring->step_us) {
		if (t_us >= -BEFORE_US)
			put(history, ring, t_us, frame, cells, false);
	}
}

/* --- after a reload --- */

static void carry_ring(struct tw_history *history, struct ring *ring, const struct tw_history *old,
	const struct ring *old_ring, const int32_t *old_of)
{
	for (int64_t n = old_ring->newest - old_ring->n_frames + 1; n <= old_ring->newest; n++) {
		struct tw_history_frame frame = *frame_at(old_ring, n);
		const struct tw_history_cell *old_cells;
		struct tw_history_cell cells[TW_NODES_MAX];
		int16_t chosen = TW_NODE_NONE;

		if (!frame.is_known)
			continue;
		old_cells = cells_of(old, old_ring, n);
		for (uint32_t i = 0; i < history->n_nodes; i++) {
			cells[i] = old_of[i] == TW_NODE_NONE
					   ? (struct tw_history_cell){ TW_HISTORY_NO_HEIGHT,
						     TW_REASON_UNCHECKED, TW_HISTORY_NO_BRANCH }
					   : old_cells[old_of[i]];
			if (old_of[i] != TW_NODE_NONE && old_of[i] == frame.chosen)
				chosen = (int16_t)i;
		}
		frame.chosen = chosen;
		put(history, ring, begin_of(old_ring, n), &frame, cells, false);
	}
}

void tw_history_carry(
	struct tw_history *history, const struct tw_history *old, const int32_t *old_of)
{
	for (int i = 0; i < TW_HISTORY_SPANS; i++)
		carry_ring(history, &history->rings[i], old, &old->rings[i], old_of);
}

/* --- as JSON --- */

/* What a series describes. node is TW_NODE_NONE for a series of the network. */
struct place {
	const struct tw_history *history;
	const struct ring *ring;
	const struct tw_config *config;
	int32_t node;
};

/* The value of a series where nothing is known. No frame has it. */
#define NOTHING INT64_MIN

typedef int64_t value_fn(const struct tw_history_frame *frame, const struct tw_history_cell *cell);
typedef void write_fn(const struct place *place, int64_t value, struct tw_emit *json);

#define FRAME_VALUE(name, expression)                                                              \
	static int64_t name(                                                                       \
		const struct tw_history_frame *frame, const struct tw_history_cell *cell)          \
	{                                                                                          \
		(void)cell;                                                                        \
		return expression;                                                                 \
	}
#define CELL_VALUE(name, expression)                                                               \
	static int64_t name(                                                                       \
		const struct tw_history_frame *frame, const struct tw_history_cell *cell)          \
	{                                                                                          \
		(void)frame;                                                                       \
		return expression;                                                                 \
	}
FRAME_VALUE(mode_of, frame->mode)
FRAME_VALUE(chosen_of, frame->chosen == TW_NODE_NONE ? NOTHING : frame->chosen)
FRAME_VALUE(usable_of, frame->is_usable)
FRAME_VALUE(stalled_of, frame->is_stalled)
FRAME_VALUE(island_of, frame->is_island)
FRAME_VALUE(height_of, frame->height == TW_UNKNOWN ? NOTHING : frame->height)
FRAME_VALUE(answering_of, frame->answering)
FRAME_VALUE(conflicting_of, frame->conflicting)
CELL_VALUE(reason_of, cell->reason)
CELL_VALUE(behind_of, cell->behind == TW_HISTORY_NO_HEIGHT ? NOTHING : cell->behind)
CELL_VALUE(branch_of, cell->branch == TW_HISTORY_NO_BRANCH ? NOTHING : cell->branch)

static void write_mode(const struct place *place, int64_t value, struct tw_emit *json)
{
	(void)place;
	tw_emit_text(json, tw_mode_word((enum tw_mode)value));
}

static void write_reason(const struct place *place, int64_t value, struct tw_emit *json)
{
	(void)place;
	tw_emit_text(json, tw_reason_word((enum tw_reason)value));
}

static void write_name(const struct place *place, int64_t value, struct tw_emit *json)
{
	tw_emit_text(json, place->config->nodes[value].policy.name);
}

static void write_bool(const struct place *place, int64_t value, struct tw_emit *json)
{
	(void)place;
	tw_emit_bool(json, value != 0);
}

static void write_int(const struct place *place, int64_t value, struct tw_emit *json)
{
	(void)place;
	tw_emit_int(json, value);
}

struct series {
	const char *key;
	value_fn *value_of;
	write_fn *write;
};

static const struct series network_series[] = {
	{ "mode", mode_of, write_mode },
	{ "chosen", chosen_of, write_name },
	{ "usable", usable_of, write_bool },
	{ "stalled", stalled_of, write_bool },
	{ "island", island_of, write_bool },
	{ "network_height", height_of, write_int },
	{ "answering", answering_of, write_int },
	{ "conflicting", conflicting_of, write_int },
};

static const struct series node_series[] = {
	{ "reason", reason_of, write_reason },
	{ "behind", behind_of, write_int },
	{ "branch", branch_of, write_int },
};

static int64_t first_known(const struct ring *ring)
{
	int64_t number = ring->newest - ring->n_frames + 1;

	while (number < ring->newest && !frame_at(ring, number)->is_known)
		number++;
	return number;
}

/*
 * A series is [FRAME,VALUE,FRAME,VALUE,...]: a value holds from its frame until the next one; it is
 * null where nothing is known.
 */
static void write_series(
	const struct place *place, const struct series *series, struct tw_emit *json)
{
	int64_t first = first_known(place->ring), last = NOTHING;

	tw_emit_key(json, series->key);
	tw_emit_open_array(json);
	for (int64_t n = first; n <= place->ring->newest; n++) {
		const struct tw_history_frame *frame = frame_at(place->ring, n);
		const struct tw_history_cell *cell = NULL;
		int64_t value = NOTHING;

		if (frame->is_known && place->node != TW_NODE_NONE)
			cell = &cells_of(place->history, place->ring, n)[place->node];
		if (frame->is_known)
			value = series->value_of(frame, cell);
		if (n > first && value == last)
			continue;
		tw_emit_int(json, n - first);
		if (value == NOTHING)
			tw_emit_null(json);
		else
			series->write(place, value, json);
		last = value;
	}
	tw_emit_close_array(json);
}

static void write_nodes(struct place place, struct tw_emit *json)
{
	tw_emit_key(json, "daemons");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < place.history->n_nodes; i++) {
		place.node = (int32_t)i;
		tw_emit_open_map(json);
		tw_emit_put_text(json, "name", place.config->nodes[i].policy.name);
		for (size_t k = 0; k < TW_ARRAY_SIZE(node_series); k++)
			write_series(&place, &node_series[k], json);
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
}

static void write_span(const struct tw_history *history, const struct ring *ring,
	const struct tw_status_source *status, struct tw_emit *json)
{
	const struct place place = { history, ring, status->config, TW_NODE_NONE };
	int64_t first = ring->newest == TW_UNKNOWN ? 0 : first_known(ring);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_int(json, "now_ms", status->wall_us / TW_MS);
	tw_emit_put_int(json, "step_ms", ring->step_us / TW_MS);
	tw_emit_put_int(json, "from_ms", tw_status_loop_ms(status, begin_of(ring, first)));
	tw_emit_put_int(json, "frames", ring->newest + 1 - first);
	if (ring->newest != TW_UNKNOWN) {
		for (size_t k = 0; k < TW_ARRAY_SIZE(network_series); k++)
			write_series(&place, &network_series[k], json);
		write_nodes(place, json);
	}
	tw_emit_close_map(json);
}

void tw_history_write(const struct tw_history *history, enum tw_history_span span,
	const struct tw_status_source *status, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	write_span(history, &history->rings[span], status, json);
	tw_emit_destroy(json);
}
