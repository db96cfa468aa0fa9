/* See call.h. */
#include "sim/rpc/call.h"
#include "base/num.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { REWARD = 2980232 }; /* of the first block, in the smallest unit */

void tw_sim_call_status(
	struct tw_sim_call *call, int status, const char *reason, const char *content_type)
{
	call->reply->status = status;
	call->reply->reason = reason;
	call->reply->content_type = content_type;
}

size_t tw_sim_call_path_len(const struct tw_sim_call *call)
{
	return strcspn(call->request->target, "?#");
}

bool tw_sim_call_is(const struct tw_sim_call *call, const char *method, const char *path)
{
	size_t len = tw_sim_call_path_len(call);

	return strcmp(call->request->method, method) == 0 && strlen(path) == len &&
	       strncmp(call->request->target, path, len) == 0;
}

void tw_sim_call_put_id(struct tw_sim_call *call)
{
	const struct tw_json_node *id = tw_json_member(call->root, "id");
	int64_t number;

	if (tw_json_str(id) != NULL)
		tw_emit_put_text(call->json, "id", tw_json_str(id));
	else if (tw_json_get_int(id, "", INT64_MIN, INT64_MAX, &number) == 0)
		tw_emit_put_int(call->json, "id", number);
}

void tw_sim_call_put_upgrades(struct tw_sim_call *call, const char *key)
{
	tw_emit_key(call->json, key);
	tw_emit_open_array(call->json);
	for (const int64_t *height = call->version->upgrade_heights; *height != 0; height++)
		tw_emit_int(call->json, *height);
	tw_emit_close_array(call->json);
}

void tw_sim_call_put_height(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_int(call->json, "height", tw_sim_call_count(call));
	tw_emit_put_int(call->json, "network_height", call->view.network_height);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
}

void tw_sim_call_put_fee(struct tw_sim_call *call)
{
	tw_emit_open_map(call->json);
	tw_emit_put_text(call->json, "address", "");
	tw_emit_put_int(call->json, "amount", 0);
	tw_emit_put_text(call->json, "status", "OK");
	tw_emit_close_map(call->json);
}

int64_t tw_sim_call_count(const struct tw_sim_call *call)
{
	return call->view.tip + 1 + (call->node->wreck == TW_SIM_WRECK_HEIGHT ? 2 : 0);
}

int64_t tw_sim_call_last_known(const struct tw_sim_call *call)
{
	int64_t known = call->view.network_height - 1 - call->view.tip % 3;

	return tw_max(known, 0);
}

void tw_sim_call_block(
	const struct tw_sim_call *call, int64_t height, struct tw_sim_chain_block *ret_block)
{
	tw_sim_chain_block_at(call->net->chain, call->node->branch, height, ret_block);
}

int64_t tw_sim_call_find(const struct tw_sim_call *call, const struct tw_hash *hash)
{
	return tw_sim_chain_find(call->net->chain, call->node->branch, call->view.tip, hash);
}

int64_t tw_sim_call_find_asked(const struct tw_sim_call *call, const struct tw_json_node *params,
	char message[TW_SIM_CALL_MESSAGE_MAX])
{
	const char *text = tw_json_str(tw_json_member(params, "hash"));
	struct tw_hash hash;
	int64_t height;

	if (text == NULL)
		text = "";
	if (tw_hash_parse(text, strlen(text), &hash) < 0) {
		snprintf(message, TW_SIM_CALL_MESSAGE_MAX,
			"Failed to parse hex representation of block hash. Hex = %.400s.", text);
		return -1;
	}
	height = tw_sim_call_find(call, &hash);
	if (height >= 0)
		return height;
	snprintf(message, TW_SIM_CALL_MESSAGE_MAX,
		"Internal error: can't get block by hash. Hash = %s.", text);
	return -5;
}

int64_t tw_sim_call_reward(int64_t height)
{
	return REWARD - height / 10;
}

void tw_sim_call_template(struct tw_sim_call *call, enum tw_blob_layout layout,
	int64_t reserve_size, struct tw_sim_template_reply *ret_template)
{
	bool is_wrecked = call->node->wreck != TW_SIM_WRECK_NONE;
	struct tw_sim_template_reply reply = { .height = call->view.tip + (is_wrecked ? 2 : 1) };
	struct tw_sim_blob_template template = { .layout = layout, .height = reply.height };
	struct tw_sim_chain_block tip;

	tw_sim_call_block(call, call->view.tip, &tip);
	reply.prev_hash = call->node->is_template_stale ? tip.prev_hash : tip.hash;
	reply.reward = tw_sim_call_reward(reply.height);
	template.is_monero = call->version->dialect == TW_DIALECT_MONERO;
	template.major_version = call->version->block_version != 0
					 ? call->version->block_version
					 : tw_sim_blob_turtlecoin_version(reply.height);
	template.minor_version = template.is_monero ? template.major_version : 0;
	template.timestamp_s =
		(tw_sim_chain_params(call->net->chain)->wall_start_us + call->net->now_us) / TW_SEC;
	template.prev_hash = reply.prev_hash;
	template.reward = reply.reward;
	template.reserve_size = (size_t)reserve_size;
	tw_buf_init(&reply.blob, TW_SIM_RPC_REPLY_MAX);
	tw_buf_init(&reply.hashing, TW_SIM_RPC_REPLY_MAX);
	tw_sim_blob_make(call->net->chain, &template, &reply.blob, &reply.reserved_offset);
	tw_sim_blob_make_hashing(call->net->chain, &template, &reply.hashing);
	*ret_template = reply;
}

void tw_sim_call_template_finish(struct tw_sim_template_reply *template)
{
	tw_buf_finish(&template->blob);
	tw_buf_finish(&template->hashing);
}

bool tw_sim_call_is_address(const char *address)
{
	static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	size_t len = strlen(address);

	return strspn(address, base58) == len &&
	       (len == 95 || len == 99 || len == 106 || len == 187);
}

/* Whether this is the block at height of the node's chain, which was submitted to another node. */
static bool is_known_block(
	const struct tw_sim_call *call, int64_t height, const char *hex, size_t len)
{
	const struct tw_sim_net *net = call->net;
	int32_t miner;

	if (height > tw_sim_chain_tip(net->chain, call->node->branch))
		return false;
	miner = tw_sim_chain_miner_of(net->chain, call->node->branch, height);
	return miner >= 0 && tw_sim_node_has_blob(&net->nodes[miner], hex, len);
}

/* Gives the node a block that is on its chain already. */
static enum tw_sim_submit_result give(struct tw_sim_call *call, int64_t height)
{
	bool is_wrecked = tw_sim_node_give(call->node, call->net->chain, height, call->net->now_us);

	if (is_wrecked)
		tw_sim_node_wreck(call->node,
			tw_sim_net_draw(call->net, 1) == 0 ? TW_SIM_WRECK_WORDS
							   : TW_SIM_WRECK_HEIGHT,
			call->view.tip);
	return height <= call->view.tip ? TW_SIM_SUBMIT_DUPLICATE : TW_SIM_SUBMIT_ACCEPTED;
}

/* The node's chain grows by the block. */
static enum tw_sim_submit_result extend(
	struct tw_sim_call *call, enum tw_blob_layout layout, const char *hex, size_t len)
{
	struct tw_blob_header header;
	uint32_t branch = call->node->branch;

	if (tw_sim_net_mine(call->net, branch, 1, (int32_t)call->index) < 0)
		return TW_SIM_SUBMIT_REFUSED;
	if (tw_blob_read(hex, len, layout, &header) == 0)
		tw_sim_chain_set_header(
			call->net->chain, branch, (int64_t)header.timestamp_s, header.nonce);
	return TW_SIM_SUBMIT_ACCEPTED;
}

/* What becomes of a block that builds on the node's own block below height. */
static enum tw_sim_submit_result take(struct tw_sim_call *call, enum tw_blob_layout layout,
	int64_t height, const char *hex, size_t len)
{
	if (tw_sim_node_has_blob(call->node, hex, len))
		return TW_SIM_SUBMIT_DUPLICATE;
	if (is_known_block(call, height, hex, len))
		return give(call, height);
	if (height == tw_sim_chain_tip(call->net->chain, call->node->branch) + 1)
		return extend(call, layout, hex, len);
	return TW_SIM_SUBMIT_STALE;
}

int tw_sim_call_submit(struct tw_sim_call *call, enum tw_blob_layout layout, const char *hex,
	size_t len, struct tw_hash *ret_hash)
{
	struct tw_sim_submit submit = {
		.t_us = call->net->now_us,
		.result = TW_SIM_SUBMIT_REFUSED,
		.height = TW_UNKNOWN,
	};
	uint32_t branch = call->node->branch;
	struct tw_sim_chain_block block;
	int64_t height = -1;

	if (tw_blob_prev_hash(hex, len, layout, &submit.prev_hash) == 0 &&
		call->node->wreck == TW_SIM_WRECK_NONE)
		height = tw_sim_call_find(call, &submit.prev_hash);
	if (height >= 0) {
		submit.height = height + 1;
		submit.result = take(call, layout, submit.height, hex, len);
	}
	if (submit.result == TW_SIM_SUBMIT_ACCEPTED) {
		tw_sim_chain_block_at(call->net->chain, branch, submit.height, &block);
		*ret_hash = block.hash;
	}
	if (tw_sim_node_remember(call->node, &submit, hex, len) < 0)
		call->reply->body.error = -ENOMEM;
	return (int)submit.result;
}
