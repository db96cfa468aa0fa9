/* lib/rpc with TurtleCoind: both dialects and what real versions say. */
#include "rpc_script.h"

static const struct tw_check_order nothing_more;

/* The first check of a chain: tip, then two more headers until four blocks are known. */
static void test_rpc_first_check(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	const struct line lines[] = {
		{ "GET /info", 200, rpc_info(1001, "1003", "0.28.3") },
		{ ASK_LAST, 200, rpc_header('a', 1000) },
		{ ask_height(998), 200, rpc_header('a', 998) },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_string_equal(obs.detail, "");
	assert_int_equal(obs.rtt_us, RTT_US);
	assert_int_equal(obs.n_chain, 4);
	for (int64_t h = 1000; h > 996; h--) {
		assert_int_equal(obs.chain[1000 - h].height, h);
		assert_hash(&obs.chain[1000 - h].hash, 'a', h);
	}
	assert_int_equal(obs.header_time_s, 1700000000);
	assert_int_equal(obs.peers_in, 3);
	assert_int_equal(obs.peers_out, 8);
	assert_int_equal(obs.network_height, 1002);
	assert_int_equal(obs.synced, 1);
	assert_int_equal(obs.template, TW_TEMPLATE_UNCHECKED);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_RPC);
	assert_false(peer.has_old_info_path);
	assert_string_equal(peer.version, "0.28.3");
}

/* Nothing changed, nothing due: one request. */
static void test_one_request(void **state)
{
	struct tw_rpc_peer rpc = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	struct tw_rpc_peer rest = peer_of(TW_DIALECT_TURTLECOIN_REST);
	const struct line rpc_lines[] = { { ASK_LAST, 200, rpc_header('a', 50) } };
	const struct line rest_lines[] = { { "GET /block/last", 200, rest_header('a', 50) } };
	const struct tw_check_order order = { .wants_template_on_new_tip = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	rpc.wallet_address = rest.wallet_address = "TRTLx";
	window_of(&window, 'a', 50, 4);
	RUN(&rpc, &order, &window, rpc_lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 2);
	assert_int_equal(obs.peers_in, TW_UNKNOWN);
	assert_int_equal(obs.synced, -1);
	RUN(&rest, &order, &window, rest_lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.template, TW_TEMPLATE_UNCHECKED);
}

static void test_rest_first_check(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	const struct line lines[] = {
		{ "GET /info", 200, REST_INFO },
		{ "GET /block/last", 200, rest_header('a', 4) },
		{ "GET /block/2", 200, rest_header('a', 2) },
	};
	const struct tw_check_order order = { .wants_info = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 4);
	assert_int_equal(obs.network_height, 4999999);
	assert_int_equal(obs.synced, 0);
	assert_int_equal(obs.peers_in, 2);
	assert_int_equal(obs.peers_out, 0);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_REST);
	assert_string_equal(peer.version, "1.0.1");
}

/* A chain of only the genesis block: its previous hash is no block. */
static void test_genesis(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_REST);
	const struct line lines[] = { { "GET /block/last", 200, rest_header('a', 0) } };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 1);
	assert_int_equal(obs.n_at, 0);
}

/* Before 0.8.4 there was only /getinfo, and no version in it. */
static void test_old_info(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	const char *info = "{\"height\":51,\"incoming_connections_count\":1,"
			   "\"outgoing_connections_count\":8,\"last_known_block_index\":49,"
			   "\"network_height\":0,\"status\":\"OK\"}";
	const struct line lines[] = {
		{ "GET /info", 404, "Requested url is not found\n" },
		{ "GET /getinfo", 200, info },
		{ ASK_LAST, 200, rpc_header('a', 50) },
	};
	const struct line later[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /getinfo", 200, info },
	};
	const struct line upgraded[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /getinfo", 404, "" },
		{ "GET /info", 200, rpc_info(51, "51", "0.28.3") },
	};
	const struct tw_check_order order = { .wants_info = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.peers_out, 8);
	assert_int_equal(obs.network_height, TW_UNKNOWN);
	assert_int_equal(obs.synced, -1);
	assert_true(peer.has_old_info_path);
	assert_string_equal(peer.version, "");
	RUN(&peer, &order, &window, later, &obs);
	assert_int_equal(obs.peers_in, 1);
	RUN(&peer, &order, &window, upgraded, &obs);
	assert_int_equal(obs.peers_in, 3);
	assert_false(peer.has_old_info_path);
	/* A configured dialect is not detected, but the path of its info page is. */
	peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	const struct line configured[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, info },
	};
	RUN(&peer, &order, &window, configured, &obs);
	assert_int_equal(obs.peers_in, 1);
	assert_true(peer.has_old_info_path);
}

/* A check without peer counts is good: behind a proxy for /json_rpc only, they stay unknown. */
static void test_no_info_page(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	const struct line lines[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 404, "" },
	};
	const struct tw_check_order order = { .wants_info = true };
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	RUN(&peer, &order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.peers_in, TW_UNKNOWN);
}

static void test_peer(void **state)
{
	struct tw_rpc_peer peer;

	(void)state;
	tw_rpc_peer_init(&peer, TW_DIALECT_TURTLECOIN_REST, "TRTLx", 17);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_REST);
	assert_string_equal(peer.wallet_address, "TRTLx");
	assert_int_equal(peer.reserve_size, 17);
	assert_string_equal(peer.version, "");
	/* Only what was found out is forgotten, not what was configured. */
	strcpy(peer.version, "1.0.1");
	tw_rpc_peer_forget(&peer);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_REST);
	assert_string_equal(peer.wallet_address, "TRTLx");
	assert_string_equal(peer.version, "");
	peer.configured = TW_DIALECT_AUTO;
	tw_rpc_peer_forget(&peer);
	assert_int_equal(peer.dialect, TW_DIALECT_AUTO);
}

/* "No such height" while looking back ends the linking, in every spelling. */
static void test_absent_looking_back(void **state)
{
	struct tw_rpc_peer rpc = peer_of(TW_DIALECT_TURTLECOIN_RPC);
	struct tw_rpc_peer rest = peer_of(TW_DIALECT_TURTLECOIN_REST);
	const struct line rpc_lines[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(48), 200,
			"{\"error\":{\"code\":-2,\"message\":\"To big height: 48\"},\"id\":1}" },
	};
	const struct line rest_lines[] = {
		{ "GET /block/last", 200, rest_header('a', 50) },
		{ "GET /block/48", 400, "{\"error\":{\"code\":63,\"message\":\"too high\"}}" },
	};
	const struct line rest_unknown[] = {
		{ "GET /block/last", 200, rest_header('a', 50) },
		{ "GET /block/48", 404, "{\"error\":{\"code\":67,\"message\":\"not found\"}}" },
	};
	const struct line broken[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ ask_height(48), 200, BUSY },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	tw_chain_init(&window);
	RUN(&rpc, &nothing_more, &window, rpc_lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 2);
	RUN(&rest, &nothing_more, &window, rest_lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 2);
	RUN(&rest, &nothing_more, &window, rest_unknown, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	RUN(&rpc, &nothing_more, &window, broken, &obs);
	assert_int_equal(obs.result, TW_RESULT_BUSY);
	assert_says(&obs, "getblockheaderbyheight: the daemon says \"Core is busy\" (-9)");
}

/* A remembered dialect that fails is detected again within the same check. */
static void test_upgrade(void **state)
{
	struct tw_rpc_peer peer = peer_of(TW_DIALECT_AUTO);
	const struct line lines[] = {
		{ ASK_LAST, 404, "" },
		{ "GET /info", 200, REST_INFO },
		{ "GET /block/last", 200, rest_header('a', 50) },
	};
	const struct line busy[] = { { "GET /block/last", 200, BUSY } };
	const struct line nonsense[] = {
		{ "GET /block/last", 200, "{}" },
		{ "GET /info", 200, REST_INFO },
		{ "GET /block/last", 200, "{}" },
	};
	struct tw_observation obs;
	struct tw_chain window;

	(void)state;
	window_of(&window, 'a', 50, 4);
	peer.dialect = TW_DIALECT_TURTLECOIN_RPC;
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_REST);
	/* A daemon that understands and complains is still the same one. */
	RUN(&peer, &nothing_more, &window, busy, &obs);
	assert_int_equal(obs.result, TW_RESULT_BUSY);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_REST);
	RUN(&peer, &nothing_more, &window, nonsense, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_int_equal(peer.dialect, TW_DIALECT_AUTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rpc_first_check),
		cmocka_unit_test(test_one_request),
		cmocka_unit_test(test_rest_first_check),
		cmocka_unit_test(test_genesis),
		cmocka_unit_test(test_old_info),
		cmocka_unit_test(test_no_info_page),
		cmocka_unit_test(test_absent_looking_back),
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
