/*
 * The replies of the HTTP endpoint: from a path to status code, content type and body. Text in,
 * text out; sockets and headers are io/http's.
 */
#ifndef TW_SERVE_RESPOND_H
#define TW_SERVE_RESPOND_H

#include "serve/history.h"
#include "serve/http_reply.h"
#include "serve/prom.h"
#include "serve/status.h"

/* Borrowed for the call. */
struct tw_respond_source {
	const struct tw_status_source *status;
	const struct tw_prom_node *nodes; /* one for each node of the configuration */
	const struct tw_history *history;
	/* Fills in the counters of the process; called only when metrics are asked for. */
	void (*measure)(void *ctx, struct tw_prom_process *ret_process);
	void *ctx;
};

/*
 * Answers GET of target (as it came, percent-encoded); accept is the Accept header or "". body must
 * be initialised and empty; its errors stick in it.
 */
void tw_respond(const struct tw_respond_source *source, const char *target, const char *accept,
	struct tw_http_reply *reply);

/*
 * Writes an event of /events (the HTML standard's server-sent events): the status object, with seq
 * as its id.
 */
void tw_respond_event(const struct tw_status_source *status, struct tw_buf *out);

#endif
