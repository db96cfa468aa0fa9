/* See replay.h. */
#include "replay/replay.h"
#include "core/policy.h"
#include "replay/internal.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 5 };

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
	tw_replay_forget_header(replay);
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

int tw_replay_complain(struct tw_replay *replay, const char *format, ...)
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

void tw_replay_note(struct tw_replay *replay, const char *format, ...)
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
		tw_replay_note(replay, "the decision recorded here was another one: %s",
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
	/* Nobody carries them out: what came of them is in the journal. */
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

/* Decides what was applied so far. */
int tw_replay_settle(struct tw_replay *replay)
{
	uint32_t n = replay->n_pending;

	replay->n_pending = 0;
	return n == 0 ? 0 : step(replay, replay->now, n);
}

/* --- time --- */

/* How long a hole between records is no gap. */
static int64_t longest_pause(const struct tw_monitor *monitor)
{
	const struct tw_core_config *config = tw_monitor_config(monitor);
	int64_t longest_us = TW_NEVER;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		int64_t us = 2 * tw_policy_interval(&config->policy, &config->nodes[i]) +
			     tw_policy_timeout(&config->policy, &config->nodes[i]);

		longest_us = us < longest_us ? us : longest_us;
	}
	return longest_us;
}

/* Lets the time until t_us pass. */
static int pass(struct tw_replay *replay, int64_t t_us)
{
	int64_t from_us = replay->now, due_us;
	int r;

	if (t_us == from_us)
		return 0;
	r = tw_replay_settle(replay);
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
		r = step(replay, due_us > replay->now ? due_us : replay->now, 0);
	}
	replay->now = t_us;
	return r;
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
		/* Without ticks nobody knows when which check ran. */
		tw_monitor_observe(monitor, record->t_us, record->node,
			replay->run.is_exact ? record->slot : -1, record->obs);
		return 0;
	case TW_JOURNAL_REPORT:
		(void)tw_monitor_report(monitor, record->t_us, record->node, record->report);
		return 0;
	case TW_JOURNAL_OPERATE:
		if (tw_monitor_operate(monitor, record->t_us, record->op, record->node) < 0)
			return tw_replay_complain(replay, "a reference cannot be pinned");
		return 0;
	case TW_JOURNAL_REQUEST:
		tw_monitor_request_check(monitor, record->t_us, record->node);
		return 0;
	case TW_JOURNAL_GAP:
		tw_monitor_gap(monitor, record->t_us, record->gap_us);
		return 0;
	case TW_JOURNAL_CONFIG:
		return tw_replay_take_config(replay, record);
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
		r = tw_replay_begin_run(replay, record->t_us);
	if (r != 0)
		return r;
	if (record->t_us < replay->now)
		return tw_replay_complain(replay, "time goes back: t is %.3f after %.3f",
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

/* Who is called how in the next line; NULL before the first header. */
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
		tw_replay_note(replay, "the last line is cut off and was ignored");
		return 0;
	}
	if (r > 0)
		return tw_replay_complain(replay, "%s", tw_journal_reader_message(replay->reader));
	if (r < 0)
		return r;
	if (record.kind == TW_JOURNAL_HEADER)
		return tw_replay_take_header(
			replay, &record, line + len, (size_t)(end - line) - len);
	return take_record(replay, &record);
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
	/* What came before a bad line is decided all the same. */
	s = replay->monitor == NULL ? 0 : tw_replay_settle(replay);
	if (replay->monitor != NULL)
		tw_replay_count_until(&replay->count, replay->monitor, replay->now);
	return r != 0 ? r : s;
}
