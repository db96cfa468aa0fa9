/* See blob.h. */
#include "block/blob.h"
#include "core/types.h"
#include <errno.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_hex(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (tw_hash_hex_digit(data[i]) < 0)
			return false;
	}
	return len > 0 && len % 2 == 0;
}

static void put_hex(const char *data, size_t len, struct tw_buf *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len && hex->error == 0; i++) {
		char pair[2] = { digits[(uint8_t)data[i] >> 4], digits[(uint8_t)data[i] & 15] };

		tw_buf_append(hex, pair, sizeof(pair));
	}
}

static void put_lower(const char *data, size_t len, struct tw_buf *hex)
{
	size_t start = hex->len;

	tw_buf_append(hex, data, len);
	for (size_t i = start; i < hex->len; i++) {
		if (hex->data[i] >= 'A' && hex->data[i] <= 'F')
			hex->data[i] = (char)(hex->data[i] - 'A' + 'a');
	}
}

/* Adds the ways to read it that say a height, or those that do not. */
static void add_heads(const struct tw_buf *hex, bool says_height, struct tw_block_blob *blob)
{
	for (int i = 0; i < TW_BLOB_LAYOUTS; i++) {
		struct tw_block_head head = { .height = TW_UNKNOWN };
		bool has_height = tw_blob_height(hex->data, hex->len, (enum tw_blob_layout)i,
					  &head.height) == 0;

		if (has_height == says_height && tw_blob_read(hex->data, hex->len,
							 (enum tw_blob_layout)i, &head.header) == 0)
			blob->heads[blob->n_heads++] = head;
	}
}

int tw_block_blob_read(
	const char *data, size_t len, struct tw_buf *hex, struct tw_block_blob *ret_blob)
{
	size_t text_len = len;

	if (len > TW_BLOCK_BLOB_MAX)
		return -EMSGSIZE;
	while (text_len > 0 && is_space(data[text_len - 1]))
		text_len--;
	/* No block has a version that is a letter or digit: that is a text, but not of hex digits.
	 */
	if (is_hex(data, text_len))
		put_lower(data, text_len, hex);
	else if (text_len > 0 && (unsigned char)data[0] < ' ')
		put_hex(data, len, hex);
	if (hex->error < 0)
		return hex->error;
	if (hex->len == 0)
		return -EINVAL;
	ret_blob->n_heads = 0;
	add_heads(hex, true, ret_blob);
	add_heads(hex, false, ret_blob);
	return ret_blob->n_heads > 0 ? 0 : -EINVAL;
}
