/*
 * A request to a simulated daemon, and its reply: status, headers and body as the HTTP server
 * inside the daemon writes them.
 */
#ifndef TW_SIM_RPC_REPLY_H
#define TW_SIM_RPC_REPLY_H

#include "base/buf.h"
#include "sim/net/version.h"

enum {
	TW_SIM_RPC_BODY_MAX = 1024 * 1024,      /* of a request */
	TW_SIM_RPC_REPLY_MAX = 8 * 1024 * 1024, /* of a reply */
};

struct tw_sim_request {
	const char *method; /* "GET" */
	const char *target; /* path and query as received */
	const char *body;
	size_t body_len;
};

struct tw_sim_reply {
	int status;
	const char *reason;       /* static; real daemons do not always say the right one */
	const char *content_type; /* static, or NULL: none is sent */
	const char *extra_header; /* static, "Name: value", or NULL */
	struct tw_buf body;
	bool is_headless; /* the reply to HEAD: it has the length of the body, but no body */
	bool is_crash;    /* the daemon dies of this request instead of answering */
};

void tw_sim_reply_finish(struct tw_sim_reply *reply);
/*
 * Appends status line and headers for a body of len bytes. is_last: the connection will be closed
 * after the reply. wall_us: the time of day.
 */
void tw_sim_reply_put_head(const struct tw_sim_reply *reply, const struct tw_sim_version *version,
	size_t len, bool is_last, int64_t wall_us, struct tw_buf *out);

#endif
