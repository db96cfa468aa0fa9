/* A check that every daemon fails in the same way (decision.md, Verdicts 11). */
#include "core/decide/suspect.h"
#include "core/model.h"
#include "explain/explain.h"
#include "fixture/compare.h"
#include "fixture/one_net.h"

static void begin(uint32_t n, enum tw_template template)
{
	fakenet_init(&net, n);
	net.policy.has_template = true;
	for (uint32_t i = 0; i < n; i++)
		net.nodes[i].template = template;
	fakenet_start(&net);
	fakenet_run(&net, 20 * TW_SEC);
}

static void assert_says(const char *setting, const char *words)
{
	struct tw_buf text;

	tw_buf_init(&text, 4096);
	tw_explain_suspect(net.monitor, &text);
	assert_contains(tw_buf_str(&text), words);
	tw_buf_finish(&text);
	assert_string_equal(tw_suspect_setting(decision()->suspect), setting);
}

static void test_rows_are_complete(void **state)
{
	(void)state;
	for (int i = 1; i < TW_SUSPECTS; i++) {
		enum tw_suspect suspect = (enum tw_suspect)i;

		assert_that(strlen(tw_suspect_setting(suspect)), >, 0);
		assert_that(strlen(tw_suspect_meaning(suspect)), >, 0);
		assert_that(strlen(tw_suspect_remedy(suspect)), >, 0);
		for (int k = 1; k < i; k++)
			assert_string_not_equal(
				tw_suspect_word(suspect), tw_suspect_word((enum tw_suspect)k));
	}
}

/* A typo in the wallet address takes nothing away from the pool. */
static void test_address(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_ADDRESS);
	for (int32_t i = 0; i < 3; i++)
		assert_state(i, "healthy/ok");
	assert_true(decision()->is_usable);
	assert_int_equal(decision()->suspect, TW_SUSPECT_ADDRESS);
	assert_says("template.wallet_address", "no daemon takes");
	/* Two are down: the third one still says so itself. */
	net.nodes[0].result = net.nodes[1].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 5 * TW_SEC);
	assert_state(2, "healthy/ok");
	assert_true(decision()->is_usable);
	/* Corrected. */
	net.nodes[2].template = TW_TEMPLATE_OK;
	fakenet_run(&net, 15 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
}

/* One daemon takes it: it is not the address. */
static void test_address_of_one(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_ADDRESS);
	net.nodes[1].template = TW_TEMPLATE_OK;
	fakenet_run(&net, 15 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
	assert_state(0, "unhealthy/no_template");
	assert_state(1, "healthy/ok");
	assert_state(2, "unhealthy/no_template");
	assert_int_equal(decision()->chosen, 1);
}

/* A daemon that has another trouble with templates is judged by that. */
static void test_address_and_busy(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_ADDRESS);
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	fakenet_run(&net, 15 * TW_SEC);
	assert_state(0, "unhealthy/no_template");
	assert_state(1, "healthy/ok");
	assert_int_equal(decision()->suspect, TW_SUSPECT_ADDRESS);
}

/* Until a failed template is confirmed or refuted, a single look does not end. */
static void test_doubt(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_OK);
	assert_false(tw_monitor_is_in_doubt(net.monitor, 0));
	net.nodes[0].template = TW_TEMPLATE_FAILED;
	for (int i = 0; i < 200 && !tw_monitor_is_in_doubt(net.monitor, 0); i++)
		fakenet_run(&net, 100 * TW_MS);
	assert_true(tw_monitor_is_in_doubt(net.monitor, 0));
	assert_state(0, "healthy/ok");
	fakenet_run(&net, 3 * TW_SEC);
	assert_false(tw_monitor_is_in_doubt(net.monitor, 0));
	assert_state(0, "unhealthy/no_template");
}

/* Busy daemons are a night, not a setting. */
static void test_busy(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_FAILED);
	assert_state(0, "unhealthy/no_template");
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
}

static void test_late(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_LATE);
	assert_state(0, "healthy/ok");
	assert_true(decision()->is_usable);
	assert_says("probe.timeout", "probe.timeout");
	/* Of the last one that answers nobody can tell whether it is slow or stuck. */
	net.nodes[0].result = net.nodes[1].result = TW_RESULT_REFUSED;
	fakenet_run(&net, 15 * TW_SEC);
	assert_state(2, "unhealthy/no_template");
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
}

/* Half of the daemons are enough to suspect the time that all are given; fewer are not. */
static void test_late_half(void **state)
{
	(void)state;
	fakenet_init(&net, 4);
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 4; i++)
		net.nodes[i].template = i < 2 ? TW_TEMPLATE_LATE : TW_TEMPLATE_FAILED;
	fakenet_start(&net);
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_LATE);
	assert_state(1, "healthy/ok");
	assert_state(2, "unhealthy/no_template");
	fakenet_finish(&net);
	fakenet_init(&net, 5);
	net.policy.has_template = true;
	for (uint32_t i = 0; i < 5; i++)
		net.nodes[i].template = i < 2 ? TW_TEMPLATE_LATE : TW_TEMPLATE_FAILED;
	fakenet_start(&net);
	fakenet_run(&net, 20 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
	assert_state(1, "unhealthy/no_template");
}

/* Too few peers everywhere: the setting is suspected, unless a daemon has none at all. */
static void test_peers(void **state)
{
	(void)state;
	fakenet_init(&net, 2);
	net.policy.min_peers = 4;
	net.nodes[0].peers = net.nodes[1].peers = 3;
	fakenet_start(&net);
	fakenet_run(&net, 30 * TW_SEC);
	assert_state(0, "unhealthy/isolated");
	assert_int_equal(decision()->suspect, TW_SUSPECT_PEERS);
	net.nodes[1].peers = 0;
	fakenet_run(&net, 30 * TW_SEC);
	assert_state(1, "unhealthy/isolated");
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
	/* Peers say nothing about a login that all daemons want. */
	net.nodes[0].result = net.nodes[1].result = TW_RESULT_AUTH;
	fakenet_run(&net, 30 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_LOGIN);
}

/* With one daemon there is nothing else to use, and the pool waits longer than a check. */
static void test_late_alone(void **state)
{
	(void)state;
	begin(1, TW_TEMPLATE_LATE);
	assert_state(0, "healthy/ok");
	assert_int_equal(decision()->suspect, TW_SUSPECT_LATE);
}

/* A check that proves nothing is not repeated more often than one that succeeds. */
static void test_asks_no_more_than_usual(void **state)
{
	uint32_t n = 0;

	(void)state;
	begin(1, TW_TEMPLATE_ADDRESS);
	net.policy.template_interval_us = 10 * TW_SEC;
	for (int i = 0; i < 300; i++) {
		fakenet_run(&net, 100 * TW_MS);
		n += net.monitor->nodes[0].wants_template;
	}
	assert_int_equal(n, 0);
}

/* Drained daemons do not count: the operator has taken them out. */
static void test_drained(void **state)
{
	(void)state;
	begin(3, TW_TEMPLATE_LATE);
	net.nodes[1].template = TW_TEMPLATE_OK;
	fakenet_run(&net, 15 * TW_SEC);
	assert_state(0, "unhealthy/no_template");
	assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, 1), 0);
	fakenet_run(&net, TW_SEC);
	assert_state(0, "healthy/ok");
	assert_int_equal(decision()->suspect, TW_SUSPECT_LATE);
}

/* All daemons want a password: nothing is known of them, but the setting is named. */
static void test_login(void **state)
{
	(void)state;
	fakenet_init(&net, 2);
	net.nodes[0].result = net.nodes[1].result = TW_RESULT_AUTH;
	fakenet_start(&net);
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_LOGIN);
	assert_false(decision()->is_usable);
	assert_says("user, password_file", "password");
	net.nodes[1].result = TW_RESULT_OK;
	fakenet_run(&net, 10 * TW_SEC);
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
}

/* References that were not upgraded outvote the daemons; draining them overrules them. */
static void test_references(void **state)
{
	(void)state;
	fakenet_init(&net, 4);
	net.policies[2].role = net.policies[3].role = TW_ROLE_REFERENCE;
	net.policies[1].role = TW_ROLE_REFERENCE;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	to_branch(0, 1000, 1, 1005);
	for (uint32_t i = 1; i < 4; i++)
		net.nodes[i].tip = 1004;
	fakenet_run(&net, 20 * TW_SEC);
	assert_state(0, "unhealthy/forked");
	assert_false(decision()->is_usable);
	assert_int_equal(decision()->suspect, TW_SUSPECT_REFERENCES);
	assert_says("role = \"reference\"", "drain");
	for (int32_t i = 1; i < 4; i++)
		assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_DRAIN, i), 0);
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(decision()->voters, 1);
	assert_int_equal(decision()->quorum, 1);
	assert_state(0, "healthy/ok");
	assert_true(decision()->is_usable);
	assert_int_equal(decision()->tip.height, 1005);
	assert_int_equal(decision()->suspect, TW_SUSPECT_NONE);
	for (int32_t i = 1; i < 4; i++)
		assert_int_equal(tw_monitor_operate(net.monitor, net.now, TW_OP_UNDRAIN, i), 0);
	fakenet_run(&net, 5 * TW_SEC);
	assert_int_equal(decision()->voters, 4);
	assert_state(0, "unhealthy/forked");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		TEST(test_address),
		TEST(test_address_of_one),
		TEST(test_address_and_busy),
		TEST(test_doubt),
		TEST(test_busy),
		TEST(test_late),
		TEST(test_late_alone),
		TEST(test_late_half),
		TEST(test_peers),
		TEST(test_asks_no_more_than_usual),
		TEST(test_drained),
		TEST(test_login),
		TEST(test_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
