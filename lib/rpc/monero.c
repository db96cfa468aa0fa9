/*
 * monerod: GET /get_info tells the newest block's height and hash, peer counts and claims in one
 * reply, so an unchanged node costs one request; headers and templates come by JSON-RPC.
 */
#include "rpc/ask.h"
#include "rpc/dialect.h"
#include <inttypes.h>
#include <stdio.h>

static bool ask(enum tw_ask ask, int64_t height, const struct tw_rpc_peer *peer,
	struct tw_rpc_request *ret_request)
{
	char params[48];

	switch (ask) {
	case TW_ASK_INFO:
	case TW_ASK_TIP:
		tw_ask_get(ret_request, "/get_info");
		return true;
	case TW_ASK_HEADER:
		snprintf(params, sizeof(params), "{\"height\":%" PRId64 "}", height);
		return tw_ask_json_rpc(ret_request, "get_block_header_by_height", params);
	case TW_ASK_TEMPLATE:
		return tw_ask_template(ret_request, peer, "/json_rpc", "get_block_template",
			"reserve_size", "wallet_address");
	}
	return false;
}

const struct tw_dialect_ops tw_dialect_monero = {
	.dialect = TW_DIALECT_MONERO,
	.names = { "GET /get_info", "GET /get_info", "get_block_header_by_height",
		"get_block_template" },
	.tip = {
		.where = "",
		.height = "height",
		.height_is_count = true,
		.hash = "top_block_hash",
	},
	.header = {
		.where = "result.block_header",
		.height = "height",
		.hash = "hash",
		.prev_hash = "prev_hash",
		.time = "timestamp",
		.orphan = "orphan_status",
	},
	.info = {
		.peers_in = "incoming_connections_count",
		.peers_out = "outgoing_connections_count",
		.network_height = "target_height",
		.least_claim = "height",
		.synced = "synchronized",
		.version = "version",
	},
	.template = {
		.where = "result",
		.height = "height",
		.blob = "blocktemplate_blob",
		.prev_hash = "prev_hash",
		.layout = TW_BLOB_MONERO,
	},
	.tip_has_info = true,
	.ask = ask,
};
