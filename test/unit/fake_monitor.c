/* See fake_monitor.h. */
#include "fake_monitor.h"
#include "base/time.h"
#include "core/explain.h"
#include <stdio.h>
#include <string.h>

const struct tw_decision *tw_monitor_decision(const struct tw_monitor *monitor)
{
	return &monitor->decision;
}

uint64_t tw_monitor_seq(const struct tw_monitor *monitor)
{
	return monitor->seq;
}

void tw_monitor_view_node(
	const struct tw_monitor *monitor, int32_t node, struct tw_node_view *ret_view)
{
	*ret_view = monitor->views[node];
}

uint32_t tw_monitor_n_branches(const struct tw_monitor *monitor)
{
	return monitor->n_branches;
}

void tw_monitor_branch(const struct tw_monitor *monitor, uint32_t i, struct tw_branch *ret_branch)
{
	*ret_branch = monitor->branches[i];
}

uint64_t tw_monitor_n_switches(const struct tw_monitor *monitor)
{
	return monitor->n_switches;
}

const struct tw_switch *tw_monitor_switch(const struct tw_monitor *monitor, uint32_t i)
{
	return i < monitor->n_switches && i < TW_SWITCHES_MAX ? &monitor->switches[i] : NULL;
}

int64_t tw_monitor_tip_since(const struct tw_monitor *monitor)
{
	return monitor->tip_since_us;
}

int64_t tw_monitor_to_now(const struct tw_monitor *monitor, int64_t core_us)
{
	return core_us + monitor->gap_us;
}

uint32_t tw_monitor_targets(const struct tw_monitor *monitor, int32_t *ret_nodes)
{
	for (uint32_t i = 0; i < monitor->n_targets; i++)
		ret_nodes[i] = monitor->targets[i];
	return monitor->n_targets;
}

void tw_explain_choice(const struct tw_monitor *monitor, struct tw_buf *out)
{
	(void)tw_buf_puts(out, monitor->choice_text);
}

void tw_explain_verdict(const struct tw_monitor *monitor, int32_t node, struct tw_buf *out)
{
	(void)tw_buf_puts(out, monitor->verdict_text[node]);
}

const char *tw_explain_mode(enum tw_mode mode)
{
	return mode == TW_MODE_CONSENSUS ? "A majority agrees." : "No majority agrees.";
}

struct tw_hash fake_hash(uint8_t byte)
{
	struct tw_hash hash;

	memset(hash.bytes, byte, sizeof(hash.bytes));
	return hash;
}

static void set_node(struct tw_node_conf *node, const char *name, const char *url, const char *host,
	uint16_t port)
{
	*node = (struct tw_node_conf){ .url.port = port };
	(void)snprintf(node->policy.name, sizeof(node->policy.name), "%s", name);
	(void)snprintf(node->url.text, sizeof(node->url.text), "%s", url);
	(void)snprintf(node->url.host, sizeof(node->url.host), "%s", host);
}

static void blank_view(struct fake *fake, int32_t i)
{
	struct tw_chain *chain = &fake->monitor.chains[i];

	tw_chain_init(chain);
	fake->monitor.verdict_text[i] = "not checked yet";
	fake->monitor.views[i] = (struct tw_node_view){
		.verdict = { TW_STATE_UNKNOWN, TW_REASON_UNCHECKED },
		.since_us = 100 * TW_SEC,
		.chain = chain,
		.lag = TW_UNKNOWN,
		.fork_height = TW_UNKNOWN,
		.fork_depth = TW_UNKNOWN,
		.network_height_claim = TW_UNKNOWN,
		.synced_claim = -1,
		.peers_in = TW_UNKNOWN,
		.peers_out = TW_UNKNOWN,
		.latency_us = TW_UNKNOWN,
		.latency_p99_us = TW_UNKNOWN,
		.tip_delay_us = TW_UNKNOWN,
		.template = TW_TEMPLATE_UNCHECKED,
		.last_check_us = TW_UNKNOWN,
		.last_ok_us = TW_UNKNOWN,
		.detail = "",
	};
}

void fake_init_blank(struct fake *fake)
{
	*fake = (struct fake){ 0 };
	set_node(&fake->nodes[0], "alpha", "http://127.0.0.1:11898", "127.0.0.1", 11898);
	set_node(&fake->nodes[1], "beta", "https://[::1]:11500", "::1", 11500);
	set_node(&fake->nodes[2], "seed", "https://node.example", "node.example", 443);
	fake->nodes[0].policy.is_primary = true;
	fake->nodes[0].dialect = TW_DIALECT_AUTO;
	fake->nodes[1].url.is_tls = true;
	fake->nodes[1].policy.priority = -10;
	fake->nodes[1].dialect = TW_DIALECT_AUTO;
	fake->nodes[2].url.is_tls = true;
	fake->nodes[2].policy.role = TW_ROLE_REFERENCE;
	fake->nodes[2].dialect = TW_DIALECT_TURTLECOIN_REST;
	fake->config.n_nodes = FAKE_NODES;
	fake->config.after_accept_us = 500 * TW_MS;
	fake->config.after_silence_us = 1500 * TW_MS;
	fake->config.nodes = fake->nodes;
	for (int32_t i = 0; i < FAKE_NODES; i++)
		blank_view(fake, i);
	fake->monitor.decision = (struct tw_decision){
		.mode = TW_MODE_STARTING,
		.chosen = TW_NODE_NONE,
		.reason = TW_CHOICE_STARTING,
		.tip.height = TW_UNKNOWN,
		.anchor_height = TW_UNKNOWN,
		.is_island = -1,
		.voters = 3,
		.quorum = 2,
	};
	fake->monitor.tip_since_us = TW_UNKNOWN;
	fake->monitor.choice_text = "No daemon has answered yet.";
	fake->source = (struct tw_status_source){
		.monitor = &fake->monitor,
		.config = &fake->config,
		.now_us = 1000 * TW_SEC,
		.wall_us = 1795449938123 * TW_MS + 456,
		.started_us = 100 * TW_SEC,
	};
}

static void set_chain(struct tw_chain *chain, int64_t tip, uint8_t byte)
{
	struct tw_point point = { .height = tip, .hash = fake_hash(byte) };
	struct tw_observation obs;

	tw_observation_init(&obs, TW_RESULT_OK);
	tw_observation_add(&obs, &point);
	tw_chain_update(chain, &obs);
}

static void set_answering(struct tw_node_view *view)
{
	view->verdict = (struct tw_verdict){ TW_STATE_HEALTHY, TW_REASON_OK };
	view->since_us = 700 * TW_SEC;
	view->lag = 0;
	view->network_height_claim = 1003;
	view->synced_claim = 1;
	view->peers_in = 4;
	view->peers_out = 8;
	view->latency_us = 2300;
	view->latency_p99_us = 9000;
	view->tip_delay_us = 0;
	view->template = TW_TEMPLATE_OK;
	view->last_check_us = 999 * TW_SEC;
	view->last_ok_us = 999 * TW_SEC;
	view->checks = 900;
	view->failures = 3;
	view->is_voting = true;
}

void fake_init(struct fake *fake)
{
	static const int32_t members[] = { 1, 0 };
	struct tw_decision *decision;

	fake_init_blank(fake);
	set_answering(&fake->monitor.views[0]);
	set_answering(&fake->monitor.views[1]);
	set_chain(&fake->monitor.chains[0], 998, 0x98);
	set_chain(&fake->monitor.chains[1], 1002, 0xab);
	fake->monitor.views[0].verdict =
		(struct tw_verdict){ TW_STATE_UNHEALTHY, TW_REASON_LAGGING };
	fake->monitor.views[0].lag = 4;
	fake->monitor.verdict_text[0] = "4 blocks behind";
	fake->monitor.verdict_text[1] = "";
	fake->peer.dialect = TW_DIALECT_MONERO;
	fake->peers[1] = &fake->peer;
	fake->source.peers = fake->peers;

	decision = &fake->monitor.decision;
	*decision = (struct tw_decision){
		.is_usable = true,
		.mode = TW_MODE_CONSENSUS,
		.chosen = 1,
		.reason = TW_CHOICE_INCUMBENT,
		.tip = { .height = 1002, .hash = fake_hash(0xab) },
		.has_prev_hash = true,
		.prev_hash = fake_hash(0x01),
		.anchor_height = 998,
		.anchor_hash = fake_hash(0x98),
		.epoch = 7,
		.chain_epoch = 2,
		.is_island = 0,
		.voters = 3,
		.quorum = 2,
		.answering = 2,
		.agreeing = 2,
	};
	fake->monitor.seq = 4711;
	fake->monitor.tip_since_us = 990 * TW_SEC;
	fake->monitor.choice_text = "beta is healthy, and stays.";
	fake->monitor.n_branches = 1;
	fake->monitor.branches[0] = (struct tw_branch){
		.tip = decision->tip, .fork_height = TW_UNKNOWN, .votes = 2, .members = members
	};
	fake->monitor.n_switches = 2;
	fake->monitor.switches[0] = (struct tw_switch){
		.t_us = 800 * TW_SEC,
		.from = 0,
		.to = 1,
		.mode = TW_MODE_CONSENSUS,
		.reason = TW_CHOICE_INCUMBENT_BAD,
	};
	fake->monitor.switches[1] = (struct tw_switch){
		.t_us = 101 * TW_SEC,
		.from = TW_NODE_NONE,
		.to = 0,
		.mode = TW_MODE_STARTING,
		.reason = TW_CHOICE_STARTING,
	};
	fake->monitor.n_targets = 2;
	fake->monitor.targets[0] = 1;
	fake->monitor.targets[1] = 0;
}
