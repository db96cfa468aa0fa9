/* TurtleCoind up to 0.28: JSON-RPC, and GET /info, which was /getinfo only before 0.8.4. */
#include "rpc/turtlecoin_rpc.h"

#define HEADER_NAMES                                                                               \
	{                                                                                          \
		.where = "result.block_header", .height = "height", .hash = "hash",                \
		.prev_hash = "prev_hash", .time = "timestamp", .orphan = "orphan_status",          \
	}

const struct tw_dialect_row tw_turtlecoin_rpc = {
	.word = "turtlecoin-rpc",
	.spoken_by = "TurtleCoind up to 0.28",
	.marks = { "network_height" },
	.requests = { "GET /info", "getlastblockheader", "getblockheaderbyheight",
		"getblocktemplate" },
	.submit = "submitblock",
	.old_info_request = "GET /getinfo",
	.tip = HEADER_NAMES,
	.header = HEADER_NAMES,
	.info = {
		.peers_in = "incoming_connections_count",
		.peers_out = "outgoing_connections_count",
		.network_height = "network_height",
		.synced = "synced",
		.version = "version",
		.height = "height",
	},
	.template = {
		.size_key = "reserve_size",
		.address_key = "wallet_address",
		.where = "result",
		.height = "height",
		.blob = "blocktemplate_blob",
		.layout = TW_BLOB_TURTLECOIN,
	},
	.can_be_wrecked = true,
};
