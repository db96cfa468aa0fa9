/* The rule that knows the truth: it stays as long as that is good, and else goes to one that is. */
#include "core/node/chain.h"
#include "rivals.h"
#include "sim/world/run.h"
#include <errno.h>
#include <stdlib.h>

struct oracle {
	const struct tw_sim_world *world;
	int32_t choice;
	int64_t until_us; /* something changes by time alone */
	struct tw_chain nothing;
};

static int create(
	const struct tw_core_config *config, const struct tw_sim_world *world, void **ret_rule)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));

	(void)config;
	if (oracle == NULL)
		return -ENOMEM;
	oracle->world = world;
	*ret_rule = oracle;
	return 0;
}

static void destroy(void *self)
{
	free(self);
}

static void observe(
	void *self, int64_t now, int32_t node, int slot, const struct tw_observation *obs)
{
	(void)self;
	(void)now;
	(void)node;
	(void)slot;
	(void)obs;
}

static enum tw_sim_standing look(struct oracle *oracle, int32_t node)
{
	int64_t until_us;
	enum tw_sim_standing standing = tw_sim_truth_standing(oracle->world, node, &until_us);

	if (until_us < oracle->until_us)
		oracle->until_us = until_us;
	return standing;
}

static void step(void *self, int64_t now)
{
	struct oracle *oracle = self;
	enum tw_sim_standing best;

	(void)now;
	oracle->until_us = TW_NEVER;
	best = look(oracle, oracle->choice);
	for (int32_t i = 0; i < (int32_t)oracle->world->params.n_nodes; i++) {
		enum tw_sim_standing standing;

		if (best == TW_SIM_STANDING_GOOD)
			return;
		standing = look(oracle, i);
		if (standing < best) {
			best = standing;
			oracle->choice = i;
		}
	}
}

static bool next_action(void *self, struct tw_action *ret_action)
{
	(void)self;
	(void)ret_action;
	return false;
}

static int64_t deadline(const void *self)
{
	const struct oracle *oracle = self;
	int64_t next_us = tw_sim_run_next_us(oracle->world);

	return next_us < oracle->until_us ? next_us : oracle->until_us;
}

static int32_t choice(const void *self)
{
	return ((const struct oracle *)self)->choice;
}

static const struct tw_chain *chain(const void *self, int32_t node)
{
	(void)node;
	return &((const struct oracle *)self)->nothing;
}

const struct tw_sim_rule_ops rival_oracle = {
	.name = "oracle",
	.create = create,
	.destroy = destroy,
	.observe = observe,
	.step = step,
	.next_action = next_action,
	.deadline = deadline,
	.choice = choice,
	.chain = chain,
};
