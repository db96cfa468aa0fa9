/* See page.h. */
#include "serve/page.h"
#include "account/sums.h"
#include "base/span.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/outside.h"
#include "explain/view.h"
#include "json/emit.h"
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 1 << 16 };
/* The place in page/index.html of the page for browsers without scripts. */
#define PLACE "@PLAIN@"

/* Text as HTML, also inside quotes. Control characters become a replacement sign. */
static void put_text(struct tw_buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '&')
			tw_buf_puts(out, "&amp;");
		else if (c == '<')
			tw_buf_puts(out, "&lt;");
		else if (c == '>')
			tw_buf_puts(out, "&gt;");
		else if (c == '"')
			tw_buf_puts(out, "&quot;");
		else if (c == '\'')
			tw_buf_puts(out, "&#39;");
		else if (c < 0x20 || c == 0x7f)
			tw_buf_puts(out, "&#xfffd;");
		else
			tw_buf_putc(out, *p);
	}
}

static void put_number(struct tw_buf *out, int64_t value)
{
	if (value == TW_UNKNOWN)
		tw_buf_puts(out, "&ndash;");
	else
		tw_buf_printf(out, "%" PRId64, value);
}

/* Blocks behind the network height; "+2" above it, a dash on another chain. */
static void put_lag(struct tw_buf *out, const struct tw_view_node *view, int64_t network)
{
	if (view->fork_height != TW_UNKNOWN)
		put_number(out, TW_UNKNOWN);
	else if (network != TW_UNKNOWN && view->chain->tip > network)
		tw_buf_printf(out, "+%" PRId64, view->chain->tip - network);
	else
		put_number(out, view->lag);
}

static void put_span(struct tw_buf *out, int64_t us)
{
	char span[TW_SPAN_TEXT_MAX];

	tw_buf_puts(out, tw_span_units(us, span));
}

/* The chosen daemon and why, the mode and its meaning, alarms. */
static void put_now(const struct tw_status_source *source, struct tw_buf *out)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	struct tw_buf text;

	tw_buf_init(&text, TW_STATUS_SENTENCE_MAX);
	tw_explain_choice(source->monitor, &text);
	tw_buf_printf(out, "<section class=\"now%s\">\n<p class=\"big\">",
		decision->is_usable ? " usable" : "");
	if (decision->chosen == TW_NODE_NONE) {
		tw_buf_puts(out, "No daemon to use");
	} else {
		tw_buf_puts(out, decision->is_usable ? "Use " : "Not usable: ");
		put_text(out, tw_config_name(source->config, decision->chosen, "nobody"));
	}
	tw_buf_puts(out, "</p>\n<p>");
	put_text(out, tw_buf_str(&text));
	tw_buf_printf(out, "</p>\n<p><b>Mode %s.</b> ", tw_mode_word(decision->mode));
	put_text(out, tw_mode_meaning(decision->mode));
	tw_buf_puts(out, "</p>\n");
	if (decision->is_pinned)
		tw_buf_puts(out, "<p class=\"alarm\">Pinned: the choice is an operator's.</p>\n");
	if (decision->is_stalled)
		tw_buf_puts(
			out, "<p class=\"alarm\">Stalled: the network shows no new blocks.</p>\n");
	if (decision->is_island == 1)
		tw_buf_puts(out, "<p class=\"alarm\">Island: these nodes seem to be "
				 "connected only to each other.</p>\n");
	tw_buf_clear(&text);
	tw_outside_alarm(source->monitor, &text);
	if (text.len > 0) {
		tw_buf_puts(out, "<p class=\"alarm\">Witnesses: ");
		put_text(out, tw_buf_str(&text));
		tw_buf_puts(out, ".</p>\n");
	}
	tw_buf_finish(&text);
	tw_buf_init(&text, TW_STATUS_SENTENCE_MAX);
	tw_explain_suspect(source->monitor, &text);
	if (text.len > 0) {
		tw_buf_puts(out, "<p class=\"alarm\">Setting: ");
		put_text(out, tw_buf_str(&text));
		tw_buf_puts(out, "</p>\n");
	}
	tw_buf_puts(out, "</section>\n");
	tw_buf_finish(&text);
}

static void put_fact(struct tw_buf *out, const char *name, int64_t value)
{
	tw_buf_printf(out, "<div><dt>%s</dt><dd>", name);
	put_number(out, value);
	tw_buf_puts(out, "</dd></div>\n");
}

static void put_facts(const struct tw_status_source *source, struct tw_buf *out)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	int64_t tip_age_us = tw_status_age(source, tw_monitor_tip_since(source->monitor));

	tw_buf_puts(out, "<dl class=\"facts\">\n");
	put_fact(out, "network height", decision->tip.height);
	tw_buf_puts(out, "<div><dt>newest block seen</dt><dd>");
	if (tip_age_us == TW_UNKNOWN) {
		put_number(out, TW_UNKNOWN);
	} else {
		put_span(out, tip_age_us);
		tw_buf_puts(out, " ago");
	}
	tw_buf_puts(out, "</dd></div>\n");
	put_fact(out, "anchor height", decision->anchor_height);
	put_fact(out, "voters", decision->voters);
	put_fact(out, "quorum", decision->quorum);
	put_fact(out, "answering", decision->answering);
	put_fact(out, "agreeing", decision->agreeing);
	put_fact(out, "conflicting", decision->conflicting);
	if (source->config->n_witnesses > 0)
		put_fact(out, "witnesses", decision->witnesses);
	put_fact(out, "epoch", (int64_t)decision->epoch);
	tw_buf_puts(out, "</dl>\n");
}

static void put_words_fact(struct tw_buf *out, const char *name, const char *words)
{
	tw_buf_printf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, words);
}

static void put_period(const struct tw_status_source *source, const char *name,
	struct tw_account_period period, struct tw_buf *out)
{
	char share[TW_ACCOUNT_SHARE_SIZE], span[TW_SPAN_TEXT_MAX];
	struct tw_account_pool pool;

	tw_account_sums_pool(source->account, period, source->wall_us / TW_MS, &pool);
	tw_buf_printf(out, "<h3>%s</h3>\n<dl class=\"facts\">\n", name);
	put_words_fact(
		out, "usable", tw_account_sums_share(pool.usable_ms, pool.watched_ms, share));
	put_words_fact(out, "saved", tw_span_units(pool.saved_ms * TW_MS, span));
	put_words_fact(
		out, "not usable", tw_span_units((pool.watched_ms - pool.usable_ms) * TW_MS, span));
	put_words_fact(out, "contested", tw_span_units(pool.contested_ms * TW_MS, span));
	put_words_fact(out, "not watched", tw_span_units(pool.unwatched_ms * TW_MS, span));
	tw_buf_puts(out, "</dl>\n");
}

static void put_worth(const struct tw_status_source *source, struct tw_buf *out)
{
	int64_t wall_ms = source->wall_us / TW_MS;

	if (source->account == NULL)
		return;
	tw_buf_puts(out, "<h2>What it is worth</h2>\n");
	put_period(source, "today (UTC)", tw_account_sums_last(wall_ms, 1), out);
	put_period(source, "this month", tw_account_sums_month(wall_ms), out);
}

static void put_node_name(
	const struct tw_status_source *source, int32_t node, bool is_chosen, struct tw_buf *out)
{
	const struct tw_node_conf *conf = &source->config->nodes[node];

	tw_buf_printf(out, "<tr%s>\n<th scope=\"row\">", is_chosen ? " class=\"chosen\"" : "");
	put_text(out, conf->policy.name);
	tw_buf_puts(out, "<span class=\"sub\">");
	put_text(out, conf->url.text);
	tw_buf_puts(out, "</span>");
	if (is_chosen)
		tw_buf_puts(out, "<span class=\"sub\">chosen</span>");
	if (conf->policy.is_primary)
		tw_buf_puts(out, "<span class=\"sub\">primary</span>");
	if (conf->policy.role == TW_ROLE_REFERENCE)
		tw_buf_puts(out, "<span class=\"sub\">reference, never chosen</span>");
	tw_buf_puts(out, "</th>\n");
}

static void put_node(const struct tw_status_source *source, int32_t node, struct tw_buf *out)
{
	struct tw_view_node view;
	struct tw_buf detail;

	tw_view_node(source->monitor, node, &view);
	tw_buf_init(&detail, TW_STATUS_SENTENCE_MAX);
	tw_explain_verdict(source->monitor, node, &detail);
	put_node_name(source, node, tw_monitor_decision(source->monitor)->chosen == node, out);
	tw_buf_printf(out, "<td class=\"state %s\">%s</td>\n<td class=\"detail\">%s",
		tw_words_state(view.verdict.state), tw_words_state(view.verdict.state),
		tw_reason_word(view.verdict.reason));
	if (detail.len > 0) {
		tw_buf_puts(out, "<span class=\"sub\">");
		put_text(out, tw_buf_str(&detail));
		tw_buf_puts(out, "</span>");
	}
	tw_buf_puts(out, "</td>\n<td class=\"n\">");
	put_number(out, view.chain->tip);
	tw_buf_puts(out, "</td>\n<td class=\"n\">");
	put_lag(out, &view, tw_monitor_decision(source->monitor)->tip.height);
	tw_buf_puts(out, "</td>\n<td class=\"n\">");
	put_number(out, view.peers_in);
	tw_buf_puts(out, " + ");
	put_number(out, view.peers_out);
	tw_buf_puts(out, "</td>\n<td class=\"n\">");
	if (view.latency_us == TW_UNKNOWN)
		put_number(out, TW_UNKNOWN);
	else
		tw_buf_printf(out, "%.1f ms", (double)view.latency_us / (double)TW_MS);
	tw_buf_printf(
		out, "</td>\n<td>%s</td>\n<td class=\"n\">", tw_words_template(view.template));
	put_span(out, tw_status_age(source, view.since_us));
	tw_buf_puts(out, "</td>\n</tr>\n");
	tw_buf_finish(&detail);
}

static void put_nodes(const struct tw_status_source *source, struct tw_buf *out)
{
	tw_buf_puts(out, "<h2>Daemons</h2>\n<div class=\"scroll\">\n<table>\n<thead><tr>"
			 "<th scope=\"col\">name</th><th scope=\"col\">state</th>"
			 "<th scope=\"col\">reason</th><th scope=\"col\" class=\"n\">height</th>"
			 "<th scope=\"col\" class=\"n\">lag</th>"
			 "<th scope=\"col\" class=\"n\">peers in + out</th>"
			 "<th scope=\"col\" class=\"n\">latency</th><th scope=\"col\">template</th>"
			 "<th scope=\"col\" class=\"n\">since</th></tr></thead>\n<tbody>\n");
	for (uint32_t i = 0; i < source->config->n_nodes; i++)
		put_node(source, (int32_t)i, out);
	tw_buf_puts(out, "</tbody>\n</table>\n</div>\n");
}

static void put_switches(const struct tw_status_source *source, struct tw_buf *out)
{
	const struct tw_switch *change;
	struct tw_buf text;

	if (tw_monitor_switch(source->monitor, 0) == NULL)
		return;
	tw_buf_puts(out, "<h2>Last switches</h2>\n<div class=\"scroll\">\n<table>\n"
			 "<thead><tr><th scope=\"col\">when</th><th scope=\"col\">from</th>"
			 "<th scope=\"col\">to</th><th scope=\"col\">why</th>"
			 "<th scope=\"col\">mode</th></tr></thead>\n<tbody>\n");
	for (uint32_t i = 0;
		i < TW_SWITCHES_MAX && (change = tw_monitor_switch(source->monitor, i)) != NULL;
		i++) {
		tw_buf_puts(out, "<tr><td>");
		put_span(out, tw_status_age(source, change->t_us));
		tw_buf_puts(out, " ago</td><td>");
		put_text(out, tw_config_name(source->config, change->from, "nobody"));
		tw_buf_puts(out, "</td><td>");
		put_text(out, tw_config_name(source->config, change->to, "nobody"));
		tw_buf_puts(out, "</td><td>");
		tw_buf_init(&text, TW_STATUS_SENTENCE_MAX);
		tw_explain_switch(source->monitor, change, &text);
		put_text(out, tw_buf_str(&text));
		tw_buf_finish(&text);
		tw_buf_printf(out, "</td><td>%s</td></tr>\n", tw_mode_word(change->mode));
	}
	tw_buf_puts(out, "</tbody>\n</table>\n</div>\n");
}

/* "A majority of the nodes is on one chain.", "The pool should mine." */
static void put_mode_sentence(
	struct tw_emit *json, enum tw_mode mode, const char *begin, const char *words)
{
	char sentence[TW_STATUS_SENTENCE_MAX];
	size_t n = 0;

	snprintf(sentence, sizeof(sentence), "%s%s.", begin, words);
	sentence[0] = (char)toupper((unsigned char)sentence[0]);
	/* The texts mark words with ` for the manual. */
	for (const char *p = sentence; *p != '\0'; p++) {
		if (*p != '`')
			sentence[n++] = *p;
	}
	sentence[n] = '\0';
	tw_emit_put_text(json, tw_mode_word(mode), sentence);
}

/* What page.js must know of modes and reasons, as JSON in an attribute. */
static void put_words(struct tw_buf *out)
{
	struct tw_buf words;
	struct tw_emit *json;

	tw_buf_init(&words, WORDS_MAX);
	json = tw_emit_create(&words);
	tw_emit_open_map(json);
	tw_emit_key(json, "modes");
	tw_emit_open_map(json);
	for (int mode = 0; mode < TW_MODES; mode++)
		put_mode_sentence(
			json, (enum tw_mode)mode, "", tw_mode_meaning((enum tw_mode)mode));
	tw_emit_close_map(json);
	tw_emit_key(json, "advice");
	tw_emit_open_map(json);
	for (int mode = 0; mode < TW_MODES; mode++)
		put_mode_sentence(json, (enum tw_mode)mode, "the pool should ",
			tw_mode_advice((enum tw_mode)mode));
	tw_emit_close_map(json);
	tw_emit_key(json, "remedies");
	tw_emit_open_map(json);
	for (int mode = 0; mode < TW_MODES; mode++)
		tw_emit_put_text(
			json, tw_mode_word((enum tw_mode)mode), tw_mode_remedy((enum tw_mode)mode));
	tw_emit_close_map(json);
	tw_emit_key(json, "states");
	tw_emit_open_map(json);
	for (int reason = 0; reason < TW_REASONS; reason++)
		tw_emit_put_text(json, tw_reason_word((enum tw_reason)reason),
			tw_words_state(tw_reason_state((enum tw_reason)reason)));
	tw_emit_close_map(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_puts(out, "<div id=\"words\" hidden data-words=\"");
	put_text(out, tw_buf_str(&words));
	tw_buf_puts(out, "\"></div>\n");
	if (words.error < 0 && out->error == 0)
		out->error = words.error;
	tw_buf_finish(&words);
}

void tw_page_write(const struct tw_status_source *source, struct tw_buf *out)
{
	const char *place = strstr(tw_page_html.text, PLACE);

	assert(place != NULL);
	tw_buf_append(out, tw_page_html.text, (size_t)(place - tw_page_html.text));
	tw_buf_puts(out, "<header><h1>tipwatch</h1><span class=\"dim\">" TW_VERSION ", up ");
	put_span(out, source->now_us - source->started_us);
	tw_buf_puts(out, "</span></header>\n<main>\n");
	put_now(source, out);
	put_facts(source, out);
	put_nodes(source, out);
	put_worth(source, out);
	put_switches(source, out);
	tw_buf_puts(out, "</main>\n");
	put_words(out);
	tw_buf_puts(out, place + strlen(PLACE));
}
