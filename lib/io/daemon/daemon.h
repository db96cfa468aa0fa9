/*
 * The daemon: owns the loop and everything on it, feeds the core, and is the only executor of its
 * actions. Data flows one way: probe -> observation -> monitor -> decision -> sockets and files.
 */
#ifndef TW_IO_DAEMON_DAEMON_H
#define TW_IO_DAEMON_DAEMON_H

#include "base/buf.h"
#include "conf/config.h"
#include "core/monitor.h"
#include "show/text.h"

struct tw_daemon;

/* Reads the configuration again, for a reload. Returns as tw_config_load(). */
typedef int tw_daemon_load_fn(void *ctx, struct tw_buf *errors, struct tw_config **ret_config);

struct tw_daemon_options {
	struct tw_config *config; /* taken over, also on failure */
	tw_daemon_load_fn *load;  /* NULL: there is nothing to reload from */
	void *load_ctx;
	/* Only look: every node is checked to a verdict, then tw_daemon_run() returns. No sockets,
	 * no state, no signals. */
	bool is_once;
	/* Called once, when every node has a verdict. NULL: nobody wants to know. */
	void (*on_known)(void *ctx, const struct tw_daemon *daemon);
	void *known_ctx;
};

/*
 * Opens sockets and state. What goes wrong is logged in a sentence; returns 0 or the negative errno
 * of it.
 */
int tw_daemon_create(const struct tw_daemon_options *options, struct tw_daemon **ret_daemon);
/* Runs until SIGTERM or SIGINT (or, with is_once, until everything is known). 0 or negative errno.
 */
int tw_daemon_run(struct tw_daemon *daemon);
void tw_daemon_destroy(struct tw_daemon *daemon);

const struct tw_decision *tw_daemon_decision(const struct tw_daemon *daemon);
/* Writes the status object of the contract. */
void tw_daemon_ops_write_status(const struct tw_daemon *daemon, struct tw_buf *out);
/* wire/welcome.h and wire/advice.h, of this daemon. */
void tw_daemon_ops_write_welcome(const struct tw_daemon *daemon, const char *arguments,
	bool has_own_socket, const struct tw_text *text);
void tw_daemon_ops_write_advice(const struct tw_daemon *daemon, struct tw_buf *out);

#endif
