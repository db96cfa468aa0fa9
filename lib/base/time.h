/*
 * Times and spans are int64 microseconds everywhere inside. They are monotonic unless the name says
 * wall. io/loop reads the clock once per wake-up and the time is passed in; no layer below io reads
 * a clock.
 */
#ifndef TW_BASE_TIME_H
#define TW_BASE_TIME_H

#include <stdint.h>

#define TW_MS   INT64_C(1000)
#define TW_SEC  INT64_C(1000000)
#define TW_MIN  (60 * TW_SEC)
#define TW_HOUR (60 * TW_MIN)
#define TW_DAY  (24 * TW_HOUR)

/* "never": later than every time there is, and safe to compare. */
#define TW_NEVER INT64_MAX

#endif
