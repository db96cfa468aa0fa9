/* See report.h. */
#include "serve/report.h"
#include "account/record.h"
#include "account/sums.h"
#include "base/num.h"
#include "block/record.h"
#include "core/reason.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORST_MAX = 3, LOST_MAX = 10, PROBLEM_MAX = 512 };

/* How it is counted, for people: part of the answer, so that every reader says the same. */
static const char *const explained[] = {
	"Usable is the watched time in which tipwatch had a daemon that the pool could mine on.",
	"Saved is the part of it in which the primary was unhealthy or unresponsive: a pool with the "
	"primary alone would have mined for nothing then, or not at all. Not claimed is the time in "
	"which an operator had drained the primary or pinned another daemon, and that in which the "
	"primary was good again and only had to prove it.",
	"Contested is the time in which the nodes were split over two chains without a majority.",
	"Not watched is the time in which tipwatchd did not run, the machine was suspended, or the "
	"daemons were not compared yet. It is in no other figure.",
	"A daemon is available while it is healthy: a share of the watched time in which it was not "
	"drained.",
	"The worst hours are those with the longest time without a usable daemon, then those that "
	"were contested, then those in which most was saved. Days and hours are UTC.",
};

static void put_pool(const struct tw_account_pool *pool, struct tw_emit *json)
{
	tw_emit_put_int_or_null(json, "from_ms", pool->from_ms);
	tw_emit_put_int(json, "watched_ms", pool->watched_ms);
	tw_emit_put_int(json, "unwatched_ms", pool->unwatched_ms);
	tw_emit_put_int(json, "usable_ms", pool->usable_ms);
	tw_emit_put_int(json, "unusable_ms", pool->watched_ms - pool->usable_ms);
	tw_emit_put_int(json, "saved_ms", pool->saved_ms);
	tw_emit_put_int(json, "contested_ms", pool->contested_ms);
}

static void write_pool(const struct tw_status_source *source, struct tw_account_period period,
	struct tw_emit *json)
{
	struct tw_account_pool pool;

	tw_account_sums_pool(source->account, period, source->wall_us / TW_MS, &pool);
	tw_emit_open_map(json);
	put_pool(&pool, json);
	tw_emit_close_map(json);
}

static void write_daemon(const struct tw_config *config, const struct tw_account_daemon *daemon,
	struct tw_emit *json)
{
	int32_t node = tw_config_find(config, daemon->name);

	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", daemon->name);
	tw_emit_put_bool(json, "configured", node >= 0);
	tw_emit_put_bool(json, "primary", node >= 0 && config->nodes[node].policy.is_primary);
	tw_emit_put_bool(json, "reference",
		node >= 0 && config->nodes[node].policy.role == TW_ROLE_REFERENCE);
	tw_emit_put_int(json, "expected_ms", daemon->expected_ms);
	tw_emit_put_int(json, "healthy_ms", daemon->healthy_ms);
	tw_emit_key(json, "reasons");
	tw_emit_open_map(json);
	for (int i = 0; i < TW_REASONS; i++) {
		if (daemon->ms[i] > 0)
			tw_emit_put_int(json, tw_reason_word((enum tw_reason)i), daemon->ms[i]);
	}
	tw_emit_close_map(json);
	tw_emit_put_int(json, "switches_away", daemon->n_away);
	tw_emit_key(json, "away");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < TW_ACCOUNT_CAUSES; i++) {
		if (daemon->away[i] > 0)
			tw_emit_put_int(json, tw_account_day_cause(i), daemon->away[i]);
	}
	tw_emit_close_map(json);
	tw_emit_close_map(json);
}

/* Those of the configuration in its order, then the others. */
static int write_daemons(const struct tw_status_source *source, struct tw_account_period period,
	struct tw_emit *json)
{
	struct tw_account_daemon *daemons = NULL;
	uint32_t n = 0;
	int r = tw_account_sums_daemons(source->account, period, &n, &daemons);

	tw_emit_open_array(json);
	for (uint32_t i = 0; r == 0 && i < source->config->n_nodes; i++) {
		for (uint32_t k = 0; k < n; k++) {
			if (strcmp(daemons[k].name, source->config->nodes[i].policy.name) == 0)
				write_daemon(source->config, &daemons[k], json);
		}
	}
	for (uint32_t k = 0; r == 0 && k < n; k++) {
		if (tw_config_find(source->config, daemons[k].name) < 0)
			write_daemon(source->config, &daemons[k], json);
	}
	tw_emit_close_array(json);
	free(daemons);
	return r;
}

static void write_worst(const struct tw_status_source *source, struct tw_account_period period,
	struct tw_emit *json)
{
	struct tw_account_worst worst[WORST_MAX];
	uint32_t n = tw_account_sums_worst(source->account, period, WORST_MAX, worst);

	tw_emit_open_array(json);
	for (uint32_t i = 0; i < n; i++) {
		const struct tw_account_hour *hour = worst[i].hour;

		tw_emit_open_map(json);
		tw_emit_put_int(json, "from_ms", worst[i].from_ms);
		tw_emit_put_int(json, "watched_ms", hour->watched_ms);
		tw_emit_put_int(json, "unusable_ms", (int64_t)hour->watched_ms - hour->usable_ms);
		tw_emit_put_int(json, "contested_ms", hour->contested_ms);
		tw_emit_put_int(json, "saved_ms", hour->saved_ms);
		tw_emit_put_text(json, "primary_reason",
			hour->reason_ms > 0 ? tw_reason_word((enum tw_reason)hour->reason) : NULL);
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
}

/* Of the blocks that were found in the period: how many came to what, and those that were lost. */
static void write_blocks(
	const struct tw_block_book *book, struct tw_account_period period, struct tw_emit *json)
{
	const int64_t from_ms = period.first * TW_ACCOUNT_DAY_MS;
	uint32_t counts[TW_BLOCK_STATES] = { 0 }, n = 0, n_lost = 0;

	tw_emit_open_map(json);
	tw_emit_put_bool(json, "kept", book != NULL);
	tw_emit_key(json, "lost");
	tw_emit_open_array(json);
	for (uint32_t i = book == NULL ? 0 : book->n; i-- > 0;) {
		const struct tw_block *block = book->blocks[i];

		if (block->found_ms < from_ms)
			break;
		n++;
		counts[block->state]++;
		if (tw_block_book_is_lost(block->state) && n_lost++ < LOST_MAX)
			tw_block_record_write(block, json);
	}
	tw_emit_close_array(json);
	tw_emit_put_int(json, "found", n);
	tw_emit_put_int(json, "not_kept", n_lost);
	tw_emit_key(json, "counts");
	tw_emit_open_map(json);
	for (int i = 0; i < TW_BLOCK_STATES; i++)
		tw_emit_put_int(json, tw_block_word((enum tw_block_state)i), counts[i]);
	tw_emit_close_map(json);
	tw_emit_close_map(json);
}

/* Why nothing is kept over a restart, or NULL. */
static const char *put_problem(const struct tw_status_source *source, char problem[PROBLEM_MAX])
{
	if (source->account == NULL)
		return "nothing is counted";
	if (source->account_error == 0)
		return NULL;
	snprintf(problem, PROBLEM_MAX,
		"the figures cannot be written to %s (%s), so that they are lost with a restart: "
		"give tipwatchd a directory where it can write, with state.dir",
		source->config->state_dir, strerror(-source->account_error));
	return problem;
}

void tw_report_write(const struct tw_status_source *source, int64_t since_us, struct tw_buf *out)
{
	int64_t wall_ms = source->wall_us / TW_MS;
	int64_t n_days =
		tw_max(tw_min(since_us, TW_ACCOUNT_DAYS_MAX * TW_DAY) + TW_DAY - 1, TW_DAY) /
		TW_DAY;
	struct tw_account_period period = tw_account_sums_last(wall_ms, n_days);
	struct tw_emit *json = tw_emit_create(out);
	char date[TW_ACCOUNT_DATE_SIZE], problem[PROBLEM_MAX];
	struct tw_account_pool pool;
	int r = 0;

	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_int(json, "now_ms", wall_ms);
	tw_emit_put_text(json, "problem", put_problem(source, problem));
	tw_emit_put_int(json, "days", n_days);
	tw_emit_put_text(json, "first_day", tw_account_record_date(period.first, date));
	tw_emit_put_text(json, "last_day", tw_account_record_date(period.last, date));
	if (source->account != NULL) {
		tw_account_sums_pool(source->account, period, wall_ms, &pool);
		put_pool(&pool, json);
		tw_emit_key(json, "today");
		write_pool(source, tw_account_sums_last(wall_ms, 1), json);
		tw_emit_key(json, "month");
		write_pool(source, tw_account_sums_month(wall_ms), json);
		tw_emit_key(json, "daemons");
		r = write_daemons(source, period, json);
		tw_emit_key(json, "worst_hours");
		write_worst(source, period, json);
	}
	tw_emit_key(json, "blocks");
	write_blocks(source->blocks, period, json);
	tw_emit_key(json, "explained");
	tw_emit_open_array(json);
	for (size_t i = 0; i < TW_ARRAY_SIZE(explained); i++)
		tw_emit_text(json, explained[i]);
	tw_emit_close_array(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	if (r < 0 && out->error == 0)
		out->error = r;
}
