/* See ask.h. */
#include "rpc/ask.h"
#include "json/emit.h"
#include <stdio.h>

void tw_ask_get(struct tw_rpc_request *ret_request, const char *path)
{
	ret_request->is_post = false;
	snprintf(ret_request->path, sizeof(ret_request->path), "%s", path);
	ret_request->body[0] = '\0';
	ret_request->body_len = 0;
}

static bool post(struct tw_rpc_request *ret_request, const char *path, const char *body)
{
	size_t len = strlen(body);

	if (len > TW_RPC_BODY_MAX)
		return false;
	ret_request->is_post = true;
	snprintf(ret_request->path, sizeof(ret_request->path), "%s", path);
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
	struct tw_emit *json;
	struct tw_buf params;
	bool fits = false;

	tw_buf_init(&params, TW_RPC_BODY_MAX);
	if (tw_emit_create(&params, &json) < 0)
		return false;
	tw_emit_open_map(json);
	tw_emit_put_int(json, size_key, peer->reserve_size);
	tw_emit_put_text(json, address_key, peer->wallet_address);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	if (params.error == 0 && method != NULL)
		fits = tw_ask_json_rpc(ret_request, method, tw_buf_str(&params));
	else if (params.error == 0)
		fits = post(ret_request, path, tw_buf_str(&params));
	tw_buf_finish(&params);
	return fits;
}
