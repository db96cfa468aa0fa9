/* See state.h. */
#include "io/daemon/state.h"
#include "base/log.h"
#include "core/saved.h"
#include "io/files.h"
#include "serve/state_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SELECT_FILE_MAX = 1 << 16 };

static const char state_name[] = "state.json";
static const char select_name[] = "select.json";

/* What was found of the last run. */
enum found {
	FOUND_STATE = 0,
	FOUND_NOTHING = 1,  /* no file: the first start */
	FOUND_UNUSABLE = 2, /* a file that is damaged or cannot be read; logged */
};

/* Logs once that files cannot be written, and once that they can again. */
static void note_result(struct tw_daemon_state *state, const char *dir, int r)
{
	if (r < 0 && !state->has_warned)
		tw_warn("cannot write to the state directory %s: %s; tipwatchd goes on, but a "
			"restart will start epochs from the clock",
			dir, strerror(-r));
	else if (r == 0 && state->has_warned)
		tw_info("the state directory %s can be written again", dir);
	state->has_warned = r < 0;
}

/* Returns what was found, or -ENOMEM. Only FOUND_STATE sets the results. */
static int read_state(const struct tw_config *config, int64_t wall_us, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes)
{
	const char *dir = config->state_dir;
	struct tw_buf text;
	int r;

	tw_buf_init(&text, TW_STATE_FILE_MAX);
	r = tw_files_read(dir, state_name, &text);
	if (r == 0)
		r = tw_state_file_parse(
			tw_buf_str(&text), text.len, config, wall_us, ret_saved, ret_nodes);
	tw_buf_finish(&text);
	switch (r) {
	case 0:
		return FOUND_STATE;
	case -ENOENT:
		return FOUND_NOTHING;
	case -ENOMEM:
		return r;
	case TW_STATE_FILE_DAMAGED:
	case -EMSGSIZE:
		tw_files_set_damaged_aside(dir, state_name, "epochs start from the clock");
		return FOUND_UNUSABLE;
	default:
		tw_warn("cannot read %s/%s: %s; epochs start from the clock", dir, state_name,
			strerror(-r));
		return FOUND_UNUSABLE;
	}
}

static int write_state(const struct tw_config *config, int64_t wall_us,
	const struct tw_saved *saved, const struct tw_saved_node *nodes, bool is_durable)
{
	struct tw_buf text;
	int r;

	tw_buf_init(&text, TW_STATE_FILE_MAX);
	tw_state_file_write(saved, nodes, config, wall_us, &text);
	r = text.error;
	if (r == 0)
		r = tw_files_replace(
			config->state_dir, state_name, tw_buf_str(&text), text.len, is_durable);
	tw_buf_finish(&text);
	return r;
}

/* Epochs of the last run may be continued only when they can be written: otherwise the next start
 * would serve those of this run again. */
static void raise_epochs(int64_t wall_us, struct tw_saved *saved)
{
	struct tw_saved_node unused[1];
	struct tw_saved from_clock;

	tw_state_file_from_clock(wall_us, 0, &from_clock, unused);
	if (from_clock.epoch > saved->epoch)
		saved->epoch = from_clock.epoch;
	if (from_clock.chain_epoch > saved->chain_epoch)
		saved->chain_epoch = from_clock.chain_epoch;
}

static void begin_anew(
	const struct tw_config *config, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes)
{
	*ret_saved = (struct tw_saved){ .epoch = 1,
		.chain_epoch = 1,
		.tip.height = TW_UNKNOWN,
		.anchor.height = TW_UNKNOWN,
		.incumbent = TW_NODE_NONE,
		.pinned = TW_NODE_NONE };
	memset(ret_nodes, 0, config->n_nodes * sizeof(ret_nodes[0]));
}

int tw_daemon_state_restore(struct tw_daemon_state *state, const struct tw_config *config,
	int64_t wall_us, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes)
{
	int found, r;

	r = tw_files_prepare(config->state_dir);
	if (r < 0) {
		tw_warn("cannot create the state directory %s: %s", config->state_dir,
			strerror(-r));
		tw_state_file_from_clock(wall_us, config->n_nodes, ret_saved, ret_nodes);
		return 0;
	}
	found = read_state(config, wall_us, ret_saved, ret_nodes);
	if (found < 0)
		return found;
	if (found == FOUND_UNUSABLE)
		tw_state_file_from_clock(wall_us, config->n_nodes, ret_saved, ret_nodes);
	else if (found == FOUND_NOTHING)
		begin_anew(config, ret_saved, ret_nodes);
	/* The epochs of a file that was found are on disk already. */
	r = write_state(config, wall_us, ret_saved, ret_nodes, found != FOUND_STATE);
	note_result(state, config->state_dir, r);
	if (r < 0) {
		raise_epochs(wall_us, ret_saved);
		return 0;
	}
	state->epoch = ret_saved->epoch;
	state->chain_epoch = ret_saved->chain_epoch;
	return 0;
}

void tw_daemon_state_save(struct tw_daemon_state *state, const struct tw_status_source *source)
{
	const struct tw_config *config = source->config;
	struct tw_saved_node *nodes = calloc(config->n_nodes, sizeof(nodes[0]));
	struct tw_saved saved;
	bool is_durable;
	int r;

	if (nodes == NULL) {
		note_result(state, config->state_dir, -ENOMEM);
		return;
	}
	tw_saved_take(source->monitor, source->now_us, &saved, nodes);
	/* A new tip alone may be lost by a crash. */
	is_durable = saved.epoch != state->epoch || saved.chain_epoch != state->chain_epoch;
	r = write_state(config, source->wall_us, &saved, nodes, is_durable);
	note_result(state, config->state_dir, r);
	if (r == 0) {
		state->epoch = saved.epoch;
		state->chain_epoch = saved.chain_epoch;
	}
	free(nodes);
}

void tw_daemon_state_save_select(
	struct tw_daemon_state *state, const struct tw_status_source *source)
{
	const char *dir = source->config->state_dir;
	struct tw_buf text;
	int r;

	tw_buf_init(&text, SELECT_FILE_MAX);
	tw_status_select(source, &text);
	tw_buf_putc(&text, '\n');
	r = text.error;
	if (r == 0)
		r = tw_files_replace(dir, select_name, tw_buf_str(&text), text.len, false);
	note_result(state, dir, r);
	tw_buf_finish(&text);
}
