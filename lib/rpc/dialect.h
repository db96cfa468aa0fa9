/*
 * The dialects of the daemons' RPC: for each one the requests, the names of the fields, and the
 * marks by which it is recognised.
 */
#ifndef TW_RPC_DIALECT_H
#define TW_RPC_DIALECT_H

#include "core/types.h"
#include "rpc/blob.h"
#include "json/json.h"

enum tw_dialect {
	TW_DIALECT_AUTO,
	TW_DIALECT_TURTLECOIN_RPC,
	TW_DIALECT_TURTLECOIN_REST,
	TW_DIALECT_MONERO,
};
const char *tw_dialect_word(enum tw_dialect dialect);
int tw_dialect_parse(const char *word, enum tw_dialect *ret_dialect);

struct tw_rpc_peer;
struct tw_rpc_request;

enum tw_ask { TW_ASK_INFO, TW_ASK_TIP, TW_ASK_HEADER, TW_ASK_TEMPLATE };

/* Paths as for tw_json_find(). */
struct tw_header_names {
	const char *where; /* of the map that has the following */
	const char *height;
	bool height_is_count; /* top index + 1 */
	const char *hash;
	const char *prev_hash; /* NULL: not told */
	const char *time;      /* NULL: not told */
	const char *orphan;    /* NULL: not told */
};

struct tw_info_names {
	const char *peers_in;
	const char *peers_out;
	const char *network_height; /* claimed, a count */
	const char *least_claim;    /* own count, when the claim may be 0 or old; NULL: it stands */
	const char *synced;
	const char *version;
};

struct tw_template_names {
	const char *where;
	const char *height;
	const char *blob;
	const char *prev_hash; /* NULL: only in the blob */
	enum tw_blob_layout layout;
};

struct tw_dialect_ops {
	enum tw_dialect dialect;
	const char *names[TW_ASK_TEMPLATE + 1]; /* of the requests, for people */
	struct tw_header_names tip;
	struct tw_header_names header;
	struct tw_info_names info;
	struct tw_template_names template;
	bool tip_has_info;          /* one reply tells the newest block and the peer counts */
	bool has_absent_http_codes; /* HTTP 400 and 404 say that there is no such block */
	/* False: it does not fit (an endless wallet address). height is for TW_ASK_HEADER only. */
	bool (*ask)(enum tw_ask ask, int64_t height, const struct tw_rpc_peer *peer,
		struct tw_rpc_request *ret_request);
};

extern const struct tw_dialect_ops tw_dialect_turtlecoin_rpc;
extern const struct tw_dialect_ops tw_dialect_turtlecoin_rest;
extern const struct tw_dialect_ops tw_dialect_monero;

/* The ops of a dialect, NULL for TW_DIALECT_AUTO. */
const struct tw_dialect_ops *tw_dialect_find(enum tw_dialect dialect);
/* Which dialect an info reply is in; TW_DIALECT_AUTO: none of ours. */
enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info);

#endif
