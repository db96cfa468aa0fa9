/* See schedule.h. */
#include "core/schedule.h"
#include "core/look.h"
#include "core/model.h"
#include "core/news.h"
#include "core/sync.h"

/* Every so many regular checks ask for peer counts and claims: they change slowly. */
enum { INFO_EVERY = 5 };

/*
 * Whether the check asks for peer counts. Two requests at most while nothing changes: one with a
 * template does not, and the next one does. A check between the regular ones is for the newest
 * block alone.
 */
static bool takes_info(struct tw_node *node, const struct tw_check_order *order, bool is_between)
{
	if (is_between)
		return false;
	if (node->until_info > 0) {
		node->until_info--;
		return false;
	}
	if (order->wants_template && node->health.has_answered)
		return false;
	node->until_info = INFO_EVERY - 1;
	return true;
}

static void fill_order(
	struct tw_monitor *m, int32_t i, bool is_between, struct tw_check_order *order)
{
	struct tw_node *node = &m->nodes[i];
	bool has_template = m->policy.has_template && node->policy.role == TW_ROLE_DAEMON;

	*order = (struct tw_check_order){ .wants_template_on_new_tip = has_template };
	if (tw_look_wants_template(m, i)) {
		order->wants_template = true;
		node->wants_template = false;
		node->next_template_us = m->now + m->policy.template_interval_us;
	}
	order->wants_info = takes_info(node, order, is_between);
	order->n_questions = tw_questions_take(&node->questions, m->now, order->questions);
}

static void start(struct tw_monitor *m, int32_t i, int slot, bool is_between)
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
	fill_order(m, i, is_between, &action.order);
	node->is_running[slot] = true;
	node->begun_us[slot] = m->now;
	node->is_late = slot == TW_SLOT_CONFIRM && node->is_running[TW_SLOT_REGULAR];
	node->saw_link[slot] = node->is_linked;
	if (node->is_awaited && node->awaited_slot < 0)
		node->awaited_slot = slot;
	/* What follows from a check that runs is found with the next step. */
	tw_model_mark(m, TW_PART_SCHEDULE, i);
	tw_actions_push(&m->actions, &action);
}

/* The checks of the confirming slot, which others may run beside, and those that were asked for. */
static void start_at_once(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];

	if (node->wants_confirm && !node->is_running[TW_SLOT_CONFIRM]) {
		node->wants_confirm = false;
		node->is_requested = false;
		start(m, i, TW_SLOT_CONFIRM, false);
	}
	if (node->is_requested) {
		int slot = node->is_running[TW_SLOT_REGULAR] ? TW_SLOT_CONFIRM : TW_SLOT_REGULAR;

		if (!node->is_running[slot]) {
			node->is_requested = false;
			tw_look_put_off(m, i);
			start(m, i, slot, false);
		}
	}
	if (tw_look_is_late(m, i))
		start(m, i, TW_SLOT_CONFIRM, true);
}

static void cancel(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	struct tw_action action = { .kind = TW_ACTION_CANCEL_CHECKS, .node = i };

	node->wants_cancel = false;
	tw_model_mark(m, TW_PART_SCHEDULE, i);
	if (node->is_running[TW_SLOT_REGULAR] || node->is_running[TW_SLOT_CONFIRM])
		tw_actions_push(&m->actions, &action);
	node->is_running[TW_SLOT_REGULAR] = node->is_running[TW_SLOT_CONFIRM] = false;
	node->awaited_slot = -1;
}

static void schedule_node(struct tw_monitor *m, int32_t i)
{
	struct tw_node *node = &m->nodes[i];
	bool has_failed, is_between;

	if (node->wants_cancel)
		cancel(m, i);
	start_at_once(m, i);
	/* One check at a time: this runs again after the event that ends the running one. */
	if (node->is_running[TW_SLOT_REGULAR] || node->is_running[TW_SLOT_CONFIRM])
		return;
	if (tw_news_is_due(m, i)) {
		tw_news_begin(m, i);
		start(m, i, TW_SLOT_REGULAR, false);
		return;
	}
	has_failed = tw_sync_has_failed(m, i);
	if (has_failed)
		node->next_check_us = m->now;
	if (!tw_model_is_due(m, tw_look_due(m, i)))
		return;
	is_between = tw_look_begin(m, i);
	if (!has_failed && tw_sync_is_enough(m, i))
		tw_sync_start(m, i);
	else
		start(m, i, TW_SLOT_REGULAR, is_between);
}

/* Marks all nodes where what all have in common has changed. */
static void note_common(struct tw_monitor *m)
{
	struct tw_scheduled *was = &m->scheduled;
	struct tw_scheduled is = {
		.chosen = m->choosing.chosen,
		.is_starting = m->mode == TW_MODE_STARTING,
		.is_holding = m->is_holding,
	};

	if (is.chosen != was->chosen || is.is_starting != was->is_starting ||
		is.is_holding != was->is_holding)
		tw_model_mark_all(m, TW_PART_SCHEDULE);
	*was = is;
}

/* Whether a check that somebody waits for has not ended. */
static bool is_waiting(const struct tw_monitor *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		if (m->nodes[i].is_awaited)
			return true;
	}
	return false;
}

void tw_schedule_run(struct tw_monitor *monitor)
{
	for (uint32_t i = 0; i < monitor->votes.n_questions; i++) {
		const struct tw_question *question = &monitor->votes.questions[i];

		tw_model_ask(monitor, question->node, question->height);
	}
	/* When no voter shows the highest block that was served, the best one is asked for it: it
	 * tells whether the main chain is still the chain that was served. */
	if (monitor->votes.best >= 0 && monitor->tip.highest.height < monitor->votes.top &&
		tw_votes_main_at(&monitor->votes, monitor->tip.highest.height) == NULL)
		tw_model_ask(monitor, monitor->votes.best, monitor->tip.highest.height);
	note_common(monitor);
	tw_model_look(monitor, TW_PART_SCHEDULE, schedule_node);
	if (monitor->has_awaited && !is_waiting(monitor)) {
		struct tw_action done = { .kind = TW_ACTION_CHECKS_DONE, .node = TW_NODE_NONE };

		monitor->has_awaited = false;
		tw_actions_push(&monitor->actions, &done);
	}
}
