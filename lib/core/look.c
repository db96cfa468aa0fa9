/* See look.h. */
#include "core/look.h"
#include "base/num.h"
#include "core/model.h"

/* The chosen daemon is not looked at more often than this, however short the interval is. */
#define GAP_MIN_US (100 * TW_MS)
/* So many nodes are checked in one moment: of fewer, all are. */
enum { TOGETHER = 8 };

static int64_t interval_of(const struct tw_monitor *m, int32_t i)
{
	return tw_policy_interval(&m->policy, &m->nodes[i].policy);
}

/* The time between two looks at a node. */
static int64_t gap_of(const struct tw_monitor *m, int32_t i)
{
	int64_t interval_us = interval_of(m, i);

	if (i != m->choosing.chosen)
		return interval_us;
	return tw_max(interval_us / m->policy.looks, tw_min(interval_us, GAP_MIN_US));
}

/*
 * When a node that is checked now is due again, where there are many. They are checked in groups,
 * each at a moment of its own in the interval, so that the work never comes all at once. After a
 * check at another moment, as for a block that is news, the node goes back to its own one, in one
 * step or in two, each of half an interval at least and of a whole one at most.
 */
static int64_t own_moment(const struct tw_monitor *m, int32_t i)
{
	int64_t interval_us = interval_of(m, i), left_us;
	uint32_t n_groups = (m->n + TOGETHER - 1) / TOGETHER;
	int64_t moment_us = m->started_us + interval_us * ((uint32_t)i % n_groups) / n_groups;

	left_us = (moment_us - m->now) % interval_us;
	if (left_us <= 0)
		left_us += interval_us;
	return m->now + (2 * left_us >= interval_us ? left_us : (left_us + interval_us) / 2);
}

/* A check of the node begins now, and was due at due_us: sets when the next regular one is due. The
 * chosen daemon has others in between, and is not moved. */
static void plan_next(struct tw_monitor *m, int32_t i, int64_t due_us)
{
	struct tw_node *n = &m->nodes[i];
	int64_t interval_us = interval_of(m, i);

	if (m->n > TOGETHER && i != m->choosing.chosen)
		n->next_check_us = own_moment(m, i);
	else if (due_us + interval_us > m->now)
		n->next_check_us = due_us + interval_us;
	else
		n->next_check_us = m->now + interval_us;
}

int64_t tw_look_due(const struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];

	return tw_min(n->next_check_us, n->looked_us + gap_of(monitor, node));
}

bool tw_look_begin(struct tw_monitor *monitor, int32_t node)
{
	struct tw_node *n = &monitor->nodes[node];
	bool is_between = monitor->now < n->next_check_us;

	n->looked_us = monitor->now;
	if (!is_between)
		plan_next(monitor, node, n->next_check_us);
	return is_between;
}

void tw_look_put_off(struct tw_monitor *monitor, int32_t node)
{
	struct tw_node *n = &monitor->nodes[node];

	n->looked_us = monitor->now;
	plan_next(monitor, node, monitor->now);
}

/*
 * When a daemon that has refused a template may be asked again. Many do so for a moment with every
 * block: more looks at the chosen daemon are not to make more of that. When it is judged by it
 * already, there is nothing to be spared.
 */
static int64_t again_us(const struct tw_monitor *m, int32_t i)
{
	int64_t interval_us = interval_of(m, i);
	bool is_still_used =
		i == m->choosing.chosen && m->nodes[i].verdict.reason != TW_REASON_NO_TEMPLATE;

	if (m->nodes[i].template_us < 0)
		return m->now;
	return m->nodes[i].template_us +
	       (is_still_used ? interval_us * 3 / 2 : interval_us * 7 / 8);
}

bool tw_look_wants_template(const struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];
	int64_t soon_us = monitor->now + gap_of(monitor, node) / 2;

	if (!monitor->policy.has_template || !tw_model_is_daemon(monitor, node))
		return false;
	if ((n->template_fails > 0 || n->stale_us >= 0) && monitor->now < again_us(monitor, node))
		return false;
	return n->wants_template || soon_us >= n->next_template_us;
}

bool tw_look_is_late(struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];
	int64_t late_us = tw_pace_late_after(&n->pace, &monitor->policy, &n->policy);

	return n->is_running[TW_SLOT_REGULAR] && !n->is_running[TW_SLOT_CONFIRM] && !n->is_late &&
	       n->health.fails == 0 && late_us != TW_NEVER &&
	       tw_model_is_due(monitor, n->begun_us[TW_SLOT_REGULAR] + late_us);
}
