/*
 * See turtlecoin_old.h. JSON-RPC whose objects have their keys in alphabetical order, and paths
 * for the rest. The server takes any HTTP method for a path, and a query string for a part of the
 * path.
 */
#include "sim/rpc/turtlecoin_old.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void rpc_error(struct tw_sim_call *call, bool has_id, int code, const char *message)
{
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "error");
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "code", code);
	tw_emit_put_text(call->json, "message", message);
	tw_emit_close_map(call->json);
	if (has_id)
		tw_sim_call_put_id(call);
	tw_emit_put_text(call->json, "jsonrpc", "2.0");
	tw_emit_close_map(call->json);
}

static void open_result(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_sim_call_put_id(call);
	tw_emit_put_text(call->json, "jsonrpc", "2.0");
	tw_emit_key(call->json, "result");
}

static void put_header(struct tw_sim_call *call, int64_t height)
{
	struct tw_emit *json = call->json;
	struct tw_sim_chain_block block;

	tw_sim_call_block(call, height, &block);
	open_result(call);
	tw_emit_open_map(json);
	tw_emit_key(json, "block_header");
	tw_emit_open_map(json);
	tw_emit_put_int(json, "block_size",
		height == 0 ? TW_SIM_CALL_GENESIS_SIZE : TW_SIM_CALL_BLOCK_SIZE);
	tw_emit_put_int(json, "depth", call->view.tip - height);
	tw_emit_put_int(json, "difficulty", height == 0 ? 1 : block.difficulty);
	tw_emit_put_hash(json, "hash", &block.hash);
	tw_emit_put_int(json, "height", height);
	tw_emit_put_int(json, "major_version", tw_sim_blob_turtlecoin_version(height));
	tw_emit_put_int(json, "minor_version", 0);
	tw_emit_put_int(json, "nonce", height == 0 ? 70 : (int64_t)block.nonce);
	tw_emit_put_int(json, "num_txes", 1);
	tw_emit_put_bool(json, "orphan_status", false);
	tw_emit_put_hash(json, "prev_hash", &block.prev_hash);
	tw_emit_put_int(json, "reward", tw_sim_call_reward(height));
	tw_emit_put_int(json, "timestamp", height == 0 ? 0 : block.timestamp_s);
	tw_emit_close_map(json);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_close_map(json);
	tw_emit_close_map(json);
}

static void get_last_header(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	put_header(call, call->view.tip);
}

static void get_header_by_height(struct tw_sim_call *call, const struct tw_json_node *params)
{
	char message[128];
	int64_t height;
	int r = tw_json_get_int(params, "height", INT64_MIN, INT64_MAX, &height);

	if (r == -EINVAL) {
		rpc_error(call, true, -32603, "JsonValue type is not INTEGER");
		return;
	}
	if (r != 0)
		height = 0; /* a missing height stays at its initial value */
	height -= call->version->counts_from_1 ? 1 : 0;
	if (height < 0 || height > call->view.tip) {
		snprintf(message, sizeof(message),
			"To big height: %" PRIu64 ", current blockchain height = %" PRId64,
			(uint64_t)height, call->view.tip);
		rpc_error(call, true, -2, message);
		return;
	}
	put_header(call, height);
}

static void get_header_by_hash(struct tw_sim_call *call, const struct tw_json_node *params)
{
	char message[TW_SIM_CALL_MESSAGE_MAX];
	int64_t height = tw_sim_call_find_asked(call, params, message);

	if (height < 0)
		rpc_error(call, true, (int)height, message);
	else
		put_header(call, height);
}

static bool refuse_template(struct tw_sim_call *call)
{
	switch (call->node->template) {
	case TW_SIM_TEMPLATE_OK:
		return false;
	case TW_SIM_TEMPLATE_FAILED:
		rpc_error(call, true, -5, "Internal error: failed to create block template");
		return true;
	case TW_SIM_TEMPLATE_BUSY:
	case TW_SIM_TEMPLATE_NOT_SYNCED:
		break;
	}
	rpc_error(call, true, -9, "Core is busy");
	return true;
}

static void get_template(struct tw_sim_call *call, const struct tw_json_node *params)
{
	const char *address = tw_json_str(tw_json_member(params, "wallet_address"));
	struct tw_sim_template_reply template;
	int64_t reserve = 0;

	if (tw_json_get_int(params, "reserve_size", 0, INT64_MAX, &reserve) == -EINVAL) {
		rpc_error(call, true, -32603, "JsonValue type is not INTEGER");
		return;
	}
	if (reserve > TW_SIM_BLOB_RESERVE_MAX) {
		rpc_error(call, true, -3, "To big reserved size, maximum 255");
		return;
	}
	if (address == NULL || !tw_sim_call_is_address(address)) {
		rpc_error(call, true, -4, "Failed to parse wallet address");
		return;
	}
	if (refuse_template(call))
		return;
	tw_sim_call_template(call, call->version->layout, reserve, &template);
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "blocktemplate_blob", tw_buf_str(&template.blob));
	tw_emit_put_int(call->json, "difficulty", call->net->params.chain.difficulty);
	tw_emit_put_int(call->json, "height", template.height);
	if (call->version->dialect == TW_DIALECT_ZANO)
		tw_emit_put_hash(call->json, "prev_hash", &template.prev_hash);
	tw_emit_put_int(call->json, "reserved_offset", (int64_t) template.reserved_offset);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
	tw_sim_call_template_finish(&template);
}

static void submit(struct tw_sim_call *call, const struct tw_json_node *params)
{
	const struct tw_json_node *blob = tw_json_first(params);
	struct tw_hash hash;

	if (tw_json_type_of(params) != TW_JSON_ARRAY) {
		rpc_error(call, true, -32603, "JsonValue type is not ARRAY");
		return;
	}
	if (tw_json_count(params) != 1) {
		rpc_error(call, true, -1, "Wrong param");
		return;
	}
	if (tw_json_str(blob) == NULL) {
		rpc_error(call, true, -32603, "JsonValue type is not STRING");
		return;
	}
	if (!tw_sim_blob_is_hex(tw_json_str(blob), tw_json_str_len(blob))) {
		rpc_error(call, true, -6, "Wrong block blob");
		return;
	}
	if (tw_sim_call_submit(call, call->version->layout, tw_json_str(blob),
		    tw_json_str_len(blob), &hash) == TW_SIM_SUBMIT_REFUSED) {
		rpc_error(call, true, -7, "Block not accepted");
		return;
	}
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void get_count(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "count", call->view.tip + 1);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

/* Counts from 1: the hash of height h is asked for as h + 1. */
static void get_hash(struct tw_sim_call *call, const struct tw_json_node *params)
{
	struct tw_sim_chain_block block;
	int64_t count;

	if (tw_json_count(params) != 1 ||
		tw_json_get_int(tw_json_first(params), "", 0, INT64_MAX, &count) != 0) {
		rpc_error(call, true, -1, "Wrong parameters, expected height");
		return;
	}
	if (count < 1 || count > call->view.tip + 1) {
		rpc_error(call, true, -32603, "unordered_map::at");
		return;
	}
	tw_sim_call_block(call, count - 1, &block);
	open_result(call);
	tw_emit_hash(call->json, &block.hash);
	tw_emit_close_map(call->json);
}

static void get_currency_id(struct tw_sim_call *call, const struct tw_json_node *params)
{
	struct tw_sim_chain_block genesis;

	(void)params;
	tw_sim_call_block(call, 0, &genesis);
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_hash(call->json, "currency_id_blob", &genesis.hash);
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static const struct {
	const char *name;
	void (*answer)(struct tw_sim_call *call, const struct tw_json_node *params);
	bool needs_core;   /* "Core is busy" before the first synchronisation */
	bool needs_object; /* else an array is accepted as well */
} methods[] = {
	{ "getblockcount", get_count, false, false },
	{ "on_getblockhash", get_hash, false, false },
	{ "getblocktemplate", get_template, true, true },
	{ "getcurrencyid", get_currency_id, false, false },
	{ "submitblock", submit, true, false },
	{ "getlastblockheader", get_last_header, true, false },
	{ "getblockheaderbyhash", get_header_by_hash, true, true },
	{ "getblockheaderbyheight", get_header_by_height, true, true },
};

static void answer_rpc(struct tw_sim_call *call)
{
	const struct tw_json_node *method = tw_json_member(call->root, "method");
	const struct tw_json_node *params = tw_json_member(call->root, "params");
	enum tw_json_type type = tw_json_type_of(params);

	if (call->root == NULL) {
		rpc_error(call, false, -32700, "Parse error");
		return;
	}
	if (tw_json_type_of(call->root) != TW_JSON_MAP) {
		rpc_error(call, false, -32603, "JsonValue type is not OBJECT");
		return;
	}
	if (method == NULL) {
		rpc_error(call, false, -32600, "Invalid request");
		return;
	}
	if (tw_json_str(method) == NULL) {
		rpc_error(call, false, -32603, "JsonValue type is not STRING");
		return;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, tw_json_str(method)) != 0)
			continue;
		if (methods[i].needs_core && !call->view.has_synced)
			rpc_error(call, true, -9, "Core is busy");
		else if (methods[i].needs_object && type != TW_JSON_MAP)
			rpc_error(call, true, -32603,
				"Serializer doesn't support this type of serialization: "
				"Object expected.");
		else if (type != TW_JSON_MAP && type != TW_JSON_ARRAY)
			rpc_error(call, true, -32603, "JsonValue type is not ARRAY or OBJECT");
		else
			methods[i].answer(call, params);
		return;
	}
	rpc_error(call, true, -32601, "Method not found");
}

static void get_info(struct tw_sim_call *call)
{
	struct tw_emit *json = call->json;
	int64_t difficulty = call->net->params.chain.difficulty;

	tw_emit_open_map(json);
	tw_emit_put_int(json, "alt_blocks_count", 0);
	tw_emit_put_int(json, "difficulty", difficulty);
	tw_emit_put_int(json, "grey_peerlist_size", 0);
	tw_emit_put_int(
		json, "hashrate", difficulty * TW_SEC / call->net->params.chain.block_target_us);
	tw_emit_put_int(json, "height", call->view.tip + 1);
	tw_emit_put_int(json, "incoming_connections_count", call->view.peers_in);
	tw_emit_put_int(json, "last_known_block_index", tw_sim_call_last_known(call));
	tw_emit_put_int(json, "major_version", tw_sim_blob_turtlecoin_version(call->view.tip));
	tw_emit_put_int(json, "minor_version", 0);
	tw_emit_put_int(json, "network_height", call->view.network_height);
	tw_emit_put_int(json, "outgoing_connections_count", call->view.peers_out);
	tw_emit_put_int(json, "start_time",
		(call->net->params.chain.wall_start_us + call->node->started_us) / TW_SEC);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_put_int(json, "supported_height", call->version->supported_height);
	tw_emit_put_bool(json, "synced", call->view.is_synced);
	if (call->version->has_testnet)
		tw_emit_put_bool(json, "testnet", false);
	tw_emit_put_int(json, "tx_count", 0);
	tw_emit_put_int(json, "tx_pool_size", 0);
	tw_sim_call_put_upgrades(call, "upgrade_heights");
	tw_emit_put_text(json, "version", call->version->claimed);
	tw_emit_put_int(json, "white_peerlist_size", 0);
	tw_emit_close_map(json);
}

static void get_peers(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "gray_peers");
	tw_emit_open_array(call->json);
	tw_emit_close_array(call->json);
	tw_emit_key(call->json, "peers");
	tw_emit_open_array(call->json);
	tw_emit_close_array(call->json);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
}

static const struct {
	const char *name; /* also with "get" in front */
	void (*answer)(struct tw_sim_call *call);
} paths[] = {
	{ "info", get_info },
	{ "height", tw_sim_call_put_height },
	{ "fee", tw_sim_call_put_fee },
	{ "feeinfo", tw_sim_call_put_fee },
	{ "peers", get_peers },
};

static bool is_path(const struct tw_sim_call *call, const char *name)
{
	const char *target = call->request->target;

	if (strncmp(target, "/get", 4) == 0 && call->version->has_getinfo)
		return strcmp(target + 4, name) == 0;
	return target[0] == '/' && call->version->has_info && strcmp(target + 1, name) == 0;
}

void tw_sim_turtlecoin_old_answer(struct tw_sim_call *call)
{
	if (strcmp(call->request->target, "/json_rpc") == 0) {
		answer_rpc(call);
		return;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(paths); i++) {
		if (is_path(call, paths[i].name)) {
			paths[i].answer(call);
			return;
		}
	}
	tw_sim_call_status(call, 404, "Not Found", NULL);
	tw_buf_puts(&call->reply->body, "Requested url is not found\n");
}
