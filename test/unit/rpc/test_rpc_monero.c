/* lib/rpc with monerod: one request tells nearly everything. */
#include "rpc_script.h"

static const struct tw_check_order nothing_more;

static const char *info(char branch, int64_t top, const char *target)
{
	return textf("{\"height\":%" PRId64 ",\"target_height\":%s,\"top_block_hash\":\"%s\","
		     "\"top_hash\":\"\",\"incoming_connections_count\":4,"
		     "\"outgoing_connections_count\":12,\"synchronized\":true,"
		     "\"nettype\":\"fakechain\",\"status\":\"OK\",\"version\":\"0.18.3.1\"}",
		top + 1, target, hash_text(branch, top));
}

static const char *header(char branch, int64_t height)
{
	return textf("{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{\"block_header\":{\"depth\":0,"
		     "\"hash\":\"%s\",\"height\":%" PRId64 ",\"orphan_status\":false,"
		     "\"prev_hash\":\"%s\",\"timestamp\":1700000000},\"status\":\"OK\"}}",
		hash_text(branch, height), height,
		height == 0 ? hash_text('\0', 0) : hash_text(branch, height - 1));
}

static const char *ask_header(int64_t height)
{
	return textf("POST /json_rpc \"method\":\"get_block_header_by_height\",\"params\":"
		     "{\"height\":%" PRId64 "}",
		height);
}

static const char *template_reply(int64_t height, const char *blob_text, const char *prev)
{
	return textf("{\"id\":1,\"result\":{\"blocktemplate_blob\":\"%s\",\"height\":%" PRId64
		     ",\"prev_hash\":\"%s\",\"status\":\"OK\"}}",
		blob_text, height, prev);
}

static const char ask_template[] = "POST /json_rpc \"method\":\"get_block_template\",\"params\":"
				   "{\"reserve_size\":8,\"wallet_address\":\"4x\"}";

/* The reply by which it is recognized is already the newest block. */
static void test_first_check(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, info('a', 100, "0") },
		{ ask_header(100), 200, header('a', 100) },
		{ ask_header(98), 200, header('a', 98) },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 4);
	for (int64_t h = 100; h > 96; h--)
		assert_hash(&obs.chain[100 - h].hash, 'a', h);
	assert_int_equal(obs.peers_in, 4);
	assert_int_equal(obs.peers_out, 12);
	/* A target of 0 means that it knows of nothing higher than itself. */
	assert_int_equal(obs.network_height, 100);
	assert_int_equal(obs.synced, 1);
	assert_int_equal(obs.header_time_s, 1700000000);
	assert_int_equal(peer.dialect, TW_DIALECT_MONERO);
	assert_false(peer.has_old_info_path);
	assert_string_equal(peer.version, "0.18.3.1");
}

/* Without the alias /getinfo the real path is found. */
static void test_no_alias(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 404, "" },
		{ "GET /get_info", 200, info('a', 100, "0") },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 100, 4);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(peer.dialect, TW_DIALECT_MONERO);
}

static void test_one_request(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
	const struct line lines[] = { { "GET /get_info", 200, info('a', 100, "140") } };
	const struct tw_check_order order = {
		.wants_info = true,
		.wants_template_on_new_tip = true,
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	peer.wallet_address = "4x";
	window_of(&window, 'a', 100, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 1);
	assert_int_equal(obs.peers_out, 12);
	assert_int_equal(obs.network_height, 139);
}

/* A stale target lower than its own height is no claim of a lower network. */
static void test_old_target(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
	const struct line lines[] = { { "GET /get_info", 200, info('a', 100, "40") } };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 100, 4);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.network_height, 100);
}

static void test_new_tip_and_template(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
	const struct line lines[] = {
		{ "GET /get_info", 200, info('a', 101, "0") },
		{ ask_header(101), 200, header('a', 101) },
		{ ask_template, 200,
			template_reply(
				102, blob("1010fab092d806", 'a', 101), hash_text('a', 101)) },
	};
	const struct tw_check_order order = { .wants_template_on_new_tip = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	peer.wallet_address = "4x";
	window_of(&window, 'a', 100, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 2);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
	assert_string_equal(obs.detail, "");
}

static void test_templates(void **state)
{
	const struct {
		const char *reply;
		enum tw_template template;
		const char *says;
	} cases[] = {
		{ template_reply(101, blob("1010fab092d806", 'a', 100), hash_text('a', 100)),
			TW_TEMPLATE_OK, "" },
		{ template_reply(101, blob("1010fab092d806", 'a', 100), hash_text('a', 99)),
			TW_TEMPLATE_FAILED, "not the block that \"blocktemplate_blob\" builds on" },
		/* A layout that monero does not have today, but that gives what is said. */
		{ template_reply(101, blob("1010", 'a', 100), hash_text('a', 100)), TW_TEMPLATE_OK,
			"" },
		{ "{\"error\":{\"code\":-9,\"message\":\"Core is busy\"}}", TW_TEMPLATE_FAILED,
			"\"Core is busy\" (-9)" },
		{ "{\"result\":{\"status\":\"BUSY\"}}", TW_TEMPLATE_FAILED, "\"BUSY\"" },
	};
	const struct tw_check_order order = { .wants_template = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 100, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
		const struct line lines[] = {
			{ "GET /get_info", 200, info('a', 100, "0") },
			{ ask_template, 200, cases[i].reply },
		};

		peer.wallet_address = "4x";
		RUN(&peer, &order, &window, lines, &obs);
		assert_int_equal(obs.result, TW_RESULT_OK);
		assert_int_equal(obs.template, cases[i].template);
		assert_says(&obs, cases[i].says);
	}
}

/* A cache in front of get_info shows an older block than the one that templates build on. */
static void test_cached_info(void **state)
{
	const struct {
		int64_t height; /* of the template */
		char branch;    /* and of the block that it builds on */
		int64_t built_on;
		enum tw_template template;
	} cases[] = {
		{ 102, 'a', 101, TW_TEMPLATE_OK },
		{ 103, 'a', 102, TW_TEMPLATE_OK },
		/* Blocks of its own chain that are older, whatever height is claimed. */
		{ 102, 'a', 99, TW_TEMPLATE_STALE },
		{ 101, 'a', 99, TW_TEMPLATE_STALE },
		{ 101, 'b', 100, TW_TEMPLATE_STALE },
		{ 99, 'b', 98, TW_TEMPLATE_STALE },
	};
	const struct tw_check_order order = { .wants_template = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 100, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
		const char *block = blob("1010fab092d806", cases[i].branch, cases[i].built_on);
		const struct line lines[] = {
			{ "GET /get_info", 200, info('a', 100, "0") },
			{ ask_template, 200,
				template_reply(cases[i].height, block,
					hash_text(cases[i].branch, cases[i].built_on)) },
			{ "GET /get_info", 200, info('a', 100, "0") },
		};

		peer.wallet_address = "4x";
		RUN(&peer, &order, &window, lines, &obs);
		assert_int_equal(obs.result, TW_RESULT_OK);
		if (obs.template != cases[i].template)
			fail_msg("case %zu: template %d", i, obs.template);
	}
}

/* The cache gives its oldest entry to the check: the chain has shown the block before. */
static void test_cached_info_of_before(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
	const struct line lines[] = {
		{ "GET /get_info", 200, info('a', 98, "0") },
		{ ask_header(98), 200, header('a', 98) },
		{ ask_template, 200,
			template_reply(
				101, blob("1010fab092d806", 'a', 100), hash_text('a', 100)) },
		{ "GET /get_info", 200, info('a', 98, "0") },
	};
	const struct tw_check_order order = { .wants_template = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	peer.wallet_address = "4x";
	window_of(&window, 'a', 100, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
}

static const char *info_with(const char *members)
{
	return textf("{\"height\":61,\"target_height\":0,\"top_block_hash\":\"%s\","
		     "\"incoming_connections_count\":0,\"outgoing_connections_count\":0,"
		     "\"nettype\":\"mainnet\",\"status\":\"OK\",%s}",
		hash_text('a', 60), members);
}

/* Until it has synchronised, a monerod with a bootstrap daemon hands on the answers of that. */
static void test_bootstrapping(void **state)
{
	static const struct {
		const char *members;
		enum tw_result result;
		const char *says;
	} cases[] = {
		{ "\"untrusted\":true,\"height_without_bootstrap\":1", TW_RESULT_BOOTSTRAPPING,
			"GET /get_info: the daemon has 1 of the 61 blocks that it tells of" },
		{ "\"untrusted\":false,\"height_without_bootstrap\":60", TW_RESULT_BOOTSTRAPPING,
			"has 60 of the 61" },
		{ "\"untrusted\":true,\"height_without_bootstrap\":0", TW_RESULT_BOOTSTRAPPING,
			"\"untrusted\" is true" },
		{ "\"untrusted\":true", TW_RESULT_BOOTSTRAPPING, "\"untrusted\" is true" },
		{ "\"untrusted\":false,\"height_without_bootstrap\":61,"
		  "\"was_bootstrap_ever_used\":true",
			TW_RESULT_OK, "" },
		/* Restricted: not said. */
		{ "\"untrusted\":false,\"height_without_bootstrap\":0", TW_RESULT_OK, "" },
		{ "\"height_without_bootstrap\":\"1 \"", TW_RESULT_OK, "" },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 60, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
		const struct line lines[] = {
			{ "GET /info", 404, "" },
			{ "GET /getinfo", 200, info_with(cases[i].members) },
		};

		RUN(&peer, &nothing_more, &window, lines, &obs);
		assert_int_equal(obs.result, cases[i].result);
		assert_says(&obs, cases[i].says);
		/* It is known what it is. */
		assert_int_equal(peer.dialect, TW_DIALECT_MONERO);
	}
}

/* Once it is asked for its block 0; with the peer counts it says which network it is on. */
static void test_network(void **state)
{
	static const struct tw_check_order order = { .wants_info = true };
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
	const struct line first[] = {
		{ "GET /get_info", 200, info('a', 100, "0") },
		{ ask_header(0), 200, header('a', 0) },
	};
	const struct line later[] = { { "GET /get_info", 200, info('a', 100, "0") } };
	const struct line pruned[] = {
		{ "GET /get_info", 200, info('a', 100, "0") },
		{ ask_header(0), 200, "{\"error\":{\"code\":-5,\"message\":\"no such block\"}}" },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 100, 4);
	peer.has_asked_genesis = false;
	RUN(&peer, &nothing_more, &window, later, &obs);
	assert_false(obs.network.has_genesis);
	assert_string_equal(obs.network.nettype, "");
	RUN(&peer, &order, &window, first, &obs);
	assert_true(obs.network.has_genesis);
	assert_hash(&obs.network.genesis, 'a', 0);
	assert_string_equal(obs.network.nettype, "fakechain");
	/* It is no part of the chain that was looked at. */
	assert_int_equal(obs.n_at, 0);
	RUN(&peer, &order, &window, later, &obs);
	assert_hash(&obs.network.genesis, 'a', 0);
	/* It may come back as another one. */
	tw_rpc_peer_forget(&peer);
	RUN(&peer, &order, &window, pruned, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_false(obs.network.has_genesis);
	RUN(&peer, &order, &window, later, &obs);
	assert_false(obs.network.has_genesis);
	assert_string_equal(obs.network.nettype, "fakechain");
}

/* The restricted RPC reports 0 peers and no version, whatever they are: they are not known. */
static void test_restricted(void **state)
{
	static const struct {
		const char *members;
		int64_t peers;
	} cases[] = {
		{ "\"restricted\":true,\"version\":\"\"", TW_UNKNOWN },
		{ "\"restricted\":false,\"version\":\"\"", 0 },
		{ "\"version\":\"\"", 0 },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 60, 4);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
		const struct line lines[] = {
			{ "GET /get_info", 200, info_with(cases[i].members) },
		};

		RUN(&peer, &nothing_more, &window, lines, &obs);
		assert_int_equal(obs.result, TW_RESULT_OK);
		assert_int_equal(obs.peers_in, cases[i].peers);
		assert_int_equal(obs.peers_out, cases[i].peers);
		assert_string_equal(peer.version, "");
	}
}

/* The chain moves between get_info and the header: ask once more. */
static void test_moved_under_the_check(void **state)
{
	const struct line moved[] = {
		{ "GET /get_info", 200, info('a', 101, "0") },
		{ ask_header(101), 200, header('b', 101) },
		{ "GET /get_info", 200, info('b', 101, "0") },
		{ ask_header(101), 200, header('b', 101) },
		{ ask_header(99), 200, header('b', 99) },
		{ ask_header(96), 200, header('a', 96) },
		{ ask_header(97), 200, header('a', 97) },
	};
	const struct line shorter[] = {
		{ "GET /get_info", 200, info('a', 101, "0") },
		{ ask_header(101), 200, "{\"error\":{\"code\":-2,\"message\":\"too high\"}}" },
		{ ask_header(101), 200, "{\"error\":{\"code\":-2,\"message\":\"too high\"}}" },
		{ "GET /get_info", 200, info('a', 100, "0") },
	};
	const struct line never[] = {
		{ "GET /get_info", 200, info('a', 101, "0") },
		{ ask_header(101), 200, header('b', 101) },
		{ "GET /get_info", 200, info('a', 101, "0") },
		{ ask_header(101), 200, header('b', 101) },
	};
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 100, 6);
	RUN(&peer, &nothing_more, &window, moved, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.chain[0].height, 101);
	assert_hash(&obs.chain[0].hash, 'b', 101);
	RUN(&peer, &nothing_more, &window, shorter, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 1);
	assert_hash(&obs.chain[0].hash, 'a', 100);
	RUN(&peer, &nothing_more, &window, never, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_says(&obs, "two different blocks at height 101");
}

static void test_bad_info(void **state)
{
	static const struct {
		long status;
		const char *reply;
		enum tw_result result;
		const char *says;
	} cases[] = {
		{ 200, "{\"status\":\"BUSY\"}", TW_RESULT_BUSY, "says \"BUSY\"" },
		{ 200, "{\"status\":\"OK\",\"height\":0}", TW_RESULT_BAD_REPLY,
			"\"height\" is an impossible number" },
		{ 200, "{\"status\":\"OK\",\"height\":5,\"top_block_hash\":\"\"}",
			TW_RESULT_BAD_REPLY, "\"top_block_hash\" is not a block hash" },
		{ 200,
			"{\"status\":\"OK\",\"height\":5,\"top_block_hash\":"
			"\"0000000000000000000000000000000000000000000000000000000000000001\","
			"\"incoming_connections_count\":-1}",
			TW_RESULT_BAD_REPLY,
			"\"incoming_connections_count\" is an impossible number" },
		{ 404, "", TW_RESULT_BAD_REPLY, "GET /get_info: HTTP status 404" },
		{ 401, "", TW_RESULT_AUTH, "HTTP status 401" },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_rpc_peer peer = peer_of(TW_DIALECT_MONERO);
		const struct line lines[] = {
			{ "GET /get_info", cases[i].status, cases[i].reply },
		};

		RUN(&peer, &nothing_more, &window, lines, &obs);
		assert_int_equal(obs.result, cases[i].result);
		assert_says(&obs, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_check),
		cmocka_unit_test(test_no_alias),
		cmocka_unit_test(test_one_request),
		cmocka_unit_test(test_old_target),
		cmocka_unit_test(test_new_tip_and_template),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_cached_info),
		cmocka_unit_test(test_cached_info_of_before),
		cmocka_unit_test(test_bootstrapping),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_restricted),
		cmocka_unit_test(test_moved_under_the_check),
		cmocka_unit_test(test_bad_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
