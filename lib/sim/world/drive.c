/* See drive.h. */
#include "sim/world/drive.h"
#include "base/num.h"
#include "core/mode.h"
#include "sim/world/liar.h"
#include "sim/world/public.h"
#include "sim/world/run.h"
#include "sim/world/sight.h"
#include <errno.h>
#include <stdlib.h>

/* A daemon that was left while it was good, and stayed good for this long, was left needlessly. */
#define NEEDLESS_US (10 * TW_SEC)
/* A switch back to the daemon that was left within this time is a flap. */
#define FLAP_US (60 * TW_SEC)

/* A number of a random stream that is not used for a daemon. */
enum { STREAM_ANSWERS = 1 << 20 };

struct drive {
	const struct tw_sim_drive_params *params;
	struct tw_sim_world *world;
	const struct tw_sim_rule_ops *ops;
	void *rule;
	struct tw_sim_rand answers;
	struct tw_sim_check checks[TW_SIM_WORLD_NODES_MAX][TW_SLOTS];
	bool has_refused[TW_SIM_WORLD_NODES_MAX]; /* the last template asked for was not good */
	bool looks_good[TW_SIM_WORLD_NODES_MAX];  /* nor has the last check failed */
	int64_t next_done_us;                     /* when the next of them is done */
	int64_t next_heard_us; /* when the witnesses are asked next; TW_NEVER: there are none */
	int64_t now_us;
	struct tw_sim_score score;
	int32_t choice;
	bool is_usable; /* a pool that is told not to mine does not mine */
	bool is_dirty;  /* the world or the choice changed, so the standing is to be found again */
	enum tw_sim_standing standing;
	int64_t standing_until_us; /* until then nothing of this changes by time alone */
	struct tw_hash tip;        /* T */
	enum tw_sim_standing tip_standing;
	int64_t tip_old_us; /* since when T is old; TW_UNKNOWN: it is not */
	bool is_idle;       /* a daemon is good, and the pool is told not to mine */
	bool is_denied; /* likewise, and so many are good that they are a majority of all nodes */
	enum tw_mode mode; /* as announced last */
	bool is_stalled;
	int64_t contradicted_us; /* since when a quorum contradicts it; TW_UNKNOWN */
	int64_t left_us[TW_SIM_WORLD_NODES_MAX];
	/* The daemon that was left last while it was good. When it is still good at left_until_us,
	 * leaving it was needless. */
	int32_t left;
	int64_t left_until_us;
	struct tw_observation obs;
};

/* --- the score --- */

/* Adds the time until until_us to the score. The standing has not changed in it. */
static void pass(struct drive *d, int64_t until_us)
{
	const struct tw_policy *policy = &d->params->config.policy;
	/* No rule can know it before its next checks have ended. */
	int64_t known_us = d->contradicted_us + 2 * policy->interval_us;
	int64_t late_from_us = known_us + policy->lag_for_us;

	d->score.span_us[d->standing] += until_us - d->now_us;
	if (d->contradicted_us >= 0)
		d->score.late_us += tw_max(0, until_us - tw_max(d->now_us, late_from_us));
	if (d->world->pool >= 0 && tw_sim_world_is_liar(d->world, d->world->pool))
		d->score.attacked_us += until_us - d->now_us;
	if (d->tip_standing == TW_SIM_STANDING_FORK)
		d->score.wrong_tip_us += until_us - d->now_us;
	if (d->tip_standing == TW_SIM_STANDING_STALE) {
		d->score.old_tip_us += until_us - d->now_us;
		d->score.old_longest_us = tw_max(d->score.old_longest_us, until_us - d->tip_old_us);
	}
	if (d->is_idle)
		d->score.idle_us += until_us - d->now_us;
	if (d->is_denied)
		d->score.denied_us += until_us - d->now_us;
	d->now_us = until_us;
}

static enum tw_sim_standing standing_of(const struct drive *d, int32_t node, int64_t *ret_until_us)
{
	*ret_until_us = TW_NEVER;
	return node < 0 ? TW_SIM_STANDING_NONE
			: tw_sim_truth_standing(d->world, node, ret_until_us);
}

static void judge_left(struct drive *d)
{
	int64_t until_us;

	if (d->left < 0)
		return;
	if (standing_of(d, d->left, &until_us) != TW_SIM_STANDING_GOOD) {
		d->left = TW_NODE_NONE;
	} else if (d->now_us >= d->left_until_us) {
		d->score.needless++;
		d->left = TW_NODE_NONE;
	}
}

/*
 * Counts the daemons that are good and do not lie, up to enough. Of one that no check has looked
 * at, or that the last one saw fail, a rule that learns from checks cannot know it.
 */
static uint32_t count_good(struct drive *d, uint32_t enough)
{
	uint32_t n = 0;

	for (int32_t i = 0; i < (int32_t)d->params->config.n_nodes; i++) {
		int64_t until_us;

		if (!tw_sim_world_is_liar(d->world, i) &&
			(d->ops->observe == NULL || d->looks_good[i]) &&
			d->params->config.nodes[i].role == TW_ROLE_DAEMON) {
			if (standing_of(d, i, &until_us) == TW_SIM_STANDING_GOOD) {
				d->standing_until_us = tw_min(d->standing_until_us, until_us);
				if (++n == enough)
					break;
			}
		}
	}
	return n;
}

static void judge_tip(struct drive *d, const struct tw_point *tip)
{
	int64_t until_us;

	d->tip_standing = tw_sim_truth_tip(d->world, tip, &until_us);
	d->standing_until_us = tw_min(d->standing_until_us, until_us);
	if (d->tip_standing != TW_SIM_STANDING_STALE)
		d->tip_old_us = TW_UNKNOWN;
	else if (d->tip_old_us < 0)
		d->tip_old_us = d->now_us;
}

static void judge(struct drive *d)
{
	enum tw_sim_standing before = d->standing;
	uint32_t quorum = d->params->config.n_nodes / 2 + 1, n_good;

	d->is_dirty = false;
	d->standing =
		standing_of(d, d->is_usable ? d->choice : TW_NODE_NONE, &d->standing_until_us);
	if (d->standing != TW_SIM_STANDING_FORK ||
		tw_sim_truth_contradicted(d->world, d->choice) < quorum)
		d->contradicted_us = TW_UNKNOWN;
	else if (d->contradicted_us < 0)
		d->contradicted_us = d->now_us;
	if (d->ops->decision != NULL)
		judge_tip(d, &d->ops->decision(d->rule)->tip);
	n_good = d->is_usable ? 0 : count_good(d, quorum);
	d->is_idle = n_good > 0;
	if (d->is_denied != (n_good >= quorum))
		tw_sim_world_tell(d->world, TW_NODE_NONE,
			d->is_denied ? "most daemons are good, and the pool may use them again"
				     : "most daemons are good, and the pool is told not to mine");
	d->is_denied = n_good >= quorum;
	judge_left(d);
	if (before != d->standing && d->params->witness != NULL)
		d->params->witness->change(
			d->params->witness->ctx, d->now_us, d->choice, d->standing);
}

static void take_alarms(struct drive *d)
{
	const struct tw_decision *decision = d->ops->decision(d->rule);

	d->score.alarms += tw_mode_rank(decision->announced) < tw_mode_rank(d->mode);
	d->score.alarms += decision->is_stalled && !d->is_stalled;
	d->mode = decision->announced;
	d->is_stalled = decision->is_stalled;
	d->is_dirty = d->is_dirty || !tw_hash_equal(&decision->tip.hash, &d->tip);
	d->tip = decision->tip.hash;
}

static void take_choice(struct drive *d)
{
	int32_t choice = d->ops->choice(d->rule), old = d->choice;
	bool is_usable = d->ops->is_usable == NULL || d->ops->is_usable(d->rule);
	int64_t until_us;

	if (d->ops->decision != NULL)
		take_alarms(d);

	if (is_usable != d->is_usable)
		d->is_dirty = true;
	d->is_usable = is_usable;
	d->world->pool = is_usable ? choice : TW_NODE_NONE;
	if (choice == old)
		return;
	if (old >= 0) {
		d->score.switches++;
		d->left_us[old] = d->now_us;
		d->left =
			standing_of(d, old, &until_us) == TW_SIM_STANDING_GOOD ? old : TW_NODE_NONE;
		d->left_until_us = d->now_us + NEEDLESS_US;
	}
	if (choice >= 0 && d->left_us[choice] >= 0 && d->now_us - d->left_us[choice] < FLAP_US)
		d->score.flaps++;
	d->choice = choice;
	d->is_dirty = true;
	if (d->params->witness != NULL)
		d->params->witness->change(d->params->witness->ctx, d->now_us, choice,
			standing_of(d, choice, &until_us));
}

/* --- checks --- */

static void find_next_done(struct drive *d)
{
	d->next_done_us = TW_NEVER;
	for (uint32_t i = 0; i < d->world->params.n_nodes; i++) {
		for (int slot = 0; slot < TW_SLOTS; slot++) {
			if (d->checks[i][slot].is_running)
				d->next_done_us =
					tw_min(d->next_done_us, d->checks[i][slot].done_us);
		}
	}
}

static void let_liars_act(struct drive *d, int32_t checked)
{
	static const struct tw_point nothing = { .height = TW_UNKNOWN };

	if (d->world->params.n_liars > 0 &&
		tw_sim_liar_act(d->world, d->choice,
			d->ops->decision == NULL ? &nothing : &d->ops->decision(d->rule)->tip,
			checked))
		d->is_dirty = true;
}

/* Notes whether the check has found something wrong with the node itself. */
static void note_look(struct drive *d, int32_t node)
{
	bool looks_good;

	if (d->obs.template != TW_TEMPLATE_UNCHECKED)
		d->has_refused[node] = d->obs.template != TW_TEMPLATE_OK;
	looks_good = d->obs.result == TW_RESULT_OK && !d->has_refused[node];
	d->is_dirty = d->is_dirty || looks_good != d->looks_good[node];
	d->looks_good[node] = looks_good;
}

static void end_check(struct drive *d, int32_t node, int slot)
{
	struct tw_sim_check *check = &d->checks[node][slot];

	check->is_running = false;
	let_liars_act(d, node);
	tw_sim_sight_end(d->world, node, check, d->ops->chain(d->rule, node), &d->obs);
	d->score.checks++;
	note_look(d, node);
	if (d->params->witness != NULL)
		d->params->witness->observe(
			d->params->witness->ctx, d->now_us, node, slot, &d->obs);
	d->ops->observe(d->rule, d->now_us, node, slot, &d->obs);
}

static bool end_checks(struct drive *d)
{
	if (d->next_done_us > d->now_us)
		return false;
	for (uint32_t i = 0; i < d->world->params.n_nodes; i++) {
		for (int slot = 0; slot < TW_SLOTS; slot++) {
			if (d->checks[i][slot].is_running &&
				d->checks[i][slot].done_us <= d->now_us)
				end_check(d, (int32_t)i, slot);
		}
	}
	return true;
}

/* All witnesses at one time: how they are spread over it makes no difference. */
static bool hear_witnesses(struct drive *d)
{
	if (d->now_us < d->next_heard_us)
		return false;
	d->next_heard_us += TW_SIM_PUBLIC_EVERY_US;
	for (uint32_t slot = 0; slot < d->world->params.n_witnesses; slot++) {
		struct tw_point tip;

		tw_sim_public_tip(d->world, slot, &tip);
		if (d->params->witness != NULL)
			d->params->witness->hear(d->params->witness->ctx, d->now_us, slot, &tip);
		d->ops->hear(d->rule, d->now_us, slot, &tip);
	}
	return true;
}

static void act(struct drive *d)
{
	struct tw_action action;

	while (d->ops->next_action(d->rule, &action)) {
		switch (action.kind) {
		case TW_ACTION_START_CHECK:
			tw_sim_sight_start(d->world, &d->answers, &action,
				&d->checks[action.node][action.slot]);
			break;
		case TW_ACTION_CANCEL_CHECKS:
			for (int slot = 0; slot < TW_SLOTS; slot++)
				d->checks[action.node][slot].is_running = false;
			break;
		case TW_ACTION_SYNC: /* no simulated daemon has a link */
		case TW_ACTION_CHECKS_DONE:
		case TW_ACTION_PUBLISH:
		case TW_ACTION_SAVE:
			break;
		}
	}
	find_next_done(d);
}

/* --- the run --- */

static int step_world(struct drive *d)
{
	if (tw_sim_run_next_us(d->world) > d->now_us) {
		d->world->now_us = d->now_us;
		return 0;
	}
	d->is_dirty = true;
	return tw_sim_run_advance(d->world, d->now_us);
}

static int run(struct drive *d)
{
	int64_t end_us = d->params->duration_us;

	while (d->now_us < end_us) {
		int64_t deadline_us = d->ops->deadline(d->rule);
		int64_t next_us = tw_min(tw_min(d->next_done_us, deadline_us),
			tw_min(tw_sim_run_next_us(d->world), d->standing_until_us));
		bool was_fed;
		int r;

		if (d->left >= 0)
			next_us = tw_min(next_us, d->left_until_us);
		next_us = tw_min(next_us, d->next_heard_us);
		next_us = tw_max(next_us, d->now_us);
		pass(d, tw_min(next_us, end_us));
		r = step_world(d);
		if (r < 0)
			return r;
		let_liars_act(d, TW_NODE_NONE);
		was_fed = end_checks(d);
		was_fed = hear_witnesses(d) || was_fed;
		if (was_fed || d->now_us >= deadline_us) {
			d->ops->step(d->rule, d->now_us);
			if (d->params->witness != NULL)
				d->params->witness->step(
					d->params->witness->ctx, d->now_us, was_fed, d->rule);
			act(d);
			take_choice(d);
		}
		if (d->is_dirty || d->now_us >= d->standing_until_us ||
			(d->left >= 0 && d->now_us >= d->left_until_us))
			judge(d);
	}
	return 0;
}

int tw_sim_drive_run(const struct tw_sim_drive_params *params, struct tw_sim_score *ret_score)
{
	struct drive *d = calloc(1, sizeof(*d));
	int r;

	if (d == NULL)
		return -ENOMEM;
	d->params = params;
	d->ops = params->rule;
	d->answers = tw_sim_rand_of(params->world.seed, STREAM_ANSWERS);
	d->next_done_us = d->standing_until_us = TW_NEVER;
	d->next_heard_us = params->world.n_witnesses > 0 && d->ops->hear != NULL
				   ? TW_SIM_PUBLIC_EVERY_US
				   : TW_NEVER;
	d->choice = d->left = TW_NODE_NONE;
	d->standing = d->tip_standing = TW_SIM_STANDING_NONE;
	d->tip_old_us = TW_UNKNOWN;
	d->contradicted_us = TW_UNKNOWN;
	for (size_t i = 0; i < TW_ARRAY_SIZE(d->left_us); i++)
		d->left_us[i] = TW_UNKNOWN;
	r = tw_sim_run_create(&params->world, &d->world);
	if (r < 0)
		goto out;
	d->world->tell = params->tell;
	d->world->tell_ctx = params->tell_ctx;
	r = d->ops->create(&params->config, d->world, &d->rule);
	if (r < 0)
		goto out;
	r = run(d);
	if (r == 0)
		*ret_score = d->score;
out:
	if (d->rule != NULL)
		d->ops->destroy(d->rule);
	tw_sim_run_destroy(d->world);
	free(d);
	return r;
}
