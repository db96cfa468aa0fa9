/* See address.h. */
#include "p2p/address.h"
#include "base/num.h"
#include <errno.h>
#include <string.h>

/* Special-purpose addresses of RFC 6890 and multicast: the first bits of ip, and how many. */
static const struct {
	uint32_t bits;
	unsigned int n;
} special[] = {
	{ 0, 8 },               /* 0.0.0.0/8 */
	{ 10, 8 },              /* private */
	{ 100 << 2 | 1, 10 },   /* 100.64.0.0/10: carriers */
	{ 127, 8 },             /* loopback */
	{ 169 << 8 | 254, 16 }, /* link local */
	{ 172 << 4 | 1, 12 },   /* private */
	{ 192 << 16, 24 },      /* protocols */
	{ 192 << 8 | 168, 16 }, /* private */
	{ 198 << 7 | 9, 15 },   /* benchmarks */
	{ 7, 3 },               /* 224.0.0.0/3: multicast, reserved */
};

bool tw_p2p_address_is_public(const struct tw_p2p_address *address)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(special); i++) {
		if (address->ip >> (32 - special[i].n) == special[i].bits)
			return false;
	}
	return address->port != 0;
}

int tw_p2p_address_parse(const char *text, size_t len, struct tw_p2p_address *ret_address)
{
	struct tw_p2p_address address = { 0 };
	int64_t number;

	for (int i = 0; i < 5; i++) {
		const char *end = memchr(text, i < 3 ? '.' : ':', len);
		size_t n = i == 4 ? len : end == NULL ? 0 : (size_t)(end - text);

		if (tw_num_parse(text, n, 0, i == 4 ? UINT16_MAX : UINT8_MAX, &number) < 0)
			return -EINVAL;
		if (i == 4)
			break;
		address.ip = address.ip << 8 | (uint32_t)number;
		text += n + 1;
		len -= n + 1;
	}
	address.port = (uint16_t)number;
	if (address.port == 0)
		return -EINVAL;
	*ret_address = address;
	return 0;
}
