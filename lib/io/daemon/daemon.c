/* See daemon.h. */
#include "io/daemon/daemon.h"
#include "base/lines.h"
#include "base/log.h"
#include "explain/view.h"
#include "io/daemon/internal.h"
#include "io/http/http.h"
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct tw_status_source tw_daemon_source(const struct tw_daemon *d)
{
	int64_t now = tw_daemon_feed_now(d);

	for (uint32_t i = 0; i < d->config->n_nodes; i++)
		d->peers[i] = tw_probe_peer(d->probe, (int32_t)i);
	return (struct tw_status_source){
		.monitor = d->monitor,
		.config = d->config,
		.peers = d->peers,
		.now_us = now,
		.wall_us = tw_loop_to_wall(d->loop, now),
		.started_us = d->started_us,
	};
}

const struct tw_decision *tw_daemon_decision(const struct tw_daemon *daemon)
{
	return tw_monitor_decision(daemon->monitor);
}

int tw_daemon_allocate_nodes(struct tw_daemon *d, uint32_t n, struct tw_daemon_node **ret_nodes,
	struct tw_prom_node **ret_counters, const struct tw_rpc_peer ***ret_peers)
{
	struct tw_daemon_node *nodes = calloc(n, sizeof(nodes[0]));
	struct tw_prom_node *counters = calloc(n, sizeof(counters[0]));
	const struct tw_rpc_peer **peers = calloc(n, sizeof(peers[0]));

	(void)d;
	if (nodes == NULL || counters == NULL || peers == NULL) {
		free(nodes);
		free(counters);
		free(peers);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++)
		nodes[i].logged = (struct tw_verdict){ TW_STATE_UNKNOWN, TW_REASON_UNCHECKED };
	*ret_nodes = nodes;
	*ret_counters = counters;
	*ret_peers = peers;
	return 0;
}

/* --- from the core to the loop --- */

static void start_check(struct tw_daemon *d, const struct tw_action *action)
{
	struct tw_view_node view;
	struct tw_observation obs;
	int r;

	tw_view_node(d->monitor, action->node, &view);
	d->nodes[action->node].started_us[action->slot] = tw_loop_now(d->loop);
	r = tw_probe_start(d->probe, action, view.chain);
	if (r == 0)
		return;
	tw_error("cannot check %s: %s", d->config->nodes[action->node].policy.name, strerror(-r));
	/* Out of memory or descriptors: our fault, but the core must not wait for it for ever. */
	tw_observation_init(&obs, TW_RESULT_TIMEOUT);
	tw_daemon_feed_observe(d, action->node, action->slot, &obs);
}

static void publish(struct tw_daemon *d)
{
	tw_daemon_state_save_select(d);
	if (d->control != NULL)
		tw_control_publish(d->control);
	if (d->http != NULL)
		tw_http_publish(d->http);
	tw_daemon_log_tell_manager(d);
}

static void execute(struct tw_daemon *d)
{
	struct tw_action action;

	while (tw_monitor_next_action(d->monitor, &action)) {
		switch (action.kind) {
		case TW_ACTION_START_CHECK:
			start_check(d, &action);
			break;
		case TW_ACTION_CANCEL_CHECKS:
			tw_probe_cancel(d->probe, action.node);
			break;
		case TW_ACTION_CHECKS_DONE:
			d->has_done_checks = true;
			break;
		case TW_ACTION_SAVE:
			tw_daemon_state_save(d);
			break;
		case TW_ACTION_PUBLISH:
			d->has_published = true;
			break;
		}
	}
	tw_daemon_log_changes(d);
}

/* Tells the clients; not from within one of their commands. */
static void tell(struct tw_daemon *d)
{
	if (d->has_published)
		publish(d);
	if (d->has_done_checks && d->control != NULL)
		tw_control_checks_done(d->control);
	if (d->agent != NULL)
		tw_agent_port_retry(d->agent);
	if (d->hooks != NULL)
		tw_daemon_hooks_run(d);
	d->has_published = d->has_done_checks = false;
}

static void remember(struct tw_daemon *d)
{
	int64_t now = tw_loop_now(d->loop);
	struct tw_status_source source;

	if (!tw_history_is_due(d->history, now))
		return;
	source = tw_daemon_source(d);
	tw_history_take(d->history, &source, d->gap_us == now);
}

static bool knows_all(const struct tw_daemon *d)
{
	struct tw_view_node view;

	if (tw_monitor_decision(d->monitor)->mode == TW_MODE_STARTING)
		return false;
	for (uint32_t i = 0; i < d->config->n_nodes; i++) {
		tw_view_node(d->monitor, (int32_t)i, &view);
		if (view.verdict.state == TW_STATE_UNKNOWN)
			return false;
	}
	return true;
}

void tw_daemon_decide(struct tw_daemon *d)
{
	if (tw_daemon_feed_step(d))
		execute(d);
}

/* Runs once after the events of every wake-up. */
static void prepare(void *ctx)
{
	struct tw_daemon *d = ctx;
	int64_t now = tw_loop_now(d->loop);

	tw_daemon_feed_enter(d);
	tw_daemon_feed_end_first_look(d);
	tw_daemon_decide(d);
	remember(d);
	tell(d);
	tw_daemon_journal_flush(&d->journal);
	/* What was fed after the decision is decided about at once. */
	d->armed_us = d->is_fed ? now : tw_monitor_deadline(d->monitor);
	if (d->first.is_open && d->first.until_us < d->armed_us)
		d->armed_us = d->first.until_us;
	if (d->on_known != NULL && knows_all(d)) {
		d->on_known(d->known_ctx, d);
		d->on_known = NULL;
	}
	if (d->is_once && (knows_all(d) || now >= d->once_until_us))
		tw_loop_stop(d->loop);
	if (d->is_once && d->once_until_us < d->armed_us)
		d->armed_us = d->once_until_us;
	tw_loop_arm(d->timer, d->armed_us);
}

/* Being woken is all: prepare() does the rest. */
static void on_timer(void *ctx)
{
	tw_daemon_feed_enter(ctx);
}

static void on_watchdog(void *ctx)
{
	struct tw_daemon *d = ctx;

	(void)tw_notify_watchdog(d->notify);
	tw_loop_arm(d->watchdog, tw_loop_now(d->loop) + tw_notify_watchdog_us(d->notify));
}

static void on_signal(void *ctx, int signo)
{
	struct tw_daemon *d = ctx;
	struct tw_buf errors;

	tw_daemon_feed_enter(d);
	if (signo != SIGHUP) {
		tw_info("stopping on %s", signo == SIGTERM ? "SIGTERM" : "SIGINT");
		(void)tw_notify_stopping(d->notify);
		tw_loop_stop(d->loop);
		return;
	}
	tw_buf_init(&errors, 1 << 16);
	if (tw_daemon_reload(d, &errors) != 0)
		tw_error("the configuration was not reloaded, the old one stays in force");
	for (char *rest = errors.data, *line; (line = tw_lines_next(&rest)) != NULL;)
		tw_error("%s", line);
	tw_buf_finish(&errors);
}

/* --- life --- */

static int make_monitor(struct tw_daemon *d)
{
	struct tw_core_config core;
	struct tw_saved saved;
	struct tw_saved_node *nodes;
	int64_t now = tw_loop_now(d->loop);
	int r;

	tw_config_core(d->config, &core);
	if (d->is_once)
		return tw_monitor_create(&core, NULL, NULL, now, &d->monitor);
	r = tw_daemon_journal_open(&d->journal, d->config, tw_loop_to_wall(d->loop, now));
	if (r < 0)
		return r;
	nodes = calloc(core.n_nodes, sizeof(nodes[0]));
	if (nodes == NULL)
		return -ENOMEM;
	r = tw_daemon_state_restore(d, &saved, nodes);
	if (r == 0)
		r = tw_monitor_create(&core, &saved, nodes, now, &d->monitor);
	if (r == 0)
		tw_daemon_journal_begin(
			&d->journal, d->monitor, &saved, nodes, now, tw_loop_to_wall(d->loop, now));
	free(nodes);
	return r;
}

static int add_signals(struct tw_daemon *d)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	int r = 0;

	for (size_t i = 0; r == 0 && i < TW_ARRAY_SIZE(signals); i++)
		r = tw_loop_add_signal(d->loop, signals[i], on_signal, d, &d->signals[i]);
	return r;
}

static int open_service(struct tw_daemon *d)
{
	int r = tw_notify_create(&d->notify);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		tw_warn("NOTIFY_SOCKET cannot be used: %s", strerror(-r));
	r = add_signals(d);
	if (r == 0)
		r = tw_loop_add_timer(d->loop, on_watchdog, d, &d->watchdog);
	if (r == 0 && tw_notify_watchdog_us(d->notify) > 0)
		tw_loop_arm(d->watchdog, tw_loop_now(d->loop));
	if (r == 0)
		r = tw_runner_create(d->loop, TW_RUNNER_LIMIT_US, &d->hooks);
	return r == 0 ? tw_daemon_listen_open(d) : r;
}

/* Long enough for every node to fail as often as it takes. */
static int64_t longest_look(const struct tw_config *config)
{
	int64_t longest_us = config->policy.timeout_us;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (config->nodes[i].policy.timeout_us > longest_us)
			longest_us = config->nodes[i].policy.timeout_us;
	}
	return (config->policy.fall + 1) * (longest_us + config->policy.interval_us);
}

int tw_daemon_create(const struct tw_daemon_options *options, struct tw_daemon **ret_daemon)
{
	struct tw_daemon *d = calloc(1, sizeof(*d));
	int r;

	if (d == NULL) {
		tw_config_destroy(options->config);
		return -ENOMEM;
	}
	*d = (struct tw_daemon){
		.config = options->config,
		.load = options->load,
		.load_ctx = options->load_ctx,
		.is_once = options->is_once,
		.on_known = options->on_known,
		.known_ctx = options->known_ctx,
		.armed_us = TW_NEVER,
		.gap_us = TW_UNKNOWN,
		.stepped_us = TW_UNKNOWN,
		.logged_mode = TW_MODE_STARTING,
		.hooked_mode = TW_MODE_STARTING,
	};
	r = tw_loop_create(&d->loop);
	if (r < 0)
		goto fail;
	tw_procstat_init(&d->procstat);
	d->started_us = tw_loop_now(d->loop);
	d->once_until_us = d->started_us + longest_look(d->config);
	r = tw_daemon_allocate_nodes(d, d->config->n_nodes, &d->nodes, &d->counters, &d->peers);
	if (r == 0)
		r = tw_history_create(
			d->config->n_nodes, d->config->policy.interval_us, &d->history);
	if (r == 0)
		r = tw_loop_add_timer(d->loop, on_timer, d, &d->timer);
	if (r == 0)
		r = tw_probe_create(d->loop, d->config, tw_daemon_feed_on_check, d, &d->probe);
	if (r == -ENOTSUP)
		tw_error(
			"this libcurl resolves names synchronously and would block: use one with a "
			"threaded or c-ares resolver");
	/* Before the state is touched: another tipwatchd may be the owner of it. */
	if (r == 0 && !d->is_once)
		r = open_service(d);
	if (r == 0)
		r = make_monitor(d);
	if (r == 0)
		r = tw_daemon_feed_open_first_look(d);
	if (r < 0)
		goto fail;
	tw_loop_set_prepare(d->loop, prepare, d);
	tw_loop_arm(d->timer, d->started_us);
	*ret_daemon = d;
	return 0;
fail:
	if (r != -EADDRINUSE)
		tw_error("cannot start: %s", strerror(-r));
	tw_daemon_destroy(d);
	return r;
}

int tw_daemon_run(struct tw_daemon *daemon)
{
	return tw_loop_run(daemon->loop);
}

void tw_daemon_destroy(struct tw_daemon *daemon)
{
	if (daemon == NULL)
		return;
	if (daemon->monitor != NULL)
		tw_daemon_state_save(daemon);
	tw_daemon_journal_close(&daemon->journal);
	tw_control_destroy(daemon->control);
	tw_http_destroy(daemon->http);
	tw_agent_port_destroy(daemon->agent);
	tw_runner_destroy(daemon->hooks);
	tw_probe_destroy(daemon->probe);
	for (size_t i = 0; i < TW_ARRAY_SIZE(daemon->signals); i++)
		tw_loop_remove_signal(daemon->signals[i]);
	tw_loop_remove_timer(daemon->watchdog);
	tw_loop_remove_timer(daemon->timer);
	tw_notify_destroy(daemon->notify);
	tw_monitor_destroy(daemon->monitor);
	tw_loop_destroy(daemon->loop);
	tw_config_destroy(daemon->config);
	tw_history_destroy(daemon->history);
	free(daemon->first.nodes);
	free(daemon->nodes);
	free(daemon->counters);
	free(daemon->peers);
	free(daemon);
}
