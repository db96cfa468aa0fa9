/*
 * lib/rpc with the daemons that have kept the methods of the first CryptoNote daemon (Bytecoin,
 * Forknote, Conceal, Karbo), and with Zano: how they are told from each other and from monerod, how
 * they count heights, and what their templates build on.
 */
#include "rpc_script.h"

static const struct tw_check_order nothing_more;
static const struct tw_check_order template_order = { .wants_template = true };

static struct tw_rpc_peer peer;
static struct tw_observation obs;
static struct tw_chain window;

static int setup(void **state)
{
	(void)state;
	peer = peer_of(TW_DIALECT_AUTO);
	peer.wallet_address = "addr";
	window_of(&window, 'a', 50, 4);
	return 0;
}

#define NO_METHOD "{\"error\":{\"code\":-32601,\"message\":\"Method not found\"},\"id\":1}"

static const char *bytecoin_info(int64_t count)
{
	return textf("{\"alt_blocks_count\":0,\"difficulty\":100,\"grey_peerlist_size\":9,"
		     "\"height\":%" PRId64 ",\"incoming_connections_count\":3,"
		     "\"last_known_block_index\":%" PRId64 ",\"outgoing_connections_count\":8,"
		     "\"status\":\"OK\",\"tx_count\":0,\"tx_pool_size\":0,"
		     "\"white_peerlist_size\":40}",
		count, count - 1);
}

/* Conceal and Karbo add the newest block's hash and a version. */
static const char *conceal_info(int64_t count)
{
	return textf("{\"alt_blocks_count\":0,\"difficulty\":100,\"height\":%" PRId64 ","
		     "\"incoming_connections_count\":3,\"last_known_block_index\":%" PRId64 ","
		     "\"outgoing_connections_count\":8,\"status\":\"OK\","
		     "\"top_block_hash\":\"%s\",\"version\":\"6.7.4\"}",
		count, count - 1, hash_text('a', count - 1));
}

static const char *zano_info(int64_t count)
{
	return textf("{\"alias_count\":1,\"daemon_network_state\":2,\"height\":%" PRId64 ","
		     "\"incoming_connections_count\":3,\"max_net_seen_height\":%" PRId64 ","
		     "\"outgoing_connections_count\":8,\"pos_allowed\":true,\"status\":\"OK\"}",
		count, count);
}

/* A page of a daemon made from an old monerod. */
static const char *old_monero_info(int64_t count)
{
	return textf("{\"height\":%" PRId64 ",\"incoming_connections_count\":3,"
		     "\"outgoing_connections_count\":8,\"status\":\"OK\",\"target_height\":0,"
		     "\"top_block_hash\":\"%s\"}",
		count, hash_text('a', count - 1));
}

static const char *template_reply(int64_t height, const char *block)
{
	return textf("{\"result\":{\"height\":%" PRId64 ",\"blocktemplate_blob\":\"%s\","
		     "\"status\":\"OK\"}}",
		height, block);
}

static void test_conceal(void **state)
{
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, conceal_info(52) },
		{ ASK_LAST, 200, rpc_header('a', 51) },
		{ ask_height(51), 200, rpc_header('a', 51) },
	};
	const struct line later[] = {
		{ ASK_LAST, 200, rpc_header('a', 53) },
		{ ask_height(51), 200, rpc_header('a', 51) },
	};

	(void)state;
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(peer.dialect, TW_DIALECT_CRYPTONOTE);
	assert_string_equal(peer.version, "6.7.4");
	assert_int_equal(obs.peers_out, 8);
	assert_int_equal(obs.network_height, TW_UNKNOWN);
	assert_int_equal(obs.synced, -1);
	assert_int_equal(obs.n_chain, 2);
	/* How it counts is asked once. */
	RUN(&peer, &nothing_more, &window, later, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_hash(tw_observation_at(&obs, 51), 'a', 51);
}

/* Asked for height 51, Bytecoin and Forknote show the block with the index 50. */
static void test_counted_from_1(void **state)
{
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, bytecoin_info(54) },
		{ ASK_LAST, 200, rpc_header('a', 53) },
		{ ask_height(53), 200, rpc_header('a', 52) },
		{ ask_height(52), 200, rpc_header('a', 51) },
	};
	const struct line later[] = {
		{ ASK_LAST, 200, rpc_header('a', 54) },
		{ ask_height(53), 200, rpc_header('a', 52) },
		{ ask_height(51), 200, rpc_header('a', 50) },
	};

	(void)state;
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(obs.n_chain, 4);
	assert_hash(&obs.chain[2].hash, 'a', 51);
	assert_true(peer.counts_from_1);
	RUN(&peer, &nothing_more, &window, later, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_hash(tw_observation_at(&obs, 52), 'a', 52);
	/* It may come back as another daemon. */
	tw_rpc_peer_forget(&peer);
	assert_false(peer.counts_from_1);
}

/* The chain moves while that is found out: asked once more. */
static void test_counting_moves(void **state)
{
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, conceal_info(52) },
		{ ASK_LAST, 200, rpc_header('b', 51) },
		{ ask_height(51), 200, rpc_header('a', 51) },
		{ ASK_LAST, 200, rpc_header('a', 51) },
		{ ask_height(51), 200, rpc_header('a', 51) },
	};

	(void)state;
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_false(peer.counts_from_1);
	assert_hash(&obs.chain[0].hash, 'a', 51);
}

static void test_zano(void **state)
{
	const char *block = textf("03%016x%s00bcd391d80600", 0, hash_text('a', 50));
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, zano_info(51) },
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "POST /json_rpc \"method\":\"getblocktemplate\",\"params\":"
		  "{\"wallet_address\":\"addr\"}}",
			200, template_reply(51, block) },
	};

	(void)state;
	RUN(&peer, &template_order, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(peer.dialect, TW_DIALECT_ZANO);
	assert_int_equal(obs.network_height, 50);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
}

/* The methods decide where the members of the page leave it open. */
static void test_methods_decide(void **state)
{
	const struct line lines[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, old_monero_info(52) },
		{ "POST /json_rpc get_block_header_by_height", 200, NO_METHOD },
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, old_monero_info(52) },
		{ ASK_LAST, 200, rpc_header('a', 51) },
		{ ask_height(51), 200, rpc_header('a', 51) },
	};
	const struct line none[] = {
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, old_monero_info(52) },
		{ "POST /json_rpc get_block_header_by_height", 404, "" },
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, old_monero_info(52) },
		{ ASK_LAST, 404, "" },
		{ "GET /info", 404, "" },
		{ "GET /getinfo", 200, old_monero_info(52) },
	};

	(void)state;
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(peer.dialect, TW_DIALECT_CRYPTONOTE);
	tw_rpc_peer_forget(&peer);
	RUN(&peer, &nothing_more, &window, none, &obs);
	assert_int_equal(obs.result, TW_RESULT_BAD_REPLY);
	assert_says(&obs, "getlastblockheader: HTTP status 404");
	assert_int_equal(peer.dialect, TW_DIALECT_AUTO);
}

/* A method that is missing once does not make another dialect of a known daemon. */
static void test_known_dialect_stays(void **state)
{
	const struct line lines[] = {
		{ ASK_LAST, 404, "" },
		{ "GET /info", 200, rpc_info(51, "51", "0.28.3") },
		{ ASK_LAST, 200, rpc_header('a', 50) },
	};

	(void)state;
	peer.dialect = TW_DIALECT_TURTLECOIN_RPC;
	RUN(&peer, &nothing_more, &window, lines, &obs);
	assert_int_equal(obs.result, TW_RESULT_OK);
	assert_int_equal(peer.dialect, TW_DIALECT_TURTLECOIN_RPC);
}

/* The layout of a blob is the one that gives a block of the daemon's own chain, and is kept. */
static void test_layouts(void **state)
{
	const char *const blocks[] = {
		blob("0800bcd391d806", 'a', 50),
		blob("0300", 'a', 50),
		textf("03%016x%s00bcd391d80600", 0, hash_text('a', 50)),
	};
	static const enum tw_blob_layout layouts[] = { TW_BLOB_MONERO, TW_BLOB_TURTLECOIN,
		TW_BLOB_ZANO };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(blocks); i++) {
		const struct line lines[] = {
			{ ASK_LAST, 200, rpc_header('a', 50) },
			{ "POST /json_rpc getblocktemplate", 200, template_reply(51, blocks[i]) },
		};

		peer = peer_of(TW_DIALECT_CRYPTONOTE);
		peer.wallet_address = "addr";
		peer.has_shown_counting = true;
		RUN(&peer, &template_order, &window, lines, &obs);
		assert_int_equal(obs.template, TW_TEMPLATE_OK);
		assert_true(peer.has_shown_layout);
		assert_int_equal(peer.layout, layouts[i]);
	}
	/* A newer block than the one that was shown is read by the layout that was kept. */
	const struct line newer[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "POST /json_rpc getblocktemplate", 200,
			template_reply(
				52, textf("03%016x%s00bcd391d80600", 0, hash_text('a', 51))) },
		{ ASK_LAST, 200, rpc_header('a', 51) },
	};
	RUN(&peer, &template_order, &window, newer, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_OK);
	/* And a stale one is found to be stale whatever the layout. */
	const struct line stale[] = {
		{ ASK_LAST, 200, rpc_header('a', 50) },
		{ "POST /json_rpc getblocktemplate", 200,
			template_reply(51, blob("0800bcd391d806", 'a', 49)) },
		{ ASK_LAST, 200, rpc_header('a', 50) },
	};
	RUN(&peer, &template_order, &window, stale, &obs);
	assert_int_equal(obs.template, TW_TEMPLATE_STALE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, NULL)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_conceal),
		TEST(test_counted_from_1),
		TEST(test_counting_moves),
		TEST(test_zano),
		TEST(test_methods_decide),
		TEST(test_known_dialect_stays),
		TEST(test_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
