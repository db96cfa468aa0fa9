/*
 * How long one observation takes the core, with the step that follows it: microseconds for 5, 100
 * and 1000 nodes in the situations that matter; and what 1000 nodes need in memory. "bench_core
 * --check" also fails when a limit is exceeded, as the tests run it. "bench_core --case NAME
 * [NODES]" runs one situation only, for a profiler: what is measured is all in measured().
 */
#include "core/monitor.h"
#include "core/policy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY_KB_MAX = 6000 };

struct bench {
	uint32_t n;
	int64_t now;
	struct tw_policy policy;
	struct tw_node_policy *nodes;
	struct tw_monitor *monitor;
	int64_t worst_us; /* slowest step since reset */
	int64_t total_us;
	int64_t steps;
};

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

/* chain 0 is the common one; others leave it above fork. */
static struct tw_point block(int64_t height, int64_t fork, uint32_t chain)
{
	struct tw_point point = { .height = height };

	if (height <= fork)
		chain = 0;
	memcpy(point.hash.bytes, &chain, sizeof(chain));
	memcpy(point.hash.bytes + 8, &height, sizeof(height));
	return point;
}

static struct tw_observation obs;

static void fill(int64_t tip, int64_t fork, uint32_t chain, uint32_t n)
{
	tw_observation_init(&obs, TW_RESULT_OK);
	for (uint32_t k = 0; k < n; k++) {
		struct tw_point point = block(tip - k, fork, chain);

		tw_observation_add(&obs, &point);
	}
	obs.rtt_us = 1000;
	obs.peers_in = 8;
}

static void look(
	struct bench *bench, uint32_t i, int64_t tip, int64_t fork, uint32_t chain, uint32_t n)
{
	fill(tip, fork, chain, n);
	tw_monitor_observe(bench->monitor, bench->now, (int32_t)i, -1, &obs);
}

/* A step after observations that are not measured. */
static void step(struct bench *bench)
{
	struct tw_action action;

	tw_monitor_step(bench->monitor, bench->now);
	while (tw_monitor_next_action(bench->monitor, &action))
		;
}

/* Node i shows obs, and a step follows. */
static __attribute__((noinline)) void measured(struct bench *bench, uint32_t i)
{
	tw_monitor_observe(bench->monitor, bench->now, (int32_t)i, -1, &obs);
	tw_monitor_step(bench->monitor, bench->now);
}

/* The same as look() and step(), measured. */
static void check(
	struct bench *bench, uint32_t i, int64_t tip, int64_t fork, uint32_t chain, uint32_t n)
{
	struct tw_action action;
	int64_t begun, us;

	fill(tip, fork, chain, n);
	bench->now += TW_MS;
	begun = clock_us();
	measured(bench, i);
	us = clock_us() - begun;
	bench->total_us += us;
	bench->steps++;
	if (us > bench->worst_us)
		bench->worst_us = us;
	while (tw_monitor_next_action(bench->monitor, &action))
		;
}

static void begin(struct bench *bench, uint32_t n)
{
	struct tw_core_config config;

	*bench = (struct bench){ .n = n, .now = 1000 * TW_SEC };
	tw_policy_init(&bench->policy);
	bench->nodes = calloc(n, sizeof(bench->nodes[0]));
	for (uint32_t i = 0; bench->nodes != NULL && i < n; i++) {
		snprintf(bench->nodes[i].name, sizeof(bench->nodes[i].name), "n%u", i);
		bench->nodes[i].is_primary = i == 0;
	}
	config = (struct tw_core_config){ bench->policy, n, bench->nodes };
	if (bench->nodes == NULL ||
		tw_monitor_create(&config, NULL, NULL, bench->now, &bench->monitor) < 0)
		abort();
}

static void end(struct bench *bench)
{
	tw_monitor_destroy(bench->monitor);
	free(bench->nodes);
}

/* Full windows of one chain everywhere. */
static void warm_up(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n; i++)
		look(bench, i, 10000, 20000, 0, TW_CHAIN_MAX);
	step(bench);
	step(bench);
}

/* Nothing new: one check of one node a step. */
static void steady(struct bench *bench)
{
	warm_up(bench);
	for (int k = 0; k < 200; k++)
		check(bench, (uint32_t)k % bench->n, 10000, 20000, 0, 2);
}

/* A new block arrives at one node after another. */
static void new_block(struct bench *bench)
{
	warm_up(bench);
	for (uint32_t i = 0; i < bench->n; i++)
		check(bench, i, 10001, 20000, 0, 2);
}

/* Two halves, 30 deep, each of which gets a block after the other. */
static void halves(struct bench *bench)
{
	warm_up(bench);
	for (uint32_t i = 0; i < bench->n; i++)
		look(bench, i, 10000, 9970, 1 + i % 2, TW_CHAIN_MAX);
	step(bench);
	for (uint32_t i = 0; i < bench->n; i++)
		check(bench, i, 10001, 9970, 1 + i % 2, 2);
}

/* Every second node has a hole where the halves part. */
static void halves_with_holes(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n; i++) {
		if (i % 4 < 2) {
			look(bench, i, 10000, 9970, 1 + i % 2, TW_CHAIN_MAX);
			continue;
		}
		look(bench, i, 9960, 9970, 1 + i % 2, 64);
		look(bench, i, 10000, 9970, 1 + i % 2, 5);
	}
	step(bench);
	for (uint32_t i = 0; i < bench->n && i < 100; i++)
		check(bench, i, 10001, 9970, 1 + i % 2, 2);
}

/* One of all is far behind, linked through one of the others. */
static void laggard(struct bench *bench)
{
	struct tw_point point = block(500, 20000, 0);

	warm_up(bench);
	tw_observation_init(&obs, TW_RESULT_OK);
	obs.chain[obs.n_chain++] = block(10000, 20000, 0);
	tw_observation_add(&obs, &point);
	tw_monitor_observe(bench->monitor, bench->now, 0, -1, &obs);
	look(bench, bench->n - 1, 500, 20000, 0, 64);
	step(bench);
	for (uint32_t i = 0; i + 1 < bench->n && i < 100; i++)
		check(bench, i, 10001, 20000, 0, 2);
}

/* Nobody has anything to do with anybody. */
static void strangers(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n; i++)
		look(bench, i, 10000, 0, 1 + i, TW_CHAIN_MAX);
	step(bench);
	for (uint32_t i = 0; i < 100; i++)
		check(bench, i % bench->n, 10001 + i / bench->n, 0, 1 + i % bench->n, 2);
}

/* The same at heights of their own, with holes. */
static void scattered(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n; i++) {
		look(bench, i, 10000 + 50 * i, 0, 1 + i, 64);
		look(bench, i, 10040 + 50 * i, 0, 1 + i, 4);
	}
	step(bench);
	for (uint32_t i = 0; i < 100; i++)
		check(bench, 0, 10041 + i, 0, 1, 2);
}

/* A block in common far below, and a thousand forks from it. */
static void thousand_forks(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n; i++)
		look(bench, i, 10000, 9900, 1 + i, TW_CHAIN_MAX);
	step(bench);
	for (uint32_t i = 0; i < 100; i++)
		check(bench, i % bench->n, 10001 + i / bench->n, 9900, 1 + i % bench->n, 2);
}

/* A long ladder: every node a fork of its own, each one block higher than the last. */
static void ladder(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n; i++)
		look(bench, i, 10000, 9880 + i % 120, 1 + i, TW_CHAIN_MAX);
	step(bench);
	for (uint32_t i = 0; i < 100; i++)
		check(bench, i % bench->n, 10001 + i / bench->n, 9880 + (i % bench->n) % 120,
			1 + i % bench->n, 2);
}

static const struct {
	const char *name;
	void (*run)(struct bench *bench);
	int64_t limit_us; /* on average, for 1000 nodes */
} cases[] = {
	{ "steady", steady, 10 },
	{ "a new block", new_block, 50 },
	{ "halves, 30 deep", halves, 100 },
	{ "halves with holes", halves_with_holes, 80 },
	{ "a laggard", laggard, 80 },
	{ "strangers", strangers, 150 },
	{ "scattered strangers", scattered, 150 },
	{ "a thousand forks", thousand_forks, 200 },
	{ "a ladder of forks", ladder, 250 },
};

/* Runs a case. Returns the mean in microseconds; ret_bench gets the other figures. */
static double run(size_t i, uint32_t n_nodes, struct bench *ret_bench)
{
	begin(ret_bench, n_nodes);
	cases[i].run(ret_bench);
	end(ret_bench);
	return (double)ret_bench->total_us / (double)ret_bench->steps;
}

static long resident_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, pages;

	if (file == NULL || fscanf(file, "%ld %ld", &size, &pages) != 2)
		abort();
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What the nodes need in memory while they are on one chain. To be asked before all else. */
static bool show_memory(uint32_t n_nodes)
{
	long before = resident_kb(), used;
	struct bench bench;

	begin(&bench, n_nodes);
	new_block(&bench);
	used = resident_kb() - before;
	end(&bench);
	printf("%u nodes on one chain: %ld kB\n\n", n_nodes, used);
	return used <= MEMORY_KB_MAX;
}

static int run_one(const char *name, uint32_t n_nodes)
{
	struct bench bench;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (strcmp(cases[i].name, name) == 0) {
			double mean_us = run(i, n_nodes, &bench);

			printf("%lld checks, %.1f us each\n", (long long)bench.steps, mean_us);
			return 0;
		}
	}
	fprintf(stderr, "bench_core: there is no case \"%s\"\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 5, 100, 1000 };
	bool is_checked = argc > 1 && strcmp(argv[1], "--check") == 0;
	int r = 0;

	if (argc > 2 && strcmp(argv[1], "--case") == 0)
		return run_one(argv[2], argc > 3 ? (uint32_t)atoi(argv[3]) : 1000);
	if (!show_memory(1000) && is_checked)
		r = 1;
	printf("%-22s", "us a check (worst)");
	for (size_t s = 0; s < TW_ARRAY_SIZE(sizes); s++)
		printf("%12u nodes   ", sizes[s]);
	putchar('\n');
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		printf("%-22s", cases[i].name);
		for (size_t s = 0; s < TW_ARRAY_SIZE(sizes); s++) {
			struct bench bench;
			double mean_us = run(i, sizes[s], &bench);

			printf("%10.1f (%6lld)", mean_us, (long long)bench.worst_us);
			if (is_checked && mean_us > (double)cases[i].limit_us)
				r = 1;
		}
		putchar('\n');
	}
	if (r != 0)
		printf("too slow, or too large\n");
	return r;
}
