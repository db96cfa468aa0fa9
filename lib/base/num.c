/* See num.h. */
#include "base/num.h"
#include <errno.h>
#include <string.h>

int tw_num_parse(const char *text, size_t len, int64_t min, int64_t max, int64_t *ret_value)
{
	bool is_negative = len > 0 && text[0] == '-';
	size_t i = is_negative ? 1 : 0;
	int64_t value = 0;

	if (i == len)
		return -EINVAL;
	for (; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
	}
	/* Counts downwards: the negative range is one longer than the positive one. */
	for (i = is_negative ? 1 : 0; i < len; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, text[i] - '0', &value))
			return -ERANGE;
	}
	if (!is_negative && __builtin_sub_overflow(INT64_C(0), value, &value))
		return -ERANGE;
	if (value < min || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int tw_num_parse_ms(const char *text, size_t len, int64_t *ret_us)
{
	const char *point = memchr(text, '.', len);
	size_t whole = point == NULL ? len : (size_t)(point - text);
	size_t decimals = point == NULL ? 0 : len - whole - 1;
	int64_t value, fraction = 0;
	int r;

	if (point != NULL && decimals == 0)
		return -EINVAL;
	r = tw_num_parse(text, whole, 0, INT64_MAX / 1000 - 1, &value);
	if (r < 0)
		return r;
	for (size_t i = 0; i < decimals; i++) {
		char c = point[1 + i];

		if (c < '0' || c > '9' || (i >= 3 && c != '0'))
			return -EINVAL;
		if (i < 3)
			fraction = fraction * 10 + (c - '0');
	}
	for (size_t i = decimals; i < 3; i++)
		fraction *= 10;
	*ret_us = value * 1000 + fraction;
	return 0;
}
