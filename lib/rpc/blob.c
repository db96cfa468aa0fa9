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

int tw_blob_prev_hash(
	const char *hex, size_t len, enum tw_blob_layout layout, struct tw_hash *ret_hash)
{
	struct cursor cursor = { hex, len };
	uint64_t major, minor, timestamp;

	if (len % 2 != 0 || take_varint(&cursor, &major) < 0 || take_varint(&cursor, &minor) < 0 ||
		major == 0)
		return -EINVAL;
	if ((layout == TW_BLOB_MONERO || major < 2) && take_varint(&cursor, &timestamp) < 0)
		return -EINVAL;
	if (cursor.len < TW_HASH_HEX)
		return -EINVAL;
	return tw_hash_parse(cursor.hex, TW_HASH_HEX, ret_hash);
}
