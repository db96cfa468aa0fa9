/*
 * A network of nodes in a few lines, for the tests of the core: true chains by (tip, fork, branch),
 * one check of every node each second, no I/O.
 */
#ifndef TEST_FAKENET_H
#define TEST_FAKENET_H

#include "core/monitor.h"
#include "core/policy.h"
#include "core/words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FAKE_NODES = 16 };

struct fake_node {
	int64_t tip;
	int64_t fork; /* blocks above it are of the branch */
	uint8_t branch;
	enum tw_result result;
	bool is_mute;            /* no check of it ends */
	int64_t stalls_until_us; /* it answers nothing before */
	int64_t peers;
	int64_t claim; /* network height it claims */
	int64_t rtt_us;
	enum tw_template template;
};

struct fakenet {
	uint32_t n;
	int64_t now;
	struct tw_node_policy policies[FAKE_NODES];
	struct fake_node nodes[FAKE_NODES];
	struct tw_policy policy;
	struct tw_monitor *monitor;
	struct {
		bool is_on;
		bool is_late;
		int64_t since_us;
		int64_t at_us;
		struct tw_action action;
	} running[FAKE_NODES][TW_SLOTS]; /* checks under way */
};

static inline struct tw_point fake_block(int64_t height, int64_t fork, uint8_t branch)
{
	struct tw_point point = { .height = height };

	memcpy(point.hash.bytes + 8, &height, sizeof(height));
	point.hash.bytes[0] = height > fork ? branch : 0;
	return point;
}

/* n daemons at height 1000, the first is primary. Change policies before fakenet_start(). */
static inline void fakenet_init(struct fakenet *net, uint32_t n)
{
	*net = (struct fakenet){ .n = n, .now = 1000 * TW_SEC };
	tw_policy_init(&net->policy);
	for (uint32_t i = 0; i < n; i++) {
		(void)snprintf(net->policies[i].name, sizeof(net->policies[i].name), "d%u", i + 1);
		net->policies[i].is_primary = i == 0;
		net->nodes[i] = (struct fake_node){
			.tip = 1000,
			.fork = INT64_MAX,
			.peers = 8,
			.claim = TW_UNKNOWN,
			.rtt_us = 2 * TW_MS,
		};
	}
}

static inline void fakenet_drain_actions(struct fakenet *net)
{
	struct tw_action action;

	while (tw_monitor_next_action(net->monitor, &action))
		;
}

static inline void fakenet_start(struct fakenet *net)
{
	struct tw_core_config config = { net->policy, net->n, net->policies };

	assert_int_equal(tw_monitor_create(&config, NULL, NULL, net->now, &net->monitor), 0);
}

static inline void fakenet_finish(struct fakenet *net)
{
	tw_monitor_destroy(net->monitor);
}

/* What a check of node i returns: its newest blocks, and every height that it is asked for. */
static inline void fakenet_look(struct fakenet *net, int32_t i, struct tw_observation *obs)
{
	const struct fake_node *node = &net->nodes[i];
	struct tw_node_view view;
	struct tw_point point;
	int64_t h;

	tw_observation_init(obs, node->result);
	if (node->result != TW_RESULT_OK)
		return;
	point = fake_block(node->tip, node->fork, node->branch);
	tw_observation_add(obs, &point);
	point = fake_block(node->tip - 1, node->fork, node->branch);
	tw_observation_add(obs, &point);
	tw_monitor_view_node(net->monitor, i, &view);
	while ((h = tw_chain_next_question(view.chain, obs)) >= 0) {
		point = fake_block(h, node->fork, node->branch);
		tw_observation_add(obs, &point);
	}
	obs->rtt_us = node->rtt_us;
	obs->peers_in = node->peers;
	obs->peers_out = node->peers < 0 ? TW_UNKNOWN : 0;
	obs->network_height = node->claim;
	obs->template = node->template;
}

/* Answers the questions of the core too. */
static inline void fakenet_check(struct fakenet *net, int32_t i, const struct tw_action *action)
{
	static struct tw_observation obs;

	fakenet_look(net, i, &obs);
	for (uint32_t k = 0; obs.result == TW_RESULT_OK && k < action->order.n_questions; k++) {
		const struct fake_node *node = &net->nodes[i];
		struct tw_point point =
			fake_block(action->order.questions[k], node->fork, node->branch);

		if (point.height <= node->tip)
			tw_observation_add(&obs, &point);
	}
	tw_monitor_observe(net->monitor, net->now, i, action->slot, &obs);
}

static inline void fakenet_begin_check(struct fakenet *net, const struct tw_action *action)
{
	const struct fake_node *node = &net->nodes[action->node];
	int64_t takes_us = 2 * TW_MS;

	if (node->stalls_until_us - net->now > takes_us)
		takes_us = node->stalls_until_us - net->now;
	net->running[action->node][action->slot].is_late = takes_us > action->timeout_us;
	if (node->result == TW_RESULT_TIMEOUT || takes_us > action->timeout_us)
		takes_us = action->timeout_us;
	net->running[action->node][action->slot].is_on = true;
	net->running[action->node][action->slot].since_us = net->now;
	net->running[action->node][action->slot].at_us = net->now + takes_us;
	net->running[action->node][action->slot].action = *action;
}

static inline void fakenet_end_check(struct fakenet *net, int32_t i, int slot)
{
	struct fake_node real = net->nodes[i];

	if (net->running[i][slot].is_late)
		net->nodes[i].result = TW_RESULT_TIMEOUT;
	if (net->now - net->running[i][slot].since_us > net->nodes[i].rtt_us)
		net->nodes[i].rtt_us = net->now - net->running[i][slot].since_us;
	net->running[i][slot].is_on = false;
	fakenet_check(net, i, &net->running[i][slot].action);
	net->nodes[i] = real;
}

/*
 * Runs the network for us microseconds: every check that the core starts ends at once, one of a
 * node that stalls at the end of that or of the wait, a timed-out one after its timeout, a mute one
 * never.
 */
static inline void fakenet_run(struct fakenet *net, int64_t us)
{
	int64_t end = net->now + us;

	while (true) {
		struct tw_action action;
		int64_t next;

		tw_monitor_step(net->monitor, net->now);
		while (tw_monitor_next_action(net->monitor, &action)) {
			if (action.kind == TW_ACTION_CANCEL_CHECKS)
				memset(net->running[action.node], 0,
					sizeof(net->running[action.node]));
			if (action.kind != TW_ACTION_START_CHECK)
				continue;
			assert_false(net->running[action.node][action.slot].is_on);
			fakenet_begin_check(net, &action);
		}
		next = tw_monitor_deadline(net->monitor);
		for (uint32_t i = 0; i < net->n; i++) {
			for (int slot = 0; slot < TW_SLOTS; slot++) {
				if (net->running[i][slot].is_on && !net->nodes[i].is_mute &&
					net->running[i][slot].at_us < next)
					next = net->running[i][slot].at_us;
			}
		}
		if (next > end) {
			net->now = end;
			return;
		}
		if (next > net->now)
			net->now = next;
		for (uint32_t i = 0; i < net->n; i++) {
			for (int slot = 0; slot < TW_SLOTS; slot++) {
				if (!net->running[i][slot].is_on || net->nodes[i].is_mute ||
					net->running[i][slot].at_us > net->now)
					continue;
				fakenet_end_check(net, (int32_t)i, slot);
			}
		}
	}
}

static inline const char *fakenet_state(struct fakenet *net, int32_t i)
{
	static char text[64];
	struct tw_node_view view;

	tw_monitor_view_node(net->monitor, i, &view);
	(void)snprintf(text, sizeof(text), "%s/%s", tw_state_word(view.verdict.state),
		tw_reason_word(view.verdict.reason));
	return text;
}

static inline const char *fakenet_mode(struct fakenet *net)
{
	return tw_mode_word(tw_monitor_decision(net->monitor)->mode);
}

static inline int32_t fakenet_chosen(struct fakenet *net)
{
	return tw_monitor_decision(net->monitor)->chosen;
}

static inline int64_t fakenet_height(struct fakenet *net)
{
	return tw_monitor_decision(net->monitor)->tip.height;
}

/* Every node that follows the true chain gets n more blocks. */
static inline void fakenet_mine(struct fakenet *net, int64_t n, uint8_t branch)
{
	for (uint32_t i = 0; i < net->n; i++) {
		if (net->nodes[i].branch == branch)
			net->nodes[i].tip += n;
	}
}

/* A network of n whose daemons have been found well. */
static inline void fakenet_begin(struct fakenet *net, uint32_t n)
{
	fakenet_init(net, n);
	fakenet_start(net);
	fakenet_run(net, 3 * TW_SEC);
	assert_string_equal(fakenet_mode(net), "consensus");
	assert_int_equal(fakenet_chosen(net), 0);
	assert_int_equal(fakenet_height(net), 1000);
	assert_true(tw_monitor_decision(net->monitor)->is_usable);
}

#endif
