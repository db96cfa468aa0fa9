/* Which changes of the decision the hooks of the configuration are told. */
#ifndef TW_IO_DAEMON_HOOKS_H
#define TW_IO_DAEMON_HOOKS_H

#include "io/runner.h"
#include "serve/status.h"

/* What the hooks were told last. */
struct tw_daemon_hooks {
	struct tw_runner *runner; /* borrowed; NULL: no hooks are run */
	enum tw_mode mode;        /* as announced; TW_MODE_STARTING at the start */
	uint64_t n_switches;
};

/* Tells the hooks what changed since this was called last. */
void tw_daemon_hooks_run(struct tw_daemon_hooks *hooks, const struct tw_status_source *source);

#endif
