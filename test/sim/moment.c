/* See moment.h. */
#include "moment.h"

bool moment_is_healthy(const struct moment *now, int32_t i)
{
	return i >= 0 && !now->is_drained[i] && now->views[i].verdict.state == TW_STATE_HEALTHY &&
	       now->state->history->nodes[i].role == TW_ROLE_DAEMON;
}

void moment_look(struct moment *now, const struct feed_state *state)
{
	const struct history *history = state->history;
	struct tw_point anchor = { state->decision->anchor_height, state->decision->anchor_hash };

	*now = (struct moment){ .state = state,
		.decision = state->decision,
		.policy = state->policy,
		.tip = -1,
		.anchor = -1 };
	for (uint32_t i = 0; i < history->n; i++) {
		tw_view_node(state->monitor, state->place[i], &now->views[i]);
		now->is_drained[i] = now->views[i].is_drained;
		now->voting += now->views[i].is_voting;
		now->has_healthy = now->has_healthy || moment_is_healthy(now, (int32_t)i);
		now->has_candidate =
			now->has_candidate ||
			(!now->is_drained[i] && history->nodes[i].role == TW_ROLE_DAEMON);
	}
	if (state->decision->tip.height >= 0)
		now->tip = history_find(history, &state->decision->tip);
	if (anchor.height >= 0)
		now->anchor = history_find(history, &anchor);
}

int moment_tip_of(const struct moment *now, uint32_t i)
{
	const struct tw_chain *chain = now->views[i].chain;
	struct tw_point tip = { chain->tip, *tw_chain_at(chain, chain->tip) };

	return history_find(now->state->history, &tip);
}

uint32_t moment_supporters(const struct moment *now, int block)
{
	const struct history *history = now->state->history;
	uint32_t n = 0;

	for (uint32_t i = 0; i < history->n; i++) {
		n += now->views[i].is_voting &&
		     history_is_ancestor(history, block, moment_tip_of(now, i));
	}
	return n;
}

bool moment_somebody_has(const struct moment *now, int a, int b)
{
	const struct history_block *blocks = now->state->history->blocks;

	for (uint32_t i = 0; i < now->state->history->n; i++) {
		if (now->views[i].is_voting && now->views[i].probation == 0 &&
			tw_chain_has(now->views[i].chain, &blocks[a].point) &&
			tw_chain_has(now->views[i].chain, &blocks[b].point))
			return true;
	}
	return false;
}

int64_t moment_height_of(const struct moment *now, int block)
{
	return block < 0 ? TW_UNKNOWN : now->state->history->blocks[block].point.height;
}

bool moment_do_any_conflict(const struct moment *now)
{
	const struct history *history = now->state->history;
	int tips[HISTORY_NODES], n = 0;

	for (uint32_t i = 0; i < history->n; i++) {
		if (!now->views[i].is_voting)
			continue;
		tips[n] = moment_tip_of(now, i);
		for (int k = 0; k < n; k++) {
			if (history_conflict(history, tips[k], tips[n]))
				return true;
		}
		n++;
	}
	return false;
}
