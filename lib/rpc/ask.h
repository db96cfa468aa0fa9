/* Writing the requests of a check, in every dialect. */
#ifndef TW_RPC_ASK_H
#define TW_RPC_ASK_H

#include "base/buf.h"
#include "rpc/peer.h"

enum { TW_RPC_PATH_MAX = 127, TW_RPC_BODY_MAX = 1023 };

struct tw_rpc_request {
	bool is_post;
	char path[TW_RPC_PATH_MAX + 1]; /* absolute path, e.g. "/json_rpc" */
	char body[TW_RPC_BODY_MAX + 1]; /* "" for GET */
	size_t body_len;
};

/* A request of the form "GET /path". */
void tw_ask_get(struct tw_rpc_request *ret_request, const char *request);
/*
 * The request that row has for ask. height is for TW_ASK_HEADER only. Returns false when it does
 * not fit: the peer's wallet address is too long, which only a template's request has in it.
 */
bool tw_ask(const struct tw_dialect_row *row, enum tw_ask ask, int64_t height,
	const struct tw_rpc_peer *peer, struct tw_rpc_request *ret_request);
/*
 * The request that hands over a block, always a POST: returns its path (static) and appends its
 * body to out, whose errors stick. hex is the block in hex digits.
 */
const char *tw_ask_submit(const struct tw_dialect_row *row, const char *hex, struct tw_buf *out);

#endif
