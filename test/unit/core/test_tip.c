/* The anchor C and the tip T over time (decision.md, Voting 4), by sentence. */
#include "core/saved.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"

static void begin(uint32_t n)
{
	fakenet_init(&net, n);
	start_net();
}

/* Only these are heard from now on. */
static void silence(uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
}

/* C needs q supporters, T two. */
static void test_anchor_and_tip(void **state)
{
	(void)state;
	begin(5);
	net.nodes[0].tip = net.nodes[1].tip = 1002;
	net.nodes[2].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->anchor_height, 1001);
	assert_int_equal(decision()->tip.height, 1002);
	/* One supporter alone never moves T. */
	net.nodes[3].tip = 1003;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->anchor_height, 1002);
	assert_int_equal(decision()->tip.height, 1002);
}

/* One of three answers, and has two blocks more. */
static void leave_one_that_goes_on(void)
{
	begin(3);
	silence(1, 3);
	fakenet_run(&net, 3 * TW_SEC);
	net.nodes[0].tip = 1002;
	fakenet_run(&net, 2 * TW_SEC);
}

/* Fewer than two voters answer: the one is followed at once, within the budget and the limit. */
static void test_only_one_answers(void **state)
{
	(void)state;
	leave_one_that_goes_on();
	assert_int_equal(decision()->tip.height, 1002);
	net.nodes[0].tip = 1500;
	fakenet_run(&net, 2 * TW_SEC);
	assert_that(decision()->tip.height, <, 1004);
}

/* ... and goes on leading when another is back with what it had. */
static void test_only_one_answered(void **state)
{
	(void)state;
	leave_one_that_goes_on();
	net.nodes[1].result = TW_RESULT_OK;
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(decision()->answering, 2);
	net.nodes[0].tip = 1003;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1003);
}

/* The two that are ahead of the other three, block after block. */
static void run_ahead(int64_t seconds)
{
	for (int64_t i = 0; i < seconds; i++) {
		net.nodes[0].tip += 8;
		net.nodes[1].tip += 8;
		fakenet_run(&net, TW_SEC);
	}
}

/* Short of q: max_lead blocks saved up, then one per quarter of the block target. */
static void test_budget(void **state)
{
	int64_t quarter_us;

	(void)state;
	begin(5);
	quarter_us = tw_policy_growth_us(&net.policy);
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	run_ahead(3);
	assert_int_equal(decision()->anchor_height, 1001);
	assert_int_equal(decision()->tip.height, 1003);
	for (int64_t n = 1; n <= 20; n++) {
		fakenet_run(&net, quarter_us);
		assert_int_equal(decision()->tip.height, 1003 + n);
	}
	/* q supporters: at once, and the budget is full again. */
	net.nodes[2].tip = net.nodes[0].tip;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1025);
	run_ahead(2);
	assert_int_equal(decision()->tip.height, 1027);
}

/* A jump that nobody has shown the blocks of: the one that can be afforded is asked for. */
static void test_budget_and_a_jump(void **state)
{
	(void)state;
	begin(5);
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[0].tip = net.nodes[1].tip = 1100;
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1003);
	fakenet_run(&net, 10 * tw_policy_growth_us(&net.policy));
	assert_in_range(decision()->tip.height, 1012, 1013);
}

/* Time without growth adds to the cap. */
static void test_budget_grows_with_silence(void **state)
{
	(void)state;
	begin(5);
	fakenet_run(&net, 10 * tw_policy_growth_us(&net.policy));
	net.nodes[0].tip = net.nodes[1].tip = 1012;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1012);
	/* Spent, but for what may always be saved up. */
	run_ahead(2);
	assert_in_range(decision()->tip.height, 1012, 1014);
}

/* starting ended without q: the highest block with two supporters; T goes on from there. */
static void test_begin_without_quorum(void **state)
{
	(void)state;
	fakenet_init(&net, 7);
	silence(3, 7);
	net.nodes[0].tip = 1000002;
	net.nodes[1].tip = net.nodes[2].tip = 1000000;
	fakenet_start(&net);
	fakenet_run(&net, 7 * TW_SEC);
	assert_string_equal(fakenet_mode(&net), "reduced");
	assert_int_equal(decision()->tip.height, 1000000);
	for (int64_t n = 1; n <= 5; n++) {
		for (uint32_t i = 0; i < 3; i++)
			net.nodes[i].tip = 1000002 + n;
		fakenet_run(&net, 30 * TW_SEC);
		assert_int_equal(decision()->tip.height, 1000002 + n);
		assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
	}
}

/* ... else the only tip, which then grows. */
static void test_begin_alone(void **state)
{
	(void)state;
	fakenet_init(&net, 3);
	silence(1, 3);
	net.nodes[0].tip = 1000000;
	fakenet_start(&net);
	fakenet_run(&net, 7 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000000);
	net.nodes[0].tip++;
	fakenet_run(&net, 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000001);
}

/* A lone leader that gets one block after the other is followed after two block targets: not
 * sooner, not a reference, and not one without peers. */
static void lead(int64_t us)
{
	for (int64_t n = 0; n < us / (30 * TW_SEC); n++) {
		net.nodes[4].tip++;
		fakenet_run(&net, 30 * TW_SEC);
	}
}

static void test_lone_leader(void **state)
{
	(void)state;
	begin(5);
	lead(30 * TW_SEC);
	net.nodes[4].tip++;
	fakenet_run(&net, 25 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1002);
	lead(30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1003);
	/* However far another one has synced, short of T. */
	net.nodes[0].tip = 1002;
	lead(60 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1005);
	/* Until another voter supports T: then that one counts like any other. */
	net.nodes[0].tip = 1005;
	fakenet_run(&net, TW_SEC);
	lead(30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1005);
}

/* One block is no growth, however long it lasts. */
static void test_leader_of_one_block(void **state)
{
	(void)state;
	begin(5);
	net.nodes[4].tip++;
	fakenet_run(&net, 15 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
}

/* One that jumps, or that has nothing new, is followed after six block targets. */
static void test_leader_that_jumps(void **state)
{
	(void)state;
	begin(5);
	net.nodes[4].tip = 1005;
	fakenet_run(&net, 6 * 30 * TW_SEC - 10 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	assert_string_equal(fakenet_state(&net, 4), "unhealthy/ahead");
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1005);
}

static void test_leader_is_a_reference(void **state)
{
	(void)state;
	fakenet_init(&net, 5);
	net.policies[4].role = TW_ROLE_REFERENCE;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	lead(10 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
}

/* ... also where it is the only one that answers. */
static void test_last_voter_is_a_reference(void **state)
{
	(void)state;
	fakenet_init(&net, 3);
	net.policies[2].role = TW_ROLE_REFERENCE;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	silence(0, 2);
	for (int64_t n = 0; n < 10; n++) {
		net.nodes[2].tip++;
		fakenet_run(&net, 30 * TW_SEC);
	}
	assert_int_equal(decision()->tip.height, 1000);
}

static void test_leader_without_peers(void **state)
{
	(void)state;
	fakenet_init(&net, 5);
	net.policy.min_peers = 0;
	net.nodes[4].peers = 0;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	lead(10 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
}

/* A voter that is stuck beside the chain keeps it back for twelve block targets. */
static void test_leader_in_a_conflict(void **state)
{
	(void)state;
	begin(5);
	to_branch(0, 1000, 1, 1001);
	lead(11 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	lead(60 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1013);
}

/* ... and for ever, where the leader has not grown. */
static void test_leader_that_jumps_in_a_conflict(void **state)
{
	(void)state;
	begin(5);
	to_branch(0, 1000, 1, 1001);
	net.nodes[4].tip = 1006;
	fakenet_run(&net, 15 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
}

/* One that conflicts with what a quorum confirmed keeps no leader back. */
static void test_leader_beside_one_that_denies_c(void **state)
{
	(void)state;
	begin(5);
	to_branch(0, 999, 1, 1000);
	lead(3 * 30 * TW_SEC);
	assert_int_equal(decision()->anchor_height, 1000);
	assert_int_equal(decision()->tip.height, 1003);
}

/* Two went to a fork long ago, two are stuck: those on the fork do not keep the last one back. */
static void test_leader_beside_a_fork(void **state)
{
	(void)state;
	begin(5);
	to_branch(0, 990, 1, 1000);
	to_branch(1, 990, 1, 1000);
	lead(30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	lead(2 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1003);
}

static void test_leader_too_far_ahead(void **state)
{
	(void)state;
	begin(5);
	/* 2 x max_lead and 4 a block target: at most 1044 after ten. */
	net.nodes[4].tip = 1100;
	fakenet_run(&net, 10 * 30 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	fakenet_run(&net, 15 * 30 * TW_SEC);
	assert_that(decision()->tip.height, >, 1090);
}

/* T never moves to its own ancestor while a voter still has it. */
static void test_never_to_its_own_ancestor(void **state)
{
	(void)state;
	begin(5);
	net.nodes[0].tip = net.nodes[1].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	net.nodes[1].tip = 1000;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	/* Nobody has it: back, and that is no other chain. */
	net.nodes[0].tip = 1000;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	assert_int_equal(decision()->chain_epoch, 1);
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].tip = 1002;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1002);
	assert_int_equal(decision()->chain_epoch, 1);
}

/* ... not even when the main chain has left it, but puts nothing in its place yet. */
static void test_leaves_only_for_a_block(void **state)
{
	(void)state;
	begin(5);
	net.nodes[0].tip = net.nodes[1].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[1].tip = 1000;
	to_branch(2, 1000, 1, 1001);
	to_branch(3, 1000, 1, 1002);
	/* 1001 of the branch has two supporters: that is a block in its place. */
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	assert_int_equal(decision()->tip.hash.bytes[0], 1);
	assert_int_equal(decision()->chain_epoch, 2);
}

/* The last ones that have it fall silent: T stays for 30 s, and they may come back meanwhile. */
static void test_stays_for_the_silent(void **state)
{
	(void)state;
	begin(5);
	net.nodes[0].tip = net.nodes[1].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	silence(0, 2);
	fakenet_run(&net, 25 * TW_SEC);
	assert_string_equal(fakenet_state(&net, 0), "unresponsive/refused");
	assert_int_equal(decision()->tip.height, 1001);
	net.nodes[1].result = TW_RESULT_OK;
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	/* The time begins anew. */
	silence(1, 2);
	fakenet_run(&net, 25 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	fakenet_run(&net, 7 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
}

/* What a corrupt chain showed is worth nothing, and who was drained is not waited for. */
static void test_stays_for_no_others(void **state)
{
	(void)state;
	begin(5);
	net.nodes[0].tip = net.nodes[1].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
	net.nodes[0].result = TW_RESULT_WRECKED;
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, 1), 0);
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1001);
	silence(1, 2);
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
}

/* Nobody has C any more; then all go forward on another branch: another chain. */
static void test_chain_epoch_after_a_step_back(void **state)
{
	(void)state;
	begin(3);
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].tip = 998;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1000);
	assert_int_equal(decision()->chain_epoch, 1);
	for (uint32_t i = 0; i < 3; i++)
		to_branch(i, 998, 1, 999);
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 999);
	assert_int_equal(decision()->chain_epoch, 2);
	for (uint32_t i = 0; i < 3; i++)
		to_branch(i, 998, 1, 1005);
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->chain_epoch, 2);
}

/* A jump past the window, linked by asking, is the same chain. */
static void test_jump_past_the_window(void **state)
{
	(void)state;
	begin(3);
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].tip = 1500;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1500);
	assert_int_equal(decision()->chain_epoch, 1);
}

/* After a restart the lower T is shown to be an ancestor of the last one by whoever has both. */
static void test_restart_a_little_behind(void **state)
{
	struct tw_core_config config;
	struct tw_saved saved;
	struct tw_saved_node nodes[FAKE_NODES];

	(void)state;
	begin(3);
	for (uint32_t i = 0; i < 3; i++)
		net.nodes[i].tip = 1003;
	fakenet_run(&net, 2 * TW_SEC);
	tw_saved_take(net.monitor, net.now, &saved, nodes);
	tw_monitor_destroy(net.monitor);
	assert_int_equal(saved.tip.height, 1003);
	assert_int_equal(saved.anchor.height, 1003);
	/* A state file of an older version does not say what a quorum confirmed. */
	saved.anchor.height = TW_UNKNOWN;
	net.nodes[0].tip = net.nodes[1].tip = 1002;
	config = (struct tw_core_config){ net.policy, net.n, net.policies };
	assert_int_equal(tw_monitor_create(&config, &saved, nodes, net.now, &net.monitor), 0);
	memset(net.running, 0, sizeof(net.running));
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(decision()->tip.height, 1002);
	assert_int_equal(decision()->chain_epoch, 1);
	net.nodes[0].tip = net.nodes[1].tip = net.nodes[2].tip = 1004;
	fakenet_run(&net, 3 * TW_SEC);
	assert_int_equal(decision()->chain_epoch, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_anchor_and_tip),
		TEST(test_only_one_answers),
		TEST(test_only_one_answered),
		TEST(test_budget),
		TEST(test_budget_and_a_jump),
		TEST(test_budget_grows_with_silence),
		TEST(test_begin_without_quorum),
		TEST(test_begin_alone),
		TEST(test_lone_leader),
		TEST(test_leader_of_one_block),
		TEST(test_leader_that_jumps),
		TEST(test_leader_is_a_reference),
		TEST(test_last_voter_is_a_reference),
		TEST(test_leader_without_peers),
		TEST(test_leader_in_a_conflict),
		TEST(test_leader_that_jumps_in_a_conflict),
		TEST(test_leader_beside_one_that_denies_c),
		TEST(test_leader_beside_a_fork),
		TEST(test_leader_too_far_ahead),
		TEST(test_never_to_its_own_ancestor),
		TEST(test_stays_for_the_silent),
		TEST(test_stays_for_no_others),
		TEST(test_leaves_only_for_a_block),
		TEST(test_chain_epoch_after_a_step_back),
		TEST(test_jump_past_the_window),
		TEST(test_restart_a_little_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
