/* See daemon.h. */
#include "io/daemon/daemon.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/num.h"
#include "io/daemon/decide.h"
#include "io/daemon/ops.h"
#include "io/daemon/parts.h"
#include "io/daemon/reload.h"
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { RELOAD_ERRORS_MAX = 1 << 16, SELECT_MAX = 1 << 16 };

const struct tw_decision *tw_daemon_decision(const struct tw_daemon *daemon)
{
	return tw_monitor_decision(daemon->setup.monitor);
}

struct tw_status_source tw_daemon_source(const struct tw_daemon *daemon)
{
	return tw_daemon_feed_source(&daemon->feed);
}

/* --- on the loop --- */

static void remember(struct tw_daemon *d)
{
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);
	int64_t now = tw_loop_now(d->loop);

	tw_daemon_account_look(&d->account, &source, d->feed.gap_us == now);
	d->feed.account_error = d->account.files.error;
	if (!tw_history_is_due(d->setup.history, now))
		return;
	tw_history_take(d->setup.history, &source, d->feed.gap_us == now);
	if (!d->is_once)
		tw_daemon_history_keep(&d->history, d->setup.history, &source);
}

static bool knows_all(const struct tw_daemon *d)
{
	if (tw_daemon_decision(d)->mode == TW_MODE_STARTING)
		return false;
	for (uint32_t i = 0; i < d->setup.config->n_nodes; i++) {
		if (tw_monitor_verdict(d->setup.monitor, (int32_t)i).state == TW_STATE_UNKNOWN ||
			tw_monitor_is_in_doubt(d->setup.monitor, (int32_t)i))
			return false;
	}
	return true;
}

/* Runs once after the events of every wake-up. */
static void prepare(void *ctx)
{
	struct tw_daemon *d = ctx;
	int64_t now = tw_loop_now(d->loop);

	tw_daemon_feed_enter(&d->feed);
	tw_daemon_feed_end_first_look(&d->feed);
	tw_daemon_decide(d);
	if (d->vault != NULL)
		tw_vault_run(d->vault, d->setup.monitor, d->setup.peers);
	remember(d);
	tw_daemon_decide_tell(d);
	tw_daemon_journal_flush(&d->journal);
	if (d->on_known != NULL && knows_all(d)) {
		d->on_known(d->known_ctx, d);
		d->on_known = NULL;
	}
	if (d->is_once && (knows_all(d) || now >= d->once_until_us))
		tw_loop_stop(d->loop);
	tw_loop_arm(d->timer, tw_daemon_feed_arm(&d->feed, d->once_until_us));
}

/* The wake-up is all that is wanted: prepare() does the rest. */
static void on_timer(void *ctx)
{
	struct tw_daemon *d = ctx;

	tw_daemon_feed_enter(&d->feed);
}

static void on_watchdog(void *ctx)
{
	struct tw_daemon *d = ctx;

	tw_notify_watchdog(d->notify);
	tw_loop_arm(d->watchdog, tw_loop_now(d->loop) + tw_notify_watchdog_us(d->notify));
}

/* With 1,000 daemons this takes 20 to 70 ms, so that it is not done without need. */
static void on_tidy(void *ctx)
{
	(void)ctx;
	(void)malloc_trim(0);
}

static void on_signal(void *ctx, int signo)
{
	struct tw_daemon *d = ctx;
	struct tw_buf errors;

	tw_daemon_feed_enter(&d->feed);
	if (signo != SIGHUP) {
		tw_info("stopping on %s", signo == SIGTERM ? "SIGTERM" : "SIGINT");
		tw_notify_stopping(d->notify);
		tw_loop_stop(d->loop);
		return;
	}
	tw_buf_init(&errors, RELOAD_ERRORS_MAX);
	if (tw_daemon_reload(d, &errors) != 0)
		tw_error("the configuration was not reloaded, the old one stays in force");
	for (char *rest = errors.data, *line; (line = tw_lines_next(&rest)) != NULL;)
		tw_error("%s", line);
	tw_buf_finish(&errors);
}

/* --- life --- */

/* Logs the failure of a step that does not log its own. */
static int check_step(const char *step, int r)
{
	if (r < 0)
		tw_error("cannot start: cannot %s: %s", step, strerror(-r));
	return r;
}

static int open_past(struct tw_daemon *d)
{
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);
	int r = check_step(
		"read the figures of the report", tw_daemon_account_open(&d->account, &source));

	d->feed.account = r == 0 ? d->account.account : NULL;
	if (r == 0)
		r = check_step("read the history",
			tw_daemon_history_restore(&d->history, d->setup.history, &source));
	return r;
}

static int make_monitor(struct tw_daemon *d)
{
	const struct tw_config *config = d->setup.config;
	int64_t now = tw_loop_now(d->loop), wall_us = tw_loop_to_wall(d->loop, now);
	struct tw_core_config core;
	struct tw_saved saved;
	struct tw_saved_node *nodes;
	int r;

	tw_config_core(config, &core);
	if (d->is_once)
		return check_step("make the monitor",
			tw_monitor_create(&core, NULL, NULL, now, &d->setup.monitor));
	r = tw_daemon_journal_open(&d->journal, config, wall_us);
	if (r != 0)
		return r;
	nodes = calloc(core.n_nodes, sizeof(nodes[0]));
	r = nodes == NULL ? -ENOMEM
			  : tw_daemon_state_restore(&d->state, config, wall_us, &saved, nodes);
	check_step("read the state", r);
	if (r == 0)
		r = check_step("make the monitor",
			tw_monitor_create(&core, &saved, nodes, now, &d->setup.monitor));
	if (r == 0)
		tw_daemon_journal_begin(&d->journal, d->setup.monitor, &saved, nodes, now, wall_us);
	free(nodes);
	return r == 0 ? open_past(d) : r;
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
		return check_step("talk to the service manager", r);
	if (r < 0)
		tw_warn("NOTIFY_SOCKET cannot be used: %s", strerror(-r));
	r = add_signals(d);
	if (r == 0)
		r = tw_loop_add_timer(d->loop, on_watchdog, d, &d->watchdog);
	if (r == 0)
		r = tw_loop_add_timer(d->loop, on_tidy, d, &d->tidy);
	if (r < 0)
		return check_step("handle signals", r);
	if (tw_notify_watchdog_us(d->notify) > 0)
		tw_loop_arm(d->watchdog, tw_loop_now(d->loop));
	tw_loop_arm(d->tidy, tw_loop_now(d->loop) + TW_DAEMON_TIDY_US);
	r = check_step("run hooks", tw_daemon_hooks_open(&d->hooks, d->loop, &d->feed));
	return r == 0 ? tw_daemon_listen_open(&d->listen, d->setup.config) : r;
}

/* Long enough for every node to fail as often as a verdict needs. */
static int64_t longest_look(const struct tw_config *config)
{
	int64_t longest_us = config->policy.timeout_us;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		longest_us = tw_max(longest_us, config->nodes[i].policy.timeout_us);
	}
	return (config->policy.fall + 1) * (longest_us + config->policy.interval_us);
}

/* Takes over config. Every failure is logged. */
static int start(struct tw_daemon *d, struct tw_config *config)
{
	struct tw_daemon_setup_ears ears;
	int r = check_step("make the event loop", tw_loop_create(&d->loop));

	if (r < 0) {
		tw_config_destroy(config);
		return r;
	}
	tw_daemon_feed_init(&d->feed, d->loop, &d->setup, &d->journal);
	d->listen.loop = d->loop;
	ears = tw_daemon_feed_ears(&d->feed);
	r = tw_daemon_setup_init(&d->setup, d->loop, config, !d->is_once, &ears);
	if (r == -ENOTSUP)
		tw_error(
			"this libcurl resolves names synchronously and would block: use one with a "
			"threaded or c-ares resolver");
	else
		check_step("prepare the checks", r);
	if (r < 0)
		return r;
	if (d->is_once)
		d->once_until_us = d->feed.started_us + longest_look(config);
	r = check_step("make a timer", tw_loop_add_timer(d->loop, on_timer, d, &d->timer));
	/* Before the state is touched: another tipwatchd may be the owner of it. */
	if (r == 0 && !d->is_once)
		r = open_service(d);
	if (r == 0)
		r = make_monitor(d);
	if (r == 0 && !d->is_once && config->blocks_dir[0] != '\0')
		r = tw_vault_open(d->loop, config, &tw_daemon_ops_vault, d, &d->vault);
	d->feed.blocks = tw_vault_book(d->vault);
	if (r == 0)
		r = check_step("prepare the first look", tw_daemon_feed_open_first_look(&d->feed));
	return r;
}

int tw_daemon_create(const struct tw_daemon_options *options, struct tw_daemon **ret_daemon)
{
	struct tw_daemon *d = calloc(1, sizeof(*d));
	int r;

	if (d == NULL) {
		tw_config_destroy(options->config);
		return check_step("begin", -ENOMEM);
	}
	*d = (struct tw_daemon){
		.load = options->load,
		.load_ctx = options->load_ctx,
		.is_once = options->is_once,
		.once_until_us = TW_NEVER,
		.on_known = options->on_known,
		.known_ctx = options->known_ctx,
		.hooks = { .mode = TW_MODE_STARTING, .height = TW_UNKNOWN },
		.listen = { .ctl_ops = &tw_daemon_ops_ctl,
			.http_ops = &tw_daemon_ops_http,
			.agent_fn = tw_daemon_ops_agent,
			.ctx = d },
	};
	tw_buf_init(&d->select.text, SELECT_MAX);
	tw_daemon_log_init(&d->log);
	tw_procstat_init(&d->procstat);
	r = start(d, options->config);
	if (r != 0) {
		tw_daemon_destroy(d);
		return r;
	}
	tw_loop_set_prepare(d->loop, prepare, d);
	tw_loop_arm(d->timer, d->feed.started_us);
	*ret_daemon = d;
	return 0;
}

int tw_daemon_run(struct tw_daemon *daemon)
{
	return tw_loop_run(daemon->loop);
}

void tw_daemon_destroy(struct tw_daemon *d)
{
	if (d == NULL)
		return;
	if (d->setup.monitor != NULL && !d->is_once) {
		struct tw_status_source source = tw_daemon_feed_source(&d->feed);

		tw_daemon_state_save(&d->state, &source);
		tw_daemon_account_close(&d->account, &source);
		tw_daemon_history_save(&d->history, d->setup.history, &source);
	}
	tw_daemon_journal_close(&d->journal);
	tw_daemon_listen_close(&d->listen);
	tw_vault_close(d->vault);
	tw_daemon_hooks_close(&d->hooks);
	tw_daemon_setup_finish(&d->setup);
	tw_daemon_feed_finish(&d->feed);
	tw_buf_finish(&d->select.text);
	for (size_t i = 0; i < TW_ARRAY_SIZE(d->signals); i++)
		tw_loop_remove_signal(d->signals[i]);
	tw_loop_remove_timer(d->watchdog);
	tw_loop_remove_timer(d->tidy);
	tw_loop_remove_timer(d->timer);
	tw_notify_destroy(d->notify);
	tw_loop_destroy(d->loop);
	free(d);
}
