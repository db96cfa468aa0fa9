/* What is said of the network and changes no verdict (decision.md, Modes 8). */
#include "fakenet.h"

static struct fakenet net;

static int setup(void **state)
{
	(void)state;
	fakenet_init(&net, 5);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fakenet_finish(&net);
	return 0;
}

static const struct tw_decision *decision(void)
{
	return tw_monitor_decision(net.monitor);
}

static void begin(void)
{
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
}

static void assert_state(int32_t node, const char *expected)
{
	assert_string_equal(fakenet_state(&net, node), expected);
}

static void test_stalled(void **state)
{
	(void)state;
	begin();
	fakenet_run(&net, 290 * TW_SEC);
	assert_false(decision()->is_stalled);
	fakenet_run(&net, 20 * TW_SEC);
	assert_true(decision()->is_stalled);
	assert_state(0, "healthy/ok");
	fakenet_mine(&net, 1, 0);
	fakenet_run(&net, 2 * TW_SEC);
	assert_false(decision()->is_stalled);
}

static void test_island(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].peers = 4;
	begin();
	assert_int_equal(decision()->is_island, 1);
	net.nodes[2].peers = 5;
	fakenet_run(&net, 6 * TW_SEC);
	assert_int_equal(decision()->is_island, 0);
	/* Only those that answer count. */
	net.nodes[2].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->is_island, 1);
	net.nodes[1].peers = TW_UNKNOWN;
	fakenet_run(&net, 6 * TW_SEC);
	assert_int_equal(decision()->is_island, 1);
}

static void test_island_unknown(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].peers = i == 1 ? TW_UNKNOWN : 4;
	begin();
	assert_int_equal(decision()->is_island, -1);
}

static void test_no_island_with_a_reference(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].peers = 2;
	net.policies[4].role = TW_ROLE_REFERENCE;
	begin();
	assert_int_equal(decision()->is_island, 0);
	net.nodes[4].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->is_island, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stalled),
		TEST(test_island),
		TEST(test_island_unknown),
		TEST(test_no_island_with_a_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
