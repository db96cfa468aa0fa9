/* json/json: what is refused, what the getters say, and that hostile text costs little. */
#include "fixture/compare.h"
#include "json/emit.h"
#include "json/json.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tw_json_limits limits = { .bytes = 1 << 21, .nodes = 1000 };

static int parse_bytes(const char *text, size_t len, struct tw_json_doc **ret_doc)
{
	/* An exact copy, so that a read past the end is seen. */
	char *copy = malloc(len == 0 ? 1 : len);
	int r;

	assert_non_null(copy);
	memcpy(copy, text, len);
	r = tw_json_parse(copy, len, &limits, ret_doc);
	free(copy);
	return r;
}

static struct tw_json_doc *parse_ok(const char *text)
{
	struct tw_json_doc *doc = NULL;

	assert_int_equal(parse_bytes(text, strlen(text), &doc), TW_JSON_OK);
	return doc;
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int outcome;
	} cases[] = {
		{ "", TW_JSON_TRUNCATED },
		{ " \n", TW_JSON_TRUNCATED },
		{ "{\"a\":1", TW_JSON_TRUNCATED },
		{ "{\"a\":\"b", TW_JSON_TRUNCATED },
		{ "[1,2", TW_JSON_TRUNCATED },
		{ "tru", TW_JSON_TRUNCATED },
		{ "-", TW_JSON_TRUNCATED },
		{ "{\"a\":1}x", TW_JSON_MALFORMED },
		{ "{} {}", TW_JSON_MALFORMED },
		{ "[1]]", TW_JSON_MALFORMED },
		{ "1 2", TW_JSON_MALFORMED },
		{ "Core is busy", TW_JSON_MALFORMED },
		{ "<html></html>", TW_JSON_MALFORMED },
		{ "{'a':1}", TW_JSON_MALFORMED },
		{ "{a:1}", TW_JSON_MALFORMED },
		{ "{\"a\":1,}", TW_JSON_MALFORMED },
		{ "{\"a\" 1}", TW_JSON_MALFORMED },
		{ "[1,,2]", TW_JSON_MALFORMED },
		{ "[1 2]", TW_JSON_MALFORMED },
		{ "01", TW_JSON_MALFORMED },
		{ "+1", TW_JSON_MALFORMED },
		{ "1.", TW_JSON_TRUNCATED },
		{ ".5", TW_JSON_MALFORMED },
		{ "NaN", TW_JSON_MALFORMED },
		{ "0x10", TW_JSON_MALFORMED },
		{ "/* c */ 1", TW_JSON_MALFORMED },
		{ "[1, // c\n 2]", TW_JSON_MALFORMED },
		{ "\"a\nb\"", TW_JSON_MALFORMED },
		{ "\"\\x41\"", TW_JSON_MALFORMED },
		{ "\"\\u12g4\"", TW_JSON_MALFORMED },
		{ "\"\xff\"", TW_JSON_MALFORMED },
		{ "\"\xc3(\"", TW_JSON_MALFORMED },
		{ "\"\xe2\x82\"", TW_JSON_MALFORMED },
		{ "{\"\x80\":1}", TW_JSON_MALFORMED },
		{ "\xef\xbb\xbf{}", TW_JSON_MALFORMED },
		{ "\"a\\u0000b\"", TW_JSON_HAS_NUL },
		{ "{\"a\\u0000b\":1}", TW_JSON_HAS_NUL },
		{ "{\"a\":1,\"b\":2,\"a\":3}", TW_JSON_DUPLICATE_KEY },
		{ "{\"a\":1,\"\\u0061\":3}", TW_JSON_DUPLICATE_KEY },
		{ "{\"o\":{\"a\":[1,2,{}],\"b\":2,\"a\":null}}", TW_JSON_DUPLICATE_KEY },
		{ "{\"\":1,\"\":3}", TW_JSON_DUPLICATE_KEY },
	};
	struct tw_json_doc *doc = NULL;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		int r = parse_bytes(cases[i].text, strlen(cases[i].text), &doc);

		if (r != cases[i].outcome)
			fail_msg("%s: %d, not %d", cases[i].text, r, cases[i].outcome);
		assert_null(doc);
		assert_that(strlen(tw_json_problem((enum tw_json_outcome)r)), >, 0);
	}
	/* A NUL byte as such is not JSON at all. */
	assert_int_equal(parse_bytes("\"a\0b\"", 5, &doc), TW_JSON_MALFORMED);
	assert_int_equal(parse_bytes("1\0", 2, &doc), TW_JSON_MALFORMED);
}

static const struct tw_json_limits lenient = {
	.bytes = 1 << 16,
	.nodes = 100,
	.is_lenient = true,
};

static const struct tw_json_node *parse_leniently(const char *text, struct tw_json_doc **ret_doc)
{
	assert_int_equal(tw_json_parse(text, strlen(text), &lenient, ret_doc), TW_JSON_OK);
	return tw_json_root(*ret_doc);
}

/* Read only where that was asked for, and then as what was meant. */
static void test_lenient(void **state)
{
	static const struct {
		const char *text;
		int r; /* of the getter for n */
		int64_t n;
	} cases[] = {
		{ "{\"n\":300}", 0, 300 },
		{ "\xef\xbb\xbf{\"n\":300}", 0, 300 },
		{ "{\"n\":\"300\"}", 0, 300 },
		{ "{\"n\":300.0}", 0, 300 },
		{ "{\"n\":-300.000}", 0, -300 },
		{ "{\"n\":0.0}", 0, 0 },
		{ "{\"n\":300,\"n\":300}", 0, 300 },
		{ "{\"n\":300,\"x\":{\"a\":[1],\"a\":[2]},\"x\":1}", 0, 300 },
		{ "{\"n\":300,\"t\":\"\xe9\"}", 0, 300 },
		/* Here the meaning is not clear. */
		{ "{\"n\":300,\"n\":301}", -ENOTUNIQ, 0 },
		{ "{\"n\":300,\"n\":300,\"n\":\"300\"}", -ENOTUNIQ, 0 },
		{ "{\"n\":300.5}", -EINVAL, 0 },
		{ "{\"n\":3.0e2}", -EINVAL, 0 },
		{ "{\"n\":\"300.0\"}", -EINVAL, 0 },
		{ "{\"n\":\"300 \"}", -EINVAL, 0 },
		{ "{\"n\":\"\"}", -EINVAL, 0 },
		{ "{\"n\":true}", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_json_doc *doc = NULL;
		const struct tw_json_node *root = parse_leniently(cases[i].text, &doc);
		int64_t n = 0;

		if (tw_json_get_int(root, "n", -1000, 1000, &n) != cases[i].r || n != cases[i].n)
			fail_msg("%s", cases[i].text);
		tw_json_doc_destroy(doc);
	}
}

static void test_lenient_texts(void **state)
{
	struct tw_json_doc *doc = NULL;
	const struct tw_json_node *root =
		parse_leniently("{\"t\":\"OK\xe9\",\"u\":\"\xc3\xa9\xc3\",\"k\xff\":1,"
				"\"d\":\"a\",\"d\":\"b\",\"s\":\"a\",\"s\":\"a\"}",
			&doc);
	char text[8];

	(void)state;
	assert_string_equal(tw_json_str(tw_json_member(root, "t")), "OK?");
	assert_string_equal(tw_json_str(tw_json_member(root, "u")), "\xc3\xa9?");
	assert_non_null(tw_json_member(root, "k?"));
	assert_null(tw_json_str(tw_json_member(root, "d")));
	assert_int_equal(tw_json_str_len(tw_json_member(root, "d")), 0);
	assert_int_equal(tw_json_get_text(root, "d", sizeof(text), text), -ENOTUNIQ);
	assert_string_equal(tw_json_str(tw_json_member(root, "s")), "a");
	tw_json_doc_destroy(doc);
	/* Not more: two byte order marks, or one alone, are no JSON. */
	assert_int_equal(tw_json_parse("\xef\xbb\xbf", 3, &lenient, &doc), TW_JSON_TRUNCATED);
	assert_int_equal(
		tw_json_parse("\xef\xbb\xbf\xef\xbb\xbf{}", 8, &lenient, &doc), TW_JSON_MALFORMED);
}

static void test_every_prefix_is_refused(void **state)
{
	const char *text =
		"{\"result\":{\"height\":12,\"hash\":\"\\u00e9a\",\"l\":[true,null,-1.5e3]}}";
	struct tw_json_doc *doc = NULL;

	(void)state;
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(parse_bytes(text, len, &doc), TW_JSON_TRUNCATED);
	assert_null(doc);
	tw_json_doc_destroy(parse_ok(text));
}

static void test_limits(void **state)
{
	const struct tw_json_limits tight = { .bytes = 10, .nodes = 3 };
	struct tw_json_doc *doc = NULL;
	char text[64 + 2 * TW_JSON_DEPTH_MAX] = "";

	(void)state;
	assert_int_equal(tw_json_parse("[1,2]     ", 10, &tight, &doc), TW_JSON_OK);
	tw_json_doc_destroy(doc);
	doc = NULL;
	assert_int_equal(tw_json_parse("[1,2]      ", 11, &tight, &doc), TW_JSON_TOO_LARGE);
	assert_int_equal(tw_json_parse("[1,2,3]", 7, &tight, &doc), TW_JSON_TOO_LARGE);

	memset(text, '[', TW_JSON_DEPTH_MAX);
	memset(text + TW_JSON_DEPTH_MAX, ']', TW_JSON_DEPTH_MAX);
	doc = parse_ok(text);
	tw_json_doc_destroy(doc);
	doc = NULL;
	memset(text, '[', TW_JSON_DEPTH_MAX + 1);
	memset(text + TW_JSON_DEPTH_MAX + 1, ']', TW_JSON_DEPTH_MAX + 1);
	assert_int_equal(parse_bytes(text, 2 * TW_JSON_DEPTH_MAX + 2, &doc), TW_JSON_TOO_DEEP);
	assert_null(doc);
}

static void test_depth_bomb(void **state)
{
	enum { LEVELS = 1000000 };
	static const char *const units[] = { "[", "{\"a\":" };
	struct tw_json_doc *doc = NULL;

	(void)state;
	for (size_t u = 0; u < TW_ARRAY_SIZE(units); u++) {
		const struct tw_json_limits wide = { .bytes = SIZE_MAX, .nodes = UINT32_MAX };
		size_t n = strlen(units[u]);
		char *bomb = malloc(n * LEVELS);

		assert_non_null(bomb);
		for (size_t i = 0; i < LEVELS; i++)
			memcpy(bomb + i * n, units[u], n);
		assert_int_equal(tw_json_parse(bomb, n * LEVELS, &wide, &doc), TW_JSON_TOO_DEEP);
		free(bomb);
	}
	assert_null(doc);
}

static void test_many_keys(void **state)
{
	const struct tw_json_limits wide = { .bytes = 1 << 20, .nodes = 1 << 20 };
	struct tw_json_doc *doc = NULL;
	size_t len = 0;
	char *text = malloc(1 << 20);

	(void)state;
	assert_non_null(text);
	for (int i = 0; i <= TW_JSON_KEYS_MAX; i++) {
		if (i == TW_JSON_KEYS_MAX) {
			text[len] = '}';
			assert_int_equal(tw_json_parse(text, len + 1, &wide, &doc), TW_JSON_OK);
			assert_int_equal(tw_json_count(tw_json_root(doc)), TW_JSON_KEYS_MAX);
			assert_non_null(tw_json_member(tw_json_root(doc), "k2047"));
			tw_json_doc_destroy(doc);
		}
		len += (size_t)sprintf(text + len, "%s\"k%d\":%d", i == 0 ? "{" : ",", i, i);
	}
	text[len++] = '}';
	assert_int_equal(tw_json_parse(text, len, &wide, &doc), TW_JSON_TOO_LARGE);
	free(text);
}

static void test_numbers(void **state)
{
	struct tw_json_doc *doc =
		parse_ok("{\"zero\":0,\"max\":9223372036854775807,\"min\":-9223372036854775808,"
			 "\"over\":9223372036854775808,\"u64\":18446744073709551615,"
			 "\"huge\":1"
			 "00000000000000000000000000000000000000000000000000000000000000,"
			 "\"float\":1.5,\"exp\":1e3,\"point\":1.0,\"minus\":-3,\"text\":\"12\","
			 "\"null\":null,\"bool\":true,\"fine\":2.300,\"finer\":2.3001}");
	const struct tw_json_node *root = tw_json_root(doc);
	int64_t v = 77;

	(void)state;
	assert_int_equal(tw_json_get_int(root, "zero", INT64_MIN, INT64_MAX, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(tw_json_get_int(root, "max", INT64_MIN, INT64_MAX, &v), 0);
	assert_int_equal(v, INT64_MAX);
	assert_int_equal(tw_json_get_int(root, "min", INT64_MIN, INT64_MAX, &v), 0);
	assert_int_equal(v, INT64_MIN);
	v = 77;
	assert_int_equal(tw_json_get_int(root, "over", INT64_MIN, INT64_MAX, &v), -ERANGE);
	assert_int_equal(tw_json_get_int(root, "u64", INT64_MIN, INT64_MAX, &v), -ERANGE);
	assert_int_equal(tw_json_get_int(root, "huge", INT64_MIN, INT64_MAX, &v), -ERANGE);
	assert_int_equal(tw_json_get_int(root, "minus", 0, INT64_MAX, &v), -ERANGE);
	assert_int_equal(tw_json_get_int(root, "float", INT64_MIN, INT64_MAX, &v), -EINVAL);
	assert_int_equal(tw_json_get_int(root, "exp", INT64_MIN, INT64_MAX, &v), -EINVAL);
	assert_int_equal(tw_json_get_int(root, "point", INT64_MIN, INT64_MAX, &v), -EINVAL);
	assert_int_equal(tw_json_get_int(root, "text", INT64_MIN, INT64_MAX, &v), -EINVAL);
	assert_int_equal(tw_json_get_int(root, "bool", INT64_MIN, INT64_MAX, &v), -EINVAL);
	assert_int_equal(tw_json_get_int(root, "null", INT64_MIN, INT64_MAX, &v), -ENOENT);
	assert_int_equal(tw_json_get_int(root, "absent", INT64_MIN, INT64_MAX, &v), -ENOENT);
	assert_int_equal(tw_json_get_int(NULL, "zero", INT64_MIN, INT64_MAX, &v), -ENOENT);
	assert_int_equal(v, 77);
	assert_int_equal(tw_json_get_ms(root, "fine", &v), 0);
	assert_int_equal(v, 2300);
	assert_int_equal(tw_json_get_ms(root, "finer", &v), -EINVAL);
	assert_int_equal(tw_json_get_ms(root, "minus", &v), -ERANGE);
	tw_json_doc_destroy(doc);
}

static void test_texts(void **state)
{
	struct tw_json_doc *doc =
		parse_ok("{\"plain\":\"abc\",\"empty\":\"\","
			 "\"escaped\":\"\\\"\\\\\\/\\n\\t\\u00e9\\ud83d\\udc22\","
			 "\"utf8\":\"\xc3\xa9\",\"n\":5,\"t\":true,\"f\":false,"
			 "\"hash\":\"00000000000000000000000000000000000000000000000"
			 "0000000000000ABCD\",\"short\":\"00\"}");
	const struct tw_json_node *root = tw_json_root(doc);
	struct tw_hash hash;
	char text[8] = "before";
	bool b = false;

	(void)state;
	assert_int_equal(tw_json_get_text(root, "plain", 4, text), 0);
	assert_string_equal(text, "abc");
	assert_int_equal(tw_json_get_text(root, "plain", 3, text), -ERANGE);
	assert_int_equal(tw_json_get_text(root, "n", sizeof(text), text), -EINVAL);
	assert_int_equal(tw_json_get_text(root, "absent", sizeof(text), text), -ENOENT);
	assert_string_equal(text, "abc");
	assert_int_equal(tw_json_get_text(root, "empty", 1, text), 0);
	assert_string_equal(text, "");
	assert_string_equal(
		tw_json_str(tw_json_member(root, "escaped")), "\"\\/\n\t\xc3\xa9\xf0\x9f\x90\xa2");
	assert_int_equal(tw_json_str_len(tw_json_member(root, "escaped")), 11);
	assert_string_equal(tw_json_str(tw_json_member(root, "utf8")), "\xc3\xa9");
	assert_null(tw_json_str(tw_json_member(root, "n")));
	assert_null(tw_json_str(NULL));
	assert_int_equal(tw_json_get_bool(root, "t", &b), 0);
	assert_true(b);
	assert_int_equal(tw_json_get_bool(root, "f", &b), 0);
	assert_false(b);
	assert_int_equal(tw_json_get_bool(root, "n", &b), -EINVAL);
	assert_int_equal(tw_json_get_hash(root, "hash", &hash), 0);
	assert_int_equal(hash.bytes[31], 0xcd);
	assert_int_equal(tw_json_get_hash(root, "short", &hash), -EINVAL);
	assert_int_equal(tw_json_get_hash(root, "n", &hash), -EINVAL);
	tw_json_doc_destroy(doc);
}

static void test_tree(void **state)
{
	struct tw_json_doc *doc =
		parse_ok(" {\"a\":{\"b\":{\"c\":[10,[],{\"x\":{}},[11,12],\"s\"]},"
			 "\"b.c\":1},\"ab\":2,\"d\":[]} ");
	const struct tw_json_node *root = tw_json_root(doc);
	const struct tw_json_node *list = tw_json_find(root, "a.b.c"), *c;
	static const enum tw_json_type types[] = { TW_JSON_NUMBER, TW_JSON_ARRAY, TW_JSON_MAP,
		TW_JSON_ARRAY, TW_JSON_TEXT };
	int64_t v;
	uint32_t n = 0;

	(void)state;
	assert_int_equal(tw_json_count(root), 3);
	assert_ptr_equal(tw_json_find(root, ""), root);
	assert_int_equal(tw_json_type_of(list), TW_JSON_ARRAY);
	assert_int_equal(tw_json_count(list), 5);
	for (c = tw_json_first(list); c != NULL; c = tw_json_next(list, c)) {
		assert_int_equal(tw_json_type_of(c), types[n++]);
		assert_null(tw_json_key_of(c));
	}
	assert_int_equal(n, 5);
	assert_int_equal(tw_json_get_int(tw_json_first(list), "", 0, 100, &v), 0);
	assert_int_equal(v, 10);
	/* A path splits at dots, a key does not; a prefix of a key is not the key. */
	assert_non_null(tw_json_member(tw_json_member(root, "a"), "b.c"));
	assert_null(tw_json_find(root, "a.b.c.d"));
	assert_null(tw_json_find(root, "abc"));
	assert_null(tw_json_find(list, "a"));
	assert_int_equal(tw_json_get_int(root, "ab", 0, 100, &v), 0);
	assert_null(tw_json_first(tw_json_member(root, "d")));
	assert_string_equal(tw_json_key_of(tw_json_member(root, "d")), "d");
	assert_int_equal(tw_json_type_of(NULL), TW_JSON_ABSENT);
	assert_int_equal(tw_json_count(NULL), 0);
	assert_string_equal(tw_json_type_name(TW_JSON_ARRAY), "an array");
	tw_json_doc_destroy(doc);
}

static void test_lone_values(void **state)
{
	static const struct {
		const char *text;
		enum tw_json_type type;
	} cases[] = { { "0", TW_JSON_NUMBER }, { "-12", TW_JSON_NUMBER }, { "true", TW_JSON_BOOL },
		{ "false", TW_JSON_BOOL }, { "null", TW_JSON_NULL }, { "\"\"", TW_JSON_TEXT },
		{ "[]", TW_JSON_ARRAY }, { "{}", TW_JSON_MAP } };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_json_doc *doc = parse_ok(cases[i].text);

		assert_int_equal(tw_json_type_of(tw_json_root(doc)), cases[i].type);
		assert_null(tw_json_first(tw_json_root(doc)));
		tw_json_doc_destroy(doc);
	}
	tw_json_doc_destroy(NULL);
}

/* Where memory was short there is no writer: nothing happens, and the error is in the buffer. */
static void test_writer_without_memory(void **state)
{
	(void)state;
	tw_emit_open_map(NULL);
	tw_emit_put_text(NULL, "text", "a");
	tw_emit_put_text(NULL, "text", "\xff");
	tw_emit_put_int(NULL, "number", 1);
	tw_emit_put_ms(NULL, "span", 1500);
	tw_emit_put_bool(NULL, "flag", true);
	tw_emit_put_hash(NULL, "hash", NULL);
	tw_emit_key(NULL, "list");
	tw_emit_open_array(NULL);
	tw_emit_raw(NULL, "1", 1);
	tw_emit_close_array(NULL);
	tw_emit_close_map(NULL);
	tw_emit_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lenient),
		cmocka_unit_test(test_lenient_texts),
		cmocka_unit_test(test_every_prefix_is_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_depth_bomb),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_lone_values),
		cmocka_unit_test(test_writer_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
