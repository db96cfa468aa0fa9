/* See monero.h. JSON-RPC at /json_rpc; some methods are paths for GET and POST as well. */
#include "sim/rpc/monero.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HEADERS_MAX = 1000, MAJOR_VERSION = 16, BLOCK_TIME_S = 120 };

/* The reply to a request without an id has id 0. */
static void put_id(struct tw_sim_call *call, bool has_id)
{
	if (has_id && tw_json_member(call->root, "id") != NULL)
		tw_sim_call_put_id(call);
	else
		tw_emit_put_int(call->json, "id", 0);
}

static void rpc_error(struct tw_sim_call *call, bool has_id, int code, const char *message)
{
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "error");
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "code", code);
	tw_emit_put_text(call->json, "message", message);
	tw_emit_close_map(call->json);
	put_id(call, has_id);
	tw_emit_put_text(call->json, "jsonrpc", "2.0");
	tw_emit_close_map(call->json);
}

static void open_result(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	put_id(call, true);
	tw_emit_put_text(call->json, "jsonrpc", "2.0");
	tw_emit_key(call->json, "result");
}

static int64_t difficulty_of(const struct tw_sim_call *call)
{
	return call->net->params.chain.difficulty;
}

/* A number as monerod writes its wide ones: hex in a string. */
static void put_wide(struct tw_sim_call *call, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)value);
	tw_emit_put_text(call->json, key, text);
}

/* The work of the chain up to height, capped. */
static int64_t work_up_to(const struct tw_sim_call *call, int64_t height)
{
	int64_t work;

	if (__builtin_mul_overflow(height + 1, call->net->params.chain.difficulty, &work))
		return INT64_MAX;
	return work;
}

static void put_header(struct tw_sim_call *call, int64_t height)
{
	struct tw_emit *json = call->json;
	struct tw_sim_chain_block block;
	struct tw_hash miner;

	tw_sim_call_block(call, height, &block);
	tw_sim_chain_derive(call->net->chain, 3, (uint64_t)height, &miner);
	tw_emit_open_map(json);
	tw_emit_put_int(json, "block_size", TW_SIM_CALL_BLOCK_SIZE);
	tw_emit_put_int(json, "block_weight", TW_SIM_CALL_BLOCK_SIZE);
	tw_emit_put_int(json, "cumulative_difficulty", work_up_to(call, height));
	tw_emit_put_int(json, "cumulative_difficulty_top64", 0);
	tw_emit_put_int(json, "depth", call->view.tip - height);
	tw_emit_put_int(json, "difficulty", block.difficulty);
	tw_emit_put_int(json, "difficulty_top64", 0);
	tw_emit_put_hash(json, "hash", &block.hash);
	tw_emit_put_int(json, "height", height);
	tw_emit_put_int(json, "long_term_weight", 176470);
	tw_emit_put_int(json, "major_version", MAJOR_VERSION);
	tw_emit_put_hash(json, "miner_tx_hash", &miner);
	tw_emit_put_int(json, "minor_version", MAJOR_VERSION);
	tw_emit_put_int(json, "nonce", block.nonce);
	tw_emit_put_int(json, "num_txes", 0);
	tw_emit_put_bool(json, "orphan_status", false);
	tw_emit_put_text(json, "pow_hash", "");
	tw_emit_put_hash(json, "prev_hash", &block.prev_hash);
	tw_emit_put_int(json, "reward", tw_sim_call_reward(height));
	tw_emit_put_int(json, "timestamp", block.timestamp_s);
	put_wide(call, "wide_cumulative_difficulty", work_up_to(call, height));
	put_wide(call, "wide_difficulty", block.difficulty);
	tw_emit_close_map(json);
}

static void close_result(struct tw_sim_call *call)
{
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_text(call->json, "top_hash", "");
	tw_emit_put_bool(call->json, "untrusted", false);
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void answer_header(struct tw_sim_call *call, int64_t height)
{
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "block_header");
	put_header(call, height);
	tw_emit_put_int(call->json, "credits", 0);
	close_result(call);
}

static void get_last_header(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	answer_header(call, call->view.tip);
}

/* Whether a number is wrong. A missing one is not: value keeps its default. */
static bool is_wrong_number(const struct tw_json_node *params, const char *name, int64_t *value)
{
	int r = tw_json_get_int(params, name, 0, INT64_MAX, value);

	return r < 0 && r != -ENOENT;
}

static void get_header_by_height(struct tw_sim_call *call, const struct tw_json_node *params)
{
	char message[128];
	int64_t height = 0;

	if (is_wrong_number(params, "height", &height)) {
		rpc_error(call, true, -32602, "Invalid params");
		return;
	}
	if (height > call->view.tip) {
		snprintf(message, sizeof(message),
			"Requested block height: %" PRId64
			" greater than current top block height: %" PRId64,
			height, call->view.tip);
		rpc_error(call, true, -2, message);
		return;
	}
	answer_header(call, height);
}

static void get_header_by_hash(struct tw_sim_call *call, const struct tw_json_node *params)
{
	char message[TW_SIM_CALL_MESSAGE_MAX];
	int64_t height = tw_sim_call_find_asked(call, params, message);

	if (height < 0)
		rpc_error(call, true, (int)height, message);
	else
		answer_header(call, height);
}

static void get_headers_range(struct tw_sim_call *call, const struct tw_json_node *params)
{
	int64_t start = 0, end = 0;

	if (is_wrong_number(params, "start_height", &start) ||
		is_wrong_number(params, "end_height", &end)) {
		rpc_error(call, true, -32602, "Invalid params");
		return;
	}
	if (start > end || end > call->view.tip || end - start >= HEADERS_MAX) {
		rpc_error(call, true, -2, "Invalid start/end heights.");
		return;
	}
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "credits", 0);
	tw_emit_key(call->json, "headers");
	tw_emit_open_array(call->json);
	for (int64_t height = start; height <= end; height++)
		put_header(call, height);
	tw_emit_close_array(call->json);
	close_result(call);
}

/* Returns true after having answered that there is no template. */
static bool refuse_template(struct tw_sim_call *call)
{
	if (call->node->template == TW_SIM_TEMPLATE_FAILED) {
		rpc_error(call, true, -5, "Internal error: failed to create block template");
		return true;
	}
	if (call->node->template != TW_SIM_TEMPLATE_OK || !call->view.has_synced) {
		rpc_error(call, true, -9, "Core is busy");
		return true;
	}
	return false;
}

static void get_template(struct tw_sim_call *call, const struct tw_json_node *params)
{
	const char *address = tw_json_str(tw_json_member(params, "wallet_address"));
	struct tw_sim_template_reply template;
	struct tw_sim_chain_block seed;
	int64_t reserve = 0;

	if (refuse_template(call))
		return;
	if (is_wrong_number(params, "reserve_size", &reserve)) {
		rpc_error(call, true, -32602, "Invalid params");
		return;
	}
	if (reserve > TW_SIM_BLOB_RESERVE_MAX) {
		rpc_error(call, true, -3, "Too big reserved size, maximum 255");
		return;
	}
	if (address == NULL || !tw_sim_call_is_address(address)) {
		rpc_error(call, true, -4, "Failed to parse wallet address");
		return;
	}
	tw_sim_call_template(call, TW_BLOB_MONERO, reserve, &template);
	/* RandomX takes its seed from a block that changes every 2048 blocks. */
	tw_sim_call_block(call, call->view.tip / 2048 * 2048, &seed);
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "blockhashing_blob", tw_buf_str(&template.hashing));
	tw_emit_put_text(call->json, "blocktemplate_blob", tw_buf_str(&template.blob));
	tw_emit_put_int(call->json, "difficulty", difficulty_of(call));
	tw_emit_put_int(call->json, "difficulty_top64", 0);
	tw_emit_put_int(call->json, "expected_reward", template.reward);
	tw_emit_put_int(call->json, "height", template.height);
	tw_emit_put_text(call->json, "next_seed_hash", "");
	tw_emit_put_hash(call->json, "prev_hash", &template.prev_hash);
	tw_emit_put_int(call->json, "reserved_offset", (int64_t) template.reserved_offset);
	tw_emit_put_hash(call->json, "seed_hash", &seed.hash);
	tw_emit_put_int(call->json, "seed_height", seed.height);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_bool(call->json, "untrusted", false);
	put_wide(call, "wide_difficulty", difficulty_of(call));
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
	tw_sim_call_template_finish(&template);
}

static void submit(struct tw_sim_call *call, const struct tw_json_node *params)
{
	const struct tw_json_node *blob = tw_json_first(params);
	struct tw_hash hash;

	if (call->node->is_bootstrapping) {
		rpc_error(call, true, -20, "This command is unsupported for bootstrap daemon");
		return;
	}
	if (!call->view.has_synced) {
		rpc_error(call, true, -9, "Core is busy");
		return;
	}
	if (tw_json_count(params) != 1) {
		rpc_error(call, true, -1, "Wrong param");
		return;
	}
	if (tw_json_str(blob) == NULL) {
		rpc_error(call, true, -32602, "Invalid params");
		return;
	}
	if (!tw_sim_blob_is_hex(tw_json_str(blob), tw_json_str_len(blob)) ||
		tw_blob_prev_hash(tw_json_str(blob), tw_json_str_len(blob), TW_BLOB_MONERO, &hash) <
			0) {
		rpc_error(call, true, -6, "Wrong block blob");
		return;
	}
	if (tw_sim_call_submit(call, TW_BLOB_MONERO, tw_json_str(blob), tw_json_str_len(blob),
		    &hash) == TW_SIM_SUBMIT_REFUSED) {
		rpc_error(call, true, -7, "Block not accepted");
		return;
	}
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_bool(call->json, "untrusted", false);
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
	tw_emit_put_bool(call->json, "untrusted", false);
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void get_hash(struct tw_sim_call *call, const struct tw_json_node *params)
{
	struct tw_sim_chain_block block = { 0 };
	int64_t height;

	if (tw_json_count(params) != 1 ||
		tw_json_get_int(tw_json_first(params), "", 0, INT64_MAX, &height) != 0) {
		rpc_error(call, true, -1, "Wrong parameters, expected height");
		return;
	}
	/* Beyond the tip monerod replies with a zero hash instead of an error. */
	if (height <= call->view.tip)
		tw_sim_call_block(call, height, &block);
	open_result(call);
	tw_emit_hash(call->json, &block.hash);
	tw_emit_close_map(call->json);
}

static void get_connections(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	open_result(call);
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_bool(call->json, "untrusted", false);
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void put_info(struct tw_sim_call *call)
{
	struct tw_emit *json = call->json;
	const struct tw_sim_node *node = call->node;
	struct tw_sim_chain_block top;
	int64_t count = call->view.tip + 1;
	int64_t difficulty = call->net->params.chain.difficulty;
	int64_t wall_us = call->net->params.chain.wall_start_us;

	tw_sim_call_block(call, call->view.tip, &top);
	tw_emit_open_map(json);
	tw_emit_put_int(json, "adjusted_time", (wall_us + call->net->now_us) / TW_SEC);
	tw_emit_put_int(json, "alt_blocks_count", 0);
	tw_emit_put_int(json, "block_size_limit", 600000);
	tw_emit_put_int(json, "block_size_median", 300000);
	tw_emit_put_int(json, "block_weight_limit", 600000);
	tw_emit_put_int(json, "block_weight_median", 300000);
	tw_emit_put_text(json, "bootstrap_daemon_address",
		node->is_bootstrapping && !node->is_restricted ? "127.0.0.1:18081" : "");
	tw_emit_put_bool(json, "busy_syncing", !call->view.has_synced);
	tw_emit_put_int(json, "credits", 0);
	tw_emit_put_int(json, "cumulative_difficulty", work_up_to(call, call->view.tip));
	tw_emit_put_int(json, "cumulative_difficulty_top64", 0);
	tw_emit_put_int(json, "database_size", 180224);
	tw_emit_put_int(json, "difficulty", difficulty);
	tw_emit_put_int(json, "difficulty_top64", 0);
	tw_emit_put_int(json, "free_space", INT64_C(84934709248));
	tw_emit_put_int(json, "grey_peerlist_size", 0);
	tw_emit_put_int(json, "height", count);
	tw_emit_put_int(json, "height_without_bootstrap",
		node->is_restricted      ? 0
		: node->is_bootstrapping ? 1
					 : count);
	tw_emit_put_int(
		json, "incoming_connections_count", node->is_restricted ? 0 : call->view.peers_in);
	tw_emit_put_bool(json, "mainnet", false);
	tw_emit_put_text(json, "nettype", "fakechain");
	tw_emit_put_bool(json, "offline", false);
	tw_emit_put_int(
		json, "outgoing_connections_count", node->is_restricted ? 0 : call->view.peers_out);
	tw_emit_put_bool(json, "restricted", node->is_restricted);
	tw_emit_put_int(json, "rpc_connections_count", 1);
	tw_emit_put_bool(json, "stagenet", false);
	tw_emit_put_int(json, "start_time",
		node->is_restricted ? 0 : (wall_us + node->started_us) / TW_SEC);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_put_bool(json, "synchronized", call->view.has_synced);
	tw_emit_put_int(json, "target", BLOCK_TIME_S);
	/* This is 0 once the node is synchronised, else what the peers claim. */
	tw_emit_put_int(json, "target_height",
		call->view.network_height > count ? call->view.network_height : 0);
	tw_emit_put_bool(json, "testnet", false);
	tw_emit_put_hash(json, "top_block_hash", &top.hash);
	tw_emit_put_text(json, "top_hash", "");
	tw_emit_put_int(json, "tx_count", 0);
	tw_emit_put_int(json, "tx_pool_size", 0);
	tw_emit_put_bool(json, "untrusted", node->is_bootstrapping);
	tw_emit_put_bool(json, "update_available", false);
	tw_emit_put_text(json, "version", node->is_restricted ? "" : call->version->claimed);
	tw_emit_put_bool(
		json, "was_bootstrap_ever_used", node->is_bootstrapping && !node->is_restricted);
	tw_emit_put_int(json, "white_peerlist_size", 0);
	put_wide(call, "wide_cumulative_difficulty", work_up_to(call, call->view.tip));
	put_wide(call, "wide_difficulty", difficulty);
	tw_emit_close_map(json);
}

static void put_height(struct tw_sim_call *call)
{
	struct tw_sim_chain_block top;

	tw_sim_call_block(call, call->view.tip, &top);
	tw_emit_open_map(call->json);
	tw_emit_put_hash(call->json, "hash", &top.hash);
	tw_emit_put_int(call->json, "height", call->view.tip + 1);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_bool(call->json, "untrusted", false);
	tw_emit_close_map(call->json);
}

static void get_info(struct tw_sim_call *call, const struct tw_json_node *params)
{
	(void)params;
	open_result(call);
	put_info(call);
	tw_emit_close_map(call->json);
}

static const struct {
	const char *name;
	const char *old_name;
	void (*answer)(struct tw_sim_call *call, const struct tw_json_node *params);
} methods[] = {
	{ "get_info", "get_info", get_info },
	{ "get_block_count", "getblockcount", get_count },
	{ "on_get_block_hash", "on_getblockhash", get_hash },
	{ "get_block_template", "getblocktemplate", get_template },
	{ "submit_block", "submitblock", submit },
	{ "get_last_block_header", "getlastblockheader", get_last_header },
	{ "get_block_header_by_hash", "getblockheaderbyhash", get_header_by_hash },
	{ "get_block_header_by_height", "getblockheaderbyheight", get_header_by_height },
	{ "get_block_headers_range", "getblockheadersrange", get_headers_range },
	{ "get_connections", "get_connections", get_connections },
};

static void answer_rpc(struct tw_sim_call *call)
{
	const struct tw_json_node *member = tw_json_member(call->root, "method");
	const char *method = tw_json_str(member);

	/* monerod accepts a body that is cut off. */
	if (call->parsed != TW_JSON_TRUNCATED && tw_json_type_of(call->root) != TW_JSON_MAP) {
		rpc_error(call, false, -32700, "Parse error");
		return;
	}
	if (member != NULL && method == NULL) {
		tw_sim_call_status(call, 500, "Internal Server Error", "text/plain");
		return;
	}
	if (method == NULL) {
		rpc_error(call, false, -32600, "Invalid Request");
		return;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, method) == 0 ||
			strcmp(methods[i].old_name, method) == 0) {
			methods[i].answer(call, tw_json_member(call->root, "params"));
			return;
		}
	}
	rpc_error(call, true, -32601, "Method not found");
}

static bool is_path(const struct tw_sim_call *call, const char *path, const char *old_path)
{
	const char *method = call->request->method;

	return tw_sim_call_is(call, method, path) || tw_sim_call_is(call, method, old_path);
}

void tw_sim_monero_answer(struct tw_sim_call *call)
{
	tw_sim_call_status(call, 200, "Ok", "application/json");
	if (is_path(call, "/json_rpc", "/json_rpc"))
		answer_rpc(call);
	else if (is_path(call, "/get_info", "/getinfo"))
		put_info(call);
	else if (is_path(call, "/get_height", "/getheight"))
		put_height(call);
	else
		tw_sim_call_status(call, 404, "Not found", "text/plain");
}
