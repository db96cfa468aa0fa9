/* See blob.h. */
#include "rpc/blob.h"
#include <errno.h>

struct cursor {
	const char *hex;
	size_t len;
};

static int take_byte(struct cursor *cursor, unsigned int *ret_byte)
{
	int high, low;

	if (cursor->len < 2)
		return -EINVAL;
	high = tw_hash_hex_digit(cursor->hex[0]);
	low = tw_hash_hex_digit(cursor->hex[1]);
	if (high < 0 || low < 0)
		return -EINVAL;
	cursor->hex += 2;
	cursor->len -= 2;
	*ret_byte = (unsigned int)(high << 4 | low);
	return 0;
}

static int take_varint(struct cursor *cursor, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		unsigned int byte;
		uint64_t bits;

		if (take_byte(cursor, &byte) < 0)
			return -EINVAL;
		bits = byte & 0x7f;
		if (bits << shift >> shift != bits)
			return -EINVAL;
		value |= bits << shift;
		if (byte < 0x80) {
			*ret_value = value;
			return 0;
		}
	}
	return -EINVAL;
}

static int take_hash(struct cursor *cursor, struct tw_hash *ret_hash)
{
	if (cursor->len < TW_HASH_HEX || tw_hash_parse(cursor->hex, TW_HASH_HEX, ret_hash) < 0)
		return -EINVAL;
	cursor->hex += TW_HASH_HEX;
	cursor->len -= TW_HASH_HEX;
	return 0;
}

/* Four bytes, the lowest one first. */
static int take_nonce(struct cursor *cursor, uint32_t *ret_nonce)
{
	uint32_t nonce = 0;

	if (cursor->len < 8)
		return -EINVAL;
	for (unsigned int i = 0; i < 4; i++) {
		int high = tw_hash_hex_digit(cursor->hex[2 * i]),
		    low = tw_hash_hex_digit(cursor->hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		nonce |= (uint32_t)(high << 4 | low) << 8 * i;
	}
	cursor->hex += 8;
	cursor->len -= 8;
	*ret_nonce = nonce;
	return 0;
}

/* The major version is a byte, and the nonce, of which four bytes count, comes next. */
static int take_zano_start(struct cursor *cursor, struct tw_blob_header *header)
{
	uint32_t high;

	if (cursor->len < 2 || cursor->len % 2 != 0 || tw_hash_hex_digit(cursor->hex[0]) < 0 ||
		tw_hash_hex_digit(cursor->hex[1]) < 0)
		return -EINVAL;
	cursor->hex += 2;
	cursor->len -= 2;
	if (take_nonce(cursor, &header->nonce) < 0 || take_nonce(cursor, &high) < 0)
		return -EINVAL;
	return take_hash(cursor, &header->prev_hash);
}

/* Up to the previous hash. */
static int take_start(struct cursor *cursor, enum tw_blob_layout layout, bool *ret_is_merged,
	struct tw_blob_header *header)
{
	uint64_t major, minor;

	*ret_is_merged = false;
	if (layout == TW_BLOB_ZANO)
		return take_zano_start(cursor, header);
	if (cursor->len % 2 != 0 || take_varint(cursor, &major) < 0 ||
		take_varint(cursor, &minor) < 0 || major == 0)
		return -EINVAL;
	*ret_is_merged = layout == TW_BLOB_TURTLECOIN && major >= 2;
	if (!*ret_is_merged && take_varint(cursor, &header->timestamp_s) < 0)
		return -EINVAL;
	return take_hash(cursor, &header->prev_hash);
}

int tw_blob_prev_hash(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_hash *ret_hash)
{
	struct cursor cursor = { hex, len };
	struct tw_blob_header header;
	bool is_merged;
	int r = take_start(&cursor, layout, &is_merged, &header);

	if (r == 0)
		*ret_hash = header.prev_hash;
	return r;
}

/* The minor version and the timestamp. */
static int take_time(struct cursor *cursor, struct tw_blob_header *header)
{
	uint64_t minor;

	return take_varint(cursor, &minor) < 0 ? -EINVAL
					       : take_varint(cursor, &header->timestamp_s);
}

static int take_parent(struct cursor *cursor, struct tw_blob_header *header)
{
	struct tw_hash prev_hash;
	uint64_t version;
	int r = 0;

	for (int i = 0; r == 0 && i < 2; i++)
		r = take_varint(cursor, &version);
	if (r == 0)
		r = take_varint(cursor, &header->timestamp_s);
	return r == 0 ? take_hash(cursor, &prev_hash) : r;
}

static int take_header(struct cursor *cursor, enum tw_blob_layout layout, bool *ret_is_merged,
	struct tw_blob_header *header)
{
	int r = take_start(cursor, layout, ret_is_merged, header);

	if (r == 0 && *ret_is_merged)
		r = take_parent(cursor, header);
	if (r == 0 && layout == TW_BLOB_ZANO)
		return take_time(cursor, header);
	return r == 0 ? take_nonce(cursor, &header->nonce) : r;
}

int tw_blob_read(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_blob_header *ret_header)
{
	struct cursor cursor = { hex, len };
	struct tw_blob_header header;
	bool is_merged;
	int r = take_header(&cursor, layout, &is_merged, &header);

	if (r == 0)
		*ret_header = header;
	return r;
}

/* --- the height --- */

enum { GENERATED = 0xff, GENERATED_ZANO = 0, TO_KEY = 2 };
enum { TAG_PADDING, TAG_PUBLIC_KEY, TAG_NONCE, TAG_MERGE_MINING };

static int skip(struct cursor *cursor, uint64_t bytes)
{
	if (bytes > cursor->len / 2)
		return -EINVAL;
	cursor->hex += 2 * bytes;
	cursor->len -= 2 * bytes;
	return 0;
}

/* n varints, of which the last one is kept. */
static int take_last(struct cursor *cursor, int n, uint64_t *ret_value)
{
	int r = 0;

	while (r == 0 && n-- > 0)
		r = take_varint(cursor, ret_value);
	return r;
}

/* An input that makes new coins, and the height in it. */
static int take_generated(struct cursor *cursor, unsigned int tag, uint64_t *ret_height)
{
	unsigned int byte;

	if (take_byte(cursor, &byte) < 0 || byte != tag)
		return -EINVAL;
	return take_varint(cursor, ret_height);
}

/* The depth of the tree of merge-mined chains, which the extra of a parent's transaction says. */
static int take_depth(struct cursor *cursor, uint64_t *ret_depth)
{
	uint64_t len = 0;
	unsigned int tag;
	int r;

	*ret_depth = 0;
	while (cursor->len > 0) {
		r = take_byte(cursor, &tag);
		if (r < 0 || tag == TAG_PADDING)
			return r;
		if (tag == TAG_MERGE_MINING)
			return take_last(cursor, 2, ret_depth);
		if (tag == TAG_PUBLIC_KEY)
			r = skip(cursor, TW_HASH_BYTES);
		else if (tag == TAG_NONCE && take_varint(cursor, &len) == 0)
			r = skip(cursor, len);
		else
			r = -EINVAL;
		if (r < 0)
			return r;
	}
	return 0;
}

/* The first transaction of a parent block, which makes new coins or is empty. */
static int skip_parent_transaction(struct cursor *cursor, uint64_t *ret_depth)
{
	struct cursor extra;
	uint64_t version, n, value;
	unsigned int tag;
	int r = take_varint(cursor, &version);

	if (r == 0)
		r = take_last(cursor, 2, &n); /* the unlock time; the number of inputs */
	for (; r == 0 && n > 0; n--)
		r = take_generated(cursor, GENERATED, &value);
	if (r == 0)
		r = take_varint(cursor, &n);
	for (; r == 0 && n > 0; n--) {
		r = take_varint(cursor, &value);
		if (r == 0)
			r = take_byte(cursor, &tag);
		if (r == 0)
			r = tag == TO_KEY ? skip(cursor, TW_HASH_BYTES) : -EINVAL;
	}
	if (r == 0)
		r = take_varint(cursor, &n);
	extra = (struct cursor){ cursor->hex, 2 * n };
	if (r == 0)
		r = skip(cursor, n);
	if (r == 0)
		r = take_depth(&extra, ret_depth);
	return r == 0 && version >= 2 ? take_varint(cursor, &value) : r;
}

/* What follows the nonce of a parent block. */
static int skip_parent_rest(struct cursor *cursor)
{
	uint64_t n, depth = 0;
	int r = take_varint(cursor, &n);

	/* The hashes beside the first transaction in the tree of all of them. */
	for (; r == 0 && n > 1; n >>= 1)
		r = skip(cursor, TW_HASH_BYTES);
	if (r == 0)
		r = skip_parent_transaction(cursor, &depth);
	if (r == 0 && depth > cursor->len)
		r = -EINVAL;
	return r == 0 ? skip(cursor, depth * TW_HASH_BYTES) : r;
}

int tw_blob_height(const char *hex, size_t len, enum tw_blob_layout layout, int64_t *ret_height)
{
	struct cursor cursor = { hex, len };
	struct tw_blob_header header;
	bool is_zano = layout == TW_BLOB_ZANO, is_merged;
	uint64_t value, n_inputs = 0, height = 0;
	unsigned int flags;
	int r = take_header(&cursor, layout, &is_merged, &header);

	if (r == 0 && is_merged)
		r = skip_parent_rest(&cursor);
	if (r == 0 && is_zano)
		r = take_byte(&cursor, &flags);
	/* The version of the first transaction, and its unlock time, which Zano has elsewhere. */
	if (r == 0)
		r = take_last(&cursor, is_zano ? 1 : 2, &value);
	if (r == 0)
		r = take_varint(&cursor, &n_inputs);
	if (r == 0 && n_inputs == 1)
		r = take_generated(&cursor, is_zano ? GENERATED_ZANO : GENERATED, &height);
	if (r < 0 || n_inputs != 1 || height > TW_BLOB_HEIGHT_MAX)
		return -EINVAL;
	*ret_height = (int64_t)height;
	return 0;
}
