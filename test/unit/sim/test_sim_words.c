/*
 * The words of the demo's commands: the limits of every number, what is too much or missing, how
 * nodes are named, and the help.
 */
#include "fixture/compare.h"
#include "sim/cmd/cmd.h"
#include "sim/cmd/line.h"
#include "sim/net/net.h"
#include "sim_net.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
	static struct tw_sim_net net;
	const struct tw_sim_net_params params = sim_net_params(2500000);

	assert_int_equal(tw_sim_net_init(&net, &params, 3), 0);
	tw_sim_net_add(&net, "t1", tw_sim_version_find("turtlecoin-rpc"));
	tw_sim_net_add(&net, "m1", tw_sim_version_find("monero"));
	tw_sim_net_add(&net, "t2", tw_sim_version_find("turtlecoin-rpc"));
	*state = &net;
	return 0;
}

static int tear_down(void **state)
{
	tw_sim_net_finish(*state);
	return 0;
}

static void expect(struct tw_sim_net *net, const char *line, bool is_ok, const char *part)
{
	struct tw_sim_outcome outcome;
	struct tw_buf reply;

	tw_buf_init(&reply, TW_SIM_CMD_REPLY_MAX);
	assert_int_equal(tw_sim_cmd_run(net, line, &outcome, &reply), 0);
	if (outcome.is_ok != is_ok || strstr(outcome.text, part) == NULL)
		fail_msg("%.200s: expected %s, %s; got %s", line, is_ok ? "success" : "an error",
			part, outcome.text);
	assert_starts_with(tw_buf_str(&reply), is_ok ? "{\"ok\":true" : "{\"error\":");
	tw_buf_finish(&reply);
}

/* The least and the greatest number are taken, those beyond them are not. */
static void test_numbers(void **state)
{
	static const struct {
		const char *before, *least, *below, *most, *above, *after;
	} cases[] = {
		{ "http-error t1", "200", "199", "599", "600", "" },
		{ "slow t1", "0", "-1", "3600000", "3600001", "" },
		{ "delay t1", "0", "-1", "3600000", "3600001", "" },
		{ "lag t1", "0", "-1", "1000000", "1000001", "" },
		{ "lie t1", "0", "-1", "9223372036854775807", "9223372036854775808", "" },
		{ "peers t1", "0", "-1", "100000", "100001", "0" },
		{ "peers t1 0", "0", "-1", "100000", "100001", "" },
		{ "restart t1", "0", "-1", "3600000", "3600001", "" },
		{ "restart t1 0", "0", "-1", "3600000", "3600001", "" },
		{ "claim t1", "+1", "+0", "1000000", "1000001", "" },
		{ "fork t1", "0", "-1", "1000000", "1000001", "" },
		{ "fork t1 5", "0", "-1", "999995", "999996", "" },
		{ "fork t1 5 0 share", "0", "-1", "100", "101", "" },
		{ "mine", "1", "0", "1000", "1000000000", "" },
	};
	struct tw_sim_net *net = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const struct {
			const char *number;
			bool is_ok;
		} numbers[] = {
			{ cases[i].least, true },
			{ cases[i].below, false },
			{ cases[i].most, true },
			{ cases[i].above, false },
		};

		for (size_t k = 0; k < TW_ARRAY_SIZE(numbers); k++) {
			struct tw_sim_outcome outcome;
			char line[128];

			(void)snprintf(line, sizeof(line), "%s %s %s", cases[i].before,
				numbers[k].number, cases[i].after);
			if (tw_sim_cmd_check(net, line, &outcome) != numbers[k].is_ok)
				fail_msg("%s: %s", line, outcome.text);
			if (!numbers[k].is_ok)
				assert_contains(outcome.text, "a whole number from");
		}
	}
}

/* Each command with one word more than it takes, and with one less than it needs. */
static void test_too_many_and_too_few(void **state)
{
	static const char *const whole[] = { "die t1", "hang t1", "slow t1 5", "freeze t1",
		"rejoin t1", "adopt t1", "claim t1 +5", "lag t1 5", "delay t1 5", "lie t1 5",
		"peers t1 1 2", "no-template t1 busy", "stale-template t1", "bootstrap m1 off",
		"restrict m1 off", "fragile t1 off", "wreck t1 words", "http-error t1 503",
		"garbage t1 body", "truncate t1", "endless t1", "deep t1", "reset t1",
		"auth t1 u p", "p2p t1 lie", "restart t1 5 5", "upgrade t1 turtlecoin-rest",
		"recover t1", "submits t1", "help", "list", "quit", "mine 1 on t1" };
	static const struct {
		const char *line, *part;
	} few[] = {
		{ "die", "`die` needs a node; usage: die NODES" },
		{ "slow", "`slow` needs a node" },
		{ "slow t1", "`slow` needs a number of milliseconds; usage: slow NODES MS" },
		{ "peers t1", "needs a number of peers" },
		{ "adopt", "needs a node" },
		{ "submits", "needs a node" },
		{ "no-template", "needs a node" },
		{ "stale-template", "needs a node" },
		{ "bootstrap", "needs a node" },
		{ "restrict", "needs a node" },
		{ "fragile", "needs a node" },
		{ "wreck", "needs a node" },
		{ "garbage", "needs a node" },
		{ "auth", "needs a node" },
		{ "p2p", "needs a node" },
		{ "restart", "needs a node" },
		{ "upgrade", "needs a node" },
		{ "recover", "needs a node" },
		{ "claim", "needs a node" },
	};
	struct tw_sim_net *net = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(whole); i++) {
		struct tw_sim_outcome outcome;
		char line[128];

		if (!tw_sim_cmd_check(net, whole[i], &outcome))
			fail_msg("%s: %s", whole[i], outcome.text);
		(void)snprintf(line, sizeof(line), "%s excess", whole[i]);
		if (tw_sim_cmd_check(net, line, &outcome))
			fail_msg("%s is taken", line);
		assert_contains(outcome.text, "'excess' is too much");
		expect(net, line, false, "'excess' is too much");
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(few); i++)
		expect(net, few[i].line, false, few[i].part);
}

static void test_names(void **state)
{
	struct tw_sim_net *net = *state;

	expect(net, "freeze t1", true, "t1: answers");
	expect(net, "freeze t1,m1", true, "t1 and m1: answers");
	expect(net, "freeze t2,t1", true, "t1 and t2: answers");
	expect(net, "freeze all", true, "all 3 nodes: answers");
	expect(net, "freeze t1,m1,t2", true, "all 3 nodes: answers");
	expect(net, "freeze t1,t1", true, "t1: answers");
	expect(net, "\t freeze \t t1\r", true, "t1: answers");
	expect(net, "freeze al", false, "no node called 'al'");
	expect(net, "freeze alle", false, "no node called 'alle'");
	expect(net, "freeze t1,", false, "no node called ''");
	expect(net, "freeze t", false, "no node called 't'");
	expect(net, "freeze t11", false, "no node called 't11'");
	expect(net, "adopt t1,m1", false, "`adopt` takes one node");
	expect(net, "   ", false, "the line is empty");
	expect(net, "freez t1", false, "there is no command 'freez'");
}

/* A user and a password of 64 bytes each are taken, longer ones are not. */
static void test_logins(void **state)
{
#define TEXT_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz12345678901"
	struct tw_sim_net *net = *state;

	expect(net, "auth t1 " TEXT_63 "x " TEXT_63 "x", true, "");
	assert_string_equal(net->nodes[0].user, TEXT_63 "x");
	assert_string_equal(net->nodes[0].password, TEXT_63 "x");
	expect(net, "auth t1 " TEXT_63 "xx p", false, "may have 64 bytes each");
	expect(net, "auth t1 u " TEXT_63 "xx", false, "may have 64 bytes each");
	assert_string_equal(net->nodes[0].user, TEXT_63 "x");
	expect(net, "auth t1 off", true, "");
	assert_string_equal(net->nodes[0].user, "");
}

/* What a P2P port does is one of the words in the message. */
static void test_p2p(void **state)
{
	struct tw_sim_net *net = *state;

	expect(net, "p2p t1 x", false,
		"'x' is nothing that a P2P port does; there are ok, closed, silent");
	expect(net, "p2p t1", false, "'' is nothing that a P2P port does");
	expect(net, "p2p t1 silent", true, "t1: ");
}

static void test_many_words(void **state)
{
	struct tw_sim_net *net = *state;
	size_t size = 2 * (TW_SIM_LINE_WORDS_MAX + 1) + 1;
	char *line = calloc(1, size);

	assert_non_null(line);
	for (size_t i = 0; i < TW_SIM_LINE_WORDS_MAX; i++)
		memcpy(line + 2 * i, "x ", 2);
	expect(net, line, false, "there is no command 'x'");
	line[2 * (size_t)TW_SIM_LINE_WORDS_MAX] = 'x';
	expect(net, line, false, "the line has too many words");
	free(line);
}

/*
 * Every line of the help fits into 80 columns; what goes on stands below the text, whole words to a
 * line.
 */
static void test_help(void **state)
{
	char column[32];
	struct tw_buf text;
	size_t n = 0;

	(void)state;
	tw_buf_init(&text, 1 << 16);
	tw_sim_cmd_help(&text);
	(void)snprintf(column, sizeof(column), "%28s", "");
	assert_contains(tw_buf_str(&text), "\n  slow NODES MS             every answer takes MS");
	assert_contains(tw_buf_str(&text), "\n  quit                      end the demo\n");
	for (const char *line = tw_buf_str(&text); *line != '\0';) {
		size_t len = strcspn(line, "\n");

		assert_int_equal(line[len], '\n');
		assert_that(len, <=, 80);
		assert_that(line[len - 1], !=, ' ');
		if (strncmp(line, column, 28) == 0)
			assert_that(line[28], !=, ' ');
		else
			assert_that(line[2], !=, ' ');
		/* No line ends before its next word has no room. */
		if (strncmp(line, column, 28) == 0 && strncmp(line + len + 1, column, 28) == 0)
			assert_that(len + 1 + strcspn(line + len + 1 + 28, " \n"), >, 80);
		line += len + 1;
		n++;
	}
	assert_that(n, >, 30);
	tw_buf_finish(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_too_many_and_too_few),
		TEST(test_names),
		TEST(test_logins),
		TEST(test_p2p),
		TEST(test_many_words),
		TEST(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
