/* Simulated daemons that a block from both sides wrecks: when it does, and when it does not. */
#include "sim/rpc/answer.h"
#include "sim_net.h"
#include "json/json.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ADDRESS                                                                                    \
	"TRTLv3mnq2wS6GepH6nb628jEjFseeojACYToJ1BXaZNNEvLkzW327zTVCh7ncGtS2MU2usGNq9ygVwiCTTft9Qk" \
	"N3t5P2Xqv3f"

enum { BASE = 1000, NODES = 3, TEXT_MAX = 8192 };

static struct tw_sim_net net;

static void start(const char *version)
{
	const struct tw_sim_net_params params = sim_net_params(BASE);
	static const char *const names[NODES] = { "d1", "d2", "d3" };

	assert_int_equal(tw_sim_net_init(&net, &params, NODES), 0);
	for (int i = 0; i < NODES; i++)
		tw_sim_net_add(&net, names[i], tw_sim_version_find(version))->is_fragile = true;
	assert_int_equal(tw_sim_net_advance(&net, TW_MIN), 0);
}

/* The text at path of the reply to a JSON-RPC. */
static void ask(uint32_t node, const char *method, const char *body_params, const char *path,
	char text[TEXT_MAX])
{
	static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 1024 };
	char body[TEXT_MAX + 256];
	struct tw_sim_request request = { "POST", "/json_rpc", body, 0 };
	struct tw_json_doc *doc = NULL;
	struct tw_sim_reply reply;

	(void)snprintf(body, sizeof(body),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method,
		body_params);
	request.body_len = strlen(body);
	assert_int_equal(tw_sim_answer(&net, node, &request, &reply), 0);
	assert_int_equal(tw_json_parse(tw_buf_str(&reply.body), reply.body.len, &limits, &doc), 0);
	if (tw_json_get_text(tw_json_root(doc), path, TEXT_MAX, text) < 0)
		fail_msg("%s", tw_buf_str(&reply.body));
	tw_json_doc_destroy(doc);
	tw_sim_reply_finish(&reply);
}

static void find_block(uint32_t node, char submit[TEXT_MAX])
{
	char blob[TEXT_MAX];

	ask(node, "getblocktemplate", "{\"reserve_size\":8,\"wallet_address\":\"" ADDRESS "\"}",
		"result.blocktemplate_blob", blob);
	(void)snprintf(submit, TEXT_MAX, "[\"%.4000s\"]", blob);
}

static bool submit(uint32_t node, int64_t at_ms, const char *block)
{
	char status[TEXT_MAX];

	assert_int_equal(tw_sim_net_advance(&net, TW_MIN + at_ms * TW_MS), 0);
	ask(node, "submitblock", block, "result.status", status);
	assert_string_equal(status, "OK");
	return net.nodes[node].wreck != TW_SIM_WRECK_NONE;
}

static void test_times(void **state)
{
	static const struct {
		const char *version;
		int64_t delay_ms; /* of what comes from peers */
		int64_t at_ms;    /* after another node had it */
		bool is_wrecked;
	} cases[] = {
		/* It comes from a peer after 20 ms. */
		{ "turtlecoin-rpc@0.28.3", 0, 0, true },
		{ "turtlecoin-rpc@0.28.3", 0, 50, true },
		{ "turtlecoin-rpc@0.28.3", 0, 119, true },
		{ "turtlecoin-rpc@0.28.3", 0, 121, false },
		{ "turtlecoin-rpc@0.28.3", 0, 500, false },
		/* After 320 ms. */
		{ "turtlecoin-rpc@0.28.3", 300, 0, false },
		{ "turtlecoin-rpc@0.28.3", 300, 219, false },
		{ "turtlecoin-rpc@0.28.3", 300, 221, true },
		{ "turtlecoin-rpc@0.28.3", 300, 500, false },
		/* These bear it. */
		{ "turtlecoin-rpc@0.8.4", 0, 0, false },
		{ "turtlecoin-rpc@0.20", 0, 50, false },
	};
	char block[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		start(cases[i].version);
		net.nodes[1].delay_us = cases[i].delay_ms * TW_MS;
		find_block(0, block);
		assert_false(submit(0, 0, block));
		if (submit(1, cases[i].at_ms, block) != cases[i].is_wrecked)
			fail_msg("%s: delay %" PRId64 " ms, at %" PRId64 " ms", cases[i].version,
				cases[i].delay_ms, cases[i].at_ms);
		tw_sim_net_finish(&net);
	}
}

/* A node that is given the block before it comes from a peer has it at once. */
static void test_given_early(void **state)
{
	struct tw_sim_view view;
	char block[TEXT_MAX];

	(void)state;
	start("turtlecoin-rpc");
	net.nodes[1].delay_us = TW_SEC;
	find_block(0, block);
	assert_false(submit(0, 0, block));
	tw_sim_net_view(&net, 1, &view);
	assert_int_equal(view.tip, BASE);
	assert_false(submit(1, 500, block));
	tw_sim_net_view(&net, 1, &view);
	assert_int_equal(view.tip, BASE + 1);
	assert_int_equal(net.nodes[1].submits[0].result, TW_SIM_SUBMIT_ACCEPTED);
	assert_false(submit(1, 501, block));
	assert_int_equal(net.nodes[1].submits[1].result, TW_SIM_SUBMIT_DUPLICATE);
	tw_sim_net_finish(&net);
}

/* Another block that builds on the same one is none of it. */
static void test_rival(void **state)
{
	char block[TEXT_MAX], rival[TEXT_MAX];

	(void)state;
	start("turtlecoin-rpc");
	find_block(0, block);
	assert_int_equal(tw_sim_net_advance(&net, TW_MIN + 2 * TW_SEC), 0);
	find_block(0, rival);
	assert_string_not_equal(block, rival);
	assert_false(submit(0, 2000, block));
	assert_false(submit(1, 2010, rival));
	assert_int_equal(net.nodes[1].submits[0].result, TW_SIM_SUBMIT_STALE);
	tw_sim_net_finish(&net);
}

/* It stays wrecked, and at its height, until it restarts, and is fragile afterwards. */
static void test_until_restart(void **state)
{
	struct tw_sim_view view;
	char block[TEXT_MAX];

	(void)state;
	start("turtlecoin-rpc");
	find_block(0, block);
	assert_false(submit(0, 0, block));
	assert_true(submit(1, 10, block));
	assert_int_equal(tw_sim_net_mine(&net, net.main, 5, TW_SIM_CHAIN_NO_MINER), 0);
	assert_int_equal(tw_sim_net_advance(&net, 2 * TW_MIN), 0);
	tw_sim_net_view(&net, 1, &view);
	assert_int_equal(view.tip, BASE);
	assert_int_not_equal(net.nodes[1].wreck, TW_SIM_WRECK_NONE);
	tw_sim_node_restart(&net.nodes[1], net.now_us, 0, 0);
	tw_sim_net_view(&net, 1, &view);
	assert_int_equal(view.tip, BASE + 6);
	assert_int_equal(net.nodes[1].wreck, TW_SIM_WRECK_NONE);
	assert_true(net.nodes[1].is_fragile);
	tw_sim_net_finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_given_early),
		cmocka_unit_test(test_rival),
		cmocka_unit_test(test_until_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
