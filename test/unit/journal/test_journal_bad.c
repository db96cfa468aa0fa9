/* The journal: what is wrong with a line, in words. */
#include "fixture/compare.h"
#include "journal_case.h"

/* The line is refused, and the message has these words. */
static void expect_bad(struct fixture *f, const char *line, const char *words)
{
	assert_int_equal(read_text(f, line), TW_JOURNAL_BAD);
	if (strstr(tw_journal_reader_message(f->reader), words) == NULL)
		fail_msg("%s: \"%s\" is not in \"%s\"", line, words,
			tw_journal_reader_message(f->reader));
}

static void test_wrong_records(void **state)
{
	struct fixture *f = *state;

	expect_bad(f, "[]", "not an object");
	expect_bad(f, "{\"t\":1}", "it has none of");
	expect_bad(f, "{\"t\":1,\"tick\":true,\"gap_ms\":1}", "cannot be in one record");
	expect_bad(f, "{\"tick\":true}", "there is no \"t\"");
	expect_bad(f, "{\"t\":-1,\"tick\":true}", "\"t\" must be milliseconds");
	expect_bad(f, "{\"t\":1.0001,\"tick\":true}", "up to three decimals");
	expect_bad(f, "{\"t\":\"1\",\"tick\":true}", "\"t\" must be milliseconds");
	expect_bad(f, "{\"t\":1e3,\"tick\":true}", "\"t\" must be milliseconds");
	expect_bad(f, "{\"t\":10000000000001,\"tick\":true}", "at most 10000000000000");
	expect_bad(f, "{\"t\":1,\"tick\":false}", "\"tick\" must be true");
	expect_bad(f, "{\"t\":1,\"gap_ms\":\"long\"}", "\"gap_ms\" must be");
	expect_bad(f, "{\"t\":1,\"node\":\"delta\",\"result\":\"ok\"}", "no node \"delta\"");
	expect_bad(f, "{\"t\":1,\"node\":7,\"result\":\"ok\"}", "\"node\" must be a text");
	expect_bad(f, "{\"t\":1,\"result\":\"ok\"}", "\"node\" must be a text");
	expect_bad(f, "{\"t\":1,\"node\":\"alpha\",\"result\":\"fine\"}", "no result \"fine\"");
	expect_bad(f, "{\"t\":1,\"node\":\"alpha\",\"result\":3}", "\"result\" must be a text");
	expect_bad(f, "{\"t\":1,\"node\":\"alpha\",\"report\":\"it\"}", "cannot be reported");
	expect_bad(f, "{\"t\":1,\"node\":\"alpha\",\"op\":\"kill\"}", "no op \"kill\"");
	expect_bad(f, "{\"t\":1,\"op\":\"drain\"}", "\"node\" must be a text");
	expect_bad(f, "{\"t\":1,\"node\":\"seed\",\"op\":\"pin\"}", "is a reference");
	expect_bad(f, "{\"t\":1,\"request\":\"rest\"}", "only a check");
	expect_bad(f, "{\"t\":1,\"decision\":[]}", "\"decision\" must be an object");
}

static void test_wrong_checks(void **state)
{
	struct fixture *f = *state;

	expect_bad(
		f, "{\"t\":1,\"node\":\"alpha\",\"result\":\"ok\"}", "must show its newest block");
	expect_bad(f, CHECK("\"chain\":[]"), "must show its newest block");
	expect_bad(f, CHECK("\"chain\":[7]"), "must consist of pairs");
	expect_bad(f, CHECK("\"chain\":[[7]]"), "must consist of pairs");
	expect_bad(f, CHECK("\"chain\":[[7," HASH ",1,2]]"), "must consist of pairs");
	expect_bad(f, CHECK("\"chain\":[[-1," HASH "]]"), "has a height that is none");
	expect_bad(f, CHECK("\"chain\":[[1.5," HASH "]]"), "has a height that is none");
	expect_bad(f, CHECK("\"chain\":[[\"7\"," HASH "]]"), "has a height that is none");
	expect_bad(f, CHECK("\"chain\":[[7,\"00\"]]"), "64 hex digits");
	expect_bad(f, CHECK("\"chain\":[[7," HASH ",\"much\"]]"), "difficulty");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "],[5," HASH "]]"), "5 follows 7");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "],[8," HASH "]]"), "newest first");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "],[7," HASH "]]"), "without holes");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"at\":7"), "\"at\" must be an array");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"at\":[[8," HASH "]]"), "above the newest");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"at\":[[7," OTHER "]]"),
		"two different blocks at height 7");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"at\":[[5," HASH "],[5," OTHER "]]"),
		"two different blocks at height 5");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"synced\":1"), "\"synced\" must be");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"peers_in\":-1"), "\"peers_in\" must be");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"template\":\"good\""), "\"template\" must");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"nettype\":\"sixteen bytes ...\""),
		"\"nettype\" must be a text of at most 15 bytes");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"genesis\":\"00\""), "\"genesis\" must be");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"rtt_ms\":-3"), "\"rtt_ms\" must be");
	expect_bad(f, CHECK("\"chain\":[[7," HASH "]],\"confirm\":1"), "\"confirm\" must be");
}

#define HEADER(config) "{\"tipwatch_journal\":1,\"config\":" config "}"

static void test_wrong_headers(void **state)
{
	struct fixture *f = *state;

	expect_bad(f, "{\"tipwatch_journal\":2,\"config\":{}}", "of another version");
	expect_bad(f, "{\"tipwatch_journal\":1}", "config must be an object");
	expect_bad(f, HEADER("{}"), "config.daemons must be an array");
	expect_bad(f, HEADER("{\"daemons\":[]}"), "config.daemons must be an array");
	expect_bad(f, HEADER("{\"daemons\":[{}]}"), "entry 1 of config.daemons has no name");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a b\"}]}"), "must be 1 to 63");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\"},{\"name\":\"a\"}]}"), "twice");
	expect_bad(f,
		HEADER("{\"daemons\":[{\"name\":\"a\",\"primary\":true},{\"name\":\"b\","
		       "\"primary\":true}]}"),
		"a and b are both primary");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\",\"role\":\"reference\"}]}"),
		"only references");
	expect_bad(f,
		HEADER("{\"daemons\":[{\"name\":\"a\",\"role\":\"reference\",\"primary\":true}]}"),
		"cannot be primary");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\",\"role\":\"king\"}]}"),
		"config.daemons.role must be");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\",\"priority\":\"x\"}]}"),
		"config.daemons.priority must be a whole number between -1000 and 1000");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\"}],\"probe\":{\"interval\":\"1\"}}"),
		"config.probe.interval must be a duration between 100ms and 1h");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\"}],\"probe\":{\"interval\":1000}}"),
		"it is a number");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\"}],\"probe\":[]}"),
		"config.probe must be an object");
	expect_bad(f, HEADER("{\"daemons\":[{\"name\":\"a\"}],\"template\":{\"checked\":1}}"),
		"config.template.checked must be true or false");
	expect_bad(f,
		"{\"tipwatch_journal\":1,\"config\":{\"daemons\":[{\"name\":\"a\"}]},\"state\":7}",
		"state must be an object");
	expect_bad(f,
		"{\"tipwatch_journal\":1,\"config\":{\"daemons\":[{\"name\":\"a\"}]},"
		"\"state\":{\"epoch\":-1}}",
		"state.epoch must be a whole number");
}

#define STATE(state)                                                                               \
	"{\"tipwatch_journal\":1,\"config\":{\"daemons\":[{\"name\":\"a\"}]},\"state\":{" state "}}"

static void test_wrong_states(void **state)
{
	struct fixture *f = *state;
	const struct tw_journal_header *header;

	expect_bad(f, STATE("\"epoch\":1.5"), "state.epoch must be a whole number");
	expect_bad(f, STATE("\"chain_epoch\":\"1\""), "state.chain_epoch must be a whole number");
	expect_bad(f, STATE("\"tip\":5"), "state.tip");
	expect_bad(f, STATE("\"tip\":[-1," HASH "]"), "state.tip");
	expect_bad(f, STATE("\"anchor\":[5,\"00\"]"), "state.anchor");
	expect_bad(f, STATE("\"incumbent\":5"), "state.incumbent must be the name of a daemon");
	expect_bad(f, STATE("\"pinned\":[]"), "state.pinned must be the name of a daemon");
	expect_bad(f, STATE("\"drained\":\"a\""), "state.drained must be an array of names");
	expect_bad(f, STATE("\"drained\":[5]"), "state.drained must be an array of names");
	expect_bad(f, STATE("\"outvoted\":{}"), "state.outvoted must be an array of names");
	expect_bad(f, STATE("\"outvoted\":[\"a\",null]"), "state.outvoted must be an array");
	expect_bad(f, STATE("\"fall_ages_ms\":{\"a\":[\"1\"]}"), "arrays of milliseconds");
	expect_bad(f, STATE("\"fall_ages_ms\":{\"a\":[-1]}"), "arrays of milliseconds");
	expect_bad(f, STATE("\"fall_ages_ms\":{\"a\":[86400001]}"), "arrays of milliseconds");
	expect_bad(f, STATE("\"fall_ages_ms\":{\"x\":[86400001]}"), "arrays of milliseconds");
	expect_bad(f, STATE("\"fall_ages_ms\":{\"a\":[1,2,3,4,5,6,7,8,9]}"),
		"has more than 8 falls of one node");
	/* As much as there may be; of a node that is gone nothing is kept. */
	assert_int_equal(
		read_text(f, STATE("\"fall_ages_ms\":{\"x\":[5],\"a\":[1,2,3,4,5,6,7,86400000]},"
				   "\"incumbent\":\"x\",\"pinned\":\"a\",\"drained\":[\"x\"],"
				   "\"outvoted\":[\"x\",\"a\"],\"tip\":null")),
		TW_JOURNAL_OK);
	header = f->record.header;
	assert_non_null(header->saved);
	assert_int_equal(header->saved->epoch, 1);
	assert_int_equal(header->saved->tip.height, TW_UNKNOWN);
	assert_int_equal(header->saved->incumbent, TW_NODE_NONE);
	assert_int_equal(header->saved->pinned, 0);
	assert_int_equal(header->saved_nodes[0].n_falls, 8);
	assert_int_equal(header->saved_nodes[0].fall_ages_us[7], TW_DAY);
	assert_false(header->saved_nodes[0].is_drained);
	assert_true(header->saved_nodes[0].is_outvoted);
}

static void test_not_a_journal(void **state)
{
	struct fixture *f = *state;
	static const char tick[] = "{\"t\":1,\"tick\":true}";

	assert_int_equal(read_text(f, "{\"t\":1,\"tic"), TW_JOURNAL_CUT_OFF);
	assert_int_equal(read_text(f, ""), TW_JOURNAL_CUT_OFF);
	assert_int_equal(read_text(f, "garbage"), TW_JOURNAL_CUT_OFF);
	assert_int_equal(tw_journal_reader_next(f->reader, NULL, tick, strlen(tick), &f->record),
		TW_JOURNAL_BAD);
	assert_contains(tw_journal_reader_message(f->reader), "begins with its header");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_wrong_records),
		TEST(test_wrong_checks),
		TEST(test_wrong_headers),
		TEST(test_wrong_states),
		TEST(test_not_a_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
