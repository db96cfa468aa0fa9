/*
 * The demo's commands that make a node ill: what `list` then says is wrong with it, that `recover`
 * ends it, that the other nodes keep well, and what is said to a command that makes no sense.
 */
#include "fixture/compare.h"
#include "sim/cmd/cmd.h"
#include "sim/net/net.h"
#include "sim_net.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

/* The reply to a command, which is to be finished. */
static struct tw_buf command(struct tw_sim_net *net, const char *line)
{
	struct tw_sim_outcome outcome;
	struct tw_buf reply;

	tw_buf_init(&reply, TW_SIM_CMD_REPLY_MAX);
	assert_int_equal(tw_sim_cmd_run(net, line, &outcome, &reply), 0);
	return reply;
}

static void expect_reply(struct tw_sim_net *net, const char *line, const char *part)
{
	struct tw_buf reply = command(net, line);

	assert_contains(tw_buf_str(&reply), part);
	tw_buf_finish(&reply);
}

/* What `list` shows of a node, as far as the end of its faults. */
static void listed(struct tw_sim_net *net, const char *name, char text[1024])
{
	struct tw_buf reply = command(net, "list");
	char key[32];
	const char *begin, *end;

	snprintf(key, sizeof(key), "{\"name\":\"%s\"", name);
	begin = strstr(tw_buf_str(&reply), key);
	assert_non_null(begin);
	end = strstr(begin, "]}");
	assert_non_null(end);
	snprintf(text, 1024, "%.*s", (int)(end - begin + 2), begin);
	tw_buf_finish(&reply);
}

static void expect_listed(struct tw_sim_net *net, const char *name, const char *part)
{
	char text[1024];

	listed(net, name, text);
	assert_contains(text, part);
}

static void test_faults(void **state)
{
	static const struct {
		const char *line, *node, *said, *listed;
		bool stays;
	} cases[] = {
		{ "die t1", "t1", "\"ok\":true", "\"faults\":[\"dead\"]" },
		{ "hang t1", "t1", "\"ok\":true", "\"faults\":[\"hung\"]" },
		{ "reset t1", "t1", "\"ok\":true", "\"faults\":[\"reset\"]" },
		{ "truncate t1", "t1", "\"ok\":true", "\"faults\":[\"truncate\"]" },
		{ "endless t1", "t1", "\"ok\":true", "\"faults\":[\"endless\"]" },
		{ "deep t1", "t1", "\"ok\":true", "\"faults\":[\"deep\"]" },
		{ "garbage t1", "t1", "\"ok\":true", "\"faults\":[\"garbage\"]" },
		{ "garbage t1 bytes", "t1", "\"ok\":true", "\"faults\":[\"garbage\"]" },
		{ "http-error t1 503", "t1", "HTTP status 503", "\"faults\":[\"http-error\"]" },
		{ "slow t1 250", "t1", "250 ms longer", "\"faults\":[\"slow\"]" },
		{ "slow t1 0", "t1", "0 ms longer", "\"faults\":[]" },
		{ "freeze t1", "t1", "gets no new blocks", "\"faults\":[\"frozen\"]" },
		{ "lag t1 1", "t1", "1 block behind", "\"height\":2499999," },
		{ "lag t1 4", "t1", "4 blocks behind", "\"faults\":[\"lag\"]" },
		{ "lie t1 9000000", "t1", "claims network height 9000000",
			"\"network_height\":9000000," },
		{ "peers t1 0 0", "t1", "0 peers in, 0 out", "\"faults\":[\"no-peers\"]" },
		{ "peers t1 3 5", "t1", "3 peers in, 5 out", "\"peers_in\":3,\"peers_out\":5," },
		{ "no-template t1", "t1", "no block template", "\"faults\":[\"no-template\"]" },
		{ "no-template t1 notsynced", "t1", "\"ok\":true", "\"no-template\"" },
		{ "stale-template t1", "t1", "before the tip", "\"faults\":[\"stale-template\"]" },
		{ "auth t1 u p", "t1", "asks for a user", "\"faults\":[\"auth\"]" },
		{ "auth t1 off", "t1", "open to everybody", "\"faults\":[]" },
		{ "bootstrap m1", "m1", "\"ok\":true", "\"faults\":[\"bootstrapping\"]" },
		{ "bootstrap m1 off", "m1", "has synchronised", "\"faults\":[]" },
		{ "restrict m1", "m1", "no peer counts", "\"faults\":[\"restricted\"]" },
		{ "restrict m1 off", "m1", "everything again", "\"faults\":[]" },
		/* What kind of daemon it is, which `recover` leaves as it is. */
		{ "fragile t1", "t1", "wrecks it", "\"faults\":[\"fragile\"]", true },
		{ "fragile t1 off", "t1", "bears a block", "\"faults\":[]" },
		{ "wreck t1", "t1", "is corrupt", "\"wrecked\"]" },
		{ "wreck t1 height", "t1", "is corrupt", "\"wrecked\"]" },
		{ "restart t1 60000", "t1", "restarts", "\"faults\":[\"restarting\"]" },
		{ "upgrade t1 turtlecoin-rest", "t1", "now turtlecoin-rest",
			"\"dialect\":\"turtlecoin-rest\"" },
	};
	struct tw_sim_net *net = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		char recover[32];

		expect_reply(net, cases[i].line, cases[i].said);
		expect_listed(net, cases[i].node, cases[i].listed);
		expect_listed(net, "t2", "\"faults\":[]");
		snprintf(recover, sizeof(recover), "recover %s", cases[i].node);
		expect_reply(net, recover, "well again");
		expect_listed(
			net, cases[i].node, cases[i].stays ? cases[i].listed : "\"faults\":[]");
		expect_listed(net, cases[i].node, "\"height\":2500000,");
	}
}

/* The network follows the chain that it follows already: that helps nobody who is stuck on it. */
static void test_adopting_the_main_chain(void **state)
{
	struct tw_sim_net *net = *state;

	expect_reply(net, "freeze t1", "gets no new blocks");
	expect_reply(net, "adopt m1", "the network follows the chain of m1");
	expect_listed(net, "t1", "\"faults\":[\"frozen\"]");
}

static void test_commands_that_make_no_sense(void **state)
{
	static const struct {
		const char *line, *sentence;
	} cases[] = {
		{ "garbage t1 x", "'x' is no garbage: body or bytes is wanted" },
		{ "http-error t1 199", "an HTTP status" },
		{ "http-error t1", "an HTTP status" },
		{ "slow t1 -1", "a number of milliseconds" },
		{ "slow t1 3600001", "a number of milliseconds" },
		{ "lag t1", "a number of blocks" },
		{ "peers t1 1", "a number of peers" },
		{ "peers t1 100001 0", "a number of peers" },
		{ "no-template t1 x", "'x' is no way to refuse a template" },
		{ "auth t1", "`auth` needs a user and a password, or `off`" },
		{ "auth t1 u", "`auth` needs a user and a password, or `off`" },
		{ "bootstrap t1", "t1 is turtlecoin-rpc, and only monero can do this" },
		{ "wreck m1", "m1 is monero 0.18, which cannot be wrecked" },
		{ "wreck t1 x", "'x' is no kind of wreck: words or height is wanted" },
		{ "upgrade t1 x", "'x' is no daemon; there are turtlecoin-rpc" },
		{ "upgrade t1", "is no daemon; there are" },
		{ "freeze x", "x" },
		{ "freeze", "\"error\":" },
	};
	struct tw_sim_net *net = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_buf reply = command(net, cases[i].line);

		assert_starts_with(tw_buf_str(&reply), "{\"error\":");
		assert_contains(tw_buf_str(&reply), cases[i].sentence);
		tw_buf_finish(&reply);
		expect_listed(net, "t1", "\"faults\":[]");
		expect_listed(net, "m1", "\"faults\":[]");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_faults),
		TEST(test_adopting_the_main_chain),
		TEST(test_commands_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
