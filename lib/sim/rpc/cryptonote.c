/* See cryptonote.h. JSON-RPC is the same as that of the old TurtleCoinds. */
#include "sim/rpc/cryptonote.h"
#include "sim/rpc/turtlecoin_old.h"
#include <string.h>

static void put_zano(struct tw_sim_call *call)
{
	struct tw_emit *json = call->json;

	tw_emit_put_int(json, "alias_count", 0);
	tw_emit_put_int(json, "alt_blocks_count", 0);
	/* 0 is connecting, 1 synchronizing, 2 online. */
	tw_emit_put_int(json, "daemon_network_state",
		call->view.peers_out == 0 ? 0
		: !call->view.has_synced  ? 1
					  : 2);
	tw_emit_put_int(json, "default_fee", INT64_C(10000000000));
	tw_emit_put_int(json, "grey_peerlist_size", 0);
	tw_emit_put_int(json, "height", call->view.tip + 1);
	tw_emit_put_int(json, "incoming_connections_count", call->view.peers_in);
	tw_emit_put_int(json, "max_net_seen_height", call->view.network_height);
	tw_emit_put_int(json, "outgoing_connections_count", call->view.peers_out);
	tw_emit_put_bool(json, "pos_allowed", true);
	tw_emit_put_int(json, "pow_difficulty", call->net->params.chain.difficulty);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_put_int(json, "synchronized_connections_count", call->view.peers_out);
	tw_emit_put_int(json, "tx_count", 0);
	tw_emit_put_int(json, "tx_pool_size", 0);
	tw_emit_put_int(json, "white_peerlist_size", 0);
}

/* Conceal says more than Bytecoin does. */
static void put_classic(struct tw_sim_call *call, bool is_conceal)
{
	struct tw_emit *json = call->json;
	struct tw_sim_chain_block tip;

	tw_sim_call_block(call, call->view.tip, &tip);
	tw_emit_put_int(json, "alt_blocks_count", 0);
	if (is_conceal)
		tw_emit_put_int(json, "block_major_version", call->version->block_version);
	tw_emit_put_int(json, "difficulty", call->net->params.chain.difficulty);
	tw_emit_put_int(json, "grey_peerlist_size", 0);
	tw_emit_put_int(json, "height", call->view.tip + 1);
	tw_emit_put_int(json, "incoming_connections_count", call->view.peers_in);
	if (is_conceal)
		tw_emit_put_int(json, "last_block_timestamp", tip.timestamp_s);
	tw_emit_put_int(json, "last_known_block_index", tw_sim_call_last_known(call));
	tw_emit_put_int(json, "outgoing_connections_count", call->view.peers_out);
	tw_emit_put_text(json, "status", "OK");
	if (is_conceal)
		tw_emit_put_hash(json, "top_block_hash", &tip.hash);
	tw_emit_put_int(json, "tx_count", 0);
	tw_emit_put_int(json, "tx_pool_size", 0);
	if (is_conceal)
		tw_emit_put_text(json, "version", call->version->claimed);
	tw_emit_put_int(json, "white_peerlist_size", 0);
}

static void put_info(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	if (call->version->dialect == TW_DIALECT_ZANO)
		put_zano(call);
	else
		put_classic(call, call->version->claimed[0] != '\0');
	tw_emit_close_map(call->json);
}

void tw_sim_cryptonote_answer(struct tw_sim_call *call)
{
	if (strcmp(call->request->target, "/getinfo") == 0)
		put_info(call);
	else
		tw_sim_turtlecoin_old_answer(call);
}
