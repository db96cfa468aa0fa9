/* The first screen, and the advice: which of them are given for which nodes and settings. */
#include "conf/config.h"
#include "conf/url.h"
#include "fakenet.h"
#include "fixture/compare.h"
#include "show/advice.h"
#include "show/welcome.h"

struct scene {
	struct fakenet net;
	struct tw_node_conf nodes[FAKE_NODES];
	struct tw_config config;
	struct tw_rpc_peer peer;
	const struct tw_rpc_peer *peers[FAKE_NODES];
	struct tw_status_source source;
	struct tw_buf out;
	char address[32], socket[32], listen[32];
};

static struct scene scene;

/* Nodes with these URLs, which all agree; the list ends with NULL. */
static void begin(const char *const *urls)
{
	uint32_t n = 0;

	while (urls[n] != NULL)
		n++;
	scene = (struct scene){ .address = "TRTL", .socket = "/run/c.sock", .listen = "[::1]:9" };
	fakenet_init(&scene.net, n);
	scene.config = (struct tw_config){
		.n_nodes = n,
		.nodes = scene.nodes,
		.policy = scene.net.policy,
		.wallet_address = scene.address,
		.control_path = scene.socket,
		.http_listen = scene.listen,
	};
	for (uint32_t i = 0; i < n; i++) {
		char message[256];

		scene.nodes[i].policy = scene.net.policies[i];
		assert_int_equal(
			tw_url_parse(urls[i], &scene.nodes[i].url, message, sizeof(message)), 0);
	}
	scene.source = (struct tw_status_source){ .config = &scene.config, .peers = scene.peers };
	tw_buf_init(&scene.out, 1 << 16);
	fakenet_start(&scene.net);
	scene.source.monitor = scene.net.monitor;
	fakenet_run(&scene.net, 20 * TW_SEC);
}
#define BEGIN(...) begin((const char *const[]){ __VA_ARGS__, NULL })

static int teardown(void **state)
{
	(void)state;
	fakenet_finish(&scene.net);
	tw_buf_finish(&scene.out);
	return 0;
}

static const char *advice(void)
{
	tw_buf_clear(&scene.out);
	tw_advice(&scene.source, &scene.out);
	assert_int_equal(scene.out.error, 0);
	return tw_buf_str(&scene.out);
}

static const char *welcome(bool has_own_socket)
{
	const struct tw_text text = { .out = &scene.out, .columns = 80 };

	tw_buf_clear(&scene.out);
	tw_welcome(&scene.source, "http://a:1", has_own_socket, &text);
	assert_int_equal(scene.out.error, 0);
	return tw_buf_str(&scene.out);
}

static void test_nothing_to_say(void **state)
{
	(void)state;
	BEGIN("http://a:1", "http://a:2", "http://b:1");
	assert_string_equal(advice(), "");
}

static void test_number(void **state)
{
	(void)state;
	BEGIN("http://a:1");
	assert_starts_with(advice(), "one node only: ");
	assert_lacks(advice(), "all nodes are on one address");
	(void)teardown(NULL);
	BEGIN("http://a:1", "http://b:1");
	assert_starts_with(advice(), "two nodes only: ");
	assert_lacks(advice(), "one node only");
}

/* Daemons of one port on one machine are one daemon, by whichever name the machine is called. */
static void test_places(void **state)
{
	static const char *const local[] = { "http://localhost:5", "http://127.0.0.1:5",
		"http://127.9.9.9:5", "http://[::1]:5" };

	(void)state;
	for (size_t i = 1; i < TW_ARRAY_SIZE(local); i++) {
		BEGIN(local[0], "http://b:5", local[i]);
		assert_starts_with(advice(), "d1 and d3 are probably one daemon (http://localhost");
		assert_lacks(advice(), "all nodes are on one address");
		(void)teardown(NULL);
	}
	BEGIN("http://b:5", "http://127.0.0.1:6", "http://localhost:5", "http://128.0.0.1:5");
	assert_string_equal(advice(), "");
	(void)teardown(NULL);
	BEGIN("http://localhost:5", "http://127.0.0.1:6", "http://[::1]:7");
	assert_starts_with(advice(), "all nodes are on one address (localhost): ");
	(void)teardown(NULL);
	BEGIN("http://b:5", "http://b:6", "http://c:7");
	assert_string_equal(advice(), "");
}

static void test_coin(void **state)
{
	(void)state;
	BEGIN("http://a:1", "http://b:1", "http://c:1");
	scene.address[0] = '\0';
	assert_starts_with(advice(), "no template.wallet_address: ");
	scene.address[0] = 'T';
	scene.config.policy.block_target_us = 2 * TW_MIN - TW_SEC;
	scene.peers[2] = &scene.peer;
	scene.peer.dialect = TW_DIALECT_TURTLECOIN_RPC;
	assert_string_equal(advice(), "");
	scene.peer.dialect = TW_DIALECT_MONERO;
	assert_starts_with(
		advice(), "a daemon speaks monero's RPC, but coin.block_target is 119 s: ");
	scene.config.policy.block_target_us = 2 * TW_MIN;
	assert_string_equal(advice(), "");
	scene.config.policy.block_target_us = TW_MIN;
	scene.source.peers = NULL;
	assert_string_equal(advice(), "");
}

/* The screen of three daemons that agree. */
static void test_screen(void **state)
{
	const char *text;

	(void)state;
	BEGIN("http://a:1", "http://bb.example:1", "http://c:1");
	scene.peers[0] = &scene.peer;
	scene.peer.dialect = TW_DIALECT_MONERO;
	scene.config.policy.block_target_us = 2 * TW_MIN;
	text = welcome(false);
	assert_contains(text, "watches 3 nodes.\n\n");
	assert_contains(text, "  d1  http://a:1           monero  1000\n");
	assert_contains(text, "  d2  http://bb.example:1  -       1000\n");
	assert_contains(text, "consensus:");
	assert_contains(text, "(3 of 3 agree, quorum 2)");
	assert_contains(text, "the pool should use: d1 (");
	assert_lacks(text, "not usable");
	assert_lacks(text, " more\n");
	assert_lacks(text, "a page");
	assert_lacks(text, "note:");
	assert_contains(text,
		"\n  look  tipwatchctl top\n  ask   echo select | nc -NU /run/c.sock\n"
		"  keep  tipwatchd --print-config http://a:1 >tipwatch.conf\n");
	/* A version, a socket of its own, a page. */
	(void)snprintf(scene.peer.version, sizeof(scene.peer.version), "0.18");
	scene.config.http.is_on = true;
	text = welcome(true);
	assert_contains(text, "  d1  http://a:1           monero 0.18  1000\n");
	assert_contains(
		text, "\n  look  tipwatchctl -s /run/c.sock top\n        http://[::1]:9/  (");
	/* A dialect that is not known yet. */
	scene.peer.dialect = TW_DIALECT_AUTO;
	assert_contains(welcome(true), "  d1  http://a:1           -  1000\n");
	scene.source.peers = NULL;
	assert_contains(welcome(true), "  d1  http://a:1           -  1000\n");
}

/* What is wrong is said with its reason, and columns are not wider than there is room. */
static void test_trouble(void **state)
{
	const char *text;

	(void)state;
	BEGIN("http://a:1");
	scene.net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&scene.net, 20 * TW_SEC);
	text = welcome(false);
	assert_contains(text, "watches 1 node.\n");
	assert_contains(text, "  d1  http://a:1  -  unresponsive (refused)\n");
	assert_contains(text, "not usable");
	assert_contains(text, "\n\nnote: one node only: ");
}

static void test_many(void **state)
{
	const char *text;

	(void)state;
	BEGIN("http://a:1", "http://a:2", "http://a:3", "http://a:4", "http://a:5", "http://a:6",
		"http://a:7", "http://a:8", "http://a:9", "http://a:10", "http://a:11",
		"http://b:12");
	text = welcome(false);
	assert_contains(text, "  d12");
	assert_lacks(text, " more\n");
	(void)teardown(NULL);
	BEGIN("http://a:1", "http://a:2", "http://a:3", "http://a:4", "http://a:5", "http://a:6",
		"http://a:7", "http://a:8", "http://a:9", "http://a:10", "http://a:11",
		"http://b:12", "http://this-one-is-not-shown.example:1");
	text = welcome(false);
	assert_contains(text, "  d12  http://b:12  -  1000\n");
	assert_lacks(text, "d13");
	assert_contains(text, "\n  and 1 more\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_to_say),
		TEST(test_number),
		TEST(test_places),
		TEST(test_coin),
		TEST(test_screen),
		TEST(test_trouble),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
