/* See why.h: the facts. */
#include "explain/why.h"
#include "core/decide/select.h"
#include "core/decide/verdict.h"
#include "core/model.h"
#include "core/reason.h"

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
	const struct tw_hash *hash = tw_chain_at(&node->chain, node->chain.tip);

	*ret_vote = (struct tw_why_vote){
		.is_voting = monitor->chains[i] != NULL,
		.tip.height = TW_UNKNOWN,
		.branch = monitor->votes.branch[i],
		.fork_height = TW_UNKNOWN,
	};
	if (hash != NULL)
		ret_vote->tip = (struct tw_point){ node->chain.tip, *hash };
	if (!ret_vote->is_voting) {
		ret_vote->kind = !node->health.has_finished ? TW_WHY_VOTE_UNCHECKED
				 : node->is_silent || !node->health.has_answered
					 ? TW_WHY_VOTE_SILENT
					 : TW_WHY_VOTE_ISOLATED;
		return;
	}
	switch (monitor->votes.relation[i]) {
	case TW_RELATION_CONFLICT:
		ret_vote->kind = TW_WHY_VOTE_CONFLICTS;
		ret_vote->fork_height = monitor->votes.share[i];
		break;
	case TW_RELATION_MAIN:
		ret_vote->kind = monitor->tip.tip.height >= 0 &&
						 !tw_chain_has(&node->chain, &monitor->tip.tip)
					 ? TW_WHY_VOTE_BEHIND
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

/* The fewest blocks that it has to get so as not to be lagging. */
static int64_t blocks(const struct tw_monitor *m, const struct tw_node *node)
{
	int64_t tip = node->chain.tip;

	while (tip >= 0 && tw_verdict_lagging_from(m, node->relation, tip) <= m->now)
		tip++;
	return tip > node->chain.tip ? tip - node->chain.tip : TW_UNKNOWN;
}

/* What its verdict asks for. */
static int miss(const struct tw_monitor *m, int32_t i, struct tw_why_node *why)
{
	const struct tw_node *node = &m->nodes[i];
	struct tw_movers movers;
	int r;

	why->good_checks = good_checks(m, node);
	switch (node->verdict.reason) {
	case TW_REASON_FORKED:
	case TW_REASON_RACING:
		r = tw_margin_of_node(m, i, &movers);
		if (r < 0)
			return r;
		why->voters = movers.n > 0 ? movers.n : TW_UNKNOWN;
		break;
	case TW_REASON_AHEAD:
		why->voters = 1; /* a second one that has its blocks */
		break;
	case TW_REASON_ISOLATED:
		why->peers = m->policy.min_peers - tw_node_peers(node);
		break;
	case TW_REASON_LAGGING:
		why->blocks = blocks(m, node);
		break;
	case TW_REASON_REFUSED:
	case TW_REASON_TIMEOUT:
	case TW_REASON_RESET:
	case TW_REASON_RESOLVE:
	case TW_REASON_TLS:
	case TW_REASON_BAD_REPLY:
	case TW_REASON_TOO_LARGE:
	case TW_REASON_AUTH:
	case TW_REASON_NO_TEMPLATE:
	case TW_REASON_STALE_TEMPLATE:
	case TW_REASON_WARMING:
	case TW_REASON_DRAINED:
	case TW_REASON_UNCHECKED:
	case TW_REASON_OK:
		break;
	}
	return 0;
}

/* A healthy one of higher priority than the healthy one in use. */
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
		*ret_wait_us = failback_us > interval_us ? failback_us : interval_us;
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

/* --- words --- */

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
		[TW_WHY_VOTE_ISOLATED] = "isolated",
		[TW_WHY_VOTE_UNCHECKED] = "unchecked",
	};

	return words[kind];
}

const char *tw_why_tie_word(const struct tw_monitor *monitor)
{
	static const char *const words[] = {
		[TW_TIE_NONE] = "undisputed",
		[TW_TIE_VOTES] = "votes",
		[TW_TIE_LONGER] = "longer",
		[TW_TIE_SERVED] = "served",
		[TW_TIE_PRIMARY] = "primary",
		[TW_TIE_HASH] = "hash",
	};

	return monitor->votes.best < 0 ? NULL : words[monitor->votes.tie];
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
	static const char *const words[] = {
		[TW_BETTER_TIP] = "tip",
		[TW_BETTER_MAIN] = "main_chain",
		[TW_BETTER_PRIORITY] = "priority",
		[TW_BETTER_DELAY] = "tip_delay",
		[TW_BETTER_LATENCY] = "latency",
		[TW_BETTER_ORDER] = "order",
	};

	return words[better];
}
