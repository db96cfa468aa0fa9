/*
 * Block templates as the daemons serialise them. Only the shape is real; keys and transactions are
 * made up.
 */
#ifndef TW_SIM_SIMBLOB_H
#define TW_SIM_SIMBLOB_H

#include "base/buf.h"
#include "base/hash.h"
#include "sim/simchain.h"
#include "wire/blob.h"

enum { TW_SIMBLOB_RESERVE_MAX = 255 };

struct tw_simblob_template {
	enum tw_blob_layout layout;
	int major_version;
	int minor_version;
	int64_t height;
	int64_t timestamp_s;
	struct tw_hash prev_hash;
	int64_t reward;
	size_t reserve_size; /* at most TW_SIMBLOB_RESERVE_MAX */
};

/* The block version at a height, as on a fresh private TurtleCoin network. */
int tw_simblob_turtlecoin_version(int64_t height);
/* Appends the blob in hex; ret_reserved_offset is in bytes, 0 when nothing is reserved. */
void tw_simblob_make(const struct tw_simchain *chain, const struct tw_simblob_template *template,
	struct tw_buf *hex, size_t *ret_reserved_offset);
/* Appends what miners hash: the block header, a tree hash, the number of transactions; in hex. */
void tw_simblob_make_hashing(const struct tw_simchain *chain,
	const struct tw_simblob_template *template, struct tw_buf *hex);

/* Is text an even number of hex digits, and at least two? */
bool tw_simblob_is_hex(const char *text, size_t len);

#endif
