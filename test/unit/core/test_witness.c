/* core/node/witness and core/decide/public: what witnesses say, and what follows from it. */
#include "compare.h"
#include "core/node/witness.h"
#include "fixture/one_net.h"

/* The first n say that they have the block at height of a chain. */
static void say(uint32_t n, int64_t height, int64_t fork, uint8_t branch)
{
	struct tw_point tip = fake_block(height, fork, branch);

	net.now++;
	for (uint32_t slot = 0; slot < n; slot++)
		(void)tw_monitor_witness(net.monitor, net.now, slot, &tip);
}

static int64_t lead(void)
{
	fakenet_run(&net, 10 * TW_MS);
	return tw_monitor_decision(net.monitor)->witness_lead;
}

static void test_what_is_kept(void **state)
{
	struct tw_witness witness = { 0 };
	struct tw_point tip;

	(void)state;
	assert_false(tw_witness_hear(&witness, NULL));
	for (int64_t height = 1; height <= 10; height++) {
		tip = fake_block(height, INT64_MAX, 0);
		assert_true(tw_witness_hear(&witness, &tip));
		assert_false(tw_witness_hear(&witness, &tip)); /* nothing new */
	}
	assert_int_equal(witness.n, TW_WITNESS_TIPS);
	for (uint32_t i = 0; i < TW_WITNESS_TIPS; i++)
		assert_int_equal(witness.tips[i].height, 10 - i);
	/* It has reorganised: what it said before is of another chain. */
	tip = fake_block(10, 5, 1);
	assert_true(tw_witness_hear(&witness, &tip));
	assert_int_equal(witness.n, 1);
	assert_true(tw_witness_hear(&witness, NULL));
	assert_int_equal(witness.n, 0);
}

static void test_lead(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	assert_int_equal(lead(), TW_UNKNOWN);
	say(2, 1009, INT64_MAX, 0);
	assert_int_equal(lead(), TW_UNKNOWN); /* too few */
	say(6, 1000, INT64_MAX, 0);
	say(2, 1009, INT64_MAX, 0);
	assert_int_equal(lead(), 0);
	say(3, 1009, INT64_MAX, 0); /* half of them */
	assert_int_equal(lead(), 9);
	say(6, 900, INT64_MAX, 0);
	assert_int_equal(lead(), 0); /* never less */
	net.now++;
	for (uint32_t slot = 0; slot < 6; slot++)
		assert_true(tw_monitor_witness(net.monitor, net.now, slot, NULL));
	assert_int_equal(lead(), TW_UNKNOWN);
	assert_int_equal(tw_monitor_decision(net.monitor)->witnesses, 0);
}

/* They change nothing, whatever they say, where no daemon leads alone. */
static void test_they_elect_nothing(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	for (uint32_t n = 1; n <= TW_WITNESSES_MAX; n++) {
		say(n, 1000 + 100 * n, 900, 1);
		fakenet_run(&net, TW_SEC);
		assert_int_equal(fakenet_height(&net), 1000);
		assert_int_equal(fakenet_chosen(&net), 0);
		assert_string_equal(fakenet_mode(&net), "consensus");
		for (int32_t i = 0; i < 3; i++)
			assert_string_equal(fakenet_state(&net, i), "healthy/ok");
	}
}

/* One daemon leads alone by one block; so many of 16 witnesses have it. */
static void lead_alone(int32_t leader, uint32_t n)
{
	fakenet_begin(&net, 3);
	say(16, 1000, INT64_MAX, 0);
	say(n, 1001, INT64_MAX, 0);
	net.nodes[leader].tip = 1001;
	fakenet_run(&net, 2 * TW_SEC);
}

static void test_a_third_is_enough(void **state)
{
	(void)state;
	lead_alone(2, 6);
	assert_int_equal(fakenet_height(&net), 1001);
	fakenet_run(&net, 11 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 2);
	assert_string_equal(fakenet_state(&net, 0), "unhealthy/lagging");
	/* Once followed it goes on to be, as any lone leader, with the blocks that it gets. */
	net.nodes[2].tip = 1002;
	fakenet_run(&net, 2 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1002);
}

/* Which of the daemons it is makes no difference. */
static void test_any_daemon_may_lead(void **state)
{
	(void)state;
	for (int32_t leader = 0; leader < 3; leader++) {
		lead_alone(leader, 6);
		assert_int_equal(fakenet_height(&net), 1001);
		fakenet_finish(&net);
	}
}

static void test_less_is_not(void **state)
{
	(void)state;
	lead_alone(2, 5);
	assert_int_equal(fakenet_height(&net), 1000);
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(fakenet_chosen(&net), 0);
	assert_string_equal(fakenet_state(&net, 0), "healthy/ok");
}

/* Two bring one block in the same instant, and one of them another one: T needs no other event. */
static void test_at_once(void **state)
{
	static struct tw_observation obs;

	(void)state;
	fakenet_begin(&net, 3);
	say(16, 1002, INT64_MAX, 0);
	net.nodes[1].tip = 1001;
	net.nodes[2].tip = 1002;
	net.now++;
	for (int32_t i = 1; i < 3; i++) {
		fakenet_look(&net, i, &obs);
		tw_monitor_observe(net.monitor, net.now, i, -1, &obs);
	}
	tw_monitor_step(net.monitor, net.now);
	assert_int_equal(fakenet_height(&net), 1002);
}

/* A reference is never followed alone, and a daemon that somebody contradicts is not either. */
static void test_the_other_rules_apply(void **state)
{
	(void)state;
	fakenet_init(&net, 3);
	net.policies[2].role = TW_ROLE_REFERENCE;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	say(16, 1001, INT64_MAX, 0);
	net.nodes[2].tip = 1001;
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1000);
	fakenet_finish(&net);

	fakenet_begin(&net, 3);
	say(16, 1001, INT64_MAX, 0);
	net.nodes[1].tip = net.nodes[2].tip = 1001;
	net.nodes[1].fork = 1000; /* a rival of the same height */
	net.nodes[1].branch = 1;
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1000);
}

/* All nodes have lost their newest blocks, or are gone: what was confirmed is all there is. */
static void test_nobody_has_what_was_confirmed(void **state)
{
	(void)state;
	fakenet_begin(&net, 3);
	say(16, 1001, INT64_MAX, 0);
	for (int32_t i = 0; i < 3; i++)
		net.nodes[i].tip = 998;
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1000);
	for (int32_t i = 0; i < 3; i++)
		net.nodes[i].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(fakenet_height(&net), 1000);
	assert_false(tw_monitor_decision(net.monitor)->is_usable);
}

/* A reload makes new connections: nothing that was said before counts. */
static void test_reload(void **state)
{
	static const int32_t same[] = { 0, 1, 2 };
	struct tw_monitor *next;

	(void)state;
	fakenet_begin(&net, 3);
	say(16, 1001, INT64_MAX, 0);
	assert_int_equal(lead(), 1);
	assert_int_equal(tw_monitor_reconfigure(
				 net.monitor, tw_monitor_config(net.monitor), same, net.now, &next),
		0);
	tw_monitor_destroy(net.monitor);
	net.monitor = next;
	memset(net.running, 0, sizeof(net.running));
	assert_int_equal(lead(), TW_UNKNOWN);
	assert_null(tw_monitor_witness_tip(net.monitor, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test_teardown(test_lead, teardown),
		cmocka_unit_test_teardown(test_they_elect_nothing, teardown),
		cmocka_unit_test_teardown(test_a_third_is_enough, teardown),
		cmocka_unit_test(test_any_daemon_may_lead),
		cmocka_unit_test_teardown(test_less_is_not, teardown),
		cmocka_unit_test_teardown(test_at_once, teardown),
		cmocka_unit_test_teardown(test_the_other_rules_apply, teardown),
		cmocka_unit_test_teardown(test_nobody_has_what_was_confirmed, teardown),
		cmocka_unit_test_teardown(test_reload, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
