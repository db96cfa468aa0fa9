/*
 * Spans of time as text, in microseconds. One function for each purpose: the language of the
 * configuration, which reads back what it writes; a column of a table; sentences and pages, where a
 * person wants the size rather than the digits. Those that write return text. A negative span
 * counts as 0.
 */
#ifndef TW_BASE_SPAN_H
#define TW_BASE_SPAN_H

#include "base/result.h"
#include "base/time.h"

enum { TW_SPAN_TEXT_MAX = 48 };

/*
 * Parses "250ms", "2s", "10m", "1h", "1d" (a whole number and a unit) into microseconds.
 * Returns 0, -EINVAL or -ERANGE (longer than 10000 days).
 */
int tw_span_parse(const char *text, int64_t *ret_us);
/* Writes the shortest form ("90s", "250ms", "2m") that tw_span_parse() reads back exactly. us must
 * be a whole number of milliseconds. */
const char *tw_span_exact(int64_t us, char text[TW_SPAN_TEXT_MAX]);

/* In a column of a table: "23s", "12m", "3h", "5d", ">27y"; at most five characters. */
const char *tw_span_short(int64_t us, char text[TW_SPAN_TEXT_MAX]);
/* How long ago something was: "23 s", "12 min", "3 h 20 min", "5 d 4 h". */
const char *tw_span_age(int64_t us, char text[TW_SPAN_TEXT_MAX]);
/* The two largest units, even where the second is 0: "12 s", "3 min 0 s", "2 h 5 min", "1 d 2 h".
 */
const char *tw_span_units(int64_t us, char text[TW_SPAN_TEXT_MAX]);
/* Seconds with one decimal below ten: "0.4 s", "9.9 s", "299 s", then minutes: "5 min". */
const char *tw_span_tenths(int64_t us, char text[TW_SPAN_TEXT_MAX]);
/* How long to wait still, rounded up to seconds: "40 s", "4 min 10 s", "26 h 5 min". */
const char *tw_span_wait(int64_t us, char text[TW_SPAN_TEXT_MAX]);
/* A time limit, rounded up to milliseconds: "250 ms", "5 s", "1.5 s". */
const char *tw_span_limit(int64_t us, char text[TW_SPAN_TEXT_MAX]);

#endif
