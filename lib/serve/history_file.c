/* See history_file.h. */
#include "serve/history_file.h"
#include "base/num.h"
#include "core/mode.h"
#include "core/reason.h"
#include "json/json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 4096 };

static const struct tw_json_limits limits = { .bytes = TW_HISTORY_FILE_MAX, .nodes = 16 << 20 };

/* One span while it is read: frames, and the cells of all nodes for each. */
struct past {
	const struct tw_config *config;
	uint32_t n_frames;
	uint32_t n_nodes;
	struct tw_history_frame *frames;
	struct tw_history_cell *cells;
};

void tw_history_file_write(
	const struct tw_history *history, const struct tw_status_source *status, struct tw_buf *out)
{
	for (int span = 0; span < TW_HISTORY_SPANS; span++) {
		tw_history_write(history, (enum tw_history_span)span, status, out);
		tw_buf_putc(out, '\n');
	}
}

/* --- the values of a series --- */

/* cell is NULL for a series of the network. A value that means nothing here leaves what is there.
 */
typedef void set_fn(const struct past *past, const struct tw_json_node *value,
	struct tw_history_frame *frame, struct tw_history_cell *cell);

static int64_t number_of(const struct tw_json_node *value, int64_t min, int64_t max, int64_t none)
{
	int64_t number = none;

	(void)tw_json_get_int(value, "", min, max, &number);
	return number;
}

static bool is_true(const struct tw_json_node *value)
{
	bool is = false;

	(void)tw_json_get_bool(value, "", &is);
	return is;
}

static void set_mode(const struct past *past, const struct tw_json_node *value,
	struct tw_history_frame *frame, struct tw_history_cell *cell)
{
	enum tw_mode mode = TW_MODE_STARTING;

	(void)past;
	(void)cell;
	(void)tw_mode_parse(tw_json_str(value) == NULL ? "" : tw_json_str(value), &mode);
	frame->mode = (uint8_t)mode;
	frame->is_known = tw_json_str(value) != NULL;
}

static void set_chosen(const struct past *past, const struct tw_json_node *value,
	struct tw_history_frame *frame, struct tw_history_cell *cell)
{
	const char *name = tw_json_str(value);

	(void)cell;
	frame->chosen = (int16_t)(name == NULL ? TW_NODE_NONE : tw_config_find(past->config, name));
}

#define SET(name, assignment)                                                                      \
	static void name(const struct past *past, const struct tw_json_node *value,                \
		struct tw_history_frame *frame, struct tw_history_cell *cell)                      \
	{                                                                                          \
		(void)past;                                                                        \
		(void)frame;                                                                       \
		(void)cell;                                                                        \
		assignment;                                                                        \
	}
SET(set_usable, frame->is_usable = is_true(value))
SET(set_stalled, frame->is_stalled = is_true(value))
SET(set_island, frame->is_island = is_true(value))
SET(set_height, frame->height = number_of(value, 0, TW_HEIGHT_MAX, TW_UNKNOWN))
SET(set_answering, frame->answering = (uint16_t)number_of(value, 0, TW_NODES_MAX, 0))
SET(set_conflicting, frame->conflicting = (uint16_t)number_of(value, 0, TW_NODES_MAX, 0))
SET(set_behind,
	cell->behind = (int32_t)number_of(value, -INT32_MAX, INT32_MAX, TW_HISTORY_NO_HEIGHT))
SET(set_branch,
	cell->branch = (uint8_t)number_of(value, 0, TW_HISTORY_NO_BRANCH - 1, TW_HISTORY_NO_BRANCH))

static void set_reason(const struct past *past, const struct tw_json_node *value,
	struct tw_history_frame *frame, struct tw_history_cell *cell)
{
	enum tw_reason reason = TW_REASON_UNCHECKED;

	(void)past;
	(void)frame;
	(void)tw_reason_parse(tw_json_str(value) == NULL ? "" : tw_json_str(value), &reason);
	cell->reason = (uint8_t)reason;
}

struct series {
	const char *key;
	set_fn *set;
};

static const struct series network_series[] = {
	{ "mode", set_mode },
	{ "chosen", set_chosen },
	{ "usable", set_usable },
	{ "stalled", set_stalled },
	{ "island", set_island },
	{ "network_height", set_height },
	{ "answering", set_answering },
	{ "conflicting", set_conflicting },
};

static const struct series node_series[] = {
	{ "reason", set_reason },
	{ "behind", set_behind },
	{ "branch", set_branch },
};

/* --- reading --- */

/* [FRAME,VALUE,FRAME,VALUE,…]: a value holds from its frame until the next one. */
static int read_series(const struct past *past, const struct tw_json_node *map,
	const struct series *series, int32_t node)
{
	const struct tw_json_node *list = tw_json_member(map, series->key);
	const struct tw_json_node *item = tw_json_first(list), *value, *next;
	int64_t from = 0, to;

	if (tw_json_type_of(list) != TW_JSON_ARRAY || tw_json_count(list) % 2 != 0)
		return -EINVAL;
	for (; item != NULL; item = next) {
		if (tw_json_get_int(item, "", from, past->n_frames, &from) < 0)
			return -EINVAL;
		value = tw_json_next(list, item);
		next = tw_json_next(list, value);
		to = past->n_frames;
		if (next != NULL && tw_json_get_int(next, "", from, past->n_frames, &to) < 0)
			return -EINVAL;
		for (int64_t i = from; i < to; i++)
			series->set(past, value, &past->frames[i],
				node < 0 ? NULL : &past->cells[i * past->n_nodes + node]);
	}
	return 0;
}

static int read_nodes(const struct past *past, const struct tw_json_node *list)
{
	int r = tw_json_type_of(list) == TW_JSON_ARRAY ? 0 : -EINVAL;

	for (const struct tw_json_node *map = tw_json_first(list); r == 0 && map != NULL;
		map = tw_json_next(list, map)) {
		const char *name = tw_json_str(tw_json_member(map, "name"));
		int32_t node = name == NULL ? TW_NODE_NONE : tw_config_find(past->config, name);

		for (size_t k = 0; node >= 0 && r == 0 && k < TW_ARRAY_SIZE(node_series); k++)
			r = read_series(past, map, &node_series[k], node);
	}
	return r;
}

static int read_past(struct past *past, const struct tw_json_node *root)
{
	size_t n_cells = (size_t)past->n_frames * past->n_nodes;
	int r = 0;

	past->frames = calloc(past->n_frames, sizeof(past->frames[0]));
	past->cells = calloc(n_cells, sizeof(past->cells[0]));
	if (past->frames == NULL || past->cells == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n_cells; i++)
		past->cells[i] = (struct tw_history_cell){ TW_HISTORY_NO_HEIGHT,
			TW_REASON_UNCHECKED, TW_HISTORY_NO_BRANCH };
	for (size_t k = 0; r == 0 && k < TW_ARRAY_SIZE(network_series); k++)
		r = read_series(past, root, &network_series[k], TW_NODE_NONE);
	return r == 0 ? read_nodes(past, tw_json_member(root, "daemons")) : r;
}

/* Puts the frames where they were by the wall clock. What is in the future is left out. */
static void restore(struct tw_history *history, enum tw_history_span span, const struct past *past,
	int64_t from_ms, int64_t step_ms, const struct tw_status_source *status)
{
	int64_t begin_us = status->now_us - status->wall_us + from_ms * TW_MS;

	for (uint32_t i = 0; i < past->n_frames; i++) {
		int64_t t_us = begin_us + i * step_ms * TW_MS;
		int64_t step_us = tw_min(step_ms * TW_MS, status->now_us - t_us);

		if (past->frames[i].is_known && step_us > 0)
			tw_history_restore(history, span, t_us, step_us, &past->frames[i],
				&past->cells[(size_t)i * past->n_nodes]);
	}
}

static int read_span(struct tw_history *history, enum tw_history_span span,
	const struct tw_json_node *root, const struct tw_status_source *status)
{
	struct past past = { .config = status->config, .n_nodes = status->config->n_nodes };
	int64_t from_ms, step_ms, n_frames;
	int r;

	if (tw_json_get_int(root, "from_ms", 0, INT64_MAX / (4 * TW_MS), &from_ms) < 0 ||
		tw_json_get_int(root, "step_ms", 1, TW_DAY / TW_MS, &step_ms) < 0 ||
		tw_json_get_int(root, "frames", 0, FRAMES_MAX, &n_frames) < 0)
		return -EINVAL;
	if (n_frames == 0)
		return 0;
	past.n_frames = (uint32_t)n_frames;
	r = read_past(&past, root);
	if (r == 0)
		restore(history, span, &past, from_ms, step_ms, status);
	free(past.frames);
	free(past.cells);
	return r;
}

int tw_history_file_read(struct tw_history *history, const char *text, size_t len,
	const struct tw_status_source *status)
{
	int r = 0;

	for (int span = 0; r == 0 && span < TW_HISTORY_SPANS; span++) {
		const char *end = len == 0 ? NULL : memchr(text, '\n', len);
		struct tw_json_doc *doc = NULL;

		if (end == NULL)
			return -EINVAL;
		r = tw_json_parse(text, (size_t)(end - text), &limits, &doc);
		if (r == 0)
			r = read_span(
				history, (enum tw_history_span)span, tw_json_root(doc), status);
		else if (r > 0)
			r = -EINVAL;
		tw_json_doc_destroy(doc);
		len -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	return r;
}
