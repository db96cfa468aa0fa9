/*
 * What a simulated daemon answers to an HTTP request, without any I/O: request in, reply out. The
 * simrpc_*.c files know the dialects, field for field as real daemons were seen to answer.
 */
#ifndef TW_SIM_RPC_ANSWER_H
#define TW_SIM_RPC_ANSWER_H

#include "base/buf.h"
#include "sim/net/net.h"

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
	bool is_headless; /* the answer to HEAD: length of the body, but no body */
	bool is_crash;    /* the daemon dies of this request instead of answering */
};

/*
 * Answers for node. ret_reply is to be finished with tw_sim_reply_finish(). A block that is
 * submitted may grow the network. Returns 0 or -ENOMEM.
 */
int tw_sim_answer(struct tw_sim_net *net, uint32_t node, const struct tw_sim_request *request,
	struct tw_sim_reply *ret_reply);
void tw_sim_reply_finish(struct tw_sim_reply *reply);
/*
 * Appends status line and headers, as the node's HTTP server writes them, for a body of len bytes.
 * is_last: the connection will be closed after it. wall_us: what the clock on the wall shows.
 */
void tw_sim_reply_put_head(const struct tw_sim_reply *reply, const struct tw_sim_version *version,
	size_t len, bool is_last, int64_t wall_us, struct tw_buf *out);

#endif
