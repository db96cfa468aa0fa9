/* conf: what is right: defaults, ranges, derived values, printing, arguments, reloads. */
#include "conf_case.h"
#include "core/policy.h"
#include "fixture/compare.h"

static void test_defaults(void **state)
{
	struct tw_config *config = load(D);
	struct tw_policy policy;

	(void)state;
	tw_policy_init(&policy);
	policy.min_working = 1; /* there is only one node */
	expect_same_policy(&config->policy, &policy);
	assert_int_equal(config->dialect, TW_DIALECT_AUTO);
	assert_int_equal(config->max_reply, 1048576);
	assert_string_equal(config->wallet_address, "");
	assert_int_equal(config->reserve_size, 8);
	assert_int_equal(config->after_accept_us, 500 * TW_MS);
	assert_int_equal(config->after_silence_us, 1500 * TW_MS);
	assert_string_equal(config->control_path, "/run/tipwatch/control.sock");
	assert_int_equal(config->control_mode, 0660);
	assert_string_equal(config->control_group, "");
	assert_string_equal(config->control_operators, "");
	assert_int_equal(config->control_max_clients, 256);
	assert_string_equal(config->http_listen, "127.0.0.1:9811");
	assert_true(config->http.is_on);
	assert_int_equal(config->http.port, 9811);
	assert_string_equal(config->agent_listen, "");
	assert_false(config->agent.is_on);
	assert_string_equal(config->on_switch, "");
	assert_string_equal(config->on_chain, "");
	assert_string_equal(config->on_usable, "");
	assert_string_equal(config->on_mode, "");
	assert_string_equal(config->on_beat, "");
	assert_int_equal(config->beat_us, 10 * TW_SEC);
	assert_string_equal(config->state_dir, "/var/lib/tipwatch");
	assert_string_equal(config->journal_path, "");
	assert_int_equal(config->journal_max_size, 64 << 20);
	assert_int_equal(config->n_nodes, 1);
	assert_true(config->nodes[0].policy.is_primary);
	assert_int_equal(config->nodes[0].policy.priority, 0);
	assert_int_equal(config->nodes[0].policy.interval_us, 0);
	assert_int_equal(config->nodes[0].policy.timeout_us, 0);
	assert_string_equal(config->nodes[0].user, "");
	assert_string_equal(config->node_policies[0].name, "a");
	assert_true(config->node_policies[0].is_primary);
	tw_config_destroy(config);
}

static void test_derived(void **state)
{
	struct tw_config *config;

	(void)state;
	config = load(D "coin = { block_target = \"1s\"; };");
	assert_int_equal(config->policy.lag_for_us, 333 * TW_MS);
	assert_int_equal(config->policy.stall_for_us, 10 * TW_SEC);
	tw_config_destroy(config);
	config = load(D "probe = { timeout = \"50ms\"; };");
	assert_int_equal(config->policy.min_timeout_us, 50 * TW_MS);
	tw_config_destroy(config);
	/* The order of the file does not matter. */
	config = load("decision = { lag_for = \"7s\"; };\n" D "coin = { block_target = \"2m\"; };");
	assert_int_equal(config->policy.lag_for_us, 7 * TW_SEC);
	assert_int_equal(config->policy.stall_for_us, 20 * TW_MIN);
	tw_config_destroy(config);
	config = load("coin = { dialect = \"monero\"; };\n"
		      "template = { wallet_address = \"TRTLx\"; };\nhttp = { listen = \"\"; };\n"
		      "daemons = ( { name = \"r\"; url = \"http://r\"; role = \"reference\"; },\n"
		      " { name = \"a\"; url = \"http://a\"; dialect = \"auto\"; },\n"
		      " { name = \"b\"; url = \"http://b\"; primary = false; },\n"
		      " { name = \"c\"; url = \"http://c\"; } );");
	assert_false(config->nodes[0].policy.is_primary);
	assert_true(config->nodes[1].policy.is_primary);
	assert_int_equal(config->nodes[0].dialect, TW_DIALECT_MONERO);
	assert_int_equal(config->nodes[1].dialect, TW_DIALECT_AUTO);
	assert_true(config->nodes[1].has_own_dialect);
	assert_true(config->policy.has_template);
	assert_false(config->http.is_on);
	assert_int_equal(config->policy.min_working, 3);
	assert_int_equal(tw_config_find(config, "c"), 3);
	assert_int_equal(tw_config_find(config, "d"), TW_NODE_NONE);
	tw_config_destroy(config);
}

/* Every range: the value before it, its ends, the value after it. */
static void test_ranges(void **state)
{
	static const struct {
		const char *section; /* NULL: of a daemon */
		const char *key;
		const char *values[4]; /* NULL: there is none */
	} cases[] = {
		{ "coin", "block_target", { "\"999ms\"", "\"1s\"", "\"1d\"", "\"86401s\"" } },
		{ "probe", "interval", { "\"99ms\"", "\"100ms\"", "\"1h\"", "\"3600001ms\"" } },
		{ "probe", "timeout", { "\"49ms\"", "\"50ms\"", "\"5m\"", "\"301s\"" } },
		{ "probe", "min_timeout", { "\"49ms\"", "\"50ms\"", "\"5s\"", "\"301s\"" } },
		{ "probe", "looks", { "0", "1", "10", "11" } },
		{ "probe", "rise", { "0", "1", "32", "33" } },
		{ "probe", "fall", { "0", "1", "32", "33" } },
		{ "probe", "max_reply", { "4095", "4096", "67108864", "67108865" } },
		{ "decision", "quorum", { "-1", "0", "1", "2" } },
		{ "decision", "min_working", { "0", "1", "64", "65" } },
		{ "decision", "fork_tolerance", { "-1", "0", "1000", "1001" } },
		{ "decision", "max_lead", { "-1", "0", "1000", "1001" } },
		{ "decision", "max_lag", { "-1", "0", "1000", "1001" } },
		{ "decision", "min_peers", { "-1", "0", "1000", "1001" } },
		{ "decision", "lag_for", { NULL, "\"0s\"", "\"1d\"", "\"86400001ms\"" } },
		{ "decision", "failback_after", { NULL, "\"0s\"", "\"24h\"", "\"25h\"" } },
		{ "decision", "min_switch_interval", { NULL, "\"0s\"", "\"1d\"", "\"2d\"" } },
		{ "decision", "switch_cost", { NULL, "\"0s\"", "\"1h\"", "\"2h\"" } },
		{ "decision", "stall_for",
			{ "\"29999ms\"", "\"30s\"", "\"10000d\"", "\"10001d\"" } },
		{ "template", "reserve_size", { "-1", "0", "255", "256" } },
		{ "template", "interval", { "\"99ms\"", "\"100ms\"", "\"10000d\"", "\"10001d\"" } },
		{ "submit", "after_accept", { NULL, "\"0ms\"", "\"1m\"", "\"60001ms\"" } },
		{ "submit", "after_silence", { NULL, "\"0ms\"", "\"1m\"", "\"60001ms\"" } },
		{ "control", "max_clients", { "0", "1", "65536", "65537" } },
		{ "journal", "max_size", { "65535", "65536", "1099511627776", "1099511627777" } },
		{ "control", "mode", { NULL, "\"000\"", "\"0777\"", "\"1000\"" } },
		{ "http", "listen",
			{ "\"a:-1\"", "\"127.0.0.1:0\"", "\"[::]:65535\"", "\"a:65536\"" } },
		{ "hooks", "on_mode",
			{ "\"bin/true\"", "\"\"", "\"/bin/true\"", "\"/bin/true --help\"" } },
		{ "agent", "listen",
			{ "\"9812\"", "\"\"", "\"[::1]:9812\"", "\"127.0.0.1:9812/\"" } },
		{ NULL, "priority", { "-1001", "-1000", "1000", "1001" } },
		{ NULL, "interval", { "\"99ms\"", "\"100ms\"", "\"1h\"", "\"61m\"" } },
		{ NULL, "timeout", { "\"49ms\"", "\"250ms\"", "\"5m\"", "\"6m\"" } },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		for (int v = 0; v < 4; v++) {
			if (cases[i].values[v] == NULL)
				continue;
			if (cases[i].section == NULL)
				snprintf(text, sizeof(text), ONE "\n %s = %s; } );", cases[i].key,
					cases[i].values[v]);
			else
				snprintf(text, sizeof(text), D "%s = { %s = %s; };",
					cases[i].section, cases[i].key, cases[i].values[v]);
			if (v == 1 || v == 2)
				tw_config_destroy(load(text));
			else
				expect_error(text, "t.conf", 2, cases[i].key);
		}
	}
}

static void test_node_count(void **state)
{
	struct tw_config *config;
	struct tw_buf text;

	(void)state;
	tw_buf_init(&text, 1 << 20);
	tw_buf_puts(&text, "daemons = (\n");
	for (int i = 0; i < 1024; i++)
		tw_buf_printf(&text, "{ name = \"n%d\"; url = \"http://n%d\"; }%s\n", i, i,
			i < 1023 ? "," : "");
	tw_buf_puts(&text, ");\ndecision = { quorum = 1024; };\n");
	config = load(tw_buf_str(&text));
	assert_int_equal(config->n_nodes, 1024);
	assert_int_equal(tw_config_find(config, "n1023"), 1023);
	tw_config_destroy(config);

	tw_buf_clear(&text);
	tw_buf_puts(&text, "daemons = (\n");
	for (int i = 0; i < 1026; i++)
		tw_buf_printf(&text, "{ name = \"n%d\"; url = \"http://n%d\"; },\n", i, i);
	tw_buf_puts(&text, ");\n");
	expect_error(tw_buf_str(&text), "t.conf", 1026,
		"at most 1024 nodes are allowed; there are 1026");
	tw_buf_finish(&text);
}

/* A daemon with a user and a password file of this content. */
static const char *with_password(const void *content, size_t len)
{
	static char text[512];

	snprintf(text, sizeof(text),
		ONE "user = \"rpc\";\n"
		    " password_file = \"%s\"; } );",
		put_bytes("pw", content, len));
	return text;
}

static void test_passwords(void **state)
{
	char large[1026];
	struct tw_config *config;
	struct tw_buf printed;

	(void)state;
	config = load(with_password("hunter2 \n", 9));
	assert_string_equal(config->nodes[0].user, "rpc");
	assert_string_equal(config->nodes[0].password, "hunter2 ");
	tw_buf_init(&printed, 1 << 16);
	tw_conf_print(config, &printed);
	assert_int_equal(printed.error, 0);
	assert_lacks(tw_buf_str(&printed), "hunter2");
	assert_contains(tw_buf_str(&printed), "/pw\"");
	tw_buf_finish(&printed);
	tw_config_destroy(config);
	config = load(with_password("x\r\n", 3));
	assert_string_equal(config->nodes[0].password, "x");
	tw_config_destroy(config);
	memset(large, 'x', sizeof(large));
	config = load(with_password(large, 1024));
	assert_int_equal(strlen(config->nodes[0].password), 1024);
	tw_config_destroy(config);

	expect_error(with_password(large, 1025), "t.conf", 2, "it is too large");
	expect_error(with_password("", 0), "t.conf", 2, "the file is empty");
	expect_error(with_password("\n", 1), "t.conf", 2, "the file is empty");
	expect_error(with_password("a\nb\n", 4), "t.conf", 2, "in one line and nothing else");
	expect_error(with_password("a\0b", 3), "t.conf", 2, "in one line and nothing else");
	expect_error(ONE "user = \"rpc\";\n"
			 " password_file = \"/nonexistent/pw\"; } );",
		"t.conf", 2, "password_file: cannot read \"/nonexistent/pw\": No such file");
	(void)put_file("pw", "x");
	{
		char text[512];

		snprintf(text, sizeof(text), ONE "\n password_file = \"%s/pw\"; } );", dir);
		expect_error(text, "t.conf", 2, "password_file needs user beside it");
		snprintf(text, sizeof(text),
			ONE "user = \"a:b\";\n"
			    " password_file = \"%s/pw\"; } );",
			dir);
		expect_error(
			text, "t.conf", 1, "user must be a name in printable ASCII without ':'");
	}
}

static void test_ca_file(void **state)
{
	struct tw_config *config;
	char text[512];

	(void)state;
	(void)put_file("ca.pem", "-----BEGIN CERTIFICATE-----\n");
	snprintf(text, sizeof(text), TLS "ca_file = \"%s/ca.pem\"; } );", dir);
	config = load(text);
	assert_contains(config->nodes[0].ca_file, "/ca.pem");
	tw_config_destroy(config);
	snprintf(text, sizeof(text), ONE "\n ca_file = \"%s/ca.pem\"; } );", dir);
	expect_error(text, "t.conf", 2, "ca_file is only for https");
	snprintf(text, sizeof(text),
		TLS "\n tls_fingerprint = \"%064d\"; ca_file = \"%s/ca.pem\"; } );", 0, dir);
	expect_error(text, "t.conf", 2, "tls_fingerprint and ca_file exclude each other");
}

/* The certificate with which tipwatchd shows who it is. */
static void test_client_certificate(void **state)
{
	static const struct {
		const char *start, *cert, *key, *what;
	} wrong[] = {
		{ TLS, "own.pem", NULL, "tls_cert needs tls_key beside it" },
		{ TLS, NULL, "own.key", "tls_key needs tls_cert beside it" },
		{ ONE, "own.pem", "own.key", "tls_cert is only for https" },
		{ TLS, "own.key", "own.key", "holds no certificate in PEM form" },
		{ TLS, "own.pem", "own.pem", "holds no private key in PEM form" },
		{ TLS, "own.pem", "locked.key", "has a passphrase, and nobody could enter it" },
		{ TLS, "own.pem", "missing", "tls_key: cannot read" },
	};
	struct tw_config *config;
	char text[1024];

	(void)state;
	(void)put_file("own.pem", "-----BEGIN CERTIFICATE-----\n");
	(void)put_file("own.key", "-----BEGIN PRIVATE KEY-----\n");
	(void)put_file("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
	snprintf(text, sizeof(text),
		TLS "tls_cert = \"%s/own.pem\"; tls_key = \"%s/own.key\"; } );", dir, dir);
	config = load(text);
	assert_contains(config->nodes[0].tls_cert, "/own.pem");
	assert_contains(config->nodes[0].tls_key, "/own.key");
	tw_config_destroy(config);
	for (size_t i = 0; i < TW_ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "%s\n", wrong[i].start);
		if (wrong[i].cert != NULL)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				" tls_cert = \"%s/%s\";", dir, wrong[i].cert);
		if (wrong[i].key != NULL)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				" tls_key = \"%s/%s\";", dir, wrong[i].key);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " } );");
		expect_error(text, "t.conf", 2, wrong[i].what);
	}
}

static void test_arguments(void **state)
{
	char *const good[] = { (char[]){ "http://127.0.0.1:1" },
		(char[]){ "beta=https://B.example" }, (char[]){ "http://c:3/" } };
	static const struct {
		const char *arguments[2];
		const char *fragment;
	} bad[] = {
		{ { "http://a", "a b=http://b" },
			"argument 2: the name before '=' must be 1 to 63" },
		{ { "=http://a", "http://b" }, "argument 1: the name before '=' must be 1 to 63" },
		{ { "http://a", "http://a/x=y" }, "argument 2: the URL has a path in it" },
		{ { "http://a", "127.0.0.1:1" }, "argument 2: the URL must begin with http://" },
		{ { "http://a", "x=http://u:hunter2@b" },
			"argument 2: the URL has a user name in it" },
		{ { "http://u:hunter=2@a", "http://b" },
			"argument 1: the URL has a user name in it" },
		{ { "u:hunter=2@a", "http://b" }, "argument 1: the URL has a user name in it" },
		{ { "http://a", "http://A:80" },
			"argument 2: this URL is the same daemon as argument 1" },
		{ { "d2=http://a", "http://b" },
			"argument 2: the name \"d2\" is taken by argument 1" },
	};
	struct tw_config *config = NULL;
	struct tw_buf errors;

	(void)state;
	tw_buf_init(&errors, 1 << 16);
	assert_int_equal(tw_conf_args_load(3, good, &defaults, &errors, &config), 0);
	assert_int_equal(errors.len, 0);
	assert_null(config->path);
	assert_int_equal(config->n_nodes, 3);
	assert_string_equal(config->nodes[0].policy.name, "d1");
	assert_string_equal(config->nodes[1].policy.name, "beta");
	assert_string_equal(config->nodes[2].policy.name, "d3");
	assert_string_equal(config->nodes[1].url.text, "https://b.example");
	assert_true(config->nodes[0].policy.is_primary);
	assert_false(config->nodes[1].policy.is_primary);
	assert_true(config->http.is_on);
	assert_int_equal(config->node_policies[0].is_primary, 1);
	tw_config_destroy(config);
	config = NULL;
	for (size_t i = 0; i < TW_ARRAY_SIZE(bad); i++) {
		char a[64], b[64], *const arguments[] = { a, b };

		snprintf(a, sizeof(a), "%s", bad[i].arguments[0]);
		snprintf(b, sizeof(b), "%s", bad[i].arguments[1]);
		tw_buf_clear(&errors);
		assert_int_equal(tw_conf_args_load(2, arguments, &defaults, &errors, &config), 1);
		assert_null(config);
		assert_int_equal(count_lines(tw_buf_str(&errors)), 1);
		if (strstr(tw_buf_str(&errors), bad[i].fragment) == NULL ||
			strstr(tw_buf_str(&errors), "hunter") != NULL)
			fail_msg("%s", tw_buf_str(&errors));
	}
	tw_buf_clear(&errors);
	assert_int_equal(tw_conf_args_load(0, NULL, &defaults, &errors, &config), 1);
	tw_buf_finish(&errors);
}

/* What a reload takes over: nodes in another place, with another priority, interval, timeout. */
static void test_match(void **state)
{
	struct tw_config *old, *new;
	int32_t old_of[6];
	char text[1024];

	(void)state;
	(void)put_file("pw", "one");
	(void)put_file("pw2", "two");
	snprintf(text, sizeof(text),
		ONE
		"}, \n"
		"{ name = \"b\"; url = \"http://b\"; },\n"
		"{ name = \"c\"; url = \"http://c\"; }, { name = \"d\"; url = \"http://d\"; },\n"
		"{ name = \"e\"; url = \"http://e\"; user = \"x\"; password_file = \"%s/pw\"; } );",
		dir);
	old = load(text);
	snprintf(text, sizeof(text),
		"daemons = ( { name = \"e\"; url = \"http://e\"; user = \"x\"; "
		"password_file = \"%s/pw2\"; },\n"
		"{ name = \"new\"; url = \"http://new\"; },\n"
		"{ name = \"d\"; url = \"http://d\"; role = \"reference\"; },\n"
		"{ name = \"c\"; url = \"http://c:80/\"; dialect = \"monero\"; },\n"
		"{ name = \"b\"; url = \"http://b2\"; },\n"
		"{ name = \"a\"; url = \"HTTP://A/\"; priority = 5; interval = \"9s\"; "
		"timeout = \"1s\"; } );",
		dir);
	new = load(text);
	tw_config_match(new, old, old_of);
	for (int i = 0; i < 5; i++)
		assert_int_equal(old_of[i], TW_NODE_NONE);
	assert_int_equal(old_of[5], 0);
	tw_config_match(old, old, old_of);
	for (int i = 0; i < 5; i++)
		assert_int_equal(old_of[i], i);
	tw_config_destroy(new);
	tw_config_destroy(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_derived),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_node_count),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_ca_file),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_match),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
