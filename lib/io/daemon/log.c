/* See log.h. */
#include "io/daemon/log.h"
#include "base/log.h"
#include "core/decide/suspect.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/view.h"

enum { SENTENCE_MAX = 1024 };

static bool is_bad(const struct tw_verdict *verdict)
{
	return verdict->state == TW_STATE_UNHEALTHY || verdict->state == TW_STATE_UNRESPONSIVE;
}

static void log_node(const struct tw_daemon_setup *setup, int32_t i)
{
	struct tw_verdict *logged = &setup->nodes[i].logged;
	struct tw_view_node view;
	struct tw_buf why;

	tw_view_node(setup->monitor, i, &view);
	if (view.verdict.state == logged->state && view.verdict.reason == logged->reason)
		return;
	tw_buf_init(&why, SENTENCE_MAX);
	tw_explain_verdict(setup->monitor, i, &why);
	tw_log(is_bad(&view.verdict) ? TW_LOG_WARN : TW_LOG_INFO, "%s: %s/%s -> %s/%s%s%s",
		setup->config->nodes[i].policy.name, tw_words_state(logged->state),
		tw_reason_word(logged->reason), tw_words_state(view.verdict.state),
		tw_reason_word(view.verdict.reason), why.len > 0 ? ": " : "", tw_buf_str(&why));
	tw_buf_finish(&why);
	*logged = view.verdict;
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

void tw_daemon_log_changes(struct tw_daemon_log *log, const struct tw_daemon_setup *setup)
{
	const struct tw_decision *decision = tw_monitor_decision(setup->monitor);

	for (uint32_t i = 0; i < setup->config->n_nodes; i++)
		log_node(setup, (int32_t)i);
	if (decision->mode != log->mode) {
		tw_log(decision->mode == TW_MODE_CONSENSUS ? TW_LOG_INFO : TW_LOG_WARN,
			"mode: %s -> %s: %s", tw_mode_word(log->mode), tw_mode_word(decision->mode),
			tw_mode_meaning(decision->mode));
		log->mode = decision->mode;
	}
	log_suspect(log, setup);
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
