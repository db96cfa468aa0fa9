/*
 * Reading the replies of all dialects. detail arguments have room for TW_DETAIL_MAX bytes and
 * receive a sentence for people when the outcome is not TW_REPLY_OK.
 */
#ifndef TW_RPC_REPLY_H
#define TW_RPC_REPLY_H

#include "core/node/observation.h"
#include "rpc/peer.h"

enum tw_reply {
	TW_REPLY_OK,
	TW_REPLY_ABSENT,    /* no such block, no such page */
	TW_REPLY_NO_METHOD, /* the daemon does not know such a request */
	TW_REPLY_AUTH,
	TW_REPLY_BUSY,     /* the daemon says that it cannot answer yet */
	TW_REPLY_REFUSED,  /* the daemon understood the request and says why it cannot answer */
	TW_REPLY_ADDRESS,  /* no template, because the daemon does not take the wallet address */
	TW_REPLY_WRECKED,  /* words that only a daemon with a corrupt chain says */
	TW_REPLY_BORROWED, /* the answer of another daemon, which this one hands on */
	TW_REPLY_BAD,
};

/* An HTTP reply. */
struct tw_rpc_reply {
	int64_t rtt_us; /* that it took */
	long status;
	const char *body;
	size_t len;
	const char *location; /* where a redirect leads to; "" for none */
};

struct tw_header {
	struct tw_point point;
	bool has_prev_hash;
	struct tw_hash prev_hash;
	int64_t time_s; /* or TW_UNKNOWN */
};

struct tw_template_reply {
	int64_t height; /* of the block to be mined */
	/* The block that it builds on, by every layout of its blob that can be read. */
	bool has_prev_hash[TW_BLOB_LAYOUTS];
	struct tw_hash prev_hashes[TW_BLOB_LAYOUTS];
	bool is_said;             /* the reply also says prev_hash */
	struct tw_hash prev_hash; /* the right one; set by tw_template_settle() where not said */
};

/*
 * Parses the body of the reply to ask, leniently (json/json.h), and judges whether it can be read.
 * name is the request's, for messages. row is NULL while the dialect is being detected. ret_doc is
 * always set: to the document, which is to be destroyed, or to NULL when the body is not JSON.
 */
enum tw_reply tw_reply_parse(const struct tw_dialect_row *row, enum tw_ask ask, const char *name,
	const struct tw_rpc_reply *reply, struct tw_json_doc **ret_doc, char *detail);
/*
 * The following read a reply for which tw_reply_parse() returned TW_REPLY_OK. They return
 * TW_REPLY_OK or TW_REPLY_BAD, tw_reply_info() also TW_REPLY_BORROWED; on failure the results are
 * left unchanged.
 */
enum tw_reply tw_reply_header(const struct tw_header_names *names, const char *name,
	const struct tw_json_node *root, struct tw_header *ret_header, char *detail);
/*
 * Fills in peer counts and claims; what the reply does not have stays unknown. The version and the
 * nettype of the peer are left unchanged when the reply has none. ret_height is the index of the
 * newest block by this reply, or TW_UNKNOWN.
 */
enum tw_reply tw_reply_info(const struct tw_info_names *names, const char *name,
	const struct tw_json_node *root, struct tw_observation *obs, struct tw_rpc_peer *peer,
	int64_t *ret_height, char *detail);
enum tw_reply tw_reply_template(const struct tw_template_names *names, const char *name,
	const struct tw_json_node *root, struct tw_template_reply *ret_template, char *detail);

#endif
