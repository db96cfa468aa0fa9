/*
 * What the core is fed, and when. Everything that a decision depends on goes through this file, and
 * is recorded here, so that a replay of the journal makes the same decisions.
 */
#include "base/log.h"
#include "io/daemon/internal.h"
#include <errno.h>
#include <stdlib.h>

/* Later than this the loop stood still, and nobody is to be blamed (decision.md, Verdicts 10). */
#define GAP_US (2 * TW_SEC)
/* How long the first answers are collected, so that a fresh start compares all daemons that answer
 * promptly and not just the first two. */
#define FIRST_LOOK_US (250 * TW_MS)

int64_t tw_daemon_feed_now(const struct tw_daemon *d)
{
	int64_t now = tw_loop_now(d->loop);

	return now > d->stepped_us ? now : d->stepped_us + 1;
}

/* The core was fed. */
static void record(struct tw_daemon *d, struct tw_journal_record *record)
{
	d->is_fed = true;
	record->t_us = tw_daemon_feed_now(d);
	tw_daemon_journal_put(
		&d->journal, d->monitor, record, tw_loop_to_wall(d->loop, record->t_us));
}

void tw_daemon_feed_enter(struct tw_daemon *d)
{
	int64_t now = tw_loop_now(d->loop), gap_us = now - d->armed_us;

	if (d->armed_us == TW_NEVER || gap_us <= GAP_US)
		return;
	tw_warn("tipwatchd itself stood still for %.1f s; no daemon is blamed for it",
		(double)gap_us / 1e6);
	tw_monitor_gap(d->monitor, tw_daemon_feed_now(d), gap_us);
	record(d, &(struct tw_journal_record){ .kind = TW_JOURNAL_GAP, .gap_us = gap_us });
	d->armed_us = now;
	d->gap_us = now;
}

void tw_daemon_feed_observe(
	struct tw_daemon *d, int32_t node, int slot, const struct tw_observation *obs)
{
	tw_monitor_observe(d->monitor, tw_daemon_feed_now(d), node, slot, obs);
	record(d, &(struct tw_journal_record){
			  .kind = TW_JOURNAL_CHECK, .node = node, .slot = slot, .obs = obs });
}

bool tw_daemon_feed_report(struct tw_daemon *d, int32_t node, enum tw_report report)
{
	/* What the core ignores is not worth a record: pools may report without end. */
	if (!tw_monitor_report(d->monitor, tw_daemon_feed_now(d), node, report))
		return false;
	record(d, &(struct tw_journal_record){
			  .kind = TW_JOURNAL_REPORT, .node = node, .report = report });
	return true;
}

void tw_daemon_feed_request_check(struct tw_daemon *d, int32_t node)
{
	tw_monitor_request_check(d->monitor, tw_daemon_feed_now(d), node);
	record(d, &(struct tw_journal_record){ .kind = TW_JOURNAL_REQUEST, .node = node });
}

int tw_daemon_feed_operate(struct tw_daemon *d, enum tw_op op, int32_t node)
{
	int r = tw_monitor_operate(d->monitor, tw_daemon_feed_now(d), op, node);

	if (r == 0)
		record(d, &(struct tw_journal_record){
				  .kind = TW_JOURNAL_OPERATE, .op = op, .node = node });
	return r;
}

void tw_daemon_feed_config(
	struct tw_daemon *d, const struct tw_core_config *config, const int32_t *old_of)
{
	record(d, &(struct tw_journal_record){
			  .kind = TW_JOURNAL_CONFIG, .config = config, .old_of = old_of });
}

bool tw_daemon_feed_step(struct tw_daemon *d)
{
	int64_t now = tw_daemon_feed_now(d);

	/* A client's question alone changes nothing. */
	if (!d->is_fed && now < tw_monitor_deadline(d->monitor))
		return false;
	tw_monitor_step(d->monitor, now);
	d->is_fed = false;
	d->stepped_us = now;
	tw_daemon_journal_decided(&d->journal, d->monitor, now, tw_loop_to_wall(d->loop, now));
	return true;
}

/* --- the first look --- */

int tw_daemon_feed_open_first_look(struct tw_daemon *d)
{
	d->first.nodes = calloc(d->config->n_nodes, sizeof(d->first.nodes[0]));
	if (d->first.nodes == NULL)
		return -ENOMEM;
	d->first.is_open = true;
	d->first.until_us = tw_loop_now(d->loop) + FIRST_LOOK_US;
	return 0;
}

void tw_daemon_feed_end_first_look(struct tw_daemon *d)
{
	if (!d->first.is_open ||
		(d->first.n < d->config->n_nodes && tw_loop_now(d->loop) < d->first.until_us))
		return;
	d->first.is_open = false;
	for (uint32_t i = 0; i < d->config->n_nodes; i++) {
		if (d->first.nodes[i].is_here)
			tw_daemon_feed_observe(
				d, (int32_t)i, d->first.nodes[i].slot, &d->first.nodes[i].obs);
	}
	free(d->first.nodes);
	d->first.nodes = NULL;
}

void tw_daemon_feed_on_check(void *ctx, int32_t node, int slot, const struct tw_observation *obs)
{
	struct tw_daemon *d = ctx;
	int64_t now = tw_loop_now(d->loop);

	tw_daemon_feed_enter(d);
	tw_prom_count(&d->counters[node], obs->result, now - d->nodes[node].started_us[slot]);
	/* It spans the gap: its time-out is ours. */
	if (d->gap_us == now)
		return;
	if (d->first.is_open && !d->first.nodes[node].is_here) {
		d->first.nodes[node].is_here = true;
		d->first.nodes[node].slot = slot;
		d->first.nodes[node].obs = *obs;
		d->first.n++;
		return;
	}
	tw_daemon_feed_observe(d, node, slot, obs);
}
