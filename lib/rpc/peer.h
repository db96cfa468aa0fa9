/* What is remembered of one daemon between two checks of it. */
#ifndef TW_RPC_PEER_H
#define TW_RPC_PEER_H

#include "core/types.h"
#include "rpc/dialect.h"

enum { TW_RPC_VERSION_MAX = 31 };

/* By what a daemon showed that the chain in its memory is corrupt. */
enum tw_rpc_wreck { TW_RPC_WRECK_NONE, TW_RPC_WRECK_BY_INFO, TW_RPC_WRECK_BY_TEMPLATE };

/* Belongs to the caller that runs the checks. */
struct tw_rpc_peer {
	enum tw_dialect configured;
	enum tw_dialect dialect;      /* TW_DIALECT_AUTO: not detected yet */
	bool has_old_info_path;       /* the dialect's old_info_request is the right one */
	uint32_t rejected;            /* dialects whose methods it does not have, by 1 << dialect */
	bool has_shown_counting;      /* whether counts_from_1 is known */
	bool counts_from_1;           /* the heights in requests */
	bool has_shown_layout;        /* whether layout is known */
	enum tw_blob_layout layout;   /* of its templates */
	bool has_asked_genesis;       /* it was asked for its block 0 */
	struct tw_network_id network; /* as far as it was learned */
	enum tw_rpc_wreck wreck;      /* what showed it in the last check: asked again */
	char version[TW_RPC_VERSION_MAX + 1]; /* as the daemon says; "": unknown */
	const char *wallet_address;           /* borrowed; "" or NULL: no template checks */
	uint32_t reserve_size;
};

/* wallet_address is borrowed for as long as the peer is used. */
void tw_rpc_peer_init(struct tw_rpc_peer *ret_peer, enum tw_dialect dialect,
	const char *wallet_address, uint32_t reserve_size);
/* Whether templates can be checked: there is an address to ask for them with. */
bool tw_rpc_peer_has_address(const struct tw_rpc_peer *peer);
/*
 * Forgets what was detected, because a daemon that was away may come back as another version.
 * Checks do so themselves after a reply that makes no sense or a connection that broke, and detect
 * again at once where a remembered dialect no longer fits. A check under way is not disturbed.
 */
void tw_rpc_peer_forget(struct tw_rpc_peer *peer);

#endif
