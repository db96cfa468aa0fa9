/* rpc/reply, rpc/detail: how a reply is judged, at the limits, and what is said of it. */
#include "fixture/compare.h"
#include "rpc/detail.h"
#include "rpc/reply.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH "11111111111111111111111111111111111111111111111111111111111111aa"

/* The outcome for a reply; detail and ret_doc as of tw_reply_parse(). */
static enum tw_reply parse(enum tw_dialect dialect, enum tw_ask ask, long status, const char *body,
	struct tw_json_doc **ret_doc, char *detail)
{
	const struct tw_rpc_reply reply = {
		.status = status, .body = body, .len = strlen(body), .location = ""
	};

	detail[0] = '\0';
	return tw_reply_parse(dialect == TW_DIALECT_AUTO ? NULL : tw_dialect_row(dialect), ask,
		"it", &reply, ret_doc, detail);
}

static void test_outcomes(void **state)
{
	static const struct {
		enum tw_dialect dialect;
		enum tw_ask ask;
		long status;
		const char *body;
		enum tw_reply outcome;
		const char *detail;
	} cases[] = {
#define MONERO TW_DIALECT_MONERO
#define REST   TW_DIALECT_TURTLECOIN_REST
#define ANY    TW_DIALECT_AUTO
		{ MONERO, TW_ASK_TIP, 199, "{}", TW_REPLY_BAD, "it: HTTP status 199" },
		{ MONERO, TW_ASK_TIP, 200, "{}", TW_REPLY_OK, "" },
		{ MONERO, TW_ASK_TIP, 299, "{}", TW_REPLY_OK, "" },
		{ MONERO, TW_ASK_TIP, 300, "{}", TW_REPLY_BAD, "it: HTTP status 300" },
		{ MONERO, TW_ASK_TIP, 200, "5", TW_REPLY_BAD,
			"it: the reply is a number, not an object" },
		/* Where a page or a block is missing, and where a method is. */
		{ REST, TW_ASK_HEADER, 404, "", TW_REPLY_ABSENT, "it: HTTP status 404" },
		{ REST, TW_ASK_HEADER, 400, "", TW_REPLY_ABSENT, "it: HTTP status 400" },
		{ REST, TW_ASK_HEADER, 405, "", TW_REPLY_BAD, "it: HTTP status 405" },
		{ REST, TW_ASK_TIP, 404, "", TW_REPLY_BAD, "it: HTTP status 404" },
		{ REST, TW_ASK_TIP, 400, "", TW_REPLY_BAD, "it: HTTP status 400" },
		{ MONERO, TW_ASK_HEADER, 404, "", TW_REPLY_NO_METHOD, "it: HTTP status 404" },
		{ MONERO, TW_ASK_HEADER, 400, "", TW_REPLY_BAD, "it: HTTP status 400" },
		{ ANY, TW_ASK_HEADER, 404, "", TW_REPLY_BAD, "it: HTTP status 404" },
		{ MONERO, TW_ASK_INFO, 404, "", TW_REPLY_ABSENT, "it: HTTP status 404" },
		{ ANY, TW_ASK_INFO, 405, "", TW_REPLY_ABSENT, "it: HTTP status 405" },
		{ ANY, TW_ASK_INFO, 406, "", TW_REPLY_BAD, "it: HTTP status 406" },
		/* The codes of errors. */
		{ MONERO, TW_ASK_HEADER, 200, "{\"error\":{\"code\":-2,\"message\":\"x\"}}",
			TW_REPLY_ABSENT, "it: the daemon says \"x\" (-2)" },
		{ MONERO, TW_ASK_HEADER, 200, "{\"error\":{\"code\":-5,\"message\":\"x\"}}",
			TW_REPLY_ABSENT, "it: the daemon says \"x\" (-5)" },
		{ MONERO, TW_ASK_TIP, 200, "{\"error\":{\"code\":-5,\"message\":\"x\"}}",
			TW_REPLY_REFUSED, "it: the daemon says \"x\" (-5)" },
		{ MONERO, TW_ASK_TEMPLATE, 200, "{\"error\":{\"code\":-2,\"message\":\"x\"}}",
			TW_REPLY_REFUSED, "it: the daemon says \"x\" (-2)" },
		{ MONERO, TW_ASK_TIP, 200, "{\"error\":{\"code\":-9,\"message\":\"x\"}}",
			TW_REPLY_BUSY, "it: the daemon says \"x\" (-9)" },
		{ MONERO, TW_ASK_TIP, 200, "{\"error\":{\"code\":-32601,\"message\":\"x\"}}",
			TW_REPLY_NO_METHOD, "it: the daemon says \"x\" (-32601)" },
		{ MONERO, TW_ASK_TIP, 200, "{\"error\":{\"code\":0}}", TW_REPLY_REFUSED,
			"it: the daemon says \"an error without a message\"" },
		{ MONERO, TW_ASK_TIP, 200, "{\"error\":\"Core is busy now\"}", TW_REPLY_BUSY,
			"it: the daemon says \"Core is busy now\"" },
		{ MONERO, TW_ASK_TIP, 200, "{\"status\":\"BUSY\"}", TW_REPLY_BUSY,
			"it: the daemon says \"BUSY\"" },
		{ MONERO, TW_ASK_TIP, 200, "{\"status\":\"BUSY!\"}", TW_REPLY_REFUSED,
			"it: the daemon says \"BUSY!\"" },
		{ MONERO, TW_ASK_TIP, 200, "{\"status\":\"OK\"}", TW_REPLY_OK, "" },
		{ MONERO, TW_ASK_TIP, 200, "{\"status\":\"OK\",\"result\":{\"status\":\"BUSY\"}}",
			TW_REPLY_OK, "" },
		/* Only who asks for a template gave an address. */
		{ MONERO, TW_ASK_TEMPLATE, 200,
			"{\"error\":{\"code\":-4,\"message\":\"Address?\"}}", TW_REPLY_ADDRESS,
			"it: the daemon says \"Address?\" (-4)" },
		{ MONERO, TW_ASK_TIP, 200, "{\"error\":{\"code\":-4,\"message\":\"Address?\"}}",
			TW_REPLY_REFUSED, "it: the daemon says \"Address?\" (-4)" },
		{ REST, TW_ASK_TEMPLATE, 400, "{\"error\":{\"code\":63,\"message\":\"address\"}}",
			TW_REPLY_ADDRESS, "it: HTTP status 400: \"address\"" },
		{ REST, TW_ASK_TEMPLATE, 400, "{\"error\":{\"code\":63,\"message\":\"size\"}}",
			TW_REPLY_BAD, "it: HTTP status 400: \"size\"" },
		{ REST, TW_ASK_TEMPLATE, 400, "address", TW_REPLY_BAD, "it: HTTP status 400" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_json_doc *doc = NULL;
		char detail[TW_DETAIL_MAX];
		enum tw_reply outcome = parse(cases[i].dialect, cases[i].ask, cases[i].status,
			cases[i].body, &doc, detail);

		tw_json_doc_destroy(doc);
		if (outcome != cases[i].outcome)
			fail_msg("case %zu, %ld %s: %d instead of %d", i, cases[i].status,
				cases[i].body, (int)outcome, (int)cases[i].outcome);
		assert_string_equal(detail, cases[i].detail);
	}
}

/* A reply that sends the client elsewhere says where, if it has a header for that. */
static void test_moved(void **state)
{
	static const struct {
		long status;
		const char *detail;
	} cases[] = {
		{ 299, "" },
		{ 300, "it: HTTP status 300: moved to http://b/" },
		{ 399, "it: HTTP status 399: moved to http://b/" },
		{ 400, "it: HTTP status 400" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const struct tw_rpc_reply reply = {
			.status = cases[i].status, .body = "{}", .len = 2, .location = "http://b/"
		};
		struct tw_json_doc *doc = NULL;
		char detail[TW_DETAIL_MAX] = "";

		(void)tw_reply_parse(
			tw_dialect_row(MONERO), TW_ASK_TIP, "it", &reply, &doc, detail);
		tw_json_doc_destroy(doc);
		assert_string_equal(detail, cases[i].detail);
	}
}

/* Of a body that is not JSON the first 48 bytes are shown, and only printable ones of ASCII. */
static void test_quotes(void **state)
{
#define FORTY "1234567890123456789012345678901234567890"
	static const struct {
		const char *body, *shown;
	} cases[] = {
		{ "<" FORTY "1234567", "\"<" FORTY "1234567\"" },
		{ "<" FORTY "12345678", "\"<" FORTY "1234567...\"" },
		{ "< ~\x7f\x1f!\"\xc3\xbc.", "\"< ~\?\?!\?\?\?.\"" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_json_doc *doc = NULL;
		char detail[TW_DETAIL_MAX];

		assert_int_equal(
			parse(MONERO, TW_ASK_TIP, 200, cases[i].body, &doc, detail), TW_REPLY_BAD);
		assert_null(doc);
		assert_string_equal(strchr(detail, '"'), cases[i].shown);
	}
}

/* A sentence that is too long ends between two characters; control characters are not shown. */
static void test_details(void **state)
{
	char detail[TW_DETAIL_MAX], text[TW_DETAIL_MAX + 8];

	(void)state;
	tw_detail_say(detail, "a\x1f\x20~\x7f\n\xc3\xbc");
	assert_string_equal(detail, "a? ~\?\?\xc3\xbc");
	/* What fits, as long as it can be, stays whole. */
	memset(text, 'x', sizeof(text));
	text[TW_DETAIL_MAX - 2] = '\0';
	memcpy(text + TW_DETAIL_MAX - 4, "\xc3\xbc", 2);
	tw_detail_say(detail, "%s", text);
	assert_string_equal(detail, text);
	/* One byte more, of ASCII: nothing is cut, and what follows is dropped. */
	memset(text, 'x', sizeof(text));
	text[TW_DETAIL_MAX + 3] = '\0';
	tw_detail_say(detail, "%s", text);
	text[TW_DETAIL_MAX - 1] = '\0';
	assert_string_equal(detail, text);
	/* A character of three bytes, of which one, two or all would fit. */
	for (int fits = 1; fits <= 2; fits++) {
		memset(text, 'x', sizeof(text));
		memcpy(text + TW_DETAIL_MAX - 1 - fits, "\xe2\x82\xac", 3);
		text[TW_DETAIL_MAX + 3] = '\0';
		tw_detail_say(detail, "%s", text);
		text[TW_DETAIL_MAX - 1 - fits] = '\0';
		assert_string_equal(detail, text);
	}
	/* Bytes that are parts of no character. */
	memset(text, '\x80', sizeof(text));
	text[TW_DETAIL_MAX + 3] = '\0';
	tw_detail_say(detail, "%s", text);
	assert_string_equal(detail, "");
}

/* Reads an info page of a monerod that may hand on the replies of another one. */
static enum tw_reply read_info(const char *members, struct tw_observation *obs,
	struct tw_rpc_peer *peer, int64_t *ret_height, char *detail)
{
	struct tw_json_doc *doc = NULL;
	enum tw_reply outcome;
	char body[1024];

	(void)snprintf(body, sizeof(body), "{%s}", members);
	assert_int_equal(parse(MONERO, TW_ASK_INFO, 200, body, &doc, detail), TW_REPLY_OK);
	tw_observation_init(obs, TW_RESULT_OK);
	outcome = tw_reply_info(&tw_dialect_row(MONERO)->info, "it", tw_json_root(doc), obs, peer,
		ret_height, detail);
	tw_json_doc_destroy(doc);
	return outcome;
}

static void test_info(void **state)
{
	static const struct {
		const char *members;
		enum tw_reply outcome;
		const char *detail;
		int64_t claim, peers;
	} cases[] = {
		{ "\"height\":10", TW_REPLY_OK, "", 9, TW_UNKNOWN },
		{ "\"height\":10,\"target_height\":12", TW_REPLY_OK, "", 11, TW_UNKNOWN },
		{ "\"height\":10,\"target_height\":10", TW_REPLY_OK, "", 9, TW_UNKNOWN },
		{ "\"height\":1", TW_REPLY_OK, "", 0, TW_UNKNOWN },
		{ "\"height\":0", TW_REPLY_OK, "", TW_UNKNOWN, TW_UNKNOWN },
		{ "\"height\":10,\"incoming_connections_count\":2147483647", TW_REPLY_OK, "", 9,
			INT32_MAX },
		{ "\"height\":10,\"incoming_connections_count\":2147483648", TW_REPLY_BAD,
			"it: \"incoming_connections_count\" is an impossible number", 0, 0 },
		{ "\"height\":10,\"outgoing_connections_count\":-1", TW_REPLY_BAD,
			"it: \"outgoing_connections_count\" is an impossible number", 0, 0 },
		/* A restricted one counts nobody. */
		{ "\"height\":10,\"incoming_connections_count\":4,\"restricted\":true", TW_REPLY_OK,
			"", 9, TW_UNKNOWN },
		{ "\"height\":10,\"incoming_connections_count\":4,\"restricted\":false",
			TW_REPLY_OK, "", 9, 4 },
		/* Its own chain is as long as the one that it tells of, or shorter. */
		{ "\"height\":10,\"height_without_bootstrap\":10", TW_REPLY_OK, "", 9, TW_UNKNOWN },
		{ "\"height\":10,\"height_without_bootstrap\":0", TW_REPLY_OK, "", 9, TW_UNKNOWN },
		{ "\"height\":10,\"height_without_bootstrap\":9", TW_REPLY_BORROWED,
			"it: the daemon has 9 of the 10 blocks that it tells of", 0, 0 },
		{ "\"height\":10,\"height_without_bootstrap\":10,\"untrusted\":true",
			TW_REPLY_BORROWED, "it: \"untrusted\" is true", 0, 0 },
		{ "\"height\":10,\"height_without_bootstrap\":0,\"untrusted\":true",
			TW_REPLY_BORROWED, "it: \"untrusted\" is true", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = { .version = "before" };
		struct tw_observation obs;
		char detail[TW_DETAIL_MAX];
		int64_t height = -7;
		enum tw_reply outcome = read_info(cases[i].members, &obs, &peer, &height, detail);

		if (outcome != cases[i].outcome)
			fail_msg("%s: %d instead of %d", cases[i].members, (int)outcome,
				(int)cases[i].outcome);
		assert_string_equal(detail, cases[i].detail);
		assert_string_equal(peer.version, "before");
		if (outcome != TW_REPLY_OK)
			continue;
		assert_int_equal(obs.network_height, cases[i].claim);
		assert_int_equal(obs.peers_in, cases[i].peers);
	}
}

/* Heights that are counts begin at 1, others at 0, and both end at the same block. */
static void test_heights(void **state)
{
	static const struct {
		bool is_count;
		const char *said;
		int64_t height; /* TW_UNKNOWN: refused */
	} cases[] = {
		{ false, "0", 0 },
		{ false, "1099511627776", TW_HEIGHT_MAX },
		{ false, "1099511627777", TW_UNKNOWN },
		{ true, "0", TW_UNKNOWN },
		{ true, "1", 0 },
		{ true, "1099511627777", TW_HEIGHT_MAX },
		{ true, "1099511627778", TW_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const struct tw_header_names names = { .where = "",
			.height = "h",
			.height_is_count = cases[i].is_count,
			.hash = "b" };
		struct tw_header header = { .point.height = TW_UNKNOWN };
		struct tw_json_doc *doc = NULL;
		char detail[TW_DETAIL_MAX], body[256];

		(void)snprintf(body, sizeof(body), "{\"h\":%s,\"b\":\"" HASH "\"}", cases[i].said);
		assert_int_equal(parse(MONERO, TW_ASK_TIP, 200, body, &doc, detail), TW_REPLY_OK);
		assert_int_equal(tw_reply_header(&names, "it", tw_json_root(doc), &header, detail),
			cases[i].height == TW_UNKNOWN ? TW_REPLY_BAD : TW_REPLY_OK);
		assert_int_equal(header.point.height, cases[i].height);
		tw_json_doc_destroy(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_heights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
