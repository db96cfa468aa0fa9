/* See net.h. */
#include "sim/net/net.h"
#include "base/num.h"
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The most blocks that are found at once, after the machine was suspended. */
enum { CATCH_UP_MAX = 1000 };

/* xorshift64*: good enough for the times of blocks, and equal on every machine. */
static uint64_t draw(struct tw_sim_net *net)
{
	net->random ^= net->random >> 12;
	net->random ^= net->random << 25;
	net->random ^= net->random >> 27;
	return net->random * UINT64_C(0x2545f4914f6cdd1d);
}

/* Uniform in (0, 1]. */
static double draw_fraction(struct tw_sim_net *net)
{
	return (double)((draw(net) >> 11) + 1) * 0x1p-53;
}

int64_t tw_sim_net_draw(struct tw_sim_net *net, int64_t max)
{
	return (int64_t)(draw(net) % ((uint64_t)max + 1));
}

static int64_t draw_wait(struct tw_sim_net *net)
{
	double mean_us = (double)net->params.block_time_us;

	if (net->params.is_fixed)
		return net->params.block_time_us;
	return 1 + (int64_t)(-log(draw_fraction(net)) * mean_us);
}

int tw_sim_net_init(
	struct tw_sim_net *ret_net, const struct tw_sim_net_params *params, uint32_t n_max)
{
	struct tw_sim_net net = { .params = *params, .next_block_us = TW_NEVER };
	int r;

	r = tw_sim_chain_create(&params->chain, &net.chain);
	if (r < 0)
		return r;
	net.nodes = calloc(n_max, sizeof(*net.nodes));
	net.forks = calloc(n_max + 1, sizeof(*net.forks));
	if (net.nodes == NULL || net.forks == NULL) {
		tw_sim_net_finish(&net);
		return -ENOMEM;
	}
	net.random = params->chain.seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	tw_sim_net_set_block_time(&net, params->block_time_us, params->is_fixed);
	*ret_net = net;
	return 0;
}

void tw_sim_net_finish(struct tw_sim_net *net)
{
	for (uint32_t i = 0; i < net->n_nodes; i++)
		tw_sim_node_finish(&net->nodes[i]);
	free(net->nodes);
	free(net->forks);
	tw_sim_chain_destroy(net->chain);
	*net = (struct tw_sim_net){ 0 };
}

struct tw_sim_node *tw_sim_net_add(
	struct tw_sim_net *net, const char *name, const struct tw_sim_version *version)
{
	struct tw_sim_node *node = &net->nodes[net->n_nodes++];

	tw_sim_node_init(node, name, version);
	return node;
}

int32_t tw_sim_net_find(const struct tw_sim_net *net, const char *name, size_t len)
{
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		if (strlen(net->nodes[i].name) == len &&
			strncmp(net->nodes[i].name, name, len) == 0)
			return (int32_t)i;
	}
	return TW_NODE_NONE;
}

void tw_sim_net_set_block_time(struct tw_sim_net *net, int64_t block_time_us, bool is_fixed)
{
	net->params.block_time_us = block_time_us;
	net->params.is_fixed = is_fixed;
	net->next_block_us = block_time_us == 0 ? TW_NEVER : net->now_us + draw_wait(net);
}

void tw_sim_net_view(struct tw_sim_net *net, uint32_t node, struct tw_sim_view *ret_view)
{
	tw_sim_node_observe(&net->nodes[node], (int32_t)node, net->chain, net->now_us, ret_view);
}

/* All nodes of one branch go to another. */
static void move_all(struct tw_sim_net *net, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		if (net->nodes[i].branch == from)
			tw_sim_node_move(&net->nodes[i], to);
	}
}

static void remove_fork(struct tw_sim_net *net, uint32_t index)
{
	net->forks[index] = net->forks[--net->n_forks];
}

static bool has_members(const struct tw_sim_net *net, uint32_t branch)
{
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		if (net->nodes[i].branch == branch)
			return true;
	}
	return false;
}

/* Removes forks that no node is on any more: no block is found on them. */
static void drop_empty_forks(struct tw_sim_net *net)
{
	for (uint32_t i = net->n_forks; i-- > 0;) {
		if (net->forks[i].branch == net->main || !has_members(net, net->forks[i].branch))
			remove_fork(net, i);
	}
}

void tw_sim_net_adopt(struct tw_sim_net *net, uint32_t branch)
{
	uint32_t old = net->main;

	if (branch == old)
		return;
	net->main = branch;
	move_all(net, old, branch);
	drop_empty_forks(net);
}

void tw_sim_net_move(struct tw_sim_net *net, uint32_t node, uint32_t branch)
{
	tw_sim_node_move(&net->nodes[node], branch);
	drop_empty_forks(net);
}

/* The nodes of a race know both sides: those on the shorter one go over to the longer one. */
static void settle_races(struct tw_sim_net *net)
{
	for (uint32_t i = net->n_forks; i-- > 0;) {
		uint32_t branch = net->forks[i].branch;
		int64_t tip = tw_sim_chain_tip(net->chain, branch);
		int64_t main_tip = tw_sim_chain_tip(net->chain, net->main);

		if (!net->forks[i].is_race || tip == main_tip)
			continue;
		if (tip > main_tip) {
			tw_sim_net_adopt(net, branch);
			settle_races(net);
			return;
		}
		move_all(net, branch, net->main);
		remove_fork(net, i);
	}
}

int tw_sim_net_mine(struct tw_sim_net *net, uint32_t branch, int64_t count, int32_t miner)
{
	int r = tw_sim_chain_grow(net->chain, branch, count, miner, net->now_us);

	if (r < 0)
		return r;
	settle_races(net);
	return 0;
}

static uint32_t draw_branch(struct tw_sim_net *net)
{
	double percent = draw_fraction(net) * 100;

	for (uint32_t i = 0; i < net->n_forks; i++) {
		percent -= net->forks[i].share;
		if (percent <= 0)
			return net->forks[i].branch;
	}
	return net->main;
}

int tw_sim_net_advance(struct tw_sim_net *net, int64_t now_us)
{
	int count = 0;

	while (net->next_block_us <= now_us) {
		int r;

		if (++count > CATCH_UP_MAX) {
			net->next_block_us = now_us + draw_wait(net);
			break;
		}
		net->now_us = net->next_block_us;
		net->next_block_us += draw_wait(net);
		r = tw_sim_net_mine(net, draw_branch(net), 1, TW_SIM_CHAIN_NO_MINER);
		if (r < 0)
			return r;
	}
	net->now_us = tw_max(net->now_us, now_us);
	return 0;
}

int64_t tw_sim_net_next_us(const struct tw_sim_net *net)
{
	int64_t next_us = net->next_block_us;

	for (uint32_t i = 0; i < net->n_nodes; i++) {
		int64_t until_us = net->nodes[i].down_until_us;

		if (until_us > net->now_us && until_us < next_us)
			next_us = until_us;
		/* Links hear of a block when it arrives. */
		if (net->nodes[i].n_links == 0)
			continue;
		until_us = tw_sim_node_next_us(&net->nodes[i], (int32_t)i, net->chain, net->now_us);
		next_us = tw_min(next_us, until_us);
	}
	return next_us;
}

static uint32_t count_members(const struct tw_sim_net *net, const bool *is_member)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < net->n_nodes; i++)
		n += is_member[i];
	return n;
}

/* Puts the marked nodes on a new branch above height of the parent. */
static int branch_off(struct tw_sim_net *net, const bool *is_member, uint32_t parent,
	int64_t height, int64_t length, uint32_t *ret_branch)
{
	uint32_t branch;
	int r;

	r = tw_sim_chain_fork(net->chain, parent, height, &branch);
	if (r < 0)
		return r;
	r = tw_sim_chain_grow(net->chain, branch, length, TW_SIM_CHAIN_NO_MINER, net->now_us);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		if (is_member[i])
			tw_sim_node_move(&net->nodes[i], branch);
	}
	drop_empty_forks(net);
	*ret_branch = branch;
	return 0;
}

int tw_sim_net_fork(struct tw_sim_net *net, const bool *is_member, int64_t depth, int64_t extra,
	int share, uint32_t *ret_branch)
{
	uint32_t parent = 0, members = count_members(net, is_member);
	int64_t top = TW_NEVER, height;
	bool is_first = true;
	int r;

	assert(members > 0);
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		struct tw_sim_view view;
		int64_t common;

		if (!is_member[i])
			continue;
		tw_sim_net_view(net, i, &view);
		if (is_first)
			parent = net->nodes[i].branch;
		common = tw_sim_chain_common(net->chain, parent, net->nodes[i].branch);
		top = tw_min(top, view.tip);
		top = tw_min(top, common);
		is_first = false;
	}
	height = top - depth;
	if (height < 0)
		return -ERANGE;
	r = branch_off(net, is_member, parent, height, depth + extra, ret_branch);
	if (r < 0)
		return r;
	if (members == net->n_nodes) {
		net->main = *ret_branch;
		net->n_forks = 0;
		return 0;
	}
	net->forks[net->n_forks++] = (struct tw_sim_fork){
		.branch = *ret_branch,
		.share = share >= 0 ? share : (int)(100 * members / net->n_nodes),
	};
	return 0;
}

int tw_sim_net_race(struct tw_sim_net *net, const bool *is_member, uint32_t *ret_branch)
{
	int64_t tip = tw_sim_chain_tip(net->chain, net->main);
	int r;

	/*
	 * The marked nodes' block comes first: if the main chain grew first, that would decide the
	 * race.
	 */
	r = branch_off(net, is_member, net->main, tip, 1, ret_branch);
	if (r < 0)
		return r;
	r = tw_sim_chain_grow(net->chain, net->main, 1, TW_SIM_CHAIN_NO_MINER, net->now_us);
	if (r < 0)
		return r;
	net->forks[net->n_forks++] = (struct tw_sim_fork){
		.branch = *ret_branch,
		.share = (int)(100 * count_members(net, is_member) / net->n_nodes),
		.is_race = true,
	};
	return 0;
}
