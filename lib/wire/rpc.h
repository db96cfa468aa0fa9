/*
 * A check of one daemon as a conversation without I/O: requests out, replies in, an observation at
 * the end. The dialects (dialect_*.c) know paths, bodies and field names; this file knows the order
 * of questions: detect the dialect, the newest header, the headers that link it
 * (tw_chain_next_question()), the heights the core asks for, peer counts, a block template.
 *
 * Load: one request when nothing changed and nothing else is due; each thing that is due adds one.
 */
#ifndef TW_WIRE_RPC_H
#define TW_WIRE_RPC_H

#include "base/buf.h"
#include "core/chain.h"
#include "core/monitor.h"
#include "wire/conf.h"

enum { TW_RPC_PATH_MAX = 127, TW_RPC_BODY_MAX = 1023, TW_RPC_VERSION_MAX = 31 };

/* What is remembered of one daemon between checks; owned by the one who runs checks. */
struct tw_rpc_peer {
	enum tw_dialect configured;
	enum tw_dialect dialect;              /* TW_DIALECT_AUTO: not detected yet */
	bool has_old_info_path;               /* turtlecoin-rpc before 0.8.4: /getinfo */
	char version[TW_RPC_VERSION_MAX + 1]; /* as the daemon says, "" unknown */
	const char *wallet_address;           /* borrowed; "" or NULL: no template checks */
	uint32_t reserve_size;
};
/* config is borrowed for as long as the peer is used: its wallet address. */
void tw_rpc_peer_init(struct tw_rpc_peer *ret_peer, const struct tw_node_conf *node,
	const struct tw_config *config);
/*
 * Forget what was detected: the daemon was away and may come back as another version. Checks do so
 * themselves after a reply that makes no sense or a connection that broke, and detect again at once
 * where a remembered dialect no longer fits; a check under way is not disturbed by it.
 */
void tw_rpc_peer_forget(struct tw_rpc_peer *peer);

struct tw_rpc_request {
	bool is_post;
	char path[TW_RPC_PATH_MAX + 1]; /* absolute path, e.g. "/json_rpc" */
	char body[TW_RPC_BODY_MAX + 1]; /* "" for GET */
	size_t body_len;
};

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
