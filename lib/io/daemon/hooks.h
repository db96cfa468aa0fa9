/* Which changes of the decision the hooks of the configuration are told, and the beat. */
#ifndef TW_IO_DAEMON_HOOKS_H
#define TW_IO_DAEMON_HOOKS_H

#include "io/daemon/feed.h"
#include "io/runner.h"

/* What the hooks were told last. */
struct tw_daemon_hooks {
	struct tw_runner *runner;    /* NULL: no hooks are run */
	struct tw_daemon_feed *feed; /* borrowed */
	struct tw_loop_timer *beat;
	enum tw_mode mode; /* as announced; TW_MODE_STARTING at the start */
	bool is_usable;    /* false at the start */
	uint64_t chain_epoch;
	int64_t height; /* the highest T since that changed */
	uint64_t n_switches;
};

/* Makes what runs the hooks, and starts the beat. feed must outlive them. 0 or a negative errno. */
int tw_daemon_hooks_open(
	struct tw_daemon_hooks *hooks, struct tw_loop *loop, struct tw_daemon_feed *feed);
/* Takes hooks that were not opened. */
void tw_daemon_hooks_close(struct tw_daemon_hooks *hooks);

/* Tells the hooks what changed since this was called last. */
void tw_daemon_hooks_run(struct tw_daemon_hooks *hooks, const struct tw_status_source *source);
/* A found block has another state. */
void tw_daemon_hooks_tell_block(struct tw_daemon_hooks *hooks,
	const struct tw_status_source *source, const struct tw_block *block);

#endif
