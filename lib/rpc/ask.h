/* Requests to a daemon, and the forms that the dialects share. */
#ifndef TW_RPC_ASK_H
#define TW_RPC_ASK_H

#include "rpc/peer.h"

enum { TW_RPC_PATH_MAX = 127, TW_RPC_BODY_MAX = 1023 };

struct tw_rpc_request {
	bool is_post;
	char path[TW_RPC_PATH_MAX + 1]; /* absolute path, e.g. "/json_rpc" */
	char body[TW_RPC_BODY_MAX + 1]; /* "" for GET */
	size_t body_len;
};

void tw_ask_get(struct tw_rpc_request *ret_request, const char *path);
/* params: JSON text of the parameters. */
bool tw_ask_json_rpc(struct tw_rpc_request *ret_request, const char *method, const char *params);
/* POSTs the map { size_key: peer->reserve_size, address_key: peer->wallet_address }; to path, or,
 * where method is not NULL, as its parameters to /json_rpc. */
bool tw_ask_template(struct tw_rpc_request *ret_request, const struct tw_rpc_peer *peer,
	const char *path, const char *method, const char *size_key, const char *address_key);

#endif
