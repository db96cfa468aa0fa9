/*
 * See rivals.h. One check of each daemon a second, with the configured timeout; what differs is how
 * each rule chooses after a check.
 */
#include "rivals.h"
#include "core/node/chain.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	RISE = 2, /* HAProxy's defaults */
	FALL = 3,
	BLOCK_LAG_MAX = 8, /* proxyd's default */
};

struct seen {
	struct tw_chain chain;
	bool is_answering; /* its last check was good */
	bool has_template; /* as of the last time it was asked */
	bool is_up;
	uint32_t good; /* checks in a row */
	uint32_t bad;
	bool is_running;
	int64_t next_us;
};

struct rival {
	const struct tw_core_config *config;
	struct seen *nodes;
	uint32_t n;
	int64_t now;
	int32_t choice;
	uint32_t next_start; /* of the actions of this step */
	void (*choose)(struct rival *rival);
};

/* --- the checks --- */

static int create_with(
	const struct tw_core_config *config, void (*choose)(struct rival *rival), void **ret_rule)
{
	struct rival *rival = calloc(1, sizeof(*rival));
	struct seen *nodes = calloc(config->n_nodes, sizeof(*nodes));

	if (rival == NULL || nodes == NULL) {
		free(rival);
		free(nodes);
		return -ENOMEM;
	}
	*rival = (struct rival){
		.config = config, .nodes = nodes, .n = config->n_nodes, .choose = choose
	};
	for (uint32_t i = 0; i < rival->n; i++)
		tw_chain_init(&nodes[i].chain);
	*ret_rule = rival;
	return 0;
}

static void destroy(void *self)
{
	free(((struct rival *)self)->nodes);
	free(self);
}

static void observe(
	void *self, int64_t now, int32_t node, int slot, const struct tw_observation *obs)
{
	struct seen *seen = &((struct rival *)self)->nodes[node];

	(void)now;
	(void)slot;
	seen->is_running = false;
	seen->is_answering = obs->result == TW_RESULT_OK;
	if (!seen->is_answering) {
		seen->good = 0;
		if (++seen->bad >= FALL)
			seen->is_up = false;
		return;
	}
	seen->bad = 0;
	if (++seen->good >= RISE)
		seen->is_up = true;
	if (obs->template != TW_TEMPLATE_UNCHECKED)
		seen->has_template = obs->template != TW_TEMPLATE_FAILED;
	tw_chain_update(&seen->chain, obs);
}

static void step(void *self, int64_t now)
{
	struct rival *rival = self;

	rival->now = now;
	rival->next_start = 0;
	rival->choose(rival);
}

static bool next_action(void *self, struct tw_action *ret_action)
{
	struct rival *rival = self;
	const struct tw_policy *policy = &rival->config->policy;

	while (rival->next_start < rival->n) {
		uint32_t i = rival->next_start++;
		struct seen *seen = &rival->nodes[i];

		if (seen->is_running || seen->next_us > rival->now)
			continue;
		seen->is_running = true;
		seen->next_us = rival->now + policy->interval_us;
		*ret_action = (struct tw_action){
			.kind = TW_ACTION_START_CHECK,
			.node = (int32_t)i,
			.slot = TW_SLOT_REGULAR,
			.timeout_us = policy->timeout_us,
			.deadline_us = policy->timeout_us,
			.order = { .wants_template = true },
		};
		return true;
	}
	return false;
}

static int64_t deadline(const void *self)
{
	const struct rival *rival = self;
	int64_t next_us = TW_NEVER;

	for (uint32_t i = 0; i < rival->n; i++) {
		if (!rival->nodes[i].is_running && rival->nodes[i].next_us < next_us)
			next_us = rival->nodes[i].next_us;
	}
	return next_us;
}

static int32_t choice(const void *self)
{
	return ((const struct rival *)self)->choice;
}

static const struct tw_chain *chain(const void *self, int32_t node)
{
	return &((const struct rival *)self)->nodes[node].chain;
}

/* --- the rules --- */

/* One daemon, whatever happens. */
static void choose_one(struct rival *rival)
{
	rival->choice = 0;
}

/* ckpool: the first in order that answers and gives a template; back as soon as an earlier does. */
static void choose_first_alive(struct rival *rival)
{
	for (uint32_t i = 0; i < rival->n; i++) {
		if (rival->nodes[i].is_answering && rival->nodes[i].has_template) {
			rival->choice = (int32_t)i;
			return;
		}
	}
}

/* chainlink: the highest that is alive. Among equals it stays, which is kinder than the original.
 */
static void choose_highest(struct rival *rival)
{
	const struct seen *best = &rival->nodes[rival->choice];

	for (uint32_t i = 0; i < rival->n; i++) {
		const struct seen *seen = &rival->nodes[i];

		if (seen->is_answering &&
			(!best->is_answering || seen->chain.tip > best->chain.tip)) {
			best = seen;
			rival->choice = (int32_t)i;
		}
	}
}

/* HAProxy with backups: the first in order that is up. */
static void choose_up(struct rival *rival)
{
	for (uint32_t i = 0; i < rival->n; i++) {
		if (rival->nodes[i].is_up) {
			rival->choice = (int32_t)i;
			return;
		}
	}
}

static bool have_same_tip(const struct seen *a, const struct seen *b)
{
	return a->chain.tip == b->chain.tip && tw_hash_equal(tw_chain_at(&a->chain, a->chain.tip),
						       tw_chain_at(&b->chain, b->chain.tip));
}

/*
 * The majority of those that answer, by the hash of the newest block; stays while it is in it or
 * there is none. Below three the first daemon.
 */
static void choose_majority(struct rival *rival)
{
	uint32_t answering = 0;

	for (uint32_t i = 0; i < rival->n; i++)
		answering += rival->nodes[i].is_answering;
	if (answering < 3) {
		rival->choice = 0;
		return;
	}
	for (uint32_t i = 0; i < rival->n; i++) {
		const struct seen *chosen = &rival->nodes[rival->choice];
		uint32_t same = 0;

		if (!rival->nodes[i].is_answering)
			continue;
		for (uint32_t k = 0; k < rival->n; k++)
			same += rival->nodes[k].is_answering &&
				have_same_tip(&rival->nodes[i], &rival->nodes[k]);
		if (2 * same <= answering)
			continue;
		if (!chosen->is_answering || !have_same_tip(chosen, &rival->nodes[i]))
			rival->choice = (int32_t)i;
		return;
	}
}

/*
 * proxyd's consensus: the group of those that answer and are not too far behind the highest. Where
 * they do not agree it walks back to a block that all have and serves that; all stay in the group,
 * so for a pool, which needs a daemon, walking back changes nothing. It stays with the one it has.
 */
static bool is_in_group(const struct rival *rival, uint32_t i, int64_t highest)
{
	return rival->nodes[i].is_answering && rival->nodes[i].has_template &&
	       rival->nodes[i].chain.tip >= highest - BLOCK_LAG_MAX;
}

static void choose_all_agree(struct rival *rival)
{
	int64_t highest = TW_UNKNOWN;

	for (uint32_t i = 0; i < rival->n; i++) {
		if (rival->nodes[i].is_answering && rival->nodes[i].chain.tip > highest)
			highest = rival->nodes[i].chain.tip;
	}
	if (is_in_group(rival, (uint32_t)rival->choice, highest))
		return;
	for (uint32_t i = 0; i < rival->n; i++) {
		if (is_in_group(rival, i, highest)) {
			rival->choice = (int32_t)i;
			return;
		}
	}
}

#define RIVAL(rule, word)                                                                          \
	static int create_##rule(const struct tw_core_config *config,                              \
		const struct tw_sim_world *world, void **ret_rule)                                 \
	{                                                                                          \
		(void)world;                                                                       \
		return create_with(config, choose_##rule, ret_rule);                               \
	}                                                                                          \
	static const struct tw_sim_rule_ops rival_##rule = {                                       \
		.name = (word),                                                                    \
		.create = create_##rule,                                                           \
		.destroy = destroy,                                                                \
		.observe = observe,                                                                \
		.step = step,                                                                      \
		.next_action = next_action,                                                        \
		.deadline = deadline,                                                              \
		.choice = choice,                                                                  \
		.chain = chain,                                                                    \
	}

RIVAL(one, "one");
RIVAL(first_alive, "first-alive");
RIVAL(highest, "highest");
RIVAL(up, "up-down");
RIVAL(majority, "majority");
RIVAL(all_agree, "all-agree");

const struct tw_sim_rule_ops *rival_get(uint32_t i)
{
	static const struct tw_sim_rule_ops *const rules[] = { &tw_sim_rule_tipwatch, &rival_one,
		&rival_first_alive, &rival_highest, &rival_up, &rival_majority, &rival_all_agree,
		&rival_oracle };

	return i < TW_ARRAY_SIZE(rules) ? rules[i] : NULL;
}

const struct tw_sim_rule_ops *rival_find(const char *name)
{
	for (uint32_t i = 0; rival_get(i) != NULL; i++) {
		if (strcmp(rival_get(i)->name, name) == 0)
			return rival_get(i);
	}
	return NULL;
}
