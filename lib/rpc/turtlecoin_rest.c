/*
 * TurtleCoind from 1.0 on: REST, with paths instead of methods, camelCase, and HTTP status codes
 * for errors.
 */
#include "rpc/turtlecoin_rest.h"

#define HEADER_NAMES                                                                               \
	{                                                                                          \
		.where = "", .height = "height", .hash = "hash", .prev_hash = "prevHash",          \
		.time = "timestamp", .orphan = "orphan",                                           \
	}

const struct tw_dialect_row tw_turtlecoin_rest = {
	.word = "turtlecoin-rest",
	.spoken_by = "TurtleCoind 1.x",
	.marks = { "networkHeight", "incomingConnections", "outgoingConnections" },
	.requests = { "GET /info", "GET /block/last", "GET /block/HEIGHT", "POST /block/template" },
	.submit = "POST /block",
	.tip = HEADER_NAMES,
	.header = HEADER_NAMES,
	.info = {
		.peers_in = "incomingConnections",
		.peers_out = "outgoingConnections",
		.network_height = "networkHeight",
		.synced = "synced",
		.version = "version",
		.height = "height",
	},
	.template = {
		.size_key = "reserveSize",
		.address_key = "address",
		.where = "",
		.height = "height",
		.blob = "blob",
		.layout = TW_BLOB_TURTLECOIN,
	},
	.has_absent_http_codes = true,
	.can_be_wrecked = true,
};
