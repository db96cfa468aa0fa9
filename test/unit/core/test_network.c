/* What is said of the network and changes no verdict (decision.md, Modes 8). */
#include "fixture/one_net.h"

static void test_stalled(void **state)
{
	(void)state;
	start_net();
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
	start_net();
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
	start_net();
	assert_int_equal(decision()->is_island, -1);
}

static void test_no_island_with_a_reference(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].peers = 2;
	net.policies[4].role = TW_ROLE_REFERENCE;
	start_net();
	assert_int_equal(decision()->is_island, 0);
	net.nodes[4].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->is_island, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_of_5, teardown)

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
