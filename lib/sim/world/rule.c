/* See rule.h: the rule that is the core, with what it knows of each chain at hand. */
#include "sim/world/rule.h"
#include "explain/view.h"
#include <errno.h>
#include <stdlib.h>

struct rule {
	struct tw_monitor *monitor;
};

static void destroy(void *self)
{
	struct rule *rule = self;

	tw_monitor_destroy(rule->monitor);
	free(rule);
}

static int create(
	const struct tw_core_config *config, const struct tw_sim_world *world, void **ret_rule)
{
	struct rule *rule = calloc(1, sizeof(*rule));
	int r;

	(void)world;
	if (rule == NULL)
		return -ENOMEM;
	r = tw_monitor_create(config, NULL, NULL, 0, &rule->monitor);
	if (r < 0) {
		free(rule);
		return r;
	}
	*ret_rule = rule;
	return 0;
}

static void observe(
	void *self, int64_t now, int32_t node, int slot, const struct tw_observation *obs)
{
	tw_monitor_observe(((struct rule *)self)->monitor, now, node, slot, obs);
}

static void hear(void *self, int64_t now, uint32_t slot, const struct tw_point *tip)
{
	(void)tw_monitor_witness(((struct rule *)self)->monitor, now, slot, tip);
}

static void step(void *self, int64_t now)
{
	tw_monitor_step(((struct rule *)self)->monitor, now);
}

static bool next_action(void *self, struct tw_action *ret_action)
{
	return tw_monitor_next_action(((struct rule *)self)->monitor, ret_action);
}

static int64_t deadline(const void *self)
{
	return tw_monitor_deadline(tw_sim_rule_monitor(self));
}

static int32_t choice(const void *self)
{
	return tw_monitor_decision(tw_sim_rule_monitor(self))->chosen;
}

static bool is_usable(const void *self)
{
	return tw_monitor_decision(tw_sim_rule_monitor(self))->is_usable;
}

static const struct tw_decision *decision(const void *self)
{
	return tw_monitor_decision(tw_sim_rule_monitor(self));
}

static const struct tw_chain *chain(const void *self, int32_t node)
{
	return tw_monitor_chain(tw_sim_rule_monitor(self), node);
}

const struct tw_monitor *tw_sim_rule_monitor(const void *self)
{
	return ((const struct rule *)self)->monitor;
}

const struct tw_sim_rule_ops tw_sim_rule_tipwatch = {
	.name = "tipwatch",
	.create = create,
	.destroy = destroy,
	.observe = observe,
	.hear = hear,
	.step = step,
	.next_action = next_action,
	.deadline = deadline,
	.choice = choice,
	.is_usable = is_usable,
	.decision = decision,
	.chain = chain,
};
