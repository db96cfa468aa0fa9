/* See count.h. */
#include "replay/count.h"
#include "base/span.h"
#include "core/mode.h"
#include "json/emit.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void tw_replay_count_finish(struct tw_replay_count *count)
{
	free(count->shares);
	free(count->share_of);
}

static int32_t find_share(const struct tw_replay_count *count, const char *name)
{
	for (uint32_t i = 0; i < count->n_shares; i++) {
		if (strcmp(count->shares[i].name, name) == 0)
			return (int32_t)i;
	}
	return -1;
}

int tw_replay_count_rename(struct tw_replay_count *count, const struct tw_core_config *config)
{
	struct tw_replay_share *shares =
		reallocarray(count->shares, count->n_shares + config->n_nodes, sizeof(shares[0]));
	int32_t *share_of = calloc(config->n_nodes, sizeof(share_of[0]));

	if (shares != NULL)
		count->shares = shares;
	if (shares == NULL || share_of == NULL) {
		free(share_of);
		return -ENOMEM;
	}
	free(count->share_of);
	count->share_of = share_of;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		share_of[i] = find_share(count, config->nodes[i].name);
		if (share_of[i] >= 0 || config->nodes[i].role != TW_ROLE_DAEMON)
			continue;
		share_of[i] = (int32_t)count->n_shares;
		shares[count->n_shares] = (struct tw_replay_share){ 0 };
		memcpy(shares[count->n_shares++].name, config->nodes[i].name,
			sizeof(shares[0].name));
	}
	return 0;
}

int tw_replay_count_begin(
	struct tw_replay_count *count, const struct tw_core_config *config, int64_t t_us)
{
	count->begun_us = t_us;
	count->run_ms = 0;
	return tw_replay_count_rename(count, config);
}

void tw_replay_count_until(
	struct tw_replay_count *count, const struct tw_monitor *monitor, int64_t t_us)
{
	const struct tw_decision *decision = tw_monitor_decision(monitor);
	/* Whole milliseconds of the run: the parts always add up to it. */
	int64_t ms = (t_us - count->begun_us) / TW_MS - count->run_ms;

	count->run_ms += ms;
	count->time_ms += ms;
	count->by_mode_ms[decision->mode] += ms;
	if (decision->chosen >= 0)
		count->shares[count->share_of[decision->chosen]].ms += ms;
}

void tw_replay_count_end(struct tw_replay_count *count, const struct tw_monitor *monitor)
{
	count->switches += tw_monitor_n_switches(monitor);
}

/* Of the present run too. */
static uint64_t n_switches(const struct tw_replay_count *count, const struct tw_monitor *monitor)
{
	return count->switches + (monitor == NULL ? 0 : tw_monitor_n_switches(monitor));
}

void tw_replay_count_write(
	const struct tw_replay_count *count, const struct tw_monitor *monitor, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	tw_emit_key(json, "summary");
	tw_emit_open_map(json);
	tw_emit_put_int(json, "records", (int64_t)count->records);
	tw_emit_put_int(json, "changes", (int64_t)count->changes);
	tw_emit_put_int(json, "switches", (int64_t)n_switches(count, monitor));
	tw_emit_put_int(json, "time_ms", count->time_ms);
	tw_emit_key(json, "by_mode_ms");
	tw_emit_open_map(json);
	for (int mode = 0; mode < TW_MODES; mode++)
		tw_emit_put_int(json, tw_mode_word((enum tw_mode)mode), count->by_mode_ms[mode]);
	tw_emit_close_map(json);
	tw_emit_key(json, "by_daemon_ms");
	tw_emit_open_map(json);
	for (uint32_t i = 0; i < count->n_shares; i++)
		tw_emit_put_int(json, count->shares[i].name, count->shares[i].ms);
	tw_emit_close_map(json);
	if (count->has_expected)
		tw_emit_put_int(json, "differences", (int64_t)count->differences);
	tw_emit_close_map(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
}

/* "; alpha 5 min" */
static void tell_share(const char *name, int64_t ms, bool *has_any, struct tw_buf *out)
{
	char span[TW_SPAN_TEXT_MAX];

	if (ms == 0)
		return;
	tw_buf_printf(out, "%s%s %s", *has_any ? ", " : "  ", name, tw_span_age(ms * TW_MS, span));
	*has_any = true;
}

void tw_replay_count_tell(
	const struct tw_replay_count *count, const struct tw_monitor *monitor, struct tw_buf *out)
{
	char span[TW_SPAN_TEXT_MAX];
	bool has_any = false;

	tw_buf_printf(out,
		"\n%" PRIu64 " changes and %" PRIu64 " switches in %s, from %" PRIu64 " records\n",
		count->changes, n_switches(count, monitor),
		tw_span_age(count->time_ms * TW_MS, span), count->records);
	for (int mode = 0; mode < TW_MODES; mode++)
		tell_share(
			tw_mode_word((enum tw_mode)mode), count->by_mode_ms[mode], &has_any, out);
	tw_buf_puts(out, has_any ? "\n" : "");
	has_any = false;
	for (uint32_t i = 0; i < count->n_shares; i++)
		tell_share(count->shares[i].name, count->shares[i].ms, &has_any, out);
	tw_buf_puts(out, has_any ? "\n" : "");
	if (count->has_expected && count->differences > 0)
		tw_buf_printf(out, "  %" PRIu64 " of the recorded decisions were other ones\n",
			count->differences);
}
