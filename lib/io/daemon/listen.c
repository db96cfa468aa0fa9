/* See listen.h. */
#include "io/daemon/listen.h"
#include "base/log.h"
#include <string.h>

enum { ERROR_MAX = 1024 };

static void explain(
	struct tw_buf *errors, const char *address, const char *key, const char *option, int error)
{
	tw_buf_printf(errors,
		"cannot listen on %s (%s): %s; change it%s, or turn it off with an empty one",
		address, key, strerror(-error), option);
}

static int make_http(const struct tw_daemon_listen *listen, const struct tw_config *config,
	struct tw_buf *errors, struct tw_http **ret_http)
{
	int r = 0;

	if (config->http.is_on)
		r = tw_http_create(
			listen->loop, &config->http, listen->http_ops, listen->ctx, ret_http);
	if (r < 0)
		explain(errors, config->http_listen, "http.listen", " (--http)", r);
	return r;
}

static int make_agent(const struct tw_daemon_listen *listen, const struct tw_config *config,
	struct tw_buf *errors, struct tw_agent_port **ret_agent)
{
	int r = 0;

	if (config->agent.is_on)
		r = tw_agent_port_create(
			listen->loop, &config->agent, listen->agent_fn, listen->ctx, ret_agent);
	if (r < 0)
		explain(errors, config->agent_listen, "agent.listen", "", r);
	return r;
}

int tw_daemon_listen_open(struct tw_daemon_listen *listen, const struct tw_config *config)
{
	bool is_ipv6 = strchr(config->http.host, ':') != NULL;
	struct tw_buf errors;
	int r;

	/* This one logs its own errors. */
	r = tw_control_create(listen->loop, config, listen->ctl_ops, listen->ctx, &listen->control);
	if (r < 0)
		return r;
	tw_info("control socket %s", config->control_path);
	tw_buf_init(&errors, ERROR_MAX);
	r = make_http(listen, config, &errors, &listen->http);
	if (listen->http != NULL)
		tw_info("HTTP on http://%s%s%s:%u/", is_ipv6 ? "[" : "", config->http.host,
			is_ipv6 ? "]" : "", tw_http_port(listen->http));
	if (r == 0)
		r = make_agent(listen, config, &errors, &listen->agent);
	if (listen->agent != NULL)
		tw_info("agent checks of HAProxy on port %u", tw_agent_port_number(listen->agent));
	if (r < 0)
		tw_error("%s", tw_buf_str(&errors));
	tw_buf_finish(&errors);
	return r;
}

void tw_daemon_listen_close(struct tw_daemon_listen *listen)
{
	tw_control_destroy(listen->control);
	tw_http_destroy(listen->http);
	tw_agent_port_destroy(listen->agent);
}

uint64_t tw_daemon_listen_agent_requests(const struct tw_daemon_listen *listen)
{
	return listen->agent_requests +
	       (listen->agent == NULL ? 0 : tw_agent_port_count(listen->agent));
}

int tw_daemon_listen_prepare(const struct tw_daemon_listen *listen, const struct tw_config *old,
	const struct tw_config *config, struct tw_buf *errors,
	struct tw_daemon_listen_change *ret_change)
{
	int r = 0;

	*ret_change = (struct tw_daemon_listen_change){
		.has_new_http = strcmp(config->http_listen, old->http_listen) != 0,
		.has_new_agent = strcmp(config->agent_listen, old->agent_listen) != 0,
	};
	if (ret_change->has_new_http)
		r = make_http(listen, config, errors, &ret_change->http);
	if (r == 0 && ret_change->has_new_agent)
		r = make_agent(listen, config, errors, &ret_change->agent);
	if (r < 0)
		tw_buf_putc(errors, '\n');
	return r;
}

void tw_daemon_listen_swap(struct tw_daemon_listen *listen, struct tw_daemon_listen_change *change)
{
	if (change->has_new_http) {
		struct tw_http *old = listen->http;

		listen->http = change->http;
		change->http = old;
	}
	if (change->has_new_agent) {
		struct tw_agent_port *old = listen->agent;

		listen->agent_requests = tw_daemon_listen_agent_requests(listen);
		listen->agent = change->agent;
		change->agent = old;
	}
}

void tw_daemon_listen_discard(struct tw_daemon_listen_change *change)
{
	tw_http_destroy(change->http);
	tw_agent_port_destroy(change->agent);
}
