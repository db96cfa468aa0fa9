/* See replay_tell.h. */
#include "replay_tell.h"
#include "core/mode.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { TIME_MAX = 32, SENTENCE_MAX = 1024, LINE_MAX_BYTES = 2048 };

/* "2026-11-28 05:16:14", or "+12.3 s" where the journal has no time of day. */
static void write_time(int64_t wall_ms, int64_t since_us, char time[TIME_MAX])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (wall_ms < 0 || localtime_r(&seconds, &tm) == NULL ||
		strftime(time, TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(time, TIME_MAX, "+%.1f s", (double)since_us / TW_SEC);
}

static void tell_decision(const struct tw_replay_tell *tell, const char *time)
{
	const struct tw_decision *decision = &tell->change.decision;
	const struct tw_core_config *config = tw_monitor_config(tell->monitor);
	char line[LINE_MAX_BYTES], block[32] = "no block";

	if (decision->tip.height >= 0)
		snprintf(block, sizeof(block), "block %" PRId64, decision->tip.height);
	snprintf(line, sizeof(line), "%s, %s in use%s, %s", tw_mode_word(decision->mode),
		tw_policy_name(config, decision->chosen, "no daemon"),
		decision->is_usable ? "" : " and not usable", block);
	tw_text_paragraph(
		tell->text, decision->is_usable ? TW_COLOUR_BOLD : TW_COLOUR_RED, time, line, 4);
}

static void tell_switch(struct tw_replay_tell *tell)
{
	const struct tw_core_config *config = tw_monitor_config(tell->monitor);
	const struct tw_switch *one = tw_monitor_switch(tell->monitor, 0);
	uint64_t n = tw_monitor_n_switches(tell->monitor);
	char label[LINE_MAX_BYTES];
	struct tw_buf why;

	if (n > tell->n_switches && one != NULL) {
		tw_buf_init(&why, SENTENCE_MAX);
		tw_explain_switch(tell->monitor, one, &why);
		snprintf(label, sizeof(label),
			"    %s -> %s:", tw_policy_name(config, one->from, "no daemon"),
			tw_policy_name(config, one->to, "no daemon"));
		tw_text_paragraph(tell->text, TW_COLOUR_YELLOW, label, tw_buf_str(&why), 6);
		tw_buf_finish(&why);
	}
	tell->n_switches = n;
}

/* "    beta: healthy/ok -> unhealthy/lagging: at block 1001, 4 behind the network" */
static void tell_node(const struct tw_replay_tell *tell, int32_t i, const struct tw_verdict *before)
{
	const struct tw_verdict *now = &tell->change.verdicts[i];
	char label[LINE_MAX_BYTES], states[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	struct tw_buf why;

	tw_buf_init(&why, SENTENCE_MAX);
	tw_explain_verdict(tell->monitor, i, &why);
	snprintf(label, sizeof(label),
		"    %s:", tw_policy_name(tw_monitor_config(tell->monitor), i, "nobody"));
	snprintf(states, sizeof(states), "%s/%s -> %s/%s", tw_words_state(before->state),
		tw_reason_word(before->reason), tw_words_state(now->state),
		tw_reason_word(now->reason));
	snprintf(line, sizeof(line), "%.200s%s%.1024s", states, why.len > 0 ? ": " : "",
		tw_buf_str(&why));
	tw_text_paragraph(tell->text, TW_COLOUR_NONE, label, line, 6);
	tw_buf_finish(&why);
}

void tw_replay_tell(struct tw_replay_tell *tell, const struct tw_monitor *monitor, int64_t wall_ms,
	int64_t since_us)
{
	static const struct tw_verdict unknown = { TW_STATE_UNKNOWN, TW_REASON_UNCHECKED };
	struct tw_change before = tell->change;
	char time[TIME_MAX];

	/* Another run, or another configuration. */
	if (tell->monitor != monitor) {
		tell->n_switches = tw_monitor_n_switches(monitor);
		tell->change.has_any = before.has_any = false;
	}
	tell->monitor = monitor;
	if (!tw_change_note(&tell->change, monitor))
		return;
	write_time(wall_ms, since_us, time);
	tell_decision(tell, time);
	tell_switch(tell);
	for (uint32_t i = 0; i < tell->change.n_nodes; i++) {
		const struct tw_verdict *old = before.has_any ? &before.verdicts[i] : &unknown;

		if (old->state != tell->change.verdicts[i].state ||
			old->reason != tell->change.verdicts[i].reason)
			tell_node(tell, (int32_t)i, old);
	}
}
