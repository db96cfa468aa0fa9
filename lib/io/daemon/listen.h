/*
 * Where the daemon can be reached: the control socket, the HTTP endpoint, HAProxy's agent port.
 */
#ifndef TW_IO_DAEMON_LISTEN_H
#define TW_IO_DAEMON_LISTEN_H

#include "conf/config.h"
#include "io/control/control.h"
#include "io/http/http.h"
#include "io/listen/agent_port.h"

struct tw_daemon_listen {
	/* Set by the owner, who answers: */
	struct tw_loop *loop;
	const struct tw_ctl_ops *ctl_ops;
	const struct tw_http_ops *http_ops;
	tw_agent_port_fn *agent_fn;
	void *ctx;
	/* Everything that is off is NULL. */
	struct tw_control *control;
	struct tw_http *http;
	struct tw_agent_port *agent;
	uint64_t agent_requests; /* answered at earlier addresses */
};

/* Opens what config says. 0, or a negative errno after it was logged what cannot be opened. To be
 * closed also after a failure. */
int tw_daemon_listen_open(struct tw_daemon_listen *listen, const struct tw_config *config);
void tw_daemon_listen_close(struct tw_daemon_listen *listen);
/* Requests answered by the agent port since the start. */
uint64_t tw_daemon_listen_agent_requests(const struct tw_daemon_listen *listen);

/* A reload: new addresses are opened first, then swapped in. */
struct tw_daemon_listen_change {
	bool has_new_http;
	struct tw_http *http;
	bool has_new_agent;
	struct tw_agent_port *agent;
};
/* 0, or a negative errno with a line in errors; to be discarded in any case. */
int tw_daemon_listen_prepare(const struct tw_daemon_listen *listen, const struct tw_config *old,
	const struct tw_config *config, struct tw_buf *errors,
	struct tw_daemon_listen_change *ret_change);
/* The old ones are in change afterwards. */
void tw_daemon_listen_swap(struct tw_daemon_listen *listen, struct tw_daemon_listen_change *change);
void tw_daemon_listen_discard(struct tw_daemon_listen_change *change);

#endif
