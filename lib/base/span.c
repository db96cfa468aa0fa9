/* See span.h. */
#include "base/span.h"
#include "base/num.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Largest first. */
static const struct {
	const char *letter; /* of the configuration */
	const char *word;   /* in sentences */
	int64_t us;
} units[] = {
	{ "d", "d", TW_DAY },
	{ "h", "h", TW_HOUR },
	{ "m", "min", TW_MIN },
	{ "s", "s", TW_SEC },
	{ "ms", "ms", TW_MS },
};
enum {
	SECONDS = 3,
	UNITS = TW_ARRAY_SIZE(units),
	COUNT_MAX = 99999, /* of the larger unit, where a text shows two */
};

int tw_span_parse(const char *text, int64_t *ret_us)
{
	size_t digits = strspn(text, "0123456789");
	int64_t value;
	int r;

	for (size_t i = 0; i < UNITS; i++) {
		if (strcmp(text + digits, units[i].letter) != 0)
			continue;
		r = tw_num_parse(text, digits, 0, 10000 * TW_DAY / units[i].us, &value);
		if (r < 0)
			return r;
		*ret_us = value * units[i].us;
		return 0;
	}
	return -EINVAL;
}

const char *tw_span_exact(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	size_t i = us == 0 ? SECONDS : 0; /* "0s" */

	while (i + 1 < UNITS && us % units[i].us != 0)
		i++;
	snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 "%s", us / units[i].us, units[i].letter);
	return text;
}

const char *tw_span_short(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	size_t i = SECONDS;

	us = tw_max(us, 0);
	if (us >= 10000 * TW_DAY) {
		strcpy(text, ">27y");
		return text;
	}
	/* The larger unit from two of it on: "90s" tells more than "1m". */
	while (i > 0 && us >= 2 * units[i - 1].us)
		i--;
	snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 "%s", us / units[i].us, units[i].letter);
	return text;
}

/* "3 h 20 min": in unit i, and what is left in the next smaller one. */
static void write_two(int64_t us, size_t i, char text[TW_SPAN_TEXT_MAX])
{
	snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 " %s %" PRId64 " %s",
		tw_min(us / units[i].us, COUNT_MAX), units[i].word,
		us % units[i].us / units[i + 1].us, units[i + 1].word);
}

static void write_one(int64_t us, size_t i, char text[TW_SPAN_TEXT_MAX])
{
	snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 " %s", us / units[i].us, units[i].word);
}

const char *tw_span_age(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	size_t i = SECONDS;

	us = tw_max(us, 0);
	while (i > 0 && us >= 2 * units[i - 1].us)
		i--;
	if (units[i].us >= TW_HOUR)
		write_two(us, i, text);
	else
		write_one(us, i, text);
	return text;
}

const char *tw_span_units(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	size_t i = 0;

	us = tw_max(us, 0);
	while (i < SECONDS && us < units[i].us)
		i++;
	if (i < SECONDS)
		write_two(us, i, text);
	else
		write_one(us, i, text);
	return text;
}

static int64_t round_up(int64_t us, int64_t unit_us)
{
	return (tw_min(tw_max(us, 0), INT64_MAX - unit_us) + unit_us - 1) / unit_us;
}

const char *tw_span_tenths(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	int64_t tenths = tw_max(us, 0) / (100 * TW_MS);

	if (tenths < 100)
		snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 ".%" PRId64 " s", tenths / 10,
			tenths % 10);
	else if (tenths < 3000)
		snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 " s", tenths / 10);
	else
		snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 " min", tenths / 600);
	return text;
}

const char *tw_span_wait(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	int64_t s = round_up(us, TW_SEC);
	size_t i = SECONDS;

	/* Hours are the largest unit here. */
	while (i > 1 && s >= units[i - 1].us / TW_SEC)
		i--;
	if (i < SECONDS)
		write_two(s * TW_SEC, i, text);
	else
		write_one(s * TW_SEC, i, text);
	return text;
}

const char *tw_span_limit(int64_t us, char text[TW_SPAN_TEXT_MAX])
{
	int64_t ms = round_up(us, TW_MS);

	if (ms < 1000)
		snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 " ms", ms);
	else if (ms % 1000 < 100)
		snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 " s", ms / 1000);
	else
		snprintf(text, TW_SPAN_TEXT_MAX, "%" PRId64 ".%" PRId64 " s", ms / 1000,
			ms % 1000 / 100);
	return text;
}
