/*
 * What differs between the P2P protocols of the coins, as rows. The numbers of commands are those
 * of one coin: 2008 is a new block of monero, and in TurtleCoin a request for the transaction pool.
 */
#ifndef TW_P2P_COIN_H
#define TW_P2P_COIN_H

#include "rpc/dialect.h"

enum {
	TW_P2P_COIN_NETWORK_ID = 16, /* bytes */
	TW_P2P_COIN_PUSHES = 2,
};

/* Commands that the coins have in common. */
enum {
	TW_P2P_COIN_HANDSHAKE = 1001,
	TW_P2P_COIN_TIMED_SYNC = 1002,
	TW_P2P_COIN_SUPPORT_FLAGS = 1007,
};

struct tw_p2p_coin {
	uint16_t port; /* where its daemons usually listen; 0: neither that nor the id is known */
	uint8_t network_id[TW_P2P_COIN_NETWORK_ID]; /* of the main network */
	uint32_t pushes[TW_P2P_COIN_PUSHES];        /* the commands that bring a new block */
	const char *peer_list;                      /* the name of the peer list in answers */
	const char *const *seeds; /* IP:PORT of nodes of the main network, and NULL */
	/*
	 * TurtleCoin: node_data has the version of the protocol and the time, and a daemon drops
	 * whoever has too old a version. Monero has support flags, difficulties and hard forks
	 * instead.
	 */
	bool has_version;
};

/* The coin of the daemons that speak a dialect; NULL: not known. Static. */
const struct tw_p2p_coin *tw_p2p_coin_of(enum tw_dialect dialect);
bool tw_p2p_coin_is_push(const struct tw_p2p_coin *coin, uint32_t command);
/*
 * The version of the protocol that a daemon speaks, by the version that it says by RPC ("0.28.3";
 * "" where it says none). A higher one than its own only makes it complain in its log; a lower one
 * may be dropped. 0 where the coin has none.
 */
uint8_t tw_p2p_coin_version(const struct tw_p2p_coin *coin, const char *daemon_version);

#endif
