/*
 * Runs checks: tw_rpc_check conversations over libcurl's multi interface on the loop. At most two
 * checks per node (the regular one and the confirming one, on a fresh connection), each with a
 * total deadline over everything it asks. The only file that knows libcurl.
 */
#ifndef TW_IO_PROBE_H
#define TW_IO_PROBE_H

#include "core/monitor.h"
#include "io/loop.h"
#include "wire/conf.h"
#include "wire/rpc.h"

struct tw_probe;

/* A check ended. obs is borrowed for the call. Called from the loop, never from within a tw_probe_
 * function. */
typedef void tw_probe_done_fn(void *ctx, int32_t node, int slot, const struct tw_observation *obs);

/* config is borrowed until the probe is destroyed. -ENOMEM, or -ENOTSUP when libcurl has no
 * asynchronous resolver. */
int tw_probe_create(struct tw_loop *loop, const struct tw_config *config, tw_probe_done_fn *done,
	void *ctx, struct tw_probe **ret_probe);
/* Ends all checks without a result. Does not block, whatever the resolver does. */
void tw_probe_destroy(struct tw_probe *probe);

/* Starts a check; there must be none in that slot. window is borrowed until its end. */
int tw_probe_start(struct tw_probe *probe, int32_t node, int slot, int64_t timeout_us,
	const struct tw_check_order *order, const struct tw_chain *window);
void tw_probe_cancel(struct tw_probe *probe, int32_t node);
/* What is known of the daemon behind the node: dialect, version. Borrowed. */
const struct tw_rpc_peer *tw_probe_peer(const struct tw_probe *probe, int32_t node);

#endif
