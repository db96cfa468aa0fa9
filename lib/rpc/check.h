/*
 * A check of one daemon as a conversation without I/O: requests out, replies in, an observation at
 * the end. This file knows the order of the questions: detect the dialect, the newest header, the
 * headers that link it to the known chain (tw_chain_next_question()), the heights that the core
 * asks for, peer counts, a block template. How a question is put and what its reply says is in
 * ask.h and reply.h, from the rows of dialect.h.
 *
 * A daemon whose chain in memory is corrupt contradicts itself: its info page fails with words of
 * its own, or counts a block that it cannot show, as its template may too. Before it is called
 * wrecked, it is asked for that block twice, or for the page again: of several daemons behind one
 * address another one may have answered.
 *
 * A daemon that says that its answers come from its bootstrap daemon has shown nothing of its own:
 * the check ends with that.
 *
 * Load: one request when nothing changed and nothing else is due. Each thing that is due adds one.
 * A daemon is asked for its block 0 once, with the first peer counts: it tells the network.
 */
#ifndef TW_RPC_CHECK_H
#define TW_RPC_CHECK_H

#include "core/monitor.h"
#include "core/node/chain.h"
#include "rpc/ask.h"
#include "rpc/reply.h"

/* A check under way. */
struct tw_rpc_check;

/*
 * peer is borrowed until the end of the check, and so is window: where the node's chain is in the
 * monitor, which may be another one when a check beside this one has ended.
 * Returns 0 or -ENOMEM.
 */
int tw_rpc_check_create(struct tw_rpc_peer *peer, const struct tw_check_order *order,
	const struct tw_chain *const *window, struct tw_rpc_check **ret_check);
void tw_rpc_check_destroy(struct tw_rpc_check *check);

/* The next request, or false: the check is done and its observation complete. */
bool tw_rpc_check_next(struct tw_rpc_check *check, struct tw_rpc_request *ret_request);
/*
 * The reply to the last request. A reply that makes no sense ends the check, or starts the
 * detection of the dialect where the dialect was only remembered.
 */
void tw_rpc_check_reply(struct tw_rpc_check *check, const struct tw_rpc_reply *reply);
/*
 * The last request failed: no reply came, or only a part. Before the newest header is known the
 * check ends with result and what it learned is void. After that it ends as OK with what it has,
 * and a template that was wanted counts as failed. TIMEOUT, the deadline of the whole check, is
 * different: it ends the check as a failure unless only the template was missing. LIMITED is
 * different as well: what is known of the daemon stays, and its template is asked for another time.
 */
void tw_rpc_check_fail(struct tw_rpc_check *check, enum tw_result result, const char *detail);
/* Valid after tw_rpc_check_next() returned false or after tw_rpc_check_fail(). Borrowed. */
const struct tw_observation *tw_rpc_check_observation(const struct tw_rpc_check *check);

#endif
