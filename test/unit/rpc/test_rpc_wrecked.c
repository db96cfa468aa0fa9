/* lib/rpc: a TurtleCoind whose chain in memory is corrupt contradicts itself, and is recognised.
 */
#include "rpc_script.h"

#define WORDS      "Requested block height wasn't found in blockchain"
#define INFO_FAILS "{\"status\":\"Failed\",\"error\":\"" WORDS ".\"}"
#define REST_FAILS "{\"error\":{\"code\":64,\"message\":\"" WORDS ".\"}}"
#define TOO_HIGH                                                                                   \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"message\":\"To big height: 52, current blockchain "     \
	"height = 50\",\"code\":-2}}"

static const struct tw_check_order nothing_more;
static const struct tw_check_order info_order = { .wants_info = true };
static const struct tw_check_order template_order = { .wants_template = true };
static const char ask_template[] = "POST /json_rpc \"method\":\"getblocktemplate\"";

static struct tw_rpc_peer peer;
static struct tw_observation obs;
static struct tw_chain window;

static int setup(void **state)
{
	(void)state;
	peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	peer.wallet_address = "TRTLx";
	window_of(&window, 'a', 50, 4);
	return 0;
}

static const char *template_reply(int64_t height, char branch, int64_t built_on)
{
	return textf("{\"result\":{\"height\":%" PRId64 ",\"blocktemplate_blob\":\"%s\","
		     "\"status\":\"OK\"}}",
		height, blob("0300", branch, built_on));
}

static void expect_wrecked(const char *says)
{
	assert_int_equal(obs.result, TW_RESULT_WRECKED);
	assert_int_equal(obs.n_chain, 0);
	assert_says(&obs, says);
}

/* The page is asked twice before that is said, and once in every check from then on. */
static void test_words(void **state)
{
	const struct line first[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 500, INFO_FAILS },
		{ "GET /info", 500, INFO_FAILS },
	};
	const struct line second[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 500, INFO_FAILS },
	};
	const struct line restarted[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(51, "51", "0.28.3") },
	};
	const struct line light[] = { { ASK_LAST, 200, rpc_header('a', 50) } };

	(void)state;
	RUN(&peer, &info_order, &window, first, &obs);
	expect_wrecked("GET /info: HTTP status 500: \"" WORDS);
	RUN(&peer, &nothing_more, &window, second, &obs);
	expect_wrecked(WORDS);
	RUN(&peer, &nothing_more, &window, restarted, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	RUN(&peer, &nothing_more, &window, light, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
}

/* Said once, as when the chain is reorganised at that moment: nothing is wrong. */
static void test_words_once(void **state)
{
	const struct line lines[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 500, INFO_FAILS },
		{ "GET /info", 200, rpc_info(51, "51", "0.28.3") },
	};

	(void)state;
	RUN(&peer, &info_order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.peers_in, 3);
}

/* While it is found out what the daemon is; not by monerod. */
static void test_words_while_detecting(void **state)
{
	const struct line first[] = {
		{ "GET /info", 500, REST_FAILS },
		{ "GET /info", 500, REST_FAILS },
	};
	const struct line second[] = { { "GET /info", 500, REST_FAILS } };
	struct tw_rpc_peer monero = peer_of(TW_DIALECT_MONERO);

	(void)state;
	peer = peer_of(TW_DIALECT_AUTO);
	RUN(&peer, &nothing_more, &window, first, &obs);
	expect_wrecked(WORDS);
	RUN(&peer, &nothing_more, &window, second, &obs);
	expect_wrecked(WORDS);
	const struct line other[] = { { "GET /get_info", 500, INFO_FAILS } };
	RUN(&monero, &nothing_more, &window, other, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
}

static void test_other_words(void **state)
{
	const struct line lines[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 500, "{\"error\":\"Internal error\"}" },
	};

	(void)state;
	RUN(&peer, &info_order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
}

/* The count of the info page against the newest header: one block may have come in between. */
static void test_info_height(void **state)
{
	const struct line one[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(52, "52", "0.28.3") },
	};
	const struct line behind[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(48, "48", "0.28.3") },
	};
	const struct line two[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(53, "53", "0.28.3") },
		{ ask_height(52), 200, TOO_HIGH },
		{ ask_height(52), 200, TOO_HIGH },
	};
	const struct line other_height[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(53, "53", "0.28.3") },
		{ ask_height(52), 200, rpc_header('a', 50) },
		{ ask_height(52), 200, rpc_header('a', 50) },
	};
	const struct line words[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(53, "53", "0.28.3") },
		{ ask_height(52), 500, INFO_FAILS },
		{ ask_height(52), 500, INFO_FAILS },
	};
	/* It is synchronising, and has added blocks meanwhile. */
	const struct line growing[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(53, "53", "0.28.3") },
		{ ask_height(52), 200, rpc_header('a', 52) },
	};

	(void)state;
	RUN(&peer, &info_order, &window, one, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	RUN(&peer, &info_order, &window, behind, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	RUN(&peer, &info_order, &window, growing, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	RUN(&peer, &info_order, &window, two, &obs);
	expect_wrecked(
		"GET /info: the chain is said to end with block 52, but the newest one is 50");
	/* It is asked again without being due. */
	RUN(&peer, &nothing_more, &window, other_height, &obs);
	expect_wrecked("block 52");
	RUN(&peer, &nothing_more, &window, words, &obs);
	expect_wrecked("block 52");
	RUN(&peer, &nothing_more, &window, one, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
}

/* Of several daemons behind one address one has the block, and another one has not. */
static void test_another_daemon_answers(void **state)
{
	const struct line by_info[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 200, rpc_info(53, "53", "0.28.3") },
		{ ask_height(52), 200, TOO_HIGH },
		{ ask_height(52), 200, rpc_header('a', 52) },
	};
	const struct line by_template[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_template, 200, template_reply(53, 'a', 52) },
		{ ask_height(52), 200, TOO_HIGH },
		{ ask_height(52), 200, rpc_header('a', 52) },
	};

	(void)state;
	RUN(&peer, &info_order, &window, by_info, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	RUN(&peer, &template_order, &window, by_template, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
}

/* The first check reads the info page before the header. */
static void test_info_height_while_detecting(void **state)
{
	const struct line lines[] = {
		{ "GET /info", 200, rpc_info(53, "53", "0.28.3") },
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(52), 200, TOO_HIGH },
		{ ask_height(52), 200, TOO_HIGH },
	};

	(void)state;
	peer = peer_of(TW_DIALECT_AUTO);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	expect_wrecked("block 52");
}

static void test_template_height(void **state)
{
	static const struct {
		int64_t height, built_on;
		char branch;
	} odd[] = { { 52, 50, 'a' }, { 52, 51, 'a' }, { 60, 48, 'b' } };
	const struct line light[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_template, 200, template_reply(51, 'a', 50) },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(odd); i++) {
		const struct line lines[] = {
			{ ASK_LAST, 200, rpc_header('a', 50) },
			{ ask_template, 200,
				template_reply(odd[i].height, odd[i].branch, odd[i].built_on) },
			{ ask_height(odd[i].height - 1), 200, TOO_HIGH },
			{ ask_height(odd[i].height - 1), 200, TOO_HIGH },
		};

		RUN(&peer, &template_order, &window, lines, &obs);
		expect_wrecked(textf("getblocktemplate: the template follows block %" PRId64
				     ", but the newest one is 50",
			odd[i].height - 1));
	}
	RUN(&peer, &nothing_more, &window, light, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
}

/* It has the block: blocks have come in between, or the header came out of a cache. */
static void test_template_on_a_newer_block(void **state)
{
	const struct line newer[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_template, 200, template_reply(53, 'a', 52) },
		{ ask_height(52), 200, rpc_header('a', 52) },
	};
	/* But the template is on another one. */
	const struct line stale[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_template, 200, template_reply(53, 'b', 52) },
		{ ask_height(52), 200, rpc_header('a', 52) },
		{ ASK_LAST, 200, rpc_header('a', 52) },
	};

	(void)state;
	RUN(&peer, &template_order, &window, newer, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
	RUN(&peer, &template_order, &window, stale, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.template, TW_TEMPLATE_STALE);
}

static void test_rest(void **state)
{
	const struct line lines[] = {
		{ "GET /block/last", 200, rest_header('a', 50) },
		{ "GET /info", 200,
			"{\"height\":53,\"incomingConnections\":2,\"outgoingConnections\":8}" },
		{ "GET /block/52", 404, "" },
		{ "GET /block/52", 404, "" },
	};

	(void)state;
	peer = peer_of(TW_DIALECT_TURTLECOIN_REST);
	RUN(&peer, &info_order, &window, lines, &obs);
	expect_wrecked("GET /info: the chain is said to end with block 52");
}

/* The question for proof gets no answer: that proves nothing. */
static void test_no_answer(void **state)
{
	const struct line lines[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_template, 200, template_reply(52, 'a', 50) },
	};
	struct tw_rpc_request request;
	struct tw_rpc_check *check;

	(void)state;
	check = begin(&peer, &template_order, &window, lines, TW_ARRAY_SIZE(lines));
	assert_true(tw_rpc_check_next(check, &request));
	tw_rpc_check_fail(check, TW_RESULT_TIMEOUT, "nothing came");
	assert_int_equal(tw_rpc_check_observation(check)->result, TW_RESULT_OK);
	assert_int_equal(tw_rpc_check_observation(check)->template, TW_TEMPLATE_FAILED);
	tw_rpc_check_destroy(check);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_words),
		TEST(test_words_once),
		TEST(test_words_while_detecting),
		TEST(test_other_words),
		TEST(test_info_height),
		TEST(test_another_daemon_answers),
		TEST(test_info_height_while_detecting),
		TEST(test_template_height),
		TEST(test_template_on_a_newer_block),
		TEST(test_rest),
		TEST(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
