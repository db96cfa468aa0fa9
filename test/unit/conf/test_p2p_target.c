/* conf/p2p: which nodes have a P2P link, and to where. */
#include "conf/p2p.h"
#include "conf_case.h"
#include <errno.h>

/* Loads text; the target of its last node as "HOST PORT", or "none". */
static const char *target(const char *text, char place[300])
{
	struct tw_config *config = load(text);
	char host[TW_HOST_MAX + 1];
	uint16_t port;

	if (tw_conf_p2p_target(config, config->n_nodes - 1, host, &port))
		snprintf(place, 300, "%s %u", host, port);
	else
		snprintf(place, 300, "none");
	tw_config_destroy(config);
	return place;
}

#define NODE(url, more) "{ name = \"" url "\"; url = \"http://" url "\"; " more " }"
#define NODES(list)     "daemons = ( " list " );\n"
#define OFF             "p2p = { mode = \"off\"; };\n"

static void test_targets(void **state)
{
	static const struct {
		const char *text;
		const char *target;
	} cases[] = {
		{ NODES(NODE("127.0.0.1", "")), "127.0.0.1 0" },
		{ NODES(NODE("localhost", "")), "localhost 0" },
		{ NODES("{ name = \"a\"; url = \"http://[::1]:5\"; }"), "::1 0" },
		{ NODES("{ name = \"a\"; url = \"http://[fd00::1]:5\"; }"), "fd00::1 0" },
		{ NODES("{ name = \"a\"; url = \"http://[2001:db8::1]:5\"; }"), "none" },
		{ NODES(NODE("10.1.2.3", "")), "10.1.2.3 0" },
		{ NODES(NODE("172.16.0.1", "")), "172.16.0.1 0" },
		{ NODES(NODE("172.31.0.1", "")), "172.31.0.1 0" },
		{ NODES(NODE("172.32.0.1", "")), "none" },
		{ NODES(NODE("192.168.0.1", "")), "192.168.0.1 0" },
		{ NODES(NODE("192.169.0.1", "")), "none" },
		{ NODES(NODE("node.example", "")), "none" },
		/* Their usual port is the port of one of them only. */
		{ NODES("{ name = \"b\"; url = \"http://127.0.0.1:7\"; }, " NODE("127.0.0.1", "")),
			"none" },
		{ NODES("{ name = \"b\"; url = \"http://127.0.0.1:7\"; }, " NODE(
			  "127.0.0.1", "p2p = \"auto\";")),
			"127.0.0.1 0" },
		{ NODES(NODE("node.example", "p2p = \"auto\";")), "node.example 0" },
		{ NODES(NODE("node.example", "p2p = \"127.0.0.1:18080\";")), "127.0.0.1 18080" },
		{ NODES(NODE("127.0.0.1", "p2p = \"[::1]:9\";")), "::1 9" },
		{ NODES(NODE("127.0.0.1", "p2p = \"off\";")), "none" },
		{ NODES(NODE("127.0.0.1", "proxy = \"socks5://127.0.0.1:9050\";")), "none" },
		{ OFF NODES(NODE("127.0.0.1", "")), "none" },
		{ OFF NODES(NODE("127.0.0.1", "p2p = \"auto\";")), "127.0.0.1 0" },
	};
	char place[300];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (strcmp(target(cases[i].text, place), cases[i].target) != 0)
			fail_msg("%s: %s", cases[i].text, place);
	}
}

static void test_errors(void **state)
{
	(void)state;
	expect_error(NODES(NODE("127.0.0.1", "p2p = \"18080\";")), "t.conf", 1,
		"p2p must be HOST:PORT, as in 127.0.0.1:18080 or [::1]:18080, or auto, or off");
	expect_error("p2p = { network_id = \"1230f1\"; };\n" D, "t.conf", 1,
		"network_id must be 32 hex digits, or empty");
	expect_error("p2p = { mode = \"on\"; };\n" D, "t.conf", 1, "mode must be ");
}

static void test_network_id(void **state)
{
	static const uint8_t wanted[TW_P2P_COIN_NETWORK_ID] = { 0x12, 0x30, 0xf1, [15] = 0xaB };
	uint8_t id[TW_P2P_COIN_NETWORK_ID] = { 0 };

	(void)state;
	assert_int_equal(tw_conf_p2p_parse_id("1230F1000000000000000000000000aB", id), 0);
	assert_memory_equal(id, wanted, sizeof(id));
	assert_int_equal(tw_conf_p2p_parse_id("1230f1000000000000000000000000a", id), -EINVAL);
	assert_int_equal(tw_conf_p2p_parse_id("1230f1000000000000000000000000ag", id), -EINVAL);
	assert_int_equal(tw_conf_p2p_parse_id("", id), -EINVAL);
}

/* Of a coin whose network is not known there is nothing to say in a handshake. */
static void test_coin(void **state)
{
	struct tw_config *config = load(D);

	(void)state;
	assert_non_null(tw_conf_p2p_coin(config, TW_DIALECT_MONERO));
	assert_null(tw_conf_p2p_coin(config, TW_DIALECT_CRYPTONOTE));
	assert_null(tw_conf_p2p_coin(config, TW_DIALECT_ZANO));
	tw_config_destroy(config);
	config = load("p2p = { network_id = \"00112233445566778899aabbccddeeff\"; };\n" D);
	assert_non_null(tw_conf_p2p_coin(config, TW_DIALECT_CRYPTONOTE));
	assert_null(tw_conf_p2p_coin(config, TW_DIALECT_ZANO));
	tw_config_destroy(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_network_id),
		cmocka_unit_test(test_coin),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
