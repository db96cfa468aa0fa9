/* The simulated chain, nodes, network and commands. */
#include "fixture/compare.h"
#include "sim/cmd/cmd.h"
#include "sim/net/net.h"
#include "sim_net.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BASE = 2500000, NODES = 5 };

static int set_up(void **state)
{
	const struct tw_sim_net_params params = sim_net_params(BASE);
	static struct tw_sim_net net;
	char name[8];

	assert_int_equal(tw_sim_net_init(&net, &params, NODES), 0);
	for (int i = 0; i < NODES; i++) {
		snprintf(name, sizeof(name), "d%d", i + 1);
		tw_sim_net_add(&net, name, tw_sim_version_find("turtlecoin-rpc"));
	}
	*state = &net;
	return 0;
}

static int tear_down(void **state)
{
	tw_sim_net_finish(*state);
	return 0;
}

static struct tw_sim_view view_of(struct tw_sim_net *net, uint32_t node)
{
	struct tw_sim_view view;

	tw_sim_net_view(net, node, &view);
	return view;
}

static struct tw_sim_chain_block block_of(struct tw_sim_net *net, uint32_t node, int64_t height)
{
	struct tw_sim_chain_block block;

	tw_sim_chain_block_at(net->chain, net->nodes[node].branch, height, &block);
	return block;
}

/* Runs a command that must work. */
static void run(struct tw_sim_net *net, const char *line)
{
	struct tw_sim_outcome outcome;
	struct tw_buf reply;

	tw_buf_init(&reply, TW_SIM_CMD_REPLY_MAX);
	assert_int_equal(tw_sim_cmd_run(net, line, &outcome, &reply), 0);
	if (!outcome.is_ok)
		fail_msg("%s: %s", line, outcome.text);
	assert_memory_equal(tw_buf_str(&reply), "{\"ok\":true", 10);
	tw_buf_finish(&reply);
}

/* A command that must be refused, checked or run, with part of the sentence. */
static void refuse(struct tw_sim_net *net, const char *line, const char *sentence)
{
	struct tw_sim_outcome outcome;
	struct tw_buf reply;

	tw_buf_init(&reply, TW_SIM_CMD_REPLY_MAX);
	assert_false(tw_sim_cmd_check(net, line, &outcome));
	assert_int_equal(tw_sim_cmd_run(net, line, &outcome, &reply), 0);
	assert_false(outcome.is_ok);
	if (strstr(outcome.text, sentence) == NULL)
		fail_msg("%s: said '%s', not '%s'", line, outcome.text, sentence);
	assert_memory_equal(tw_buf_str(&reply), "{\"error\":", 9);
	tw_buf_finish(&reply);
}

static void test_chain_links(void **state)
{
	struct tw_sim_net *net = *state;
	static const struct tw_hash zero;
	struct tw_sim_chain_block block, below;

	for (int64_t height = BASE; height > BASE - 200; height--) {
		block = block_of(net, 0, height);
		below = block_of(net, 0, height - 1);
		assert_memory_equal(&block.prev_hash, &below.hash, TW_HASH_BYTES);
		assert_that(block.timestamp_s, >, below.timestamp_s);
		assert_int_equal(tw_sim_chain_find(net->chain, 0, BASE, &block.hash), height);
	}
	assert_int_equal(block_of(net, 0, BASE).timestamp_s, 1800000000);
	block = block_of(net, 0, 0);
	assert_memory_equal(&block.prev_hash, &zero, TW_HASH_BYTES);
	assert_int_equal(tw_sim_chain_find(net->chain, 0, BASE, &block.hash), 0);
	assert_int_equal(tw_sim_chain_find(net->chain, 0, BASE, &zero), -1);
	/* A node that is still below that height does not have it. */
	block = block_of(net, 0, BASE);
	assert_int_equal(tw_sim_chain_find(net->chain, 0, BASE - 1, &block.hash), -1);
}

static void test_seed_decides(void **state)
{
	const struct tw_sim_net_params params = sim_net_params(BASE);
	struct tw_sim_net *net = *state;
	struct tw_sim_chain_params other = params.chain;
	struct tw_sim_chain_block a, b;
	struct tw_sim_chain *chain;

	assert_int_equal(tw_sim_chain_create(&other, &chain), 0);
	tw_sim_chain_block_at(chain, 0, 123, &a);
	tw_sim_chain_destroy(chain);
	b = block_of(net, 0, 123);
	assert_memory_equal(&a.hash, &b.hash, TW_HASH_BYTES);
	other.seed++;
	assert_int_equal(tw_sim_chain_create(&other, &chain), 0);
	tw_sim_chain_block_at(chain, 0, 123, &a);
	tw_sim_chain_destroy(chain);
	assert_memory_not_equal(&a.hash, &b.hash, TW_HASH_BYTES);
	/* No byte of a hash is the same in all, so that abbreviated hashes differ too. */
	a = block_of(net, 0, 124);
	assert_memory_not_equal(a.hash.bytes, b.hash.bytes, 4);
	assert_memory_not_equal(a.hash.bytes + 28, b.hash.bytes + 28, 4);
}

static void test_branches(void **state)
{
	struct tw_sim_chain *chain = ((struct tw_sim_net *)*state)->chain;
	struct tw_sim_chain_block a, b;
	uint32_t first, second;

	assert_int_equal(tw_sim_chain_grow(chain, 0, 10, TW_SIM_CHAIN_NO_MINER, 5 * TW_SEC), 0);
	assert_int_equal(tw_sim_chain_fork(chain, 0, BASE + 4, &first), 0);
	assert_int_equal(tw_sim_chain_tip(chain, first), BASE + 4);
	assert_int_equal(tw_sim_chain_grow(chain, first, 20, 3, 6 * TW_SEC), 0);
	assert_int_equal(tw_sim_chain_fork(chain, first, BASE + 2, &second), 0);
	assert_int_equal(tw_sim_chain_grow(chain, second, 1, TW_SIM_CHAIN_NO_MINER, 7 * TW_SEC), 0);
	assert_int_equal(tw_sim_chain_tip(chain, 0), BASE + 10);
	assert_int_equal(tw_sim_chain_tip(chain, first), BASE + 24);
	assert_int_equal(tw_sim_chain_tip(chain, second), BASE + 3);
	assert_int_equal(tw_sim_chain_common(chain, 0, first), BASE + 4);
	assert_int_equal(tw_sim_chain_common(chain, first, second), BASE + 2);
	assert_int_equal(tw_sim_chain_common(chain, second, 0), BASE + 2);
	assert_int_equal(tw_sim_chain_common(chain, first, first), BASE + 24);
	tw_sim_chain_block_at(chain, 0, BASE + 4, &a);
	tw_sim_chain_block_at(chain, first, BASE + 4, &b);
	assert_memory_equal(&a.hash, &b.hash, TW_HASH_BYTES);
	tw_sim_chain_block_at(chain, first, BASE + 5, &b);
	assert_memory_equal(&a.hash, &b.prev_hash, TW_HASH_BYTES);
	assert_int_equal(b.miner, 3);
	assert_int_equal(b.timestamp_s, 1800000006);
	tw_sim_chain_block_at(chain, 0, BASE + 5, &a);
	assert_memory_not_equal(&a.hash, &b.hash, TW_HASH_BYTES);
	/* A block of another branch is not found. */
	assert_int_equal(tw_sim_chain_find(chain, first, BASE + 24, &a.hash), -1);
	assert_int_equal(tw_sim_chain_find(chain, 0, BASE + 10, &a.hash), BASE + 5);
	assert_int_equal(tw_sim_chain_grow(chain, 0, TW_SIM_CHAIN_GROW_MAX, 0, 0), -ENOSPC);
}

static void test_mining_by_time(void **state)
{
	const struct tw_sim_net_params params = sim_net_params(BASE);
	struct tw_sim_net *net = *state;
	struct tw_sim_net twin;
	int64_t height;

	tw_sim_net_set_block_time(net, 10 * TW_SEC, true);
	assert_int_equal(tw_sim_net_next_us(net), 10 * TW_SEC);
	assert_int_equal(tw_sim_net_advance(net, 10 * TW_SEC - 1), 0);
	assert_int_equal(view_of(net, 0).tip, BASE);
	assert_int_equal(tw_sim_net_advance(net, 35 * TW_SEC), 0);
	assert_int_equal(view_of(net, 0).tip, BASE + 3);
	assert_int_equal(block_of(net, 0, BASE + 3).mined_us, 30 * TW_SEC);
	assert_int_equal(view_of(net, 4).tip, BASE + 3);
	/* With random times: about as many, and the same ones with the same seed. */
	tw_sim_net_set_block_time(net, 10 * TW_SEC, false);
	assert_int_equal(tw_sim_net_advance(net, 5035 * TW_SEC), 0);
	height = view_of(net, 0).tip - BASE - 3;
	assert_in_range(height, 400, 600);
	assert_int_equal(tw_sim_net_init(&twin, &params, NODES), 0);
	tw_sim_net_add(&twin, "twin", tw_sim_version_find("monero"));
	tw_sim_net_set_block_time(&twin, 10 * TW_SEC, true);
	assert_int_equal(tw_sim_net_advance(&twin, 35 * TW_SEC), 0);
	tw_sim_net_set_block_time(&twin, 10 * TW_SEC, false);
	assert_int_equal(tw_sim_net_advance(&twin, 5035 * TW_SEC), 0);
	assert_int_equal(view_of(&twin, 0).tip - BASE - 3, height);
	tw_sim_net_finish(&twin);
}

static void test_late_blocks(void **state)
{
	struct tw_sim_net *net = *state;

	run(net, "delay d2 500");
	run(net, "mine 2");
	assert_int_equal(view_of(net, 0).tip, BASE + 2);
	assert_int_equal(view_of(net, 1).tip, BASE);
	assert_int_equal(tw_sim_net_advance(net, 499 * TW_MS), 0);
	assert_int_equal(view_of(net, 1).tip, BASE);
	assert_false(view_of(net, 1).is_synced);
	assert_int_equal(tw_sim_net_advance(net, 500 * TW_MS), 0);
	assert_int_equal(view_of(net, 1).tip, BASE + 2);
	assert_true(view_of(net, 1).is_synced);
	run(net, "mine");
	run(net, "recover d2");
	assert_int_equal(view_of(net, 1).tip, BASE + 3);
}

static void test_freeze_and_lag(void **state)
{
	struct tw_sim_net *net = *state;

	run(net, "freeze d1");
	run(net, "lag d2 5");
	run(net, "mine 3");
	assert_int_equal(view_of(net, 0).tip, BASE);
	assert_int_equal(view_of(net, 1).tip, BASE - 2);
	assert_int_equal(view_of(net, 2).tip, BASE + 3);
	/* Their peers tell them how far the others are. */
	assert_int_equal(view_of(net, 0).network_height, BASE + 4);
	assert_false(view_of(net, 0).is_synced);
	assert_true(view_of(net, 2).is_synced);
	run(net, "recover d1,d2");
	assert_int_equal(view_of(net, 0).tip, BASE + 3);
	assert_int_equal(view_of(net, 1).tip, BASE + 3);
	assert_true(view_of(net, 0).is_synced);
}

static void test_network_height_never_falls(void **state)
{
	struct tw_sim_net *net = *state;

	run(net, "fork d1 2 10");
	assert_int_equal(view_of(net, 0).tip, BASE + 10);
	assert_int_equal(view_of(net, 0).network_height, BASE + 11);
	run(net, "rejoin d1");
	assert_int_equal(view_of(net, 0).tip, BASE);
	assert_int_equal(view_of(net, 0).network_height, BASE + 11);
	assert_false(view_of(net, 0).is_synced);
	run(net, "lie d2 5000000");
	assert_int_equal(view_of(net, 1).network_height, 5000000);
	/* A restart forgets both; while it settles it knows nobody. */
	run(net, "restart d1,d2 100 2000");
	assert_true(tw_sim_node_is_dead(&net->nodes[0], net->now_us));
	assert_int_equal(tw_sim_net_next_us(net), 100 * TW_MS);
	assert_int_equal(tw_sim_net_advance(net, 100 * TW_MS), 0);
	assert_false(tw_sim_node_is_dead(&net->nodes[0], net->now_us));
	assert_int_equal(view_of(net, 0).network_height, 1);
	assert_int_equal(view_of(net, 0).tip, BASE - 1);
	assert_int_equal(view_of(net, 0).peers_out, 0);
	assert_false(view_of(net, 0).has_synced);
	assert_int_equal(tw_sim_net_advance(net, 2100 * TW_MS), 0);
	assert_int_equal(view_of(net, 1).network_height, BASE + 1);
	assert_int_equal(view_of(net, 1).tip, BASE);
	assert_true(view_of(net, 1).is_synced);
	assert_true(view_of(net, 1).has_synced);
}

static void test_own_block(void **state)
{
	struct tw_sim_net *net = *state;

	assert_int_equal(tw_sim_net_mine(net, net->main, 1, 0), 0);
	assert_int_equal(view_of(net, 0).tip, BASE + 1);
	assert_false(view_of(net, 0).is_synced); /* nobody has confirmed it yet */
	assert_int_equal(view_of(net, 1).tip, BASE);
	assert_int_equal(tw_sim_net_advance(net, TW_SIM_NODE_RELAY_US), 0);
	assert_int_equal(view_of(net, 1).tip, BASE + 1);
	assert_true(view_of(net, 1).is_synced);
	assert_int_equal(tw_sim_net_advance(net, TW_SIM_NODE_OWN_US), 0);
	assert_true(view_of(net, 0).is_synced);
}

static void test_fork_and_adopt(void **state)
{
	struct tw_sim_net *net = *state;
	struct tw_sim_chain_block ours, theirs;

	run(net, "mine 5");
	run(net, "fork d1 d2 3");
	assert_int_equal(view_of(net, 0).tip, BASE + 5);
	ours = block_of(net, 0, BASE + 3);
	theirs = block_of(net, 2, BASE + 3);
	assert_memory_not_equal(&ours.hash, &theirs.hash, TW_HASH_BYTES);
	ours = block_of(net, 0, BASE + 2);
	theirs = block_of(net, 2, BASE + 2);
	assert_memory_equal(&ours.hash, &theirs.hash, TW_HASH_BYTES);
	assert_true(view_of(net, 0).is_synced);
	assert_true(view_of(net, 2).is_synced);
	run(net, "mine 4 on d2");
	assert_int_equal(view_of(net, 0).tip, BASE + 9);
	assert_int_equal(view_of(net, 2).tip, BASE + 5);
	run(net, "adopt d1");
	assert_int_equal(view_of(net, 4).tip, BASE + 9);
	assert_int_equal(net->n_forks, 0);
	for (uint32_t i = 0; i < NODES; i++)
		assert_int_equal(net->nodes[i].branch, net->main);
	run(net, "claim d3 +1000");
	assert_int_equal(view_of(net, 2).tip, BASE + 1009);
	run(net, "mine");
	assert_int_equal(view_of(net, 2).tip, BASE + 1009);
	assert_int_equal(view_of(net, 0).tip, BASE + 10);
	run(net, "recover all");
	assert_int_equal(view_of(net, 2).tip, BASE + 10);
}

static void test_share(void **state)
{
	struct tw_sim_net *net = *state;
	int64_t fork;

	run(net, "fork d1 0 0 share 30");
	tw_sim_net_set_block_time(net, TW_SEC, true);
	assert_int_equal(tw_sim_net_advance(net, 500 * TW_SEC), 0);
	fork = view_of(net, 0).tip - BASE;
	assert_in_range(fork, 110, 190);
	assert_int_equal(fork + view_of(net, 1).tip - BASE, 500);
	run(net, "fork d1 0 0 share 0");
	fork = view_of(net, 0).tip;
	assert_int_equal(tw_sim_net_advance(net, 600 * TW_SEC), 0);
	assert_int_equal(view_of(net, 0).tip, fork);
}

static void test_race(void **state)
{
	struct tw_sim_net *net = *state;
	struct tw_sim_chain_block one, other;

	run(net, "race d4 d5");
	one = block_of(net, 0, BASE + 1);
	other = block_of(net, 4, BASE + 1);
	assert_int_equal(view_of(net, 0).tip, BASE + 1);
	assert_int_equal(view_of(net, 4).tip, BASE + 1);
	assert_memory_not_equal(&one.hash, &other.hash, TW_HASH_BYTES);
	assert_memory_equal(&one.prev_hash, &other.prev_hash, TW_HASH_BYTES);
	/* The others win. */
	run(net, "mine 1 on d4");
	for (uint32_t i = 0; i < NODES; i++) {
		assert_int_equal(view_of(net, i).tip, BASE + 2);
		one = block_of(net, i, BASE + 1);
		assert_memory_equal(&one.hash, &other.hash, TW_HASH_BYTES);
	}
	assert_int_equal(net->n_forks, 0);
	/* They lose. */
	run(net, "race d1");
	one = block_of(net, 1, BASE + 3);
	run(net, "mine");
	other = block_of(net, 0, BASE + 3);
	assert_memory_equal(&one.hash, &other.hash, TW_HASH_BYTES);
	assert_int_equal(view_of(net, 0).tip, BASE + 4);
	assert_int_equal(net->n_forks, 0);
}

static void test_refusals(void **state)
{
	struct tw_sim_net *net = *state;

	refuse(net, "", "empty");
	refuse(net, "explode d1", "no command 'explode'");
	refuse(net, "die", "needs a node");
	refuse(net, "die d9", "no node called 'd9'");
	refuse(net, "die d1,d9", "no node called 'd9'");
	refuse(net, "die d1 d2", "'d2' is too much");
	refuse(net, "mine many", "'many'");
	refuse(net, "mine 0", "from 1 to");
	refuse(net, "mine 1 at d1", "'at' is too much");
	refuse(net, "mine 1 on", "needs a node");
	refuse(net, "mine 1 on d1,d2", "one node");
	refuse(net, "fork d1", "needs a depth");
	refuse(net, "fork d1 3 share 101", "from 0 to 100");
	refuse(net, "race all", "other side");
	refuse(net, "slow d1 -1", "'-1'");
	refuse(net, "http-error d1 99", "from 200 to 599");
	refuse(net, "no-template d1 lazy", "busy, failed or notsynced");
	refuse(net, "garbage d1 much", "body or bytes");
	refuse(net, "auth d1 me", "a user and a password");
	refuse(net, "upgrade d1 bitcoin", "there are turtlecoin-rpc@0.28.3");
	refuse(net, "block-time 1ms", "at least 10ms");
	refuse(net, "submits d1,d2", "one node");
	refuse(net, "quit now", "too much");
	/* Found only when it is run. */
	{
		struct tw_sim_outcome outcome;
		struct tw_buf reply;

		tw_buf_init(&reply, TW_SIM_CMD_REPLY_MAX);
		assert_true(tw_sim_cmd_check(net, "fork d1 1000000", &outcome));
		run(net, "lag d1 1000000");
		run(net, "lag d2 1000000");
		assert_int_equal(tw_sim_cmd_run(net, "fork d1,d2 1000000", &outcome, &reply), 0);
		assert_true(outcome.is_ok);
		tw_buf_clear(&reply);
		assert_int_equal(tw_sim_cmd_run(net, "fork d1,d2 1000000", &outcome, &reply), 0);
		tw_buf_clear(&reply);
		assert_int_equal(tw_sim_cmd_run(net, "fork d1,d2 1000000", &outcome, &reply), 0);
		assert_false(outcome.is_ok);
		assert_contains(outcome.text, "not that deep");
		tw_buf_finish(&reply);
	}
}

/* A check must not change anything. */
static void test_check_changes_nothing(void **state)
{
	static const char *const lines[] = { "die all", "mine 5", "fork d1 3 2", "race d2",
		"recover all", "lie d1 5", "auth d1 a b", "quit", "block-time 5s", "adopt d1",
		"restart d1", "upgrade d1 monero", "claim d1 +5" };
	struct tw_sim_net *net = *state;
	struct tw_sim_outcome outcome;

	for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++) {
		if (!tw_sim_cmd_check(net, lines[i], &outcome))
			fail_msg("%s: %s", lines[i], outcome.text);
		assert_false(outcome.is_quit);
	}
	assert_int_equal(view_of(net, 0).tip, BASE);
	assert_int_equal(net->n_forks, 0);
	assert_int_equal(net->nodes[0].reach, TW_SIM_REACH_ANSWERS);
	assert_int_equal(net->nodes[0].version->dialect, TW_DIALECT_TURTLECOIN_RPC);
	assert_int_equal(net->nodes[0].lie, TW_UNKNOWN);
	assert_int_equal(tw_sim_net_next_us(net), TW_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_chain_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_seed_decides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_branches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mining_by_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_late_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_freeze_and_lag, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_network_height_never_falls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_block, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fork_and_adopt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_share, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_race, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_check_changes_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
