/* What the dialects share in asking, and telling them apart. See dialect.h. */
#include "wire/dialect.h"
#include "wire/json_write.h"
#include <stdio.h>

const struct tw_dialect_ops *tw_dialect_ops_of(enum tw_dialect dialect)
{
	switch (dialect) {
	case TW_DIALECT_AUTO:
		return NULL;
	case TW_DIALECT_TURTLECOIN_RPC:
		return &tw_dialect_turtlecoin_rpc;
	case TW_DIALECT_TURTLECOIN_REST:
		return &tw_dialect_turtlecoin_rest;
	case TW_DIALECT_MONERO:
		return &tw_dialect_monero;
	}
	return NULL;
}

enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info)
{
	static const struct {
		const char *key;
		enum tw_dialect dialect;
	} marks[] = {
		{ "top_block_hash", TW_DIALECT_MONERO },
		{ "nettype", TW_DIALECT_MONERO },
		{ "networkHeight", TW_DIALECT_TURTLECOIN_REST },
		{ "incomingConnections", TW_DIALECT_TURTLECOIN_REST },
		{ "outgoingConnections", TW_DIALECT_TURTLECOIN_REST },
		{ "network_height", TW_DIALECT_TURTLECOIN_RPC },
		{ "last_known_block_index", TW_DIALECT_TURTLECOIN_RPC },
		{ "incoming_connections_count", TW_DIALECT_TURTLECOIN_RPC },
	};

	if (tw_json_type_of(tw_json_member(info, "height")) != TW_JSON_NUMBER)
		return TW_DIALECT_AUTO;
	for (size_t i = 0; i < TW_ARRAY_SIZE(marks); i++) {
		if (tw_json_member(info, marks[i].key) != NULL)
			return marks[i].dialect;
	}
	return TW_DIALECT_AUTO;
}

void tw_ask_get(struct tw_rpc_request *ret_request, const char *path)
{
	ret_request->is_post = false;
	(void)snprintf(ret_request->path, sizeof(ret_request->path), "%s", path);
	ret_request->body[0] = '\0';
	ret_request->body_len = 0;
}

static bool post(struct tw_rpc_request *ret_request, const char *path, const char *body)
{
	size_t len = strlen(body);

	if (len > TW_RPC_BODY_MAX)
		return false;
	ret_request->is_post = true;
	(void)snprintf(ret_request->path, sizeof(ret_request->path), "%s", path);
	memcpy(ret_request->body, body, len + 1);
	ret_request->body_len = len;
	return true;
}

bool tw_ask_json_rpc(struct tw_rpc_request *ret_request, const char *method, const char *params)
{
	char body[TW_RPC_BODY_MAX + 1];
	int n = snprintf(body, sizeof(body),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);

	return n > 0 && n <= TW_RPC_BODY_MAX && post(ret_request, "/json_rpc", body);
}

bool tw_ask_template(struct tw_rpc_request *ret_request, const struct tw_rpc_peer *peer,
	const char *path, const char *method, const char *size_key, const char *address_key)
{
	struct tw_json *json;
	struct tw_buf params;
	bool fits = false;

	tw_buf_init(&params, TW_RPC_BODY_MAX);
	if (tw_json_create(&params, &json) < 0)
		return false;
	tw_json_open_map(json);
	tw_json_put_int(json, size_key, peer->reserve_size);
	tw_json_put_text(json, address_key, peer->wallet_address);
	tw_json_close_map(json);
	tw_json_destroy(json);
	if (params.error == 0 && method != NULL)
		fits = tw_ask_json_rpc(ret_request, method, tw_buf_str(&params));
	else if (params.error == 0)
		fits = post(ret_request, path, tw_buf_str(&params));
	tw_buf_finish(&params);
	return fits;
}
