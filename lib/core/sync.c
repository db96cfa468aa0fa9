/* See sync.h. */
#include "core/sync.h"
#include "core/look.h"
#include "core/model.h"

#define CHECK_EVERY_US (5 * TW_SEC)  /* a node is checked by RPC at least so often */
#define ANSWER_US      (250 * TW_MS) /* a link has so long for the answer */

/* Whether the node does what it did, and the pool does not use it. */
static bool is_quiet(const struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];

	return node->is_linked && i != m->choosing.chosen && m->mode != TW_MODE_STARTING &&
	       !m->is_holding && !node->is_unjudged && node->health.fails == 0 &&
	       node->verdict.state == TW_STATE_HEALTHY && node->verdict.reason == TW_REASON_OK;
}

bool tw_sync_is_enough(const struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];
	int64_t interval_us = tw_policy_interval(&monitor->policy, &n->policy);

	return is_quiet(monitor, node) && tw_pace_is_known(&n->pace) && n->questions.n == 0 &&
	       !tw_look_wants_template(monitor, node) &&
	       (n->n_replaced + 2) * interval_us <= CHECK_EVERY_US;
}

void tw_sync_start(struct tw_monitor *monitor, int32_t node)
{
	struct tw_node *n = &monitor->nodes[node];
	struct tw_action action = { .kind = TW_ACTION_SYNC, .node = node };

	n->n_replaced++;
	/* Peer counts are asked for with every second check at least. */
	if (n->until_info > 1)
		n->until_info--;
	n->answer_by_us = monitor->now + ANSWER_US;
	(void)tw_model_is_due(monitor, n->answer_by_us);
	(void)tw_model_is_due(monitor, n->next_check_us);
	tw_model_mark(monitor, TW_PART_SCHEDULE, node);
	tw_actions_push(&monitor->actions, &action);
}

bool tw_sync_has_failed(struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];

	if (n->n_replaced == 0)
		return false;
	return !is_quiet(monitor, node) || tw_model_is_due(monitor, n->answer_by_us);
}

void tw_sync_end(struct tw_node *node)
{
	node->n_replaced = 0;
	node->answer_by_us = TW_NEVER;
}

bool tw_sync_take(struct tw_monitor *monitor, int32_t node, const struct tw_point *tip)
{
	struct tw_node *n = &monitor->nodes[node];
	bool was_hinted = n->is_hinted;

	if (tip->height != n->chain->tip || !tw_chain_has(n->chain, tip)) {
		/* A check that is under way may know already. */
		n->is_hinted = was_hinted ||
			       !(n->is_running[TW_SLOT_REGULAR] || n->is_running[TW_SLOT_CONFIRM]);
		return n->is_hinted != was_hinted;
	}
	if (!is_quiet(monitor, node) || monitor->now - n->health.last_ok_us > CHECK_EVERY_US)
		return false;
	n->answer_by_us = TW_NEVER;
	n->synced_us = monitor->now;
	tw_pace_note_sync(&n->pace, monitor->now);
	tw_node_note_silence(n, &monitor->policy);
	return true;
}
