/*
 * See prom.h. Families are tables: what is named, typed and explained once holds for both formats,
 * and every sample goes through put_sample(), which leaves out what is not known.
 */
#include "wire/prom.h"
#include "base/time.h"
#include "core/words.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const int64_t tw_prom_bucket_us[TW_PROM_BUCKETS - 1] = { 2 * TW_MS, 5 * TW_MS, 10 * TW_MS,
	25 * TW_MS, 50 * TW_MS, 100 * TW_MS, 250 * TW_MS, 500 * TW_MS, 1 * TW_SEC, 2500 * TW_MS,
	10 * TW_SEC };
