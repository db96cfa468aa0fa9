/* When which check runs and what it asks: the light load of decision.md, What a check learns. */
#include "core/internal.h"
#include "core/policy.h"

enum {
	INFO_EVERY = 5, /* checks: peer counts and claims move slowly */
	ASK_AGAIN = 10, /* intervals until an unanswered question is put again */
};

void tw_questions_ask(struct tw_monitor *m, int32_t i, int64_t height)
{
	struct tw_node *node = &m->nodes[i];
	struct tw_pending *pending = &node->pending;

	if (height < 0 || tw_chain_at(&node->chain, height) != NULL ||
		pending->n == TW_QUESTIONS_MAX)
		return;
	for (uint32_t k = 0; k < pending->n_asked && k < TW_ASKED; k++) {
		if (pending->asked[k].height == height &&
			m->now - pending->asked[k].when_us <
				ASK_AGAIN * tw_policy_interval(&m->policy, &node->policy))
			return;
	}
	for (uint32_t k = 0; k < pending->n; k++) {
		if (pending->heights[k] == height)
			return;
	}
	pending->heights[pending->n++] = height;
}

static void fill_order(struct tw_monitor *m, struct tw_node *node, struct tw_check_order *order)
{
	bool has_template = m->policy.has_template && node->policy.role == TW_ROLE_DAEMON;

	*order = (struct tw_check_order){ .wants_template_on_new_tip = has_template };
	if (has_template && (node->wants_template || m->now >= node->next_template_us)) {
		order->wants_template = true;
		node->wants_template = false;
		node->next_template_us = m->now + m->policy.template_interval_us;
	}
	/* Two requests at most when nothing changes: what is less urgent waits for the next. */
	if (node->until_info > 0) {
		node->until_info--;
	} else if (!order->wants_template || !node->health.has_answered) {
		order->wants_info = true;
		node->until_info = INFO_EVERY - 1;
	}
	order->n_questions = node->pending.n;
	for (uint32_t k = 0; k < node->pending.n; k++) {
		order->questions[k] = node->pending.heights[k];
		node->pending.asked[node->pending.n_asked % TW_ASKED].height =
			node->pending.heights[k];
		node->pending.asked[node->pending.n_asked++ % TW_ASKED].when_us = m->now;
	}
	node->pending.n = 0;
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

	fill_order(m, node, &action.order);
	node->is_running[slot] = true;
	if (node->is_awaited && node->awaited_slot < 0)
		node->awaited_slot = slot;
	tw_actions_push(m, &action);
}

static void schedule_node(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	int64_t interval_us = tw_policy_interval(&m->policy, &node->policy);

	if (node->wants_cancel) {
		struct tw_action cancel = { .kind = TW_ACTION_CANCEL_CHECKS, .node = i };

		node->wants_cancel = false;
		if (node->is_running[TW_SLOT_REGULAR] || node->is_running[TW_SLOT_CONFIRM])
			tw_actions_push(m, &cancel);
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
	/* One check at a time; the end of the running one is an event and comes back here. */
	if (node->is_running[TW_SLOT_REGULAR] || node->is_running[TW_SLOT_CONFIRM] ||
		!tw_model_is_due(m, node->next_check_us))
		return;
	node->next_check_us += interval_us;
	if (node->next_check_us <= m->now)
		node->next_check_us = m->now + interval_us;
	start(m, i, TW_SLOT_REGULAR);
}

void tw_schedule_run(struct tw_monitor *monitor)
{
	bool is_waiting = false;

	for (uint32_t i = 0; i < monitor->votes.n_questions; i++) {
		const struct tw_question *question = &monitor->votes.questions[i];

		tw_questions_ask(monitor, question->node, question->height);
	}
	/* Where nobody shows the block that was served last, somebody is asked for it. */
	if (monitor->votes.best >= 0 && monitor->tip.highest.height < monitor->votes.top &&
		tw_votes_main_at(&monitor->votes, monitor->tip.highest.height) == NULL)
		tw_questions_ask(monitor, monitor->votes.best, monitor->tip.highest.height);
	for (uint32_t i = 0; i < monitor->n; i++) {
		schedule_node(monitor, (int32_t)i);
		is_waiting = is_waiting || monitor->nodes[i].is_awaited;
	}
	if (monitor->has_awaited && !is_waiting) {
		struct tw_action done = { .kind = TW_ACTION_CHECKS_DONE, .node = TW_NODE_NONE };

		monitor->has_awaited = false;
		tw_actions_push(monitor, &done);
	}
}
