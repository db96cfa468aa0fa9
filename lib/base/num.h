/*
 * Checked parsing of numbers: every number from outside goes through here. No sign other than a
 * leading '-', no white space, no other base, no trailing bytes, no overflow. Also the smaller and
 * the larger of two numbers.
 */
#ifndef TW_BASE_NUM_H
#define TW_BASE_NUM_H

#include "base/result.h"

/*
 * Parses the len bytes of text as a decimal integer in [min, max].
 * Returns 0, -EINVAL (not an integer) or -ERANGE.
 */
int tw_num_parse(const char *text, size_t len, int64_t min, int64_t max, int64_t *ret_value);

/*
 * Parses milliseconds with up to three decimals ("12345", "2.3"; no sign, no exponent) into
 * microseconds, exactly. Returns 0, -EINVAL (not a number, or finer than a microsecond) or -ERANGE.
 */
int tw_num_parse_ms(const char *text, size_t len, int64_t *ret_us);

static inline int64_t tw_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t tw_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
