/*
 * state.json: what survives a restart (epochs, last tip, incumbent, pins, drains, falls of the last
 * hour) as JSON text. Falls are kept as Unix times in it.
 */
#ifndef TW_SERVE_STATE_FILE_H
#define TW_SERVE_STATE_FILE_H

#include "base/buf.h"
#include "conf/config.h"
#include "core/monitor.h"

enum { TW_STATE_FILE_MAX = 1 << 20 };

enum tw_state_file_outcome {
	TW_STATE_FILE_OK,
	TW_STATE_FILE_DAMAGED = 1,
};

/* wall_us is the Unix time of the save. */
void tw_state_file_write(const struct tw_saved *saved, const struct tw_saved_node *nodes,
	const struct tw_config *config, int64_t wall_us, struct tw_buf *out);
/*
 * Nodes are matched by name, unknown ones ignored. Returns 0, TW_STATE_FILE_DAMAGED
 * (nothing is filled in) or -ENOMEM. ret_nodes has config->n_nodes entries.
 */
int tw_state_file_parse(const char *text, size_t len, const struct tw_config *config,
	int64_t wall_us, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes);
/*
 * What to start with instead of a state that is damaged or cannot be kept: the epochs come from the
 * clock (Unix milliseconds), so that they never go back although nothing could be read. ret_nodes
 * has n_nodes entries.
 */
void tw_state_file_from_clock(int64_t wall_us, uint32_t n_nodes, struct tw_saved *ret_saved,
	struct tw_saved_node *ret_nodes);

#endif
