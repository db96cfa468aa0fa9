/* TurtleCoind up to 0.28: JSON-RPC, with GET /info (before 0.8.4: GET /getinfo). */
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
		tw_ask_get(ret_request, peer->has_old_info_path ? "/getinfo" : "/info");
		return true;
	case TW_ASK_TIP:
		/* Without "params" 0.8.4 fails some methods. */
		return tw_ask_json_rpc(ret_request, "getlastblockheader", "{}");
	case TW_ASK_HEADER:
		snprintf(params, sizeof(params), "{\"height\":%" PRId64 "}", height);
		return tw_ask_json_rpc(ret_request, "getblockheaderbyheight", params);
	case TW_ASK_TEMPLATE:
		return tw_ask_template(ret_request, peer, "/json_rpc", "getblocktemplate",
			"reserve_size", "wallet_address");
	}
	return false;
}

#define HEADER_NAMES                                                                               \
	{                                                                                          \
		.where = "result.block_header", .height = "height", .hash = "hash",                \
		.prev_hash = "prev_hash", .time = "timestamp", .orphan = "orphan_status",          \
	}

const struct tw_dialect_ops tw_dialect_turtlecoin_rpc = {
	.dialect = TW_DIALECT_TURTLECOIN_RPC,
	.names = { "GET /info", "getlastblockheader", "getblockheaderbyheight",
		"getblocktemplate" },
	.tip = HEADER_NAMES,
	.header = HEADER_NAMES,
	.info = {
		.peers_in = "incoming_connections_count",
		.peers_out = "outgoing_connections_count",
		.network_height = "network_height",
		.synced = "synced",
		.version = "version",
	},
	.template = {
		.where = "result",
		.height = "height",
		.blob = "blocktemplate_blob",
		.layout = TW_BLOB_TURTLECOIN,
	},
	.ask = ask,
};
