/*
 * The content of a file with a found block: hex digits, or the bytes themselves. What begins a
 * block is not the same for all coins (rpc/blob.h), and nothing in it says which coin's it is; so
 * every way to read it is kept, those first in which the first transaction says a height, which a
 * wrong way hardly ever does.
 */
#ifndef TW_BLOCK_BLOB_H
#define TW_BLOCK_BLOB_H

#include "base/buf.h"
#include "rpc/blob.h"

enum { TW_BLOCK_BLOB_MAX = 4 << 20 }; /* bytes of a file */

/* One way to read the beginning of a block. */
struct tw_block_head {
	struct tw_blob_header header;
	int64_t height; /* TW_UNKNOWN: the first transaction is of an unknown kind */
};

struct tw_block_blob {
	uint32_t n_heads; /* at least 1 */
	struct tw_block_head heads[TW_BLOB_LAYOUTS];
};

/*
 * Reads len bytes of a file. hex, with a cap of at least 2 * TW_BLOCK_BLOB_MAX, receives the block
 * in lower-case hex digits. Returns 0; -EINVAL: it is no block; -EMSGSIZE: it is larger than
 * TW_BLOCK_BLOB_MAX; -ENOMEM.
 */
int tw_block_blob_read(
	const char *data, size_t len, struct tw_buf *hex, struct tw_block_blob *ret_blob);

#endif
