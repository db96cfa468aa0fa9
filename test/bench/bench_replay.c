/*
 * How long the replay of a day takes: five daemons checked every second, 432,000 checks, with a
 * block every 30 s, a peer count in every fifth check and a daemon that is away now and then.
 * "bench_replay --check" also fails when it takes too long; "bench_replay --write" prints the
 * journal, for tipwatchctl replay.
 */
#include "core/node/chain.h"
#include "core/policy.h"
#include "journal/journal.h"
#include "replay/replay.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NODES = 5, SECONDS = 86400, BLOCK_S = 30, LIMIT_MS = 10000 };
static const size_t journal_max = (size_t)1 << 30;

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

static struct tw_point block(int64_t height)
{
	struct tw_point point = { .height = height };

	/* As wide apart as real hashes are. */
	for (size_t i = 0; i < sizeof(point.hash.bytes); i++)
		point.hash.bytes[i] = (uint8_t)((uint64_t)height * 2654435761U >> (i % 8));
	return point;
}

/* Away for ten minutes each, in turn. */
static bool is_away(int second, uint32_t node)
{
	return second % 7200 < 600 && (uint32_t)(second / 7200) % NODES == node;
}

static void write_check(const struct tw_core_config *config, int second, uint32_t node,
	int64_t *tips, struct tw_buf *out)
{
	static struct tw_observation obs;
	int64_t tip = 1000 + second / BLOCK_S;
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_CHECK,
		.t_us = second * TW_SEC + (int64_t)(node * 1317 + 211),
		.node = (int32_t)node,
		.obs = &obs,
	};

	tw_observation_init(&obs, is_away(second, node) ? TW_RESULT_REFUSED : TW_RESULT_OK);
	if (obs.result == TW_RESULT_OK) {
		int64_t n = tip == tips[node] ? 1 : tips[node] < 0 ? 4 : tip - tips[node];

		for (int64_t k = 0; k < n && k < TW_CHAIN_MAX; k++)
			obs.chain[obs.n_chain++] = block(tip - k);
		tips[node] = tip;
		obs.rtt_us = 1000 + second % 977;
		obs.header_time_s = 1795449938 + second;
	}
	if (obs.result == TW_RESULT_OK && second % 5 == 0) {
		obs.peers_in = 8;
		obs.peers_out = 12;
		obs.synced = 1;
		obs.network_height = tip;
	}
	tw_journal_write(config, &record, out);
}

static void write_day(struct tw_buf *out)
{
	struct tw_node_policy nodes[NODES] = { 0 };
	struct tw_journal_header header = {
		.version = "bench", .wall_ms = TW_UNKNOWN, .started_ms = TW_UNKNOWN
	};
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_HEADER, .t_us = TW_UNKNOWN, .header = &header
	};
	int64_t tips[NODES];

	for (uint32_t i = 0; i < NODES; i++) {
		snprintf(nodes[i].name, sizeof(nodes[i].name), "daemon%u", i);
		tips[i] = TW_UNKNOWN;
	}
	nodes[0].is_primary = true;
	header.config = (struct tw_core_config){ .n_nodes = NODES, .nodes = nodes };
	tw_policy_init(&header.config.policy);
	tw_journal_write(&header.config, &record, out);
	for (int second = 0; second < SECONDS; second++) {
		for (uint32_t i = 0; i < NODES; i++)
			write_check(&header.config, second, i, tips, out);
	}
}

static void on_line(void *ctx, const char *text, size_t len)
{
	(void)text;
	(void)len;
	++*(uint64_t *)ctx;
}

int main(int argc, char **argv)
{
	bool is_check = argc > 1 && strcmp(argv[1], "--check") == 0;
	uint64_t n_lines = 0;
	struct tw_replay_options options = { .line = on_line, .ctx = &n_lines };
	struct tw_replay *replay;
	struct tw_buf day, summary;
	int64_t begun_us, ms;
	int r;

	tw_buf_init(&day, journal_max);
	tw_buf_init(&summary, 1 << 16);
	write_day(&day);
	if (day.error < 0 || tw_replay_create(&options, &replay) < 0)
		return EXIT_FAILURE;
	if (argc > 1 && !is_check) {
		(void)fwrite(day.data, 1, day.len, stdout);
		r = fflush(stdout);
		goto out;
	}
	begun_us = clock_us();
	r = tw_replay_text(replay, "day", day.data, day.len);
	ms = (clock_us() - begun_us) / 1000;
	tw_replay_summary(replay, &summary);
	printf("%zu MB in %" PRId64 " ms, %" PRIu64 " lines\n%s\n", day.len >> 20, ms, n_lines,
		tw_buf_str(&summary));
	if (r != 0)
		printf("%s\n", tw_replay_message(replay));
	/* Away and back, for each of the twelve times, at the least. */
	if (n_lines < 24)
		r = 1;
	if (is_check && ms > LIMIT_MS) {
		printf("a day must not take longer than %d ms\n", LIMIT_MS);
		r = 1;
	}
out:
	tw_replay_destroy(replay);
	tw_buf_finish(&day);
	tw_buf_finish(&summary);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
