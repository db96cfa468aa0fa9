/*
 * Whole frames, as they are sent: by tipwatch to a daemon, and by the simulated daemons to
 * tipwatch. tipwatch claims nothing: it says the daemon's own tip, no port, no peers, and never
 * sends a block.
 */
#ifndef TW_P2P_MESSAGE_H
#define TW_P2P_MESSAGE_H

#include "base/buf.h"
#include "core/types.h"
#include "p2p/address.h"
#include "p2p/coin.h"
#include "p2p/frame.h"

enum { TW_P2P_MESSAGE_PEERS_MAX = 250 }; /* in a peer list */

/* Who says it: the node_data of a handshake. */
struct tw_p2p_message_self {
	uint8_t network_id[TW_P2P_COIN_NETWORK_ID];
	uint64_t peer_id; /* not 0 */
	uint8_t version;  /* where the coin has one */
	int64_t wall_s;   /* likewise: the time */
};

/* The payload_data of a handshake and of a timed sync. */
struct tw_p2p_message_tip {
	struct tw_point point; /* the top block; height >= 0 */
	uint8_t top_version;   /* of monero: the block's major version */
};

/* kind is REQUEST or RESPONSE. */
void tw_p2p_message_put_handshake(struct tw_buf *out, const struct tw_p2p_coin *coin,
	enum tw_p2p_frame_kind kind, const struct tw_p2p_message_self *self,
	const struct tw_p2p_message_tip *tip);
/* The answer of a daemon, with a peer list of at most TW_P2P_MESSAGE_PEERS_MAX. Of the simulated
 * daemons only. */
void tw_p2p_message_put_welcome(struct tw_buf *out, const struct tw_p2p_coin *coin,
	const struct tw_p2p_message_self *self, const struct tw_p2p_message_tip *tip,
	const struct tw_p2p_address *peers, uint32_t n_peers);
void tw_p2p_message_put_timed_sync(struct tw_buf *out, const struct tw_p2p_coin *coin,
	enum tw_p2p_frame_kind kind, const struct tw_p2p_message_tip *tip);
/* The answer to the question of monerod: fluffy blocks, whose pushes are small. */
void tw_p2p_message_put_support_flags(struct tw_buf *out);
/*
 * A new block, as daemons push it. blob is what stands for the block. Of the simulated daemons
 * only: tipwatch never sends one.
 */
void tw_p2p_message_put_push(struct tw_buf *out, const struct tw_p2p_coin *coin, int64_t height,
	const void *blob, size_t len);

#endif
