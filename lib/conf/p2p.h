/*
 * Which nodes have a P2P link, and to where: from the key p2p of the node and the section p2p.
 */
#ifndef TW_CONF_P2P_H
#define TW_CONF_P2P_H

#include "conf/types.h"
#include "p2p/address.h"
#include "p2p/coin.h"

/*
 * Where the link of a node goes. Returns false: it has none. A port of 0 is the usual one of the
 * node's coin. A node that is checked through a proxy has a link only where its p2p says so.
 * Without a p2p of its own a node has one where mode is auto, its host is on this machine or has a
 * private address, and no other node is on that host: of several daemons there, one alone has the
 * usual port.
 */
bool tw_conf_p2p_target(const struct tw_config *config, uint32_t node,
	char ret_host[TW_HOST_MAX + 1], uint16_t *ret_port);
/*
 * The coin of the daemons that speak a dialect; NULL: it has no links, as its P2P protocol is not
 * known, or the id of its network is neither known nor configured. Static.
 */
const struct tw_p2p_coin *tw_conf_p2p_coin(const struct tw_config *config, enum tw_dialect dialect);
/* The id of the network: the configured one, or that of the coin's main network. */
void tw_conf_p2p_network_id(const struct tw_config *config, const struct tw_p2p_coin *coin,
	uint8_t ret_id[TW_P2P_COIN_NETWORK_ID]);
/* Takes the next address from a list with blanks between them. 1, 0: there are no more, -EINVAL. */
int tw_conf_p2p_next_seed(const char **text, struct tw_p2p_address *ret_seed);
/* Reads 32 hex digits. 0 or -EINVAL. */
int tw_conf_p2p_parse_id(const char *text, uint8_t ret_id[TW_P2P_COIN_NETWORK_ID]);

#endif
