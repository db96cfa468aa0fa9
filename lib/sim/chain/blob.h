/*
 * Block templates as the daemons serialise them. Only the shape is real; keys and transactions are
 * made up.
 */
#ifndef TW_SIM_CHAIN_BLOB_H
#define TW_SIM_CHAIN_BLOB_H

#include "base/buf.h"
#include "base/hash.h"
#include "rpc/blob.h"
#include "sim/chain/chain.h"

enum { TW_SIM_BLOB_RESERVE_MAX = 255 };

struct tw_sim_blob_template {
	enum tw_blob_layout layout;
	bool is_monero; /* its transactions are of Monero's kind */
	int major_version;
	int minor_version;
	int64_t height;
	int64_t timestamp_s;
	struct tw_hash prev_hash;
	int64_t reward;
	size_t reserve_size; /* at most TW_SIM_BLOB_RESERVE_MAX */
};

/* The block version at a height, as on a fresh private TurtleCoin network. */
int tw_sim_blob_turtlecoin_version(int64_t height);
/* Appends the blob in hex; ret_reserved_offset is in bytes, 0 when nothing is reserved. */
void tw_sim_blob_make(const struct tw_sim_chain *chain, const struct tw_sim_blob_template *template,
	struct tw_buf *hex, size_t *ret_reserved_offset);
/* Appends what miners hash: the block header, a tree hash, the number of transactions; in hex. */
void tw_sim_blob_make_hashing(const struct tw_sim_chain *chain,
	const struct tw_sim_blob_template *template, struct tw_buf *hex);

/* Whether text is an even number of hex digits, at least two. */
bool tw_sim_blob_is_hex(const char *text, size_t len);

#endif
