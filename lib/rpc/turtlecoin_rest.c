/* TurtleCoind from 1.0: paths instead of methods, camelCase, HTTP status codes for errors. */
#include "rpc/ask.h"
#include "rpc/dialect.h"
#include <inttypes.h>
#include <stdio.h>

static bool ask(enum tw_ask ask, int64_t height, const struct tw_rpc_peer *peer,
	struct tw_rpc_request *ret_request)
{
	char path[48];

	switch (ask) {
	case TW_ASK_INFO:
		tw_ask_get(ret_request, "/info");
		return true;
	case TW_ASK_TIP:
		tw_ask_get(ret_request, "/block/last");
		return true;
	case TW_ASK_HEADER:
		snprintf(path, sizeof(path), "/block/%" PRId64, height);
		tw_ask_get(ret_request, path);
		return true;
	case TW_ASK_TEMPLATE:
		return tw_ask_template(
			ret_request, peer, "/block/template", NULL, "reserveSize", "address");
	}
	return false;
}

#define HEADER_NAMES                                                                               \
	{                                                                                          \
		.where = "", .height = "height", .hash = "hash", .prev_hash = "prevHash",          \
		.time = "timestamp", .orphan = "orphan",                                           \
	}

const struct tw_dialect_ops tw_dialect_turtlecoin_rest = {
	.dialect = TW_DIALECT_TURTLECOIN_REST,
	.names = { "GET /info", "GET /block/last", "GET /block/HEIGHT", "POST /block/template" },
	.tip = HEADER_NAMES,
	.header = HEADER_NAMES,
	.info = {
		.peers_in = "incomingConnections",
		.peers_out = "outgoingConnections",
		.network_height = "networkHeight",
		.synced = "synced",
		.version = "version",
	},
	.template = {
		.where = "",
		.height = "height",
		.blob = "blob",
		.layout = TW_BLOB_TURTLECOIN,
	},
	.has_absent_http_codes = true,
	.ask = ask,
};
