/* See margin.h. */
#include "explain/margin.h"
#include "core/model.h"
#include "core/vote/tally.h"
#include <errno.h>
#include <stdlib.h>

/* How many branches are tried for the smallest number of voters, the largest branch first. */
enum { RIVALS_MAX = 8 };

/* A changed ballot and its count. */
struct trial {
	const struct tw_monitor *m;
	struct tw_votes votes;
	/* The voters' chains, with the holes filled where they are on the main chain. */
	struct tw_chain *known;
	const struct tw_chain **chains; /* the ballot */
	struct tw_chain *other;         /* a chain that nobody is on */
	struct tw_movers movers;        /* who moves */
	const struct tw_chain *goal;    /* where to */
};

static void trial_finish(struct trial *trial)
{
	if (trial == NULL)
		return;
	tw_votes_finish(&trial->votes);
	free(trial->known);
	free(trial->chains);
	free(trial->other);
	free(trial);
}

/*
 * Fills the holes in the window of a voter up to the highest block that it shares with the main
 * chain: whoever has a block has those below it, and where it mattered, the core would soon ask.
 */
static void fill_holes(const struct tw_votes *votes, int32_t node, struct tw_chain *chain)
{
	for (int64_t h = votes->share[node]; h >= 0 && h > chain->tip - TW_WINDOW; h--) {
		const struct tw_hash *hash = tw_votes_main_at(votes, h);

		if (hash == NULL)
			return;
		if (tw_chain_at(chain, h) == NULL)
			chain->pairs[h % TW_WINDOW] = (struct tw_point){ h, *hash };
	}
}

static int trial_create(const struct tw_monitor *m, struct trial **ret_trial)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (trial == NULL)
		return -ENOMEM;
	trial->m = m;
	/* The last one of them is C's chain. */
	trial->known = calloc((size_t)m->n + 1, sizeof(trial->known[0]));
	trial->chains = calloc((size_t)m->n + 1, sizeof(trial->chains[0]));
	trial->other = malloc(sizeof(*trial->other));
	if (trial->known == NULL || trial->chains == NULL || trial->other == NULL ||
		tw_votes_init(&trial->votes, m->n) < 0) {
		trial_finish(trial);
		return -ENOMEM;
	}
	trial->known[m->n] = m->anchor;
	trial->chains[m->n] = m->chains[m->n] == NULL ? NULL : &trial->known[m->n];
	for (uint32_t i = 0; i < m->n; i++) {
		trial->known[i] = *m->nodes[i].chain;
		if (m->chains[i] != NULL)
			fill_holes(&m->votes, (int32_t)i, &trial->known[i]);
	}
	*ret_trial = trial;
	return 0;
}

/* Counts with the first n movers on the chain `to` (NULL: silent). */
static void count_with(struct trial *trial, uint32_t n, const struct tw_chain *to)
{
	const struct tw_monitor *m = trial->m;
	struct tw_ballot ballot = tw_model_ballot(m, trial->chains);

	for (uint32_t i = 0; i < m->n; i++)
		trial->chains[i] = m->chains[i] == NULL ? NULL : &trial->known[i];
	for (uint32_t i = 0; i < n; i++)
		trial->chains[trial->movers.nodes[i]] = to;
	tw_votes_inherit(&trial->votes, &m->votes);
	tw_tally_count(&trial->votes, &ballot);
}

static bool has_flipped(struct trial *trial, uint32_t n)
{
	int64_t share;

	count_with(trial, n, trial->goal);
	return tw_votes_relate(&trial->votes, trial->goal, &share) == TW_RELATION_MAIN &&
	       share == trial->goal->tip;
}

/* Whether there is consensus. Voters that are silent and drained leave N (Voting 1). */
static bool is_consensus(const struct trial *trial)
{
	const struct tw_monitor *m = trial->m;
	uint32_t voters = 0;

	for (uint32_t i = 0; i < m->n; i++) {
		bool is_silent =
			trial->chains[i] == NULL && (m->chains[i] != NULL || m->nodes[i].is_silent);

		voters += !tw_model_has_left(m, (int32_t)i, is_silent);
	}
	return tw_votes_agree(&trial->votes, tw_model_quorum(m, voters));
}

static bool has_lost(struct trial *trial, uint32_t n)
{
	count_with(trial, n, NULL);
	return !is_consensus(trial);
}

static bool has_gained(struct trial *trial, uint32_t n)
{
	count_with(trial, n, trial->goal);
	return is_consensus(trial);
}

/* Cuts trial->movers to the fewest that do it. Returns how many; 0: not even all of them do. */
static uint32_t find_fewest(struct trial *trial, bool (*does_it)(struct trial *, uint32_t))
{
	uint32_t low = 1, high = trial->movers.n;

	if (high == 0 || !does_it(trial, high))
		return 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (does_it(trial, middle))
			high = middle;
		else
			low = middle + 1;
	}
	trial->movers.n = high;
	return high;
}

/* --- who moves --- */

typedef bool who_fn(const struct trial *trial, int32_t node);

/* Adds all nodes of which this is true, except `but`, which has been added. */
static void add(struct trial *trial, who_fn *who, int32_t but)
{
	for (int32_t i = (int32_t)trial->m->n - 1; i >= 0; i--) {
		if (i != but && who(trial, i))
			trial->movers.nodes[trial->movers.n++] = i;
	}
}

static bool is_on_goal(const struct trial *trial, int32_t node)
{
	const struct tw_chain *goal = trial->goal;
	const struct tw_hash *tip = tw_chain_at(goal, goal->tip);
	struct tw_point point = { goal->tip, *tip };

	return tw_chain_has(trial->m->chains[node], &point);
}

/* Whether moving it takes one voter from the main chain and gives one to the goal. */
static bool is_against(const struct trial *trial, int32_t node)
{
	const struct tw_votes *votes = &trial->m->votes;
	int64_t share;

	if (votes->relation[node] != TW_RELATION_MAIN)
		return false;
	(void)tw_votes_relate(votes, trial->goal, &share);
	return votes->share[node] > share;
}

/* Whether it also takes the block served last, which decides ties, from the main chain. */
static bool is_against_and_served(const struct trial *trial, int32_t node)
{
	return is_against(trial, node) && tw_chain_has(trial->m->chains[node], &trial->m->tip.tip);
}

static bool is_against_only(const struct trial *trial, int32_t node)
{
	return is_against(trial, node) && !is_against_and_served(trial, node);
}

static bool is_neutral(const struct trial *trial, int32_t node)
{
	return trial->m->chains[node] != NULL && !is_against(trial, node) &&
	       !is_on_goal(trial, node);
}

static bool is_loyal(const struct trial *trial, int32_t node)
{
	return trial->m->votes.relation[node] == TW_RELATION_MAIN &&
	       !trial->m->nodes[node].is_drained;
}

static bool is_loyal_and_drained(const struct trial *trial, int32_t node)
{
	return trial->m->votes.relation[node] == TW_RELATION_MAIN &&
	       trial->m->nodes[node].is_drained;
}

static bool is_quiet(const struct trial *trial, int32_t node)
{
	return trial->m->chains[node] == NULL && !tw_model_has_left(trial->m, node, false);
}

static bool is_elsewhere(const struct trial *trial, int32_t node)
{
	return trial->m->votes.relation[node] == TW_RELATION_CONFLICT;
}

/* --- the three questions --- */

/* Tried twice: the primary decides ties, so that with the primary one voter fewer may do. */
static void find_flip(struct trial *trial, const struct tw_chain *goal, struct tw_movers *best)
{
	int32_t primary = trial->m->primary;

	trial->goal = goal;
	for (int k = 0; k < 2; k++) {
		int32_t first = TW_NODE_NONE;

		trial->movers.n = 0;
		if (k == 1 && (is_against(trial, primary) || is_neutral(trial, primary))) {
			first = primary;
			trial->movers.nodes[trial->movers.n++] = first;
		}
		add(trial, is_against_and_served, first);
		add(trial, is_against_only, first);
		add(trial, is_neutral, first);
		if (find_fewest(trial, has_flipped) > 0 &&
			(best->n == 0 || trial->movers.n < best->n))
			*best = trial->movers;
	}
}

/*
 * Makes a chain that nobody is on: the main chain up to a fork deeper below T than fork_tolerance,
 * then other blocks. Returns the height of the fork.
 */
static int64_t make_other(struct trial *trial)
{
	const struct tw_votes *votes = &trial->m->votes;
	int64_t tip = trial->m->tip.tip.height, fork;

	fork = (tip < 0 || tip > votes->top ? votes->top : tip) - trial->m->policy.fork_tolerance -
	       1;

	*trial->other = trial->known[votes->best];
	for (int64_t h = votes->top; h >= 0 && h > fork && h > votes->top - TW_WINDOW; h--) {
		struct tw_hash *hash = &trial->other->pairs[h % TW_WINDOW].hash;

		hash->bytes[sizeof(hash->bytes) - 1] ^= 0xff;
	}
	return fork;
}

static void find_best_flip(struct trial *trial, struct tw_margin *margin)
{
	const struct tw_monitor *m = trial->m;
	uint32_t tried = 0;

	/* Branch by branch, that with the most votes first. Branch 0 is the main chain. */
	for (uint32_t votes = m->votes.answering; votes > 0; votes--) {
		for (uint32_t b = 1; b < m->votes.n_branches && tried < RIVALS_MAX; b++) {
			uint32_t size = 0, before = margin->flip.n;
			int32_t rival = TW_NODE_NONE;

			for (int32_t i = 0; i < (int32_t)m->n; i++) {
				if (m->votes.branch[i] != (int32_t)b)
					continue;
				size++;
				if (rival < 0 || m->chains[i]->tip > m->chains[rival]->tip)
					rival = i;
			}
			if (size != votes)
				continue;
			tried++;
			find_flip(trial, &trial->known[rival], &margin->flip);
			if (margin->flip.n == before)
				continue;
			margin->rival = rival;
			margin->flip_fork = m->votes.share[rival];
		}
	}
	if (tried > 0)
		return;
	margin->flip_fork = make_other(trial);
	find_flip(trial, trial->other, &margin->flip);
}

static void find_consensus(struct trial *trial, struct tw_margin *margin)
{
	const struct tw_monitor *m = trial->m;

	trial->movers.n = 0;
	count_with(trial, 0, NULL);
	if (is_consensus(trial)) {
		add(trial, is_loyal, TW_NODE_NONE);
		add(trial, is_loyal_and_drained, TW_NODE_NONE);
		if (find_fewest(trial, has_lost) > 0)
			margin->lose = trial->movers;
		return;
	}
	trial->goal = &trial->known[m->votes.best];
	add(trial, is_quiet, TW_NODE_NONE);
	add(trial, is_elsewhere, TW_NODE_NONE);
	if (find_fewest(trial, has_gained) > 0)
		margin->gain = trial->movers;
}

int tw_margin_find(const struct tw_monitor *monitor, struct tw_margin *ret_margin)
{
	struct trial *trial;

	ret_margin->flip.n = ret_margin->lose.n = ret_margin->gain.n = 0;
	ret_margin->rival = TW_NODE_NONE;
	ret_margin->flip_fork = TW_UNKNOWN;
	if (monitor->votes.best < 0)
		return 0;
	if (trial_create(monitor, &trial) < 0)
		return -ENOMEM;
	find_best_flip(trial, ret_margin);
	find_consensus(trial, ret_margin);
	trial_finish(trial);
	return 0;
}

int tw_margin_of_node(const struct tw_monitor *monitor, int32_t node, struct tw_movers *ret_movers)
{
	struct trial *trial;

	ret_movers->n = 0;
	if (monitor->votes.best < 0 || monitor->nodes[node].chain->tip < 0)
		return 0;
	if (trial_create(monitor, &trial) < 0)
		return -ENOMEM;
	find_flip(trial, &trial->known[node], ret_movers);
	trial_finish(trial);
	return 0;
}
