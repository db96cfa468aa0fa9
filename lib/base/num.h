/*
 * Checked parsing of numbers and durations: every number from outside goes through here. No sign
 * other than a leading '-', no white space, no other base, no trailing bytes, no overflow.
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
 * Parses "250ms", "2s", "10m", "1h", "1d" (a whole number and a unit) into microseconds.
 * Returns 0, -EINVAL or -ERANGE (longer than 10000 days).
 */
int tw_num_parse_duration(const char *text, int64_t *ret_us);

/*
 * Parses milliseconds with up to three decimals ("12345", "2.3"; no sign, no exponent) into
 * microseconds, exactly. Returns 0, -EINVAL (not a number, or finer than a microsecond) or -ERANGE.
 */
int tw_num_parse_ms(const char *text, size_t len, int64_t *ret_us);

enum { TW_DURATION_TEXT_MAX = 24 };
/* Writes the shortest exact form ("90s", "250ms", "2m") that tw_num_parse_duration() reads back.
 * us must be a whole number of milliseconds. */
void tw_num_format_duration(int64_t us, char text[TW_DURATION_TEXT_MAX]);

#endif
