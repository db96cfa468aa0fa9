/*
 * A check of one daemon as a conversation without I/O: requests out, replies in, an observation at
 * the end. The dialects (dialect_*.c) know paths, bodies and field names; this file knows the order
 * of questions: detect the dialect, the newest header, the headers that link it
 * (tw_chain_next_question()), the heights the core asks for, peer counts, a block template.
 *
 * Load: one request when nothing changed and nothing else is due; each thing that is due adds one.
 */
#ifndef TW_RPC_RPC_H
#define TW_RPC_RPC_H

#include "core/monitor.h"
#include "core/node/chain.h"
#include "rpc/ask.h"

/* A check under way. Opaque but for its size, so that it can be embedded. */
struct tw_rpc_check;
/* window is the node's chain in the monitor, borrowed until the end of the check. -ENOMEM. */
int tw_rpc_check_create(struct tw_rpc_peer *peer, const struct tw_check_order *order,
	const struct tw_chain *window, struct tw_rpc_check **ret_check);
void tw_rpc_check_destroy(struct tw_rpc_check *check);

/* The next request, or false: the check is done and its observation complete. */
bool tw_rpc_check_next(struct tw_rpc_check *check, struct tw_rpc_request *ret_request);
/* The reply to it. rtt_us is the time it took. A reply that makes no sense ends the check. */
void tw_rpc_check_reply(
	struct tw_rpc_check *check, int64_t rtt_us, long http_status, const char *body, size_t len);
/*
 * The request failed: no (whole) reply came. What was learned before the newest header was known is
 * void and the check ends with result. When the newest header is already known the check ends with
 * what it has, OK, a template that was asked for counting as failed, except for TIMEOUT (the
 * total deadline), which also then ends it as a failure unless only the template was missing.
 */
void tw_rpc_check_fail(struct tw_rpc_check *check, enum tw_result result, const char *detail);
/* Valid once tw_rpc_check_next() said false or after tw_rpc_check_fail(). Borrowed. */
const struct tw_observation *tw_rpc_check_observation(const struct tw_rpc_check *check);

#endif
