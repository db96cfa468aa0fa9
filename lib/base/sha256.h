/*
 * SHA-256 (FIPS 180-4), and fingerprints: the SHA-256 of a certificate as people write it, 64 hex
 * digits, with or without a ':' between two bytes.
 */
#ifndef TW_BASE_SHA256_H
#define TW_BASE_SHA256_H

#include "base/hash.h"

void tw_sha256(const void *data, size_t len, struct tw_hash *ret_hash);
/* Returns 0 or -EINVAL. */
int tw_sha256_parse_fingerprint(const char *text, struct tw_hash *ret_hash);

#endif
