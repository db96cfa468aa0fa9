/*
 * Bytecoin, Forknote, Conceal, Karbo and other daemons with the methods of the first CryptoNote
 * daemon: GET /getinfo, and JSON-RPC methods without underscores. From their public sources; none
 * of them was tried. Some of them count heights from 1 where a header is asked for by height, and
 * from 0 in every reply.
 */
#include "rpc/cryptonote.h"

#define HEADER_NAMES                                                                               \
	{                                                                                          \
		.where = "result.block_header", .height = "height", .hash = "hash",                \
		.prev_hash = "prev_hash", .time = "timestamp", .orphan = "orphan_status",          \
	}

const struct tw_dialect_row tw_cryptonote = {
	.word = "cryptonote",
	.spoken_by = "Bytecoin, Forknote, Conceal, Karbo and daemons made from them",
	.marks = { "last_known_block_index", "incoming_connections_count" },
	.requests = { "GET /getinfo", "getlastblockheader", "getblockheaderbyheight",
		"getblocktemplate" },
	.submit = "submitblock",
	.tip = HEADER_NAMES,
	.header = HEADER_NAMES,
	.info = {
		.peers_in = "incoming_connections_count",
		.peers_out = "outgoing_connections_count",
		.version = "version",
	},
	.template = {
		.size_key = "reserve_size",
		.address_key = "wallet_address",
		.where = "result",
		.height = "height",
		.blob = "blocktemplate_blob",
		.layout = TW_BLOB_MONERO,
	},
	.may_count_from_1 = true,
};
