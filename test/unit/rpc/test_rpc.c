/* lib/rpc: the order of questions: linking, questions of the core, templates, broken requests. */
#include "fixture/compare.h"
#include "rpc_script.h"

static const struct tw_check_order nothing_more;
static const char address[] = "TRTLx";
static const char ask_template[] = "POST /json_rpc \"method\":\"getblocktemplate\",\"params\":"
				   "{\"reserve_size\":8,\"wallet_address\":\"TRTLx\"}";

static const char *template_reply(int64_t height, const char *blob_text)
{
	return textf("{\"jsonrpc\":\"2.0\",\"result\":{\"height\":%" PRId64 ",\"difficulty\":100,"
		     "\"blocktemplate_blob\":\"%s\",\"status\":\"OK\"}}",
		height, blob_text);
}

/* A daemon whose chain is branch 'a' up to fork_height and branch 'b' above it. */
static char branch_at(int64_t height, int64_t fork_height)
{
	return height > fork_height ? 'b' : 'a';
}

static const char *forked_header(int64_t height, int64_t fork_height)
{
	const char *prev = hash_text(branch_at(height - 1, fork_height), height - 1);

	return textf("{\"result\":{\"block_header\":{\"height\":%" PRId64
		     ",\"hash\":\"%s\",\"prev_hash\":\"%s\"}}}",
		height, hash_text(branch_at(height, fork_height), height), prev);
}

/* Answers every request; returns how many there were. */
static int converse(struct tw_rpc_check *check, int64_t tip, int64_t fork_height)
{
	struct tw_rpc_request request;
	int n = 0;

	for (; tw_rpc_check_next(check, &request); n++) {
		const char *at = strstr(request.body, "\"height\":");
		int64_t height = at == NULL ? tip : strtoll(at + 9, NULL, 10);
		struct line line = { "", 200, forked_header(height, fork_height) };

		assert_in_range(n, 0, TW_LOOK_BACK_MAX);
		assert_that(height, >=, 0);
		assert_that(height, <=, tip);
		give(check, &line);
	}
	return n;
}

/* At every depth of the reorganisation, the window and the observation meet at its root. */
static void test_linking(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	struct tw_chain window;

	(void)state;
	for (int64_t depth = 0; depth <= TW_LOOK_BACK_MAX; depth++) {
		for (int64_t grown = -2; grown <= 3; grown++) {
			int64_t fork_height = 1000 - depth, tip = 1000 + grown;
			struct tw_rpc_check *check;
			const struct tw_observation *obs;
			const struct tw_hash *hash;

			if (tip <= fork_height)
				continue;
			window_of(&window, 'a', 1000, TW_WINDOW);
			check = begin(&peer, &nothing_more, &window, NULL, 0);
			assert_in_range(converse(check, tip, fork_height), 1, 20);
			obs = tw_rpc_check_observation(check);
			assert_int_equal(obs->result, TW_RESULT_OK);
			hash = tw_observation_at(obs, fork_height);
			if (depth < TW_LOOK_BACK_MAX)
				assert_hash(hash, 'a', fork_height);
			tw_rpc_check_destroy(check);
		}
	}
}

/* A node on a chain that shares nothing costs a bounded number of requests. */
static void test_linking_ends(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	struct tw_rpc_check *check;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 1000, TW_WINDOW);
	check = begin(&peer, &nothing_more, &window, NULL, 0);
	assert_in_range(converse(check, 1000, 10), 1, 20);
	assert_int_equal(tw_rpc_check_observation(check)->result, TW_RESULT_OK);
	tw_rpc_check_destroy(check);
}

static void test_questions(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	/* Above its tip; known from the header; wanted; twice. */
	const struct tw_check_order order = { .n_questions = 4, .questions = { 60, 49, 20, 20 } };
	const struct line lines[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(20), 200, rpc_header('a', 20) },
	};
	const struct line absent[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(20), 200, "{\"error\":{\"code\":-2,\"message\":\"no\"}}" },
		{ ask_height(20), 200, rpc_header('a', 20) },
	};
	const struct line wrong[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(20), 200, rpc_header('a', 21) },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_at, 1);
	assert_hash(tw_observation_at(&obs, 20), 'a', 20);
	RUN(&peer, &order, &window, absent, &obs);
	assert_hash(tw_observation_at(&obs, 20), 'a', 20);
	RUN(&peer, &order, &window, wrong, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_says(&obs, "asked for height 20, got height 21");
}

/* A reorganisation while linking: what does not fit together is asked for again, once. */
static void test_contradiction(void **state)
{
	const char *moved = textf("{\"result\":{\"block_header\":{\"height\":47,\"hash\":\"%s\","
				  "\"prev_hash\":\"%s\"}}}",
		hash_text('c', 47), hash_text('c', 46));
	const struct line lines[] = {
		{ ASK_LAST, 200, forked_header(51, 47) },
		{ ask_height(49), 200, forked_header(49, 47) },
		{ ask_height(46), 200, forked_header(46, 47) },
		{ ask_height(47), 200, moved }, /* 46 was another one just now */
		{ ASK_LAST, 200, forked_header(51, 47) },
		{ ask_height(49), 200, forked_header(49, 47) },
		{ ask_height(46), 200, forked_header(46, 47) },
		{ ask_height(47), 200, forked_header(47, 47) },
	};
	struct line again[TW_ARRAY_SIZE(lines)];
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 10);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_hash(tw_observation_at(&obs, 48), 'b', 48);
	assert_hash(tw_observation_at(&obs, 47), 'a', 47);
	memcpy(again, lines, sizeof(lines));
	again[TW_ARRAY_SIZE(lines) - 1].reply = moved;
	RUN(&peer, &nothing_more, &window, again, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_says(&obs, "two different blocks at height 46");
}

static void test_templates(void **state)
{
	const char *good = blob("0300", 'a', 50), *old = blob("0300", 'a', 49);
	const char *other = blob("0300", 'b', 50);
	const struct {
		long status;
		const char *reply;
		const char *tip_again; /* NULL: must not be asked */
		enum tw_template template;
		const char *says;
	} cases[] = {
		{ 200, template_reply(51, good), NULL, TW_TEMPLATE_OK, "" },
		{ 200, template_reply(51, blob("0100bcd391d806", 'a', 50)), NULL, TW_TEMPLATE_OK,
			"" },
		/* New height on an old hash, and an old template altogether. */
		{ 200, template_reply(51, old), rpc_header('a', 50), TW_TEMPLATE_STALE,
			"height 51 does not build on the daemon's own newest block at 50" },
		{ 200, template_reply(50, old), rpc_header('a', 50), TW_TEMPLATE_STALE, "" },
		/* The node moved sideways between header and template; test_rpc_wrecked.c has it
		 * move on. */
		{ 200, template_reply(51, other), rpc_header('b', 50), TW_TEMPLATE_OK, "" },
		{ 200, template_reply(51, other), rpc_header('a', 51), TW_TEMPLATE_STALE, "" },
		{ 200, template_reply(40, good), NULL, TW_TEMPLATE_FAILED,
			"said to be for height 40, but builds on 50" },
		{ 200, BUSY, NULL, TW_TEMPLATE_FAILED,
			"getblocktemplate: the daemon says \"Core is busy\" (-9)" },
		{ 200, "{\"status\":\"Failed\",\"error\":\"Daemon must be synced\"}", NULL,
			TW_TEMPLATE_FAILED, "\"Daemon must be synced\"" },
		{ 200, "{\"error\":{\"code\":-4,\"message\":\"Failed to parse wallet address\"}}",
			NULL, TW_TEMPLATE_ADDRESS, "\"Failed to parse wallet address\" (-4)" },
		{ 500, "", NULL, TW_TEMPLATE_FAILED, "getblocktemplate: HTTP status 500" },
		{ 403, "", NULL, TW_TEMPLATE_FAILED, "HTTP status 403" },
		{ 200, "", NULL, TW_TEMPLATE_FAILED, "the reply is empty" },
		{ 200, "{\"result\":{\"height\":51}}", NULL, TW_TEMPLATE_FAILED,
			"no \"blocktemplate_blob\"" },
		{ 200, textf("{\"result\":{\"blocktemplate_blob\":\"%s\"}}", good), NULL,
			TW_TEMPLATE_FAILED, "no \"height\"" },
		{ 200, template_reply(51, "0300"), NULL, TW_TEMPLATE_FAILED,
			"\"blocktemplate_blob\" is not a block in hex digits" },
		{ 200, "{\"result\":{\"height\":51,\"blocktemplate_blob\":7}}", NULL,
			TW_TEMPLATE_FAILED, "\"blocktemplate_blob\" is not" },
	};
	const struct tw_check_order order = { .wants_template = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
		const struct line lines[] = {
			{ ASK_LAST, 200, rpc_header('a', 50) },
			{ ask_template, cases[i].status, cases[i].reply },
			{ ASK_LAST, 200, cases[i].tip_again },
		};

		peer.wallet_address = address;
		run(&peer, &order, &window, lines, cases[i].tip_again == NULL ? 2 : 3, &obs);
		assert_int_equal(obs.result, TW_RESULT_OK);
		if (obs.template != cases[i].template)
			fail_msg("%s: template %d", cases[i].reply, obs.template);
		assert_says(&obs, cases[i].says);
		assert_int_equal(obs.detail[0] == '\0', obs.template == TW_TEMPLATE_OK);
		/* The tip is the one that the check linked, even if a newer one was seen. */
		assert_int_equal(obs.chain[0].height, 50);
	}
}

static void test_rest_template(void **state)
{
	const char *ask = "POST /block/template {\"reserveSize\":8,\"address\":\"TRTLx\"}";
	const struct {
		long status;
		const char *reply;
		enum tw_template template;
		const char *says;
	} cases[] = {
		{ 201, textf("{\"height\":51,\"blob\":\"%s\"}", blob("0300", 'a', 50)),
			TW_TEMPLATE_OK, "" },
		{ 400, "{\"error\":{\"code\":63,\"message\":\"The address given is wrong\"}}",
			TW_TEMPLATE_ADDRESS,
			"POST /block/template: HTTP status 400: \"The address given is wrong\"" },
		{ 404, "", TW_TEMPLATE_FAILED, "HTTP status 404" },
		{ 202, "", TW_TEMPLATE_FAILED, "the reply is empty" },
	};
	const struct tw_check_order order = { .wants_template_on_new_tip = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 49, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_REST);
		const struct line lines[] = {
			{ "GET /block/last", 200, rest_header('a', 50) },
			{ ask, cases[i].status, cases[i].reply },
		};

		peer.wallet_address = address;
		RUN(&peer, &order, &window, lines, &obs);
		assert_int_equal(obs.result, TW_RESULT_OK);
		assert_int_equal(obs.template, cases[i].template);
		assert_says(&obs, cases[i].says);
	}
}

/* A template is asked for only where an address is configured, and only if it fits. */
static void test_template_address(void **state)
{
	const struct tw_check_order order = { .wants_template = true };
	const struct line lines[] = { { ASK_LAST, 200, rpc_header('a', 50) } };
	const struct line quoted[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "POST /json_rpc \"wallet_address\":\"a\\\"b\"", 200, BUSY },
	};
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	char endless[TW_RPC_BODY_MAX + 1];
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_UNCHECKED);
	peer.wallet_address = "";
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_UNCHECKED);
	memset(endless, 'T', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	peer.wallet_address = endless;
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_ADDRESS);
	assert_says(&obs, "address is too long");
	peer.wallet_address = "a\"b";
	RUN(&peer, &order, &window, quoted, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_FAILED);
}

/* A request that gets no reply, at every stage of a check. */
static void test_fail(void **state)
{
	const struct tw_check_order order = { .wants_info = true, .wants_template = true };
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, "{\"height\":51,\"network_height\":51}" },
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(48), 200, rpc_header('a', 48) },
		{ ask_template, 200, template_reply(51, blob("0300", 'a', 49)) },
	};
	static const struct {
		size_t after; /* lines */
		enum tw_result failure;
		enum tw_result result;
		enum tw_template template;
		enum tw_dialect dialect;
	} cases[] = {
		{ 0, TW_RESULT_REFUSED, TW_RESULT_REFUSED, 0, TW_DIALECT_AUTO },
		{ 1, TW_RESULT_TIMEOUT, TW_RESULT_TIMEOUT, 0, TW_DIALECT_AUTO },
		{ 2, TW_RESULT_TIMEOUT, TW_RESULT_TIMEOUT, 0, TW_DIALECT_TURTLECOIN_RPC },
		{ 2, TW_RESULT_RESET, TW_RESULT_RESET, 0, TW_DIALECT_AUTO },
		{ 3, TW_RESULT_RESET, TW_RESULT_OK, TW_TEMPLATE_FAILED, TW_DIALECT_TURTLECOIN_RPC },
		{ 3, TW_RESULT_TOO_LARGE, TW_RESULT_OK, TW_TEMPLATE_FAILED,
			TW_DIALECT_TURTLECOIN_RPC },
		{ 3, TW_RESULT_TIMEOUT, TW_RESULT_TIMEOUT, 0, TW_DIALECT_TURTLECOIN_RPC },
		{ 4, TW_RESULT_RESET, TW_RESULT_OK, TW_TEMPLATE_FAILED, TW_DIALECT_TURTLECOIN_RPC },
		{ 4, TW_RESULT_TIMEOUT, TW_RESULT_OK, TW_TEMPLATE_LATE, TW_DIALECT_TURTLECOIN_RPC },
		{ 5, TW_RESULT_TIMEOUT, TW_RESULT_OK, TW_TEMPLATE_FAILED,
			TW_DIALECT_TURTLECOIN_RPC },
	};
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
		struct tw_rpc_check *check;
		const struct tw_observation *obs;
		struct tw_rpc_request request;

		peer.wallet_address = address;
		check = begin(&peer, &order, &window, lines, cases[i].after);
		assert_true(tw_rpc_check_next(check, &request));
		tw_rpc_check_fail(check, cases[i].failure, "the connection broke");
		assert_false(tw_rpc_check_next(check, &request));
		obs = tw_rpc_check_observation(check);
		assert_int_equal(obs->result, cases[i].result);
		assert_int_equal(obs->template, cases[i].template);
		assert_string_equal(obs->detail, "the connection broke");
		assert_int_equal(obs->n_chain > 0, cases[i].result == TW_RESULT_OK);
		assert_int_equal(peer.dialect, cases[i].dialect);
		/* A late reply changes nothing. */
		give(check, &(struct line){ "", 200, rpc_header('a', 50) });
		tw_rpc_check_fail(check, TW_RESULT_TIMEOUT, "again");
		assert_string_equal(obs->detail, "the connection broke");
		tw_rpc_check_destroy(check);
	}
	tw_rpc_check_destroy(NULL);
}

/* A daemon's words are cut to fit between two characters, and have no control characters. */
static void test_long_words(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	struct tw_observation obs;
	struct tw_chain window;
	char words[401] = "";

	(void)state;
	tw_chain_init(&window);
	for (size_t shift = 0; shift < 3; shift++) {
		struct line lines[] = { { ASK_LAST, 200, NULL } };
		size_t len;

		words[0] = '\0';
		memcpy(words, "xx", shift);
		for (len = shift; len + 3 < sizeof(words); len += 3)
			memcpy(words + len, "\xe2\x82\xac", 4);
		lines[0].reply = textf("{\"error\":\"\\u001b[2J%s\"}", words);
		RUN(&peer, &nothing_more, &window, lines, &obs);
		assert_says(&obs, "says \"?[2J");
		len = strlen(obs.detail);
		assert_in_range(len, TW_DETAIL_MAX - 4, TW_DETAIL_MAX - 1);
		assert_string_equal(obs.detail + len - 3, "\xe2\x82\xac");
	}
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* What ask.c and detection rely on in every row. */
static void test_rows(void **state)
{
	(void)state;
	assert_null(tw_dialect_row(TW_DIALECT_AUTO));
	assert_string_equal(tw_dialect_word(TW_DIALECT_AUTO), "auto");
	for (int i = TW_DIALECT_AUTO + 1; i < TW_DIALECTS; i++) {
		const struct tw_dialect_row *row = tw_dialect_row((enum tw_dialect)i);
		const char *header = row->requests[TW_ASK_HEADER];

		for (int k = 0; k < i; k++)
			assert_string_not_equal(row->word, tw_dialect_word((enum tw_dialect)k));
		assert_starts_with(row->requests[TW_ASK_INFO], "GET /");
		assert_non_null(row->marks[0]);
		if (begins_with(header, "GET /"))
			assert_string_equal(header + strlen(header) - strlen("HEIGHT"), "HEIGHT");
	}
	assert_string_equal(tw_dialect_info_request(0), "GET /info");
	assert_string_equal(tw_dialect_info_request(1), "GET /getinfo");
	assert_string_equal(tw_dialect_info_request(2), "GET /get_info");
	assert_null(tw_dialect_info_request(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_linking),
		cmocka_unit_test(test_linking_ends),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_rest_template),
		cmocka_unit_test(test_template_address),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
