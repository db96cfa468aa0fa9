/*
 * What the simulated daemons answer agrees with their chain: the same block by its height, by its
 * hash, as the newest one and by the count of blocks. Each daemon counts in its own way.
 */
#include "fixture/compare.h"
#include "fixture/sim_question.h"
#include "sim/net/net.h"
#include "sim/rpc/answer.h"
#include "sim_net.h"
#include "json/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BASE = 2500000 };

/*
 * A request with a target and, for POST, a body. In both "%d" stands for a number and "%h" for the
 * hash of the newest block. Where the answer must be found is a path of keys.
 */
struct question {
	const char *version;
	const char *target, *body;
	int64_t number;   /* for "%d", counted from the height of the newest block */
	const char *path; /* of a number */
	int64_t answer;   /* that it must be, counted from the height of the newest block */
	const char *hash; /* the path where the hash of the newest block must be, or NULL */
};

#define HEADER      "result.block_header.height"
#define HEADER_HASH "result.block_header.hash"

static const struct question questions[] = {
	{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("getblockcount", ",\"params\":{}"), 0,
		"result.count", 1, NULL },
	{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("on_getblockhash", ",\"params\":[%d]"), 1, NULL,
		0, "result" },
	{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("getlastblockheader", ",\"params\":{}"), 0,
		HEADER, 0, HEADER_HASH },
	{ "turtlecoin-rpc@0.8.4", "/json_rpc",
		RPC("getblockheaderbyheight", ",\"params\":{\"height\":%d}"), 0, HEADER, 0,
		HEADER_HASH },
	{ "turtlecoin-rpc@0.8.4", "/json_rpc",
		RPC("getblockheaderbyhash", ",\"params\":{\"hash\":\"%h\"}"), 0, HEADER, 0,
		HEADER_HASH },
	{ "turtlecoin-rpc@0.8.4", "/info", NULL, 0, "height", 1, NULL },
	{ "turtlecoin-rpc@0.8.4", "/height", NULL, 0, "height", 1, NULL },
	{ "turtlecoin-rpc@0.28.3", "/json_rpc", RPC("getblockcount", ""), 0, "result.count", 1,
		NULL },
	{ "turtlecoin-rpc@0.28.3", "/json_rpc", RPC("getlastblockheader", ""), 0, HEADER, 0,
		HEADER_HASH },
	{ "turtlecoin-rpc@0.28.3", "/json_rpc",
		RPC("getblockheaderbyheight", ",\"params\":{\"height\":%d}"), 0, HEADER, 0,
		HEADER_HASH },
	{ "turtlecoin-rpc@0.28.3", "/json_rpc",
		RPC("getblockheaderbyhash", ",\"params\":{\"hash\":\"%h\"}"), 0, HEADER, 0,
		HEADER_HASH },
	{ "turtlecoin-rpc@0.28.3", "/info", NULL, 0, "height", 1, NULL },
	{ "turtlecoin-rest", "/info", NULL, 0, "height", 1, NULL },
	{ "turtlecoin-rest", "/block/%d", NULL, 0, "height", 0, "hash" },
	{ "turtlecoin-rest", "/block/%h", NULL, 0, "height", 0, "hash" },
	{ "turtlecoin-rest", "/block/last", NULL, 0, "height", 0, "hash" },
	{ "monero", "/json_rpc", RPC("get_block_count", ""), 0, "result.count", 1, NULL },
	{ "monero", "/json_rpc", RPC("on_get_block_hash", ",\"params\":[%d]"), 0, NULL, 0,
		"result" },
	{ "monero", "/json_rpc", RPC("get_last_block_header", ""), 0, HEADER, 0, HEADER_HASH },
	{ "monero", "/json_rpc", RPC("get_block_header_by_height", ",\"params\":{\"height\":%d}"),
		0, HEADER, 0, HEADER_HASH },
	{ "monero", "/json_rpc", RPC("get_block_header_by_hash", ",\"params\":{\"hash\":\"%h\"}"),
		0, HEADER, 0, HEADER_HASH },
	{ "monero", "/json_rpc", RPC("get_info", ""), 0, "result.height", 1,
		"result.top_block_hash" },
	{ "monero", "/get_info", NULL, 0, "height", 1, "top_block_hash" },
	{ "monero", "/get_height", NULL, 0, "height", 1, "hash" },
};

static void ask(struct tw_sim_net *net, uint32_t node, const struct question *q)
{
	const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 10000 };
	char target[SIM_QUESTION_MAX], body[SIM_QUESTION_MAX] = "", hash[TW_HASH_HEX + 1];
	struct tw_sim_request request = { .method = "GET", .target = target, .body = body };
	struct tw_sim_chain_block newest;
	struct tw_sim_reply reply;
	struct tw_json_doc *doc = NULL;
	struct tw_sim_view view;
	struct tw_hash found;
	int64_t number;

	tw_sim_net_view(net, node, &view);
	tw_sim_chain_block_at(net->chain, net->nodes[node].branch, view.tip, &newest);
	tw_hash_format(&newest.hash, hash);
	sim_question_fill(q->target, view.tip + q->number, hash, target);
	if (q->body != NULL) {
		request.method = "POST";
		sim_question_fill(q->body, view.tip + q->number, hash, body);
		request.body_len = strlen(body);
	}
	assert_int_equal(tw_sim_answer(net, node, &request, &reply), 0);
	if (reply.status != 200 ||
		tw_json_parse(tw_buf_str(&reply.body), reply.body.len, &limits, &doc) != TW_JSON_OK)
		fail_msg("%s %s %s: %d %s", q->version, target, body, reply.status,
			tw_buf_str(&reply.body));
	if (q->path != NULL) {
		if (tw_json_get_int(tw_json_root(doc), q->path, 0, INT64_MAX, &number) != 0)
			fail_msg("%s %s %s: no %s in %s", q->version, target, body, q->path,
				tw_buf_str(&reply.body));
		if (number != view.tip + q->answer)
			fail_msg("%s %s %s: %s is %lld, the newest block is %lld", q->version,
				target, body, q->path, (long long)number, (long long)view.tip);
	}
	if (q->hash != NULL) {
		if (tw_json_get_hash(tw_json_root(doc), q->hash, &found) != 0 ||
			!tw_hash_equal(&found, &newest.hash))
			fail_msg("%s %s %s: %s is not the hash of the newest block: %s", q->version,
				target, body, q->hash, tw_buf_str(&reply.body));
	}
	tw_json_doc_destroy(doc);
	tw_sim_reply_finish(&reply);
}

/* A network of one daemon. */
static void start(struct tw_sim_net *net, const char *version)
{
	const struct tw_sim_net_params params = sim_net_params(BASE);

	assert_non_null(tw_sim_version_find(version));
	assert_int_equal(tw_sim_net_init(net, &params, 1), 0);
	tw_sim_net_add(net, "d1", tw_sim_version_find(version));
}

static void test_answers_agree(void **state)
{
	struct tw_sim_net net;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(questions); i++) {
		start(&net, questions[i].version);
		ask(&net, 0, &questions[i]);
		tw_sim_net_finish(&net);
	}
}

/* Requests that a daemon refuses: the status, and a part of the reply. */
static void test_refusals(void **state)
{
	static const struct {
		const char *version, *target, *body;
		int status;
		const char *part;
	} cases[] = {
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", "x", 200, "\"code\":-32700" },
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", "5", 200, "is not OBJECT" },
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", "{}", 200, "\"code\":-32600" },
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("x", ",\"params\":{}"), 200,
			"\"id\":1," },
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("x", ",\"params\":{}"), 200,
			"\"code\":-32601" },
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("getblocktemplate", ",\"params\":[]"),
			200, "Object expected" },
		{ "turtlecoin-rpc@0.8.4", "/json_rpc", RPC("on_getblockhash", ",\"params\":[0]"),
			200, "unordered_map::at" },
		{ "turtlecoin-rpc@0.28.3", "/json_rpc", "x", 400, "" },
		{ "turtlecoin-rpc@0.28.3", "/json_rpc", "{}", 400, "method" },
		{ "turtlecoin-rpc@0.28.3", "/json_rpc", RPC("x", ""), 404, "" },
		{ "turtlecoin-rpc@0.28.3", "/json_rpc", RPC("getblockheaderbyheight", ""), 400,
			"params" },
		{ "turtlecoin-rest", "/block/2500000000", NULL, 400, "cannot be greater" },
		{ "turtlecoin-rest", "/block/x", NULL, 404, "" },
		{ "monero", "/json_rpc", "x", 200, "\"code\":-32700" },
		{ "monero", "/json_rpc", "{}", 200, "\"code\":-32600" },
		{ "monero", "/json_rpc", "{\"method\":5}", 500, "" },
		{ "monero", "/json_rpc", RPC("x", ""), 200, "\"code\":-32601" },
		{ "monero", "/json_rpc", "{\"id\":\"seven\",\"method\":\"x\"}", 200,
			"\"id\":\"seven\"" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_sim_request request = {
			.method = cases[i].body == NULL ? "GET" : "POST",
			.target = cases[i].target,
			.body = cases[i].body == NULL ? "" : cases[i].body,
			.body_len = cases[i].body == NULL ? 0 : strlen(cases[i].body),
		};
		struct tw_sim_reply reply;
		struct tw_sim_net net;

		start(&net, cases[i].version);
		assert_int_equal(tw_sim_answer(&net, 0, &request, &reply), 0);
		if (reply.status != cases[i].status ||
			strstr(tw_buf_str(&reply.body), cases[i].part) == NULL)
			fail_msg("%s %s %s: %d %s", cases[i].version, request.target, request.body,
				reply.status, tw_buf_str(&reply.body));
		tw_sim_reply_finish(&reply);
		tw_sim_net_finish(&net);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_agree),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
