/*
 * What a daemon's replies say about a block: whether it took it, by the rule and the table of
 * test/data/submit-answers.json, and whether the block of its chain at a height is that one. The
 * same for all dialects.
 */
#ifndef TW_RPC_ANSWER_H
#define TW_RPC_ANSWER_H

#include "rpc/blob.h"

/* What became of a block that was sent to a daemon. */
enum tw_answer {
	TW_ANSWER_ACCEPTED,  /* it has the block */
	TW_ANSWER_DUPLICATE, /* it has the block, and had it before or not as its newest one */
	TW_ANSWER_REFUSED,   /* it does not want the block, or the request */
	TW_ANSWER_NOT_ABLE,  /* it takes no blocks now, whatever the block */
	TW_ANSWER_UNKNOWN,   /* a reply that does not tell: it may have the block */
	TW_ANSWER_FAILED,    /* no connection, or it broke before there was a reply */
};

/* What a reply to a submitted block says. body has len bytes. Never TW_ANSWER_FAILED. */
enum tw_answer tw_answer_submit(int http_status, const char *body, size_t len);

enum tw_answer_block {
	TW_ANSWER_BLOCK_UNREADABLE, /* no header, or of another height */
	TW_ANSWER_BLOCK_SAME,
	TW_ANSWER_BLOCK_OTHER,
};
/*
 * Whether the reply to a request for the header of the block at height is about a block that begins
 * in one of the ways of heads: with this previous hash, time and nonce. ret_hash is the hash in the
 * reply, where it can be read.
 */
enum tw_answer_block tw_answer_header(const char *body, size_t len, int64_t height,
	const struct tw_blob_header *heads, size_t n_heads, struct tw_hash *ret_hash);
/*
 * The same for a block in blob_len hex digits, in every layout of blobs; the hash may be missing.
 */
bool tw_answer_has_block(
	const char *reply, size_t len, int64_t height, const char *blob, size_t blob_len);

#endif
