/* See node.h. */
#include "sim/net/node.h"
#include "base/num.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PEERS_IN = 4, DEFAULT_PEERS_OUT = 8 };

void tw_sim_node_heal(struct tw_sim_node *node)
{
	node->delay_us = node->usual_delay_us;
	node->lag = 0;
	node->frozen_at = TW_UNKNOWN;
	node->given = TW_UNKNOWN;
	node->wreck = TW_SIM_WRECK_NONE;
	node->network_height = 1;
	node->lie = TW_UNKNOWN;
	node->peers_in = DEFAULT_PEERS_IN;
	node->peers_out = DEFAULT_PEERS_OUT;
	node->settled_us = INT64_MIN;
	node->down_until_us = INT64_MIN;
	node->has_synced = true;
	node->p2p_fault = TW_SIM_P2P_OK;
	node->reach = TW_SIM_REACH_ANSWERS;
	node->slow_us = 0;
	node->template = TW_SIM_TEMPLATE_OK;
	node->is_template_stale = false;
	node->is_bootstrapping = false;
	node->is_restricted = false;
	node->user[0] = '\0';
	node->password[0] = '\0';
}

void tw_sim_node_init(
	struct tw_sim_node *ret_node, const char *name, const struct tw_sim_version *version)
{
	*ret_node = (struct tw_sim_node){ .version = version, .started_us = -TW_DAY };
	snprintf(ret_node->name, sizeof(ret_node->name), "%s", name);
	tw_sim_node_heal(ret_node);
}

void tw_sim_node_finish(struct tw_sim_node *node)
{
	for (size_t i = 0; i < TW_SIM_NODE_SUBMITS_MAX; i++)
		free(node->submits[i].blob);
}

void tw_sim_node_restart(
	struct tw_sim_node *node, int64_t now_us, int64_t down_us, int64_t settle_us)
{
	node->frozen_at = TW_UNKNOWN;
	node->wreck = TW_SIM_WRECK_NONE;
	node->network_height = 1;
	node->lie = TW_UNKNOWN;
	node->reach = TW_SIM_REACH_ANSWERS;
	node->slow_us = 0;
	node->template = TW_SIM_TEMPLATE_OK;
	node->is_template_stale = false;
	node->has_synced = false;
	node->down_until_us = now_us + down_us;
	node->started_us = now_us + down_us;
	node->settled_us = now_us + down_us + settle_us;
}

bool tw_sim_node_is_dead(const struct tw_sim_node *node, int64_t now_us)
{
	return node->reach == TW_SIM_REACH_DEAD || now_us < node->down_until_us;
}

void tw_sim_node_move(struct tw_sim_node *node, uint32_t branch)
{
	node->branch = branch;
	node->frozen_at = TW_UNKNOWN;
	node->given = TW_UNKNOWN;
}

bool tw_sim_node_can_be_wrecked(const struct tw_sim_node *node)
{
	return node->version->http == TW_SIM_HTTP_LIB;
}

void tw_sim_node_wreck(struct tw_sim_node *node, enum tw_sim_wreck wreck, int64_t tip)
{
	node->wreck = wreck;
	node->frozen_at = tip;
}

/* When a block of its branch reaches it from a peer; INT64_MIN: long ago. */
static int64_t arrival_of(
	const struct tw_sim_node *node, const struct tw_sim_chain *chain, int64_t height)
{
	int64_t mined_us = tw_sim_chain_mined_at(chain, node->branch, height);

	if (mined_us == INT64_MIN)
		return INT64_MIN;
	if (tw_sim_chain_miner_of(chain, node->branch, height) != TW_SIM_CHAIN_NO_MINER)
		mined_us += TW_SIM_NODE_RELAY_US;
	return mined_us + node->delay_us;
}

bool tw_sim_node_give(
	struct tw_sim_node *node, const struct tw_sim_chain *chain, int64_t height, int64_t now_us)
{
	int64_t arrival_us = arrival_of(node, chain, height);

	node->given = tw_max(node->given, height);
	return node->is_fragile && tw_sim_node_can_be_wrecked(node) &&
	       node->frozen_at == TW_UNKNOWN && arrival_us > now_us - TW_SIM_NODE_FRAGILE_US &&
	       arrival_us < now_us + TW_SIM_NODE_FRAGILE_US;
}

/* The newest block of the branch that has arrived. */
static int64_t find_tip(const struct tw_sim_node *node, int32_t self,
	const struct tw_sim_chain *chain, int64_t now_us)
{
	int64_t tip = tw_sim_chain_tip(chain, node->branch);

	if (node->frozen_at != TW_UNKNOWN && node->frozen_at < tip)
		return node->frozen_at;
	while (tip > 0 && tip > node->given && arrival_of(node, chain, tip) > now_us &&
		tw_sim_chain_miner_of(chain, node->branch, tip) != self)
		tip--;
	tip -= node->lag + (now_us < node->settled_us ? 1 : 0);
	return tw_max(tip, 0);
}

int64_t tw_sim_node_next_us(const struct tw_sim_node *node, int32_t self,
	const struct tw_sim_chain *chain, int64_t now_us)
{
	int64_t next_us = node->settled_us > now_us ? node->settled_us : TW_NEVER;
	int64_t tip = tw_sim_chain_tip(chain, node->branch);

	for (; node->frozen_at == TW_UNKNOWN && tip > 0 && tip > node->given; tip--) {
		int64_t arrival_us = arrival_of(node, chain, tip);

		if (arrival_us <= now_us || tw_sim_chain_miner_of(chain, node->branch, tip) == self)
			break;
		next_us = tw_min(next_us, arrival_us);
	}
	return next_us;
}

/*
 * The highest count that other nodes of the branch claim. They learn of the node's own blocks only
 * later.
 */
static int64_t find_claim(const struct tw_sim_node *node, int32_t self,
	const struct tw_sim_chain *chain, int64_t now_us)
{
	int64_t height = tw_sim_chain_tip(chain, node->branch);

	while (height > 0 && tw_sim_chain_miner_of(chain, node->branch, height) == self &&
		tw_sim_chain_mined_at(chain, node->branch, height) > now_us - TW_SIM_NODE_OWN_US)
		height--;
	return height + 1;
}

void tw_sim_node_observe(struct tw_sim_node *node, int32_t self, const struct tw_sim_chain *chain,
	int64_t now_us, struct tw_sim_view *ret_view)
{
	bool is_settled = now_us >= node->settled_us;
	struct tw_sim_view view = {
		.tip = find_tip(node, self, chain, now_us),
		.peers_in = is_settled ? node->peers_in : 0,
		.peers_out = is_settled ? node->peers_out : 0,
	};

	if (view.peers_in + view.peers_out > 0) {
		int64_t claim = find_claim(node, self, chain, now_us);

		node->network_height = tw_max(node->network_height, claim);
		if (view.tip + 1 >= node->network_height)
			node->has_synced = true;
	}
	view.peers_in += node->n_links;
	view.network_height = node->lie != TW_UNKNOWN ? node->lie : node->network_height;
	view.is_synced = view.tip + 1 == view.network_height;
	view.has_synced = node->has_synced;
	*ret_view = view;
}

static size_t cut_off(size_t len)
{
	return len > TW_SIM_NODE_BLOB_MAX ? TW_SIM_NODE_BLOB_MAX : len;
}

int tw_sim_node_remember(
	struct tw_sim_node *node, const struct tw_sim_submit *submit, const char *blob, size_t len)
{
	struct tw_sim_submit *slot = &node->submits[node->n_submits % TW_SIM_NODE_SUBMITS_MAX];
	char *copy = strndup(blob, cut_off(len));

	if (copy == NULL)
		return -ENOMEM;
	free(slot->blob);
	*slot = *submit;
	slot->blob = copy;
	node->n_submits++;
	return 0;
}

bool tw_sim_node_has_blob(const struct tw_sim_node *node, const char *blob, size_t len)
{
	for (size_t i = 0; i < TW_SIM_NODE_SUBMITS_MAX; i++) {
		const char *known = node->submits[i].blob;

		if (known != NULL && node->submits[i].result == TW_SIM_SUBMIT_ACCEPTED &&
			strlen(known) == cut_off(len) && strncmp(known, blob, cut_off(len)) == 0)
			return true;
	}
	return false;
}
