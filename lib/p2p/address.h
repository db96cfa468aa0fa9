/* The address of a P2P port, IPv4. */
#ifndef TW_P2P_ADDRESS_H
#define TW_P2P_ADDRESS_H

#include "base/result.h"
#include <stdint.h>

struct tw_p2p_address {
	uint32_t ip; /* the first number of the four is the highest byte */
	uint16_t port;
};

static inline bool tw_p2p_address_equal(
	const struct tw_p2p_address *a, const struct tw_p2p_address *b)
{
	return a->ip == b->ip && a->port == b->port;
}
/* Whether it can be that of a node of a public network. */
bool tw_p2p_address_is_public(const struct tw_p2p_address *address);
/* Reads "IP:PORT" of len bytes. 0 or -EINVAL. */
int tw_p2p_address_parse(const char *text, size_t len, struct tw_p2p_address *ret_address);

#endif
