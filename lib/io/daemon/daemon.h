/*
 * The daemon: owns the loop and everything on it, feeds the core, and is the only executor of its
 * actions. Data flows one way: probe -> observation -> monitor -> decision -> sockets and files.
 * parts.h lists the parts; each wake-up of the loop lets them handle its events, then decides once,
 * then tells clients.
 */
#ifndef TW_IO_DAEMON_DAEMON_H
#define TW_IO_DAEMON_DAEMON_H

#include "conf/config.h"
#include "core/monitor.h"
#include "io/daemon/setup.h"
#include "serve/status.h"

struct tw_daemon;

struct tw_daemon_options {
	struct tw_config *config; /* taken over, also on failure */
	tw_daemon_load_fn *load;  /* NULL: there is nothing to reload from */
	void *load_ctx;
	/* Only look: every node is checked to a verdict, then tw_daemon_run() returns. No sockets,
	 * no state, no signals. */
	bool is_once;
	/* Called once, when every node has a verdict. NULL: not called. */
	void (*on_known)(void *ctx, const struct tw_daemon *daemon);
	void *known_ctx;
};

/* What else than an errno keeps a daemon from starting. */
enum { TW_DAEMON_REFUSED = 1 }; /* the configuration names something that cannot be used */

/*
 * Opens sockets, journal and state. Returns 0, TW_DAEMON_REFUSED or a negative errno. Why it cannot
 * start is logged in one sentence, with the step and the file or address.
 */
int tw_daemon_create(const struct tw_daemon_options *options, struct tw_daemon **ret_daemon);
/* Runs until SIGTERM or SIGINT (or, with is_once, until everything is known). 0 or negative errno.
 */
int tw_daemon_run(struct tw_daemon *daemon);
void tw_daemon_destroy(struct tw_daemon *daemon); /* takes NULL */

const struct tw_decision *tw_daemon_decision(const struct tw_daemon *daemon);
/* What every text is made of, now. Borrowed until the daemon runs again. */
struct tw_status_source tw_daemon_source(const struct tw_daemon *daemon);

#endif
