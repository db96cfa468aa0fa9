/* See why_json.h. Keys are only ever added; unknown values are null, never 0. */
#include "serve/why_json.h"
#include "core/mode.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/view.h"
#include "explain/why.h"
#include "serve/status.h"
#include <errno.h>
#include <stdlib.h>

/* Longest text: of a branch with a thousand nodes only some are named. */
enum { TEXT_MAX = 64 * 1024 };

static void write_vote(const struct tw_monitor *monitor, int32_t node, struct tw_emit *json)
{
	struct tw_why_vote vote;
	bool has_tip;

	tw_why_vote(monitor, node, &vote);
	has_tip = vote.tip.height >= 0;
	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", tw_policy_name(tw_monitor_config(monitor), node, NULL));
	tw_emit_put_text(json, "role", tw_words_role(tw_monitor_config(monitor)->nodes[node].role));
	tw_emit_put_bool(json, "votes", vote.is_voting);
	tw_emit_put_text(json, "vote", tw_why_vote_word(vote.kind));
	tw_emit_put_int_or_null(json, "height", vote.tip.height);
	tw_emit_put_hash(json, "hash", has_tip ? &vote.tip.hash : NULL);
	tw_emit_put_int_or_null(json, "branch", vote.branch);
	tw_emit_put_int_or_null(json, "fork_height", vote.fork_height);
	tw_emit_close_map(json);
}

static void open_movers(const struct tw_monitor *monitor, const char *key,
	const struct tw_movers *movers, struct tw_emit *json)
{
	tw_emit_key(json, key);
	if (movers->n == 0) {
		tw_emit_null(json);
		return;
	}
	tw_emit_open_map(json);
	tw_emit_put_int(json, "voters", movers->n);
	tw_emit_key(json, "who");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < movers->n; i++)
		tw_emit_text(
			json, tw_policy_name(tw_monitor_config(monitor), movers->nodes[i], NULL));
	tw_emit_close_array(json);
}

static void write_margin(
	const struct tw_monitor *monitor, const struct tw_margin *margin, struct tw_emit *json)
{
	tw_emit_key(json, "margin");
	tw_emit_open_map(json);
	open_movers(monitor, "flip", &margin->flip, json);
	if (margin->flip.n > 0) {
		tw_emit_put_text(json, "to",
			tw_policy_name(tw_monitor_config(monitor), margin->rival, NULL));
		tw_emit_put_int_or_null(json, "fork_height", margin->flip_fork);
		tw_emit_close_map(json);
	}
	open_movers(monitor, "lose", &margin->lose, json);
	if (margin->lose.n > 0)
		tw_emit_close_map(json);
	open_movers(monitor, "gain", &margin->gain, json);
	if (margin->gain.n > 0)
		tw_emit_close_map(json);
	tw_emit_close_map(json);
}

static void write_decision(
	const struct tw_monitor *monitor, const struct tw_margin *margin, struct tw_emit *json)
{
	const struct tw_decision *decision = tw_monitor_decision(monitor);
	struct tw_buf text;

	tw_buf_init(&text, TEXT_MAX);
	tw_why_explain(monitor, margin, &text);
	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_text(json, "rule", tw_why_rule_word(tw_why_rule(monitor)));
	tw_emit_put_text(
		json, "daemon", tw_policy_name(tw_monitor_config(monitor), decision->chosen, NULL));
	tw_emit_put_text(json, "mode", tw_mode_word(decision->mode));
	tw_emit_put_text(json, "chain", tw_why_tie_word(monitor));
	tw_status_put_votes(json, decision);
	tw_emit_key(json, "votes");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < tw_monitor_config(monitor)->n_nodes; i++)
		write_vote(monitor, (int32_t)i, json);
	tw_emit_close_array(json);
	write_margin(monitor, margin, json);
	tw_emit_put_text(json, "text", tw_buf_str(&text));
	tw_emit_close_map(json);
	tw_buf_finish(&text);
}

static void write_node(const struct tw_monitor *monitor, int32_t node,
	const struct tw_why_node *why, struct tw_emit *json)
{
	struct tw_view_node view;
	struct tw_buf text;

	tw_view_node(monitor, node, &view);
	tw_buf_init(&text, TEXT_MAX);
	tw_why_explain_node(monitor, node, why, &text);
	tw_emit_open_map(json);
	tw_emit_put_int(json, "v", 1);
	tw_emit_put_text(json, "name", tw_policy_name(tw_monitor_config(monitor), node, NULL));
	tw_emit_put_text(json, "rule", tw_why_not_word(monitor, node, why));
	tw_emit_put_text(json, "state", tw_words_state(view.verdict.state));
	tw_emit_put_text(json, "reason", tw_reason_word(view.verdict.reason));
	tw_emit_put_bool(json, "chosen", why->why_not == TW_WHY_NOT_CHOSEN);
	tw_emit_key(json, "votes");
	tw_emit_open_array(json);
	write_vote(monitor, node, json);
	tw_emit_close_array(json);
	tw_emit_key(json, "margin");
	tw_emit_open_map(json);
	tw_emit_put_int_or_null(json, "good_checks", why->good_checks);
	tw_emit_put_int_or_null(json, "blocks", why->blocks);
	tw_emit_put_int_or_null(json, "peers", why->peers);
	tw_emit_put_int_or_null(json, "voters", why->voters);
	tw_emit_put_ms(json, "wait_ms", why->wait_us);
	tw_emit_put_text(json, "next", tw_policy_name(tw_monitor_config(monitor), why->next, NULL));
	tw_emit_put_text(
		json, "rival", tw_policy_name(tw_monitor_config(monitor), why->rival, NULL));
	tw_emit_key(json, "better");
	if (why->rival < 0)
		tw_emit_null(json);
	else
		tw_emit_bool(json, why->is_better);
	tw_emit_put_text(json, "by", why->rival < 0 ? NULL : tw_why_better_word(why->better));
	tw_emit_close_map(json);
	tw_emit_put_text(json, "text", tw_buf_str(&text));
	tw_emit_close_map(json);
	tw_buf_finish(&text);
}

static int write(const struct tw_monitor *monitor, int32_t node, struct tw_emit *json)
{
	struct tw_margin *margin;
	struct tw_why_node why;
	int r;

	if (node >= 0) {
		r = tw_why_node(monitor, node, &why);
		if (r == 0)
			write_node(monitor, node, &why, json);
		return r;
	}
	margin = malloc(sizeof(*margin));
	if (margin == NULL)
		return -ENOMEM;
	r = tw_margin_find(monitor, margin);
	if (r == 0)
		write_decision(monitor, margin, json);
	free(margin);
	return r;
}

void tw_why_json_write(const struct tw_monitor *monitor, int32_t node, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);
	int r = write(monitor, node, json);

	tw_emit_destroy(json);
	if (r < 0 && out->error == 0)
		out->error = r;
}
