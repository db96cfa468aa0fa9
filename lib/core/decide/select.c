/* See select.h. */
#include "core/decide/select.h"
#include "core/decide/tip.h"
#include "core/decide/verdict.h"
#include "core/model.h"
#include "core/reason.h"

/* Differences below these do not make one daemon better than another. */
enum { DELAY_BUCKET_MS = 250, LATENCY_BASE_MS = 16 };

/* --- how the daemons stand --- */

static bool is_candidate(const struct tw_monitor *m, int32_t i)
{
	return m->standings[i].is_candidate;
}

static bool is_healthy(const struct tw_monitor *m, int32_t i)
{
	return i >= 0 && m->standings[i].is_healthy;
}

static bool is_on_main(const struct tw_monitor *m, int32_t i)
{
	return m->standings[i].is_on_main;
}

static bool is_at_tip(const struct tw_monitor *m, int32_t i)
{
	return m->standings[i].is_at_tip;
}

/* Its last check has failed, and the one that confirms it runs: in a moment it may be down. */
static bool is_in_doubt(const struct tw_monitor *m, int32_t i)
{
	return m->standings[i].is_in_doubt;
}

/* Typical delay in getting new blocks, in buckets of DELAY_BUCKET_MS. */
static int64_t delay_bucket(const struct tw_node *node)
{
	return tw_node_delay(node) / (DELAY_BUCKET_MS * TW_MS);
}

/*
 * Buckets that double above LATENCY_BASE_MS. What is below that is the noise of a local network,
 * and must not decide between equals.
 */
static int latency_bucket(const struct tw_node *node)
{
	int bucket = 0;

	for (int64_t ms = node->pace.mean_us / TW_MS; ms >= LATENCY_BASE_MS; ms /= 2)
		bucket++;
	return bucket;
}

static void look(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	const struct tw_point *tip = &m->tip.tip;
	bool is_candidate = tw_model_is_daemon(m, i) && !node->is_drained;
	bool is_mineable = tw_verdict_is_mineable(m, i);

	m->n_healthy -= m->standings[i].is_healthy;
	m->standings[i] = (struct tw_standing){
		.is_candidate = is_candidate,
		.is_healthy = is_candidate && node->verdict.state == TW_STATE_HEALTHY,
		.is_at_tip = tip->height < 0 || tw_chain_has(node->chain, tip),
		.is_on_main = node->relation != TW_RELATION_CONFLICT,
		.is_in_doubt = node->health.fails > 0,
		.is_mineable = is_mineable,
		.is_lagging = node->verdict.reason == TW_REASON_LAGGING,
		.badness = tw_reason_badness(node->verdict.reason, is_mineable),
		.priority = node->policy.priority,
		.latency = latency_bucket(node),
		.delay = delay_bucket(node),
		.tip = node->chain->tip,
	};
	m->n_healthy += m->standings[i].is_healthy;
}

static void find_standings(struct tw_monitor *m)
{
	tw_model_look(m, TW_PART_STANDING, look);
}

/* --- the best one --- */

bool tw_select_compare(
	const struct tw_monitor *monitor, int32_t a, int32_t b, enum tw_better *ret_better)
{
	const struct tw_standing *x = &monitor->standings[a], *y = &monitor->standings[b];

	*ret_better = TW_BETTER_TIP;
	if (x->is_at_tip != y->is_at_tip)
		return x->is_at_tip;
	/* A daemon on the losing side of a race may stay chosen, but is not newly chosen. */
	*ret_better = TW_BETTER_MAIN;
	if (x->is_on_main != y->is_on_main)
		return x->is_on_main;
	*ret_better = TW_BETTER_SURE;
	if (x->is_in_doubt != y->is_in_doubt)
		return y->is_in_doubt;
	*ret_better = TW_BETTER_PRIORITY;
	if (x->priority != y->priority)
		return x->priority > y->priority;
	*ret_better = TW_BETTER_DELAY;
	if (x->delay != y->delay)
		return x->delay < y->delay;
	*ret_better = TW_BETTER_LATENCY;
	if (x->latency != y->latency)
		return x->latency < y->latency;
	*ret_better = TW_BETTER_ORDER;
	return a < b;
}

static bool is_better(const struct tw_monitor *m, int32_t a, int32_t b)
{
	enum tw_better better;

	return tw_select_compare(m, a, b, &better);
}

/* The best healthy daemon except `but`, or TW_NODE_NONE. */
static int32_t best_healthy_but(const struct tw_monitor *m, bool must_be_on_main, int32_t but)
{
	int32_t best = TW_NODE_NONE;

	for (int32_t i = 0; m->n_healthy > 0 && i < (int32_t)m->n; i++) {
		if (i == but || !is_healthy(m, i) || (must_be_on_main && !is_on_main(m, i)))
			continue;
		if (best < 0 || is_better(m, i, best))
			best = i;
	}
	return best;
}

static int32_t best_healthy(const struct tw_monitor *m, bool must_be_on_main)
{
	return best_healthy_but(m, must_be_on_main, TW_NODE_NONE);
}

int32_t tw_select_next(const struct tw_monitor *monitor)
{
	int32_t chosen = monitor->choosing.chosen, next;

	next = best_healthy_but(monitor, monitor->mode == TW_MODE_CONTESTED, chosen);
	return next >= 0 ? next : best_healthy_but(monitor, false, chosen);
}

/* How many blocks more the one that lags less has than the other; 0 where they do not both lag. */
static int64_t lead_of_laggard(const struct tw_standing *x, const struct tw_standing *y)
{
	return x->is_lagging && y->is_lagging ? x->tip - y->tip : 0;
}

static bool is_less_bad(const struct tw_monitor *m, int32_t a, int32_t b)
{
	const struct tw_standing *x = &m->standings[a], *y = &m->standings[b];
	int64_t lead = lead_of_laggard(x, y);

	if (x->badness != y->badness)
		return x->badness < y->badness;
	return lead != 0 ? lead > 0 : is_better(m, a, b);
}

/* Whether the incumbent is to be left for another one that is not healthy either. */
static bool is_worth_leaving(
	struct tw_monitor *m, const struct tw_standing *from, const struct tw_standing *to)
{
	int64_t switched_us = m->choosing.switched_us;

	if (to->badness > from->badness ||
		(to->badness == from->badness && lead_of_laggard(to, from) <= m->policy.max_lag))
		return false;
	/* Nothing is lost by waiting where neither can be mined on, and they may take turns. */
	return to->is_mineable || switched_us < 0 ||
	       tw_model_is_due(m, switched_us + m->policy.min_switch_interval_us);
}

static int32_t least_bad(struct tw_monitor *m)
{
	int32_t incumbent = m->choosing.incumbent, best = TW_NODE_NONE;

	for (int32_t i = 0; i < (int32_t)m->n; i++) {
		if (!is_candidate(m, i) || m->standings[i].badness == 0)
			continue;
		if (best < 0 || is_less_bad(m, i, best))
			best = i;
	}
	if (best >= 0 && incumbent >= 0 && is_candidate(m, incumbent) &&
		m->standings[incumbent].badness > 0 &&
		!is_worth_leaving(m, &m->standings[incumbent], &m->standings[best]))
		return incumbent;
	return best;
}

struct choice {
	int32_t node;
	enum tw_choice reason;
};

/*
 * The primary, or, while it is drained, the first daemon of the configuration that is not drained.
 * A drained daemon is chosen only when all are drained.
 */
static struct choice choose_primary(const struct tw_monitor *m)
{
	int32_t node = m->primary;

	for (int32_t i = 0; !is_candidate(m, node) && i < (int32_t)m->n; i++) {
		if (is_candidate(m, i))
			node = i;
	}
	return (struct choice){ node, TW_CHOICE_PRIMARY };
}

/* When no daemon is healthy. */
static struct choice choose_least_bad(struct tw_monitor *m)
{
	int32_t best = least_bad(m);
	int32_t incumbent = m->choosing.incumbent;

	if (best >= 0)
		return (struct choice){ best,
			best == incumbent ? TW_CHOICE_INCUMBENT : TW_CHOICE_LEAST_BAD };
	return choose_primary(m);
}

static struct choice choose_new(const struct tw_monitor *m, int32_t node)
{
	return (struct choice){ node,
		m->choosing.has_served ? TW_CHOICE_INCUMBENT_BAD : TW_CHOICE_INITIAL };
}

/*
 * Whether it is behind T for longer than the pool waits for a daemon. One on the losing side of a
 * race is not late: the next block decides whether it has lost.
 */
static bool is_late(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	int64_t accepted_us;

	if (is_at_tip(m, i) || node->relation != TW_RELATION_MAIN)
		return false;
	accepted_us = tw_tip_accepted(&m->tip, node->chain->tip + 1);
	return accepted_us >= 0 && tw_model_is_due(m, accepted_us + tw_model_patience(m, i));
}

/* A daemon that has the block of T for which the pool has waited long enough, or TW_NODE_NONE. */
static int32_t find_earlier(struct tw_monitor *m, int32_t incumbent)
{
	int32_t best;

	if (is_at_tip(m, incumbent))
		return TW_NODE_NONE;
	best = best_healthy_but(m, true, incumbent);
	return best >= 0 && is_at_tip(m, best) && !is_in_doubt(m, best) && is_late(m, incumbent)
		       ? best
		       : TW_NODE_NONE;
}

/* A daemon of higher priority that was healthy long enough to go back to, or TW_NODE_NONE. */
static int32_t find_failback(struct tw_monitor *m, int32_t incumbent)
{
	int32_t best = TW_NODE_NONE;
	int64_t switched_us = m->choosing.switched_us;

	if (m->nodes[incumbent].policy.priority >= m->top_priority)
		return TW_NODE_NONE;
	for (int32_t i = 0; i < (int32_t)m->n; i++) {
		const struct tw_node *node = &m->nodes[i];

		/* One that may be down, or is on the losing side of a race, is not gone back to. */
		if (node->policy.priority <= m->nodes[incumbent].policy.priority ||
			!is_healthy(m, i) || is_in_doubt(m, i) || !is_on_main(m, i) ||
			is_late(m, i))
			continue;
		if (!tw_model_is_due(m, node->healthy_us + m->policy.failback_after_us))
			continue;
		if (best < 0 || is_better(m, i, best))
			best = i;
	}
	if (best < 0 || (is_at_tip(m, incumbent) && !is_at_tip(m, best)))
		return TW_NODE_NONE;
	if (switched_us >= 0 && !tw_model_is_due(m, switched_us + m->policy.min_switch_interval_us))
		return TW_NODE_NONE;
	return best;
}

static struct choice choose_best(struct tw_monitor *m)
{
	int32_t incumbent = m->choosing.incumbent, best;

	if (is_healthy(m, incumbent)) {
		best = find_earlier(m, incumbent);
		if (best >= 0)
			return choose_new(m, best);
		best = m->mode == TW_MODE_FALLBACK ? TW_NODE_NONE : find_failback(m, incumbent);
		if (best >= 0)
			return (struct choice){ best, TW_CHOICE_PRIORITY };
		return (struct choice){ incumbent, TW_CHOICE_INCUMBENT };
	}
	best = best_healthy(m, false);
	return best >= 0 ? choose_new(m, best) : choose_least_bad(m);
}

static struct choice choose_fallback(struct tw_monitor *m)
{
	switch (m->policy.fallback) {
	case TW_FALLBACK_PRIMARY:
		if (is_candidate(m, m->primary))
			return choose_primary(m);
		break;
	case TW_FALLBACK_NONE:
		return (struct choice){ TW_NODE_NONE, TW_CHOICE_NONE };
	case TW_FALLBACK_BEST_EFFORT:
		break;
	}
	return choose_best(m);
}

static struct choice choose_contested(struct tw_monitor *m)
{
	int32_t incumbent = m->choosing.incumbent, best;

	if (is_healthy(m, incumbent) && is_on_main(m, incumbent))
		return (struct choice){ incumbent, TW_CHOICE_INCUMBENT };
	best = best_healthy(m, true);
	return best >= 0 ? choose_new(m, best) : choose_fallback(m);
}

/* The restored incumbent once it has answered, else the primary, else the first that answers. */
static struct choice choose_starting(const struct tw_monitor *m)
{
	const struct tw_node *nodes = m->nodes;
	int32_t chosen = m->choosing.chosen;
	int32_t incumbent = m->choosing.incumbent;

	if (incumbent >= 0 && is_candidate(m, incumbent) && nodes[incumbent].health.has_answered)
		return (struct choice){ incumbent, TW_CHOICE_STARTING };
	if (is_candidate(m, m->primary) && nodes[m->primary].health.has_answered)
		return (struct choice){ m->primary, TW_CHOICE_STARTING };
	if (chosen >= 0 && is_candidate(m, chosen) && nodes[chosen].health.has_answered)
		return (struct choice){ chosen, TW_CHOICE_STARTING };
	for (int32_t i = 0; i < (int32_t)m->n; i++) {
		if (is_candidate(m, i) && nodes[i].health.has_answered)
			return (struct choice){ i, TW_CHOICE_STARTING };
	}
	return (struct choice){ TW_NODE_NONE, TW_CHOICE_STARTING };
}

bool tw_select_are_all_drained(const struct tw_monitor *monitor)
{
	for (int32_t i = 0; i < (int32_t)monitor->n; i++) {
		if (is_candidate(monitor, i))
			return false;
	}
	return true;
}

static struct choice choose(struct tw_monitor *m)
{
	if (m->choosing.pinned >= 0)
		return (struct choice){ m->choosing.pinned, TW_CHOICE_PINNED };
	if (m->mode == TW_MODE_STARTING)
		return choose_starting(m);
	if (tw_select_are_all_drained(m))
		return choose_primary(m);
	switch (m->mode) {
	case TW_MODE_CONTESTED:
		return choose_contested(m);
	case TW_MODE_FALLBACK:
		return choose_fallback(m);
	case TW_MODE_STARTING:
	case TW_MODE_CONSENSUS:
	case TW_MODE_REDUCED:
		break;
	}
	return choose_best(m);
}

static void note_switch(struct tw_monitor *m, int32_t from, const struct choice *choice)
{
	struct tw_choosing *choosing = &m->choosing;
	enum tw_reason cause = TW_REASON_OK;

	choosing->epoch++;
	choosing->switched_us = m->now;
	if (from >= 0)
		cause = m->nodes[from].verdict.reason;
	/* In a gap of the watcher the operator is obeyed before the verdicts are found. */
	if (from >= 0 && m->nodes[from].is_drained &&
		m->nodes[from].verdict.state == TW_STATE_HEALTHY)
		cause = TW_REASON_DRAINED;
	/* A healthy one is left for another one because the pool waits for a block of T. */
	if (choice->reason == TW_CHOICE_INCUMBENT_BAD && cause == TW_REASON_OK)
		cause = TW_REASON_LAGGING;
	choosing->switches[choosing->n_switches++ % TW_SWITCHES_MAX] = (struct tw_switch){
		.t_us = m->now,
		.from = from,
		.to = choice->node,
		.mode = m->mode,
		.reason = choice->reason,
		.cause = cause,
	};
}

void tw_select_update(struct tw_monitor *monitor)
{
	struct tw_choosing *choosing = &monitor->choosing;
	int32_t served = choosing->is_in_earnest ? choosing->chosen : choosing->incumbent;
	struct choice choice;

	find_standings(monitor);
	choice = choose(monitor);
	/* What is served while starting is not in earnest, so that nothing counts as a switch. */
	if (monitor->mode != TW_MODE_STARTING) {
		if (choosing->has_served && choice.node != served)
			note_switch(monitor, served, &choice);
		choosing->is_in_earnest = true;
		choosing->has_served = choosing->has_served || choice.node >= 0;
		if (choice.node >= 0)
			choosing->incumbent = choice.node;
	}
	choosing->chosen = choice.node;
	choosing->reason = choice.reason;
}

static bool is_usable(const struct tw_monitor *m)
{
	int32_t chosen = m->choosing.chosen;

	if (chosen < 0 || m->mode == TW_MODE_STARTING)
		return false;
	return m->nodes[chosen].verdict.state == TW_STATE_HEALTHY ||
	       (m->standings[chosen].is_mineable && best_healthy(m, false) < 0);
}

void tw_select_fill(struct tw_monitor *monitor, struct tw_decision *decision)
{
	/* The verdict of a new incumbent was found after it was chosen. */
	find_standings(monitor);
	decision->chosen = monitor->choosing.chosen;
	decision->reason = monitor->choosing.reason;
	decision->epoch = monitor->choosing.epoch;
	decision->is_pinned = monitor->choosing.pinned >= 0;
	decision->is_usable = is_usable(monitor);
}

/* Whether a daemon with this verdict is likely to accept a block and to pass it on. */
static bool takes_blocks(const struct tw_verdict *verdict)
{
	switch (verdict->state) {
	case TW_STATE_HEALTHY:
	case TW_STATE_MAINTENANCE:
		return true;
	case TW_STATE_UNHEALTHY:
		return verdict->reason == TW_REASON_WARMING;
	case TW_STATE_UNKNOWN:
	case TW_STATE_UNRESPONSIVE:
		break;
	}
	return false;
}

enum { TARGET_RANKS = 4 };

/* Daemons with a lower rank are named first; those with TARGET_RANKS are not named. */
static int target_rank(const struct tw_monitor *m, int32_t i)
{
	const struct tw_verdict *verdict = &m->nodes[i].verdict;

	if (!tw_model_is_daemon(m, i) || tw_reason_is_distrusted(verdict->reason))
		return TARGET_RANKS;
	if (i == m->choosing.chosen)
		return 0;
	if (verdict->state == TW_STATE_HEALTHY)
		return 1;
	if (takes_blocks(verdict))
		return 2;
	return verdict->state == TW_STATE_UNHEALTHY ? 3 : TARGET_RANKS;
}

uint32_t tw_select_targets(const struct tw_monitor *monitor, int32_t *ret_nodes)
{
	uint32_t n = 0;

	for (int rank = 0; rank < TARGET_RANKS; rank++) {
		for (int32_t i = 0; i < (int32_t)monitor->n; i++) {
			if (target_rank(monitor, i) == rank)
				ret_nodes[n++] = i;
		}
	}
	return n;
}
