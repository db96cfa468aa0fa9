/*
 * How good is the decision: the same seeded fault histories through tipwatch and through the rules
 * that people use today. See usage() below.
 */
#include "core/policy.h"
#include "record.h"
#include "rivals.h"
#include "trace.h"
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * The rule was improved looking at the tuning seeds only; the judging seeds are for the table.
 * Nobody has looked into a history of theirs.
 */
enum { TUNING_FIRST = 1, TUNING_LAST = 12, JUDGING_FIRST = 1001, JUDGING_LAST = 1012 };
enum { SEEDS_MAX = 1000, CHECKS_PER_DAY = 86400, LEAST_PERCENT = 95 };

struct options {
	uint64_t first;
	uint64_t last;
	double days;
	const char *histories; /* names, separated by commas */
	const char *nodes;
	const struct tw_simrule_ops *rule; /* NULL: all */
	struct tw_policy policy;
	bool is_traced;
	const char *journal; /* NULL: none */
	bool is_checked;
	/* of tipwatch, for --check */
	double least; /* percent of the oracle, of one row */
	int64_t late_us;
	uint64_t checks;
};

struct row {
	double useful[SEEDS_MAX]; /* percent */
	double of_oracle[SEEDS_MAX];
	struct tw_simscore sum;
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: decision [OPTION]...\n"
		"\n"
		"Runs seeded fault histories through tipwatch and its rivals.\n"
		"\n"
		"  --seeds tuning|judging|N|N-M  tuning: %d to %d, the rule was improved on "
		"them;\n"
		"                                judging: %d to %d (default), kept apart\n"
		"  --history NAME[,NAME]...      default mixed; all: every one of\n",
		TUNING_FIRST, TUNING_LAST, JUDGING_FIRST, JUDGING_LAST);
	for (uint32_t i = 0; tw_simhistory_get(i) != NULL; i++)
		fprintf(out, "           %-15s %s\n", tw_simhistory_get(i)->name,
			tw_simhistory_get(i)->about);
	fprintf(out,
		"  --check                       fail when tipwatch is worse than it must be\n"
		"  --nodes N[,N]...              daemons (default 1,3,5,7)\n"
		"  --days N                      simulated days per seed (default 4)\n"
		"  --rule NAME                   only one rule (and the oracle)\n"
		"  --trace                       with one seed and one number of daemons: what "
		"happened\n"
		"  --journal FILE                likewise: tipwatch's run as a journal for "
		"tipwatchctl replay\n");
}

static void fail(const char *what, const char *value)
{
	fprintf(stderr, "decision: %s '%s'; --help shows what is allowed\n", what, value);
	exit(2);
}

static double clock_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* --- running --- */

static void run_one(const struct options *options, const struct tw_simhistory *history, uint32_t n,
	uint64_t seed, const struct tw_simrule_ops *rule, struct tw_simscore *ret_score)
{
	struct tw_node_policy nodes[TW_SIMWORLD_NODES_MAX] = { 0 };
	struct tw_simdrive_params params = {
		.world = { .seed = seed,
			.n_nodes = n,
			.block_target_us = options->policy.block_target_us,
			.pool_share = 0.05,
			.history = history },
		.config = { options->policy, n, nodes },
		.rule = rule,
		.duration_us = (int64_t)(options->days * (double)TW_DAY),
	};
	struct trace trace;
	struct record record;
	bool is_recorded = options->journal != NULL && rule == &tw_simrule_tipwatch;
	int r;

	for (uint32_t i = 0; i < n; i++)
		(void)snprintf(nodes[i].name, sizeof(nodes[i].name), "d%u", i + 1);
	nodes[0].is_primary = true;
	if (options->is_traced && rule != &rival_oracle)
		trace_begin(&trace, &params);
	r = is_recorded ? record_begin(&record, &params, options->journal) : 0;
	if (r < 0) {
		fprintf(stderr, "decision: cannot write %s: %s\n", options->journal, strerror(-r));
		exit(1);
	}
	r = tw_simdrive_run(&params, ret_score);
	if (is_recorded && record_end(&record) < 0) {
		fprintf(stderr, "decision: %s is not complete\n", options->journal);
		exit(1);
	}
	if (r < 0) {
		fprintf(stderr, "decision: the simulation cannot go on: %s\n", strerror(-r));
		exit(1);
	}
}

static double useful(const struct tw_simscore *score)
{
	int64_t all = 0;

	for (int i = 0; i <= TW_SIMSTANDING_NONE; i++)
		all += score->span_us[i];
	return 100.0 * (double)score->span_us[TW_SIMSTANDING_GOOD] / (double)all;
}

static void add(struct tw_simscore *sum, const struct tw_simscore *score)
{
	for (int i = 0; i <= TW_SIMSTANDING_NONE; i++)
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

static void print_head(void)
{
	printf("%-14s %2s %-11s %8s %8s %7s %9s %9s %8s %8s %8s %7s %7s %8s %6s\n", "history", "N",
		"rule", "useful%", "worst%", "spread", "%oracle", "worst", "stale", "fork", "none",
		"late", "switch", "needless", "flaps");
}

static void print_row(const struct options *options, const char *history, uint32_t n,
	const char *rule, const struct row *row)
{
	uint32_t seeds = (uint32_t)(options->last - options->first + 1);
	double days = options->days * seeds;
	const int64_t *span_us = row->sum.span_us;

	printf("%-14s %2u %-11s %8.3f %8.3f %7.3f %9.3f %9.3f %8.1f %8.1f %8.1f %7.1f %7.1f %8.1f "
	       "%6.1f\n",
		history, n, rule, mean_of(row->useful, seeds), worst_of(row->useful, seeds),
		spread_of(row->useful, seeds), mean_of(row->of_oracle, seeds),
		worst_of(row->of_oracle, seeds),
		(double)span_us[TW_SIMSTANDING_STALE] / TW_SEC / days,
		(double)span_us[TW_SIMSTANDING_FORK] / TW_SEC / days,
		(double)span_us[TW_SIMSTANDING_NONE] / TW_SEC / days,
		(double)row->sum.late_us / TW_SEC / days, row->sum.switches / days,
		row->sum.needless / days, row->sum.flaps / days);
	fflush(stdout);
}

/* What --check looks at. */
static void note(struct options *options, uint32_t seeds, const struct row *row)
{
	double share = mean_of(row->of_oracle, seeds);

	if (share < options->least)
		options->least = share;
	options->late_us += row->sum.late_us;
	options->checks += row->sum.checks;
}

static void run_table(struct options *options, const struct tw_simhistory *history, uint32_t n)
{
	static struct row row;
	double truth[SEEDS_MAX];
	struct row *oracle = calloc(1, sizeof(*oracle));
	uint32_t seeds = (uint32_t)(options->last - options->first + 1);
	struct tw_simscore score;

	if (oracle == NULL)
		exit(1);
	for (uint32_t k = 0; k < seeds; k++) {
		run_one(options, history, n, options->first + k, &rival_oracle, &score);
		add(&oracle->sum, &score);
		truth[k] = oracle->useful[k] = useful(&score);
		oracle->of_oracle[k] = 100;
	}
	for (uint32_t i = 0; rival_get(i) != NULL; i++) {
		const struct tw_simrule_ops *rule = rival_get(i);

		if (rule == &rival_oracle || (options->rule != NULL && rule != options->rule))
			continue;
		row.sum = (struct tw_simscore){ 0 };
		for (uint32_t k = 0; k < seeds; k++) {
			run_one(options, history, n, options->first + k, rule, &score);
			add(&row.sum, &score);
			row.useful[k] = useful(&score);
			row.of_oracle[k] = 100 * row.useful[k] / truth[k];
		}
		print_row(options, history->name, n, rule->name, &row);
		if (rule == &tw_simrule_tipwatch)
			note(options, seeds, &row);
	}
	print_row(options, history->name, n, rival_oracle.name, oracle);
	free(oracle);
}

/* --- options --- */

static void parse_seeds(struct options *options, const char *text)
{
	char *end;

	if (strcmp(text, "tuning") == 0) {
		options->first = TUNING_FIRST;
		options->last = TUNING_LAST;
		return;
	}
	if (strcmp(text, "judging") == 0) {
		options->first = JUDGING_FIRST;
		options->last = JUDGING_LAST;
		return;
	}
	options->first = options->last = strtoull(text, &end, 10);
	if (*end == '-' && end != text)
		options->last = strtoull(end + 1, &end, 10);
	if (end == text || *end != '\0' || options->last < options->first ||
		options->last - options->first >= SEEDS_MAX)
		fail("no seeds", text);
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = { { "seeds", required_argument, NULL, 's' },
		{ "history", required_argument, NULL, 'H' },
		{ "nodes", required_argument, NULL, 'n' }, { "days", required_argument, NULL, 'd' },
		{ "rule", required_argument, NULL, 'r' }, { "trace", no_argument, NULL, 't' },
		{ "journal", required_argument, NULL, 'j' }, { "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			parse_seeds(options, optarg);
			break;
		case 'H':
			options->histories = optarg;
			break;
		case 'n':
			options->nodes = optarg;
			break;
		case 'd':
			options->days = strtod(optarg, NULL);
			if (!(options->days > 0 && options->days <= 1000))
				fail("not a number of days", optarg);
			break;
		case 'r':
			options->rule = rival_find(optarg);
			if (options->rule == NULL)
				fail("no rule", optarg);
			break;
		case 't':
			options->is_traced = true;
			break;
		case 'j':
			options->journal = optarg;
			break;
		case 'c':
			options->is_checked = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind < argc)
		fail("unexpected", argv[optind]);
	if (options->journal != NULL &&
		(options->first != options->last || strpbrk(options->nodes, ",") != NULL ||
			strpbrk(options->histories, ",") != NULL ||
			strcmp(options->histories, "all") == 0))
		fail("one seed, one history and one number of daemons go into", options->journal);
}

static void run_history(struct options *options, const struct tw_simhistory *history)
{
	char *list = strdup(options->nodes);

	for (char *at = list, *word; (word = strsep(&at, ",")) != NULL;) {
		long n = strtol(word, NULL, 10);

		if (n < 1 || n > TW_SIMWORLD_NODES_MAX)
			fail("not a number of daemons", word);
		run_table(options, history, (uint32_t)n);
	}
	free(list);
}

/* For the tests: floors far below what it does, for histories as short as theirs. */
static int check(const struct options *options)
{
	int r = 0;

	if (options->least < LEAST_PERCENT) {
		printf("FAILED: %.3f %% of the oracle's useful time, less than %d\n",
			options->least, LEAST_PERCENT);
		r = 1;
	}
	if (options->late_us > 0) {
		printf("FAILED: %.3f s on a fork that a quorum contradicted\n",
			(double)options->late_us / TW_SEC);
		r = 1;
	}
	if (options->checks == 0) {
		printf("FAILED: nothing was checked\n");
		r = 1;
	}
	return r;
}

int main(int argc, char **argv)
{
	struct options options = {
		.first = JUDGING_FIRST,
		.last = JUDGING_LAST,
		.days = 4,
		.histories = "mixed",
		.nodes = "1,3,5,7",
		.least = 100,
	};
	double begun = clock_s(), days;
	char *list;

	tw_policy_init(&options.policy);
	options.policy.has_template = true;
	parse(&options, argc, argv);
	printf("seeds %llu to %llu, %g days each; tuning seeds are %d to %d, judging seeds %d to "
	       "%d\n",
		(unsigned long long)options.first, (unsigned long long)options.last, options.days,
		TUNING_FIRST, TUNING_LAST, JUDGING_FIRST, JUDGING_LAST);
	print_head();
	list = strdup(options.histories);
	for (char *at = list, *word; (word = strsep(&at, ",")) != NULL;) {
		if (strcmp(word, "all") == 0) {
			for (uint32_t i = 0; tw_simhistory_get(i) != NULL; i++)
				run_history(&options, tw_simhistory_get(i));
		} else if (tw_simhistory_find(word) == NULL) {
			fail("no history", word);
		} else {
			run_history(&options, tw_simhistory_find(word));
		}
	}
	free(list);
	days = (double)options.checks / CHECKS_PER_DAY;
	printf("%.0f daemon-days of tipwatch; all in %.1f s\n", days, clock_s() - begun);
	return options.is_checked ? check(&options) : 0;
}
