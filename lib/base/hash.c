/* See hash.h. */
#include "base/hash.h"
#include <errno.h>

int tw_hash_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int tw_hash_parse(const char *text, size_t len, struct tw_hash *ret_hash)
{
	struct tw_hash hash;

	if (len != TW_HASH_HEX)
		return -EINVAL;
	for (size_t i = 0; i < TW_HASH_BYTES; i++) {
		int high = tw_hash_hex_digit(text[2 * i]);
		int low = tw_hash_hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		hash.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_hash = hash;
	return 0;
}

void tw_hash_format(const struct tw_hash *hash, char text[TW_HASH_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < TW_HASH_BYTES; i++) {
		text[2 * i] = digits[hash->bytes[i] >> 4];
		text[2 * i + 1] = digits[hash->bytes[i] & 15];
	}
	text[TW_HASH_HEX] = '\0';
}

int tw_hash_parse_fingerprint(const char *text, struct tw_hash *ret_hash)
{
	char digits[TW_HASH_HEX + 1];
	size_t n = 0;

	for (; *text != '\0'; text++) {
		/* A colon stands between two bytes. */
		if (*text == ':' && n > 0 && n % 2 == 0 && text[-1] != ':' && text[1] != '\0')
			continue;
		if (n == TW_HASH_HEX)
			return -EINVAL;
		digits[n++] = *text;
	}
	return tw_hash_parse(digits, n, ret_hash);
}
