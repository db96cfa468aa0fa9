/* See dialect.h. */
#include "rpc/dialect.h"
#include <errno.h>
#include <string.h>

static const char *const dialects[] = {
	[TW_DIALECT_AUTO] = "auto",
	[TW_DIALECT_TURTLECOIN_RPC] = "turtlecoin-rpc",
	[TW_DIALECT_TURTLECOIN_REST] = "turtlecoin-rest",
	[TW_DIALECT_MONERO] = "monero",
};

const char *tw_dialect_word(enum tw_dialect dialect)
{
	return dialects[dialect];
}

int tw_dialect_parse(const char *word, enum tw_dialect *ret_dialect)
{
	for (unsigned int i = 0; i < TW_ARRAY_SIZE(dialects); i++) {
		if (strcmp(dialects[i], word) == 0) {
			*ret_dialect = (enum tw_dialect)i;
			return 0;
		}
	}
	return -EINVAL;
}

const struct tw_dialect_ops *tw_dialect_find(enum tw_dialect dialect)
{
	switch (dialect) {
	case TW_DIALECT_AUTO:
		return NULL;
	case TW_DIALECT_TURTLECOIN_RPC:
		return &tw_dialect_turtlecoin_rpc;
	case TW_DIALECT_TURTLECOIN_REST:
		return &tw_dialect_turtlecoin_rest;
	case TW_DIALECT_MONERO:
		return &tw_dialect_monero;
	}
	return NULL;
}

enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info)
{
	static const struct {
		const char *key;
		enum tw_dialect dialect;
	} marks[] = {
		{ "top_block_hash", TW_DIALECT_MONERO },
		{ "nettype", TW_DIALECT_MONERO },
		{ "networkHeight", TW_DIALECT_TURTLECOIN_REST },
		{ "incomingConnections", TW_DIALECT_TURTLECOIN_REST },
		{ "outgoingConnections", TW_DIALECT_TURTLECOIN_REST },
		{ "network_height", TW_DIALECT_TURTLECOIN_RPC },
		{ "last_known_block_index", TW_DIALECT_TURTLECOIN_RPC },
		{ "incoming_connections_count", TW_DIALECT_TURTLECOIN_RPC },
	};

	if (tw_json_type_of(tw_json_member(info, "height")) != TW_JSON_NUMBER)
		return TW_DIALECT_AUTO;
	for (size_t i = 0; i < TW_ARRAY_SIZE(marks); i++) {
		if (tw_json_member(info, marks[i].key) != NULL)
			return marks[i].dialect;
	}
	return TW_DIALECT_AUTO;
}
