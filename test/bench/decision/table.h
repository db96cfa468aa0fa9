/* The rows of one history with one number of daemons: every rule through the same seeds. */
#ifndef TW_TEST_TABLE_H
#define TW_TEST_TABLE_H

#include "rivals.h"

enum { TABLE_SEEDS_MAX = 1000 };

struct table_params {
	uint64_t first; /* seed */
	uint64_t last;
	double days;
	const struct tw_sim_rule_ops *rule; /* NULL: all */
	struct tw_policy policy;
	bool is_near;           /* blocks come to all daemons within some 50 ms */
	uint32_t n_witnesses;   /* 0: none */
	uint32_t lying_percent; /* of them */
	bool is_traced;
	const char *journal; /* NULL: none */
	const char *row;     /* of the liars' table, as liars_run() says; NULL: all */
	uint32_t jobs;       /* runs at a time */
};

/* What tipwatch did, of all tables; the caller sets least to 100. */
struct table_sum {
	double least;       /* percent of the oracle, of one row */
	double daemon_days; /* simulated */
	double processor_s; /* that those took, without the other rules */
	int64_t late_us;
	int64_t denied_us; /* of liars: it said not to mine, and most nodes were good daemons */
	uint64_t checks;
};

/*
 * One run: a world with this seed, of which the first n_nodes are configured, for the days of
 * params. False: it failed.
 */
bool table_simulate(const struct table_params *params, const struct tw_sim_world_params *world,
	uint32_t n_nodes, enum tw_role liars_role, const struct tw_sim_rule_ops *rule,
	struct tw_sim_score *ret_score);
/* The share of the time in which the pool mined usefully, in percent. */
double table_useful(const struct tw_sim_score *score);
void table_head(void);
/* Runs and prints one table. False when a run failed; then that is said instead of the rows. */
bool table_run(const struct table_params *params, const struct tw_sim_history *history, uint32_t n,
	struct table_sum *sum);

#endif
