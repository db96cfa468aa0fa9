/*
 * A rule that chooses a daemon, for measuring it in a simulated world. It is asked as tipwatchd
 * asks its core: it gets what checks find out and says which checks to make. The core itself is one
 * such rule; the bench has others to compare it with.
 */
#ifndef TW_SIM_WORLD_RULE_H
#define TW_SIM_WORLD_RULE_H

#include "core/monitor.h"
#include "sim/world/world.h"

/* Events of one time first, then step, then its actions; as in core/monitor.h. */
struct tw_sim_rule_ops {
	const char *name;
	/* 0 or a negative errno. world is for a rule that knows the truth. */
	int (*create)(const struct tw_core_config *config, const struct tw_sim_world *world,
		void **ret_rule);
	void (*destroy)(void *rule);
	/* NULL: the rule asks for no checks. */
	void (*observe)(
		void *rule, int64_t now, int32_t node, int slot, const struct tw_observation *obs);
	/* A witness says what its newest block is; NULL: the rule has no use for it. */
	void (*hear)(void *rule, int64_t now, uint32_t slot, const struct tw_point *tip);
	void (*step)(void *rule, int64_t now);
	bool (*next_action)(void *rule, struct tw_action *ret_action);
	int64_t (*deadline)(const void *rule);
	/* The daemon to use, or TW_NODE_NONE. */
	int32_t (*choice)(const void *rule);
	/* Whether the pool may use that daemon; NULL: it always may. */
	bool (*is_usable)(const void *rule);
	/* All that it has decided; NULL: the rule decides no more than the above. */
	const struct tw_decision *(*decision)(const void *rule);
	/*
	 * What the rule knows of a node's chain, for linking. Borrowed as long as the rule exists.
	 */
	const struct tw_chain *(*chain)(const void *rule, int32_t node);
};

/* tipwatch itself: the monitor of core/monitor.h. */
extern const struct tw_sim_rule_ops tw_sim_rule_tipwatch;
/* The monitor in such a rule. Borrowed. */
const struct tw_monitor *tw_sim_rule_monitor(const void *rule);

#endif
