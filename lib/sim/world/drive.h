/*
 * Runs a rule that chooses a daemon through a simulated world, and keeps the score. The rule is
 * asked as tipwatchd asks its core: it gets what checks find out and says which checks to make. The
 * core itself is one such rule; how checks run and what they see is the same for all of them.
 */
#ifndef TW_SIM_WORLD_DRIVE_H
#define TW_SIM_WORLD_DRIVE_H

#include "core/monitor.h"
#include "sim/world/world.h"

/* A rule. Events of one time first, then step, then its actions; as in core/monitor.h. */
struct tw_sim_rule_ops {
	const char *name;
	/* 0 or negative errno. world is for one that knows the truth. */
	int (*create)(const struct tw_core_config *config, const struct tw_sim_world *world,
		void **ret_rule);
	void (*destroy)(void *rule);
	void (*observe)(
		void *rule, int64_t now, int32_t node, int slot, const struct tw_observation *obs);
	void (*step)(void *rule, int64_t now);
	bool (*next_action)(void *rule, struct tw_action *ret_action);
	int64_t (*deadline)(const void *rule);
	/* The daemon to use, or TW_NODE_NONE. */
	int32_t (*choice)(const void *rule);
	/* Whether the pool is told to use it; NULL: it always is. */
	bool (*is_usable)(const void *rule);
	/* What it knows of a node's chain, for linking; borrowed until its end. */
	const struct tw_chain *(*chain)(const void *rule, int32_t node);
};

/* tipwatch: the very core. */
extern const struct tw_sim_rule_ops tw_sim_rule_tipwatch;
/* The monitor in such a rule. Borrowed. */
const struct tw_monitor *tw_sim_rule_monitor(const void *rule);

/* What came of it. Spans in microseconds of simulated time. */
struct tw_sim_score {
	int64_t span_us[TW_SIM_STANDING_NONE + 1]; /* by the standing of what the pool used */
	/* On a wrong fork later than lag_for after a quorum of the daemons contradicted it, and two
	 * intervals, because checks cannot know it sooner. */
	int64_t late_us;
	uint32_t switches;
	uint32_t needless; /* away from a daemon that was good and stayed so for a while */
	uint32_t flaps;    /* back to a daemon that was left a minute ago */
	uint64_t checks;
};

/* Told of everything that the rule is fed and decides, for a trace or a journal. */
struct tw_sim_witness {
	void (*observe)(void *ctx, int64_t now_us, int32_t node, int slot,
		const struct tw_observation *obs);
	/* After each step. */
	void (*step)(void *ctx, int64_t now_us, bool was_fed, const void *rule);
	/* What the pool uses, or what it is worth, is another thing from now on. */
	void (*change)(void *ctx, int64_t now_us, int32_t choice, enum tw_sim_standing standing);
	void *ctx;
};

struct tw_sim_drive_params {
	struct tw_sim_world_params world;
	struct tw_core_config config; /* as many nodes as the world */
	const struct tw_sim_rule_ops *rule;
	int64_t duration_us;
	const struct tw_sim_witness *witness; /* NULL: none */
	/* As in struct tw_sim_world. */
	void (*tell)(void *ctx, int64_t now_us, int32_t node, const char *text);
	void *tell_ctx;
};

/* 0, or a negative errno. */
int tw_sim_drive_run(const struct tw_sim_drive_params *params, struct tw_sim_score *ret_score);

/* --- simsight.c --- */

/* A check under way. */
struct tw_sim_check {
	bool is_running;
	int64_t started_us;
	int64_t done_us;
	int64_t rtt_us;        /* of the first answer */
	enum tw_result result; /* if nothing happens on the way */
	bool is_template_late; /* the answer to its last question will not come in time */
	struct tw_check_order order;
};

/* Begins a check of a node as tipwatchd would. */
void tw_sim_sight_start(const struct tw_sim_world *world, struct tw_sim_rand *rand,
	const struct tw_action *action, struct tw_sim_check *ret_check);
/* What it found out, now that it is done; chain is what the rule knows of the node. */
void tw_sim_sight_end(const struct tw_sim_world *world, int32_t node,
	const struct tw_sim_check *check, const struct tw_chain *chain,
	struct tw_observation *ret_obs);

#endif
