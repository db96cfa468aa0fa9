/*
 * Finding out which dialect a daemon speaks: the info pages of all dialects are tried in turn, and
 * the members of the page tell the dialect. Where the daemon then does not have the methods of that
 * dialect, the check rejects it and begins again (tw_rpc_peer.rejected).
 */
#ifndef TW_RPC_DETECT_H
#define TW_RPC_DETECT_H

#include "rpc/peer.h"

struct tw_rpc_detect {
	uint32_t n; /* the number of the info page that is asked for */
};

/* The request for the info page that is tried now: "GET /path". Static. */
const char *tw_detect_request(const struct tw_rpc_detect *detect);
/*
 * There is no info page at this path: turns to the next one. Returns false when there is none,
 * with a sentence in detail, which has room for TW_DETAIL_MAX bytes; the same below.
 */
bool tw_detect_next(struct tw_rpc_detect *detect, char *detail);
/* Reads an info page: the peer has its dialect then. Returns false when it is of no known one. */
bool tw_detect_read(const struct tw_rpc_detect *detect, const struct tw_json_node *info,
	struct tw_rpc_peer *peer, char *detail);

#endif
