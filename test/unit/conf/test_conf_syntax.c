/* conf: the language of the file itself: mistakes in it, included files, odd bytes. */
#include "conf_case.h"
#include "fixture/compare.h"
#include <sys/stat.h>

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *fragment;
	} cases[] = {
		{ D "probe = {\n rise = 2\n", 2, "the '{' that opens here is never closed" },
		{ "daemons = (\n { name = \"a\"; url = \"http://a\"; }\n", 1,
			"the '(' that opens here is never closed; it needs a ')'" },
		{ D "probe = { rise = 2; );", 2,
			"')' cannot close the '{' of line 2; it needs a '}'" },
		{ D "probe = { };\n};", 3, "this '}' closes nothing" },
		{ D "probe = { interval = \"1s; };", 2, "lacks its closing '\"'" },
		{ D "probe = {\n interval = \"1s;\n rise = 2;\n};", 3, "lacks its closing '\"'" },
		{ D "probe = { interval = 1s; };", 2,
			"value of interval must be a number, true, false, or a text in" },
		{ D "probe = { interval = 500ms };", 2, "a text in double quotes" },
		{ D "coin = { dialect = auto; };", 2, "the value of dialect must be a number" },
		{ "daemons = ( { name = \"a\"; url = http://127.0.0.1:1; } );", 1,
			"the value of url must be a number" },
		{ D "probe = { rise 2; };", 2, "rise is followed by no '='" },
		{ D "probe = {\n rise =\n fall = 2; };", 3,
			"the value of rise is missing after '='" },
		{ D "probe = { }; coin { };", 2, "coin is followed by no '='" },
		{ D "probe = { rise = ; };", 2, "the value of rise is missing" },
		{ D "probe = { rise = 2 3; };", 2,
			"a ';' is missing after the value of rise; found \"3\"" },
		{ D "probe = { rise = 2;; };", 2, "expected a setting, name = value, or nothing" },
		{ D "probe = { \"rise\" = 2; };", 2,
			"expected a setting, name = value; found a string" },
		{ D "probe = { 5 };", 2, "expected a setting, name = value; found \"5\"" },
		{ D "probe = { rise = 2; rise = 3; };", 2,
			"rise is given twice in the same group" },
		{ D "probe = { rise = 2; };\nprobe = { fall = 2; };", 3,
			"probe is given twice in the same group, first in line 2" },
		{ "daemons = (\n { name = \"a\"; url = \"http://a\"; }\n"
		  " { name = \"b\"; url = \"http://b\"; } );",
			3, "a ',' is missing between two entries; found \"{\"" },
		{ ONE "};\n"
		      " { name = \"b\"; url = \"http://b\"; } );",
			1, "a ',' is missing between two entries; found \";\"" },
		{ "daemons = ( , { name = \"a\"; url = \"http://a\"; } );", 1,
			"an entry of the list is missing" },
		{ "daemons = ( a );", 1, "an entry of a list must be a number" },
		{ D "probe = { rise = [ 1, \"x\" ]; };", 2,
			"whole number between 1 and 32; it is a list" },
		{ D "\n/* \n\n", 3, "this comment is never closed" },
		{ D "probe = { rise = 2; \1 };", 2, "name = value; found \"\\x01\"" },
		{ D "probe = { rise = 2; \3 };", 2, "name = value; found \"\\x03\"" },
		{ D "probe = { rise = \2; };", 2, "the value of rise must be a number" },
		{ D "probe = { rise = 2 @ };", 2,
			"a ';' is missing after the value of rise; found \"@\"" },
		{ D "control = { path = \"/a\\x00b\"; };", 2, "a string cannot hold \\x00" },
		{ D "a=(((((((((((((((((1)))))))))))))))));", 2, "nested more than 16 deep" },
		{ D "@include \"nope.conf\"\n", 2, "cannot read " },
		{ D "@include \"/tmp\"\n", 2, "cannot read /tmp: Is a directory" },
		{ D "@include nope.conf\n", 2, "@include needs the name of a file" },
		{ D "@include \"nope.conf\n", 2, "@include needs the name of a file" },
		{ D "state = { dir = /var/lib/x; };", 2, "the value of dir must be a number" },
		{ D "http = { listen = 127.0.0.1:1; };", 2, "the value of listen must be" },
		{ D "control = { path = \"/a\\X00b\"; };", 2, "a string cannot hold \\x00" },
		{ D "probe = { rise = 2 \"x\"; };", 2, "found a string in quotes" },
		{ "daemons = ( { } \"a\" );", 1, "two entries; found a string in quotes" },
		{ "daemons = ( { } a );", 1, "found a text without quotes" },
		{ "daemons = ( name = \"a\"; );", 1, "an entry of a list must be a number" },
		{ "daemons = ( \"a );\n", 1, "lacks its closing '\"'" },
		{ D "probe = { rise = 2; }\nhttp\n{\n listen = \"\";\n};", 3,
			"http is followed by no '='" },
		{ D "probe = {\n rise = 2;\n};\nprobe =\n{\n rise = 0;\n}\n;", 5,
			"probe is given twice in the same group, first in line 2" },
		{ D "probe = { } @include \"nope.conf\"\n", 2, "@include must be the first in" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++)
		expect_error(cases[i].text, "t.conf", cases[i].line, cases[i].fragment);
}

/* What comes after a mistake is checked all the same. */
static void test_goes_on(void **state)
{
	static const char text[] = D "probe = {\n"
				     " interval = 1s;\n"
				     " timeout = \"5s\n"
				     " rise = 0;\n"
				     " fall = 2; fall = 3;\n"
				     " min_timeout 250;\n"
				     " max_reply = 1;\n"
				     "};\n"
				     "decision = { max_lag = -1; };\n";
	static const int lines[] = { 3, 4, 5, 6, 7, 8, 10 };
	struct tw_buf errors;
	char start[128];
	const char *at;

	(void)state;
	load_wrong(text, &errors);
	at = tw_buf_str(&errors);
	for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++) {
		snprintf(start, sizeof(start), "t.conf:%d: ", lines[i]);
		at = strstr(at, start);
		if (at == NULL)
			fail_msg("no %s in:\n%s", start, tw_buf_str(&errors));
	}
	assert_int_equal(count_lines(tw_buf_str(&errors)), TW_ARRAY_SIZE(lines));
	tw_buf_finish(&errors);
}

/* A secret without its quotes is not repeated either. */
static void test_unquoted_secret(void **state)
{
	static const char *const texts[] = {
		"daemons = ( { name = \"a\"; url = http://rpc:hunter2@a:1; } );",
		ONE "password = hunter2; } );",
		ONE "user = \"x\"; password_file = hunter2; } );",
		ONE "user = \"x\"; password_file = \"hunter2\"; } );",
		ONE "password = \"hunter2\"; } );",
		ONE "password = [ \"hunter2\" ]; } );",
		ONE "user = [ \"hunter2\" ]; } );",
		ONE "password = \"hunter2 } );",
	};
	struct tw_buf errors;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		load_wrong(texts[i], &errors);
		if (strstr(tw_buf_str(&errors), "hunter2") != NULL)
			fail_msg("%s", tw_buf_str(&errors));
		tw_buf_finish(&errors);
	}
}

static void test_odd_but_right(void **state)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf" D,
		D "# a comment without a line end",
		D "// the same",
		D "/* a\n comment */ probe : { rise : 2, fall = +2 }",
		"daemons = ({name=\"a\",url=\"http://\" /* joined */ \"a\"\n\":1\"},);",
		"daemons =\r\n(\r\n{ name = \"a\"; url = \"http://a:1\"; }\r\n)\r\n",
		D "probe = { rise = 0x2; fall = 2L; max_reply = 1048576LL; };",
		D "probe = { rise =\n2 }\nstate = { dir = \"\\\\x00\"; };",
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		struct tw_config *config = load(texts[i]);

		assert_string_equal(config->nodes[0].url.text, "http://a:1");
		assert_int_equal(config->policy.rise, 2);
		tw_config_destroy(config);
	}
}

static void test_includes(void **state)
{
	char path[160];
	struct tw_config *config;
	struct tw_buf errors;

	(void)state;
	snprintf(path, sizeof(path), "%s/sub", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)put_file("sub/more.conf", "fall = 5;\n@include \"even.conf\"\n");
	(void)put_file("sub/even.conf", "max_reply = 5000;");
	config = load(D "probe = {\n  @include \"sub/more.conf\"\n rise = 4; };\n"
			"/*\n@include \"nope\"\n*/ # @include \"nope\"\n");
	assert_int_equal(config->policy.fall, 5);
	assert_int_equal(config->max_reply, 5000);
	assert_int_equal(config->policy.rise, 4);
	tw_config_destroy(config);

	/* Errors name the file that they are in. */
	(void)put_file("sub/more.conf", "\nfall = 50;\n");
	expect_error(D "probe = {\n@include \"sub/more.conf\"\n};\n", "sub/more.conf", 2,
		"probe.fall must be a whole number between 1 and 32; it is 50");
	/* All of them by file, then by line, then as they were found. */
	(void)put_file("sub/more.conf", "\nfall = 50;\nmax_reply = -1; rise = 0;\n");
	load_wrong(D "probe = {\n interval = 7;\n@include \"sub/more.conf\"\n"
		     " timeout = 8; retry = 1;\n};\n",
		&errors);
	{
		static const char *const order[] = { "t.conf:3: ", "interval",
			"t.conf:5: ", "timeout", "t.conf:5: ", "retry", "sub/more.conf:2: ", "fall",
			"sub/more.conf:3: ", "max_reply", "sub/more.conf:3: ", "rise" };
		const char *at = tw_buf_str(&errors);

		for (size_t i = 0; i < TW_ARRAY_SIZE(order); i++) {
			at = strstr(at, order[i]);
			if (at == NULL)
				fail_msg("no %s there in:\n%s", order[i], tw_buf_str(&errors));
		}
	}
	tw_buf_finish(&errors);
	(void)put_file("sub/more.conf", "\n\nfall = 5\n");
	expect_error(D "probe = {\n fall = 1;\n@include \"sub/more.conf\"\n};\n", "sub/more.conf",
		3, "t.conf:3; keep one of them");
	(void)put_file("sub/more.conf", "fall = {\n");
	expect_error(
		D "probe = {\n@include \"sub/more.conf\"\n", "sub/more.conf", 1, "never closed");
	(void)put_file("self.conf", "\n@include \"self.conf\"\n");
	expect_error(D "@include \"self.conf\"\n", "self.conf", 2, "does one include itself?");
	snprintf(path, sizeof(path), "%s/sub/more.conf", dir);
	unlink(path);
	expect_error(D "\n@include \"sub/more.conf\"\n", "t.conf", 3, "No such file");
}

static void test_many_includes(void **state)
{
	struct tw_buf text;

	(void)state;
	(void)put_file("empty.conf", "");
	tw_buf_init(&text, 1 << 16);
	tw_buf_puts(&text, D);
	for (int i = 0; i < 63; i++)
		tw_buf_puts(&text, "@include \"empty.conf\"\n");
	tw_config_destroy(load(tw_buf_str(&text)));
	tw_buf_puts(&text, "@include \"empty.conf\"\n");
	expect_error(tw_buf_str(&text), "t.conf", 65, "at most 63 files may be included");
	tw_buf_finish(&text);
}

static void load_bytes(const void *data, size_t len, unsigned int line, const char *fragment)
{
	const char *path = put_bytes("t.conf", data, len);
	struct tw_config *config = NULL;
	struct tw_buf errors;
	char start[160];

	tw_buf_init(&errors, 1 << 16);
	assert_int_equal(tw_config_load(path, &defaults, &errors, &config), 1);
	snprintf(start, sizeof(start), "%s:%u: ", path, line);
	assert_ptr_equal(strstr(tw_buf_str(&errors), start), tw_buf_str(&errors));
	assert_contains(tw_buf_str(&errors), fragment);
	tw_buf_finish(&errors);
}

static void test_files(void **state)
{
	static const char nul[] = D "\nprobe\0 = { };";
	struct tw_config *config = NULL;
	struct tw_buf errors;
	char *large;

	(void)state;
	load_bytes(nul, sizeof(nul) - 1, 3, "a byte 0 stands here");
	large = malloc((1 << 20) + 1);
	assert_non_null(large);
	memset(large, '\n', (1 << 20) + 1);
	load_bytes(large, (1 << 20) + 1, 1, "larger than 1 MiB");
	memcpy(large, D, strlen(D));
	large[1 << 20] = '\0';
	tw_config_destroy(load(large));
	free(large);

	tw_buf_init(&errors, 1 << 16);
	assert_int_equal(tw_config_load("/nonexistent/\n.conf", &defaults, &errors, &config), 1);
	assert_string_equal(tw_buf_str(&errors),
		"/nonexistent/?.conf:1: cannot read this file: No such file or directory\n");
	tw_buf_clear(&errors);
	assert_int_equal(tw_config_load(dir, &defaults, &errors, &config), 1);
	assert_contains(tw_buf_str(&errors), ":1: cannot read this file: Is a directory");
	tw_buf_finish(&errors);
}

static void test_too_many_errors(void **state)
{
	struct tw_buf text, errors;

	(void)state;
	tw_buf_init(&text, 1 << 16);
	tw_buf_puts(&text, D);
	for (int i = 0; i < 150; i++)
		tw_buf_printf(&text, "unknown%d = 1;\n", i);
	load_wrong(tw_buf_str(&text), &errors);
	assert_int_equal(count_lines(tw_buf_str(&errors)), 101);
	assert_contains(tw_buf_str(&errors), ":1: and 50 more errors\n");
	tw_buf_finish(&errors);
	for (int i = 150; i < 300; i++)
		tw_buf_printf(&text, "unknown%d = 1;\n", i);
	expect_error(tw_buf_str(&text), "t.conf", 257, "at most 256 settings");
	tw_buf_finish(&text);
}

/* A bracket that is not closed, in a setting that is broken. */
static void test_unclosed_in_broken(void **state)
{
	static const char text[] = D "probe = {\n rise = 2;\n fall { ( [\n";
	struct tw_buf errors;

	(void)state;
	load_wrong(text, &errors);
	assert_int_equal(count_lines(tw_buf_str(&errors)), 2);
	assert_contains(tw_buf_str(&errors), ":2: the '{' that opens here is never");
	assert_contains(tw_buf_str(&errors), ":4: expected a setting, name = value; fall");
	tw_buf_finish(&errors);
}

/* Each of them costs libconfig a new start: there is an end to it, and it is told. */
static void test_too_many_mistakes(void **state)
{
	struct tw_buf text, errors;

	(void)state;
	tw_buf_init(&text, 1 << 20);
	tw_buf_puts(&text, D);
	for (int i = 0; i < 50000; i++)
		tw_buf_puts(&text, "rise 2;\n");
	load_wrong(tw_buf_str(&text), &errors);
	assert_int_equal(count_lines(tw_buf_str(&errors)), 101);
	assert_contains(tw_buf_str(&errors), ":1: and more errors\n");
	tw_buf_finish(&errors);
	tw_buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_unquoted_secret),
		cmocka_unit_test(test_odd_but_right),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_many_includes),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_too_many_errors),
		cmocka_unit_test(test_unclosed_in_broken),
		cmocka_unit_test(test_too_many_mistakes),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
