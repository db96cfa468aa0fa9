/* See blob.h. */
#include "rpc/blob.h"
#include <errno.h>

struct cursor {
	const char *hex;
	size_t len;
};

static int take_varint(struct cursor *cursor, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		int high, low;
		uint64_t bits;

		if (cursor->len < 2)
			return -EINVAL;
		high = tw_hash_hex_digit(cursor->hex[0]);
		low = tw_hash_hex_digit(cursor->hex[1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		cursor->hex += 2;
		cursor->len -= 2;
		bits = (uint64_t)(high & 7) << 4 | (uint64_t)low;
		if (bits << shift >> shift != bits)
			return -EINVAL;
		value |= bits << shift;
		if (high < 8) {
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

int tw_blob_read(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_blob_header *ret_header)
{
	struct cursor cursor = { hex, len };
	struct tw_blob_header header;
	bool is_merged;
	int r = take_start(&cursor, layout, &is_merged, &header);

	if (r == 0 && is_merged)
		r = take_parent(&cursor, &header);
	if (r == 0 && layout == TW_BLOB_ZANO)
		r = take_time(&cursor, &header);
	else if (r == 0)
		r = take_nonce(&cursor, &header.nonce);
	if (r == 0)
		*ret_header = header;
	return r;
}
