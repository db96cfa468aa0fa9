/* Numbers in the byte order of the P2P protocol: the lowest byte first. */
#ifndef TW_P2P_BYTES_H
#define TW_P2P_BYTES_H

#include "base/buf.h"

/* The number in the first n bytes, n <= 8. */
static inline uint64_t tw_p2p_bytes_get(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	while (n > 0)
		value = value << 8 | bytes[--n];
	return value;
}

/* Appends the lowest n bytes, n <= 8. */
static inline void tw_p2p_bytes_put(struct tw_buf *out, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tw_buf_putc(out, (char)(uint8_t)(value >> 8 * i));
}

#endif
