/*
 * What tipwatch knows of one dialect of the daemons' RPC, as data: the row of a table. Each dialect
 * has a file with its row (turtlecoin_rpc.c and so on); dialect.c has the table.
 */
#ifndef TW_RPC_DIALECT_ROW_H
#define TW_RPC_DIALECT_ROW_H

#include "rpc/blob.h"

/* The questions of a check. */
enum tw_ask {
	TW_ASK_INFO, /* peer counts, claims and the version */
	TW_ASK_TIP,  /* the newest block */
	TW_ASK_HEADER,
	TW_ASK_TEMPLATE,
};
enum { TW_ASKS = TW_ASK_TEMPLATE + 1 };

/* Where a block's header is in a reply. Paths are as for tw_json_find(). */
struct tw_header_names {
	const char *where; /* the map that has the following */
	const char *height;
	bool height_is_count; /* the number of blocks: top index + 1 */
	const char *hash;
	const char *prev_hash; /* NULL: the reply does not have it; the same below */
	const char *time;
	const char *orphan;
};

struct tw_info_names {
	const char *peers_in;
	const char *peers_out;
	const char *network_height; /* what the peers claim, a count; NULL: it does not say */
	const char *least_claim;    /* the own count, where the claim may be 0 or old; or NULL */
	const char *synced;         /* or NULL */
	const char *version;        /* or NULL */
	const char *height;         /* of its own chain, a count; NULL: it is the newest header's */
	/*
	 * Of daemons that can hand on the answers of another one until they have synchronised;
	 * else NULL: true when this reply is such an answer, and how many blocks they have
	 * themselves, where 0 is not known.
	 */
	const char *borrowed;
	const char *own_height;
	const char *nettype;    /* the name of the network; or NULL */
	const char *restricted; /* true: the peer counts read 0, whatever they are; or NULL */
};

struct tw_template_names {
	const char *size_key; /* of the request: bytes to reserve (or NULL), and the address */
	const char *address_key;
	const char *where;
	const char *height;
	const char *blob;
	const char *prev_hash;      /* NULL: only in the blob */
	enum tw_blob_layout layout; /* that is tried first */
};

struct tw_dialect_row {
	const char *word;      /* in the configuration and in every output */
	const char *spoken_by; /* the daemons, for the manual */
	/*
	 * Top-level members of the info page, one of which shows the dialect, unless a daemon then
	 * turns out not to have its methods. Ends with NULL.
	 */
	const char *marks[4];
	/*
	 * By enum tw_ask, and their names in messages: "GET /path", "POST /path", or else a method
	 * of JSON-RPC at /json_rpc. HEIGHT at the end of a path stands for a block's height.
	 */
	const char *requests[TW_ASKS];
	const char *submit; /* the request that hands over a block, in the same form */
	const char
		*old_info_request; /* for the info page of old versions, a GET as well; or NULL */
	struct tw_header_names tip;
	struct tw_header_names header;
	struct tw_info_names info;
	struct tw_template_names template;
	bool may_count_from_1;      /* heights in requests; which it is, the newest block shows */
	bool tip_has_info;          /* one reply tells the newest block and the peer counts */
	bool has_absent_http_codes; /* HTTP 400 and 404 say that there is no such block */
	bool can_be_wrecked; /* such daemons were seen to corrupt the chain in their memory */
};

#endif
