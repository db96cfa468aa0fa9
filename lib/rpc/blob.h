/*
 * Reading which block a block template builds on out of its blob. A blob begins with the major and
 * the minor version (varints). In Monero, and in TurtleCoin up to block version 1, the timestamp (a
 * varint) and the previous hash follow. In TurtleCoin from version 2 on (merge mining) the previous
 * hash follows at once.
 */
#ifndef TW_RPC_BLOB_H
#define TW_RPC_BLOB_H

#include "base/hash.h"

enum tw_blob_layout { TW_BLOB_TURTLECOIN, TW_BLOB_MONERO };

/* hex is the blob, len hex digits. Returns 0, or -EINVAL: this is no block. */
int tw_blob_prev_hash(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_hash *ret_hash);

#endif
