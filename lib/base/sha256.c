/* See sha256.h. */
#include "base/sha256.h"
#include <errno.h>

enum { BLOCK = 64, LENGTH_AT = BLOCK - 8, ROUNDS = 64, WORDS = 8 };

static const uint32_t round_words[ROUNDS] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* Takes in one block. The letters are those of the standard. */
static void take(uint32_t state[WORDS], const uint8_t *block)
{
	uint32_t w[ROUNDS], v[WORDS];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < ROUNDS; i++) {
		uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	memcpy(v, state, sizeof(v));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t a = v[0], e = v[4];
		uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		uint32_t choice = (e & v[5]) ^ (~e & v[6]);
		uint32_t t1 = v[7] + s1 + choice + round_words[i] + w[i];
		uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		uint32_t majority = (a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]);

		memmove(v + 1, v, (WORDS - 1) * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + s0 + majority;
	}
	for (int i = 0; i < WORDS; i++)
		state[i] += v[i];
}

void tw_sha256(const void *data, size_t len, struct tw_hash *ret_hash)
{
	uint32_t state[WORDS] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
		0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	const uint8_t *bytes = data;
	uint8_t last[2 * BLOCK] = { 0 };
	size_t n_rest = len % BLOCK, n_last = n_rest < LENGTH_AT ? BLOCK : 2 * BLOCK;
	uint64_t n_bits = (uint64_t)len * 8;

	for (size_t at = 0; at + BLOCK <= len; at += BLOCK)
		take(state, bytes + at);
	if (n_rest > 0)
		memcpy(last, bytes + len - n_rest, n_rest);
	last[n_rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[n_last - 1 - i] = (uint8_t)(n_bits >> (8 * i));
	for (size_t at = 0; at < n_last; at += BLOCK)
		take(state, last + at);
	for (size_t i = 0; i < TW_HASH_BYTES; i++)
		ret_hash->bytes[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

int tw_sha256_parse_fingerprint(const char *text, struct tw_hash *ret_hash)
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
