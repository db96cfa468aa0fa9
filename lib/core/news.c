/* See news.h. */
#include "core/news.h"
#include "base/num.h"
#include "core/look.h"
#include "core/model.h"

/* News cause at most one check of a node in this time, however many there are. */
#define EVERY_US (100 * TW_MS)
/* For so long a node is not checked for a kept connection that it closes, after a check has shown
 * that it closes them by itself. */
#define DROPS_AGAIN_US (60 * TW_MIN)

static bool has_news(const struct tw_monitor *m, int32_t i)
{
	return tw_chain_has(m->nodes[i].chain, &m->news);
}

/* Whether nobody but its finder has shown the last news, and not long ago: somebody may be making
 * blocks up, and is not given a check of everybody for each of them. */
static bool is_doubtful(const struct tw_monitor *m)
{
	uint32_t n = 0;

	if (m->news.height < 0 || m->now - m->news_us >= m->policy.interval_us)
		return false;
	for (uint32_t i = 0; i < m->n; i++)
		n += has_news(m, (int32_t)i);
	return n < tw_min(m->n, 2);
}

void tw_news_spread(struct tw_monitor *monitor, int32_t node)
{
	const struct tw_chain *chain = monitor->nodes[node].chain;
	const struct tw_first_sight *sight = &monitor->sights[chain->tip % TW_WINDOW];

	/* Who shows a block after another node has nothing new to tell. */
	if (sight->when_us != monitor->now || !tw_chain_has(chain, &sight->block) ||
		monitor->is_starting || is_doubtful(monitor))
		return;
	monitor->news = sight->block;
	monitor->news_us = monitor->now;
	for (uint32_t i = 0; i < monitor->n; i++) {
		monitor->nodes[i].news_us = monitor->now;
		monitor->nodes[i].news_gap_us = EVERY_US;
	}
	tw_model_mark_all(monitor, TW_PART_SCHEDULE);
}

void tw_news_alarm(struct tw_monitor *monitor, int32_t node)
{
	if (node != monitor->choosing.chosen || monitor->nodes[node].health.fails != 1)
		return;
	for (int32_t i = 0; i < (int32_t)monitor->n; i++) {
		struct tw_node *other = &monitor->nodes[i];

		if (i != node && tw_model_is_daemon(monitor, i) && other->health.fails == 0) {
			other->is_hinted = true;
			tw_model_mark(monitor, TW_PART_SCHEDULE, i);
		}
	}
}

bool tw_news_drop(struct tw_monitor *monitor, int32_t node)
{
	struct tw_node *n = &monitor->nodes[node];
	bool is_new = !n->is_hinted || !n->is_dropped;

	if (n->health.fails > 0 || monitor->now < n->drops_from_us)
		return false;
	n->is_hinted = n->is_dropped = true;
	return is_new;
}

void tw_news_note_check(struct tw_monitor *monitor, int32_t node)
{
	struct tw_node *n = &monitor->nodes[node];

	if (n->is_dropped && n->health.fails == 0)
		n->drops_from_us = monitor->now + DROPS_AGAIN_US;
	n->is_dropped = false;
}

/* When the node is to be asked for the news; TW_NEVER: it has them, or has been asked enough. */
static int64_t ask_at(const struct tw_monitor *m, int32_t i)
{
	const struct tw_node *node = &m->nodes[i];

	if (node->chain->tip >= m->news.height || node->health.fails > 0)
		return TW_NEVER;
	return node->news_us;
}

bool tw_news_is_due(struct tw_monitor *monitor, int32_t node)
{
	const struct tw_node *n = &monitor->nodes[node];
	int64_t when_us = n->is_hinted ? monitor->now : ask_at(monitor, node);

	return when_us != TW_NEVER &&
	       tw_model_is_due(monitor, tw_max(when_us, n->hinted_us + EVERY_US));
}

void tw_news_begin(struct tw_monitor *monitor, int32_t node)
{
	struct tw_node *n = &monitor->nodes[node];
	int64_t interval_us = tw_policy_interval(&monitor->policy, &n->policy);

	n->is_hinted = false;
	n->hinted_us = monitor->now;
	/* It may get the block a moment later than others. The next regular check is near then. */
	n->news_us = TW_NEVER;
	if (n->news_gap_us < interval_us) {
		n->news_us = monitor->now + n->news_gap_us;
		n->news_gap_us *= 2;
	}
	tw_look_put_off(monitor, node);
}
