/* monerod 0.18: what it answers to get_info and get_height. See simrpc_monero.c for the rest. */
#include "sim/rpc/call.h"
#include <inttypes.h>
#include <stdio.h>

enum { BLOCK_TIME_S = 120 };

void tw_sim_monero_put_wide(struct tw_sim_call *call, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)value);
	tw_emit_put_text(call->json, key, text);
}

int64_t tw_sim_monero_work(const struct tw_sim_call *call, int64_t height)
{
	int64_t work;

	if (__builtin_mul_overflow(height + 1, call->net->params.chain.difficulty, &work))
		return INT64_MAX;
	return work;
}

void tw_sim_monero_info_put(struct tw_sim_call *call)
{
	struct tw_emit *json = call->json;
	struct tw_sim_chain_block top;
	int64_t count = call->view.tip + 1;
	int64_t difficulty = call->net->params.chain.difficulty;
	int64_t wall_us = call->net->params.chain.wall_start_us;

	tw_sim_call_block(call, call->view.tip, &top);
	tw_emit_open_map(json);
	tw_emit_put_int(json, "adjusted_time", (wall_us + call->net->now_us) / TW_SEC);
	tw_emit_put_int(json, "alt_blocks_count", 0);
	tw_emit_put_int(json, "block_size_limit", 600000);
	tw_emit_put_int(json, "block_size_median", 300000);
	tw_emit_put_int(json, "block_weight_limit", 600000);
	tw_emit_put_int(json, "block_weight_median", 300000);
	tw_emit_put_text(json, "bootstrap_daemon_address", "");
	tw_emit_put_bool(json, "busy_syncing", !call->view.has_synced);
	tw_emit_put_int(json, "credits", 0);
	tw_emit_put_int(json, "cumulative_difficulty", tw_sim_monero_work(call, call->view.tip));
	tw_emit_put_int(json, "cumulative_difficulty_top64", 0);
	tw_emit_put_int(json, "database_size", 180224);
	tw_emit_put_int(json, "difficulty", difficulty);
	tw_emit_put_int(json, "difficulty_top64", 0);
	tw_emit_put_int(json, "free_space", INT64_C(84934709248));
	tw_emit_put_int(json, "grey_peerlist_size", 0);
	tw_emit_put_int(json, "height", count);
	tw_emit_put_int(json, "height_without_bootstrap", count);
	tw_emit_put_int(json, "incoming_connections_count", call->view.peers_in);
	tw_emit_put_bool(json, "mainnet", false);
	tw_emit_put_text(json, "nettype", "fakechain");
	tw_emit_put_bool(json, "offline", false);
	tw_emit_put_int(json, "outgoing_connections_count", call->view.peers_out);
	tw_emit_put_bool(json, "restricted", false);
	tw_emit_put_int(json, "rpc_connections_count", 1);
	tw_emit_put_bool(json, "stagenet", false);
	tw_emit_put_int(json, "start_time", (wall_us + call->node->started_us) / TW_SEC);
	tw_emit_put_text(json, "status", "OK");
	tw_emit_put_bool(json, "synchronized", call->view.has_synced);
	tw_emit_put_int(json, "target", BLOCK_TIME_S);
	/* 0 once synchronised; else what the peers claim. */
	tw_emit_put_int(json, "target_height",
		call->view.network_height > count ? call->view.network_height : 0);
	tw_emit_put_bool(json, "testnet", false);
	tw_emit_put_hash(json, "top_block_hash", &top.hash);
	tw_emit_put_text(json, "top_hash", "");
	tw_emit_put_int(json, "tx_count", 0);
	tw_emit_put_int(json, "tx_pool_size", 0);
	tw_emit_put_bool(json, "untrusted", false);
	tw_emit_put_bool(json, "update_available", false);
	tw_emit_put_text(json, "version", call->version->claimed);
	tw_emit_put_bool(json, "was_bootstrap_ever_used", false);
	tw_emit_put_int(json, "white_peerlist_size", 0);
	tw_sim_monero_put_wide(
		call, "wide_cumulative_difficulty", tw_sim_monero_work(call, call->view.tip));
	tw_sim_monero_put_wide(call, "wide_difficulty", difficulty);
	tw_emit_close_map(json);
}

void tw_sim_monero_put_height(struct tw_sim_call *call)
{
	struct tw_sim_chain_block top;

	tw_sim_call_block(call, call->view.tip, &top);
	tw_emit_open_map(call->json);
	tw_emit_put_hash(call->json, "hash", &top.hash);
	tw_emit_put_int(call->json, "height", call->view.tip + 1);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_put_bool(call->json, "untrusted", false);
	tw_emit_close_map(call->json);
}
