/* See ask.h. */
#include "rpc/ask.h"
#include "json/emit.h"
#include <inttypes.h>
#include <stdio.h>

static const char get[] = "GET ", post[] = "POST ", height_word[] = "HEIGHT";

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

void tw_ask_get(struct tw_rpc_request *ret_request, const char *request)
{
	ret_request->is_post = false;
	snprintf(ret_request->path, sizeof(ret_request->path), "%s", request + strlen(get));
	ret_request->body[0] = '\0';
	ret_request->body_len = 0;
}

static bool ask_post(struct tw_rpc_request *ret_request, const char *path, const char *body)
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

/* params is JSON text. It is never left out: without it TurtleCoind 0.8.4 fails some methods. */
static bool ask_json_rpc(struct tw_rpc_request *ret_request, const char *method, const char *params)
{
	char body[TW_RPC_BODY_MAX + 1];
	int n = snprintf(body, sizeof(body),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);

	return n > 0 && n <= TW_RPC_BODY_MAX && ask_post(ret_request, "/json_rpc", body);
}

static bool ask_template(struct tw_rpc_request *ret_request, const struct tw_dialect_row *row,
	const struct tw_rpc_peer *peer)
{
	const char *request = row->requests[TW_ASK_TEMPLATE];
	struct tw_emit *json;
	struct tw_buf params;
	bool fits = false;

	tw_buf_init(&params, TW_RPC_BODY_MAX);
	json = tw_emit_create(&params);
	tw_emit_open_map(json);
	if (row->template.size_key != NULL)
		tw_emit_put_int(json, row->template.size_key, peer->reserve_size);
	tw_emit_put_text(json, row->template.address_key, peer->wallet_address);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	if (params.error == 0 && begins_with(request, post))
		fits = ask_post(ret_request, request + strlen(post), tw_buf_str(&params));
	else if (params.error == 0)
		fits = ask_json_rpc(ret_request, request, tw_buf_str(&params));
	tw_buf_finish(&params);
	return fits;
}

const char *tw_ask_submit(const struct tw_dialect_row *row, const char *hex, struct tw_buf *out)
{
	if (begins_with(row->submit, post)) {
		tw_buf_printf(out, "\"%s\"", hex);
		return row->submit + strlen(post);
	}
	tw_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[\"%s\"]}",
		row->submit, hex);
	return "/json_rpc";
}

bool tw_ask(const struct tw_dialect_row *row, enum tw_ask ask, int64_t height,
	const struct tw_rpc_peer *peer, struct tw_rpc_request *ret_request)
{
	const char *request = row->requests[ask];
	char text[TW_RPC_PATH_MAX + 1] = "{}";

	if (ask == TW_ASK_TEMPLATE)
		return ask_template(ret_request, row, peer);
	if (!begins_with(request, get)) {
		if (ask == TW_ASK_HEADER)
			snprintf(text, sizeof(text), "{\"height\":%" PRId64 "}",
				height + (peer->counts_from_1 ? 1 : 0));
		return ask_json_rpc(ret_request, request, text);
	}
	if (ask == TW_ASK_INFO && peer->has_old_info_path)
		request = row->old_info_request;
	if (ask == TW_ASK_HEADER) {
		size_t len = strlen(request) - strlen(height_word);

		snprintf(text, sizeof(text), "%.*s%" PRId64, (int)len, request, height);
		request = text;
	}
	tw_ask_get(ret_request, request);
	return true;
}
