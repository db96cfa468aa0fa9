/*
 * A day as a line of JSON. {"v":1,"from_ms":…,"day":"2026-11-28","since_ms":…,
 * "hours":[…],"daemons":[…]}, with the Unix times of its midnight and of when it was first watched:
 * an hour is null where it was not watched, or [watched, usable, saved, contested] in milliseconds,
 * with [reason, milliseconds] of the primary behind them where there was one. A daemon has its name
 * and two objects: "ms", from its reasons, and "away", how often the pool left it, from why.
 */
#ifndef TW_ACCOUNT_RECORD_H
#define TW_ACCOUNT_RECORD_H

#include "account/day.h"
#include "base/buf.h"

enum { TW_ACCOUNT_RECORD_MAX = 1 << 20 }; /* bytes of a line, without its end */

/* Appends the line to out, without a newline. */
void tw_account_record_format(const struct tw_account_day *day, struct tw_buf *out);
/* Reads a line. Returns 0, -EINVAL (it is none) or -ENOMEM. */
int tw_account_record_parse(const char *line, size_t len, struct tw_account_day **ret_day);
/* The date of a day, such as 2026-11-28. */
enum { TW_ACCOUNT_DATE_SIZE = 16 };
const char *tw_account_record_date(int64_t number, char date[TW_ACCOUNT_DATE_SIZE]);

#endif
