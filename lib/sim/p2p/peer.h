/*
 * A simulated node's end of one P2P connection: bytes in, bytes out. It answers handshakes and
 * timed syncs as the daemons do, pushes new blocks, and does what the node's P2P fault says. The
 * caller has the connection.
 */
#ifndef TW_SIM_P2P_PEER_H
#define TW_SIM_P2P_PEER_H

#include "p2p/parser.h"
#include "sim/net/net.h"

enum { TW_SIM_P2P_OUT_MAX = 1 << 20 }; /* for the buffer that takes what is to be sent */

struct tw_sim_p2p_peer {
	struct tw_sim_net *net;
	uint32_t index;
	const struct tw_p2p_coin *coin;
	struct tw_p2p_parser parser;
	bool is_greeted; /* the handshake was answered: it counts as a peer, and hears of blocks */
	bool is_mute;    /* it stopped in the middle of a frame */
};

void tw_sim_p2p_peer_init(struct tw_sim_p2p_peer *ret_peer, struct tw_sim_net *net, uint32_t index);
/* Takes bytes and appends the answers. False: the node closes the connection once out is sent. */
bool tw_sim_p2p_peer_read(
	struct tw_sim_p2p_peer *peer, const uint8_t *data, size_t len, struct tw_buf *out);
/* The node has a new tip: appends the push. */
void tw_sim_p2p_peer_push(struct tw_sim_p2p_peer *peer, struct tw_buf *out);
/* Whether it goes on by itself: with TW_SIM_P2P_FLOOD. Then appends the next piece. */
bool tw_sim_p2p_peer_flood(struct tw_sim_p2p_peer *peer, struct tw_buf *out);

#endif
