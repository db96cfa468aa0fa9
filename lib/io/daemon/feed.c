/* See feed.h. */
#include "io/daemon/feed.h"
#include "base/log.h"
#include <errno.h>
#include <stdlib.h>

void tw_daemon_feed_init(struct tw_daemon_feed *feed, struct tw_loop *loop,
	const struct tw_daemon_setup *setup, struct tw_daemon_journal *journal)
{
	*feed = (struct tw_daemon_feed){
		.loop = loop,
		.setup = setup,
		.journal = journal,
		.started_us = tw_loop_now(loop),
		.stepped_us = TW_UNKNOWN,
		.armed_us = TW_NEVER,
		.gap_us = TW_UNKNOWN,
	};
}

void tw_daemon_feed_finish(struct tw_daemon_feed *feed)
{
	tw_daemon_feed_drop_first_look(feed);
}

int64_t tw_daemon_feed_now(const struct tw_daemon_feed *feed)
{
	int64_t now = tw_loop_now(feed->loop);

	return now > feed->stepped_us ? now : feed->stepped_us + 1;
}

struct tw_status_source tw_daemon_feed_source(const struct tw_daemon_feed *feed)
{
	int64_t now = tw_daemon_feed_now(feed);

	return (struct tw_status_source){
		.monitor = feed->setup->monitor,
		.config = feed->setup->config,
		.peers = feed->setup->peers,
		.links = feed->setup->link_states,
		.now_us = now,
		.wall_us = tw_loop_to_wall(feed->loop, now),
		.started_us = feed->started_us,
		.blocks = feed->blocks,
		.account = feed->account,
		.account_error = feed->account_error,
	};
}

/* The core was fed. */
static void record(struct tw_daemon_feed *feed, struct tw_journal_record *record)
{
	feed->is_fed = true;
	feed->revision++;
	record->t_us = tw_daemon_feed_now(feed);
	tw_daemon_journal_put(feed->journal, feed->setup->monitor, record,
		tw_loop_to_wall(feed->loop, record->t_us));
}

void tw_daemon_feed_enter(struct tw_daemon_feed *feed)
{
	int64_t now = tw_loop_now(feed->loop), gap_us = now - feed->armed_us;

	if (feed->armed_us == TW_NEVER || gap_us <= TW_DAEMON_FEED_GAP_US)
		return;
	tw_warn("tipwatchd itself stood still for %.1f s; no daemon is blamed for it",
		(double)gap_us / 1e6);
	tw_monitor_gap(feed->setup->monitor, tw_daemon_feed_now(feed), gap_us);
	record(feed, &(struct tw_journal_record){ .kind = TW_JOURNAL_GAP, .gap_us = gap_us });
	feed->armed_us = now;
	feed->gap_us = now;
}

int64_t tw_daemon_feed_arm(struct tw_daemon_feed *feed, int64_t latest_us)
{
	/* An event after the decision is decided about at once. */
	feed->armed_us =
		feed->is_fed ? tw_loop_now(feed->loop) : tw_monitor_deadline(feed->setup->monitor);
	if (feed->first.is_open && feed->first.until_us < feed->armed_us)
		feed->armed_us = feed->first.until_us;
	if (latest_us < feed->armed_us)
		feed->armed_us = latest_us;
	return feed->armed_us;
}

void tw_daemon_feed_observe(
	struct tw_daemon_feed *feed, int32_t node, int slot, const struct tw_observation *obs)
{
	tw_monitor_observe(feed->setup->monitor, tw_daemon_feed_now(feed), node, slot, obs);
	record(feed, &(struct tw_journal_record){
			     .kind = TW_JOURNAL_CHECK, .node = node, .slot = slot, .obs = obs });
}

/* Those that a daemon names may become witnesses. */
static void learn_peers(const struct tw_daemon_setup *setup, int32_t node)
{
	uint32_t n;
	const struct tw_p2p_address *peers = tw_links_peers(setup->links, node, &n);

	tw_witnesses_learn(setup->witnesses, node, peers, n);
}

static void on_link(void *ctx, int32_t node, enum tw_link link, const struct tw_point *tip)
{
	struct tw_daemon_feed *feed = ctx;

	tw_daemon_feed_enter(feed);
	if (feed->setup->witnesses != NULL && (link == TW_LINK_UP || link == TW_LINK_TIP))
		learn_peers(feed->setup, node);
	/* News that the core ignores changes no decision; a daemon may push very many of them. */
	if (!tw_monitor_link(feed->setup->monitor, tw_daemon_feed_now(feed), node, link, tip))
		return;
	record(feed, &(struct tw_journal_record){
			     .kind = TW_JOURNAL_LINK, .node = node, .link = link, .tip = *tip });
}

static void on_dropped(void *ctx, int32_t node)
{
	static const struct tw_point none = { .height = TW_UNKNOWN };

	on_link(ctx, node, TW_LINK_DROPPED, &none);
}

static void on_witness(void *ctx, uint32_t slot, const struct tw_point *tip)
{
	static const struct tw_point gone = { .height = TW_UNKNOWN };
	struct tw_daemon_feed *feed = ctx;

	tw_daemon_feed_enter(feed);
	if (!tw_monitor_witness(feed->setup->monitor, tw_daemon_feed_now(feed), slot, tip))
		return;
	record(feed, &(struct tw_journal_record){ .kind = TW_JOURNAL_WITNESS,
			     .slot = (int)slot,
			     .tip = tip == NULL ? gone : *tip });
}

bool tw_daemon_feed_report(struct tw_daemon_feed *feed, int32_t node, enum tw_report report)
{
	/* A report that the core ignores changes no decision; pools may send very many of them. */
	if (!tw_monitor_report(feed->setup->monitor, tw_daemon_feed_now(feed), node, report))
		return false;
	record(feed, &(struct tw_journal_record){
			     .kind = TW_JOURNAL_REPORT, .node = node, .report = report });
	return true;
}

void tw_daemon_feed_request_check(struct tw_daemon_feed *feed, int32_t node)
{
	tw_monitor_request_check(feed->setup->monitor, tw_daemon_feed_now(feed), node);
	record(feed, &(struct tw_journal_record){ .kind = TW_JOURNAL_REQUEST, .node = node });
}

int tw_daemon_feed_operate(struct tw_daemon_feed *feed, enum tw_op op, int32_t node)
{
	int r = tw_monitor_operate(feed->setup->monitor, tw_daemon_feed_now(feed), op, node);

	if (r == 0)
		record(feed, &(struct tw_journal_record){
				     .kind = TW_JOURNAL_OPERATE, .op = op, .node = node });
	return r;
}

void tw_daemon_feed_config(
	struct tw_daemon_feed *feed, const struct tw_core_config *config, const int32_t *old_of)
{
	record(feed, &(struct tw_journal_record){
			     .kind = TW_JOURNAL_CONFIG, .config = config, .old_of = old_of });
}

bool tw_daemon_feed_step(struct tw_daemon_feed *feed)
{
	int64_t now = tw_daemon_feed_now(feed);

	/* A wake-up for a client's question alone changes nothing. */
	if (!feed->is_fed && now < tw_monitor_deadline(feed->setup->monitor))
		return false;
	tw_monitor_step(feed->setup->monitor, now);
	feed->is_fed = false;
	feed->revision++;
	feed->stepped_us = now;
	tw_daemon_journal_decided(
		feed->journal, feed->setup->monitor, now, tw_loop_to_wall(feed->loop, now));
	return true;
}

/* --- the first look --- */

int tw_daemon_feed_open_first_look(struct tw_daemon_feed *feed)
{
	feed->first.nodes = calloc(feed->setup->config->n_nodes, sizeof(feed->first.nodes[0]));
	if (feed->first.nodes == NULL)
		return -ENOMEM;
	feed->first.is_open = true;
	feed->first.until_us = tw_loop_now(feed->loop) + TW_DAEMON_FEED_FIRST_LOOK_US;
	return 0;
}

void tw_daemon_feed_drop_first_look(struct tw_daemon_feed *feed)
{
	free(feed->first.nodes);
	feed->first = (struct tw_daemon_first_look){ 0 };
}

void tw_daemon_feed_end_first_look(struct tw_daemon_feed *feed)
{
	struct tw_daemon_first_look *first = &feed->first;
	uint32_t n_nodes = feed->setup->config->n_nodes;

	if (!first->is_open || (first->n < n_nodes && tw_loop_now(feed->loop) < first->until_us))
		return;
	for (uint32_t i = 0; i < n_nodes; i++) {
		if (first->nodes[i].has_result)
			tw_daemon_feed_observe(
				feed, (int32_t)i, first->nodes[i].slot, &first->nodes[i].obs);
	}
	tw_daemon_feed_drop_first_look(feed);
}

void tw_daemon_feed_on_check(void *ctx, int32_t node, int slot, const struct tw_observation *obs)
{
	struct tw_daemon_feed *feed = ctx;
	const struct tw_daemon_setup *setup = feed->setup;
	struct tw_daemon_first_look *first = &feed->first;
	int64_t now = tw_loop_now(feed->loop);

	tw_daemon_feed_enter(feed);
	tw_prom_count(
		&setup->counters[node], obs->result, now - setup->nodes[node].started_us[slot]);
	if (setup->links != NULL)
		tw_links_observe(setup->links, node, obs, setup->peers[node]);
	if (setup->witnesses != NULL)
		tw_witnesses_observe(setup->witnesses, obs, setup->peers[node]);
	/* The check was under way while the loop stood still: a time-out would be our own. */
	if (feed->gap_us == now)
		return;
	if (first->is_open && !first->nodes[node].has_result) {
		first->nodes[node].has_result = true;
		first->nodes[node].slot = slot;
		first->nodes[node].obs = *obs;
		first->n++;
		return;
	}
	tw_daemon_feed_observe(feed, node, slot, obs);
}

struct tw_daemon_setup_ears tw_daemon_feed_ears(struct tw_daemon_feed *feed)
{
	return (struct tw_daemon_setup_ears){
		.check = tw_daemon_feed_on_check,
		.dropped = on_dropped,
		.link = on_link,
		.witness = on_witness,
		.ctx = feed,
	};
}
