/*
 * monerod: GET /get_info tells the newest block's height and hash, the peer counts and the claims
 * in one reply, so a check of an unchanged node takes one request. Headers and templates come by
 * JSON-RPC.
 */
#include "rpc/monero.h"

const struct tw_dialect_row tw_monero = {
	.word = "monero",
	.spoken_by = "monerod",
	.marks = { "nettype", "target_height" },
	.requests = { "GET /get_info", "GET /get_info", "get_block_header_by_height",
		"get_block_template" },
	.submit = "submit_block",
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
		.nettype = "nettype",
		.borrowed = "untrusted",
		.own_height = "height_without_bootstrap",
		.restricted = "restricted",
	},
	.template = {
		.size_key = "reserve_size",
		.address_key = "wallet_address",
		.where = "result",
		.height = "height",
		.blob = "blocktemplate_blob",
		.prev_hash = "prev_hash",
		.layout = TW_BLOB_MONERO,
	},
	.tip_has_info = true,
};
