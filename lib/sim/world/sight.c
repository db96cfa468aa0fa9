/* See sight.h. */
#include "sim/world/sight.h"

#define REFUSED_US TW_MS /* until a connection is refused */

enum { PEERS_IN = 4, PEERS_OUT = 8, MADE_UP_HEIGHT = 5000000 };

static int64_t draw_rtt(
	const struct tw_sim_world *world, struct tw_sim_rand *rand, const struct tw_action *action)
{
	const struct tw_sim_daemon *node = &world->nodes[action->node];
	int64_t rtt_us = node->rtt_us + tw_sim_rand_wait(rand, node->rtt_us / 5 + 1);

	if (tw_sim_world_has(world, action->node, TW_SIM_ILL_SLOW))
		rtt_us += tw_sim_rand_between(rand, 300 * TW_MS, 4500 * TW_MS);
	if (tw_sim_world_has(world, action->node, TW_SIM_ILL_ADDING))
		rtt_us += node->until_us[TW_SIM_ILL_ADDING] - world->now_us;
	return rtt_us;
}

void tw_sim_sight_start(const struct tw_sim_world *world, struct tw_sim_rand *rand,
	const struct tw_action *action, struct tw_sim_check *ret_check)
{
	int64_t rtt_us = draw_rtt(world, rand, action), took_us;
	struct tw_sim_check check = {
		.is_running = true,
		.started_us = world->now_us,
		.rtt_us = rtt_us,
		.order = action->order,
	};

	if (tw_sim_world_has(world, action->node, TW_SIM_ILL_DOWN)) {
		check.result = TW_RESULT_REFUSED;
		took_us = REFUSED_US;
	} else if (tw_sim_world_has(world, action->node, TW_SIM_ILL_HUNG) ||
		   rtt_us > action->timeout_us) {
		check.result = TW_RESULT_TIMEOUT;
		took_us = action->timeout_us;
	} else {
		took_us = rtt_us * (1 + action->order.wants_info + action->order.wants_template);
		if (took_us > action->deadline_us) {
			took_us = action->deadline_us;
			check.is_template_late = action->order.wants_template;
			if (!check.is_template_late)
				check.result = TW_RESULT_TIMEOUT;
		}
	}
	check.done_us = world->now_us + took_us;
	*ret_check = check;
}

/* Adds the node's block at height to obs. Returns false when there is none. */
static bool add(
	const struct tw_sim_world *world, int32_t tip, int64_t height, struct tw_observation *obs)
{
	int32_t block = tw_sim_blocks_at(&world->blocks, tip, height);
	struct tw_point point;

	if (block < 0)
		return false;
	point = (struct tw_point){ height, tw_sim_blocks_get(&world->blocks, block)->hash };
	tw_observation_add(obs, &point);
	return true;
}

static void look_at_chain(const struct tw_sim_world *world, int32_t tip,
	const struct tw_check_order *order, const struct tw_chain *chain,
	struct tw_observation *obs)
{
	int64_t height = tw_sim_blocks_get(&world->blocks, tip)->height;

	add(world, tip, height, obs);
	for (int i = 0; i < TW_LOOK_BACK_MAX; i++) {
		height = tw_chain_next_question(chain, obs);
		if (height < 0 || !add(world, tip, height, obs))
			break;
	}
	for (uint32_t i = 0; i < order->n_questions; i++) {
		if (obs->n_at < TW_AT_MAX)
			add(world, tip, order->questions[i], obs);
	}
}

static enum tw_template look_at_template(
	const struct tw_sim_world *world, int32_t node, const struct tw_sim_check *check)
{
	const struct tw_sim_daemon *daemon = &world->nodes[node];

	if (check->is_template_late)
		return TW_TEMPLATE_LATE;
	if (tw_sim_world_has(world, node, TW_SIM_ILL_NO_TEMPLATE) ||
		tw_sim_world_has(world, node, TW_SIM_ILL_UNSYNCED))
		return TW_TEMPLATE_FAILED;
	if (tw_sim_world_has(world, node, TW_SIM_ILL_STALE_TEMPLATE) && daemon->job != daemon->tip)
		return TW_TEMPLATE_STALE;
	return TW_TEMPLATE_OK;
}

static void look_at_info(const struct tw_sim_world *world, int32_t node, struct tw_observation *obs)
{
	bool is_cut = tw_sim_world_has(world, node, TW_SIM_ILL_CUT);
	bool is_lying = tw_sim_world_has(world, node, TW_SIM_ILL_LYING);

	obs->peers_in = is_cut ? 0 : PEERS_IN;
	obs->peers_out = is_cut ? 0 : PEERS_OUT;
	obs->network_height = is_lying ? MADE_UP_HEIGHT : obs->chain[0].height;
	obs->synced = !is_lying;
}

void tw_sim_sight_end(const struct tw_sim_world *world, int32_t node,
	const struct tw_sim_check *check, const struct tw_chain *chain,
	struct tw_observation *ret_obs)
{
	enum tw_result result = check->result;
	int32_t tip = world->nodes[node].tip;
	bool is_new;

	if (result == TW_RESULT_OK) {
		result = tw_sim_world_has(world, node, TW_SIM_ILL_DOWN)      ? TW_RESULT_RESET
			 : tw_sim_world_has(world, node, TW_SIM_ILL_HUNG)    ? TW_RESULT_TIMEOUT
			 : tw_sim_world_has(world, node, TW_SIM_ILL_GARBAGE) ? TW_RESULT_BAD_REPLY
									     : TW_RESULT_OK;
	}
	tw_observation_init(ret_obs, result);
	if (result != TW_RESULT_OK)
		return;
	ret_obs->rtt_us = check->rtt_us;
	look_at_chain(world, tip, &check->order, chain, ret_obs);
	is_new = chain->tip != ret_obs->chain[0].height || !tw_chain_has(chain, &ret_obs->chain[0]);
	if (check->order.wants_info)
		look_at_info(world, node, ret_obs);
	if (check->order.wants_template || (check->order.wants_template_on_new_tip && is_new))
		ret_obs->template = look_at_template(world, node, check);
}
