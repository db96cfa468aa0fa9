/*
 * What the daemon keeps in its state directory: state.json for its own next start (epochs, pins,
 * drains), select.json for scripts. Epochs must never go back, or a pool would take an old answer
 * for a newer one: a new epoch is on disk before it is served, and where the directory cannot be
 * read or written, epochs start from the clock, which is later than all that were served before.
 */
#ifndef TW_IO_DAEMON_STATE_H
#define TW_IO_DAEMON_STATE_H

#include "conf/config.h"
#include "core/monitor.h"
#include "serve/status.h"

struct tw_daemon_state {
	bool has_warned; /* that files cannot be written, and they still cannot */
	/* as they are on disk; 0: unknown */
	uint64_t epoch;
	uint64_t chain_epoch;
};

/*
 * Reads what outlived the last run, and writes it back to see that it can be written. ret_nodes has
 * config->n_nodes entries. Everything that goes wrong is logged, and epochs then start from the
 * clock. 0 or -ENOMEM.
 */
int tw_daemon_state_restore(struct tw_daemon_state *state, const struct tw_config *config,
	int64_t wall_us, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes);
/* Writes state.json; it is on disk before this returns when there is a new epoch in it. */
void tw_daemon_state_save(struct tw_daemon_state *state, const struct tw_status_source *source);
/* Writes select.json. */
void tw_daemon_state_save_select(
	struct tw_daemon_state *state, const struct tw_status_source *source);

#endif
