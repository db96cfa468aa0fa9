/*
 * See history.h. A series is [FRAME,VALUE,FRAME,VALUE,…]: VALUE holds from FRAME until the next
 * one, and null where nothing is known.
 */
#include "base/time.h"
#include "core/mode.h"
#include "core/reason.h"
#include "serve/history_internal.h"
#include "json/emit.h"

/* What a series is of. node is TW_NODE_NONE for a series of the network. */
struct place {
	const struct tw_history *history;
	const struct tw_history_ring *ring;
	const struct tw_config *config;
	int32_t node;
};

/* Numbers beyond all values of a frame. */
#define NOTHING INT64_MIN

typedef int64_t value_fn(const struct tw_history_frame *frame, const struct tw_history_cell *cell);
typedef void write_fn(const struct place *place, int64_t value, struct tw_emit *json);

static int64_t mode_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->mode;
}

static int64_t chosen_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->chosen == TW_NODE_NONE ? NOTHING : frame->chosen;
}

static int64_t usable_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->is_usable;
}

static int64_t stalled_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->is_stalled;
}

static int64_t island_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->is_island;
}

static int64_t height_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->height == TW_UNKNOWN ? NOTHING : frame->height;
}

static int64_t answering_of(
	const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->answering;
}

static int64_t conflicting_of(
	const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)cell;
	return frame->conflicting;
}

static int64_t reason_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)frame;
	return cell->reason;
}

static int64_t behind_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)frame;
	return cell->behind == TW_HISTORY_NO_HEIGHT ? NOTHING : cell->behind;
}

static int64_t branch_of(const struct tw_history_frame *frame, const struct tw_history_cell *cell)
{
	(void)frame;
	return cell->branch == TW_HISTORY_NO_BRANCH ? NOTHING : cell->branch;
}

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

static int64_t first_known(const struct tw_history_ring *ring)
{
	int64_t number = ring->newest - ring->n_frames + 1;

	while (number < ring->newest && !tw_history_frame_at(ring, number)->is_known)
		number++;
	return number;
}

static void write_series(const struct place *place, const char *key, value_fn *value_of,
	write_fn *write, struct tw_emit *json)
{
	int64_t first = first_known(place->ring), last = NOTHING;

	tw_emit_key(json, key);
	tw_emit_open_array(json);
	for (int64_t n = first; n <= place->ring->newest; n++) {
		const struct tw_history_frame *frame = tw_history_frame_at(place->ring, n);
		const struct tw_history_cell *cell = NULL;
		int64_t value = NOTHING;

		if (frame->is_known && place->node != TW_NODE_NONE)
			cell = &tw_history_cells_at(place->history, place->ring, n)[place->node];
		if (frame->is_known)
			value = value_of(frame, cell);
		if (n > first && value == last)
			continue;
		tw_emit_int(json, n - first);
		if (value == NOTHING)
			tw_emit_null(json);
		else
			write(place, value, json);
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
		write_series(&place, "reason", reason_of, write_reason, json);
		write_series(&place, "behind", behind_of, write_int, json);
		write_series(&place, "branch", branch_of, write_int, json);
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
}

static int64_t wall_ms(const struct tw_status_source *status, int64_t loop_us)
{
	return (status->wall_us - (status->now_us - loop_us)) / TW_MS;
}

static void write_span(const struct tw_history *history, const struct tw_history_ring *ring,
	const struct tw_status_source *status, struct tw_emit *json)
{
	const struct place place = { history, ring, status->config, TW_NODE_NONE };
	int64_t first = ring->newest == TW_UNKNOWN ? 0 : first_known(ring);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_int(json, "now_ms", status->wall_us / TW_MS);
	tw_emit_put_int(json, "step_ms", ring->step_us / TW_MS);
	tw_emit_put_int(json, "from_ms", wall_ms(status, first * ring->step_us));
	tw_emit_put_int(json, "frames", ring->newest + 1 - first);
	if (ring->newest != TW_UNKNOWN) {
		write_series(&place, "mode", mode_of, write_mode, json);
		write_series(&place, "chosen", chosen_of, write_name, json);
		write_series(&place, "usable", usable_of, write_bool, json);
		write_series(&place, "stalled", stalled_of, write_bool, json);
		write_series(&place, "island", island_of, write_bool, json);
		write_series(&place, "network_height", height_of, write_int, json);
		write_series(&place, "answering", answering_of, write_int, json);
		write_series(&place, "conflicting", conflicting_of, write_int, json);
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
