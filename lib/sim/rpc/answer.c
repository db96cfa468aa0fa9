/* See simrpc.h and simcall.h. */
#include "sim/rpc/call.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { JSON_NODES_MAX = 65536, REWARD = 2980232 };

void tw_sim_call_status(
	struct tw_sim_call *call, int status, const char *reason, const char *content_type)
{
	call->reply->status = status;
	call->reply->reason = reason;
	call->reply->content_type = content_type;
}

size_t tw_sim_call_path_len(const struct tw_sim_call *call)
{
	return strcspn(call->request->target, "?#");
}

bool tw_sim_call_is(const struct tw_sim_call *call, const char *method, const char *path)
{
	size_t len = tw_sim_call_path_len(call);

	return strcmp(call->request->method, method) == 0 && strlen(path) == len &&
	       strncmp(call->request->target, path, len) == 0;
}

void tw_sim_call_put_id(struct tw_sim_call *call)
{
	const struct tw_json_node *id = tw_json_member(call->root, "id");
	int64_t number;

	if (tw_json_str(id) != NULL)
		tw_emit_put_text(call->json, "id", tw_json_str(id));
	else if (tw_json_get_int(id, "", INT64_MIN, INT64_MAX, &number) == 0)
		tw_emit_put_int(call->json, "id", number);
}

void tw_sim_call_put_upgrades(struct tw_sim_call *call, const char *key)
{
	tw_emit_key(call->json, key);
	tw_emit_open_array(call->json);
	for (const int64_t *height = call->version->upgrade_heights; *height != 0; height++)
		tw_emit_int(call->json, *height);
	tw_emit_close_array(call->json);
}

void tw_sim_call_put_height(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "height", call->view.tip + 1);
	tw_emit_put_int(call->json, "network_height", call->view.network_height);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
}

void tw_sim_call_put_fee(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "address", "");
	tw_emit_put_int(call->json, "amount", 0);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
}

int64_t tw_sim_call_last_known(const struct tw_sim_call *call)
{
	int64_t known = call->view.network_height - 1 - call->view.tip % 3;

	return known < 0 ? 0 : known;
}

void tw_sim_call_block(
	const struct tw_sim_call *call, int64_t height, struct tw_sim_chain_block *ret_block)
{
	tw_sim_chain_block_at(call->net->chain, call->node->branch, height, ret_block);
}

int64_t tw_sim_call_find(const struct tw_sim_call *call, const struct tw_hash *hash)
{
	return tw_sim_chain_find(call->net->chain, call->node->branch, call->view.tip, hash);
}

int64_t tw_sim_call_find_asked(const struct tw_sim_call *call, const struct tw_json_node *params,
	char message[TW_SIM_CALL_MESSAGE_MAX])
{
	const char *text = tw_json_str(tw_json_member(params, "hash"));
	struct tw_hash hash;
	int64_t height;

	if (text == NULL)
		text = "";
	if (tw_hash_parse(text, strlen(text), &hash) < 0) {
		snprintf(message, TW_SIM_CALL_MESSAGE_MAX,
			"Failed to parse hex representation of block hash. Hex = %.400s.", text);
		return -1;
	}
	height = tw_sim_call_find(call, &hash);
	if (height >= 0)
		return height;
	snprintf(message, TW_SIM_CALL_MESSAGE_MAX,
		"Internal error: can't get block by hash. Hash = %s.", text);
	return -5;
}

int64_t tw_sim_call_reward(int64_t height)
{
	return REWARD - height / 10;
}

void tw_sim_call_template(struct tw_sim_call *call, enum tw_blob_layout layout,
	int64_t reserve_size, struct tw_sim_template_reply *ret_template)
{
	struct tw_sim_template_reply reply = { .height = call->view.tip + 1 };
	struct tw_sim_blob_template template = { .layout = layout, .height = reply.height };
	struct tw_sim_chain_block tip;

	tw_sim_call_block(call, call->view.tip, &tip);
	reply.prev_hash = call->node->is_template_stale ? tip.prev_hash : tip.hash;
	reply.reward = tw_sim_call_reward(reply.height);
	template.major_version =
		layout == TW_BLOB_MONERO ? 16 : tw_sim_blob_turtlecoin_version(reply.height);
	template.minor_version = layout == TW_BLOB_MONERO ? 16 : 0;
	template.timestamp_s =
		(tw_sim_chain_params(call->net->chain)->wall_start_us + call->net->now_us) / TW_SEC;
	template.prev_hash = reply.prev_hash;
	template.reward = reply.reward;
	template.reserve_size = (size_t)reserve_size;
	tw_buf_init(&reply.blob, TW_SIM_RPC_REPLY_MAX);
	tw_buf_init(&reply.hashing, TW_SIM_RPC_REPLY_MAX);
	tw_sim_blob_make(call->net->chain, &template, &reply.blob, &reply.reserved_offset);
	tw_sim_blob_make_hashing(call->net->chain, &template, &reply.hashing);
	*ret_template = reply;
}

void tw_sim_call_template_finish(struct tw_sim_template_reply *template)
{
	tw_buf_finish(&template->blob);
	tw_buf_finish(&template->hashing);
}

bool tw_sim_call_is_address(const char *address)
{
	static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	size_t len = strlen(address);

	return strspn(address, base58) == len &&
	       (len == 95 || len == 99 || len == 106 || len == 187);
}

int tw_sim_call_submit(struct tw_sim_call *call, enum tw_blob_layout layout, const char *hex,
	size_t len, struct tw_hash *ret_hash)
{
	struct tw_sim_submit submit = {
		.t_us = call->net->now_us,
		.result = TW_SIM_SUBMIT_REFUSED,
		.height = TW_UNKNOWN,
	};
	struct tw_sim_chain_block block;
	int64_t height;

	if (tw_blob_prev_hash(hex, len, layout, &submit.prev_hash) == 0) {
		height = tw_sim_call_find(call, &submit.prev_hash);
		if (height >= 0) {
			submit.height = height + 1;
			submit.result = TW_SIM_SUBMIT_STALE;
			if (tw_sim_node_has_blob(call->node, hex, len))
				submit.result = TW_SIM_SUBMIT_DUPLICATE;
			else if (height == tw_sim_chain_tip(call->net->chain, call->node->branch))
				submit.result = TW_SIM_SUBMIT_ACCEPTED;
		}
	}
	if (submit.result == TW_SIM_SUBMIT_ACCEPTED) {
		uint32_t branch = call->node->branch;

		if (tw_sim_net_mine(call->net, branch, 1, (int32_t)call->index) < 0)
			submit.result = TW_SIM_SUBMIT_REFUSED;
		else {
			tw_sim_chain_block_at(call->net->chain, branch, submit.height, &block);
			*ret_hash = block.hash;
		}
	}
	if (tw_sim_node_remember(call->node, &submit, hex, len) < 0)
		call->reply->body.error = -ENOMEM;
	return (int)submit.result;
}

static void answer_in_dialect(struct tw_sim_call *call)
{
	switch (call->version->dialect) {
	case TW_DIALECT_TURTLECOIN_REST:
		tw_sim_call_rest(call);
		return;
	case TW_DIALECT_MONERO:
		tw_sim_call_monero(call);
		return;
	case TW_DIALECT_TURTLECOIN_RPC:
	case TW_DIALECT_AUTO:
		break;
	}
	if (call->version->http == TW_SIM_HTTP_CLASSIC)
		tw_sim_call_classic(call);
	else
		tw_sim_call_lib(call);
}

int tw_sim_answer(struct tw_sim_net *net, uint32_t node, const struct tw_sim_request *request,
	struct tw_sim_reply *ret_reply)
{
	static const struct tw_json_limits limits = { .bytes = TW_SIM_RPC_BODY_MAX,
		.nodes = JSON_NODES_MAX };
	struct tw_sim_reply reply = { .status = 200, .reason = "OK" };
	struct tw_sim_request as_get = *request;
	struct tw_sim_call call = {
		.net = net,
		.index = node,
		.node = &net->nodes[node],
		.version = net->nodes[node].version,
		.request = &as_get,
		.reply = &reply,
	};
	struct tw_json_doc *doc = NULL;
	int r;

	tw_buf_init(&reply.body, TW_SIM_RPC_REPLY_MAX);
	/* The classic server does not know HEAD: it answers it as anything else, body and all. */
	if (strcmp(request->method, "HEAD") == 0 && call.version->http != TW_SIM_HTTP_CLASSIC) {
		as_get.method = "GET";
		reply.is_headless = true;
	}
	tw_sim_net_view(net, node, &call.view);
	r = tw_json_parse(request->body, request->body_len, &limits, &doc);
	if (r < 0)
		goto out;
	call.parsed = (enum tw_json_outcome)r;
	call.root = r == 0 ? tw_json_root(doc) : NULL;
	r = tw_emit_create(&reply.body, &call.json);
	if (r < 0)
		goto out;
	reply.content_type = "application/json";
	answer_in_dialect(&call);
	r = reply.body.error;
out:
	tw_emit_destroy(call.json);
	tw_json_doc_destroy(doc);
	if (r < 0)
		tw_buf_finish(&reply.body);
	else
		*ret_reply = reply;
	return r;
}

void tw_sim_reply_finish(struct tw_sim_reply *reply)
{
	tw_buf_finish(&reply->body);
}

void tw_sim_reply_put_head(const struct tw_sim_reply *reply, const struct tw_sim_version *version,
	size_t len, bool is_last, int64_t wall_us, struct tw_buf *out)
{
	time_t wall_s = wall_us / TW_SEC;
	char date[64];
	struct tm tm;

	tw_buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reply->reason);
	if (reply->extra_header != NULL)
		tw_buf_printf(out, "%s\r\n", reply->extra_header);
	if (version->http == TW_SIM_HTTP_EPEE)
		tw_buf_puts(out, "Server: Epee-based\r\n");
	if (version->http == TW_SIM_HTTP_LIB && is_last)
		tw_buf_puts(out, "Connection: close\r\n");
	tw_buf_printf(out, "Content-Length: %zu\r\n", len);
	if (reply->content_type != NULL)
		tw_buf_printf(out, "Content-Type: %s\r\n", reply->content_type);
	if (version->http == TW_SIM_HTTP_CLASSIC)
		tw_buf_puts(out, "Server: CryptoNote-based HTTP server\r\n");
	if (version->http == TW_SIM_HTTP_EPEE) {
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&wall_s, &tm));
		tw_buf_printf(out, "Last-Modified: %s\r\nAccept-Ranges: bytes\r\n", date);
		if (is_last)
			tw_buf_puts(out, "Connection: close\r\n");
	}
	tw_buf_puts(out, "\r\n");
}
