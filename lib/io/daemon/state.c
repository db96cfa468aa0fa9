/* What the daemon keeps in its state directory, and what it does when it cannot. */
#include "serve/state.h"
#include "base/log.h"
#include "core/saved.h"
#include "io/daemon/internal.h"
#include "io/files.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SELECT_FILE_MAX = 1 << 16 };

static const char state_name[] = "state.json";
static const char select_name[] = "select.json";

static int64_t wall_now(const struct tw_daemon *d)
{
	return tw_loop_to_wall(d->loop, tw_loop_now(d->loop));
}

/* Says once that files cannot be written, and once that they can again. */
static void note_result(struct tw_daemon *d, int r)
{
	if (r < 0 && !d->has_warned_state)
		tw_warn("cannot write to the state directory %s: %s; tipwatchd goes on, but a "
			"restart will start epochs from the clock",
			d->config->state_dir, strerror(-r));
	else if (r == 0 && d->has_warned_state)
		tw_info("the state directory %s can be written again", d->config->state_dir);
	d->has_warned_state = r < 0;
}

/* Reads the file. Returns 0, -ENOENT: there is none, -EINVAL: damaged and put aside, or -ENOMEM. */
static int read_state(
	struct tw_daemon *d, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes)
{
	const char *dir = d->config->state_dir;
	struct tw_buf text;
	int r;

	tw_buf_init(&text, TW_STATE_FILE_MAX);
	r = tw_files_read(dir, state_name, &text);
	if (r == 0)
		r = tw_state_parse(
			tw_buf_str(&text), text.len, d->config, wall_now(d), ret_saved, ret_nodes);
	tw_buf_finish(&text);
	if (r == 0 || r == -ENOENT || r == -ENOMEM)
		return r;
	if (r == -EINVAL || r == -EMSGSIZE) {
		tw_warn("%s/%s is damaged; it was put aside as %s.bad, and epochs start from "
			"the clock",
			dir, state_name, state_name);
		r = tw_files_set_aside(dir, state_name);
		if (r < 0)
			tw_warn("cannot put %s/%s aside: %s", dir, state_name, strerror(-r));
		return -EINVAL;
	}
	tw_warn("cannot read %s/%s: %s; epochs start from the clock", dir, state_name,
		strerror(-r));
	return -EINVAL;
}

int tw_daemon_state_restore(
	struct tw_daemon *d, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes)
{
	struct tw_saved from_clock;
	int r = tw_files_prepare(d->config->state_dir);

	d->has_state_dir = r == 0;
	if (r < 0)
		tw_warn("cannot create the state directory %s: %s", d->config->state_dir,
			strerror(-r));
	r = d->has_state_dir ? read_state(d, ret_saved, ret_nodes) : -EINVAL;
	if (r == -ENOMEM)
		return r;
	if (r == -EINVAL)
		tw_state_from_clock(wall_now(d), d->config->n_nodes, ret_saved, ret_nodes);
	if (r == -ENOENT) {
		*ret_saved = (struct tw_saved){ .epoch = 1,
			.chain_epoch = 1,
			.tip.height = TW_UNKNOWN,
			.incumbent = TW_NODE_NONE,
			.pinned = TW_NODE_NONE };
		memset(ret_nodes, 0, d->config->n_nodes * sizeof(ret_nodes[0]));
	}
	/* What cannot be written cannot be carried on: then not even what was read is enough. */
	if (d->has_state_dir && r != -EINVAL) {
		struct tw_buf text;
		int w;

		tw_buf_init(&text, TW_STATE_FILE_MAX);
		tw_state_write(ret_saved, ret_nodes, d->config, wall_now(d), &text);
		w = text.error < 0 ? text.error
				   : tw_files_replace(d->config->state_dir, state_name,
					     tw_buf_str(&text), text.len, true);
		tw_buf_finish(&text);
		note_result(d, w);
		if (w < 0) {
			struct tw_saved_node unused[1];

			tw_state_from_clock(wall_now(d), 0, &from_clock, unused);
			if (from_clock.epoch > ret_saved->epoch)
				ret_saved->epoch = from_clock.epoch;
			if (from_clock.chain_epoch > ret_saved->chain_epoch)
				ret_saved->chain_epoch = from_clock.chain_epoch;
		}
	}
	d->saved_epoch = ret_saved->epoch;
	d->saved_chain_epoch = ret_saved->chain_epoch;
	return 0;
}

void tw_daemon_state_save(struct tw_daemon *d)
{
	struct tw_saved saved;
	struct tw_saved_node *nodes;
	struct tw_buf text;
	bool is_durable;
	int r;

	if (d->is_once)
		return;
	nodes = calloc(d->config->n_nodes, sizeof(nodes[0]));
	if (nodes == NULL) {
		note_result(d, -ENOMEM);
		return;
	}
	tw_saved_take(d->monitor, tw_daemon_feed_now(d), &saved, nodes);
	/* A new epoch is on disk before it is served; a new tip alone may be lost. */
	is_durable = saved.epoch != d->saved_epoch || saved.chain_epoch != d->saved_chain_epoch;
	tw_buf_init(&text, TW_STATE_FILE_MAX);
	tw_state_write(&saved, nodes, d->config, wall_now(d), &text);
	r = text.error;
	if (r == 0)
		r = tw_files_replace(
			d->config->state_dir, state_name, tw_buf_str(&text), text.len, is_durable);
	note_result(d, r);
	if (r == 0) {
		d->saved_epoch = saved.epoch;
		d->saved_chain_epoch = saved.chain_epoch;
	}
	tw_buf_finish(&text);
	free(nodes);
}

void tw_daemon_state_save_select(struct tw_daemon *d)
{
	struct tw_status_source source = tw_daemon_source(d);
	struct tw_buf text;
	int r;

	if (d->is_once)
		return;
	tw_buf_init(&text, SELECT_FILE_MAX);
	tw_status_select(&source, &text);
	tw_buf_putc(&text, '\n');
	r = text.error;
	if (r == 0)
		r = tw_files_replace(
			d->config->state_dir, select_name, tw_buf_str(&text), text.len, false);
	note_result(d, r);
	tw_buf_finish(&text);
}
