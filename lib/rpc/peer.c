/* See peer.h. */
#include "rpc/peer.h"

void tw_rpc_peer_init(struct tw_rpc_peer *ret_peer, enum tw_dialect dialect,
	const char *wallet_address, uint32_t reserve_size)
{
	*ret_peer = (struct tw_rpc_peer){
		.configured = dialect,
		.wallet_address = wallet_address,
		.reserve_size = reserve_size,
	};
	tw_rpc_peer_forget(ret_peer);
}

bool tw_rpc_peer_has_address(const struct tw_rpc_peer *peer)
{
	return peer->wallet_address != NULL && peer->wallet_address[0] != '\0';
}

void tw_rpc_peer_forget(struct tw_rpc_peer *peer)
{
	peer->dialect = peer->configured;
	peer->has_old_info_path = false;
	peer->rejected = 0;
	peer->has_shown_counting = false;
	peer->counts_from_1 = false;
	peer->has_shown_layout = false;
	peer->has_asked_genesis = false;
	peer->network = (struct tw_network_id){ 0 };
	peer->wreck = TW_RPC_WRECK_NONE;
	peer->version[0] = '\0';
}
