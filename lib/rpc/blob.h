/*
 * What tipwatch reads out of a block template or a found block: which block it builds on, and what
 * tells two blocks apart that build on the same one. Blobs begin with the major and minor version
 * (varints). Monero, and TurtleCoin up to block version 1, follow with the timestamp (varint), the
 * previous hash and the nonce; TurtleCoin from version 2 on (merge mining) with the previous hash
 * and an otherwise empty parent block: two versions, the timestamp, a hash, the nonce. Zano has the
 * major version as one byte, the nonce of eight bytes, the previous hash, the minor version, and
 * the timestamp. A layout is not for one coin: a hard fork may bring another one.
 */
#ifndef TW_RPC_BLOB_H
#define TW_RPC_BLOB_H

#include "base/hash.h"

/* A block that claims a greater height is not read. */
#define TW_BLOB_HEIGHT_MAX (INT64_C(1) << 40)

enum tw_blob_layout {
	TW_BLOB_TURTLECOIN, /* merge mining from version 2 on; Bytecoin is the same */
	TW_BLOB_MONERO,     /* the time first */
	TW_BLOB_ZANO,       /* the nonce first */
};
enum { TW_BLOB_LAYOUTS = TW_BLOB_ZANO + 1 };

/* hex is the blob as len hex digits. Returns 0 or -EINVAL: this is no block. */
int tw_blob_prev_hash(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_hash *ret_hash);

struct tw_blob_header {
	struct tw_hash prev_hash;
	uint64_t timestamp_s;
	uint32_t nonce;
};
/* The same for everything that is read. */
int tw_blob_read(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_blob_header *ret_header);
/*
 * The height that the first transaction of a block says, in which the new coins are made. What is
 * in a merge-mined block's parent besides is skipped. -EINVAL also where the transaction is of a
 * kind that is not known here.
 */
int tw_blob_height(const char *hex, size_t len, enum tw_blob_layout layout, int64_t *ret_height);

#endif
