/* See model.h. */
#include "core/model.h"
#include "base/num.h"
#include <errno.h>
#include <stdlib.h>

/* Intervals after which a question that was not answered is asked again. */
enum { ASK_AGAIN = 10 };

/* What the daemon in use is given to get a block, beyond twice what it usually takes for one. */
#define PATIENCE_US (3 * TW_SEC)
enum { PATIENCE_DELAYS = 2 };

static int allocate(struct tw_monitor *m, uint32_t n)
{
	int r;

	m->n = n;
	m->nodes = calloc(n, sizeof(m->nodes[0]));
	m->policies = calloc(n, sizeof(m->policies[0]));
	m->chains = calloc((size_t)n + 1, sizeof(m->chains[0]));
	m->is_doubted = calloc(n, sizeof(m->is_doubted[0]));
	m->has_grown = calloc(n, sizeof(m->has_grown[0]));
	m->may_differ = calloc(n, sizeof(m->may_differ[0]));
	m->built_us = calloc(n, sizeof(m->built_us[0]));
	m->cuts = calloc(n, sizeof(m->cuts[0]));
	m->has_left = calloc(n, sizeof(m->has_left[0]));
	m->grounds = calloc(n, sizeof(m->grounds[0]));
	m->standings = calloc(n, sizeof(m->standings[0]));
	m->marks = calloc(n, sizeof(m->marks[0]));
	if (m->nodes == NULL || m->policies == NULL || m->chains == NULL || m->is_doubted == NULL ||
		m->has_grown == NULL || m->may_differ == NULL || m->built_us == NULL ||
		m->cuts == NULL || m->has_left == NULL || m->grounds == NULL ||
		m->standings == NULL || m->marks == NULL)
		return -ENOMEM;
	r = tw_windows_init(&m->windows, n);
	if (r == 0)
		r = tw_actions_init(&m->actions, n);
	return r < 0 ? r : tw_votes_init(&m->votes, n);
}

static int take_config(struct tw_monitor *m, const struct tw_core_config *config)
{
	m->primary = TW_NODE_NONE;
	m->top_priority = INT32_MIN;
	m->policy = config->policy;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		m->policies[i] = config->nodes[i];
		if (config->nodes[i].role == TW_ROLE_DAEMON)
			m->top_priority =
				(int32_t)tw_max(m->top_priority, config->nodes[i].priority);
		if (!config->nodes[i].is_primary)
			continue;
		if (m->primary >= 0 || config->nodes[i].role != TW_ROLE_DAEMON)
			return -EINVAL;
		m->primary = (int32_t)i;
	}
	m->config = (struct tw_core_config){ m->policy, config->n_nodes, m->policies };
	return m->primary >= 0 ? 0 : -EINVAL;
}

int tw_model_create(const struct tw_core_config *config, struct tw_monitor **ret_monitor)
{
	struct tw_monitor *m;
	int r;

	if (config->n_nodes == 0 || config->n_nodes > TW_NODES_MAX)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return -ENOMEM;
	m->judged = TW_UNKNOWN;
	m->news.height = TW_UNKNOWN;
	m->n_grounds[TW_GROUND_NONE] = config->n_nodes;
	for (int i = 0; i < TW_PARTS; i++)
		tw_agenda_init(&m->agendas[i], config->n_nodes);
	r = allocate(m, config->n_nodes);
	tw_model_touch_all(m);
	if (r == 0)
		r = take_config(m, config);
	if (r < 0) {
		tw_model_destroy(m);
		return r;
	}
	*ret_monitor = m;
	return 0;
}

void tw_model_destroy(struct tw_monitor *monitor)
{
	if (monitor == NULL)
		return;
	tw_votes_finish(&monitor->votes);
	tw_actions_finish(&monitor->actions);
	tw_windows_finish(&monitor->windows);
	free(monitor->nodes);
	free(monitor->policies);
	free(monitor->chains);
	free(monitor->is_doubted);
	free(monitor->has_grown);
	free(monitor->may_differ);
	free(monitor->built_us);
	free(monitor->cuts);
	free(monitor->has_left);
	free(monitor->grounds);
	free(monitor->standings);
	free(monitor->marks);
	free(monitor);
}

void tw_model_touch(struct tw_monitor *monitor, int32_t node)
{
	for (int i = 0; i < TW_PARTS; i++)
		tw_agenda_mark(&monitor->agendas[i], node);
}

void tw_model_touch_all(struct tw_monitor *monitor)
{
	for (int i = 0; i < TW_PARTS; i++)
		tw_agenda_mark_all(&monitor->agendas[i]);
	monitor->needs_belief = monitor->has_outvoted = true;
	monitor->has_new_network = monitor->has_failed_templates = true;
}

void tw_model_look(struct tw_monitor *monitor, enum tw_part part,
	void (*look)(struct tw_monitor *monitor, int32_t node))
{
	struct tw_agenda *agenda = &monitor->agendas[part];
	int64_t deadline_us = monitor->deadline_us;

	tw_agenda_begin(agenda, monitor->now);
	for (int32_t i = tw_agenda_take(agenda, 0); i >= 0; i = tw_agenda_take(agenda, i + 1)) {
		monitor->deadline_us = TW_NEVER;
		look(monitor, i);
		tw_agenda_set(agenda, i, monitor->deadline_us);
	}
	monitor->deadline_us = tw_min(deadline_us, tw_agenda_due(agenda));
}

struct tw_ballot tw_model_ballot(
	const struct tw_monitor *monitor, const struct tw_chain *const *chains)
{
	return (struct tw_ballot){
		.chains = chains,
		.quorum = monitor->decision.quorum,
		.is_doubted = monitor->is_doubted,
		.has_grown = monitor->has_grown,
		.policy = &monitor->policy,
		.served = monitor->tip.tip,
		.primary = monitor->primary,
		.now = monitor->now,
	};
}

uint32_t tw_model_quorum(const struct tw_monitor *monitor, uint32_t voters)
{
	uint32_t quorum = monitor->policy.quorum;

	if (quorum == 0)
		return voters / 2 + 1;
	if (quorum > voters)
		return voters > 0 ? voters : 1;
	return quorum;
}

int64_t tw_model_patience(const struct tw_monitor *monitor, int32_t node)
{
	return tw_max(PATIENCE_US, monitor->policy.switch_cost_us) +
	       tw_min(PATIENCE_DELAYS * tw_node_delay(&monitor->nodes[node]),
		       monitor->policy.lag_for_us);
}

bool tw_model_is_near(struct tw_monitor *monitor, int64_t above)
{
	return tw_model_is_due(
		monitor, tw_policy_lead_from(&monitor->policy, monitor->tip.moved_us, above));
}

void tw_model_ask(struct tw_monitor *monitor, int32_t i, int64_t height)
{
	struct tw_node *node = &monitor->nodes[i];

	/* C's own chain can be the best one, and cannot be asked. */
	if (i >= (int32_t)monitor->n || height < 0 || tw_chain_at(node->chain, height) != NULL)
		return;
	tw_questions_add(&node->questions, height, monitor->now,
		ASK_AGAIN * tw_policy_interval(&monitor->policy, &node->policy));
}
