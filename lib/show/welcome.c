/* See welcome.h. */
#include "show/welcome.h"
#include "base/num.h"
#include "core/mode.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/view.h"
#include "show/advice.h"
#include "show/screen.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NODES_MAX = 12, KIND_MAX = 64, LINE_MAX_BYTES = 1024, ADVICE_MAX = 1 << 16 };

/* "turtlecoin-rpc 0.28.3", "-" for one that never answered. */
static void name_kind(const struct tw_status_source *source, uint32_t i, char kind[KIND_MAX])
{
	const struct tw_rpc_peer *peer = source->peers != NULL ? source->peers[i] : NULL;

	if (peer == NULL || peer->dialect == TW_DIALECT_AUTO)
		snprintf(kind, KIND_MAX, "-");
	else
		snprintf(kind, KIND_MAX, "%s%s%s", tw_dialect_word(peer->dialect),
			peer->version[0] != '\0' ? " " : "", peer->version);
}

struct widths {
	uint32_t name, url, kind;
};

static uint32_t longer(uint32_t width, const char *text, uint32_t most)
{
	return (uint32_t)tw_max(width, tw_min((int64_t)strlen(text), most));
}

static void write_node(const struct tw_status_source *source, uint32_t i,
	const struct widths *widths, const struct tw_text *text)
{
	const struct tw_node_conf *conf = &source->config->nodes[i];
	struct tw_view_node view;
	char kind[KIND_MAX], line[LINE_MAX_BYTES];
	const char *state;

	tw_view_node(source->monitor, (int32_t)i, &view);
	name_kind(source, i, kind);
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_BOLD, conf->policy.name, widths->name, false);
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_NONE, conf->url.text, widths->url, false);
	tw_buf_puts(text->out, "  ");
	tw_text_cell(text, TW_COLOUR_NONE, kind, widths->kind, false);
	tw_buf_puts(text->out, "  ");
	state = tw_words_state(view.verdict.state);
	if (view.verdict.state == TW_STATE_HEALTHY)
		snprintf(line, sizeof(line), "%" PRId64, view.chain->tip);
	else
		snprintf(line, sizeof(line), "%s (%s)", state, tw_reason_word(view.verdict.reason));
	tw_text_put(text, tw_screen_state_colour(state), line);
	tw_buf_putc(text->out, '\n');
}

static void write_nodes(const struct tw_status_source *source, const struct tw_text *text)
{
	const struct tw_config *config = source->config;
	struct widths widths = { 0 };
	char kind[KIND_MAX], line[LINE_MAX_BYTES];

	for (uint32_t i = 0; i < config->n_nodes && i < NODES_MAX; i++) {
		name_kind(source, i, kind);
		widths.name = longer(widths.name, config->nodes[i].policy.name, 14);
		widths.url = longer(widths.url, config->nodes[i].url.text, 30);
		widths.kind = longer(widths.kind, kind, 24);
	}
	for (uint32_t i = 0; i < config->n_nodes && i < NODES_MAX; i++)
		write_node(source, i, &widths, text);
	if (config->n_nodes > NODES_MAX) {
		snprintf(line, sizeof(line), "  and %" PRIu32 " more", config->n_nodes - NODES_MAX);
		tw_text_put(text, TW_COLOUR_NONE, line);
		tw_buf_putc(text->out, '\n');
	}
}

static void write_decision(const struct tw_status_source *source, const struct tw_text *text)
{
	const struct tw_decision *decision = tw_monitor_decision(source->monitor);
	char label[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	struct tw_buf why;

	snprintf(label, sizeof(label), "%s:", tw_mode_word(decision->mode));
	snprintf(line, sizeof(line), "%s (%" PRIu32 " of %" PRIu32 " agree, quorum %" PRIu32 ")",
		tw_mode_meaning(decision->mode), decision->agreeing, decision->voters,
		decision->quorum);
	tw_text_paragraph(text,
		decision->mode == TW_MODE_CONSENSUS ? TW_COLOUR_GREEN : TW_COLOUR_YELLOW, label,
		line, 2);
	tw_buf_init(&why, TW_STATUS_SENTENCE_MAX);
	tw_explain_choice(source->monitor, &why);
	snprintf(line, sizeof(line), "%s (%s)%s",
		tw_config_name(source->config, decision->chosen, "none"), tw_buf_str(&why),
		decision->is_usable ? "" : "; not usable");
	tw_buf_finish(&why);
	tw_text_paragraph(text, decision->is_usable ? TW_COLOUR_BOLD : TW_COLOUR_RED,
		"the pool should use:", line, 2);
}

static void write_places(const struct tw_config *config, const char *arguments, bool has_own_socket,
	const struct tw_text *text)
{
	tw_buf_puts(text->out, "\n  look  tipwatchctl ");
	if (has_own_socket) {
		tw_buf_puts(text->out, "-s ");
		tw_text_put(text, TW_COLOUR_NONE, config->control_path);
		tw_buf_putc(text->out, ' ');
	}
	tw_buf_puts(text->out, "top\n");
	if (config->http.is_on) {
		tw_buf_puts(text->out, "        http://");
		tw_text_put(text, TW_COLOUR_NONE, config->http_listen);
		tw_buf_puts(text->out, "/  (a page; also /status, /metrics)\n");
	}
	tw_buf_puts(text->out, "  ask   echo select | nc -NU ");
	tw_text_put(text, TW_COLOUR_NONE, config->control_path);
	tw_buf_puts(text->out, "\n  keep  tipwatchd --print-config ");
	tw_text_put(text, TW_COLOUR_NONE, arguments);
	tw_buf_puts(text->out, " >tipwatch.conf\n");
}

static void write_advice(const struct tw_status_source *source, const struct tw_text *text)
{
	struct tw_buf advice;

	tw_buf_init(&advice, ADVICE_MAX);
	tw_advice(source, &advice);
	if (advice.len > 0)
		tw_buf_putc(text->out, '\n');
	tw_advice_show(&advice, text);
	tw_buf_finish(&advice);
}

void tw_welcome(const struct tw_status_source *source, const char *arguments, bool has_own_socket,
	const struct tw_text *text)
{
	char line[LINE_MAX_BYTES];

	snprintf(line, sizeof(line), "tipwatchd %s watches %" PRIu32 " node%s.", TW_VERSION,
		source->config->n_nodes, source->config->n_nodes == 1 ? "" : "s");
	tw_text_put(text, TW_COLOUR_BOLD, line);
	tw_buf_puts(text->out, "\n\n");
	write_nodes(source, text);
	tw_buf_putc(text->out, '\n');
	write_decision(source, text);
	write_places(source->config, arguments, has_own_socket, text);
	write_advice(source, text);
}
