/* p2p/reader, writer: portable storage, of every type, in pieces of every size, and what is none.
 */
#include "compare.h"
#include "p2p/reader.h"
#include "p2p/writer.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 4096 };

/* All values that were told, one a line. */
struct told {
	size_t len;
	char text[TEXT_MAX];
};

static void on_value(void *ctx, const struct tw_p2p_reader_value *value)
{
	struct told *told = ctx;
	int n;

	if (value->type != TW_P2P_STORAGE_STRING)
		n = snprintf(told->text + told->len, TEXT_MAX - told->len, "%s=%" PRIu64 "\n",
			value->path, value->number);
	else if (value->bytes == NULL)
		n = snprintf(told->text + told->len, TEXT_MAX - told->len, "%s:%" PRIu64 "\n",
			value->path, value->len);
	else
		n = snprintf(told->text + told->len, TEXT_MAX - told->len, "%s='%.*s'\n",
			value->path, (int)value->len, (const char *)value->bytes);
	assert_in_range(n, 1, TEXT_MAX - told->len - 1);
	told->len += (size_t)n;
}

/* Reads a body in pieces. Returns the result of the last piece, 1 where the section is not whole.
 * Each piece is a block of its own size, so that a read past its end is seen. */
static int read_body(const void *body, size_t len, size_t piece, struct told *ret_told)
{
	struct tw_p2p_reader reader;
	int r = 0;

	*ret_told = (struct told){ 0 };
	tw_p2p_reader_init(&reader, len, on_value, ret_told);
	for (size_t at = 0; r == 0 && at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		uint8_t *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, (const uint8_t *)body + at, n);
		r = tw_p2p_reader_feed(&reader, copy, n);
		free(copy);
	}
	return r == 0 && !tw_p2p_reader_is_done(&reader) ? 1 : r;
}

static void test_what_is_written_is_read(void **state)
{
	static const char wanted[] = "a=18446744073709551615\nb.c=4294967295\nb.d.e=65535\n"
				     "b.d.f='hash'\nb.g=7\nh=''\n";
	struct tw_buf body;
	struct told told;

	(void)state;
	tw_buf_init(&body, TEXT_MAX);
	tw_p2p_writer_begin(&body, 3);
	tw_p2p_writer_number(&body, "a", TW_P2P_STORAGE_U64, UINT64_MAX);
	tw_p2p_writer_section(&body, "b", 3);
	tw_p2p_writer_number(&body, "c", TW_P2P_STORAGE_U32, UINT32_MAX);
	tw_p2p_writer_section(&body, "d", 2);
	tw_p2p_writer_number(&body, "e", TW_P2P_STORAGE_U16, UINT16_MAX);
	tw_p2p_writer_string(&body, "f", "hash", 4);
	tw_p2p_writer_number(&body, "g", TW_P2P_STORAGE_U8, 7);
	tw_p2p_writer_string(&body, "h", "", 0);
	assert_int_equal(body.error, 0);
	for (size_t piece = 1; piece <= body.len; piece++) {
		assert_int_equal(read_body(body.data, body.len, piece, &told), 0);
		assert_string_equal(told.text, wanted);
	}
	/* Cut off anywhere, it is not whole. */
	for (size_t len = 0; len < body.len; len++)
		assert_that(read_body(body.data, len, len + 1, &told), !=, 0);
	tw_buf_finish(&body);
}

static void test_lengths_of_every_size(void **state)
{
	static const size_t lengths[] = { 0, 1, 32, 33, 63, 64, 16383, 16384, 70000 };
	static char letters[70000];

	(void)state;
	memset(letters, 'x', sizeof(letters));
	for (size_t i = 0; i < TW_ARRAY_SIZE(lengths); i++) {
		char wanted[64];
		struct tw_buf body;
		struct told told;

		tw_buf_init(&body, sizeof(letters) + 64);
		tw_p2p_writer_begin(&body, 2);
		tw_p2p_writer_string(&body, "s", letters, lengths[i]);
		tw_p2p_writer_number(&body, "end", TW_P2P_STORAGE_U8, 1);
		if (lengths[i] > TW_P2P_READER_KEPT)
			snprintf(wanted, sizeof(wanted), "s:%zu\nend=1\n", lengths[i]);
		else
			snprintf(wanted, sizeof(wanted), "s='%.*s'\nend=1\n", (int)lengths[i],
				letters);
		assert_int_equal(read_body(body.data, body.len, 999, &told), 0);
		assert_string_equal(told.text, wanted);
		tw_buf_finish(&body);
	}
}

#define BODY(text) TW_P2P_STORAGE_HEAD text, sizeof(TW_P2P_STORAGE_HEAD text) - 1
#define NAME_60    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static void test_bodies(void **state)
{
	static const struct {
		const char *body;
		size_t len;
		const char *told;
	} cases[] = {
		{ BODY("\0"), "" },
		/* Signed numbers are extended. */
		{ BODY("\x10\1a\1\xff\xff\xff\xff\xff\xff\xff\xff"
		       "\1b\2\xfe\xff\xff\xff\1c\3\xfd\xff\1d\4\xfc"),
			"a=18446744073709551615\nb=18446744073709551614\n"
			"c=18446744073709551613\nd=18446744073709551612\n" },
		{ BODY("\x08\1a\x0b\1\1b\x09\0\0\0\0\0\0\0\0"), "a=1\nb=0\n" },
		/* Arrays of numbers, strings, sections and nothing are passed over. */
		{ BODY("\x0c\1a\x86\x08\1\0\0\0\2\0\0\0\1b\x8a\x08\4x\x08yz\1c\x08\5"), "c=5\n" },
		{ BODY("\x08\1a\x8c\x08\4\1b\x08\1\4\1b\x0a\4q\1c\x08\5"), "c=5\n" },
		{ BODY("\x08\1a\x8c\0\1c\x08\5"), "c=5\n" },
		/* Too long a name, and what is below it; the next one is told. */
		{ BODY("\x0c\x3c" NAME_60 "\x0c\x08\2bc\x08\1\3bcd\x08\2\1c\x08\5\1d\x08\6"),
			NAME_60 ".bc=1\nc=5\nd=6\n" },
		{ BODY("\x08\x3c" NAME_60 "\x0c\x04\4bcde\x0c\x04\1b\x08\1\1c\x08\5"), "c=5\n" },
		/* Both of two equal names. */
		{ BODY("\x08\1a\x08\1\1a\x08\2"), "a=1\na=2\n" },
		/* What follows the section means nothing. */
		{ BODY("\x04\1a\x08\1more"), "a=1\n" },
		/* As deep as it may be. */
		{ BODY("\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\0"), "" },
	};
	struct told told;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		for (size_t piece = 1; piece <= cases[i].len; piece += 3) {
			assert_int_equal(read_body(cases[i].body, cases[i].len, piece, &told), 0);
			assert_string_equal(told.text, cases[i].told);
		}
	}
}

static void test_no_bodies(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} cases[] = {
		{ "\1\x11\1\1\1\1\2\1\2\0", 10 }, /* another version of the format */
		{ "HTTP/1.1 200 OK", 15 }, { BODY("\4\0\x08\1") }, /* no name */
		{ BODY("\4\1a\0\1") },                             /* no such types */
		{ BODY("\4\1a\x0d\x86\4\1\0\0\0") }, { BODY("\4\1a\x8d\4\x86\4\1\0\0\0") },
		{ BODY("\4\1a\xff\4") }, { BODY("\xfc") }, /* more entries than bytes are left */
		{ BODY("\4\1a\x8b\xfc\1\1") },             /* of an array, too */
		{ BODY("\4\1a\x8c\x03\0\0\0\0\0\0\x80") },
		{ BODY("\4\1a\x0a\x10xyz") }, /* a string that is longer than the body */
		{ BODY("\4\1a\x0a\xff\xff\xff\xff\xff\xff\xff\xffxyz") },
		{ BODY("\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a\x0c\4\1a"
		       "\x0c\0") }, /* too deep */
	};
	struct told told;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		for (size_t piece = 1; piece <= cases[i].len; piece += 5) {
			if (read_body(cases[i].body, cases[i].len, piece, &told) != -EINVAL)
				fail_msg("case %zu in pieces of %zu", i, piece);
		}
	}
}

static void test_numbers(void **state)
{
	struct tw_p2p_reader_value value = { .type = TW_P2P_STORAGE_U32, .number = 300 };
	uint64_t number = 0;

	(void)state;
	assert_int_equal(tw_p2p_reader_number(&value, 300, &number), 0);
	assert_int_equal(number, 300);
	assert_int_equal(tw_p2p_reader_number(&value, 299, &number), -EINVAL);
	value.type = TW_P2P_STORAGE_BOOL;
	assert_int_equal(tw_p2p_reader_number(&value, 300, &number), -EINVAL);
	value.type = TW_P2P_STORAGE_STRING;
	assert_int_equal(tw_p2p_reader_number(&value, 300, &number), -EINVAL);
	/* -1 is no height. */
	value.type = TW_P2P_STORAGE_I8;
	value.number = UINT64_MAX;
	assert_int_equal(tw_p2p_reader_number(&value, INT64_MAX, &number), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_lengths_of_every_size),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_no_bodies),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
