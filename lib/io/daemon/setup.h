/*
 * Everything in a running daemon that is made from one configuration. A reload makes a second one
 * beside the one in use, moves over what outlives the change, and swaps the two structures; so
 * whatever fails before the swap leaves the daemon as it was.
 */
#ifndef TW_IO_DAEMON_SETUP_H
#define TW_IO_DAEMON_SETUP_H

#include "base/changes.h"
#include "conf/config.h"
#include "core/monitor.h"
#include "io/check/probe.h"
#include "io/link/links.h"
#include "io/link/witnesses.h"
#include "io/loop.h"
#include "serve/history.h"
#include "serve/prom.h"

/* Reads the configuration again, for a reload. Returns as tw_config_load(). */
typedef int tw_daemon_load_fn(void *ctx, struct tw_buf *errors, struct tw_config **ret_config);

/* What the daemon keeps of a node, beside what the core and the probe know. */
struct tw_daemon_node {
	struct tw_changes reasons;    /* of its verdicts, as they are logged */
	int64_t started_us[TW_SLOTS]; /* when the check in the slot was ordered */
};

/* Everything here is owned; the arrays have config->n_nodes entries. */
struct tw_daemon_setup {
	struct tw_config *config;
	struct tw_monitor *monitor;
	struct tw_probe *probe;
	struct tw_links *links;         /* NULL: none are made */
	struct tw_witnesses *witnesses; /* likewise */
	struct tw_history *history;
	struct tw_daemon_node *nodes;
	struct tw_prom_node *counters;
	const struct tw_rpc_peer **peers;        /* the probe's */
	const struct tw_p2p_state **link_states; /* of links; NULL where links is */
};

/* Who is told of what comes from outside; ctx is for all of them. */
struct tw_daemon_setup_ears {
	tw_probe_done_fn *check;
	tw_probe_dropped_fn *dropped;
	tw_links_fn *link;
	tw_witnesses_fn *witness;
	void *ctx;
};

/*
 * Makes everything but the monitor; neither P2P links nor witnesses unless has_links. config is
 * taken over, also on failure. 0, -ENOMEM, or -ENOTSUP when libcurl would block in a name lookup.
 */
int tw_daemon_setup_init(struct tw_daemon_setup *setup, struct tw_loop *loop,
	struct tw_config *config, bool has_links, const struct tw_daemon_setup_ears *ears);
/*
 * Makes the monitor out of that of old, and copies what outlives a reload: histories, counters, and
 * what was logged. old_of as in tw_monitor_reconfigure(). old stays valid. 0 or -ENOMEM.
 */
int tw_daemon_setup_follow(struct tw_daemon_setup *setup, const struct tw_daemon_setup *old,
	const struct tw_core_config *core, const int32_t *old_of, int64_t now_us);
void tw_daemon_setup_finish(struct tw_daemon_setup *setup); /* takes a zeroed one */

#endif
