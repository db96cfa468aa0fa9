/* Nodes of another network of the coin have no vote (decision.md, Voting 1). */
#include "explain/explain.h"
#include "explain/why.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"

static struct tw_network_id network_of(const char *nettype, uint8_t genesis)
{
	struct tw_network_id network = { .has_genesis = genesis > 0 };

	snprintf(network.nettype, sizeof(network.nettype), "%s", nettype);
	network.genesis.bytes[0] = genesis;
	return network;
}

static void be_reference(uint32_t i)
{
	net.policies[i].role = TW_ROLE_REFERENCE;
}

static void begin(void)
{
	fakenet_start(&net);
	fakenet_run(&net, 10 * TW_SEC);
}

static void assert_states(const char *a, const char *b, const char *c)
{
	assert_string_equal(fakenet_state(&net, 0), a);
	assert_string_equal(fakenet_state(&net, 1), b);
	assert_string_equal(fakenet_state(&net, 2), c);
}

static void assert_explained(int32_t node, const char *says)
{
	struct tw_buf text;

	tw_buf_init(&text, 1024);
	tw_explain_verdict(net.monitor, node, &text);
	assert_contains(tw_buf_str(&text), says);
	tw_buf_finish(&text);
}

/* Case B-5b: one daemon, and two references that were started for the stage net. */
static void test_references_on_another_net(void **state)
{
	struct tw_why_vote vote;

	(void)state;
	for (uint32_t i = 1; i < 3; i++) {
		be_reference(i);
		net.nodes[i].network = network_of("stagenet", 2);
		to_branch(i, 0, 7, 1200);
	}
	net.nodes[0].network = network_of("mainnet", 1);
	begin();
	assert_states("healthy/ok", "unhealthy/wrong_network", "unhealthy/wrong_network");
	assert_int_equal(decision()->answering, 1);
	assert_int_equal(decision()->conflicting, 0);
	assert_int_equal(decision()->chosen, 0);
	assert_true(decision()->is_usable);
	assert_int_equal(decision()->tip.height, 1000);
	assert_explained(1, "its network is stagenet, and that of the daemons is mainnet");
	tw_why_vote(net.monitor, 1, &vote);
	assert_int_equal(vote.kind, TW_WHY_VOTE_FOREIGN);
	/* Started for the right network it votes again. */
	net.nodes[1].network = network_of("mainnet", 1);
	net.nodes[1].branch = 0;
	net.nodes[1].tip = 1000;
	fakenet_run(&net, 10 * TW_SEC);
	assert_states("healthy/ok", "healthy/ok", "unhealthy/wrong_network");
	assert_int_equal(decision()->answering, 2);
}

/* Most daemons say which network is meant, else most nodes, else the primary. */
static void test_whose_network(void **state)
{
	(void)state;
	net.nodes[0].network = network_of("", 1);
	net.nodes[1].network = network_of("", 2);
	net.nodes[2].network = network_of("", 2);
	begin();
	assert_states("unhealthy/wrong_network", "healthy/ok", "healthy/ok");
	assert_int_equal(decision()->chosen, 1);
	assert_explained(0, "its block 0 is 0100000000000000..., and that of the daemons is 02");
	net.nodes[2].network = network_of("", 1);
	fakenet_run(&net, 10 * TW_SEC);
	assert_states("healthy/ok", "unhealthy/wrong_network", "healthy/ok");
}

static void test_references_break_a_tie(void **state)
{
	(void)state;
	be_reference(2);
	net.nodes[0].network = network_of("testnet", 0);
	net.nodes[1].network = network_of("mainnet", 0);
	net.nodes[2].network = network_of("mainnet", 0);
	begin();
	assert_states("unhealthy/wrong_network", "healthy/ok", "healthy/ok");
	net.nodes[2].network = network_of("stagenet", 0);
	fakenet_run(&net, 10 * TW_SEC);
	assert_states("healthy/ok", "unhealthy/wrong_network", "unhealthy/wrong_network");
}

/* What is not known tells nothing, and a reference alone says nothing about the daemons. */
static void test_unknown(void **state)
{
	(void)state;
	be_reference(2);
	net.nodes[2].network = network_of("stagenet", 2);
	begin();
	assert_states("healthy/ok", "healthy/ok", "healthy/ok");
	net.nodes[0].network = network_of("stagenet", 0);
	net.nodes[1].network = network_of("", 2);
	fakenet_run(&net, 10 * TW_SEC);
	assert_states("healthy/ok", "healthy/ok", "healthy/ok");
	net.nodes[0].network = network_of("stagenet", 3);
	net.nodes[1].network = network_of("", 3);
	fakenet_run(&net, 10 * TW_SEC);
	assert_states("healthy/ok", "healthy/ok", "unhealthy/wrong_network");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_of_3, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_references_on_another_net),
		TEST(test_whose_network),
		TEST(test_references_break_a_tie),
		TEST(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
