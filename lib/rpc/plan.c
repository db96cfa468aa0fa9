/* See plan.h. */
#include "rpc/plan.h"

void tw_rpc_plan_init(struct tw_rpc_plan *ret_plan, const struct tw_chain *const *window,
	const struct tw_check_order *order)
{
	*ret_plan = (struct tw_rpc_plan){ .window = window, .order = order };
}

int64_t tw_rpc_plan_next(struct tw_rpc_plan *plan, const struct tw_observation *obs)
{
	if (!plan->is_linked) {
		int64_t height = tw_chain_next_question(*plan->window, obs);

		if (height >= 0)
			return height;
	}
	plan->is_linked = true;
	while (plan->n_questions < plan->order->n_questions) {
		int64_t height = plan->order->questions[plan->n_questions++];

		if (height >= 0 && height < obs->chain[0].height && obs->n_at < TW_AT_MAX &&
			tw_observation_at(obs, height) == NULL)
			return height;
	}
	return TW_UNKNOWN;
}

int64_t tw_rpc_plan_add(struct tw_observation *obs, const struct tw_header *header, bool wants_prev)
{
	struct tw_point points[2] = { header->point,
		{ header->point.height - 1, header->prev_hash } };
	uint32_t n = wants_prev && header->has_prev_hash ? 2 : 1;

	for (uint32_t i = 0; i < n; i++) {
		const struct tw_hash *known = tw_observation_at(obs, points[i].height);

		if (known != NULL && !tw_hash_equal(known, &points[i].hash))
			return points[i].height;
		tw_observation_add(obs, &points[i]);
	}
	return TW_UNKNOWN;
}
