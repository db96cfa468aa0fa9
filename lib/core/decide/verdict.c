/* See verdict.h. */
#include "core/decide/verdict.h"
#include "base/num.h"
#include "core/decide/anchor.h"
#include "core/decide/tip.h"
#include "core/model.h"
#include "core/reason.h"

/* Nodes behind one address that differ by more times max_lag than this are not given time. */
enum { JUMP_LAGS = 4 };

/* For so long the incumbent may be on another chain than the others, as they move one by one. */
#define MOMENT_US (300 * TW_MS)

/* After this time one failed template is enough (decision.md, Verdicts 6). */
#define TEMPLATE_PATIENCE_US (2 * TW_SEC)

/*
 * Whether a node in conflict, no deeper than fork_tolerance, has been on the losing side for too
 * long: it is healthy for lag_for after C went to the other side, then forked.
 */
static bool is_race_over(struct tw_monitor *m, struct tw_node *node)
{
	if (m->anchor.tip <= node->share) {
		node->race_us = TW_UNKNOWN;
		return false;
	}
	if (node->race_us < 0 || node->race_fork != node->share) {
		node->race_us = m->now;
		node->race_fork = node->share;
	}
	return tw_model_is_due(m, node->race_us + m->policy.lag_for_us + 1);
}

static bool has_lost_race(struct tw_monitor *m, struct tw_node *node)
{
	if (node->relation != TW_RELATION_CONFLICT) {
		node->race_us = TW_UNKNOWN;
		return false;
	}
	return is_race_over(m, node);
}

/*
 * Nodes go to a longer chain one after the other, and the chosen daemon is looked at most often:
 * where it seems to leave the main chain, it is the first or the last one to move, and the others
 * follow in a moment.
 */
static bool is_forked(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];

	if (node->relation != TW_RELATION_CONFLICT ||
		node->chain->tip - node->share <= m->policy.fork_tolerance) {
		node->deep_us = TW_UNKNOWN;
		return false;
	}
	if (node->deep_us < 0)
		node->deep_us = m->now - (node->verdict.state == TW_STATE_HEALTHY ? 0 : MOMENT_US);
	return i != m->choosing.incumbent || m->policy.looks == 1 ||
	       tw_model_is_due(m, node->deep_us + MOMENT_US);
}

/* Whether the node shows more than max_lead blocks beyond T that no other voter has. */
static bool is_ahead(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	int64_t known = m->tip.tip.height, excess;

	if (known < 0 || node->relation == TW_RELATION_CONFLICT || m->tip.leader == i)
		return false;
	if (node->relation == TW_RELATION_MAIN) {
		int64_t corroborated = tw_votes_supported_by(&m->votes, 2);

		if (corroborated > known)
			known = corroborated;
	}
	excess = node->chain->tip - known;
	if (excess <= m->policy.max_lead)
		return false;
	if (m->choosing.incumbent != i || tw_model_is_isolated(m, i))
		return true;
	/* The incumbent may be as far ahead as a lone leader, where its blocks come from peers. */
	return !tw_model_is_near(m, excess);
}

int64_t tw_verdict_lagging_from(
	const struct tw_monitor *monitor, enum tw_relation relation, int64_t tip)
{
	int64_t network = monitor->tip.tip.height, accepted_us;

	if (network < 0 || tip >= network)
		return TW_NEVER;
	if (network - tip > monitor->policy.max_lag)
		return 0;
	/* In a race it lacks the block of the other side: is_race_over() says for how long it may.
	 */
	if (relation == TW_RELATION_CONFLICT)
		return TW_NEVER;
	accepted_us = tw_tip_accepted(&monitor->tip, tip + 1);
	return accepted_us < 0 ? TW_NEVER : accepted_us + monitor->policy.lag_for_us + 1;
}

static bool is_lagging(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	int64_t when_us = tw_verdict_lagging_from(m, node->relation, node->chain->tip);
	int64_t top = node->jumps.top;

	/* The daemon in use is given as much time as it would cost to leave it. */
	if (i == m->choosing.incumbent && when_us > 0 && when_us < TW_NEVER)
		when_us += tw_max(0, tw_model_patience(m, i) - m->policy.lag_for_us);

	/* It has shown what it lacks a moment ago, so that another node behind its address may have
	 * answered. A daemon that has lost its chain is far below. */
	if (top > node->chain->tip &&
		m->tip.tip.height - node->chain->tip <= JUMP_LAGS * m->policy.max_lag &&
		!tw_model_is_due(m, tw_verdict_lagging_from(m, node->relation, top)))
		when_us = tw_max(when_us, node->jumps.top_us + m->policy.lag_for_us + 1);
	return tw_model_is_due(m, when_us);
}

/*
 * One failed template is confirmed by a second one, or by time. The daemon in use is given as much
 * time as it would cost to leave it.
 */
static bool is_without_template(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];

	if (node->template_fails == 0)
		return false;
	if (i == m->choosing.incumbent && m->policy.switch_cost_us > TEMPLATE_PATIENCE_US)
		return tw_model_is_due(m, node->refused_us + m->policy.switch_cost_us);
	return node->template_fails > 1 ||
	       tw_model_is_due(m, node->refused_us + TEMPLATE_PATIENCE_US);
}

/*
 * Whether nothing is wrong with the node but where it stands to T, and it has all that a quorum has
 * confirmed: those who are above C are not believed so far that nobody is mined on, for a time.
 */
static bool has_confirmed(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	int64_t anchor = tw_anchor_on_main(m);
	int64_t since_us = tw_tip_accepted(&m->tip, node->share + 1);

	return anchor >= 0 && node->share >= anchor && !m->is_doubted[i] &&
	       !tw_model_is_isolated(m, i) && !is_without_template(m, i) &&
	       !node->is_template_stale &&
	       (since_us < 0 || !tw_model_have_passed(m, since_us, TW_STANDS_FOR));
}

/*
 * Whether a daemon lacks nothing but peers: it has all that is known of the network, and gives
 * templates. Its blocks go out when it has peers again. When the network has not been heard of for
 * long, having all that is known says little.
 */
static bool lacks_only_peers(struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];
	const struct tw_point *tip = &m->tip.tip;

	return node->template_fails == 0 && !node->is_template_stale && tip->height >= 0 &&
	       node->chain->tip == tip->height && tw_chain_has(node->chain, tip) &&
	       !tw_model_stands(m, TW_STANDS_FOR);
}

bool tw_verdict_is_mineable(struct tw_monitor *monitor, int32_t i)
{
	const struct tw_node *node = &monitor->nodes[i];
	enum tw_reason reason = node->verdict.reason;

	if (reason == TW_REASON_LAGGING || reason == TW_REASON_FORKED)
		return has_confirmed(monitor, i);
	if (reason == TW_REASON_ISOLATED)
		return lacks_only_peers(monitor, i);
	/* Some answers are from a node that is behind: pools ignore a lower template. */
	return reason == TW_REASON_WARMING ||
	       (reason == TW_REASON_MIXED && !node->jumps.is_sideways);
}

static enum tw_reason judge(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	struct tw_health *health = &node->health;
	bool is_mixed = !tw_model_is_due(m, node->jumps.mixed_until_us + 1);
	enum tw_reason reason;

	/* Several nodes contradict each other, and no node itself. */
	if (health->is_down && !(is_mixed && health->failure == TW_RESULT_WRECKED))
		return tw_reason_of_result(health->failure);
	if (!health->has_answered)
		return TW_REASON_UNCHECKED;
	if (node->is_foreign)
		return TW_REASON_WRONG_NETWORK;
	/* With each check the rest would be said of another node. */
	if (is_mixed) {
		tw_health_suspect(health, &m->policy, m->now, false);
		return TW_REASON_MIXED;
	}
	reason = is_forked(m, i)              ? TW_REASON_FORKED
		 : is_ahead(m, i)             ? TW_REASON_AHEAD
		 : tw_model_is_isolated(m, i) ? TW_REASON_ISOLATED
					      : TW_REASON_OK;
	tw_health_suspect(health, &m->policy, m->now, reason != TW_REASON_OK);
	/* Losing a race is not the fault of the daemon: it is no fall. */
	if (has_lost_race(m, node) && reason == TW_REASON_OK)
		reason = TW_REASON_FORKED;
	if (m->is_doubted[i] && reason != TW_REASON_FORKED)
		return TW_REASON_FALSE_BLOCKS;
	if (reason != TW_REASON_OK)
		return reason;
	if (is_lagging(m, i))
		return TW_REASON_LAGGING;
	if (is_without_template(m, i))
		return TW_REASON_NO_TEMPLATE;
	if (node->is_template_stale)
		return TW_REASON_STALE_TEMPLATE;
	if (health->is_warming)
		return TW_REASON_WARMING;
	if (node->is_drained)
		return TW_REASON_DRAINED;
	return node->relation == TW_RELATION_CONFLICT ? TW_REASON_RACING : TW_REASON_OK;
}

static void look(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	struct tw_verdict verdict;

	if (m->votes.relation[i] != TW_RELATION_NONE && !m->is_doubted[i]) {
		node->relation = m->votes.relation[i];
		node->share = m->votes.share[i];
	} else {
		node->relation = tw_votes_relate(&m->votes, node->chain, &node->share);
	}
	verdict = tw_reason_verdict(judge(m, i));
	tw_model_mark(m, TW_PART_STANDING, i);
	/* It may have fallen (Verdicts 8). */
	tw_model_mark(m, TW_PART_SAVED, i);
	if (verdict.state != node->verdict.state || verdict.reason != node->verdict.reason) {
		node->verdict = verdict;
		m->n_verdicts++;
		node->since_us = m->now;
		tw_model_mark(m, TW_PART_SCHEDULE, i);
	}
	if (verdict.state != TW_STATE_HEALTHY)
		node->healthy_us = TW_UNKNOWN;
	else if (node->healthy_us < 0)
		node->healthy_us = m->now;
}

/* Marks the verdicts that what all of them have in common may change. */
static void note_common(struct tw_monitor *m)
{
	struct tw_common *was = &m->common;
	struct tw_common is = {
		.n_moves = m->tip.n_moves,
		.leader = m->tip.leader,
		.incumbent = m->choosing.incumbent,
		.anchor = m->anchor.tip,
		.corroborated = tw_votes_supported_by(&m->votes, 2),
	};

	if (is.n_moves != was->n_moves || is.leader != was->leader || is.anchor != was->anchor ||
		is.corroborated != was->corroborated) {
		tw_model_mark_all(m, TW_PART_VERDICT);
	} else if (is.incumbent != was->incumbent) {
		if (is.incumbent >= 0)
			tw_model_mark(m, TW_PART_VERDICT, is.incumbent);
		if (was->incumbent >= 0)
			tw_model_mark(m, TW_PART_VERDICT, was->incumbent);
	}
	*was = is;
}

void tw_verdict_update(struct tw_monitor *monitor)
{
	note_common(monitor);
	tw_model_look(monitor, TW_PART_VERDICT, look);
}
