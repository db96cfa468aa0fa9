/*
 * A new configuration in a running daemon: everything new is made first, then swapped, so that
 * whatever fails leaves the old one in force.
 */
#include "base/log.h"
#include "io/daemon/internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a reload makes before anything is swapped. */
struct parts {
	struct tw_config *config;
	struct tw_monitor *monitor;
	struct tw_probe *probe;
	struct tw_http *http;
	bool has_new_http;
	struct tw_agent_port *agent;
	bool has_new_agent;
	struct tw_daemon_node *nodes;
	struct tw_prom_node *counters;
	struct tw_history *history;
	const struct tw_rpc_peer **peers;
	int32_t *old_of;
	struct tw_core_config core;
	struct tw_daemon_journal_change journal;
};

static void destroy_parts(struct parts *parts)
{
	tw_probe_destroy(parts->probe);
	tw_monitor_destroy(parts->monitor);
	tw_http_destroy(parts->http);
	tw_history_destroy(parts->history);
	tw_agent_port_destroy(parts->agent);
	tw_config_destroy(parts->config);
	free(parts->nodes);
	free(parts->counters);
	free(parts->peers);
	free(parts->old_of);
	tw_daemon_journal_discard(&parts->journal);
}

static int make_http(struct tw_daemon *d, struct parts *parts, struct tw_buf *errors)
{
	int r;

	parts->has_new_http = strcmp(parts->config->http_listen, d->config->http_listen) != 0;
	if (!parts->has_new_http || !parts->config->http.is_on)
		return 0;
	r = tw_http_create(d->loop, &parts->config->http, &tw_daemon_http_ops, d, &parts->http);
	if (r < 0)
		tw_buf_printf(errors, "cannot listen on %s: %s\n", parts->config->http_listen,
			strerror(-r));
	return r;
}

static int make_agent(struct tw_daemon *d, struct parts *parts, struct tw_buf *errors)
{
	int r;

	parts->has_new_agent = strcmp(parts->config->agent_listen, d->config->agent_listen) != 0;
	if (!parts->has_new_agent || !parts->config->agent.is_on)
		return 0;
	r = tw_agent_port_create(
		d->loop, &parts->config->agent, tw_daemon_ops_on_agent, d, &parts->agent);
	if (r < 0)
		tw_buf_printf(errors, "cannot listen on %s: %s\n", parts->config->agent_listen,
			strerror(-r));
	return r;
}

static int make_parts(struct tw_daemon *d, struct parts *parts, struct tw_buf *errors)
{
	uint32_t n = parts->config->n_nodes;
	int r;

	r = make_http(d, parts, errors);
	if (r == 0)
		r = make_agent(d, parts, errors);
	if (r < 0)
		return r;
	r = tw_daemon_allocate_nodes(d, n, &parts->nodes, &parts->counters, &parts->peers);
	if (r < 0)
		return r;
	parts->old_of = calloc(n, sizeof(parts->old_of[0]));
	if (parts->old_of == NULL)
		return -ENOMEM;
	tw_config_match(parts->config, d->config, parts->old_of);
	r = tw_history_create(n, parts->config->policy.interval_us, &parts->history);
	if (r < 0)
		return r;
	tw_history_carry(parts->history, d->history, parts->old_of);
	tw_config_core(parts->config, &parts->core);
	r = tw_monitor_reconfigure(
		d->monitor, &parts->core, parts->old_of, tw_daemon_feed_now(d), &parts->monitor);
	if (r < 0)
		return r;
	r = tw_daemon_journal_prepare(d->config, parts->config, errors, &parts->journal);
	if (r < 0)
		return r;
	return tw_probe_create(d->loop, parts->config, tw_daemon_feed_on_check, d, &parts->probe);
}

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) swap_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = swap_;                                                                       \
	} while (0)

static void swap_parts(struct tw_daemon *d, struct parts *parts)
{
	for (uint32_t i = 0; i < parts->config->n_nodes; i++) {
		parts->nodes[i].logged =
			(struct tw_verdict){ TW_STATE_UNKNOWN, TW_REASON_UNCHECKED };
		if (parts->old_of[i] < 0)
			continue;
		parts->nodes[i].logged = d->nodes[parts->old_of[i]].logged;
		parts->counters[i] = d->counters[parts->old_of[i]];
	}
	tw_daemon_feed_config(d, &parts->core, parts->old_of);
	tw_daemon_journal_swap(&d->journal, parts->config, &parts->journal);
	SWAP(d->config, parts->config);
	SWAP(d->monitor, parts->monitor);
	SWAP(d->probe, parts->probe);
	if (parts->has_new_http)
		SWAP(d->http, parts->http);
	if (parts->has_new_agent) {
		if (d->agent != NULL)
			d->agent_requests += tw_agent_port_count(d->agent);
		SWAP(d->agent, parts->agent);
	}
	SWAP(d->nodes, parts->nodes);
	SWAP(d->counters, parts->counters);
	SWAP(d->history, parts->history);
	SWAP(d->peers, parts->peers);
}

static void warn_of_fixed(const struct tw_daemon *d, const struct tw_config *old)
{
	if (strcmp(d->config->control_path, old->control_path) != 0)
		tw_warn("control.path stays %s until tipwatchd is restarted", old->control_path);
}

int tw_daemon_reload(struct tw_daemon *d, struct tw_buf *errors)
{
	struct parts parts = { 0 };
	int r;

	if (d->load == NULL) {
		tw_buf_puts(
			errors, "tipwatchd was started with URLs: there is no file to reload\n");
		return 1;
	}
	(void)tw_notify_reloading(d->notify);
	r = d->load(d->load_ctx, errors, &parts.config);
	if (r == 0)
		r = make_parts(d, &parts, errors);
	if (r < 0 && errors->len == 0)
		tw_buf_printf(errors, "%s\n", strerror(-r));
	if (r != 0) {
		destroy_parts(&parts);
		(void)tw_notify_ready(d->notify);
		return 1;
	}
	/* Observations that wait for the end of the first look belong to the old nodes. */
	d->first.is_open = false;
	swap_parts(d, &parts);
	warn_of_fixed(d, parts.config);
	tw_control_configure(d->control, d->config);
	destroy_parts(&parts);
	(void)tw_notify_ready(d->notify);
	tw_info("configuration reloaded: %u nodes", d->config->n_nodes);
	return 0;
}
