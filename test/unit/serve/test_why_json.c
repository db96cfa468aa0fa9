/*
 * What `why` answers in each situation that its words tell apart: the rule and the votes for
 * programs, and the sentences for people, about the decision and about a node.
 */
#include "fixture/compare.h"
#include "fixture/one_net.h"
#include "serve/why_json.h"
#include "json/json.h"

/* What is said of a node, or of the decision (TW_NODE_NONE), has all these parts. */
static void expect(int32_t node, const char *const *parts)
{
	const struct tw_json_limits limits = { .bytes = 1 << 16, .nodes = 4096 };
	struct tw_json_doc *doc = NULL;
	struct tw_buf text;

	tw_buf_init(&text, 1 << 16);
	tw_why_json_write(net.monitor, node, &text);
	assert_int_equal(text.error, 0);
	if (tw_json_parse(tw_buf_str(&text), text.len, &limits, &doc) != TW_JSON_OK)
		fail_msg("this is not JSON:\n%s", tw_buf_str(&text));
	tw_json_doc_destroy(doc);
	for (; *parts != NULL; parts++)
		assert_contains(tw_buf_str(&text), *parts);
	tw_buf_finish(&text);
}
#define EXPECT(node, ...) expect(node, (const char *const[]){ __VA_ARGS__, NULL })

static void begin(void)
{
	fakenet_start(&net);
	fakenet_run(&net, 20 * TW_SEC);
}

static void leave(int32_t node, int64_t fork, int64_t tip)
{
	to_branch((uint32_t)node, fork, 1, tip);
}

/* --- who is in use --- */

static void test_starting(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		net.nodes[i].is_mute = true;
	fakenet_start(&net);
	fakenet_run(&net, TW_MS);
	EXPECT(TW_NODE_NONE, "\"rule\":\"starting\"", "\"chain\":null", "\"vote\":\"unchecked\"",
		"has just started and no daemon has answered yet.\"");
	EXPECT(0, "\"rule\":\"unchecked\"", "\"chosen\":false",
		"d1 is unknown (unchecked): not checked yet. It comes back with 1 more good "
		"check.\"");
	net.nodes[0].is_mute = false;
	fakenet_run(&net, 10 * TW_MS);
	EXPECT(TW_NODE_NONE, "\"rule\":\"starting\"", "\"chain\":\"undisputed\"",
		"is still comparing the daemons; d1 answers. 1 of 5 voters answer and agree on the "
		"main chain; a quorum is 3.",
		"There would be consensus if d5 and d4 answered and agreed.\"",
		"\"lose\":null,\"gain\":{\"voters\":2,\"who\":[\"d5\",\"d4\"]}},\"text\"");
	EXPECT(0, "\"rule\":\"chosen\"", "\"chosen\":true");
}

static void test_all_healthy(void **state)
{
	(void)state;
	begin();
	EXPECT(TW_NODE_NONE, "\"rule\":\"incumbent\"", "\"daemon\":\"d1\"",
		"\"mode\":\"consensus\"", "\"chain\":\"undisputed\"",
		"d1 is healthy and stays in use. 5 of 5 voters answer and agree on the main chain; "
		"a quorum is 3. If d5, d4 and d3 left for the same other chain, that would become "
		"the main chain. The consensus ends when 3 voters that agree fall silent.\"",
		"\"margin\":{\"flip\":{\"voters\":3,\"who\":[\"d5\",\"d4\",\"d3\"],\"to\":null,"
		"\"fork_height\":998},\"lose\":{\"voters\":3,\"who\":[\"d5\",\"d4\",\"d3\"]},"
		"\"gain\":null}");
	EXPECT(0, "\"rule\":\"chosen\"",
		"d1 is healthy (ok). It is in use: d1 is healthy and stays in use.\"");
	EXPECT(1, "\"rule\":\"incumbent\"", "\"chosen\":false",
		"between healthy daemons only a higher priority is a reason to switch. Were d1 to "
		"fail, d2 would take over.\"");
	EXPECT(2, "Were the one in use to fail, d2 would take over: it comes first in the "
		  "configuration, all else being equal.\"");
	operate(TW_OP_PIN, 2);
	EXPECT(TW_NODE_NONE, "\"rule\":\"pinned\"", "\"daemon\":\"d3\"",
		"the operator has pinned d3; it is healthy (ok).");
	EXPECT(0, "\"rule\":\"pinned\"",
		"The operator has pinned d3; unpin ends that. Were d3 to fail, d1 would take "
		"over.\"");
}

static void test_higher_priority(void **state)
{
	(void)state;
	net.policies[3].priority = 1;
	begin();
	EXPECT(TW_NODE_NONE, "\"daemon\":\"d4\"");
	net.nodes[3].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 20 * TW_SEC);
	EXPECT(TW_NODE_NONE, "\"daemon\":\"d1\"");
	net.nodes[3].result = TW_RESULT_OK;
	fakenet_run(&net, 20 * TW_SEC);
	EXPECT(3, "\"rule\":\"failback_after\"",
		"It has a higher priority than d1 and takes over in 9 min ",
		" if it stays healthy (failback_after).");
	EXPECT(1, "Were the one in use to fail, d4 would take over: it has the higher priority.\"");
}

static void test_last_switch_was_just_now(void **state)
{
	(void)state;
	net.policies[3].priority = 1;
	net.policy.failback_after_us = 0;
	net.policy.min_switch_interval_us = TW_HOUR;
	begin();
	net.nodes[3].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 20 * TW_SEC);
	net.nodes[3].result = TW_RESULT_OK;
	fakenet_run(&net, 20 * TW_SEC);
	EXPECT(3, "\"rule\":\"min_switch_interval\"", " if it stays healthy (min_switch_interval)");
}

static void test_no_daemon_answers(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 5; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, TW_MIN);
	EXPECT(TW_NODE_NONE, "\"rule\":\"primary_last\"", "\"vote\":\"silent\"",
		"d1 is the primary, and there is no better one to be had. 0 of 5 voters answer");
	EXPECT(1, "\"rule\":\"refused\"", "\"state\":\"unresponsive\"",
		"nothing listens there; is the daemon running? (last good check 60 s ago). It "
		"comes back with 2 good checks in a row.\"");
}

/* Nobody is healthy: whether the least bad one can be mined on is said with it. */
static void test_least_bad(void **state)
{
	(void)state;
	net.policy.has_template = true;
	for (int i = 0; i < 5; i++)
		net.nodes[i].template = TW_TEMPLATE_FAILED;
	begin();
	EXPECT(TW_NODE_NONE, "\"rule\":\"incumbent_answers\"",
		"no daemon is healthy; d1 is unhealthy (no_template), but answers, and stays in "
		"use: no other can be mined on.");
	net.nodes[3].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 3 * TW_SEC);
	net.nodes[3].template = TW_TEMPLATE_OK;
	net.nodes[3].result = TW_RESULT_OK;
	for (int i = 0; i < 2000 && fakenet_chosen(&net) != 3; i++)
		fakenet_run(&net, TW_MS);
	EXPECT(TW_NODE_NONE, "\"rule\":\"least_bad\"",
		"no daemon is healthy; d4 is unhealthy (warming), the least bad one that answers, "
		"and can be mined on.");
	fakenet_run(&net, 100 * TW_MS);
	EXPECT(TW_NODE_NONE, "\"rule\":\"incumbent_answers\"",
		"no daemon is healthy; d4 is unhealthy (warming), can be mined on, and stays in use.");
}

static void test_all_drained(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 5; i++)
		operate(TW_OP_DRAIN, i);
	EXPECT(TW_NODE_NONE, "\"rule\":\"all_drained\"");
	EXPECT(1, "\"rule\":\"drained\"", "taken out by the operator; undrain brings it back.\"");
}

static void test_fallback_none(void **state)
{
	(void)state;
	net.policy.fallback = TW_FALLBACK_NONE;
	begin();
	for (int i = 1; i < 5; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, TW_MIN);
	EXPECT(TW_NODE_NONE, "\"rule\":\"fallback_none\"", "\"daemon\":null",
		"the configuration says to name no daemon then (fallback = none). 1 of 5 voters");
	EXPECT(0, "\"rule\":\"fallback\"",
		"There is no consensus, and `fallback` says what to use.\"");
}

static void test_fallback_primary(void **state)
{
	(void)state;
	net.policy.fallback = TW_FALLBACK_PRIMARY;
	begin();
	for (int i = 1; i < 4; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, TW_MIN);
	EXPECT(TW_NODE_NONE, "\"rule\":\"fallback_primary\"", "\"daemon\":\"d1\"",
		"There would be consensus if d4 answered and agreed.\"");
	EXPECT(4, "\"rule\":\"fallback\"", "Were d1 to fail, d5 would take over.\"");
}

/* --- what is wrong with a node --- */

static void test_verdicts(void **state)
{
	(void)state;
	net.policies[4].role = TW_ROLE_REFERENCE;
	net.policy.has_template = true;
	begin();
	leave(3, 998, 1000);
	net.nodes[1].template = TW_TEMPLATE_FAILED;
	net.nodes[2].peers = 0;
	fakenet_run(&net, TW_MIN);
	EXPECT(TW_NODE_NONE, "\"chain\":\"votes\"", "\"vote\":\"isolated\"",
		"\"vote\":\"conflicts\"",
		"3 of 5 voters answer and agree on the main chain; a quorum is 3. d4 left it after "
		"block 998. More voters are on the main chain than on any other. If d5 and d2 "
		"went over to the chain of d4, that would become the main chain. The consensus "
		"ends when 1 voter that agrees falls silent.\"");
	EXPECT(1, "\"rule\":\"no_template\"",
		"d2 is unhealthy (no_template): it gives no block template.\"");
	EXPECT(2, "\"rule\":\"isolated\"",
		"it has 0 peers; min_peers is 1. It has to find 1 more peer.\"");
	EXPECT(3, "\"rule\":\"forked\"",
		"it left the main chain after block 998 and has 2 blocks of its own. Its chain "
		"would be the main one if 2 voters more were on it; else it has to give up its "
		"blocks for the main chain's.\"");
	EXPECT(4, "\"rule\":\"reference\"",
		"It is a reference: it votes, but a pool is never sent to it.\"");
}

static void test_behind_and_ahead(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 4; i++)
		net.nodes[i].tip = 1005;
	fakenet_run(&net, TW_MIN);
	EXPECT(4, "\"rule\":\"lagging\"", "\"vote\":\"behind\"",
		"at block 1000, 5 behind the network; the next block has been known for 59 s. It "
		"has to catch up by 5 blocks.\"");
	net.nodes[1].tip = 1025;
	fakenet_run(&net, TW_SEC);
	EXPECT(1, "\"rule\":\"ahead\"",
		"at block 1025, 20 beyond the network, and nobody else has its blocks. It is "
		"believed once a second voter has its blocks.\"");
}

static void test_one_block_behind(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 4; i++)
		net.nodes[i].tip = 1001;
	fakenet_run(&net, TW_MIN);
	EXPECT(4, "\"rule\":\"lagging\"", "It has to catch up by 1 block.\"");
}

/* Up to five nodes are named; of more, four. */
static void test_names_of_many(void **state)
{
	static const struct {
		int32_t n;
		const char *names;
	} cases[] = {
		{ 1, " d16 " },
		{ 2, " d15 and d16 " },
		{ 5, " d12, d13, d14, d15 and d16 " },
		{ 6, " d11, d12, d13, d14 and 2 others " },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		fakenet_init(&net, FAKE_NODES);
		begin();
		for (int32_t k = 0; k < cases[i].n; k++)
			leave(FAKE_NODES - 1 - k, 990, 1000);
		fakenet_run(&net, TW_MIN);
		EXPECT(TW_NODE_NONE, cases[i].names);
		if (i + 1 < TW_ARRAY_SIZE(cases))
			fakenet_finish(&net);
	}
}

/* The first block of a chain is a block as any other. */
static void test_height_of_the_first_block(void **state)
{
	struct tw_point first = { .height = 0, .hash.bytes = { 0xab } };
	struct tw_observation obs;

	(void)state;
	fakenet_start(&net);
	EXPECT(TW_NODE_NONE, "\"height\":null,\"hash\":null");
	tw_observation_init(&obs, TW_RESULT_OK);
	tw_observation_add(&obs, &first);
	tw_monitor_observe(net.monitor, net.now, 0, -1, &obs);
	tw_monitor_step(net.monitor, net.now);
	EXPECT(TW_NODE_NONE, "\"height\":0,\"hash\":\"ab00");
}

/* Checks of the node fail so, until it is unresponsive. */
static void fail_checks(int32_t node, enum tw_result result, const char *detail)
{
	struct tw_observation obs;

	tw_observation_init(&obs, result);
	(void)snprintf(obs.detail, sizeof(obs.detail), "%s", detail);
	for (int i = 0; i < 10; i++) {
		net.now += TW_SEC;
		tw_monitor_observe(net.monitor, net.now, node, -1, &obs);
		tw_monitor_step(net.monitor, net.now);
		fakenet_drain_actions(&net);
	}
}

/* What a failed check said beside its outcome is told, unless it says the same again. */
static void test_details_of_failures(void **state)
{
	(void)state;
	begin();
	fail_checks(1, TW_RESULT_REFUSED, "connection refused");
	EXPECT(1, "\"text\":\"d2 is unresponsive (refused): nothing listens there; is the daemon "
		  "running? (last good check ");
	fail_checks(1, TW_RESULT_REFUSED, "the proxy has no way there");
	EXPECT(1, "(refused): the proxy has no way there (last good check ");
	fail_checks(1, TW_RESULT_TIMEOUT, "no reply within 2 s");
	EXPECT(1, "\"rule\":\"timeout\"", " in time (last good check ");
	fail_checks(1, TW_RESULT_RESET, "after 3 bytes");
	EXPECT(1, "\"rule\":\"reset\"", ": after 3 bytes (last good check ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_of_5, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_starting),
		TEST(test_all_healthy),
		TEST(test_higher_priority),
		TEST(test_last_switch_was_just_now),
		TEST(test_no_daemon_answers),
		TEST(test_least_bad),
		TEST(test_all_drained),
		TEST(test_fallback_none),
		TEST(test_fallback_primary),
		TEST(test_verdicts),
		TEST(test_behind_and_ahead),
		TEST(test_one_block_behind),
		TEST(test_names_of_many),
		TEST(test_height_of_the_first_block),
		TEST(test_details_of_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
