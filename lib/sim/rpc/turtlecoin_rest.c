/*
 * See turtlecoin_rest.h. REST with camelCase. The statuses 201 and 202 have the reason phrase of
 * an internal error, as in real daemons.
 */
#include "sim/rpc/turtlecoin_rest.h"
#include "base/num.h"
#include "sim/rpc/param.h"
#include <stdio.h>
#include <string.h>

static const char not_synced[] =
	"Daemon must be synced to process this RPC method call, please retry when synced.";

static void not_found(struct tw_sim_call *call)
{
	tw_sim_call_status(call, 404, "Not Found", NULL);
}

static void fail(struct tw_sim_call *call, int status, int code, const char *message)
{
	const char *reason = "Internal Server Error";

	if (status == 400)
		reason = "Bad Request";
	else if (status == 403)
		reason = "Forbidden";
	else if (status == 404)
		reason = "Not Found";
	tw_sim_call_status(call, status, reason, "application/json");
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "error");
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "code", code);
	tw_emit_put_text(call->json, "message", message);
	tw_emit_close_map(call->json);
	tw_emit_close_map(call->json);
}

static void put_transaction(struct tw_sim_call *call, int64_t height, int64_t size)
{
	struct tw_hash hash;

	tw_sim_chain_derive(call->net->chain, 3, (uint64_t)height, &hash);
	tw_emit_key(call->json, "transactions");
	tw_emit_open_array(call->json);
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "amountOut", tw_sim_call_reward(height));
	tw_emit_put_int(call->json, "fee", 0);
	tw_emit_put_hash(call->json, "hash", &hash);
	tw_emit_put_int(call->json, "size", size);
	tw_emit_close_map(call->json);
	tw_emit_close_array(call->json);
	tw_emit_put_int(call->json, "transactionsCumulativeSize", size);
}

static void put_block(struct tw_sim_call *call, int64_t height)
{
	int64_t size = height == 0 ? TW_SIM_CALL_GENESIS_SIZE : TW_SIM_CALL_BLOCK_SIZE;
	struct tw_emit *json = call->json;
	struct tw_sim_chain_block block;
	char coins[32];

	snprintf(coins, sizeof(coins), "%lld", (long long)((height + 1) * tw_sim_call_reward(0)));
	tw_sim_call_block(call, height, &block);
	tw_emit_open_map(json);
	tw_emit_put_text(json, "alreadyGeneratedCoins", coins);
	tw_emit_put_int(json, "alreadyGeneratedTransactions", height + 1);
	tw_emit_put_int(json, "baseReward", tw_sim_call_reward(height));
	tw_emit_put_int(json, "depth", call->view.tip - height);
	tw_emit_put_int(json, "difficulty", height == 0 ? 1 : block.difficulty);
	tw_emit_put_hash(json, "hash", &block.hash);
	tw_emit_put_int(json, "height", height);
	tw_emit_put_int(json, "majorVersion", tw_sim_blob_turtlecoin_version(height));
	tw_emit_put_int(json, "minorVersion", 0);
	tw_emit_put_int(json, "nonce", height == 0 ? 70 : (int64_t)block.nonce);
	tw_emit_put_bool(json, "orphan", false);
	tw_emit_put_int(json, "penalty", 0);
	tw_emit_put_hash(json, "prevHash", &block.prev_hash);
	tw_emit_put_int(json, "reward", tw_sim_call_reward(height));
	tw_emit_put_int(json, "size", size);
	tw_emit_put_int(json, "sizeMedian", height == 0 ? 0 : size);
	tw_emit_put_int(json, "timestamp", height == 0 ? 0 : block.timestamp_s);
	tw_emit_put_int(json, "totalFeeAmount", 0);
	tw_emit_put_int(json, "transactionCount", 1);
	put_transaction(call, height, height == 0 ? 77 : 361);
	tw_emit_close_map(json);
}

/* GET /block/NUMBER or /block/HASH */
static void get_block(struct tw_sim_call *call, const char *text, size_t len)
{
	struct tw_hash hash;
	int64_t height;
	int r;

	if (len == TW_HASH_HEX && tw_hash_parse(text, len, &hash) == 0) {
		height = tw_sim_call_find(call, &hash);
		if (height < 0)
			fail(call, 404, 67, "The requested hash could not be found.");
		else
			put_block(call, height);
		return;
	}
	if (len == 0 || strspn(text, "0123456789") < len) {
		not_found(call);
		return;
	}
	r = tw_num_parse(text, len, 0, INT64_MAX, &height);
	if (r < 0)
		fail(call, 400, 63, "An argument supplied could not be properly decoded.");
	else if (height > call->view.tip)
		fail(call, 400, 63,
			"Requested height cannot be greater than the top block height.");
	else
		put_block(call, height);
}

static void bad_request(struct tw_sim_call *call, const char *message)
{
	fail(call, 400, 63, message);
}

/* Returns true after having answered that there is no template. 1.x has no gate of its own. */
static bool refuse_template(struct tw_sim_call *call)
{
	switch (call->node->template) {
	case TW_SIM_TEMPLATE_OK:
		return false;
	case TW_SIM_TEMPLATE_FAILED:
		fail(call, 500, 65, "Failed to create block template.");
		return true;
	case TW_SIM_TEMPLATE_BUSY:
	case TW_SIM_TEMPLATE_NOT_SYNCED:
		break;
	}
	fail(call, 503, 62, not_synced);
	return true;
}

static void post_template(struct tw_sim_call *call)
{
	struct tw_sim_template_reply template;
	char message[TW_SIM_PARAM_MESSAGE_MAX];
	const char *address;
	int64_t reserve;

	if (call->root == NULL && call->request->body_len > 0) {
		tw_sim_param_not_json(call, message);
		bad_request(call, message);
		return;
	}
	if (!tw_sim_param_number(call->root, "reserveSize", message, &reserve)) {
		bad_request(call, message);
		return;
	}
	if (reserve > TW_SIM_BLOB_RESERVE_MAX) {
		bad_request(call, "Reserved size is too large, maximum permitted is 255.");
		return;
	}
	address = tw_sim_param_text(call->root, "address", message);
	if (address == NULL || !tw_sim_param_is_address(address, message)) {
		bad_request(call, message);
		return;
	}
	if (refuse_template(call))
		return;
	tw_sim_call_template(call, TW_BLOB_TURTLECOIN, reserve, &template);
	tw_sim_call_status(call, 201, "Internal Server Error", "application/json");
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "difficulty", call->net->params.chain.difficulty);
	tw_emit_put_int(call->json, "height", template.height);
	tw_emit_put_int(call->json, "reservedOffset", (int64_t) template.reserved_offset);
	tw_emit_put_text(call->json, "blob", tw_buf_str(&template.blob));
	tw_emit_close_map(call->json);
	tw_sim_call_template_finish(&template);
}

/* The body is a JSON string, or the bare hex digits. */
static void post_block(struct tw_sim_call *call)
{
	const char *blob = tw_json_str(call->root);
	size_t len = tw_json_str_len(call->root);
	char message[TW_SIM_PARAM_MESSAGE_MAX];
	struct tw_hash hash;

	if (blob == NULL && tw_sim_blob_is_hex(call->request->body, call->request->body_len)) {
		blob = call->request->body;
		len = call->request->body_len;
	}
	if (blob == NULL && call->root != NULL) {
		tw_sim_param_wrong_type("String", call->root, message);
		bad_request(call, message);
		return;
	}
	if (len > 0 && !tw_sim_blob_is_hex(blob, len)) {
		bad_request(call, "Submitted block blob is not hex!");
		return;
	}
	switch (tw_sim_call_submit(
		call, TW_BLOB_TURTLECOIN, blob == NULL ? "" : blob, len, &hash)) {
	case TW_SIM_SUBMIT_ACCEPTED:
		tw_sim_call_status(call, 202, "Internal Server Error", "application/json");
		tw_emit_hash(call->json, &hash);
		break;
	case TW_SIM_SUBMIT_DUPLICATE:
	case TW_SIM_SUBMIT_STALE:
		tw_sim_call_status(call, 202, "Internal Server Error", "application/json");
		break;
	default:
		fail(call, 409, 66, "Could not add block candidate to blockchain.");
	}
}

static void post_transaction(struct tw_sim_call *call)
{
	if (call->view.has_synced && call->view.tip + 1 >= call->view.network_height)
		fail(call, 500, 64,
			"CachedTransaction::CachedTransaction(BinaryArray&&), deserealization "
			"error.");
	else
		fail(call, 503, 62, not_synced);
}

static void need_explorer(struct tw_sim_call *call)
{
	fail(call, 403, 61,
		"This method has been disabled by the administrator. If you are the administrator "
		"relaunch your daemon with the --enable-blockexplorer command line option to "
		"access this method.");
}

static void get_info(struct tw_sim_call *call)
{
	struct tw_emit *json = call->json;
	int64_t difficulty = call->net->params.chain.difficulty;

	if (call->node->wreck == TW_SIM_WRECK_WORDS) {
		fail(call, 500, 64, TW_SIM_CALL_WRECKED);
		return;
	}
	tw_emit_open_map(json);
	tw_emit_put_int(json, "alternateBlockCount", 0);
	tw_emit_put_int(json, "difficulty", difficulty);
	tw_emit_put_bool(json, "explorer", false);
	tw_emit_put_int(json, "greyPeerlistSize", 0);
	tw_emit_put_int(
		json, "hashrate", difficulty * TW_SEC / call->net->params.chain.block_target_us);
	tw_emit_put_int(json, "height", tw_sim_call_count(call));
	tw_emit_put_int(json, "incomingConnections", call->view.peers_in);
	tw_emit_put_int(json, "lastBlockIndex", tw_sim_call_last_known(call));
	tw_emit_put_int(json, "majorVersion", tw_sim_blob_turtlecoin_version(call->view.tip));
	tw_emit_put_int(json, "minorVersion", 0);
	tw_emit_put_int(json, "networkHeight", call->view.network_height);
	tw_emit_put_int(json, "outgoingConnections", call->view.peers_out);
	tw_emit_put_int(json, "startTime",
		(call->net->params.chain.wall_start_us + call->node->started_us) / TW_SEC);
	tw_emit_put_int(json, "supportedHeight", call->version->supported_height);
	tw_emit_put_bool(json, "synced", call->view.is_synced);
	tw_emit_put_int(json, "transactionsPoolSize", 0);
	tw_emit_put_int(json, "transactionsSize", 0);
	tw_sim_call_put_upgrades(call, "upgradeHeights");
	tw_emit_put_text(json, "version", call->version->claimed);
	tw_emit_put_int(json, "whitePeerlistSize", 0);
	tw_emit_close_map(json);
}

static void get_height(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "height", tw_sim_call_count(call));
	tw_emit_put_int(call->json, "networkHeight", call->view.network_height);
	tw_emit_close_map(call->json);
}

static void get_fee(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "address", "");
	tw_emit_put_int(call->json, "amount", 0);
	tw_emit_close_map(call->json);
}

static void get_peers(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_key(call->json, "greyPeers");
	tw_emit_open_array(call->json);
	tw_emit_close_array(call->json);
	tw_emit_key(call->json, "peers");
	tw_emit_open_array(call->json);
	tw_emit_close_array(call->json);
	tw_emit_close_map(call->json);
}

static void get_last_block(struct tw_sim_call *call)
{
	put_block(call, call->view.tip);
}

static void get_block_count(struct tw_sim_call *call)
{
	tw_emit_int(call->json, call->view.tip + 1);
}

static const struct {
	const char *method;
	const char *path;
	void (*answer)(struct tw_sim_call *call);
} routes[] = {
	{ "GET", "/info", get_info },
	{ "GET", "/height", get_height },
	{ "GET", "/fee", get_fee },
	{ "GET", "/peers", get_peers },
	{ "GET", "/block/last", get_last_block },
	{ "GET", "/block/count", get_block_count },
	{ "POST", "/block/template", post_template },
	{ "POST", "/block", post_block },
	{ "POST", "/transaction", post_transaction },
	{ "GET", "/transaction/pool", need_explorer },
};

void tw_sim_turtlecoin_rest_answer(struct tw_sim_call *call)
{
	static const char block[] = "/block/", headers[] = "/block/headers/";
	const char *target = call->request->target;

	if (strcmp(call->request->method, "OPTIONS") == 0) {
		tw_sim_call_status(call, 200, "OK", NULL);
		call->reply->extra_header = "Allow: ";
		return;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(routes); i++) {
		if (tw_sim_call_is(call, routes[i].method, routes[i].path)) {
			routes[i].answer(call);
			return;
		}
	}
	if (strcmp(call->request->method, "GET") != 0)
		not_found(call);
	else if (strncmp(target, headers, strlen(headers)) == 0)
		need_explorer(call);
	else if (strncmp(target, block, strlen(block)) == 0)
		get_block(call, target + strlen(block), tw_sim_call_path_len(call) - strlen(block));
	else
		not_found(call);
}
