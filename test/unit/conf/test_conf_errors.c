/* conf: every mistake gets its line and a sentence. */
#include "conf_case.h"
#include "fixture/compare.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

struct wrong {
	const char *text;
	unsigned int line;
	const char *fragment;
};

static void check_all(const struct wrong *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_error(cases[i].text, "t.conf", cases[i].line, cases[i].fragment);
}

static void test_types(void **state)
{
	static const struct wrong cases[] = {
		{ D "\nprobe = { interval = 5; };", 3,
			"interval must be a duration between 100ms and 1h, such as \"1s\"; "
			"it is 5" },
		{ D "probe = {\n interval = \"5\"; };", 3, "such as \"1s\"; it is \"5\"" },
		{ D "probe = { interval = 1.5; };", 2, "it is 1.5" },
		{ D "probe = { interval = true; };", 2, "it is true" },
		{ D "probe = { interval = { }; };", 2, "it is a group" },
		{ D "probe = { interval = [ 1 ]; };", 2, "it is a list" },
		{ D "probe = { interval = ( ); };", 2, "it is a list" },
		{ D "probe = { interval = \"\"; };", 2, "it is \"\"" },
		{ D "probe = { interval = \"1.5s\"; };", 2, "it is \"1.5s\"" },
		{ D "probe = { interval = \"-1s\"; };", 2, "it is \"-1s\"" },
		{ D "probe = { interval = \"1 s\"; };", 2, "it is \"1 s\"" },
		{ D "probe = { interval = \"1\\x01\"; };", 2, "it is \"1\\x01\"" },
		{ D "probe = { rise = \"2\"; };", 2,
			"rise must be a whole number between 1 and 32; it is \"2\"" },
		{ D "probe = { rise = 2.0; };", 2, "whole number" },
		{ D "probe = { rise = 1e1; };", 2, "whole number" },
		{ D "probe = { fall = 4294967298; };", 2, "it is 4294967298" },
		{ D "probe = { fall = -4294967294; };", 2, "it is -4294967294" },
		{ D "probe = { fall = 0x100000002; };", 2, "it is 4294967298" },
		{ D "probe = { fall = 18446744073709551618; };", 2, "it is beyond all numbers" },
		{ D "probe = { fall = 0xffffffffffffffff2; };", 2, "it is beyond all numbers" },
		{ D "probe = { fall = 2L; max_reply = 1e999; };", 2, "it is beyond all numbers" },
		{ D "decision = { fallback = 1; };", 2,
			"one of \"best-effort\", \"primary\", \"none\"; it is 1" },
		{ D "decision = { fallback = \"best\"; };", 2, "it is \"best\"" },
		{ D "coin = { dialect = \"turtle\"; };", 2,
			"dialect must be one of \"auto\", \"turtlecoin-rpc\"" },
		{ D "coin = { dialect = \"turtle\"; };", 2, "\"; it is \"turtle\"" },
		{ D "control = { mode = 0660; };", 2, "such as \"0660\"; it is 660" },
		{ D "control = { mode = \"0669\"; };", 2, "octal" },
		{ D "control = { mode = \"01777\"; };", 2, "octal" },
		{ D "control = { mode = \"1777\"; };", 2, "octal" },
		{ D "control = { mode = \"66\"; };", 2, "octal" },
		{ D "control = { path = 5; };", 2, "control.path must be a text" },
		{ D "control = 5;", 2, "control must be a group in braces" },
		{ D "control = ( );", 2, "control must be a group in braces" },
		{ "daemons = { };", 1, "daemons must be a list in round brackets" },
		{ "daemons = \"http://a\";", 1, "daemons must be a list in round brackets" },
		{ "daemons = (\n \"http://a\"\n);", 2, "every entry of daemons must be a group" },
		{ "\ndaemons = [ \"http://a\" ];", 2, "every entry of daemons must be a group" },
	};

	(void)state;
	check_all(cases, TW_ARRAY_SIZE(cases));
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

static void test_unknown_keys(void **state)
{
	static const struct wrong cases[] = {
		{ D "probes = { };", 2, "unknown key \"probes\"; did you mean \"probe\"?" },
		{ D "\nagents = { listen = \"\"; };", 3, "unknown key \"agents\"" },
		{ D "xyzzy = { };", 2, "allowed here are daemons, coin, probe" },
		{ D "journals = { path = \"\"; };", 2, "unknown key \"journals\"" },
		{ D "interval = \"1s\";", 2, "it belongs in the group probe" },
		{ D "probe = {\n\n intervall = \"1s\"; };", 4, "did you mean \"interval\"?" },
		{ D "probe = { Interval = \"1s\"; };", 2, "did you mean \"interval\"?" },
		{ D "probe = { itnerval = \"1s\"; };", 2, "did you mean \"interval\"?" },
		/* Two letters at most, and less than half of the word. */
		{ D "probe = { intxxval = 3; };", 2, "did you mean \"interval\"?" },
		{ D "probe = { inxxxval = 3; };", 2, "allowed here are interval, timeout" },
		{ D "probe = { itnervla = 3; };", 2, "did you mean \"interval\"?" },
		{ D "probe = { nietvral = 3; };", 2, "allowed here are interval, timeout" },
		/* Two letters that are swapped are one change only if both are the right ones. */
		{ D "probe = { inexrvak = 3; };", 2, "allowed here are interval, timeout" },
		{ D "probe = { inxtrvak = 3; };", 2, "allowed here are interval, timeout" },
		{ D "probe = { niterval = 3; };", 2, "did you mean \"interval\"?" },
		{ D "probe = { rse = 3; };", 2, "did you mean \"rise\"?" },
		{ D "probe = { rxxe = 3; };", 2, "allowed here are interval, timeout" },
		/* Both max_lead and max_lag are as near: the first one of the table. */
		{ D "decision = { max_lad = 3; };", 2, "did you mean \"max_lead\"?" },
		/* No word is so long. */
		{ D "probe = { interval" LETTERS LETTERS " = 3; };", 2,
			"allowed here are interval, timeout" },
		{ D "probe = { max_lag = 3; };", 2, "it belongs in the group decision" },
		{ D "probe = { priority = 3; };", 2, "it belongs in an entry of daemons" },
		{ D "decision = { failback-after = \"1s\"; };", 2,
			"did you mean \"failback_after\"?" },
		{ D "http = { xyzzy = 1; };", 2,
			"unknown key \"xyzzy\" in http; allowed here are listen\n" },
		{ ONE "weight = 5; } );", 1,
			"allowed here are name, url, role, primary, priority, dialect" },
		{ ONE "prioritiy = 5; } );", 1, "did you mean \"priority\"?" },
		{ ONE "password = \"x\"; } );", 1,
			"a password stands in a file of its own, which password_file names\n" },
		{ D "probe = { password = 3; };", 2, "allowed here are interval" },
	};

	(void)state;
	check_all(cases, TW_ARRAY_SIZE(cases));
}

static void test_nodes(void **state)
{
	static const struct wrong cases[] = {
		{ "", 1, "there is no daemon; at least one is needed" },
		{ "\n# nothing\nprobe = { };", 1, "there is no daemon" },
		{ "\ndaemons = ( );", 2, "there is no daemon in the list" },
		{ "daemons = (\n { url = \"http://a\"; } );", 2, "has no name" },
		{ "daemons = ( { name = \"a\"; } );", 1, "has no url" },
		{ "daemons = ( { name = \"\"; url = \"http://a\"; } );", 1,
			"name must be 1 to 63 of" },
		{ "daemons = ( { name = \"a b\"; url = \"http://a\"; } );", 1, "it is \"a b\"" },
		{ "daemons = ( { name = \"b\xc3\xbc\"; url = \"http://a\"; } );", 1,
			"it is \"b\\xc3" },
		{ "daemons = ( { name = \"a=b\"; url = \"http://a\"; } );", 1,
			"name must be 1 to 63 of" },
		{ "daemons = ( { name = 5; url = \"http://a\"; } );", 1, "name must be a text" },
		{ "daemons = ( { name = \"a\"; url = 5; } );", 1, "url must be a text" },
		{ "daemons = ( { name = \"a\";\n url = \"a:1\"; } );", 2,
			"url must begin with http://" },
		{ "daemons = ( { name = \"a\";\n url = \"http://a/json_rpc\"; } );", 2,
			"has a path in it" },
		{ "daemons = ( { name = \"a\"; url = \"http://a?x\"; } );", 1, "has a query" },
		{ "daemons = ( { name = \"a\"; url = \"http://a#x\"; } );", 1, "has a fragment" },
		{ ONE "role = \"seed\"; } );", 1,
			"role must be one of \"daemon\", \"reference\"; it is \"seed\"" },
		{ ONE "primary = 1; } );", 1, "primary must be true or false; it is 1" },
		{ ONE "primary = \"yes\"; } );", 1,
			"primary must be true or false; it is \"yes\"" },
		{ ONE "dialect = \"btc\"; } );", 1, "dialect must be one of \"auto\"" },
		{ ONE "},\n"
		      " { name = \"a\"; url = \"http://b\"; } );",
			2, "the name \"a\" is taken by the daemon in line 1" },
		{ ONE "},\n"
		      " { name = \"b\";\n url = \"HTTP://A:80/\"; } );",
			3, "the same daemon as the one in line 1 (http://a)" },
		{ ONE "primary = true; },\n"
		      " { name = \"b\"; url = \"http://b\"; primary = true; } );",
			2, "two daemons are primary, the other one in line 1" },
		{ ONE "},\n"
		      " { name = \"b\"; url = \"http://b\"; role = \"reference\";\n"
		      " primary = true; } );",
			3, "a reference cannot be primary" },
		{ "\ndaemons = ( { name = \"a\"; url = \"http://a\"; role = \"reference\"; } );", 2,
			"only references" },
		{ ONE "user = \"x\"; } );", 1, "user needs password_file" },
		{ ONE "user = \"x\"; password_file = \"\"; } );", 1, "user needs password_file" },
		{ TLS "ca_file = \"/nonexistent/x.pem\"; } );", 1,
			"ca_file: cannot read \"/nonexistent/x.pem\": No such file" },
		{ TLS "ca_file = \"/tmp\"; } );", 1,
			"ca_file: cannot read \"/tmp\": Is a directory" },
		{ TLS "ca_file = \"/etc/passwd\"; } );", 1, "holds no certificate" },
		{ TLS "tls_fingerprint = \"ab:cd\"; } );", 1,
			"tls_fingerprint must be the SHA-256 of a certificate: 64 hex digits" },
		{ ONE "\n tls_fingerprint = \"" PIN "\"; } );", 2,
			"tls_fingerprint is only for https" },
		{ ONE "proxy = \"127.0.0.1:9050\"; } );", 1, "proxy must begin with socks5h:// " },
		{ ONE "proxy = \"socks5h://127.0.0.1\"; } );", 1, "proxy has no port in it" },
		{ ONE "proxy = \"socks5://h:0\"; } );", 1, "proxy has a bad port in it" },
		{ ONE "proxy = \"socks5://u:p@h:1\"; } );", 1, "proxy has a user name in it" },
	};

	(void)state;
	check_all(cases, TW_ARRAY_SIZE(cases));
}

static void test_relations(void **state)
{
	static const struct wrong cases[] = {
		{ D "probe = { timeout = \"1s\";\n min_timeout = \"2s\"; };", 3,
			"min_timeout (2s) must not be longer than probe.timeout (1s)" },
		{ D "probe = {\n timeout = \"100ms\"; min_timeout = \"101ms\"; };", 3,
			"min_timeout (101ms) must not be longer than probe.timeout (100ms)" },
		{ D "probe = {\n min_timeout = \"6s\"; };", 3, "must not be longer than" },
		{ ONE "\n timeout = \"249ms\"; } );", 2,
			"timeout (249ms) must be at least probe.min_timeout (250ms)" },
		{ D "decision = { stall_for = \"29s\"; };", 2,
			"stall_for must be a duration of at least coin.block_target (30s); "
			"it is 29s" },
		{ D "coin = { block_target = \"2m\"; };\ndecision = { stall_for = \"119s\"; };", 3,
			"at least coin.block_target (2m)" },
		{ D "decision = { quorum = 2; };", 2, "between 1 and 1 with 1 node; it is 2" },
		{ ONE "},\n"
		      " { name = \"b\"; url = \"http://b\"; },\n"
		      " { name = \"c\"; url = \"http://c\"; role = \"reference\"; } );\n"
		      "decision = { quorum = 1; };",
			4,
			"quorum must be 0 (a majority) or between 2 and 3 with 3 nodes; it is 1" },
		{ D "template = { wallet_address = \"TR TL\"; };", 2, "without spaces" },
		{ D "template = { wallet_address = \"TR\xc3\xbcTL\"; };", 2, "printable ASCII" },
		{ D "control = { path = \"\"; };", 2, "control.path must not be empty" },
		{ D "control = { path = \"/a\\nb\"; };", 2, "without control characters" },
		{ D "control = { group = \"no such\"; };", 2, "the name of one group" },
		{ D "control = { operators = \"tipwatch-no-such-group\"; };", 2,
			"operators names the group \"tipwatch-no-such-group\", "
			"which does not exist" },
		{ D "state = { dir = \"\"; };", 2, "state.dir must not be empty" },
		{ D "http = { listen = \"9811\"; };", 2, "http.listen has" },
		{ D "http = { listen = \"127.0.0.1\"; };", 2, "has no port in it; allowed are" },
	};

	(void)state;
	check_all(cases, TW_ARRAY_SIZE(cases));
}

/* As long as it may be, and one byte more. */
static void test_lengths(void **state)
{
	static const struct {
		const char *section;
		const char *key;
		size_t max;
	} cases[] = {
		{ "control", "path", 107 },
		{ "template", "wallet_address", 255 },
		{ "state", "dir", 4095 },
	};
	char text[5000], value[4200];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		memset(value, 'x', sizeof(value));
		value[cases[i].max] = '\0';
		snprintf(text, sizeof(text), D "%s = { %s = \"%s\"; };\n", cases[i].section,
			cases[i].key, value);
		tw_config_destroy(load(text));
		value[cases[i].max] = 'x';
		value[cases[i].max + 1] = '\0';
		snprintf(text, sizeof(text), D "%s = { %s = \"%s\"; };\n", cases[i].section,
			cases[i].key, value);
		expect_error(text, "t.conf", 2, "bytes long");
	}
}

/* All at once, in the order of the file. */
static void test_many(void **state)
{
	static const char *const expected[] = {
		":2: unknown key \"prioritty\"",
		":3: url has a user name in it",
		":3: the name \"a\" is taken",
		":4: coin.block_target must be",
		":6: probe.rise must be",
		":7: probe.interval must be",
		":9: unknown key \"agents\"",
	};
	struct tw_buf errors;
	const char *at;

	(void)state;
	load_wrong("daemons = (\n { name = \"a\"; url = \"http://a\"; prioritty = 1; },\n"
		   " { name = \"a\"; url = \"http://rpc:hunter2@a\"; } );\n"
		   "coin = { block_target = \"0s\"; };\n"
		   "probe = {\n rise = 0;\n interval = 1;\n};\nagents = { };\n",
		&errors);
	at = tw_buf_str(&errors);
	for (size_t i = 0; i < TW_ARRAY_SIZE(expected); i++) {
		at = strstr(at, expected[i]);
		if (at == NULL)
			fail_msg(
				"no %s after the others in:\n%s", expected[i], tw_buf_str(&errors));
	}
	assert_int_equal(count_lines(tw_buf_str(&errors)), TW_ARRAY_SIZE(expected));
	assert_lacks(tw_buf_str(&errors), "hunter2");
	tw_buf_finish(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
