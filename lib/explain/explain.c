/* See explain.h. */
#include "explain/explain.h"
#include "base/span.h"
#include "core/decide/suspect.h"
#include "core/decide/tip.h"
#include "core/model.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/words.h"
#include <inttypes.h>

/* For so long it is said why the daemon before was left. */
#define RECENTLY_US TW_HOUR

/* "alpha was drained", "alpha was unresponsive (refused)" */
static void put_cause(const struct tw_monitor *m, const struct tw_switch *one, struct tw_buf *out)
{
	const char *name = tw_policy_name(&m->config, one->from, "nobody");

	if (one->cause == TW_REASON_DRAINED)
		tw_buf_printf(out, "%s was drained", name);
	else
		tw_buf_printf(out, "%s was %s (%s)", name,
			tw_words_state(tw_reason_state(one->cause)), tw_reason_word(one->cause));
}

void tw_explain_switch(
	const struct tw_monitor *monitor, const struct tw_switch *one, struct tw_buf *out)
{
	const char *to = tw_policy_name(&monitor->config, one->to, "no daemon");

	switch (one->reason) {
	case TW_CHOICE_INCUMBENT_BAD:
		if (one->from < 0)
			tw_buf_puts(
				out, "the daemon in use before was taken out of the configuration");
		else
			put_cause(monitor, one, out);
		break;
	case TW_CHOICE_PRIORITY:
		tw_buf_printf(out, "%s has a higher priority", to);
		break;
	case TW_CHOICE_PINNED:
		tw_buf_printf(out, "the operator pinned %s", to);
		break;
	case TW_CHOICE_LEAST_BAD:
		tw_buf_printf(out, "no daemon was healthy, and %s was the least bad", to);
		break;
	case TW_CHOICE_PRIMARY:
		tw_buf_printf(out, "no daemon could be used, and %s is the primary", to);
		break;
	case TW_CHOICE_NONE:
		tw_buf_puts(out, "the nodes did not agree, and fallback is none");
		break;
	case TW_CHOICE_STARTING:
	case TW_CHOICE_INITIAL:
	case TW_CHOICE_INCUMBENT:
		tw_buf_printf(out, "%s was the best daemon at the start", to);
		break;
	}
}

static void put_verdict(const struct tw_monitor *m, int32_t node, struct tw_buf *out)
{
	const struct tw_verdict *verdict = &m->nodes[node].verdict;

	tw_buf_printf(
		out, "%s (%s)", tw_words_state(verdict->state), tw_reason_word(verdict->reason));
}

static void explain_incumbent(const struct tw_monitor *m, struct tw_buf *out)
{
	int32_t chosen = m->choosing.chosen;

	if (m->nodes[chosen].verdict.state == TW_STATE_HEALTHY) {
		const struct tw_switch *last = tw_monitor_switch(m, 0);

		tw_buf_printf(out, "%s is healthy and stays in use",
			tw_policy_name(&m->config, chosen, "nobody"));
		if (last != NULL && last->to == chosen && last->from >= 0 &&
			last->cause != TW_REASON_OK && m->now - last->t_us < RECENTLY_US) {
			tw_buf_puts(out, "; it took over because ");
			put_cause(m, last, out);
		}
		return;
	}
	tw_buf_printf(
		out, "no daemon is healthy; %s is ", tw_policy_name(&m->config, chosen, "nobody"));
	put_verdict(m, chosen, out);
	tw_buf_puts(out, m->decision.is_usable
				 ? ", can be mined on, and stays in use"
				 : ", but answers, and stays in use: no other can be mined on");
}

static void explain_incumbent_bad(const struct tw_monitor *m, struct tw_buf *out)
{
	const struct tw_switch *last = tw_monitor_switch(m, 0);

	if (last == NULL || last->from < 0) {
		tw_buf_printf(out,
			"%s is the best healthy daemon now that the one in use before is gone",
			tw_policy_name(&m->config, m->choosing.chosen, "nobody"));
		return;
	}
	tw_buf_printf(out, "%s is ", tw_policy_name(&m->config, last->from, "nobody"));
	put_verdict(m, last->from, out);
	tw_buf_printf(out, "; %s is the best healthy daemon and took over",
		tw_policy_name(&m->config, m->choosing.chosen, "nobody"));
}

void tw_explain_choice(const struct tw_monitor *monitor, struct tw_buf *out)
{
	const char *chosen = tw_policy_name(&monitor->config, monitor->choosing.chosen, "nobody");

	switch (monitor->choosing.reason) {
	case TW_CHOICE_STARTING:
		if (monitor->choosing.chosen < 0)
			tw_buf_puts(
				out, "tipwatch has just started and no daemon has answered yet");
		else
			tw_buf_printf(out,
				"tipwatch has just started and is still comparing the daemons; "
				"%s answers",
				chosen);
		break;
	case TW_CHOICE_INITIAL:
		tw_buf_printf(out, "%s is the best healthy daemon to begin with", chosen);
		break;
	case TW_CHOICE_INCUMBENT:
		explain_incumbent(monitor, out);
		break;
	case TW_CHOICE_INCUMBENT_BAD:
		explain_incumbent_bad(monitor, out);
		break;
	case TW_CHOICE_PRIORITY:
		tw_buf_printf(out,
			"%s has a higher priority and was healthy long enough to go back to",
			chosen);
		break;
	case TW_CHOICE_PINNED:
		tw_buf_printf(out, "the operator has pinned %s; it is ", chosen);
		put_verdict(monitor, monitor->choosing.chosen, out);
		break;
	case TW_CHOICE_LEAST_BAD:
		tw_buf_printf(out, "no daemon is healthy; %s is ", chosen);
		put_verdict(monitor, monitor->choosing.chosen, out);
		tw_buf_puts(out, ", the least bad one that answers");
		if (monitor->decision.is_usable)
			tw_buf_puts(out, ", and can be mined on");
		break;
	case TW_CHOICE_PRIMARY:
		tw_buf_printf(
			out, "%s is the primary, and there is no better one to be had", chosen);
		break;
	case TW_CHOICE_NONE:
		tw_buf_puts(out,
			"there is no consensus, and the configuration says to name no daemon "
			"then (fallback = none)");
		break;
	}
}

static void put_failure(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	enum tw_result failure = node->health.failure;
	char span[TW_SPAN_TEXT_MAX];

	/* Where not the daemon refused (but a proxy, or the network), the detail says who did. */
	if (failure == TW_RESULT_REFUSED && node->detail[0] != '\0' &&
		strcmp(node->detail, "connection refused") != 0)
		tw_buf_puts(out, node->detail);
	else
		tw_buf_puts(out, tw_reason_meaning(tw_reason_of_result(failure)));
	/* The detail of these failures repeats the sentence. */
	if (node->detail[0] != '\0' && failure != TW_RESULT_REFUSED && failure != TW_RESULT_TIMEOUT)
		tw_buf_printf(out, ": %s", node->detail);
	if (node->health.last_ok_us >= 0)
		tw_buf_printf(out, " (last good check %s ago)",
			tw_span_tenths(m->now - node->health.last_ok_us, span));
}

static void put_network(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	const struct tw_network_id *its = &node->network, *home = &m->home;
	char hash[TW_HASH_HEX + 1], home_hash[TW_HASH_HEX + 1];

	if (its->nettype[0] != '\0' && home->nettype[0] != '\0' &&
		strcmp(its->nettype, home->nettype) != 0) {
		tw_buf_printf(out, "its network is %s, and that of the daemons is %s", its->nettype,
			home->nettype);
		return;
	}
	tw_hash_format(&its->genesis, hash);
	tw_hash_format(&home->genesis, home_hash);
	tw_buf_printf(out,
		"it is on another network: its block 0 is %.16s..., and that of the daemons is "
		"%.16s...",
		hash, home_hash);
}

static void put_fork(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	(void)m;
	if (node->share < 0)
		tw_buf_puts(out, "it shares no known block with the main chain");
	else
		tw_buf_printf(out,
			"it left the main chain after block %" PRId64 " and has %" PRId64
			" blocks of its own",
			node->share, node->chain->tip - node->share);
}

static void put_lag(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	int64_t accepted_us = tw_tip_accepted(&m->tip, node->chain->tip + 1);
	char span[TW_SPAN_TEXT_MAX];

	tw_buf_printf(out, "at block %" PRId64 ", %" PRId64 " behind the network", node->chain->tip,
		m->tip.tip.height - node->chain->tip);
	if (accepted_us >= 0)
		tw_buf_printf(out, "; the next block has been known for %s",
			tw_span_tenths(m->now - accepted_us, span));
}

static void put_false_blocks(
	const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	(void)m;
	tw_buf_printf(out,
		"in place of %" PRIu32
		" of the last %d confirmed blocks it had shown other ones; it "
		"is believed again after %" PRIu32 " more confirmed blocks without that",
		tw_record_n_false(&node->record), TW_RECORD_BLOCKS, node->record.kept.probation);
}

static void put_lead(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	tw_buf_printf(out,
		"at block %" PRId64 ", %" PRId64
		" beyond the network, and nobody else has its blocks",
		node->chain->tip, node->chain->tip - m->tip.tip.height);
}

static void put_peers(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	tw_buf_printf(out, "it has %" PRId64 " peers%s; min_peers is %" PRId64, tw_node_peers(node),
		node->has_own_peer ? " beside tipwatchd" : "", m->policy.min_peers);
}

static void put_no_template(
	const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	(void)m;
	tw_buf_puts(out, tw_reason_meaning(TW_REASON_NO_TEMPLATE));
	if (node->detail[0] != '\0')
		tw_buf_printf(out, ": %s", node->detail);
}

static void put_warming(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	tw_buf_printf(out, "it answers again: %" PRIu32 " of %" PRIu32 " good checks in a row",
		node->health.warm, tw_health_need(&node->health, &m->policy, m->now));
}

static void put_unchecked(
	const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	if (node->health.result != TW_RESULT_OK)
		put_failure(m, node, out);
	else
		tw_buf_puts(out, tw_reason_meaning(TW_REASON_UNCHECKED));
}

static void put_race(const struct tw_monitor *m, const struct tw_node *node, struct tw_buf *out)
{
	tw_buf_puts(out, "on the losing side of a race: ");
	put_fork(m, node, out);
}

void tw_explain_verdict(const struct tw_monitor *monitor, int32_t i, struct tw_buf *out)
{
	/* Of the other reasons the meaning says all. */
	static void (*const puts[TW_REASONS])(
		const struct tw_monitor *, const struct tw_node *, struct tw_buf *) = {
		[TW_REASON_WRONG_NETWORK] = put_network,
		[TW_REASON_FORKED] = put_fork,
		[TW_REASON_FALSE_BLOCKS] = put_false_blocks,
		[TW_REASON_AHEAD] = put_lead,
		[TW_REASON_ISOLATED] = put_peers,
		[TW_REASON_LAGGING] = put_lag,
		[TW_REASON_NO_TEMPLATE] = put_no_template,
		[TW_REASON_WARMING] = put_warming,
		[TW_REASON_UNCHECKED] = put_unchecked,
		[TW_REASON_RACING] = put_race,
	};
	const struct tw_node *node = &monitor->nodes[i];
	enum tw_reason reason = node->verdict.reason;

	if (reason == TW_REASON_OK)
		return;
	if (tw_reason_result(reason) != TW_RESULT_OK)
		put_failure(monitor, node, out);
	else if (puts[reason] != NULL)
		puts[reason](monitor, node, out);
	else
		tw_buf_puts(out, tw_reason_meaning(reason));
}

void tw_explain_suspect(const struct tw_monitor *monitor, struct tw_buf *out)
{
	enum tw_suspect suspect = monitor->decision.suspect;

	if (suspect != TW_SUSPECT_NONE)
		tw_buf_printf(out, "%s: %s. %s", tw_suspect_setting(suspect),
			tw_suspect_meaning(suspect), tw_suspect_remedy(suspect));
}
