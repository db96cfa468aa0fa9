/*
 * Zano: methods like those of the first CryptoNote daemon, and block headers that begin with the
 * nonce. From its public source; it was not tried.
 */
#include "rpc/zano.h"

#define HEADER_NAMES                                                                               \
	{                                                                                          \
		.where = "result.block_header", .height = "height", .hash = "hash",                \
		.prev_hash = "prev_hash", .time = "timestamp", .orphan = "orphan_status",          \
	}

const struct tw_dialect_row tw_zano = {
	.word = "zano",
	.spoken_by = "zanod",
	.marks = { "daemon_network_state", "max_net_seen_height" },
	.requests = { "GET /getinfo", "getlastblockheader", "getblockheaderbyheight",
		"getblocktemplate" },
	.submit = "submitblock",
	.tip = HEADER_NAMES,
	.header = HEADER_NAMES,
	.info = {
		.peers_in = "incoming_connections_count",
		.peers_out = "outgoing_connections_count",
		.network_height = "max_net_seen_height",
	},
	.template = {
		.address_key = "wallet_address",
		.where = "result",
		.height = "height",
		.blob = "blocktemplate_blob",
		.prev_hash = "prev_hash",
		.layout = TW_BLOB_ZANO,
	},
};
