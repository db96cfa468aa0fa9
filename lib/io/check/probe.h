/*
 * Runs checks: tw_rpc_check conversations (rpc/check.h) over HTTP (fetch.h) on the loop. At most
 * two checks per node: the regular one and the confirming one, whose requests go over fresh
 * connections. Each has a total deadline over everything it asks, name lookup included, and a
 * shorter one for the first answer. Of many checks that are to start at once, only a few are begun
 * in one wake-up of the loop (starts.h); their deadlines begin then.
 *
 * Requests to a node that limits how often it may be asked are spread (quota.h). A check that has
 * no time left to wait ends with what it has, which counts where the newest block is part of it;
 * what it learned of the daemon stays, and the next one goes on from there. The deadline of a check
 * that has to wait before its first request begins after that.
 */
#ifndef TW_IO_CHECK_PROBE_H
#define TW_IO_CHECK_PROBE_H

#include "conf/config.h"
#include "core/monitor.h"
#include "io/loop.h"
#include "rpc/check.h"

struct tw_probe;

/* A check ended. obs is borrowed for the call. Called from the loop, never from within a function
 * of this file. It may start and cancel checks, but not destroy the probe. */
typedef void tw_probe_done_fn(void *ctx, int32_t node, int slot, const struct tw_observation *obs);

/* The daemon, or the proxy before it, closed the connection that was kept for the next check of the
 * node, while no check used it. Called as tw_probe_done_fn is, and may do the same. */
typedef void tw_probe_dropped_fn(void *ctx, int32_t node);

/* ctx is for both functions. config is borrowed until the probe is destroyed. Opens and looks up
 * nothing yet. -ENOMEM, or -ENOTSUP when libcurl has no asynchronous resolver. */
int tw_probe_create(struct tw_loop *loop, const struct tw_config *config, tw_probe_done_fn *done,
	tw_probe_dropped_fn *dropped, void *ctx, struct tw_probe **ret_probe);
/* Ends all checks without a result. Does not block, whatever the resolver does. */
void tw_probe_destroy(struct tw_probe *probe);

/* Starts the check that action orders; there must be none in its slot. window is borrowed until the
 * check ends. A check for which there is no memory fails as one that had no answer. */
void tw_probe_start(struct tw_probe *probe, const struct tw_action *action,
	const struct tw_chain *const *window);
/* Ends the node's checks, in both slots, without a result. */
void tw_probe_cancel(struct tw_probe *probe, int32_t node);
/* What is known of the daemon of the node: dialect, version. Borrowed until the probe is destroyed.
 */
const struct tw_rpc_peer *tw_probe_peer(const struct tw_probe *probe, int32_t node);

#endif
