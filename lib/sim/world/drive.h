/*
 * Runs a rule that chooses a daemon through a simulated world, and keeps the score. How checks run
 * and what they see is the same for all rules.
 */
#ifndef TW_SIM_WORLD_DRIVE_H
#define TW_SIM_WORLD_DRIVE_H

#include "sim/world/rule.h"
#include "sim/world/truth.h"

/* The score of a run. Spans are in microseconds of simulated time. */
struct tw_sim_score {
	int64_t span_us[TW_SIM_STANDING_NONE + 1]; /* by the standing of what the pool used */
	/*
	 * Time on a wrong fork, counted from lag_for and two check intervals after a quorum of the
	 * daemons contradicted it: checks cannot find it sooner.
	 */
	int64_t late_us;
	int64_t attacked_us; /* on a liar */
	/* With a rule that has a decision: */
	int64_t wrong_tip_us; /* T was not on the true main chain */
	int64_t old_tip_us;   /* T was an old block of it */
	int64_t old_longest_us;
	/* It said not to mine, although a daemon that does not lie was good, and looked so. */
	int64_t idle_us;
	int64_t denied_us; /* likewise, although a majority of all nodes were such daemons */
	uint32_t
		alarms; /* the mode was announced to be worse than before, or the network stalled */
	uint32_t switches;
	uint32_t needless; /* away from a daemon that was good and stayed good for a while */
	uint32_t flaps;    /* back to a daemon that was left a minute ago */
	uint64_t checks;
};

/* Told of everything that the rule is fed and decides, for a trace or a journal. */
struct tw_sim_witness {
	void (*observe)(void *ctx, int64_t now_us, int32_t node, int slot,
		const struct tw_observation *obs);
	void (*hear)(void *ctx, int64_t now_us, uint32_t slot, const struct tw_point *tip);
	/* After each step. */
	void (*step)(void *ctx, int64_t now_us, bool was_fed, const void *rule);
	/* The daemon that the pool uses, or its standing, has changed. */
	void (*change)(void *ctx, int64_t now_us, int32_t choice, enum tw_sim_standing standing);
	void *ctx;
};

struct tw_sim_drive_params {
	struct tw_sim_world_params world;
	struct tw_core_config config; /* the nodes of the world, or the first ones of them */
	const struct tw_sim_rule_ops *rule;
	int64_t duration_us;
	const struct tw_sim_witness *witness; /* NULL: none */
	/* As in struct tw_sim_world. */
	void (*tell)(void *ctx, int64_t now_us, int32_t node, const char *text);
	void *tell_ctx;
};

/* 0, or a negative errno. */
int tw_sim_drive_run(const struct tw_sim_drive_params *params, struct tw_sim_score *ret_score);

#endif
