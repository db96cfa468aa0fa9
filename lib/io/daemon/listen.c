/* Where the daemon can be reached: the control socket, the HTTP endpoint, the agent port. */
#include "base/log.h"
#include "io/daemon/internal.h"
#include <errno.h>
#include <string.h>

static int open_control(struct tw_daemon *d)
{
	const char *path = d->config->control_path;
	int r = tw_control_create(d->loop, d->config, &tw_daemon_ops, d, &d->control);

	if (r == -EADDRINUSE)
		tw_error("another tipwatchd answers on %s: stop it, or give this one another "
			 "control.path (--control)",
			path);
	else if (r < 0)
		tw_error("cannot open the control socket %s: %s", path, strerror(-r));
	else
		tw_info("control socket %s", path);
	return r;
}

static int open_http(struct tw_daemon *d)
{
	const struct tw_listen *listen = &d->config->http;
	bool is_ipv6 = strchr(listen->host, ':') != NULL;
	int r;

	if (!listen->is_on)
		return 0;
	r = tw_http_create(d->loop, listen, &tw_daemon_http_ops, d, &d->http);
	if (r < 0)
		tw_error("cannot listen on %s: %s; change http.listen (--http), or turn it off "
			 "with an empty one",
			d->config->http_listen, strerror(-r));
	else
		tw_info("HTTP on http://%s%s%s:%u/", is_ipv6 ? "[" : "", listen->host,
			is_ipv6 ? "]" : "", tw_http_port(d->http));
	return r;
}

static int open_agent(struct tw_daemon *d)
{
	int r;

	if (!d->config->agent.is_on)
		return 0;
	r = tw_agent_port_create(d->loop, &d->config->agent, tw_daemon_ops_on_agent, d, &d->agent);
	if (r < 0)
		tw_error("cannot listen on %s: %s; change agent.listen, or turn it off with an "
			 "empty one",
			d->config->agent_listen, strerror(-r));
	else
		tw_info("agent checks of HAProxy on port %u", tw_agent_port_number(d->agent));
	return r;
}

int tw_daemon_listen_open(struct tw_daemon *d)
{
	int r = open_control(d);

	if (r == 0)
		r = open_http(d);
	return r == 0 ? open_agent(d) : r;
}
