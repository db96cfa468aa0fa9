/* See schedule.h. */
#include "core/schedule.h"
#include "core/model.h"
#include "core/sync.h"

/* Every so many checks ask for peer counts and claims: they change slowly. */
enum { INFO_EVERY = 5 };
/* News over a node's P2P link causes at most one check in this time, however much there is. */
#define HINT_EVERY_US (100 * TW_MS)

static void fill_order(struct tw_monitor *m, int32_t i, struct tw_check_order *order)
{
	struct tw_node *node = &m->nodes[i];
	bool has_template = m->policy.has_template && node->policy.role == TW_ROLE_DAEMON;

	*order = (struct tw_check_order){ .wants_template_on_new_tip = has_template };
	if (tw_model_wants_template(m, i)) {
		order->wants_template = true;
		node->wants_template = false;
		node->next_template_us = m->now + m->policy.template_interval_us;
	}
	/* Two requests at most while nothing changes: a check with a template asks for no peer
	 * counts, the next one does. */
	if (node->until_info > 0) {
		node->until_info--;
	} else if (!order->wants_template || !node->health.has_answered) {
		order->wants_info = true;
		node->until_info = INFO_EVERY - 1;
	}
	order->n_questions = tw_questions_take(&node->questions, m->now, order->questions);
}

static void start(struct tw_monitor *m, int32_t i, int slot)
{
	struct tw_node *node = &m->nodes[i];
	struct tw_action action = {
		.kind = TW_ACTION_START_CHECK,
		.node = i,
		.slot = slot,
		.timeout_us = tw_pace_timeout(&node->pace, &m->policy, &node->policy),
		.deadline_us = tw_policy_timeout(&m->policy, &node->policy),
	};

	tw_sync_end(node);
	fill_order(m, i, &action.order);
	node->is_running[slot] = true;
	node->saw_link[slot] = node->is_linked;
	if (node->is_awaited && node->awaited_slot < 0)
		node->awaited_slot = slot;
	tw_actions_push(&m->actions, &action);
}

static void schedule_node(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	int64_t interval_us = tw_policy_interval(&m->policy, &node->policy);
	bool has_failed;

	if (node->wants_cancel) {
		struct tw_action cancel = { .kind = TW_ACTION_CANCEL_CHECKS, .node = i };

		node->wants_cancel = false;
		if (node->is_running[TW_SLOT_REGULAR] || node->is_running[TW_SLOT_CONFIRM])
			tw_actions_push(&m->actions, &cancel);
		node->is_running[TW_SLOT_REGULAR] = node->is_running[TW_SLOT_CONFIRM] = false;
		node->awaited_slot = -1;
	}
	if (node->wants_confirm && !node->is_running[TW_SLOT_CONFIRM]) {
		node->wants_confirm = false;
		node->is_requested = false;
		start(m, i, TW_SLOT_CONFIRM);
	}
	if (node->is_requested) {
		int slot = node->is_running[TW_SLOT_REGULAR] ? TW_SLOT_CONFIRM : TW_SLOT_REGULAR;

		if (!node->is_running[slot]) {
			node->is_requested = false;
			node->next_check_us = m->now + interval_us;
			start(m, i, slot);
		}
	}
	/* One check at a time: this runs again after the event that ends the running one. */
	if (node->is_running[TW_SLOT_REGULAR] || node->is_running[TW_SLOT_CONFIRM])
		return;
	if (node->is_hinted && tw_model_is_due(m, node->hinted_us + HINT_EVERY_US)) {
		node->is_hinted = false;
		node->hinted_us = m->now;
		node->next_check_us = m->now + interval_us;
		start(m, i, TW_SLOT_REGULAR);
		return;
	}
	has_failed = tw_sync_has_failed(m, i);
	if (has_failed)
		node->next_check_us = m->now;
	if (!tw_model_is_due(m, node->next_check_us))
		return;
	node->next_check_us += interval_us;
	if (node->next_check_us <= m->now)
		node->next_check_us = m->now + interval_us;
	if (!has_failed && tw_sync_is_enough(m, i))
		tw_sync_start(m, i);
	else
		start(m, i, TW_SLOT_REGULAR);
}

void tw_schedule_run(struct tw_monitor *monitor)
{
	bool is_waiting = false;

	for (uint32_t i = 0; i < monitor->votes.n_questions; i++) {
		const struct tw_question *question = &monitor->votes.questions[i];

		tw_model_ask(monitor, question->node, question->height);
	}
	/* When no voter shows the highest block that was served, the best one is asked for it: it
	 * tells whether the main chain is still the chain that was served. */
	if (monitor->votes.best >= 0 && monitor->tip.highest.height < monitor->votes.top &&
		tw_votes_main_at(&monitor->votes, monitor->tip.highest.height) == NULL)
		tw_model_ask(monitor, monitor->votes.best, monitor->tip.highest.height);
	for (uint32_t i = 0; i < monitor->n; i++) {
		schedule_node(monitor, (int32_t)i);
		is_waiting = is_waiting || monitor->nodes[i].is_awaited;
	}
	if (monitor->has_awaited && !is_waiting) {
		struct tw_action done = { .kind = TW_ACTION_CHECKS_DONE, .node = TW_NODE_NONE };

		monitor->has_awaited = false;
		tw_actions_push(&monitor->actions, &done);
	}
}
