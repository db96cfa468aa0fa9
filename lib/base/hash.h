/*
 * Hashes of 32 bytes, of blocks and of certificates: bytes inside, 64 lower-case hex digits
 * outside.
 */
#ifndef TW_BASE_HASH_H
#define TW_BASE_HASH_H

#include "base/result.h"
#include <string.h>

enum { TW_HASH_BYTES = 32, TW_HASH_HEX = 64 };

struct tw_hash {
	uint8_t bytes[TW_HASH_BYTES];
};

static inline bool tw_hash_equal(const struct tw_hash *a, const struct tw_hash *b)
{
	return memcmp(a->bytes, b->bytes, TW_HASH_BYTES) == 0;
}

/* Lexicographic, as the hex text would compare. */
static inline int tw_hash_compare(const struct tw_hash *a, const struct tw_hash *b)
{
	return memcmp(a->bytes, b->bytes, TW_HASH_BYTES);
}

/* The value of a hex digit of either case, or -1. */
int tw_hash_hex_digit(char c);
/* Parses exactly 64 hex digits of either case. Returns 0 or -EINVAL. */
int tw_hash_parse(const char *text, size_t len, struct tw_hash *ret_hash);
/*
 * Parses the fingerprint of a certificate as people write it: 64 hex digits of either case, with or
 * without a ':' between two bytes. Returns 0 or -EINVAL.
 */
int tw_hash_parse_fingerprint(const char *text, struct tw_hash *ret_hash);
/* Writes 64 digits and a NUL. */
void tw_hash_format(const struct tw_hash *hash, char text[TW_HASH_HEX + 1]);

#endif
