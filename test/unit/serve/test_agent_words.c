/* serve/agent: every answer, in every state, and lines that are no questions. */
#include "core/reason.h"
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/agent.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (fake == NULL)
		return -1;
	fake_init(fake);
	*state = fake;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void expect_bytes(struct fake *fake, const char *line, size_t len, const char *expected)
{
	char reply[TW_AGENT_REPLY_MAX] = "";

	assert_true(tw_agent_answer(&fake->config, &fake->monitor, line, len, reply));
	assert_string_equal(reply, expected);
}

static void expect(struct fake *fake, const char *line, const char *expected)
{
	expect_bytes(fake, line, strlen(line), expected);
}

static void test_healthy(void **state)
{
	struct fake *fake = *state;

	/* beta is the chosen one. */
	fake->monitor.views[0].verdict = (struct tw_verdict){ TW_STATE_HEALTHY, TW_REASON_OK };
	expect(*state, "alpha", "ready up\n");
	expect(*state, "alpha chosen", "ready down #not_chosen\n");
	expect(*state, "beta", "ready up\n");
	expect(*state, "beta chosen", "ready up\n");
	expect(*state, " \tbeta \t chosen \r", "ready up\n");
}

/* The state comes before the choice: why a bad daemon is not chosen is the more useful word. */
static void test_every_verdict(void **state)
{
	struct fake *fake = *state;
	struct tw_verdict *verdict = &fake->monitor.views[1].verdict;
	char reply[TW_AGENT_REPLY_MAX], expected[TW_AGENT_REPLY_MAX];

	fake->monitor.decision.is_usable = false;
	for (enum tw_reason reason = 0; reason <= TW_REASON_WARMING; reason++) {
		*verdict = (struct tw_verdict){
			reason <= TW_REASON_TLS ? TW_STATE_UNRESPONSIVE : TW_STATE_UNHEALTHY, reason
		};
		snprintf(expected, sizeof(expected), "ready down #%s\n", tw_reason_word(reason));
		expect(fake, "beta", expected);
		expect(fake, "beta chosen", expected);
	}
	*verdict = (struct tw_verdict){ TW_STATE_HEALTHY, TW_REASON_RACING };
	expect(fake, "beta chosen", "ready up\n");
	*verdict = (struct tw_verdict){ TW_STATE_MAINTENANCE, TW_REASON_DRAINED };
	expect(fake, "beta", "drain\n");
	expect(fake, "beta chosen", "drain\n");
	/* Nobody is judged before he was looked at. */
	*verdict = (struct tw_verdict){ TW_STATE_UNKNOWN, TW_REASON_UNCHECKED };
	assert_false(tw_agent_answer(&fake->config, &fake->monitor, "beta", 4, reply));
	assert_false(tw_agent_answer(&fake->config, &fake->monitor, "beta chosen", 11, reply));
}

/* Where nobody is healthy, HAProxy sends the pool where `select` sends it. */
static void test_usable_all_the_same(void **state)
{
	struct fake *fake = *state;

	fake->monitor.views[0].verdict = fake->monitor.views[1].verdict =
		(struct tw_verdict){ TW_STATE_UNHEALTHY, TW_REASON_WARMING };
	fake->monitor.decision.is_usable = true;
	expect(fake, "beta chosen", "ready up\n");
	expect(fake, "beta", "ready down #warming\n");
	expect(fake, "alpha chosen", "ready down #warming\n");
}

static void test_unknown(void **state)
{
	char line[TW_AGENT_LINE_MAX + 1];

	expect(*state, "nobody", "ready down #unknown\n");
	expect(*state, "nobody chosen", "ready down #unknown\n");
	expect(*state, "Beta", "ready down #unknown\n");
	expect(*state, "bet", "ready down #unknown\n");
	expect_bytes(*state, "beta\0", 5, "ready down #unknown\n");
	expect_bytes(*state, "beta\0x", 6, "ready down #unknown\n");
	memset(line, 'x', sizeof(line));
	expect_bytes(*state, line, TW_NAME_MAX, "ready down #unknown\n");
	expect_bytes(*state, line, TW_AGENT_LINE_MAX, "ready down #unknown\n");
	expect_bytes(*state, line, TW_AGENT_LINE_MAX + 1, "ready down #bad_request\n");
}

static void test_no_question(void **state)
{
	static const char *const lines[] = { "", " ", "\r", "beta chosn", "beta chosen ",
		"beta CHOSEN", "beta chosen now", "beta choseN", "GET / HTTP/1.1" };

	for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++) {
		bool is_fine = strcmp(lines[i], "beta chosen ") == 0;

		expect(*state, lines[i], is_fine ? "ready up\n" : "ready down #bad_request\n");
	}
	expect_bytes(*state, "beta chosen\0", 12, "ready down #bad_request\n");
}

/* Whatever comes, one line goes out that HAProxy can read. */
static void test_random_bytes(void **state)
{
	struct fake *fake = *state;
	static const char bytes[] = "alphbetchosn \t\r\n\0#\xff";
	char line[TW_AGENT_LINE_MAX + 8], reply[TW_AGENT_REPLY_MAX];

	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)rand() % (round % 10 == 0 ? sizeof(line) : 14);

		for (size_t i = 0; i < len; i++)
			line[i] = bytes[(size_t)rand() % sizeof(bytes)];
		memset(reply, 'x', sizeof(reply));
		assert_true(tw_agent_answer(&fake->config, &fake->monitor, line, len, reply));
		assert_non_null(memchr(reply, '\0', sizeof(reply)));
		assert_ptr_equal(strchr(reply, '\n'), reply + strlen(reply) - 1);
		assert_starts_with(reply, "ready ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_healthy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_verdict, setup, teardown),
		cmocka_unit_test_setup_teardown(test_usable_all_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_question, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
