/* Where a found block goes, and in which order (tw_select_targets()). */
#include "core/decide/select.h"
#include "fixture/one_net.h"

static void kill_node(int32_t node)
{
	net.nodes[node].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
}

static void expect_targets(const char *expected)
{
	int32_t nodes[FAKE_NODES];
	uint32_t n = tw_select_targets(net.monitor, nodes);
	char text[FAKE_NODES + 1] = "";

	for (uint32_t i = 0; i < n; i++)
		text[i] = (char)('0' + nodes[i]);
	assert_string_equal(text, expected);
}

/* The chosen one, the healthy, those that can take a block all the same, those that cannot. */
static void test_targets(void **state)
{
	(void)state;
	fakenet_init(&net, 10);
	net.policies[9].role = TW_ROLE_REFERENCE;
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 10; i++)
		net.nodes[i].template = TW_TEMPLATE_OK;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	expect_targets("012345678");
	operate(TW_OP_PIN, 3);
	expect_targets("301245678");
	kill_node(0);
	kill_node(2);
	expect_targets("3145678");
	net.nodes[1].template = TW_TEMPLATE_FAILED;
	net.nodes[2].result = TW_RESULT_OK;
	operate(TW_OP_DRAIN, 4);
	net.nodes[5].fork = 990;
	net.nodes[5].branch = 1;
	net.nodes[6].peers = 0;
	fakenet_run(&net, 10 * TW_SEC);
	kill_node(2);
	net.nodes[2].result = TW_RESULT_OK;
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_state(&net, 2), "unhealthy/warming");
	assert_string_equal(fakenet_state(&net, 5), "unhealthy/forked");
	expect_targets("37824156");
	/* A wrecked one gets nothing, even where it is the chosen one. */
	net.nodes[7].result = TW_RESULT_WRECKED;
	net.nodes[3].result = TW_RESULT_WRECKED;
	fakenet_run(&net, TW_SEC);
	assert_string_equal(fakenet_state(&net, 7), "unhealthy/wrecked");
	assert_int_equal(fakenet_chosen(&net), 3);
	expect_targets("824156");
	/* What is chosen comes first, whatever is said of it. */
	operate(TW_OP_PIN, 0);
	expect_targets("0824156");
	fakenet_finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
