/* One log line a transition: old -> new and why; and what the service manager is told. */
#include "base/log.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/view.h"
#include "io/daemon/internal.h"

enum { SENTENCE_MAX = 1024 };

static bool is_bad(const struct tw_verdict *verdict)
{
	return verdict->state == TW_STATE_UNHEALTHY || verdict->state == TW_STATE_UNRESPONSIVE;
}

static void log_node(struct tw_daemon *d, int32_t i)
{
	struct tw_verdict *logged = &d->nodes[i].logged;
	struct tw_view_node view;
	struct tw_buf why;

	tw_view_node(d->monitor, i, &view);
	if (view.verdict.state == logged->state && view.verdict.reason == logged->reason)
		return;
	tw_buf_init(&why, SENTENCE_MAX);
	tw_explain_verdict(d->monitor, i, &why);
	tw_log(is_bad(&view.verdict) ? TW_LOG_WARN : TW_LOG_INFO, "%s: %s/%s -> %s/%s%s%s",
		d->config->nodes[i].policy.name, tw_words_state(logged->state),
		tw_reason_word(logged->reason), tw_words_state(view.verdict.state),
		tw_reason_word(view.verdict.reason), why.len > 0 ? ": " : "", tw_buf_str(&why));
	tw_buf_finish(&why);
	*logged = view.verdict;
}

static const char *name_of(const struct tw_daemon *d, int32_t node)
{
	return node < 0 ? "no daemon" : d->config->nodes[node].policy.name;
}

static void log_switches(struct tw_daemon *d)
{
	uint64_t n = tw_monitor_n_switches(d->monitor);

	while (d->logged_switches < n) {
		const struct tw_switch *s =
			tw_monitor_switch(d->monitor, (uint32_t)(n - 1 - d->logged_switches));

		d->logged_switches++;
		if (s == NULL)
			continue;
		tw_log(TW_LOG_WARN, "switch: %s -> %s (%s, mode %s)", name_of(d, s->from),
			name_of(d, s->to), tw_words_choice(s->reason), tw_mode_word(s->mode));
	}
}

void tw_daemon_log_changes(struct tw_daemon *d)
{
	const struct tw_decision *decision = tw_monitor_decision(d->monitor);

	for (uint32_t i = 0; i < d->config->n_nodes; i++)
		log_node(d, (int32_t)i);
	if (decision->mode != d->logged_mode) {
		tw_log(decision->mode == TW_MODE_CONSENSUS ? TW_LOG_INFO : TW_LOG_WARN,
			"mode: %s -> %s: %s", tw_mode_word(d->logged_mode),
			tw_mode_word(decision->mode), tw_mode_meaning(decision->mode));
		d->logged_mode = decision->mode;
	}
	log_switches(d);
	if (!d->is_ready && decision->mode != TW_MODE_STARTING)
		tw_info("using %s", name_of(d, decision->chosen));
}

void tw_daemon_log_tell_manager(struct tw_daemon *d)
{
	const struct tw_decision *decision = tw_monitor_decision(d->monitor);
	struct tw_buf text;

	if (d->notify != NULL) {
		tw_buf_init(&text, SENTENCE_MAX);
		tw_buf_printf(&text, "%s, %susable: ", tw_mode_word(decision->mode),
			decision->is_usable ? "" : "not ");
		tw_explain_choice(d->monitor, &text);
		(void)tw_notify_status(d->notify, tw_buf_str(&text));
		tw_buf_finish(&text);
	}
	if (d->is_ready || decision->mode == TW_MODE_STARTING)
		return;
	d->is_ready = true;
	if (d->notify != NULL)
		(void)tw_notify_ready(d->notify);
}
