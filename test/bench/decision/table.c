/* See table.h. */
#include "table.h"
#include "jobs.h"
#include "record.h"
#include "trace.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RULES_MAX = 16 };

/* One rule and one seed. */
struct run {
	bool is_done;
	struct tw_sim_score score;
	double processor_s;
};

struct row {
	double useful[TABLE_SEEDS_MAX]; /* percent */
	double of_oracle[TABLE_SEEDS_MAX];
	struct tw_sim_score sum;
};

struct table {
	const struct table_params *params;
	const struct tw_sim_history *history;
	uint32_t n_nodes;
	uint32_t n_seeds;
	uint32_t n_rules;
	const struct tw_sim_rule_ops *rules[RULES_MAX]; /* the oracle first */
	struct run *runs;                               /* n_seeds of each rule */
	struct row *oracle;
	struct row *row;
};

/* --- running --- */

static double processor_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void make_nodes(const struct tw_sim_world_params *world, enum tw_role liars_role,
	struct tw_node_policy *nodes)
{
	for (uint32_t i = 0; i < world->n_nodes; i++) {
		snprintf(nodes[i].name, sizeof(nodes[i].name), "d%u", i + 1);
		if (i + world->n_liars >= world->n_nodes)
			nodes[i].role = liars_role;
	}
	nodes[0].is_primary = true;
}

bool table_simulate(const struct table_params *options, const struct tw_sim_world_params *world,
	uint32_t n_nodes, enum tw_role liars_role, const struct tw_sim_rule_ops *rule,
	struct tw_sim_score *ret_score)
{
	struct tw_node_policy nodes[TW_SIM_WORLD_NODES_MAX] = { 0 };
	struct tw_sim_drive_params params = {
		.world = *world,
		.config = { options->policy, n_nodes, nodes },
		.rule = rule,
		.duration_us = (int64_t)(options->days * (double)TW_DAY),
	};
	struct trace trace;
	struct record record;
	bool is_recorded = options->journal != NULL && rule == &tw_sim_rule_tipwatch;
	int r;

	params.world.block_target_us = options->policy.block_target_us;
	params.world.pool_share = 0.05;
	make_nodes(world, liars_role, nodes);
	if (options->is_traced && rule != &rival_oracle)
		trace_begin(&trace, &params);
	r = is_recorded ? record_begin(&record, &params, options->journal) : 0;
	if (r < 0) {
		fprintf(stderr, "decision: cannot write %s: %s\n", options->journal, strerror(-r));
		return false;
	}
	r = tw_sim_drive_run(&params, ret_score);
	if (is_recorded && record_end(&record) < 0) {
		fprintf(stderr, "decision: %s is not complete\n", options->journal);
		return false;
	}
	if (r < 0)
		fprintf(stderr, "decision: the simulation cannot go on: %s\n", strerror(-r));
	return r == 0;
}

static void run_task(void *ctx, uint32_t task)
{
	const struct table *table = ctx;
	struct run *run = &table->runs[task];
	double begun = processor_s();
	struct tw_sim_world_params world = {
		.seed = table->params->first + task % table->n_seeds,
		.n_nodes = table->n_nodes,
		.history = table->history,
		.is_near = table->params->is_near,
		.n_witnesses = table->params->n_witnesses,
		.n_lying_witnesses =
			table->params->n_witnesses * table->params->lying_percent / 100,
	};

	run->is_done = table_simulate(table->params, &world, world.n_nodes, TW_ROLE_DAEMON,
		table->rules[task / table->n_seeds], &run->score);
	run->processor_s = processor_s() - begun;
}

/* Runs so many rules from first on, and says which runs failed. */
static bool run_rules(struct table *table, uint32_t first, uint32_t n)
{
	uint32_t begin = first * table->n_seeds, end = (first + n) * table->n_seeds;
	bool is_good = jobs_run(table->params->jobs, begin, end - begin, run_task, table);

	for (uint32_t task = begin; task < end; task++) {
		if (table->runs[task].is_done)
			continue;
		is_good = false;
		fprintf(stderr,
			"decision: failed: --history %s --nodes %u --days %g --seeds %llu --rule %s\n",
			table->history->name, table->n_nodes, table->params->days,
			(unsigned long long)(table->params->first + task % table->n_seeds),
			table->rules[task / table->n_seeds]->name);
	}
	return is_good;
}

/* --- rows --- */

double table_useful(const struct tw_sim_score *score)
{
	int64_t all = 0;

	for (int i = 0; i <= TW_SIM_STANDING_NONE; i++)
		all += score->span_us[i];
	return 100.0 * (double)score->span_us[TW_SIM_STANDING_GOOD] / (double)all;
}

static void add(struct tw_sim_score *sum, const struct tw_sim_score *score)
{
	for (int i = 0; i <= TW_SIM_STANDING_NONE; i++)
		sum->span_us[i] += score->span_us[i];
	sum->late_us += score->late_us;
	sum->switches += score->switches;
	sum->needless += score->needless;
	sum->flaps += score->flaps;
	sum->checks += score->checks;
}

static double mean_of(const double *values, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += values[i];
	return sum / n;
}

static double worst_of(const double *values, uint32_t n)
{
	double worst = values[0];

	for (uint32_t i = 1; i < n; i++)
		worst = values[i] < worst ? values[i] : worst;
	return worst;
}

static double spread_of(const double *values, uint32_t n)
{
	double mean = mean_of(values, n), sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return n < 2 ? 0 : sqrt(sum / (n - 1));
}

void table_head(void)
{
	printf("%-14s %2s %-11s %8s %8s %7s %9s %9s %8s %8s %8s %7s %7s %8s %6s\n", "history", "N",
		"rule", "useful%", "worst%", "spread", "%oracle", "worst", "stale", "fork", "none",
		"late", "switch", "needless", "flaps");
}

static void print_row(const struct table *table, const char *rule, const struct row *row)
{
	uint32_t seeds = table->n_seeds;
	double days = table->params->days * seeds;
	const int64_t *span_us = row->sum.span_us;

	printf("%-14s %2u %-11s %8.3f %8.3f %7.3f %9.3f %9.3f %8.1f %8.1f %8.1f %7.1f %7.1f %8.1f "
	       "%6.1f\n",
		table->history->name, table->n_nodes, rule, mean_of(row->useful, seeds),
		worst_of(row->useful, seeds), spread_of(row->useful, seeds),
		mean_of(row->of_oracle, seeds), worst_of(row->of_oracle, seeds),
		(double)span_us[TW_SIM_STANDING_STALE] / TW_SEC / days,
		(double)span_us[TW_SIM_STANDING_FORK] / TW_SEC / days,
		(double)span_us[TW_SIM_STANDING_NONE] / TW_SEC / days,
		(double)row->sum.late_us / TW_SEC / days, row->sum.switches / days,
		row->sum.needless / days, row->sum.flaps / days);
	fflush(stdout);
}

static void fill_row(const struct table *table, uint32_t rule, struct row *row)
{
	const struct run *runs = &table->runs[rule * table->n_seeds];

	row->sum = (struct tw_sim_score){ 0 };
	for (uint32_t k = 0; k < table->n_seeds; k++) {
		add(&row->sum, &runs[k].score);
		row->useful[k] = table_useful(&runs[k].score);
		row->of_oracle[k] =
			rule == 0 ? 100 : 100 * row->useful[k] / table->oracle->useful[k];
	}
}

static void note_tipwatch(const struct table *table, uint32_t rule, struct table_sum *sum)
{
	double share = mean_of(table->row->of_oracle, table->n_seeds);

	if (share < sum->least)
		sum->least = share;
	sum->late_us += table->row->sum.late_us;
	sum->checks += table->row->sum.checks;
	sum->daemon_days += table->params->days * table->n_seeds * table->n_nodes;
	for (uint32_t k = 0; k < table->n_seeds; k++)
		sum->processor_s += table->runs[rule * table->n_seeds + k].processor_s;
}

/* --- the table --- */

static void choose_rules(struct table *table)
{
	const struct tw_sim_rule_ops *only = table->params->rule, *rule;

	table->rules[table->n_rules++] = &rival_oracle;
	for (uint32_t i = 0; (rule = rival_get(i)) != NULL && table->n_rules < RULES_MAX; i++) {
		if (rule != &rival_oracle && (only == NULL || rule == only))
			table->rules[table->n_rules++] = rule;
	}
}

static bool run_and_print(struct table *table, struct table_sum *sum)
{
	/* Each trace stands above its own row. */
	uint32_t at_a_time = table->params->is_traced ? 1 : table->n_rules;

	for (uint32_t i = 0; i < table->n_rules; i++) {
		if (i % at_a_time == 0 && !run_rules(table, i, at_a_time))
			return false;
		if (i == 0) {
			fill_row(table, 0, table->oracle);
			continue;
		}
		fill_row(table, i, table->row);
		print_row(table, table->rules[i]->name, table->row);
		if (table->rules[i] == &tw_sim_rule_tipwatch)
			note_tipwatch(table, i, sum);
	}
	print_row(table, rival_oracle.name, table->oracle);
	return true;
}

bool table_run(const struct table_params *params, const struct tw_sim_history *history, uint32_t n,
	struct table_sum *sum)
{
	struct table table = {
		.params = params,
		.history = history,
		.n_nodes = n,
		.n_seeds = (uint32_t)(params->last - params->first + 1),
		.oracle = calloc(1, sizeof(*table.oracle)),
		.row = calloc(1, sizeof(*table.row)),
	};
	size_t size;
	bool is_good = false;

	choose_rules(&table);
	size = table.n_rules * table.n_seeds * sizeof(*table.runs);
	table.runs = jobs_alloc(size);
	if (table.oracle != NULL && table.row != NULL && table.runs != NULL)
		is_good = run_and_print(&table, sum);
	else
		fprintf(stderr, "decision: no memory\n");
	jobs_free(table.runs, size);
	free(table.oracle);
	free(table.row);
	return is_good;
}
