/* See decide.h. */
#include "io/daemon/decide.h"
#include "io/daemon/parts.h"

static void start_check(struct tw_daemon *d, const struct tw_action *action)
{
	d->setup.nodes[action->node].started_us[action->slot] = tw_loop_now(d->loop);
	tw_probe_start(d->setup.probe, action, tw_monitor_window(d->setup.monitor, action->node));
}

static void save(struct tw_daemon *d)
{
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	if (!d->is_once)
		tw_daemon_state_save(&d->state, &source);
}

void tw_daemon_decide(struct tw_daemon *d)
{
	struct tw_action action;

	if (!tw_daemon_feed_step(&d->feed))
		return;
	while (tw_monitor_next_action(d->setup.monitor, &action)) {
		switch (action.kind) {
		case TW_ACTION_START_CHECK:
			start_check(d, &action);
			break;
		case TW_ACTION_SYNC:
			tw_links_ask(d->setup.links, action.node);
			break;
		case TW_ACTION_CANCEL_CHECKS:
			tw_probe_cancel(d->setup.probe, action.node);
			break;
		case TW_ACTION_CHECKS_DONE:
			d->has_done_checks = true;
			break;
		case TW_ACTION_SAVE:
			save(d);
			break;
		case TW_ACTION_PUBLISH:
			d->has_published = true;
			break;
		}
	}
	tw_daemon_log_changes(&d->log, &d->setup, tw_loop_now(d->loop));
}

static void publish(struct tw_daemon *d, const struct tw_status_source *source)
{
	if (!d->is_once)
		tw_daemon_state_save_select(&d->state, source);
	if (d->listen.control != NULL)
		tw_control_publish(d->listen.control);
	if (d->listen.http != NULL)
		tw_http_publish(d->listen.http);
	tw_daemon_log_tell_manager(&d->log, d->setup.monitor, d->notify);
}

void tw_daemon_decide_tell(struct tw_daemon *d)
{
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);

	if (d->has_published)
		publish(d, &source);
	if (d->has_done_checks && d->listen.control != NULL)
		tw_control_checks_done(d->listen.control);
	if (d->listen.agent != NULL)
		tw_agent_port_retry(d->listen.agent);
	tw_daemon_hooks_run(&d->hooks, &source);
	d->has_published = d->has_done_checks = false;
}
