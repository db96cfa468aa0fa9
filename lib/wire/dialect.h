/*
 * Private to lib/wire: what rpc.c needs to know of a dialect of the daemons' RPC, and the reading
 * that all dialects share. A dialect is the form of its requests and the names of its fields.
 *
 * detail arguments have room for TW_DETAIL_MAX bytes and receive a sentence for people when the
 * outcome is not TW_REPLY_OK.
 */
#ifndef TW_WIRE_DIALECT_H
#define TW_WIRE_DIALECT_H

#include "core/types.h"
#include "wire/blob.h"
#include "wire/json_read.h"
#include "wire/rpc.h"

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
const struct tw_dialect_ops *tw_dialect_ops_of(enum tw_dialect dialect);
/* Which dialect an info reply is in; TW_DIALECT_AUTO: none of ours. */
enum tw_dialect tw_dialect_recognize(const struct tw_json_node *info);

/* Request forms. */
void tw_ask_get(struct tw_rpc_request *ret_request, const char *path);
/* params: JSON text of the parameters. */
bool tw_ask_json_rpc(struct tw_rpc_request *ret_request, const char *method, const char *params);
/* POSTs the map { size_key: peer->reserve_size, address_key: peer->wallet_address }; to path, or,
 * where method is not NULL, as its parameters to /json_rpc. */
bool tw_ask_template(struct tw_rpc_request *ret_request, const struct tw_rpc_peer *peer,
	const char *path, const char *method, const char *size_key, const char *address_key);

enum tw_reply {
	TW_REPLY_OK,
	TW_REPLY_ABSENT, /* no such block, no such page */
	TW_REPLY_AUTH,
	TW_REPLY_REFUSED, /* the daemon understood, and says what is in the way */
	TW_REPLY_BAD,
};

struct tw_header {
	struct tw_point point;
	bool has_prev_hash;
	struct tw_hash prev_hash;
	int64_t time_s; /* TW_UNKNOWN */
};

struct tw_template_reply {
	int64_t height; /* of the block to be mined */
	struct tw_hash prev_hash;
};

/*
 * Whether the reply to ask, named name, can be read at all. ops is NULL while detecting. doc is
 * NULL when the body is not JSON, json says why.
 */
enum tw_reply tw_reply_judge(const struct tw_dialect_ops *ops, enum tw_ask ask, const char *name,
	long http_status, const struct tw_json_doc *doc, int json, const char *body, size_t len,
	char *detail);
enum tw_reply tw_reply_header(const struct tw_header_names *names, const char *name,
	const struct tw_json_node *root, struct tw_header *ret_header, char *detail);
/* Fills in peer counts and claims; what the reply does not tell stays unknown. version has room for
 * TW_RPC_VERSION_MAX + 1 and is left alone when it is not told. */
enum tw_reply tw_reply_info(const struct tw_info_names *names, const char *name,
	const struct tw_json_node *root, struct tw_observation *obs, char *version, char *detail);
enum tw_reply tw_reply_template(const struct tw_template_names *names, const char *name,
	const struct tw_json_node *root, struct tw_template_reply *ret_template, char *detail);

/* Writes a sentence: cut to fit at a character, control characters shown as '?'. */
void tw_say(char *detail, const char *format, ...) TW_PRINTF(2, 3);

#endif
