/* See liars.h. */
#include "liars.h"
#include "base/num.h"
#include "jobs.h"
#include <stdio.h>
#include <string.h>

static const char *const histories[] = { "calm", "mixed" };

struct run {
	bool is_done;
	struct tw_sim_score score;
};

/* A row: the same world through all seeds. */
struct row {
	struct table_params params;
	struct tw_sim_world_params world;
	uint32_t n_nodes;  /* of them, that are configured */
	enum tw_role role; /* of the liars */
	uint32_t n_seeds;
	struct run *runs;
};

static void run_task(void *ctx, uint32_t task)
{
	const struct row *row = ctx;
	struct tw_sim_world_params world = row->world;
	struct run *run = &row->runs[task];

	world.seed = row->params.first + task;
	run->is_done = table_simulate(
		&row->params, &world, row->n_nodes, row->role, &tw_sim_rule_tipwatch, &run->score);
}

static bool run_row(struct row *row)
{
	bool is_good;

	for (uint32_t k = 0; k < row->n_seeds; k++)
		row->runs[k].is_done = false;
	is_good = jobs_run(row->params.jobs, 0, row->n_seeds, run_task, row);
	for (uint32_t k = 0; k < row->n_seeds; k++)
		is_good = is_good && row->runs[k].is_done;
	return is_good;
}

static double mean_useful(const struct row *row)
{
	double sum = 0;

	for (uint32_t k = 0; k < row->n_seeds; k++)
		sum += table_useful(&row->runs[k].score);
	return sum / row->n_seeds;
}

/*
 * The mean useful time of tipwatch with the honest nodes alone, in the same world: the network
 * treats them as it does where liars are configured too. Negative: a run failed.
 */
static double run_rest(const struct row *row)
{
	struct row rest = *row;

	rest.params.is_traced = false;
	rest.params.journal = NULL;
	rest.n_nodes -= rest.world.n_liars;
	return run_row(&rest) ? mean_useful(&rest) : -1;
}

static const char *word_of(enum tw_role role)
{
	return role == TW_ROLE_DAEMON ? "own" : "refs";
}

/* Whether the row is asked for. */
static bool is_wanted(const struct row *row)
{
	char name[32];

	snprintf(name, sizeof(name), "%s-%u-%s", row->world.history->name, row->world.n_liars,
		word_of(row->role));
	return row->params.row == NULL || strcmp(row->params.row, name) == 0;
}

void liars_head(void)
{
	printf("%-11s %-6s %2s %-7s %8s %8s %5s %8s %7s %8s %8s %8s %8s %7s %7s %7s\n", "liars",
		"among", "N", "lie", "useful%", "worst%", "seed", "%rest", "liar%", "T wrong",
		"T old", "longest", "idle", "denied", "alarms", "switch");
}

/* Adds the row to all. */
static void print_row(const struct row *row, double rest, struct table_sum *all)
{
	double days = row->params.days * row->n_seeds, worst = 100, per_day = 1.0 / TW_SEC / days;
	const struct tw_sim_world_params *world = &row->world;
	struct tw_sim_score sum = { 0 };
	uint64_t worst_seed = row->params.first;

	for (uint32_t k = 0; k < row->n_seeds; k++) {
		const struct tw_sim_score *score = &row->runs[k].score;

		if (table_useful(score) < worst) {
			worst = table_useful(score);
			worst_seed = row->params.first + k;
		}
		sum.attacked_us += score->attacked_us;
		sum.wrong_tip_us += score->wrong_tip_us;
		sum.old_tip_us += score->old_tip_us;
		sum.old_longest_us = tw_max(sum.old_longest_us, score->old_longest_us);
		sum.idle_us += score->idle_us;
		sum.denied_us += score->denied_us;
		all->denied_us += score->denied_us;
		all->checks += score->checks;
		sum.alarms += score->alarms;
		sum.switches += score->switches;
	}
	printf("%-11s %-6s %2u %u %-5s %8.3f %8.3f %5llu %8.3f %7.3f %8.1f %8.1f %8.1f %8.1f %7.1f "
	       "%7.1f %7.1f\n",
		world->liar->name, world->history->name, world->n_nodes, world->n_liars,
		word_of(row->role), mean_useful(row), worst, (unsigned long long)worst_seed,
		100 * mean_useful(row) / rest, 100 * (double)sum.attacked_us * per_day / 86400,
		(double)sum.wrong_tip_us * per_day, (double)sum.old_tip_us * per_day,
		(double)sum.old_longest_us / TW_SEC, (double)sum.idle_us * per_day,
		(double)sum.denied_us * per_day, sum.alarms / days, sum.switches / days);
	fflush(stdout);
}

/* So many liars in a history, as daemons and as references. */
static bool run_rows(struct row *row, struct table_sum *all)
{
	static const enum tw_role roles[] = { TW_ROLE_DAEMON, TW_ROLE_REFERENCE };
	double rest = 0;

	for (size_t i = 0; i < TW_ARRAY_SIZE(roles); i++) {
		row->role = roles[i];
		if (!is_wanted(row))
			continue;
		if (rest == 0)
			rest = run_rest(row);
		if (rest < 0 || !run_row(row))
			return false;
		print_row(row, rest, all);
	}
	return true;
}

bool liars_run(const struct table_params *params, const struct tw_sim_liar *liar, uint32_t n,
	struct table_sum *ret_sum)
{
	struct row row = {
		.params = *params,
		.world = { .n_nodes = n,
			.liar = liar,
			.n_witnesses = params->n_witnesses,
			.n_lying_witnesses = params->n_witnesses * params->lying_percent / 100 },
		.n_nodes = n,
		.n_seeds = (uint32_t)(params->last - params->first + 1),
	};
	size_t size = row.n_seeds * sizeof(*row.runs);
	bool is_good;

	row.runs = jobs_alloc(size);
	is_good = row.runs != NULL;
	for (size_t i = 0; is_good && i < TW_ARRAY_SIZE(histories); i++) {
		row.world.history = tw_sim_history_find(histories[i]);
		for (uint32_t k = 1; is_good && 2 * k < n; k++) {
			row.world.n_liars = k;
			is_good = run_rows(&row, ret_sum);
		}
	}
	jobs_free(row.runs, size);
	if (!is_good)
		fprintf(stderr, "decision: the liars %s with %u nodes could not be run\n",
			liar->name, n);
	return is_good;
}
