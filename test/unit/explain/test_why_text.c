/* The sentences of `why`: what they say of each node in a few situations, to the letter. */
#include "explain/why.h"
#include "fakenet.h"
#include "fixture/compare.h"

static void expect_node(const struct fakenet *net, int32_t node, const char *sentences)
{
	struct tw_why_node why;
	struct tw_buf text;

	tw_buf_init(&text, 4096);
	assert_int_equal(tw_why_node(net->monitor, node, &why), 0);
	tw_why_explain_node(net->monitor, node, &why, &text);
	assert_string_equal(tw_buf_str(&text), sentences);
	tw_buf_finish(&text);
}

/* Three daemons, checked for a while. */
static void begin(struct fakenet *net)
{
	fakenet_init(net, 3);
	fakenet_start(net);
	fakenet_run(net, 20 * TW_SEC);
}

static void test_all_healthy(void **state)
{
	struct fakenet net;

	(void)state;
	begin(&net);
	expect_node(&net, 0, "d1 is healthy (ok). It is in use: d1 is healthy and stays in use.");
	expect_node(&net, 1,
		"d2 is healthy (ok). d1 is healthy and stays in use; between healthy daemons only a "
		"higher priority is a reason to switch. Were d1 to fail, d2 would take over.");
	expect_node(&net, 2,
		"d3 is healthy (ok). d1 is healthy and stays in use; between healthy daemons only a "
		"higher priority is a reason to switch. Were the one in use to fail, d2 would take "
		"over: it comes first in the configuration, all else being equal.");
	fakenet_finish(&net);
}

static void test_failed(void **state)
{
	struct fakenet net;

	(void)state;
	begin(&net);
	net.nodes[0].result = TW_RESULT_REFUSED;
	net.nodes[2].tip = 1005;
	net.nodes[1].tip = 1005;
	fakenet_run(&net, 20 * TW_SEC);
	expect_node(&net, 0,
		"d1 is unresponsive (refused): nothing listens there; is the daemon running? (last "
		"good check 20 s ago). It comes back with 2 good checks in a row.");
	expect_node(&net, 1, "d2 is healthy (ok). It is in use: d2 is healthy and stays in use.");
	net.nodes[0].result = TW_RESULT_OK;
	fakenet_run(&net, 20 * TW_SEC);
	expect_node(&net, 0,
		"d1 is unhealthy (lagging): at block 1000, 5 behind the network; the next block has "
		"been known for 39 s. It has to catch up by 5 blocks.");
	fakenet_finish(&net);
}

static void test_forked(void **state)
{
	struct fakenet net;

	(void)state;
	begin(&net);
	net.nodes[2].fork = 998;
	net.nodes[2].branch = 1;
	fakenet_run(&net, 20 * TW_SEC);
	expect_node(&net, 2,
		"d3 is unhealthy (forked): it left the main chain after block 998 and has 2 blocks "
		"of its own. Its chain would be the main one if 1 voter more were on it; else it "
		"has to give up its blocks for the main chain's.");
	fakenet_finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_healthy),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_forked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
