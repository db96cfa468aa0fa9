/* base: capped buffers, checked numbers, hashes. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/lines.h"
#include "base/num.h"
#include "base/span.h"
#include "base/time.h"
#include "fixture/compare.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_buf_cap(void **state)
{
	struct tw_buf buf;

	(void)state;
	tw_buf_init(&buf, 10);
	assert_string_equal(tw_buf_str(&buf), "");
	tw_buf_puts(&buf, "12345");
	assert_int_equal(buf.error, 0);
	tw_buf_printf(&buf, "%d", 678);
	assert_int_equal(buf.error, 0);
	tw_buf_puts(&buf, "abc");
	assert_int_equal(buf.error, -EMSGSIZE);
	assert_string_equal(tw_buf_str(&buf), "12345678");
	/* The error sticks even though one byte would fit. */
	tw_buf_putc(&buf, 'x');
	assert_int_equal(buf.error, -EMSGSIZE);
	tw_buf_clear(&buf);
	tw_buf_puts(&buf, "1234567890");
	assert_int_equal(buf.error, 0);
	tw_buf_consume(&buf, 4);
	assert_string_equal(tw_buf_str(&buf), "567890");
	tw_buf_printf(&buf, "%s", "12345");
	assert_int_equal(buf.error, -EMSGSIZE);
	tw_buf_finish(&buf);
}

static void test_num(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "-0", 0, 0 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "-9223372036854775809", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1.0", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		int r = tw_num_parse(
			cases[i].text, strlen(cases[i].text), INT64_MIN, INT64_MAX, &value);

		assert_int_equal(r, cases[i].r);
		if (r == 0)
			assert_int_equal(value, cases[i].value);
	}
	assert_int_equal(tw_num_parse("5", 1, 6, 10, &value), -ERANGE);
	assert_int_equal(tw_num_parse("11", 2, 6, 10, &value), -ERANGE);
	assert_int_equal(tw_num_parse("105", 2, 6, 10, &value), 0);
	assert_int_equal(value, 10);
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
		const char *back;
	} cases[] = {
		{ "250ms", 250 * TW_MS, "250ms" },
		{ "2s", 2 * TW_SEC, "2s" },
		{ "90s", 90 * TW_SEC, "90s" },
		{ "600s", 10 * TW_MIN, "10m" },
		{ "24h", TW_DAY, "1d" },
		{ "0h", 0, "0s" },
		{ "1000ms", TW_SEC, "1s" },
	};
	static const char *const bad[] = { "", "5", "s", "-1s", "1.5s", "1 s", "1sec", "1S", "ms",
		"99999999999999999999h", "10001d", "5min" };
	char text[TW_SPAN_TEXT_MAX];
	int64_t us;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		assert_int_equal(tw_span_parse(cases[i].text, &us), 0);
		assert_int_equal(us, cases[i].us);
		assert_string_equal(tw_span_exact(us, text), cases[i].back);
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(bad); i++)
		assert_that(tw_span_parse(bad[i], &us), <, 0);
}

static void test_spans(void **state)
{
	static const struct {
		int64_t us;
		const char *brief, *age, *units, *tenths, *wait, *limit;
	} spans[] = {
		{ -1, "0s", "0 s", "0 s", "0.0 s", "0 s", "0 ms" },
		{ 0, "0s", "0 s", "0 s", "0.0 s", "0 s", "0 ms" },
		{ 1, "0s", "0 s", "0 s", "0.0 s", "1 s", "1 ms" },
		{ 250 * TW_MS, "0s", "0 s", "0 s", "0.2 s", "1 s", "250 ms" },
		{ 1500 * TW_MS, "1s", "1 s", "1 s", "1.5 s", "2 s", "1.5 s" },
		{ 5 * TW_SEC, "5s", "5 s", "5 s", "5.0 s", "5 s", "5 s" },
		{ 9 * TW_SEC + 999999, "9s", "9 s", "9 s", "9.9 s", "10 s", "10 s" },
		{ 10 * TW_SEC, "10s", "10 s", "10 s", "10 s", "10 s", "10 s" },
		{ 59 * TW_SEC + 1, "59s", "59 s", "59 s", "59 s", "1 min 0 s", "59 s" },
		{ 119 * TW_SEC, "119s", "119 s", "1 min 59 s", "119 s", "1 min 59 s", "119 s" },
		{ 120 * TW_SEC, "2m", "2 min", "2 min 0 s", "120 s", "2 min 0 s", "120 s" },
		{ 300 * TW_SEC - 1, "4m", "4 min", "4 min 59 s", "299 s", "5 min 0 s", "300 s" },
		{ 300 * TW_SEC, "5m", "5 min", "5 min 0 s", "5 min", "5 min 0 s", "300 s" },
		{ 119 * TW_MIN, "119m", "119 min", "1 h 59 min", "119 min", "1 h 59 min",
			"7140 s" },
		{ 2 * TW_HOUR, "2h", "2 h 0 min", "2 h 0 min", "120 min", "2 h 0 min", "7200 s" },
		{ 47 * TW_HOUR + 59 * TW_MIN, "47h", "47 h 59 min", "1 d 23 h", "2879 min",
			"47 h 59 min", "172740 s" },
		{ 2 * TW_DAY + 5 * TW_HOUR, "2d", "2 d 5 h", "2 d 5 h", "3180 min", "53 h 0 min",
			"190800 s" },
		{ INT64_MAX, ">27y", "99999 d 4 h", "99999 d 4 h", "153722867280 min",
			"99999 h 0 min", "9223372036854.7 s" },
	};
	char text[TW_SPAN_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(spans); i++) {
		assert_string_equal(tw_span_short(spans[i].us, text), spans[i].brief);
		assert_string_equal(tw_span_age(spans[i].us, text), spans[i].age);
		assert_string_equal(tw_span_units(spans[i].us, text), spans[i].units);
		assert_string_equal(tw_span_tenths(spans[i].us, text), spans[i].tenths);
		assert_string_equal(tw_span_wait(spans[i].us, text), spans[i].wait);
		assert_string_equal(tw_span_limit(spans[i].us, text), spans[i].limit);
	}
}

static void test_lines(void **state)
{
	char text[] = "\none\n\ntwo\n", *rest = text;

	(void)state;
	assert_string_equal(tw_lines_next(&rest), "one");
	assert_string_equal(tw_lines_next(&rest), "two");
	assert_null(tw_lines_next(&rest));
	assert_null(tw_lines_next(&rest));
}

static void test_ms(void **state)
{
	static const char *const bad[] = { "", ".", "1.", ".5", "1.2345", "-1", "1e3", "x",
		"99999999999999999999" };
	int64_t us;

	(void)state;
	assert_int_equal(tw_num_parse_ms("12345", 5, &us), 0);
	assert_int_equal(us, 12345000);
	assert_int_equal(tw_num_parse_ms("2.3", 3, &us), 0);
	assert_int_equal(us, 2300);
	assert_int_equal(tw_num_parse_ms("0.0010", 6, &us), 0);
	assert_int_equal(us, 1);
	for (size_t i = 0; i < TW_ARRAY_SIZE(bad); i++)
		assert_that(tw_num_parse_ms(bad[i], strlen(bad[i]), &us), <, 0);
}

static void test_hash(void **state)
{
	const char *text = "00ff0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab";
	char upper[TW_HASH_HEX + 1], back[TW_HASH_HEX + 1];
	struct tw_hash a, b;

	(void)state;
	for (size_t i = 0; i <= TW_HASH_HEX; i++)
		upper[i] = (char)(text[i] >= 'a' ? text[i] - 32 : text[i]);
	assert_int_equal(tw_hash_parse(text, TW_HASH_HEX, &a), 0);
	assert_int_equal(tw_hash_parse(upper, TW_HASH_HEX, &b), 0);
	assert_true(tw_hash_equal(&a, &b));
	tw_hash_format(&a, back);
	assert_string_equal(back, text);
	assert_int_equal(tw_hash_parse(text, 63, &a), -EINVAL);
	upper[5] = 'g';
	assert_int_equal(tw_hash_parse(upper, TW_HASH_HEX, &a), -EINVAL);
	b.bytes[31]++;
	assert_that(tw_hash_compare(&a, &b), <, 0);
}

static void test_fingerprint(void **state)
{
	static const char plain[] =
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	static const char *const bad[] = { "", ":", "ba7816bf",
		":ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad:",
		"b:a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ba::7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adba",
		"xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" };
	char colons[3 * TW_HASH_BYTES];
	struct tw_hash a, b;

	(void)state;
	for (size_t i = 0; i < TW_HASH_BYTES; i++)
		snprintf(colons + 3 * i, 4, "%.2s%s", plain + 2 * i,
			i + 1 < TW_HASH_BYTES ? ":" : "");
	assert_int_equal(tw_hash_parse_fingerprint(plain, &a), 0);
	assert_int_equal(tw_hash_parse_fingerprint(colons, &b), 0);
	assert_true(tw_hash_equal(&a, &b));
	for (size_t i = 0; i < TW_ARRAY_SIZE(bad); i++)
		assert_int_equal(tw_hash_parse_fingerprint(bad[i], &a), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_cap),
		cmocka_unit_test(test_num),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_ms),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
