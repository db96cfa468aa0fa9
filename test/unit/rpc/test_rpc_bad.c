/* lib/rpc: replies that make no sense, and those that are only absurd. */
#include "rpc_script.h"

static const struct tw_check_order nothing_more;

static void test_claims(void **state)
{
	static const struct {
		const char *said;
		int64_t height;
	} cases[] = {
		{ "51", 50 },
		{ "1", 0 },
		{ "0", TW_UNKNOWN },
		{ "5000000", 4999999 },
		{ "1099511627777", TW_HEIGHT_MAX },
		/* Absurd claims are no failure. */
		{ "18446744073709551615", TW_UNKNOWN },
		{ "99999999999999999999999999999", TW_UNKNOWN },
		{ "-1", TW_UNKNOWN },
		{ "1e9", TW_UNKNOWN },
		{ "\"51x\"", TW_UNKNOWN },
		{ "null", TW_UNKNOWN },
	};
	const struct tw_check_order order = { .wants_info = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
		const struct line lines[] = {
			{ ASK_LAST, 200, rpc_header('a', 50) },
			{ "GET /info", 200, rpc_info(51, cases[i].said, "0.8.4") },
		};

		RUN(&peer, &order, &window, lines, &obs);
		assert_int_equal(obs.result, TW_RESULT_OK);
		assert_int_equal(obs.network_height, cases[i].height);
	}
}

/* What a newest-header reply must not be. */
static void test_bad_headers(void **state)
{
	const char *h = hash_text('a', 5), *p = hash_text('a', 4);
	const struct {
		long status;
		const char *reply;
		enum tw_result result;
		const char *says;
	} cases[] = {
		{ 200, BUSY, TW_RESULT_BUSY,
			"getlastblockheader: the daemon says \"Core is busy\" (-9)" },
		{ 200, "{\"status\":\"Failed\",\"error\":\"Daemon must be synced\"}",
			TW_RESULT_BAD_REPLY, "the daemon says \"Daemon must be synced\"" },
		{ 200, "{\"jsonrpc\":\"2.0\",\"result\":{\"status\":\"BUSY\"}}", TW_RESULT_BUSY,
			"\"BUSY\"" },
		{ 200, "{\"error\":{\"code\":-32603}}", TW_RESULT_BAD_REPLY,
			"an error without a message" },
		{ 500, "", TW_RESULT_BAD_REPLY, "HTTP status 500" },
		{ 503, "<html>upstream</html>", TW_RESULT_BAD_REPLY, "HTTP status 503" },
		{ 404, "", TW_RESULT_BAD_REPLY, "HTTP status 404" },
		{ 301, "", TW_RESULT_BAD_REPLY, "HTTP status 301" },
		{ 400, "{\"error\":{\"code\":63,\"message\":\"Missing parameter\"}}",
			TW_RESULT_BAD_REPLY, "HTTP status 400: \"Missing parameter\"" },
		{ 401, "", TW_RESULT_AUTH, "HTTP status 401: check user and password_file" },
		{ 401, "{\"error\":{\"message\":\"Not for you\"}}", TW_RESULT_AUTH, "Not for you" },
		/* A page of a proxy says nothing of users and passwords. */
		{ 403, "<!DOCTYPE html><title>Just a moment...</title>", TW_RESULT_BAD_REPLY,
			"HTTP status 403: the server, or a proxy in front of it, does not let "
			"tipwatch in" },
		{ 403, "{\"error\":{\"message\":\"Not for you\"}}", TW_RESULT_BAD_REPLY,
			"HTTP status 403: \"Not for you\"" },
		{ 200, "", TW_RESULT_BAD_REPLY, "the reply is empty" },
		{ 200, "<html>\x01\xff", TW_RESULT_BAD_REPLY, "is not JSON: \"<html>??\"" },
		{ 200, "{\"result\":{\"block_header\":{\"height\":5", TW_RESULT_BAD_REPLY,
			"is cut off" },
		{ 200, "[]", TW_RESULT_BAD_REPLY, "is an array, not an object" },
		{ 200, "{}", TW_RESULT_BAD_REPLY, "no \"result.block_header\"" },
		{ 200, "{\"result\":null,\"error\":null}", TW_RESULT_BAD_REPLY,
			"no \"result.block_header\"" },
		{ 200, "{\"result\":{\"block_header\":{}}}", TW_RESULT_BAD_REPLY,
			"has no \"height\"" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":\"5 \"}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"height\" is not a whole number" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":-5}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"height\" is an impossible number" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":18446744073709551616}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"height\" is an impossible number" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":1099511627777}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"height\" is an impossible number" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%.63s\",\"prev_hash\":"
			      "\"%s\",\"height\":5}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"hash\" is not a block hash" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":12,"
			      "\"height\":5}}}",
				h),
			TW_RESULT_BAD_REPLY, "\"prev_hash\" is not a block hash" },
		{ 200, textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"height\":5}}}", h),
			TW_RESULT_BAD_REPLY, "has no \"prev_hash\"" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":5,\"timestamp\":99999999999999999999}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"timestamp\" is an impossible number" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":5,\"orphan_status\":true}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "an orphan" },
		{ 200,
			textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
			      "\"height\":5,\"height\":6}}}",
				h, p),
			TW_RESULT_BAD_REPLY, "\"height\" is there twice, with different values" },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
		const struct line lines[] = { { ASK_LAST, cases[i].status, cases[i].reply } };

		RUN(&peer, &nothing_more, &window, lines, &obs);
		if (obs.result != cases[i].result)
			fail_msg("%s: result %d", cases[i].reply, obs.result);
		assert_says(&obs, cases[i].says);
		assert_int_equal(obs.rtt_us, RTT_US);
		assert_int_equal(obs.n_chain, 0);
	}
}

static void test_rest_bad_headers(void **state)
{
	struct tw_observation obs;
	struct tw_chain window;
	static const struct {
		long status;
		const char *reply;
		const char *says;
	} cases[] = {
		{ 404, "", "GET /block/last: HTTP status 404" },
		{ 400, "{\"error\":{\"code\":63,\"message\":\"No such block.\"}}",
			"HTTP status 400: \"No such block.\"" },
		{ 200, "5", "is a number, not an object" },
		{ 200, "{\"height\":5}", "has no \"hash\"" },
	};

	(void)state;
	window_of(&window, 'a', 50, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_REST);
		const struct line lines[] = {
			{ "GET /block/last", cases[i].status, cases[i].reply },
		};

		RUN(&peer, &nothing_more, &window, lines, &obs);
		assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
		assert_says(&obs, cases[i].says);
	}
}

static void test_detect_fails(void **state)
{
	const struct line no_daemon[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 404, "" },
		{ "GET /get_info", 404, "" },
	};
	const struct line other[] = { { "GET /info", 200, "{\"name\":\"a router\"}" } };
	const struct line html[] = { { "GET /info", 200, "<!DOCTYPE html>" } };
	const struct line locked[] = { { "GET /info", 401, "" } };
	const struct line gateway[] = { { "GET /info", 502, "" } };
	const struct line bad_count[] = { { "GET /info", 200,
		"{\"height\":5,\"incomingConnections\":\"many\"}" } };
	const struct {
		const struct line *lines;
		size_t n;
		enum tw_result result;
		const char *says;
	} cases[] = {
		{ no_daemon, 3, TW_RESULT_BAD_REPLY,
			"GET /info, /getinfo and /get_info: HTTP status 404: is this a daemon's "
			"RPC port?" },
		{ other, 1, TW_RESULT_BAD_REPLY, "not from a daemon of a kind that is known" },
		{ html, 1, TW_RESULT_BAD_REPLY, "GET /info: the reply is not JSON" },
		{ locked, 1, TW_RESULT_AUTH, "HTTP status 401" },
		{ gateway, 1, TW_RESULT_BAD_REPLY, "GET /info: HTTP status 502" },
		{ bad_count, 1, TW_RESULT_BAD_REPLY, "\"incomingConnections\" is not" },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);

		run(&peer, &nothing_more, &window, cases[i].lines, cases[i].n, &obs);
		assert_int_equal(obs.result, cases[i].result);
		assert_says(&obs, cases[i].says);
		assert_int_equal(peer.dialect, TW_DIALECT_AUTO);
	}
}

/* Replies that are not quite as they should be, and say clearly what they mean. */
static void test_clear_bodies(void **state)
{
	const char *h = hash_text('a', 50), *p = hash_text('a', 49);
	const char *const replies[] = {
		textf("\xef\xbb\xbf%s", rpc_header('a', 50)),
		textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
		      "\"height\":50.0,\"timestamp\":\"1700000000\"}}}",
			h, p),
		textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
		      "\"height\":\"50\"}}}",
			h, p),
		textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
		      "\"height\":50,\"height\":50}},\"x\":1,\"x\":2}",
			h, p),
		textf("{\"result\":{\"block_header\":{\"hash\":\"%s\",\"prev_hash\":\"%s\","
		      "\"height\":50}},\"note\":\"caf\xe9\"}",
			h, p),
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(replies); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
		const struct line lines[] = { { ASK_LAST, 200, replies[i] } };

		RUN(&peer, &nothing_more, &window, lines, &obs);
		if (obs.result != TW_RESULT_OK)
			fail_msg("%s: %s", replies[i], obs.detail);
		assert_int_equal(obs.chain[0].height, 50);
	}
}

/* The words of a daemon reach people without the bytes that are no UTF-8. */
static void test_words_in_latin_1(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	const struct line lines[] = { { ASK_LAST, 200, "{\"status\":\"ferm\xe9\"}" } };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_says(&obs, "the daemon says \"ferm?\"");
}

static void test_redirect(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	const struct line lines[] = { { ASK_LAST, 301, "", "https://node.example/json_rpc" } };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_says(&obs, "HTTP status 301: moved to https://node.example/json_rpc");
}

/* A node that may not be asked more often: what was learned stays. */
static void test_limited(void **state)
{
	const struct tw_check_order order = { .wants_template = true };
	const struct line begun[] = { { "GET /info", 200, REST_INFO } };
	const struct line tip[] = { { "GET /block/last", 200, rest_header('a', 50) } };
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	struct tw_rpc_check *check;
	struct tw_chain window;

	(void)state;
	peer.wallet_address = "address";
	window_of(&window, 'a', 50, 4);
	/* The dialect is known: the next check begins with the newest block. */
	check = begin(&peer, &order, &window, begun, 1);
	tw_rpc_check_fail(check, TW_RESULT_LIMITED, "enough");
	assert_int_equal(tw_rpc_check_observation(check)->result, TW_RESULT_LIMITED);
	tw_rpc_check_destroy(check);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_REST);
	/* That is good enough, and says nothing of templates. */
	check = begin(&peer, &order, &window, tip, 1);
	tw_rpc_check_fail(check, TW_RESULT_LIMITED, "enough");
	assert_int_equal(tw_rpc_check_observation(check)->result, TW_RESULT_OK);
	assert_int_equal(tw_rpc_check_observation(check)->template, TW_TEMPLATE_UNCHECKED);
	assert_int_equal(tw_rpc_check_observation(check)->n_chain, 2);
	tw_rpc_check_destroy(check);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_clear_bodies),
		cmocka_unit_test(test_words_in_latin_1),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_limited),
		cmocka_unit_test(test_rest_bad_headers),
		cmocka_unit_test(test_detect_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
