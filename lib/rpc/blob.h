/*
 * The one thing tipwatch reads out of a block template: which block it builds on. Blobs begin with
 * the major and minor version (varints). Monero, and TurtleCoin up to block version 1, follow with
 * the timestamp (varint) and the previous hash; TurtleCoin from version 2 on (merge mining) with
 * the previous hash at once.
 */
#ifndef TW_RPC_BLOB_H
#define TW_RPC_BLOB_H

#include "base/hash.h"

enum tw_blob_layout { TW_BLOB_TURTLECOIN, TW_BLOB_MONERO };

/* hex is the blob as len hex digits. Returns 0 or -EINVAL: this is no block. */
int tw_blob_prev_hash(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_hash *ret_hash);

#endif
