/* What the commands of the control socket, the paths of the HTTP endpoint and the questions of the
 * agent port do. The context of all of them is the struct tw_daemon. */
#ifndef TW_IO_DAEMON_OPS_H
#define TW_IO_DAEMON_OPS_H

#include "io/http/http.h"
#include "io/vault/vault.h"
#include "serve/agent.h"
#include "serve/ctl.h"

extern const struct tw_ctl_ops tw_daemon_ops_ctl;
extern const struct tw_http_ops tw_daemon_ops_http;
extern const struct tw_vault_ops tw_daemon_ops_vault;
/* A tw_agent_port_fn. */
bool tw_daemon_ops_agent(void *ctx, const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX]);

#endif
