/* See replay.h. */
#include "replay/replay.h"
#include "base/num.h"
#include "core/policy.h"
#include "journal/change.h"
#include "journal/config.h"
#include "journal/journal.h"
#include "replay/count.h"
#include "replay/scan.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 5, MESSAGE_MAX = TW_JOURNAL_MESSAGE_MAX + 512 };

struct tw_replay {
	struct tw_replay_options options;
	struct tw_journal_reader *reader;
	struct tw_monitor *monitor; /* NULL: the run has not begun */
	struct tw_replay_run run;   /* how the header's run is to be replayed */
	struct tw_change change;
	struct tw_replay_count count;
	struct tw_buf line;
	/* the header, until the first time is known */
	struct tw_journal_header header; /* its pointers are not valid any more */
	struct tw_core_config config;
	struct tw_node_policy *nodes;
	struct tw_saved saved;
	struct tw_saved_node *saved_nodes;
	bool has_header;
	bool has_saved;
	int64_t now;        /* of the last step or record */
	int64_t created_us; /* TW_UNKNOWN: with the first record */
	/* the instant that is being applied */
	uint32_t n_pending; /* its records */
	bool has_expected;  /* a recorded decision is to be compared */
	struct tw_buf expected;
	/* the line that is being read */
	const char *name;
	uint64_t n_runs;
	uint64_t line_number;
	char message[MESSAGE_MAX];
};

/* --- messages --- */

/* Sets the message, with file and line. Returns TW_REPLAY_BAD. */
static int complain(struct tw_replay *replay, const char *format, ...) TW_PRINTF(2, 3);
static int complain(struct tw_replay *replay, const char *format, ...)
{
	char what[TW_JOURNAL_MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	snprintf(replay->message, sizeof(replay->message), "%.255s: line %" PRIu64 ": %s",
		replay->name, replay->line_number, what);
	return TW_REPLAY_BAD;
}

static void note(struct tw_replay *replay, const char *format, ...) TW_PRINTF(2, 3);
static void note(struct tw_replay *replay, const char *format, ...)
{
	struct tw_buf text;
	va_list ap;

	if (replay->options.note == NULL)
		return;
	tw_buf_init(&text, TW_JOURNAL_LINE_MAX);
	tw_buf_printf(&text, "%s: line %" PRIu64 ": ", replay->name, replay->line_number);
	va_start(ap, format);
	tw_buf_vprintf(&text, format, ap);
	va_end(ap);
	replay->options.note(replay->options.ctx, tw_buf_str(&text), text.len);
	tw_buf_finish(&text);
}

/* --- deciding --- */

static int write_lines(struct tw_replay *replay, uint32_t n)
{
	int r;

	if (replay->options.line == NULL || n == 0)
		return 0;
	tw_buf_clear(&replay->line);
	tw_change_write(replay->monitor, replay->now, &replay->line);
	r = replay->line.error;
	for (; r == 0 && n > 0; n--)
		replay->options.line(
			replay->options.ctx, tw_buf_str(&replay->line), replay->line.len);
	return r;
}

/* Holds the decision against the one that was recorded at this time. */
static int compare(struct tw_replay *replay)
{
	replay->has_expected = false;
	if (replay->options.what_if != NULL)
		return 0;
	tw_buf_clear(&replay->line);
	tw_change_write_rest(replay->monitor, &replay->line);
	if (replay->line.error < 0)
		return replay->line.error;
	if (strcmp(tw_buf_str(&replay->line), tw_buf_str(&replay->expected)) == 0)
		return 0;
	if (replay->count.differences++ < NOTES_MAX)
		note(replay, "the decision recorded here was another one: %s",
			tw_buf_str(&replay->expected));
	return 0;
}

static int step(struct tw_replay *replay, int64_t t_us, uint32_t n_records)
{
	struct tw_action action;
	bool is_new;
	int r;

	tw_replay_count_until(&replay->count, replay->monitor, t_us);
	replay->now = t_us;
	tw_monitor_step(replay->monitor, t_us);
	/* Actions are not carried out: the journal has their results. */
	while (tw_monitor_next_action(replay->monitor, &action))
		;
	is_new = tw_change_note(&replay->change, replay->monitor);
	replay->count.changes += is_new;
	r = write_lines(replay, replay->options.is_every ? n_records : is_new);
	if (r == 0 && replay->has_expected)
		r = compare(replay);
	if (r == 0 && replay->options.step != NULL)
		replay->options.step(replay->options.ctx, replay->monitor, t_us);
	return r;
}

/* Lets the core decide on the records that were applied since it last did. */
static int settle(struct tw_replay *replay)
{
	uint32_t n = replay->n_pending;

	replay->n_pending = 0;
	return n == 0 ? 0 : step(replay, replay->now, n);
}

/* --- time --- */

/* A longer time without a record means that tipwatchd stood still. */
static int64_t longest_pause(const struct tw_monitor *monitor)
{
	const struct tw_core_config *config = tw_monitor_config(monitor);
	int64_t longest_us = TW_NEVER;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		int64_t us = 2 * tw_policy_interval(&config->policy, &config->nodes[i]) +
			     tw_policy_timeout(&config->policy, &config->nodes[i]);

		longest_us = tw_min(us, longest_us);
	}
	return longest_us;
}

/* Goes on to t_us: decides on what is pending, then runs the timers that are due before it. */
static int pass(struct tw_replay *replay, int64_t t_us)
{
	int64_t from_us = replay->now, due_us;
	int r;

	if (t_us == from_us)
		return 0;
	r = settle(replay);
	if (r < 0 || replay->run.is_exact) {
		replay->now = t_us;
		return r;
	}
	if (!replay->run.has_gaps && t_us - from_us > longest_pause(replay->monitor)) {
		tw_monitor_gap(replay->monitor, t_us, t_us - from_us);
		replay->now = t_us;
		return 0;
	}
	while (r == 0) {
		due_us = tw_monitor_deadline(replay->monitor);
		if (due_us >= t_us)
			break;
		r = step(replay, tw_max(due_us, replay->now), 0);
	}
	replay->now = t_us;
	return r;
}

/* --- runs: how one begins, goes on in another file, is reconfigured, ends --- */

static void forget_header(struct tw_replay *replay)
{
	free(replay->nodes);
	free(replay->saved_nodes);
	replay->nodes = NULL;
	replay->saved_nodes = NULL;
	replay->has_header = false;
}

static int begin_run(struct tw_replay *replay, int64_t t_us)
{
	int64_t now = replay->created_us >= 0 ? replay->created_us : t_us;
	int r = tw_monitor_create(&replay->config, replay->has_saved ? &replay->saved : NULL,
		replay->saved_nodes, now, &replay->monitor);

	if (r == 0)
		r = tw_replay_count_begin(&replay->count, &replay->config, now);
	replay->now = now;
	forget_header(replay);
	if (r == -EINVAL)
		return complain(replay, "the core does not take this configuration");
	return r;
}

static int end_run(struct tw_replay *replay)
{
	int r = 0;

	if (replay->monitor != NULL) {
		r = settle(replay);
		tw_replay_count_until(&replay->count, replay->monitor, replay->now);
		tw_replay_count_end(&replay->count, replay->monitor);
	}
	tw_monitor_destroy(replay->monitor);
	replay->monitor = NULL;
	replay->change.has_any = false;
	replay->has_expected = false;
	return r;
}

/* Every node of the journal must be in the other configuration, and the other way round. */
static int check_what_if(struct tw_replay *replay, const struct tw_core_config *recorded)
{
	const struct tw_core_config *config = replay->options.what_if;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (tw_journal_config_find(recorded, config->nodes[i].name, (int32_t)i) < 0)
			return complain(replay,
				"nothing is recorded of %s, which the other configuration has: "
				"take it out there",
				config->nodes[i].name);
	}
	for (uint32_t i = 0; i < recorded->n_nodes; i++) {
		if (tw_journal_config_find(config, recorded->nodes[i].name, (int32_t)i) < 0)
			return complain(replay,
				"%s is recorded, but the other configuration has no daemon of that "
				"name: add it there",
				recorded->nodes[i].name);
	}
	return 0;
}

/* A daemon of the recorded configuration in the one to replay with. */
static int32_t map_daemon(
	const struct tw_replay *replay, const struct tw_core_config *recorded, int32_t node)
{
	int32_t mapped;

	if (node < 0)
		return TW_NODE_NONE;
	mapped = tw_journal_config_find(&replay->config, recorded->nodes[node].name, node);
	return mapped >= 0 && replay->config.nodes[mapped].role == TW_ROLE_DAEMON ? mapped
										  : TW_NODE_NONE;
}

/* Keeps what a header says: the reader's copy lives only until the next line. */
static int keep_header(struct tw_replay *replay, const struct tw_journal_header *header)
{
	const struct tw_core_config *recorded = &header->config;
	const struct tw_core_config *config = replay->options.what_if;

	if (config == NULL)
		config = recorded;
	replay->header = *header;
	replay->nodes = calloc(config->n_nodes, sizeof(replay->nodes[0]));
	replay->saved_nodes = calloc(config->n_nodes, sizeof(replay->saved_nodes[0]));
	if (replay->nodes == NULL || replay->saved_nodes == NULL)
		return -ENOMEM;
	memcpy(replay->nodes, config->nodes, config->n_nodes * sizeof(replay->nodes[0]));
	replay->config = (struct tw_core_config){ config->policy, config->n_nodes, replay->nodes };
	replay->has_header = true;
	replay->has_saved = header->saved != NULL;
	if (header->saved == NULL)
		return 0;
	replay->saved = *header->saved;
	replay->saved.incumbent = map_daemon(replay, recorded, header->saved->incumbent);
	replay->saved.pinned = map_daemon(replay, recorded, header->saved->pinned);
	for (uint32_t i = 0; i < recorded->n_nodes; i++) {
		int32_t node = tw_journal_config_find(
			&replay->config, recorded->nodes[i].name, (int32_t)i);

		if (node >= 0)
			replay->saved_nodes[node] = header->saved_nodes[i];
	}
	return 0;
}

/* Whether the header only says that the present run goes on in another file. */
static bool is_continuation(const struct tw_replay *replay, const struct tw_journal_record *record)
{
	const struct tw_journal_header *last = &replay->header, *next = record->header;

	return replay->monitor != NULL && next->started_ms >= 0 &&
	       next->started_ms == last->started_ms && next->part == last->part + 1 &&
	       next->n_lost == last->n_lost && record->t_us >= replay->now;
}

static int take_header(struct tw_replay *replay, const struct tw_journal_record *record,
	const char *rest, size_t rest_len)
{
	const struct tw_journal_header *header = record->header;
	int r = 0;

	if (is_continuation(replay, record)) {
		replay->header.part = header->part;
		return 0;
	}
	r = end_run(replay);
	if (r < 0)
		return r;
	forget_header(replay);
	if (replay->options.what_if != NULL)
		r = check_what_if(replay, &header->config);
	if (r == 0)
		r = keep_header(replay, header);
	if (r != 0)
		return r;
	if (header->n_lost > 0)
		note(replay,
			"%" PRIu64 " records of this run could not be written: it begins anew "
			"here",
			header->n_lost);
	else if (header->part > 0)
		note(replay, "this begins in the middle of a run, and what was before is in an "
			     "older file or was not recorded: the first decisions may differ from "
			     "those that were made");
	replay->n_runs++;
	replay->created_us = record->t_us;
	replay->run = tw_replay_scan(rest, rest_len);
	replay->run.is_exact = replay->run.is_exact || header->has_ticks;
	if (replay->created_us >= 0)
		return begin_run(replay, replay->created_us);
	return 0;
}

static int take_config(struct tw_replay *replay, const struct tw_journal_record *record)
{
	struct tw_monitor *monitor;
	int r;

	/* The other configuration holds for the whole journal, whatever was reloaded in it. */
	if (replay->options.what_if != NULL)
		return 0;
	r = tw_monitor_reconfigure(
		replay->monitor, record->config, record->old_of, record->t_us, &monitor);
	if (r == -EINVAL)
		return complain(replay, "the core does not take this configuration");
	if (r < 0)
		return r;
	tw_replay_count_until(&replay->count, replay->monitor, record->t_us);
	tw_monitor_destroy(replay->monitor);
	replay->monitor = monitor;
	replay->change.has_any = false;
	return tw_replay_count_rename(&replay->count, record->config);
}

/* --- records --- */

static int expect(struct tw_replay *replay, const struct tw_journal_record *record)
{
	replay->has_expected = true;
	replay->count.has_expected = replay->options.what_if == NULL;
	tw_buf_clear(&replay->expected);
	tw_buf_append(&replay->expected, record->decision, record->decision_len);
	return replay->expected.error;
}

static int apply(struct tw_replay *replay, const struct tw_journal_record *record)
{
	struct tw_monitor *monitor = replay->monitor;

	switch (record->kind) {
	case TW_JOURNAL_CHECK:
		/* Without ticks the journal does not tell which check the core had started. */
		tw_monitor_observe(monitor, record->t_us, record->node,
			replay->run.is_exact ? record->slot : -1, record->obs);
		return 0;
	case TW_JOURNAL_REPORT:
		(void)tw_monitor_report(monitor, record->t_us, record->node, record->report);
		return 0;
	case TW_JOURNAL_LINK:
		(void)tw_monitor_link(
			monitor, record->t_us, record->node, record->link, &record->tip);
		return 0;
	case TW_JOURNAL_WITNESS:
		(void)tw_monitor_witness(monitor, record->t_us, (uint32_t)record->slot,
			record->tip.height < 0 ? NULL : &record->tip);
		return 0;
	case TW_JOURNAL_OPERATE:
		if (tw_monitor_operate(monitor, record->t_us, record->op, record->node) < 0)
			return complain(replay, "a reference cannot be pinned");
		return 0;
	case TW_JOURNAL_REQUEST:
		tw_monitor_request_check(monitor, record->t_us, record->node);
		return 0;
	case TW_JOURNAL_GAP:
		tw_monitor_gap(monitor, record->t_us, record->gap_us);
		return 0;
	case TW_JOURNAL_CONFIG:
		return take_config(replay, record);
	case TW_JOURNAL_DECISION:
		return expect(replay, record);
	case TW_JOURNAL_TICK:
	case TW_JOURNAL_HEADER:
		break;
	}
	return 0;
}

static int take_record(struct tw_replay *replay, const struct tw_journal_record *record)
{
	int r = 0;

	if (replay->monitor == NULL)
		r = begin_run(replay, record->t_us);
	if (r != 0)
		return r;
	if (record->t_us < replay->now)
		return complain(replay, "time goes back: t is %.3f after %.3f",
			(double)record->t_us / 1e3, (double)replay->now / 1e3);
	r = pass(replay, record->t_us);
	if (r == 0)
		r = apply(replay, record);
	if (r != 0)
		return r;
	replay->count.records++;
	replay->n_pending++;
	return 0;
}

/* The nodes that the next line names; NULL before the first header. */
static const struct tw_core_config *names(const struct tw_replay *replay)
{
	if (replay->monitor != NULL)
		return tw_monitor_config(replay->monitor);
	return replay->has_header ? &replay->config : NULL;
}

static int take_line(struct tw_replay *replay, const char *line, size_t len, const char *end)
{
	struct tw_journal_record record;
	bool has_newline = line + len < end;
	int r = tw_journal_reader_next(replay->reader, names(replay), line, len, &record);

	if (r == TW_JOURNAL_CUT_OFF && !has_newline) {
		note(replay, "the last line is cut off and was ignored");
		return 0;
	}
	if (r > 0)
		return complain(replay, "%s", tw_journal_reader_message(replay->reader));
	if (r < 0)
		return r;
	if (record.kind == TW_JOURNAL_HEADER)
		return take_header(replay, &record, line + len, (size_t)(end - line) - len);
	return take_record(replay, &record);
}

/* --- the whole --- */

int tw_replay_create(const struct tw_replay_options *options, struct tw_replay **ret_replay)
{
	struct tw_replay *replay = calloc(1, sizeof(*replay));
	int r;

	if (replay == NULL)
		return -ENOMEM;
	replay->options = *options;
	tw_buf_init(&replay->line, TW_JOURNAL_LINE_MAX);
	tw_buf_init(&replay->expected, TW_JOURNAL_LINE_MAX);
	r = tw_journal_reader_create(&replay->reader);
	if (r < 0) {
		tw_replay_destroy(replay);
		return r;
	}
	*ret_replay = replay;
	return 0;
}

void tw_replay_destroy(struct tw_replay *replay)
{
	if (replay == NULL)
		return;
	forget_header(replay);
	tw_monitor_destroy(replay->monitor);
	tw_journal_reader_destroy(replay->reader);
	tw_replay_count_finish(&replay->count);
	tw_buf_finish(&replay->line);
	tw_buf_finish(&replay->expected);
	free(replay);
}

const char *tw_replay_message(const struct tw_replay *replay)
{
	return replay->message;
}

uint64_t tw_replay_n_runs(const struct tw_replay *replay)
{
	return replay->n_runs;
}

uint64_t tw_replay_differences(const struct tw_replay *replay)
{
	return replay->count.differences;
}

void tw_replay_summary(const struct tw_replay *replay, struct tw_buf *out)
{
	tw_replay_count_write(&replay->count, replay->monitor, out);
}

void tw_replay_summary_words(const struct tw_replay *replay, struct tw_buf *out)
{
	tw_replay_count_tell(&replay->count, replay->monitor, out);
}

int64_t tw_replay_wall_ms(const struct tw_replay *replay, int64_t t_us)
{
	if (replay->header.wall_ms < 0)
		return TW_UNKNOWN;
	return replay->header.wall_ms + tw_replay_since_us(replay, t_us) / TW_MS;
}

int64_t tw_replay_since_us(const struct tw_replay *replay, int64_t t_us)
{
	return t_us - replay->count.begun_us;
}

int tw_replay_text(struct tw_replay *replay, const char *name, const char *text, size_t len)
{
	const char *end = text + len;
	int r = 0, s;

	replay->name = name;
	replay->line_number = 0;
	while (r == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline == NULL ? end : newline) - text);

		replay->line_number++;
		r = take_line(replay, text, n, end);
		text += n + 1;
	}
	/* The records before a bad line are decided on all the same. */
	s = replay->monitor == NULL ? 0 : settle(replay);
	if (replay->monitor != NULL)
		tw_replay_count_until(&replay->count, replay->monitor, replay->now);
	return r != 0 ? r : s;
}
