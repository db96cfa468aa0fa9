/* The mode that hooks and alarms see, only once it has held: worse soon, better later. */
#include "core/mode.h"
#include "fakenet.h"
#include "fixture/compare.h"

static const char *announced(const struct fakenet *net)
{
	return tw_mode_word(tw_monitor_decision(net->monitor)->announced);
}

static void set(struct fakenet *net, uint32_t from, uint32_t to, enum tw_result result)
{
	for (uint32_t i = from; i < to; i++)
		net->nodes[i].result = result;
}

/* Runs the network until its mode is this one. */
static void run_until(struct fakenet *net, const char *mode)
{
	for (int i = 0; i < 3000 && strcmp(fakenet_mode(net), mode) != 0; i++)
		fakenet_run(net, 10 * TW_MS);
	assert_string_equal(fakenet_mode(net), mode);
}

static void test_start(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 7);
	fakenet_start(&net);
	run_until(&net, "consensus");
	assert_string_equal(announced(&net), "starting");
	fakenet_run(&net, 1900 * TW_MS);
	assert_string_equal(announced(&net), "starting");
	fakenet_run(&net, 200 * TW_MS);
	assert_string_equal(announced(&net), "consensus");
	fakenet_finish(&net);
}

static void test_worse_soon_better_later(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 7);
	fakenet_run(&net, 3 * TW_SEC);
	set(&net, 2, 7, TW_RESULT_REFUSED);
	run_until(&net, "fallback");
	fakenet_run(&net, 900 * TW_MS);
	assert_string_equal(announced(&net), "consensus");
	fakenet_run(&net, 200 * TW_MS);
	assert_string_equal(announced(&net), "fallback");
	set(&net, 2, 7, TW_RESULT_OK);
	run_until(&net, "consensus");
	assert_string_equal(announced(&net), "fallback");
	fakenet_run(&net, 2100 * TW_MS);
	assert_string_equal(announced(&net), "consensus");
	fakenet_finish(&net);
}

/*
 * A split heals: one side gives up in the middle of a block, so that for a moment both are as many.
 * Nobody is called for that, and a mode that is worse still is not what was held.
 */
static void test_short_contest(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_begin(&net, 5);
	fakenet_run(&net, 3 * TW_SEC);
	for (int i = 0; i < 5; i++) {
		/* Two are on another chain, and one is away for less than a second. */
		net.nodes[3].fork = net.nodes[4].fork = 990;
		net.nodes[3].branch = net.nodes[4].branch = 1;
		net.nodes[2].fork = 990;
		net.nodes[2].branch = 2;
		run_until(&net, "contested");
		fakenet_run(&net, 500 * TW_MS);
		for (uint32_t k = 2; k < 5; k++)
			net.nodes[k].branch = 0;
		run_until(&net, "consensus");
		assert_string_equal(announced(&net), "consensus");
		fakenet_run(&net, 3 * TW_SEC);
		assert_string_equal(announced(&net), "consensus");
	}
	fakenet_finish(&net);
}

/* The deadline brings what has held, without any event. */
static void test_deadline(void **state)
{
	struct fakenet net;
	int64_t since_us;

	(void)state;
	fakenet_begin(&net, 7);
	fakenet_run(&net, 3 * TW_SEC);
	set(&net, 2, 7, TW_RESULT_REFUSED);
	run_until(&net, "fallback");
	since_us = net.now;
	/* No check ends any more. */
	for (uint32_t i = 0; i < net.n; i++)
		net.nodes[i].is_mute = true;
	while (strcmp(announced(&net), "fallback") != 0) {
		assert_that(tw_monitor_deadline(net.monitor), <=, since_us + TW_SEC);
		fakenet_run(&net, 10 * TW_MS);
	}
	assert_in_range(net.now - since_us, 980 * TW_MS, 1020 * TW_MS);
	fakenet_finish(&net);
}

/* Nobody is called at every turn of a network that wavers. */
static void test_wavering(void **state)
{
	struct fakenet net;
	int64_t reduced_us, consensus_us;

	(void)state;
	fakenet_begin(&net, 7);
	fakenet_run(&net, 5 * TW_SEC);
	assert_string_equal(announced(&net), "consensus");
	set(&net, 3, 7, TW_RESULT_REFUSED);
	run_until(&net, "reduced");
	fakenet_run(&net, 1100 * TW_MS);
	for (int i = 0; i < 10; i++) {
		/* A majority is gone, and is back for a second and a half. */
		assert_string_equal(announced(&net), "reduced");
		set(&net, 3, 7, TW_RESULT_OK);
		run_until(&net, "consensus");
		fakenet_run(&net, 500 * TW_MS);
		assert_string_equal(announced(&net), "reduced");
		set(&net, 3, 7, TW_RESULT_REFUSED);
		run_until(&net, "reduced");
	}
	/* Wavering between better modes is the lesser of them. */
	set(&net, 2, 7, TW_RESULT_REFUSED);
	run_until(&net, "fallback");
	fakenet_run(&net, 1100 * TW_MS);
	assert_string_equal(announced(&net), "fallback");
	set(&net, 2, 3, TW_RESULT_OK);
	run_until(&net, "reduced");
	reduced_us = net.now;
	fakenet_run(&net, 500 * TW_MS);
	set(&net, 3, 7, TW_RESULT_OK);
	run_until(&net, "consensus");
	consensus_us = net.now;
	/* It has become worse twice, so that what is better must hold for twice as long. */
	fakenet_run(&net, reduced_us + 3900 * TW_MS - net.now);
	assert_string_equal(announced(&net), "fallback");
	fakenet_run(&net, 200 * TW_MS);
	assert_string_equal(announced(&net), "reduced");
	fakenet_run(&net, consensus_us + 3900 * TW_MS - net.now);
	assert_string_equal(announced(&net), "reduced");
	fakenet_run(&net, 200 * TW_MS);
	assert_string_equal(announced(&net), "consensus");
	fakenet_finish(&net);
}

/* Makes the mode worse for a time, and then good again for a time. Returns whether it was rung. */
static bool fall(struct fakenet *net, int64_t bad_us, int64_t good_us)
{
	bool was_announced = strcmp(announced(net), "fallback") == 0, is_rung;

	set(net, 2, 7, TW_RESULT_REFUSED);
	run_until(net, "fallback");
	fakenet_run(net, bad_us);
	assert_string_equal(announced(net), "fallback");
	is_rung = !was_announced;
	set(net, 2, 7, TW_RESULT_OK);
	run_until(net, "consensus");
	fakenet_run(net, good_us);
	return is_rung;
}

/*
 * What comes back each time that it is over is rung a few times and then counted; a mode that is
 * worse than what is announced is rung at once all the same, and so is one that comes after a quiet
 * time.
 */
static void test_budget(void **state)
{
	struct fakenet net;
	uint32_t n_rung = 0;

	(void)state;
	fakenet_begin(&net, 7);
	fakenet_run(&net, 3 * TW_SEC);
	assert_true(fall(&net, 1500 * TW_MS, 3 * TW_SEC));
	assert_string_equal(announced(&net), "consensus");
	assert_int_equal(tw_monitor_decision(net.monitor)->falls, 1);
	for (int i = 0; i < 30; i++)
		n_rung += fall(&net, 1500 * TW_MS, 10 * TW_SEC);
	assert_in_range(n_rung, 1, 4);
	assert_string_equal(announced(&net), "fallback");
	assert_int_equal(tw_monitor_decision(net.monitor)->falls, 31);
	/* Another thing, and a worse one. */
	net.nodes[3].fork = net.nodes[4].fork = net.nodes[5].fork = 990;
	net.nodes[3].branch = net.nodes[4].branch = net.nodes[5].branch = 1;
	net.nodes[6].result = TW_RESULT_REFUSED;
	run_until(&net, "contested");
	fakenet_run(&net, 1500 * TW_MS);
	assert_string_equal(announced(&net), "contested");
	for (uint32_t i = 3; i < 6; i++)
		net.nodes[i].branch = 0;
	net.nodes[6].result = TW_RESULT_OK;
	/* It is said that it is good again after an hour at the latest. */
	run_until(&net, "consensus");
	fakenet_run(&net, 3500 * TW_SEC);
	assert_string_equal(announced(&net), "contested");
	fakenet_run(&net, 110 * TW_SEC);
	assert_string_equal(announced(&net), "consensus");
	/* After a day it is as if nothing had been. */
	fakenet_run(&net, 25 * TW_HOUR);
	assert_true(fall(&net, 1500 * TW_MS, 3 * TW_SEC));
	assert_string_equal(announced(&net), "consensus");
	assert_int_equal(tw_monitor_decision(net.monitor)->falls, 1);
	fakenet_finish(&net);
}

/* With no wait to speak of it is still one interval, and a longer rise is a longer wait. */
static void test_rise(void **state)
{
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 3);
	net.policy.rise = 8;
	fakenet_start(&net);
	run_until(&net, "consensus");
	fakenet_run(&net, 7900 * TW_MS);
	assert_string_equal(announced(&net), "starting");
	fakenet_run(&net, 200 * TW_MS);
	assert_string_equal(announced(&net), "consensus");
	fakenet_finish(&net);
}

/* A reload is no reason to begin again. */
static void test_reconfigure(void **state)
{
	static const int32_t same[] = { 0, 1, 2 };
	struct fakenet net, other;

	(void)state;
	fakenet_begin(&net, 3);
	fakenet_run(&net, 2 * TW_SEC);
	assert_string_equal(announced(&net), "consensus");
	fakenet_reload(&net, &other, 3, same);
	assert_string_equal(announced(&other), "consensus");
	fakenet_run(&other, 10 * TW_MS);
	assert_string_equal(announced(&other), "consensus");
	fakenet_finish(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_worse_soon_better_later),
		cmocka_unit_test(test_short_contest),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_wavering),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_rise),
		cmocka_unit_test(test_reconfigure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
