/* See log.h. */
#include "io/daemon/log.h"
#include "base/log.h"
#include "base/num.h"
#include "core/decide/suspect.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/outside.h"
#include <inttypes.h>

enum { SENTENCE_MAX = 1024 };

static bool is_bad(enum tw_state state)
{
	return state == TW_STATE_UNHEALTHY || state == TW_STATE_UNRESPONSIVE;
}

/* "", or ", the last of 9 changes within a minute" where they were not said one by one */
static void put_count(uint32_t n, struct tw_buf *out)
{
	if (n > 1)
		tw_buf_printf(out, ", the last of %" PRIu32 " changes within a minute", n);
}

static void log_node(const struct tw_daemon_setup *setup, int32_t i, int64_t now_us)
{
	struct tw_changes *reasons = &setup->nodes[i].reasons;
	enum tw_reason reason = tw_monitor_verdict(setup->monitor, i).reason, before;
	uint32_t n = tw_changes_note(reasons, now_us, (int)reason);
	struct tw_buf why, count;

	if (n == 0)
		return;
	before = (enum tw_reason)reasons->before;
	tw_buf_init(&why, SENTENCE_MAX);
	tw_buf_init(&count, SENTENCE_MAX);
	tw_explain_verdict(setup->monitor, i, &why);
	put_count(n, &count);
	tw_log(is_bad(tw_reason_state(reason)) ? TW_LOG_WARN : TW_LOG_INFO,
		"%s: %s/%s -> %s/%s%s%s%s", setup->config->nodes[i].policy.name,
		tw_words_state(tw_reason_state(before)), tw_reason_word(before),
		tw_words_state(tw_reason_state(reason)), tw_reason_word(reason), tw_buf_str(&count),
		why.len > 0 ? ": " : "", tw_buf_str(&why));
	tw_buf_finish(&count);
	tw_buf_finish(&why);
}

/* Where no verdict has changed, and nothing is left to say, the nodes are not looked at. */
static void log_nodes(
	struct tw_daemon_log *log, const struct tw_daemon_setup *setup, int64_t now_us)
{
	uint64_t n_verdicts = tw_monitor_n_verdicts(setup->monitor);

	if (n_verdicts == log->n_verdicts && now_us < log->due_us)
		return;
	log->n_verdicts = n_verdicts;
	log->due_us = TW_NEVER;
	for (uint32_t i = 0; i < setup->config->n_nodes; i++) {
		log_node(setup, (int32_t)i, now_us);
		log->due_us = tw_min(log->due_us, tw_changes_due(&setup->nodes[i].reasons));
	}
}

static void log_mode(struct tw_daemon_log *log, enum tw_mode mode, int64_t now_us)
{
	uint32_t n = tw_changes_note(&log->modes, now_us, (int)mode);
	struct tw_buf count;

	if (n == 0)
		return;
	tw_buf_init(&count, SENTENCE_MAX);
	put_count(n, &count);
	tw_log(mode == TW_MODE_CONSENSUS ? TW_LOG_INFO : TW_LOG_WARN, "mode: %s -> %s%s: %s",
		tw_mode_word((enum tw_mode)log->modes.before), tw_mode_word(mode),
		tw_buf_str(&count), tw_mode_meaning(mode));
	tw_buf_finish(&count);
}

/* Once when it is suspected, once when it is not any more. */
static void log_suspect(struct tw_daemon_log *log, const struct tw_daemon_setup *setup)
{
	enum tw_suspect suspect = tw_monitor_decision(setup->monitor)->suspect;
	struct tw_buf text;

	if (suspect == log->suspect)
		return;
	tw_buf_init(&text, SENTENCE_MAX);
	tw_explain_suspect(setup->monitor, &text);
	if (suspect != TW_SUSPECT_NONE)
		tw_warn("setting: %s", tw_buf_str(&text));
	else
		tw_info("setting: %s is no longer suspected", tw_suspect_setting(log->suspect));
	tw_buf_finish(&text);
	log->suspect = suspect;
}

/* Once when the network is ahead, once when it is not any more. */
static void log_witnesses(struct tw_daemon_log *log, const struct tw_daemon_setup *setup)
{
	struct tw_buf text;
	bool is_behind;

	if (tw_monitor_decision(setup->monitor)->witnesses == 0 && !log->is_behind)
		return;
	tw_buf_init(&text, SENTENCE_MAX);
	tw_outside_alarm(setup->monitor, &text);
	is_behind = text.len > 0;
	if (is_behind && !log->is_behind)
		tw_warn("witnesses: %s", tw_buf_str(&text));
	else if (!is_behind && log->is_behind)
		tw_info("witnesses: the network is not ahead of all nodes any more");
	tw_buf_finish(&text);
	log->is_behind = is_behind;
}

static void log_switches(struct tw_daemon_log *log, const struct tw_daemon_setup *setup)
{
	uint64_t n = tw_monitor_n_switches(setup->monitor);

	while (log->n_switches < n) {
		struct tw_buf why;
		const struct tw_switch *s =
			tw_monitor_switch(setup->monitor, (uint32_t)(n - 1 - log->n_switches));

		log->n_switches++;
		if (s == NULL)
			continue;
		tw_buf_init(&why, SENTENCE_MAX);
		tw_explain_switch(setup->monitor, s, &why);
		tw_log(TW_LOG_WARN, "switch: %s -> %s (%s, mode %s): %s",
			tw_config_name(setup->config, s->from, "no daemon"),
			tw_config_name(setup->config, s->to, "no daemon"),
			tw_words_choice(s->reason), tw_mode_word(s->mode), tw_buf_str(&why));
		tw_buf_finish(&why);
	}
}

void tw_daemon_log_init(struct tw_daemon_log *log)
{
	*log = (struct tw_daemon_log){ .due_us = TW_NEVER };
	tw_changes_init(&log->modes, TW_MODE_STARTING);
}

void tw_daemon_log_changes(
	struct tw_daemon_log *log, const struct tw_daemon_setup *setup, int64_t now_us)
{
	const struct tw_decision *decision = tw_monitor_decision(setup->monitor);

	log_nodes(log, setup, now_us);
	log_mode(log, decision->mode, now_us);
	log_suspect(log, setup);
	log_witnesses(log, setup);
	log_switches(log, setup);
	if (!log->has_named_choice && decision->mode != TW_MODE_STARTING) {
		tw_info("using %s", tw_config_name(setup->config, decision->chosen, "no daemon"));
		log->has_named_choice = true;
	}
}

void tw_daemon_log_tell_manager(
	struct tw_daemon_log *log, const struct tw_monitor *monitor, const struct tw_notify *notify)
{
	const struct tw_decision *decision = tw_monitor_decision(monitor);
	struct tw_buf text;

	if (notify == NULL)
		return;
	tw_buf_init(&text, SENTENCE_MAX);
	tw_buf_printf(&text, "%s, %susable: ", tw_mode_word(decision->mode),
		decision->is_usable ? "" : "not ");
	tw_explain_choice(monitor, &text);
	tw_notify_status(notify, tw_buf_str(&text));
	tw_buf_finish(&text);
	if (log->is_ready || decision->mode == TW_MODE_STARTING)
		return;
	log->is_ready = true;
	tw_notify_ready(notify);
}
