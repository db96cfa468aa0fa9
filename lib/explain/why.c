/* See why.h. */
#include "explain/why.h"
#include "base/num.h"
#include "base/span.h"
#include "core/decide/select.h"
#include "core/decide/verdict.h"
#include "core/model.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/outside.h"
#include <inttypes.h>

/* Names of nodes listed in one sentence; above that the number of the others is said. */
enum { NAMES_MAX = 5 };

enum tw_why_rule tw_why_rule(const struct tw_monitor *monitor)
{
	const struct tw_choosing *choosing = &monitor->choosing;

	switch (choosing->reason) {
	case TW_CHOICE_STARTING:
		break;
	case TW_CHOICE_PINNED:
		return TW_WHY_PINNED;
	case TW_CHOICE_INITIAL:
	case TW_CHOICE_INCUMBENT_BAD:
		return TW_WHY_BEST_HEALTHY;
	case TW_CHOICE_INCUMBENT:
		return monitor->nodes[choosing->chosen].verdict.state == TW_STATE_HEALTHY
			       ? TW_WHY_INCUMBENT
			       : TW_WHY_INCUMBENT_ANSWERS;
	case TW_CHOICE_PRIORITY:
		return TW_WHY_FAILBACK;
	case TW_CHOICE_LEAST_BAD:
		return TW_WHY_LEAST_BAD;
	case TW_CHOICE_PRIMARY:
		if (tw_select_are_all_drained(monitor))
			return TW_WHY_ALL_DRAINED;
		return (monitor->mode == TW_MODE_FALLBACK || monitor->mode == TW_MODE_CONTESTED) &&
				       monitor->policy.fallback == TW_FALLBACK_PRIMARY
			       ? TW_WHY_FALLBACK_PRIMARY
			       : TW_WHY_PRIMARY_LAST;
	case TW_CHOICE_NONE:
		return TW_WHY_FALLBACK_NONE;
	}
	return TW_WHY_STARTING;
}

void tw_why_vote(const struct tw_monitor *monitor, int32_t i, struct tw_why_vote *ret_vote)
{
	const struct tw_node *node = &monitor->nodes[i];
	const struct tw_hash *hash = tw_chain_at(node->chain, node->chain->tip);

	*ret_vote = (struct tw_why_vote){
		.is_voting = monitor->chains[i] != NULL,
		.tip.height = TW_UNKNOWN,
		.branch = monitor->votes.branch[i],
		.fork_height = TW_UNKNOWN,
	};
	if (hash != NULL)
		ret_vote->tip = (struct tw_point){ node->chain->tip, *hash };
	if (!ret_vote->is_voting) {
		ret_vote->kind = tw_model_has_left(monitor, i, false) ? TW_WHY_VOTE_DRAINED
				 : !node->health.has_finished         ? TW_WHY_VOTE_UNCHECKED
				 : node->is_silent || !node->health.has_answered
					 ? TW_WHY_VOTE_SILENT
				 : node->is_foreign ? TW_WHY_VOTE_FOREIGN
						    : TW_WHY_VOTE_ISOLATED;
		return;
	}
	switch (monitor->votes.relation[i]) {
	case TW_RELATION_CONFLICT:
		ret_vote->kind = TW_WHY_VOTE_CONFLICTS;
		ret_vote->fork_height = monitor->votes.share[i];
		break;
	case TW_RELATION_MAIN:
		/* With a higher tip it is not behind, also where its window has a hole at T. */
		ret_vote->kind = node->chain->tip < monitor->tip.tip.height ? TW_WHY_VOTE_BEHIND
									    : TW_WHY_VOTE_AGREES;
		break;
	case TW_RELATION_NONE:
	case TW_RELATION_UNLINKED:
		ret_vote->kind = TW_WHY_VOTE_UNLINKED;
		break;
	}
}

/* --- a node --- */

static int64_t good_checks(const struct tw_monitor *m, const struct tw_node *node)
{
	const struct tw_health *health = &node->health;
	uint32_t need = tw_health_need(health, &m->policy, m->now);

	if (!health->has_answered)
		return 1;
	if (health->is_down)
		return need;
	if (health->is_warming)
		return need > health->warm ? need - health->warm : 1;
	return TW_UNKNOWN;
}

/* The fewest blocks that it has to get to be no longer lagging. */
static int64_t blocks(const struct tw_monitor *m, const struct tw_node *node)
{
	int64_t tip = node->chain->tip;

	while (tip >= 0 && tw_verdict_lagging_from(m, node->relation, tip) <= m->now)
		tip++;
	return tip > node->chain->tip ? tip - node->chain->tip : TW_UNKNOWN;
}

/* Finds what the node is missing to be healthy. */
static int miss(const struct tw_monitor *m, int32_t i, struct tw_why_node *why)
{
	const struct tw_node *node = &m->nodes[i];
	enum tw_reason reason = node->verdict.reason;
	struct tw_movers movers;
	int r;

	why->good_checks = good_checks(m, node);
	if (reason == TW_REASON_FORKED || reason == TW_REASON_RACING) {
		r = tw_margin_of_node(m, i, &movers);
		if (r < 0)
			return r;
		why->voters = movers.n > 0 ? movers.n : TW_UNKNOWN;
	} else if (reason == TW_REASON_AHEAD) {
		why->voters = 1; /* a second one that has its blocks */
	} else if (reason == TW_REASON_ISOLATED) {
		why->peers = m->policy.min_peers - tw_node_peers(node);
	} else if (reason == TW_REASON_LAGGING) {
		why->blocks = blocks(m, node);
	}
	return 0;
}

/* Why the pool is not moved to a healthy daemon of higher priority than that in use. */
static enum tw_why_not not_switched(
	const struct tw_monitor *m, const struct tw_node *node, int64_t *ret_wait_us)
{
	int64_t failback_us = node->healthy_us + m->policy.failback_after_us - m->now;
	int64_t interval_us =
		m->choosing.switched_us < 0
			? 0
			: m->choosing.switched_us + m->policy.min_switch_interval_us - m->now;

	if (m->mode == TW_MODE_FALLBACK || m->mode == TW_MODE_CONTESTED)
		return TW_WHY_NOT_NO_CONSENSUS;
	if (failback_us > 0 || interval_us > 0) {
		*ret_wait_us = tw_max(failback_us, interval_us);
		return failback_us > 0 ? TW_WHY_NOT_FAILBACK : TW_WHY_NOT_SWITCH_INTERVAL;
	}
	return TW_WHY_NOT_AT_TIP;
}

static enum tw_why_not find_why_not(const struct tw_monitor *m, int32_t i, struct tw_why_node *why)
{
	const struct tw_node *node = &m->nodes[i];
	int32_t chosen = m->choosing.chosen;

	if (node->policy.role == TW_ROLE_REFERENCE)
		return TW_WHY_NOT_REFERENCE;
	if (chosen == i)
		return TW_WHY_NOT_CHOSEN;
	if (node->verdict.state != TW_STATE_HEALTHY)
		return TW_WHY_NOT_VERDICT;
	switch (tw_why_rule(m)) {
	case TW_WHY_STARTING:
		return TW_WHY_NOT_STARTING;
	case TW_WHY_PINNED:
		return TW_WHY_NOT_PINNED;
	case TW_WHY_FALLBACK_PRIMARY:
	case TW_WHY_FALLBACK_NONE:
		return TW_WHY_NOT_FALLBACK;
	case TW_WHY_INCUMBENT:
	case TW_WHY_BEST_HEALTHY:
	case TW_WHY_FAILBACK:
	case TW_WHY_INCUMBENT_ANSWERS:
	case TW_WHY_LEAST_BAD:
	case TW_WHY_PRIMARY_LAST:
	case TW_WHY_ALL_DRAINED:
		break;
	}
	if (chosen >= 0 && node->policy.priority > m->nodes[chosen].policy.priority)
		return not_switched(m, node, &why->wait_us);
	return TW_WHY_NOT_INCUMBENT;
}

int tw_why_node(const struct tw_monitor *monitor, int32_t i, struct tw_why_node *ret_why)
{
	int32_t chosen = monitor->choosing.chosen;
	int r;

	*ret_why = (struct tw_why_node){
		.good_checks = TW_UNKNOWN,
		.blocks = TW_UNKNOWN,
		.peers = TW_UNKNOWN,
		.voters = TW_UNKNOWN,
		.wait_us = TW_UNKNOWN,
		.next = tw_select_next(monitor),
		.rival = TW_NODE_NONE,
	};
	ret_why->why_not = find_why_not(monitor, i, ret_why);
	r = miss(monitor, i, ret_why);
	if (r < 0)
		return r;
	if (ret_why->why_not == TW_WHY_NOT_CHOSEN || ret_why->why_not == TW_WHY_NOT_REFERENCE ||
		monitor->nodes[i].verdict.state != TW_STATE_HEALTHY)
		return 0;
	ret_why->rival = ret_why->next != i ? ret_why->next : chosen;
	if (ret_why->rival >= 0)
		ret_why->is_better =
			tw_select_compare(monitor, i, ret_why->rival, &ret_why->better);
	return 0;
}

/* --- words and sentences --- */

/* By what the main chain was told from another one. */
static const struct {
	const char *word;
	const char *sentence;
} ties[] = {
	[TW_TIE_NONE] = { "undisputed", "" },
	[TW_TIE_VOTES] = { "votes", " More voters are on the main chain than on any other." },
	[TW_TIE_CONFIRMED] = { "confirmed",
		" A quorum has confirmed this chain, and none supports another one." },
	[TW_TIE_LONGER] = { "longer", " As many are on another chain, but that one is shorter." },
	[TW_TIE_SERVED] = { "served",
		" As many are on another chain, but this one was served last." },
	[TW_TIE_PRIMARY] = { "primary",
		" As many are on another chain, but the primary is on this one." },
	[TW_TIE_HASH] = { "hash", " As many are on another chain; the lower hash decides." },
};

/* By what one healthy daemon is better than another; the clause is about the better one. */
static const struct {
	const char *word;
	const char *clause;
} betters[] = {
	[TW_BETTER_TIP] = { "tip", "is at the network's tip, and the other is not" },
	[TW_BETTER_MAIN] = { "main_chain", "is on the main chain, and the other is not" },
	[TW_BETTER_SURE] = { "sure", "has just answered, and the other has not" },
	[TW_BETTER_PRIORITY] = { "priority", "has the higher priority" },
	[TW_BETTER_DELAY] = { "tip_delay", "gets new blocks sooner" },
	[TW_BETTER_LATENCY] = { "latency", "answers faster" },
	[TW_BETTER_ORDER] = { "order", "comes first in the configuration, all else being equal" },
};

const char *tw_why_rule_word(enum tw_why_rule rule)
{
	static const char *const words[] = {
		[TW_WHY_STARTING] = "starting",
		[TW_WHY_PINNED] = "pinned",
		[TW_WHY_INCUMBENT] = "incumbent",
		[TW_WHY_BEST_HEALTHY] = "best_healthy",
		[TW_WHY_FAILBACK] = "failback",
		[TW_WHY_INCUMBENT_ANSWERS] = "incumbent_answers",
		[TW_WHY_LEAST_BAD] = "least_bad",
		[TW_WHY_PRIMARY_LAST] = "primary_last",
		[TW_WHY_FALLBACK_PRIMARY] = "fallback_primary",
		[TW_WHY_FALLBACK_NONE] = "fallback_none",
		[TW_WHY_ALL_DRAINED] = "all_drained",
	};

	return words[rule];
}

const char *tw_why_vote_word(enum tw_why_vote_kind kind)
{
	static const char *const words[] = {
		[TW_WHY_VOTE_AGREES] = "agrees",
		[TW_WHY_VOTE_BEHIND] = "behind",
		[TW_WHY_VOTE_CONFLICTS] = "conflicts",
		[TW_WHY_VOTE_UNLINKED] = "unlinked",
		[TW_WHY_VOTE_SILENT] = "silent",
		[TW_WHY_VOTE_FOREIGN] = "wrong_network",
		[TW_WHY_VOTE_ISOLATED] = "isolated",
		[TW_WHY_VOTE_DRAINED] = "drained",
		[TW_WHY_VOTE_UNCHECKED] = "unchecked",
	};

	return words[kind];
}

const char *tw_why_tie_word(const struct tw_monitor *monitor)
{
	return monitor->votes.best < 0 ? NULL : ties[monitor->votes.tie].word;
}

const char *tw_why_not_word(
	const struct tw_monitor *monitor, int32_t node, const struct tw_why_node *why)
{
	static const char *const words[] = {
		[TW_WHY_NOT_CHOSEN] = "chosen",
		[TW_WHY_NOT_REFERENCE] = "reference",
		[TW_WHY_NOT_STARTING] = "starting",
		[TW_WHY_NOT_PINNED] = "pinned",
		[TW_WHY_NOT_FALLBACK] = "fallback",
		[TW_WHY_NOT_FAILBACK] = "failback_after",
		[TW_WHY_NOT_SWITCH_INTERVAL] = "min_switch_interval",
		[TW_WHY_NOT_AT_TIP] = "not_at_tip",
		[TW_WHY_NOT_NO_CONSENSUS] = "no_consensus",
		[TW_WHY_NOT_INCUMBENT] = "incumbent",
	};
	const struct tw_verdict *verdict = &monitor->nodes[node].verdict;

	if (why->why_not == TW_WHY_NOT_VERDICT || verdict->state != TW_STATE_HEALTHY)
		return tw_reason_word(verdict->reason);
	return words[why->why_not];
}

const char *tw_why_better_word(enum tw_better better)
{
	return betters[better].word;
}

/* "1 block", "3 blocks" */
static void put_count(struct tw_buf *out, int64_t n, const char *one, const char *many)
{
	tw_buf_printf(out, "%" PRId64 " %s", n, n == 1 ? one : many);
}

/* "alpha", "alpha and beta", "alpha, beta and 7 others" */
static void put_names(
	const struct tw_monitor *m, const struct tw_movers *movers, struct tw_buf *out)
{
	uint32_t n = movers->n <= NAMES_MAX ? movers->n : NAMES_MAX - 1;

	for (uint32_t i = 0; i < n; i++)
		tw_buf_printf(out, "%s%s",
			i == 0                         ? ""
			: i + 1 == n && n == movers->n ? " and "
						       : ", ",
			tw_policy_name(&m->config, movers->nodes[i], "nobody"));
	if (n < movers->n)
		tw_buf_printf(out, " and %" PRIu32 " others", movers->n - n);
}

/* --- the decision in sentences --- */

static void put_votes(const struct tw_monitor *m, struct tw_buf *out)
{
	const struct tw_decision *d = &m->decision;

	tw_buf_printf(out,
		" %" PRIu32 " of %" PRIu32 " voters answer and agree on the main chain; a quorum "
		"is %" PRIu32 ".",
		d->agreeing, d->voters, d->quorum);
	for (uint32_t b = 1; b < m->votes.n_branches; b++) {
		struct tw_movers members = { 0 };
		int64_t fork = TW_UNKNOWN;

		for (uint32_t i = 0; i < m->n; i++) {
			if (m->votes.branch[i] != (int32_t)b)
				continue;
			members.nodes[members.n++] = (int32_t)i;
			fork = tw_max(fork, m->votes.share[i]);
		}
		tw_buf_putc(out, ' ');
		put_names(m, &members, out);
		if (fork < 0)
			tw_buf_puts(out, ": on another chain, with no known block of it.");
		else
			tw_buf_printf(out, " left it after block %" PRId64 ".", fork);
	}
}

static void put_margin(
	const struct tw_monitor *m, const struct tw_margin *margin, struct tw_buf *out)
{
	if (margin->flip.n > 0) {
		tw_buf_puts(out, " If ");
		put_names(m, &margin->flip, out);
		if (margin->rival >= 0)
			tw_buf_printf(out,
				" went over to the chain of %s, that would become the main chain.",
				tw_policy_name(&m->config, margin->rival, "nobody"));
		else
			tw_buf_printf(out, " left for %s chain, that would become the main chain.",
				margin->flip.n == 1 ? "another" : "the same other");
	}
	if (margin->lose.n > 0) {
		tw_buf_puts(out, " The consensus ends when ");
		put_count(out, margin->lose.n, "voter that agrees falls silent",
			"voters that agree fall silent");
		tw_buf_putc(out, '.');
	}
	if (margin->gain.n > 0) {
		tw_buf_puts(out, " There would be consensus if ");
		put_names(m, &margin->gain, out);
		tw_buf_puts(out, " answered and agreed.");
	}
}

void tw_why_explain(
	const struct tw_monitor *monitor, const struct tw_margin *margin, struct tw_buf *out)
{
	tw_explain_choice(monitor, out);
	tw_buf_putc(out, '.');
	if (monitor->mode == TW_MODE_STARTING && monitor->votes.best < 0)
		return;
	put_votes(monitor, out);
	tw_buf_puts(out, ties[monitor->votes.tie].sentence);
	put_margin(monitor, margin, out);
	tw_outside_part(monitor, out);
}

/* --- a node in sentences --- */

static void put_missing(
	const struct tw_monitor *m, int32_t i, const struct tw_why_node *why, struct tw_buf *out)
{
	bool is_away = m->nodes[i].health.is_down || !m->nodes[i].health.has_answered;

	if (why->voters > 0 && m->nodes[i].verdict.reason == TW_REASON_AHEAD)
		tw_buf_puts(out, " It is believed once a second voter has its blocks.");
	else if (why->voters > 0) {
		tw_buf_puts(out, " Its chain would be the main one if ");
		put_count(out, why->voters, "voter more were", "voters more were");
		tw_buf_puts(out, " on it; else it has to give up its blocks for the main chain's.");
	}
	if (why->peers > 0) {
		tw_buf_puts(out, " It has to find ");
		put_count(out, why->peers, "more peer.", "more peers.");
	}
	if (why->blocks > 0) {
		tw_buf_puts(out, " It has to catch up by ");
		put_count(out, why->blocks, "block.", "blocks.");
	}
	if (why->good_checks > 0) {
		tw_buf_puts(out, is_away ? " It comes back with " : " It needs ");
		put_count(out, why->good_checks, "more good check",
			is_away ? "good checks in a row" : "more good checks in a row");
		tw_buf_putc(out, '.');
	}
}

static void put_next(
	const struct tw_monitor *m, int32_t i, const struct tw_why_node *why, struct tw_buf *out)
{
	if (why->rival < 0)
		return;
	if (why->next == i) {
		tw_buf_printf(out, " Were %s to fail, %s would take over.",
			tw_policy_name(&m->config, m->choosing.chosen, "nobody"),
			tw_policy_name(&m->config, i, "nobody"));
		return;
	}
	tw_buf_printf(out, " Were the one in use to fail, %s would take over",
		tw_policy_name(&m->config, why->rival, "nobody"));
	if (!why->is_better)
		tw_buf_printf(out, ": it %s", betters[why->better].clause);
	tw_buf_putc(out, '.');
}

static void put_why_not(
	const struct tw_monitor *m, const struct tw_why_node *why, struct tw_buf *out)
{
	int32_t chosen_node = m->choosing.chosen;
	const char *chosen = tw_policy_name(&m->config, chosen_node, "nobody");
	char span[TW_SPAN_TEXT_MAX];

	switch (why->why_not) {
	case TW_WHY_NOT_CHOSEN:
		tw_buf_puts(out, " It is in use: ");
		tw_explain_choice(m, out);
		tw_buf_putc(out, '.');
		break;
	case TW_WHY_NOT_VERDICT:
		break;
	case TW_WHY_NOT_REFERENCE:
		tw_buf_puts(out, " It is a reference: it votes, but a pool is never sent to it.");
		break;
	case TW_WHY_NOT_STARTING:
		tw_buf_puts(out, " tipwatch has just started and has not compared yet.");
		break;
	case TW_WHY_NOT_PINNED:
		tw_buf_printf(out, " The operator has pinned %s; unpin ends that.", chosen);
		break;
	case TW_WHY_NOT_FALLBACK:
		tw_buf_puts(out, " There is no consensus, and `fallback` says what to use.");
		break;
	case TW_WHY_NOT_FAILBACK:
	case TW_WHY_NOT_SWITCH_INTERVAL:
		tw_buf_printf(out,
			" It has a higher priority than %s and takes over in %s if it stays "
			"healthy (%s).",
			chosen, tw_span_wait(why->wait_us, span),
			why->why_not == TW_WHY_NOT_FAILBACK ? "failback_after"
							    : "min_switch_interval");
		break;
	case TW_WHY_NOT_AT_TIP:
		tw_buf_printf(out,
			" It has a higher priority than %s and takes over as soon as it has block "
			"%" PRId64 ".",
			chosen, m->tip.tip.height);
		break;
	case TW_WHY_NOT_NO_CONSENSUS:
		tw_buf_printf(out,
			" It has a higher priority than %s, but nothing is switched for that while "
			"there is no consensus.",
			chosen);
		break;
	case TW_WHY_NOT_INCUMBENT:
		tw_buf_printf(out,
			" %s is healthy and stays in use; between healthy daemons only a higher "
			"priority is a reason to switch.",
			chosen);
		break;
	}
}

void tw_why_explain_node(const struct tw_monitor *monitor, int32_t node,
	const struct tw_why_node *why, struct tw_buf *out)
{
	const struct tw_verdict *verdict = &monitor->nodes[node].verdict;

	tw_buf_printf(out, "%s is %s (%s)", tw_policy_name(&monitor->config, node, "nobody"),
		tw_words_state(verdict->state), tw_reason_word(verdict->reason));
	if (verdict->reason != TW_REASON_OK) {
		tw_buf_puts(out, ": ");
		tw_explain_verdict(monitor, node, out);
	}
	tw_buf_putc(out, '.');
	put_missing(monitor, node, why, out);
	put_why_not(monitor, why, out);
	put_next(monitor, node, why, out);
}
