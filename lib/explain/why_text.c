/* See why.h: the facts as short sentences. */
#include "base/span.h"
#include "core/model.h"
#include "core/reason.h"
#include "core/words.h"
#include "explain/explain.h"
#include "explain/why.h"
#include <inttypes.h>

enum { NAMES_MAX = 5 };

static const char *name_of(const struct tw_monitor *m, int32_t node)
{
	return m->nodes[node].policy.name;
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
			name_of(m, movers->nodes[i]));
	if (n < movers->n)
		tw_buf_printf(out, " and %" PRIu32 " others", movers->n - n);
}

/* --- the decision --- */

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
			if (m->votes.share[i] > fork)
				fork = m->votes.share[i];
		}
		tw_buf_putc(out, ' ');
		put_names(m, &members, out);
		if (fork < 0)
			tw_buf_puts(out, ": on another chain, with no known block of it.");
		else
			tw_buf_printf(out, " left it after block %" PRId64 ".", fork);
	}
}

static void put_tie(enum tw_tie tie, struct tw_buf *out)
{
	static const char *const sentences[] = {
		[TW_TIE_NONE] = "",
		[TW_TIE_VOTES] = " More voters are on the main chain than on any other.",
		[TW_TIE_LONGER] = " As many are on another chain, but that one is shorter.",
		[TW_TIE_SERVED] = " As many are on another chain, but this one was served last.",
		[TW_TIE_PRIMARY] = " As many are on another chain, but the primary is on this one.",
		[TW_TIE_HASH] = " As many are on another chain; the lower hash decides.",
	};

	tw_buf_puts(out, sentences[tie]);
}

static void put_margin(
	const struct tw_monitor *m, const struct tw_margin *margin, struct tw_buf *out)
{
	if (margin->flip.n > 0) {
		tw_buf_puts(out, " Another chain would be the main one if ");
		put_names(m, &margin->flip, out);
		tw_buf_puts(out, margin->flip.n == 1 ? " were on " : " were all on ");
		if (margin->rival >= 0)
			tw_buf_printf(out, "the chain of %s too.", name_of(m, margin->rival));
		else
			tw_buf_puts(out, "it.");
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
	put_tie(monitor->votes.tie, out);
	put_margin(monitor, margin, out);
}

/* --- a node --- */

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
	static const char *const better[] = {
		[TW_BETTER_TIP] = "is at the network's tip, and the other is not",
		[TW_BETTER_MAIN] = "is on the main chain, and the other is not",
		[TW_BETTER_PRIORITY] = "has the higher priority",
		[TW_BETTER_DELAY] = "gets new blocks sooner",
		[TW_BETTER_LATENCY] = "answers faster",
		[TW_BETTER_ORDER] = "comes first in the configuration, all else being equal",
	};

	if (why->rival < 0)
		return;
	if (why->next == i) {
		tw_buf_printf(out, " Were %s to fail, %s would take over.",
			name_of(m, m->choosing.chosen), name_of(m, i));
		return;
	}
	tw_buf_printf(
		out, " Were the one in use to fail, %s would take over", name_of(m, why->rival));
	if (!why->is_better)
		tw_buf_printf(out, ": it %s", better[why->better]);
	tw_buf_putc(out, '.');
}

static void put_why_not(
	const struct tw_monitor *m, const struct tw_why_node *why, struct tw_buf *out)
{
	int32_t chosen_node = m->choosing.chosen;
	const char *chosen = chosen_node < 0 ? "nobody" : name_of(m, chosen_node);
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

	tw_buf_printf(out, "%s is %s (%s)", name_of(monitor, node), tw_words_state(verdict->state),
		tw_reason_word(verdict->reason));
	if (verdict->reason != TW_REASON_OK) {
		tw_buf_puts(out, ": ");
		tw_explain_verdict(monitor, node, out);
	}
	tw_buf_putc(out, '.');
	put_missing(monitor, node, why, out);
	put_why_not(monitor, why, out);
	put_next(monitor, node, why, out);
}
