/* See answer.h. */
#include "sim/rpc/answer.h"
#include "sim/rpc/call.h"
#include "sim/rpc/cryptonote.h"
#include "sim/rpc/monero.h"
#include "sim/rpc/turtlecoin_old.h"
#include "sim/rpc/turtlecoin_rest.h"
#include "sim/rpc/turtlecoin_rpc.h"
#include <assert.h>
#include <string.h>

enum { JSON_NODES_MAX = 65536 };

static const struct {
	enum tw_dialect dialect;
	enum tw_sim_http http;
	void (*answer)(struct tw_sim_call *call);
} daemons[] = {
	{ TW_DIALECT_TURTLECOIN_RPC, TW_SIM_HTTP_CLASSIC, tw_sim_turtlecoin_old_answer },
	{ TW_DIALECT_TURTLECOIN_RPC, TW_SIM_HTTP_LIB, tw_sim_turtlecoin_rpc_answer },
	{ TW_DIALECT_TURTLECOIN_REST, TW_SIM_HTTP_LIB, tw_sim_turtlecoin_rest_answer },
	{ TW_DIALECT_MONERO, TW_SIM_HTTP_EPEE, tw_sim_monero_answer },
	{ TW_DIALECT_CRYPTONOTE, TW_SIM_HTTP_CLASSIC, tw_sim_cryptonote_answer },
	{ TW_DIALECT_ZANO, TW_SIM_HTTP_EPEE, tw_sim_cryptonote_answer },
};

static void answer_as_daemon(struct tw_sim_call *call)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(daemons); i++) {
		if (daemons[i].dialect == call->version->dialect &&
			daemons[i].http == call->version->http) {
			daemons[i].answer(call);
			return;
		}
	}
	assert(false);
}

int tw_sim_answer(struct tw_sim_net *net, uint32_t node, const struct tw_sim_request *request,
	struct tw_sim_reply *ret_reply)
{
	static const struct tw_json_limits limits = { .bytes = TW_SIM_RPC_BODY_MAX,
		.nodes = JSON_NODES_MAX };
	struct tw_sim_reply reply = { .status = 200, .reason = "OK" };
	struct tw_sim_request as_get = *request;
	struct tw_sim_call call = {
		.net = net,
		.index = node,
		.node = &net->nodes[node],
		.version = net->nodes[node].version,
		.request = &as_get,
		.reply = &reply,
	};
	struct tw_json_doc *doc = NULL;
	int r;

	tw_buf_init(&reply.body, TW_SIM_RPC_REPLY_MAX);
	/* The classic server does not know HEAD: it replies to it as to GET, with a body. */
	if (strcmp(request->method, "HEAD") == 0 && call.version->http != TW_SIM_HTTP_CLASSIC) {
		as_get.method = "GET";
		reply.is_headless = true;
	}
	tw_sim_net_view(net, node, &call.view);
	r = tw_json_parse(request->body, request->body_len, &limits, &doc);
	if (r < 0)
		goto out;
	call.parsed = (enum tw_json_outcome)r;
	call.root = r == 0 ? tw_json_root(doc) : NULL;
	call.json = tw_emit_create(&reply.body);
	reply.content_type = "application/json";
	answer_as_daemon(&call);
	r = reply.body.error;
out:
	tw_emit_destroy(call.json);
	tw_json_doc_destroy(doc);
	if (r < 0)
		tw_buf_finish(&reply.body);
	else
		*ret_reply = reply;
	return r;
}
