/*
 * How good is the decision: the same seeded fault histories through tipwatch and through the rules
 * that people use today. See usage() below.
 */
#include "core/policy.h"
#include "liars.h"
#include "table.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * The rule was improved looking at the tuning seeds only; the judging seeds are for the table.
 * Nobody has looked into a history of theirs.
 */
enum { TUNING_FIRST = 1, TUNING_LAST = 12, JUDGING_FIRST = 1001, JUDGING_LAST = 1012 };
enum { LEAST_PERCENT = 95, JOBS_MAX = 1024 };

struct options {
	struct table_params table;
	const char *histories; /* names, separated by commas */
	const char *nodes;
	bool is_checked;
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
	for (uint32_t i = 0; tw_sim_history_get(i) != NULL; i++)
		fprintf(out, "           %-15s %s\n", tw_sim_history_get(i)->name,
			tw_sim_history_get(i)->about);
	fprintf(out,
		"           liars-NAME      instead: tipwatch with nodes that lie on purpose, a "
		"minority of\n"
		"                           3 or 5 nodes (--nodes), own daemons and references, "
		"among calm\n"
		"                           and mixed; liars-all: every strategy\n");
	for (uint32_t i = 0; tw_sim_liar_get(i) != NULL; i++)
		fprintf(out, "           liars-%-9s %s\n", tw_sim_liar_get(i)->name,
			tw_sim_liar_get(i)->about);
	fprintf(out,
		"  --check                       fail when tipwatch is worse than it must be\n"
		"  --nodes N[,N]...              daemons (default 1,3,5,7; of liars 3,5)\n"
		"  --days N                      simulated days per seed (default 4)\n"
		"  --witnesses N                 witnesses of tipwatch (default 0)\n"
		"  --lying PERCENT               of them, who back the tallest wrong chain\n"
		"  --near                        daemons that get a block within some 50 ms\n"
		"  --switch-cost SECONDS         of tipwatch's configuration (default 0)\n"
		"  --rule NAME                   only one rule (and the oracle)\n"
		"  --row HISTORY-LIARS-ROLE      of the liars only this row, as mixed-1-own or "
		"calm-2-refs\n"
		"  --trace                       with one seed and one number of daemons: what "
		"happened\n"
		"  --journal FILE                likewise: tipwatch's run as a journal for "
		"tipwatchctl replay\n"
		"  --jobs N                      runs at a time (default: the number of "
		"processors; with\n"
		"                                --trace 1)\n"
		"\n"
		"How fast it was goes to standard error: daemons times simulated days of tipwatch's\n"
		"runs over the processor time of these alone, and over the time that all took.\n"
		"Of liars: %%rest is the useful time in percent of that of the honest nodes alone; liar%% "
		"is\n"
		"the time on a liar; T wrong, T old, its longest idle (not usable although a good "
		"daemon\n"
		"was there) and denied (although a majority of the nodes were good daemons) are "
		"seconds\n"
		"a day, alarms and switches are a day. A daemon whose last check failed is not good "
		"here.\n");
}

static void fail(const char *what, const char *value)
{
	fprintf(stderr, "decision: %s '%s'; --help shows what is allowed\n", what, value);
	exit(2);
}

static uint32_t n_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : (uint32_t)n;
}

static double elapsed_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* --- options --- */

static void parse_seeds(struct options *options, const char *text)
{
	char *end;

	if (strcmp(text, "tuning") == 0) {
		options->table.first = TUNING_FIRST;
		options->table.last = TUNING_LAST;
		return;
	}
	if (strcmp(text, "judging") == 0) {
		options->table.first = JUDGING_FIRST;
		options->table.last = JUDGING_LAST;
		return;
	}
	options->table.first = options->table.last = strtoull(text, &end, 10);
	if (*end == '-' && end != text)
		options->table.last = strtoull(end + 1, &end, 10);
	if (end == text || *end != '\0' || options->table.last < options->table.first ||
		options->table.last - options->table.first >= TABLE_SEEDS_MAX)
		fail("no seeds", text);
}

static uint32_t parse_jobs(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n < 1 || n > JOBS_MAX)
		fail("not a number of jobs", text);
	return (uint32_t)n;
}

static uint32_t parse_count(const char *text, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n > max)
		fail("not such a number", text);
	return (uint32_t)n;
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = { { "seeds", required_argument, NULL, 's' },
		{ "history", required_argument, NULL, 'H' },
		{ "nodes", required_argument, NULL, 'n' }, { "days", required_argument, NULL, 'd' },
		{ "witnesses", required_argument, NULL, 'w' },
		{ "lying", required_argument, NULL, 'l' }, { "near", no_argument, NULL, 'N' },
		{ "switch-cost", required_argument, NULL, 'k' },
		{ "row", required_argument, NULL, 'R' }, { "rule", required_argument, NULL, 'r' },
		{ "trace", no_argument, NULL, 't' }, { "journal", required_argument, NULL, 'j' },
		{ "check", no_argument, NULL, 'c' }, { "jobs", required_argument, NULL, 'J' },
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
			options->table.days = strtod(optarg, NULL);
			if (!(options->table.days > 0 && options->table.days <= 1000))
				fail("not a number of days", optarg);
			break;
		case 'w':
			options->table.n_witnesses = parse_count(optarg, TW_WITNESSES_MAX);
			break;
		case 'l':
			options->table.lying_percent = parse_count(optarg, 100);
			break;
		case 'N':
			options->table.is_near = true;
			break;
		case 'k':
			options->table.policy.switch_cost_us = parse_count(optarg, 3600) * TW_SEC;
			break;
		case 'r':
			options->table.rule = rival_find(optarg);
			if (options->table.rule == NULL)
				fail("no rule", optarg);
			break;
		case 'R':
			options->table.row = optarg;
			break;
		case 't':
			options->table.is_traced = true;
			break;
		case 'j':
			options->table.journal = optarg;
			break;
		case 'J':
			options->table.jobs = parse_jobs(optarg);
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
	/* Side by side the traces would run into each other. */
	if (options->table.is_traced)
		options->table.jobs = 1;
	if (options->table.journal != NULL &&
		(options->table.first != options->table.last || options->nodes == NULL ||
			strpbrk(options->nodes, ",") != NULL ||
			strpbrk(options->histories, ",") != NULL ||
			strcmp(options->histories, "all") == 0 ||
			strcmp(options->histories, "liars-all") == 0 ||
			(strncmp(options->histories, "liars-", 6) == 0 &&
				options->table.row == NULL)))
		fail("one seed, one history (of liars one row) and one number of daemons go into",
			options->table.journal);
}

/* --- all tables --- */

/* Runs one history, or one strategy of liars where history is NULL. */
static bool run_history(const struct options *options, const struct tw_sim_history *history,
	const struct tw_sim_liar *liar, struct table_sum *sum)
{
	const char *nodes = options->nodes != NULL ? options->nodes
			    : liar != NULL         ? "3,5"
						   : "1,3,5,7";
	char *list = strdup(nodes);
	bool is_good = true;

	for (char *at = list, *word; (word = strsep(&at, ",")) != NULL;) {
		long n = strtol(word, NULL, 10);

		if (n < 1 || n > TW_SIM_WORLD_NODES_MAX)
			fail("not a number of daemons", word);
		if (liar != NULL ? !liars_run(&options->table, liar, (uint32_t)n, sum)
				 : !table_run(&options->table, history, (uint32_t)n, sum))
			is_good = false;
	}
	free(list);
	return is_good;
}

static bool run_liars(const struct options *options, const char *name, struct table_sum *sum)
{
	bool is_all = strcmp(name, "all") == 0, is_good = true;

	if (!is_all && tw_sim_liar_find(name) == NULL)
		fail("no liars", name);
	for (uint32_t i = 0; tw_sim_liar_get(i) != NULL; i++) {
		const struct tw_sim_liar *liar = tw_sim_liar_get(i);

		if (is_all || strcmp(liar->name, name) == 0)
			is_good = run_history(options, NULL, liar, sum) && is_good;
	}
	return is_good;
}

static bool run_histories(const struct options *options, const char *name, struct table_sum *sum)
{
	bool is_all = strcmp(name, "all") == 0, is_good = true;

	if (!is_all && tw_sim_history_find(name) == NULL)
		fail("no history", name);
	for (uint32_t i = 0; tw_sim_history_get(i) != NULL; i++) {
		const struct tw_sim_history *history = tw_sim_history_get(i);

		if (is_all || strcmp(history->name, name) == 0)
			is_good = run_history(options, history, NULL, sum) && is_good;
	}
	return is_good;
}

static bool run_all(const struct options *options, struct table_sum *sum)
{
	static const char prefix[] = "liars-";
	char *list = strdup(options->histories);
	bool is_good = true, is_first = true, was_liars = false;

	for (char *at = list, *word; (word = strsep(&at, ",")) != NULL;) {
		bool is_liars = strncmp(word, prefix, sizeof(prefix) - 1) == 0;

		if (is_first || is_liars != was_liars) {
			if (is_liars)
				liars_head();
			else
				table_head();
		}
		is_first = false;
		was_liars = is_liars;
		if (!(is_liars ? run_liars(options, word + sizeof(prefix) - 1, sum)
			       : run_histories(options, word, sum)))
			is_good = false;
	}
	free(list);
	return is_good;
}

/* For the tests: floors far below what it does, for histories as short as theirs. */
static bool check(const struct table_sum *sum)
{
	bool is_good = true;

	if (sum->least < LEAST_PERCENT) {
		printf("FAILED: %.3f %% of the oracle's useful time, less than %d\n", sum->least,
			LEAST_PERCENT);
		is_good = false;
	}
	if (sum->late_us > 0) {
		printf("FAILED: %.3f s on a fork that a quorum contradicted\n",
			(double)sum->late_us / TW_SEC);
		is_good = false;
	}
	if (sum->denied_us > 0) {
		printf("FAILED: %.3f s told not to mine, although most nodes were good daemons\n",
			(double)sum->denied_us / TW_SEC);
		is_good = false;
	}
	if (sum->checks == 0) {
		printf("FAILED: nothing was checked\n");
		is_good = false;
	}
	return is_good;
}

static void print_speed(const struct table_sum *sum, uint32_t jobs, double took_s)
{
	if (sum->processor_s > 0)
		fprintf(stderr,
			"tipwatch's runs: %.1f daemon-days in %.2f s of processor time, %.0f a minute\n",
			sum->daemon_days, sum->processor_s,
			60 * sum->daemon_days / sum->processor_s);
	fprintf(stderr, "all runs, the other rules' too: %.2f s, %u at a time", took_s, jobs);
	if (sum->processor_s > 0)
		fprintf(stderr, ", %.0f daemon-days of tipwatch a minute",
			60 * sum->daemon_days / took_s);
	fputc('\n', stderr);
}

int main(int argc, char **argv)
{
	struct options options = {
		.table = { .first = JUDGING_FIRST,
			.last = JUDGING_LAST,
			.days = 4,
			.jobs = n_processors() },
		.histories = "mixed",
	};
	struct table_sum sum = { .least = 100 };
	double begun = elapsed_s();
	bool is_good;

	tw_policy_init(&options.table.policy);
	options.table.policy.has_template = true;
	parse(&options, argc, argv);
	printf("seeds %llu to %llu, %g days each; tuning seeds are %d to %d, judging seeds %d to "
	       "%d\n",
		(unsigned long long)options.table.first, (unsigned long long)options.table.last,
		options.table.days, TUNING_FIRST, TUNING_LAST, JUDGING_FIRST, JUDGING_LAST);
	is_good = run_all(&options, &sum);
	print_speed(&sum, options.table.jobs, elapsed_s() - begun);
	return is_good && (!options.is_checked || check(&sum)) ? 0 : 1;
}
