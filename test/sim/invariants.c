/* See invariants.h. */
#include "invariants.h"
#include "base/num.h"
#include "core/policy.h"
#include "moment.h"
#include <string.h>

/* For so long the one that is served may conflict with C (decision.md, Verdicts 2). */
#define MOMENT_US (300 * TW_MS)

void invariants_init(struct invariants *inv)
{
	*inv = (struct invariants){ .chosen = TW_NODE_NONE,
		.served = TW_NODE_NONE,
		.incumbent = TW_NODE_NONE,
		.tip = -1,
		.anchor = -1,
		.backed = -1,
		.highest = -1,
		.switched_us = -1,
		.deep_us = -1 };
	for (uint32_t i = 0; i < HISTORY_NODES; i++) {
		inv->healthy_us[i] = -1;
		inv->tips[i] = -1;
	}
}

/* --- the parts --- */

static const char *check_counts(const struct moment *now)
{
	const struct tw_decision *d = now->decision;
	uint32_t working =
		now->policy->min_working < d->voters ? now->policy->min_working : d->voters;
	bool is_agreed = d->agreeing >= d->quorum;

	if (d->answering != d->agreeing + d->conflicting || d->answering != now->voting)
		return "the counts do not add up";
	if (d->mode != TW_MODE_STARTING && d->quorum < d->voters / 2 + 1)
		return "the quorum is no majority";
	switch (d->mode) {
	case TW_MODE_STARTING:
		return d->is_usable || d->tip.height >= 0 ? "usable while starting" : NULL;
	case TW_MODE_CONSENSUS:
		return is_agreed ? NULL : "consensus without a quorum";
	case TW_MODE_REDUCED:
		return d->answering < d->quorum && d->answering >= working && d->conflicting == 0
			       ? NULL
			       : "reduced, but more or fewer answer, or differ";
	case TW_MODE_CONTESTED:
		return d->conflicting > 0 || moment_do_any_conflict(now)
			       ? NULL
			       : "contested, but nobody differs";
	case TW_MODE_FALLBACK:
		return is_agreed && d->conflicting == 0 ? "fallback, but a quorum agrees" : NULL;
	}
	return NULL;
}

/* C is not told while starting, but it is found as ever. */
static void note_backed(struct invariants *inv, const struct moment *now)
{
	if (now->decision->mode != TW_MODE_STARTING)
		return;
	for (int b = 0; b < now->state->history->n_blocks; b++) {
		if (moment_height_of(now, b) > moment_height_of(now, inv->backed) &&
			moment_supporters(now, b) >= now->decision->quorum)
			inv->backed = b;
	}
}

/* What a quorum supported is final, but for a long time in which its side stands still. */
static const char *check_anchor(const struct invariants *inv, const struct moment *now)
{
	bool is_still = now->state->core_us - inv->moved_us >= 6 * now->policy->block_target_us;

	if (now->decision->anchor_height < 0)
		return inv->anchor < 0 || now->decision->mode == TW_MODE_STARTING ? NULL
										  : "C is gone";
	if (now->anchor < 0)
		return "C is a block that does not exist";
	if (now->anchor == inv->anchor || is_still)
		return NULL;
	if (inv->anchor >= 0 &&
		history_is_ancestor(now->state->history, now->anchor, inv->anchor) &&
		moment_somebody_has(now, now->anchor, inv->anchor))
		return "C moved to its own ancestor, and a voter has both";
	if (inv->mode == TW_MODE_STARTING && now->anchor == inv->backed)
		return NULL;
	return moment_supporters(now, now->anchor) >= now->decision->quorum
		       ? NULL
		       : "C moved to what fewer than a quorum support";
}

/* Voters that say nothing of what comes after C: they are on another chain, or not believed. */
static uint32_t unheard(const struct moment *now)
{
	const struct history *history = now->state->history;
	uint32_t n = 0;

	for (uint32_t i = 0; now->anchor >= 0 && i < history->n; i++) {
		n += now->views[i].is_voting &&
		     (now->views[i].probation > 0 ||
			     history_conflict(history, now->anchor, moment_tip_of(now, i)));
	}
	return n;
}

/* Notes whose tip was built on, by no more than four blocks. */
static void note_growth(struct invariants *inv, const struct moment *now)
{
	const struct history *history = now->state->history;

	for (uint32_t i = 0; i < history->n; i++) {
		const struct tw_chain *chain = now->views[i].chain;
		int old = inv->tips[i];

		if (chain->tip < 0)
			continue;
		inv->tips[i] = moment_tip_of(now, i);
		inv->grown[i] += old >= 0 && inv->tips[i] != old &&
				 history_is_ancestor(history, old, inv->tips[i]) &&
				 chain->tip - moment_height_of(now, old) <= 4;
	}
}

/* Whether the voter that has the block was built on twice since T moved. */
static bool has_grown_to(const struct invariants *inv, const struct moment *now, int block)
{
	for (uint32_t i = 0; i < now->state->history->n; i++) {
		if (now->views[i].is_voting && inv->grown[i] >= 2 &&
			history_is_ancestor(now->state->history, block, inv->tips[i]))
			return true;
	}
	return false;
}

/* Whether a voter that is believed conflicts with what is above T, and not with T or C itself. */
static bool is_contradicted(const struct moment *now, int tip)
{
	for (uint32_t i = 0; i < now->state->history->n; i++) {
		if (now->views[i].is_voting && now->views[i].probation == 0 &&
			now->views[i].fork_height >= 0 &&
			now->views[i].fork_height >= now->decision->anchor_height &&
			now->views[i].fork_height + now->policy->fork_tolerance >=
				moment_height_of(now, tip))
			return true;
	}
	return false;
}

/*
 * Whether a third of the witnesses have said a block of a chain that leads to T, above where it
 * left that of the old T.
 */
static bool is_known_outside(const struct moment *now, int old)
{
	const struct history *history = now->state->history;
	uint32_t n = 0;

	while (old >= 0 && !history_is_ancestor(history, old, now->tip))
		old = history->blocks[old].parent;
	for (uint32_t slot = 0; slot < TW_WITNESSES_MAX; slot++)
		n += tw_monitor_witness_tip(now->state->monitor, slot) != NULL;
	for (uint32_t i = 0; n >= 3 && i < history->n; i++) {
		if (now->views[i].is_voting &&
			history_is_ancestor(history, now->tip, moment_tip_of(now, i)) &&
			3 * history_count_witnesses(history, now->state->t_us, now->views[i].chain,
				    moment_height_of(now, old)) >=
				n)
			return true;
	}
	return false;
}

/* From where one alone moved T, if two had brought it up in the same step. */
static int moved_from(const struct moment *now, int old)
{
	int block = now->tip;

	while (block >= 0 && moment_supporters(now, block) < 2)
		block = now->state->history->blocks[block].parent;
	return moment_height_of(now, block) > moment_height_of(now, old) ? block : old;
}

/* Whether fewer than two voters answer that count: one that is left leads at once. */
static bool is_one_left(const struct moment *now)
{
	return now->decision->answering - unheard(now) < 2;
}

/* Whether the one that is left has more than T, and is followed even if T cannot move yet. */
static bool has_one_above(const struct moment *now)
{
	const struct history *history = now->state->history;

	for (uint32_t i = 0; is_one_left(now) && i < history->n; i++) {
		if (now->views[i].is_voting && moment_tip_of(now, i) != now->tip &&
			history_is_ancestor(history, now->tip, moment_tip_of(now, i)))
			return true;
	}
	return false;
}

/* T only moves up to what two support, or to a lone leader. */
static const char *check_support(struct invariants *inv, const struct moment *now, int old)
{
	int64_t targets = (now->state->core_us - inv->moved_us) / now->policy->block_target_us;
	bool has_grown = has_grown_to(inv, now, now->tip);
	bool is_still = targets >= (has_grown ? 2 : 6);

	if (moment_supporters(now, now->tip) >= 2) {
		inv->has_leader = false;
		return NULL;
	}
	inv->has_leader = inv->has_leader || is_known_outside(now, old);
	if (is_one_left(now)) {
		/* It leads also when another is back. */
		inv->has_leader = inv->has_leader ||
				  moment_height_of(now, now->tip) > now->decision->anchor_height;
		return NULL;
	}
	if (now->anchor >= 0 && history_is_ancestor(now->state->history, now->tip, now->anchor))
		return NULL;
	if (moment_height_of(now, now->tip) <= moment_height_of(now, old))
		return NULL;
	if (is_contradicted(now, moved_from(now, old)) && !(has_grown && targets >= 12))
		return "one alone moved T although another conflicts with it";
	if (!inv->has_leader && !is_still)
		return "one alone moved T too soon";
	inv->has_leader = true;
	return NULL;
}

/* The books of the budget. */
static const char *check_growth(struct invariants *inv, const struct moment *now, int old)
{
	int64_t growth_us = tw_policy_growth_us(now->policy);
	int64_t free_height = tw_max(moment_height_of(now, old), now->decision->anchor_height);
	int64_t grown = moment_height_of(now, now->tip) - free_height;

	if (grown <= 0)
		return NULL;
	inv->saved_us -= grown * growth_us;
	return inv->saved_us < 0 ? "T grows faster than the budget" : NULL;
}

static void save_up(struct invariants *inv, const struct moment *now)
{
	int64_t cap = now->policy->max_lead * tw_policy_growth_us(now->policy) +
		      now->state->core_us - inv->moved_us;

	inv->saved_us += now->state->core_us - inv->saved_at_us;
	inv->saved_at_us = now->state->core_us;
	if (inv->saved_us > cap)
		inv->saved_us = cap;
}

/* The budget is full where T is C, or goes there now. */
static void fill_up(struct invariants *inv, const struct moment *now)
{
	if (inv->tip >= 0 && now->decision->anchor_height >= moment_height_of(now, inv->tip))
		inv->saved_us = now->policy->max_lead * tw_policy_growth_us(now->policy) +
				now->state->core_us - inv->moved_us;
}

/* The first T is no growth, but a leader that witnesses know may have moved it on in that step. */
static void begin(struct invariants *inv, const struct moment *now)
{
	inv->has_leader = moment_supporters(now, now->tip) < 2 && is_known_outside(now, -1);
	if (inv->has_leader)
		inv->saved_us = now->policy->max_lead * tw_policy_growth_us(now->policy);
}

static const char *check_tip(struct invariants *inv, const struct moment *now)
{
	const struct history *history = now->state->history;
	const char *wrong = NULL;
	int old = inv->tip;

	if (now->decision->tip.height >= 0 && now->tip < 0)
		return "T is a block that does not exist";
	if (old >= 0 && now->tip < 0)
		return "T is gone";
	save_up(inv, now);
	fill_up(inv, now);
	if (now->tip >= 0 && old < 0)
		begin(inv, now);
	if (now->tip != old && old >= 0) {
		if (history_is_ancestor(history, now->tip, old) &&
			moment_somebody_has(now, now->tip, old))
			return "T moved to its own ancestor, and a voter has both";
		wrong = check_support(inv, now, old);
		if (wrong == NULL)
			wrong = check_growth(inv, now, old);
	}
	if (now->tip != old) {
		bool conflicts =
			inv->highest >= 0 && history_conflict(history, now->tip, inv->highest);

		if (conflicts && now->decision->chain_epoch == inv->chain_epoch)
			return "T left the chain that was served, and chain_epoch did not grow";
		inv->moved_us = now->state->core_us;
		memset(inv->grown, 0, sizeof(inv->grown));
		if (inv->highest < 0 || now->decision->chain_epoch != inv->chain_epoch ||
			moment_height_of(now, now->tip) > moment_height_of(now, inv->highest))
			inv->highest = now->tip;
	} else if (inv->has_any && now->decision->chain_epoch != inv->chain_epoch) {
		return "chain_epoch grew, and T did not move";
	}
	/* It may be followed without T being able to move yet. */
	inv->has_leader =
		inv->has_leader ||
		(now->tip >= 0 && (is_known_outside(now, now->tip) || has_one_above(now)));
	return wrong;
}

/* Whether no daemon is healthy, and one could be mined on (decision.md, Modes 6 and 7). */
static bool is_left_out(const struct moment *now)
{
	const struct history *history = now->state->history;
	enum tw_mode mode = now->decision->mode;

	if (now->has_healthy || mode == TW_MODE_STARTING)
		return false;
	if (now->policy->fallback != TW_FALLBACK_BEST_EFFORT &&
		(mode == TW_MODE_FALLBACK || mode == TW_MODE_CONTESTED))
		return false;
	for (uint32_t i = 0; i < history->n; i++) {
		if (history->nodes[i].role == TW_ROLE_DAEMON && !now->is_drained[i] &&
			now->views[i].verdict.reason == TW_REASON_WARMING)
			return true;
	}
	return false;
}

/*
 * Whether a pool may mine on a daemon where nobody is healthy (decision.md, Modes 7): it warms up,
 * its address leads to several nodes, it lacks only peers, or it is not where T is. That it has C
 * then is looked at below.
 */
static bool is_better_than_none(const struct moment *now, int32_t node)
{
	const struct tw_view_node *view = &now->views[node];
	const struct tw_point *tip = &now->decision->tip;
	enum tw_reason reason = view->verdict.reason;

	if (reason == TW_REASON_ISOLATED)
		return tip->height >= 0 && view->chain->tip == tip->height &&
		       tw_chain_has(view->chain, tip);
	return reason == TW_REASON_WARMING || reason == TW_REASON_MIXED ||
	       reason == TW_REASON_LAGGING || reason == TW_REASON_FORKED;
}

/* What is served against what could be. */
static const char *check_choice(struct invariants *inv, const struct moment *now)
{
	const struct tw_decision *d = now->decision;
	int32_t chosen = now->state->chosen;
	const struct tw_verdict *verdict;

	if (chosen < 0)
		return d->is_usable ? "nobody is usable" : NULL;
	verdict = &now->views[chosen].verdict;
	/* A daemon with which a pool can do something is better than none. */
	if (d->is_usable && verdict->state != TW_STATE_HEALTHY &&
		(now->has_healthy || !is_better_than_none(now, chosen)))
		return "usable, but not healthy";
	if (now->state->history->nodes[chosen].role != TW_ROLE_DAEMON)
		return "a reference is chosen";
	if (d->is_usable && verdict->reason == TW_REASON_LAGGING &&
		now->views[chosen].chain->tip < d->anchor_height)
		return "usable, but it lacks C";
	if (d->is_usable && now->views[chosen].fork_height >= 0 &&
		d->anchor_height > now->views[chosen].fork_height &&
		now->views[chosen].chain->tip - now->views[chosen].fork_height >
			now->policy->fork_tolerance) {
		/* The others may follow it, or it them, in a moment. */
		if (inv->deep_us < 0)
			inv->deep_us = now->state->core_us;
		if (now->policy->looks == 1 || now->state->core_us - inv->deep_us >= MOMENT_US)
			return "usable, but it conflicts with C";
	} else {
		inv->deep_us = -1;
	}
	if (d->is_pinned || !now->has_candidate)
		return NULL;
	if (now->is_drained[chosen])
		return "a drained one is chosen";
	if (!d->is_usable && is_left_out(now))
		return "nobody is healthy, and one that only warms up is not used";
	if (d->mode != TW_MODE_CONSENSUS && d->mode != TW_MODE_REDUCED)
		return NULL;
	if (now->has_healthy && !moment_is_healthy(now, chosen))
		return "one that is not healthy is chosen, and another is";
	/* A racing incumbent may stay; nobody else may conflict with C while another does not. */
	if (now->views[chosen].fork_height >= 0 && moment_is_healthy(now, chosen) &&
		now->anchor >= 0 && d->anchor_height > now->views[chosen].fork_height) {
		if (verdict->reason != TW_REASON_RACING)
			return "the choice conflicts with C and is not in a race";
		for (int32_t i = 0; chosen != inv->incumbent && i < (int32_t)now->state->history->n;
			i++) {
			if (moment_is_healthy(now, i) && now->views[i].fork_height < 0)
				return "one that conflicts with C was chosen anew";
		}
	}
	return NULL;
}

/* Whether the pool waited for a block of T that the daemon in use lacks and the other has. */
static bool was_waited_for(const struct moment *now, int32_t from, int32_t to)
{
	const struct tw_decision *d = now->decision;

	return d->reason == TW_CHOICE_INCUMBENT_BAD && to >= 0 &&
	       now->views[from].fork_height < 0 && !tw_chain_has(now->views[from].chain, &d->tip) &&
	       tw_chain_has(now->views[to].chain, &d->tip);
}

/* A switch needs a cause. */
static bool has_cause(const struct invariants *inv, const struct moment *now)
{
	const struct tw_decision *d = now->decision;
	const struct tw_node_policy *nodes = now->state->history->nodes;
	int32_t from = inv->served, to = now->state->chosen;

	if (!moment_is_healthy(now, from) || now->state->has_operated || now->state->has_reloaded)
		return true;
	if (d->mode == TW_MODE_CONTESTED)
		return now->views[from].fork_height >= 0 ||
		       now->views[from].verdict.reason == TW_REASON_RACING ||
		       now->policy->fallback != TW_FALLBACK_BEST_EFFORT;
	if (now->policy->fallback != TW_FALLBACK_BEST_EFFORT &&
		(d->mode == TW_MODE_FALLBACK || inv->mode == TW_MODE_FALLBACK))
		return true;
	if (was_waited_for(now, from, to))
		return true;
	if (to < 0 || d->reason != TW_CHOICE_PRIORITY || nodes[to].priority <= nodes[from].priority)
		return false;
	return inv->healthy_us[to] >= 0 &&
	       now->state->core_us - inv->healthy_us[to] >= now->policy->failback_after_us &&
	       (inv->switched_us < 0 || now->state->core_us - inv->switched_us >=
						now->policy->min_switch_interval_us);
}

static const char *check_switch(struct invariants *inv, const struct moment *now)
{
	const struct tw_decision *d = now->decision;
	bool is_other = now->state->chosen != inv->served;
	const char *wrong = NULL;

	if (d->epoch < inv->epoch || d->chain_epoch < inv->chain_epoch)
		return "an epoch went back";
	if (inv->has_any && d->epoch > inv->epoch + 1)
		return "more than one switch at once";
	if (d->mode == TW_MODE_STARTING)
		return d->epoch != 1 ? "a switch while starting" : NULL;
	if (inv->has_served && is_other != (d->epoch != inv->epoch))
		return "epoch does not grow with the switch, or without one";
	if (inv->has_served && is_other) {
		if (!has_cause(inv, now))
			wrong = "a switch without a cause";
		inv->switched_us = now->state->core_us;
	}
	if (now->state->chosen >= 0 || inv->has_served) {
		inv->has_served = true;
		inv->served = now->state->chosen;
		if (now->state->chosen >= 0)
			inv->incumbent = now->state->chosen;
	}
	return wrong;
}

/* With honest nodes that are a quorum and never fail. */
static const char *check_honest(const struct invariants *inv, const struct moment *now)
{
	const struct history *history = now->state->history;
	uint32_t n_honest = history->n - history->n_wrong;

	if (!history->is_honest || now->decision->mode == TW_MODE_STARTING)
		return NULL;
	if (now->anchor >= 0 && !history_is_ancestor(history, now->anchor, history->honest_tip))
		return "wrong nodes moved C off the honest chain";
	if (history->n_wrong > 1)
		return NULL;
	if (now->tip >= 0 && !history_is_ancestor(history, now->tip, history->honest_tip))
		return "one wrong node moved T off the honest chain";
	if (inv->has_any && inv->mode != TW_MODE_STARTING && inv->chosen >= 0 &&
		inv->chosen < (int32_t)n_honest && now->state->chosen != inv->chosen)
		return "one wrong node moved the choice";
	return NULL;
}

const char *invariants_check(void *ctx, const struct feed_state *state)
{
	struct invariants *inv = ctx;
	static struct moment now;
	const char *wrong;

	moment_look(&now, state);
	note_growth(inv, &now);
	note_backed(inv, &now);
	/* After a gap the decision stands; only the operator is obeyed. */
	if (inv->has_any && tw_monitor_is_holding(state->monitor)) {
		wrong = state->decision->mode == inv->mode ? check_switch(inv, &now)
							   : "a mode changed after a gap";
		inv->epoch = state->decision->epoch;
		inv->chosen = state->chosen;
		return wrong;
	}
	if (!inv->has_any)
		inv->moved_us = inv->saved_at_us = state->core_us;
	for (uint32_t i = 0; i < state->history->n; i++) {
		if (now.views[i].verdict.state != TW_STATE_HEALTHY)
			inv->healthy_us[i] = -1;
		else if (inv->healthy_us[i] < 0)
			inv->healthy_us[i] = state->core_us;
	}
	wrong = check_counts(&now);
	if (wrong == NULL)
		wrong = check_anchor(inv, &now);
	if (wrong == NULL)
		wrong = check_tip(inv, &now);
	if (wrong == NULL)
		wrong = check_choice(inv, &now);
	if (wrong == NULL)
		wrong = check_honest(inv, &now);
	if (wrong == NULL)
		wrong = check_switch(inv, &now);
	inv->has_any = true;
	inv->mode = state->decision->mode;
	inv->chosen = state->chosen;
	inv->tip = now.tip;
	if (now.anchor >= 0)
		inv->anchor = now.anchor;
	inv->epoch = state->decision->epoch;
	inv->chain_epoch = state->decision->chain_epoch;
	return wrong;
}
