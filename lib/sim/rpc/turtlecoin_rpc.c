/*
 * See turtlecoin_rpc.h. JSON-RPC without `id`, on cpp-httplib. What the HTTP layer refuses gets
 * {"status":"Failed","error":…}; an unknown method gets a 404 without a body.
 */
#include "sim/rpc/turtlecoin_rpc.h"
#include "sim/rpc/param.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char not_synced[] =
	"Daemon must be synced to process this RPC method call, please retry when synced";

static void not_found(struct tw_sim_call *call)
{
	tw_sim_call_status(call, 404, "Not Found", NULL);
}

/* A reply of the HTTP layer. */
static void failed(struct tw_sim_call *call, int status, const char *type, const char *message)
{
	const char *reason = status == 200   ? "OK"
			     : status == 400 ? "Bad Request"
					     : "Internal Server Error";

	tw_sim_call_status(call, status, reason, type);
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "status", "Failed");
	tw_emit_put_text(call->json, "error", message);
	tw_emit_close_map(call->json);
}

static void rpc_error(struct tw_sim_call *call, int code, const char *message)
{
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "jsonrpc", "2.0");
	tw_emit_key(call->json, "error");
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "message", message);
	tw_emit_put_int(call->json, "code", code);
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void bad_request(struct tw_sim_call *call, const char *message)
{
	failed(call, 400, "application/json", message);
}

static void open_result(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "jsonrpc", "2.0");
	tw_emit_key(call->json, "result");
	tw_emit_open_map(call->json);
}

static void close_result(struct tw_sim_call *call)
{
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void put_header(struct tw_sim_call *call, int64_t height)
{
	struct tw_emit *json = call->json;
	struct tw_sim_chain_block block;

	tw_sim_call_block(call, height, &block);
	open_result(call);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_key(json, "block_header");
	tw_emit_open_map(json);
	tw_emit_put_int(json, "major_version", tw_sim_blob_turtlecoin_version(height));
	tw_emit_put_int(json, "minor_version", 0);
	tw_emit_put_int(json, "timestamp", height == 0 ? 0 : block.timestamp_s);
	tw_emit_put_hash(json, "prev_hash", &block.prev_hash);
	tw_emit_put_int(json, "nonce", height == 0 ? 70 : (int64_t)block.nonce);
	tw_emit_put_bool(json, "orphan_status", false);
	tw_emit_put_int(json, "height", height);
	tw_emit_put_int(json, "depth", call->view.tip - height);
	tw_emit_put_hash(json, "hash", &block.hash);
	tw_emit_put_int(json, "difficulty", height == 0 ? 1 : block.difficulty);
	tw_emit_put_int(json, "reward", tw_sim_call_reward(height));
	tw_emit_put_int(json, "num_txes", 1);
	tw_emit_put_int(json, "block_size",
		height == 0 ? TW_SIM_CALL_GENESIS_SIZE : TW_SIM_CALL_BLOCK_SIZE);
	tw_emit_close_map(json);
	close_result(call);
}

static void get_last_header(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	put_header(call, call->view.tip);
}

static void get_header_by_height(struct tw_sim_call *call, const struct tw_json_node *params)
{
	char message[TW_SIM_PARAM_MESSAGE_MAX];
	int64_t height;

	if (!tw_sim_param_number(params, "height", message, &height)) {
		bad_request(call, message);
		return;
	}
	if (height > call->view.tip) {
		snprintf(message, sizeof(message),
			"Requested block header for a height that is higher than the current "
			"blockchain height! Current height: %" PRId64,
			call->view.tip);
		rpc_error(call, -2, message);
		return;
	}
	put_header(call, height);
}

static void get_header_by_hash(struct tw_sim_call *call, const struct tw_json_node *params)
{
	char message[TW_SIM_PARAM_MESSAGE_MAX];
	const char *text = tw_sim_param_text(params, "hash", message);
	struct tw_hash hash;
	int64_t height;

	if (text == NULL) {
		bad_request(call, message);
		return;
	}
	if (tw_hash_parse(text, strlen(text), &hash) < 0) {
		rpc_error(call, -1, "Block hash specified is not a valid hex!");
		return;
	}
	height = tw_sim_call_find(call, &hash);
	if (height < 0)
		rpc_error(call, -5, "Block hash specified does not exist!");
	else
		put_header(call, height);
}

/* Returns true after having answered that there is no template. */
static bool refuse_template(struct tw_sim_call *call)
{
	const struct tw_sim_view *view = &call->view;

	switch (call->node->template) {
	case TW_SIM_TEMPLATE_OK:
		break;
	case TW_SIM_TEMPLATE_BUSY:
		rpc_error(call, -9, "Core is busy");
		return true;
	case TW_SIM_TEMPLATE_FAILED:
		rpc_error(call, -5, "Failed to create block template");
		return true;
	case TW_SIM_TEMPLATE_NOT_SYNCED:
		failed(call, 200, "application/json", not_synced);
		return true;
	}
	if (call->version->is_template_gated &&
		(!view->has_synced || view->tip + 1 < view->network_height)) {
		failed(call, 200, "application/json", not_synced);
		return true;
	}
	return false;
}

static void get_template(struct tw_sim_call *call, const struct tw_json_node *params)
{
	struct tw_sim_template_reply template;
	char message[TW_SIM_PARAM_MESSAGE_MAX];
	const char *address;
	int64_t reserve;

	if (!tw_sim_param_number(params, "reserve_size", message, &reserve)) {
		bad_request(call, message);
		return;
	}
	if (reserve > TW_SIM_BLOB_RESERVE_MAX) {
		rpc_error(call, -3, "Too big reserved size, maximum allowed is 255");
		return;
	}
	address = tw_sim_param_text(params, "wallet_address", message);
	if (address == NULL) {
		bad_request(call, message);
		return;
	}
	if (!tw_sim_param_is_address(address, message)) {
		rpc_error(call, -4, message);
		return;
	}
	tw_sim_call_template(call, TW_BLOB_TURTLECOIN, reserve, &template);
	open_result(call);
	tw_emit_put_int(call->json, "height", template.height);
	tw_emit_put_int(call->json, "difficulty", call->net->params.chain.difficulty);
	tw_emit_put_int(call->json, "reserved_offset", (int64_t) template.reserved_offset);
	tw_emit_put_text(call->json, "blocktemplate_blob", tw_buf_str(&template.blob));
	tw_emit_put_text(call->json, "status", "OK");
	close_result(call);
	tw_sim_call_template_finish(&template);
}

static void submit(struct tw_sim_call *call, const struct tw_json_node *params)
{
	const struct tw_json_node *blob = tw_json_first(params);
	char message[TW_SIM_PARAM_MESSAGE_MAX];
	struct tw_hash hash;

	if (tw_json_count(params) != 1) {
		snprintf(message, sizeof(message),
			"You must submit one and only one block blob! (Found %u)",
			tw_json_count(params));
		rpc_error(call, -1, message);
		return;
	}
	if (tw_json_str(blob) == NULL) {
		tw_sim_param_wrong_type("String", blob, message);
		bad_request(call, message);
		return;
	}
	if (!tw_sim_blob_is_hex(tw_json_str(blob), tw_json_str_len(blob))) {
		rpc_error(call, -6, "Submitted block blob is not hex!");
		return;
	}
	if (tw_sim_call_submit(call, TW_BLOB_TURTLECOIN, tw_json_str(blob), tw_json_str_len(blob),
		    &hash) == TW_SIM_SUBMIT_REFUSED) {
		rpc_error(call, -7, "Block not accepted");
		return;
	}
	open_result(call);
	tw_emit_put_text(call->json, "status", "OK");
	close_result(call);
}

static void get_count(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	open_result(call);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_int(call->json, "count", call->view.tip + 1);
	close_result(call);
}

static const struct {
	const char *name;
	void (*answer)(struct tw_sim_call *call, const struct tw_json_node *params);
	enum tw_json_type params; /* TW_JSON_ABSENT: no parameters are needed */
} methods[] = {
	{ "getblockcount", get_count, TW_JSON_ABSENT },
	{ "getlastblockheader", get_last_header, TW_JSON_ABSENT },
	{ "getblockheaderbyhash", get_header_by_hash, TW_JSON_MAP },
	{ "getblockheaderbyheight", get_header_by_height, TW_JSON_MAP },
	{ "getblocktemplate", get_template, TW_JSON_MAP },
	{ "submitblock", submit, TW_JSON_ARRAY },
};

static void answer_method(struct tw_sim_call *call, size_t i, const struct tw_json_node *params)
{
	char message[TW_SIM_PARAM_MESSAGE_MAX];

	/* The daemon refuses a template before it looks at the parameters. */
	if (methods[i].answer == get_template && refuse_template(call))
		return;
	if (methods[i].params != TW_JSON_ABSENT && params == NULL) {
		tw_sim_param_missing("params", message);
		bad_request(call, message);
		return;
	}
	if (methods[i].params != TW_JSON_ABSENT && tw_json_type_of(params) != methods[i].params) {
		tw_sim_param_wrong_type(
			methods[i].params == TW_JSON_MAP ? "Object" : "Array", params, message);
		bad_request(call, message);
		return;
	}
	methods[i].answer(call, params);
}

static void answer_rpc(struct tw_sim_call *call)
{
	const struct tw_json_node *method = tw_json_member(call->root, "method");
	const struct tw_json_node *params = tw_json_member(call->root, "params");
	char message[TW_SIM_PARAM_MESSAGE_MAX];

	if (call->root == NULL) {
		tw_sim_param_not_json(call, message);
		failed(call, 400, "text/plain", message);
		return;
	}
	if (method == NULL) {
		tw_sim_param_missing("method", message);
		failed(call, 400, "text/plain", message);
		return;
	}
	if (tw_json_str(method) == NULL) {
		call->reply->is_crash = true;
		return;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, tw_json_str(method)) != 0)
			continue;
		answer_method(call, i, params);
		return;
	}
	not_found(call);
}

static void get_info(struct tw_sim_call *call)
{
	struct tw_emit *json = call->json;
	int64_t difficulty = call->net->params.chain.difficulty;

	if (call->node->wreck == TW_SIM_WRECK_WORDS) {
		failed(call, 500, "application/json", TW_SIM_CALL_WRECKED);
		return;
	}
	tw_emit_open_map(json);
	tw_emit_put_int(json, "height", tw_sim_call_count(call));
	tw_emit_put_int(json, "difficulty", difficulty);
	tw_emit_put_int(json, "tx_count", 0);
	tw_emit_put_int(json, "tx_pool_size", 0);
	tw_emit_put_int(json, "alt_blocks_count", 0);
	tw_emit_put_int(json, "outgoing_connections_count", call->view.peers_out);
	tw_emit_put_int(json, "incoming_connections_count", call->view.peers_in);
	tw_emit_put_int(json, "white_peerlist_size", 0);
	tw_emit_put_int(json, "grey_peerlist_size", 0);
	tw_emit_put_int(json, "last_known_block_index", tw_sim_call_last_known(call));
	tw_emit_put_int(json, "network_height", call->view.network_height);
	tw_sim_call_put_upgrades(call, "upgrade_heights");
	tw_emit_put_int(json, "supported_height", call->version->supported_height);
	tw_emit_put_int(
		json, "hashrate", difficulty * TW_SEC / call->net->params.chain.block_target_us);
	tw_emit_put_bool(json, "synced", call->view.is_synced);
	tw_emit_put_int(json, "major_version", tw_sim_blob_turtlecoin_version(call->view.tip));
	tw_emit_put_int(json, "minor_version", 0);
	tw_emit_put_text(json, "version", call->version->claimed);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_put_int(json, "start_time",
		(call->net->params.chain.wall_start_us + call->node->started_us) / TW_SEC);
	tw_emit_close_map(json);
}

static void get_peers(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "peers");
	tw_emit_open_array(call->json);
	tw_emit_close_array(call->json);
	tw_emit_key(call->json, "peers_gray");
	tw_emit_open_array(call->json);
	tw_emit_close_array(call->json);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
}

void tw_sim_turtlecoin_rpc_answer(struct tw_sim_call *call)
{
	if (strcmp(call->request->method, "OPTIONS") == 0) {
		tw_sim_call_status(call, 200, "OK", NULL);
		call->reply->extra_header = "Allow: ";
	} else if (tw_sim_call_is(call, "POST", "/json_rpc") ||
		   tw_sim_call_is(call, "GET", "/json_rpc"))
		answer_rpc(call);
	else if (tw_sim_call_is(call, "GET", "/info"))
		get_info(call);
	else if (tw_sim_call_is(call, "GET", "/height"))
		tw_sim_call_put_height(call);
	else if (tw_sim_call_is(call, "GET", "/fee"))
		tw_sim_call_put_fee(call);
	else if (tw_sim_call_is(call, "GET", "/peers"))
		get_peers(call);
	else
		not_found(call);
}
