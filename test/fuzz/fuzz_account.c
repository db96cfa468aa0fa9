/*
 * A line of the days against any bytes: what is read is a possible day, its sums are possible, and
 * what is written is read back as the same.
 */
#include "account/record.h"
#include "account/sums.h"
#include "fuzz.h"
#include <string.h>

static void check_sums(struct tw_account_day *day)
{
	const struct tw_account_period period = { day->number, day->number };
	struct tw_account_worst worst[3];
	struct tw_account_pool pool;
	struct tw_account *account;
	uint32_t n;

	if (tw_account_create(&account) < 0) {
		tw_account_day_destroy(day);
		return;
	}
	tw_account_add(account, day);
	tw_account_sums_pool(account, period, day->number * TW_ACCOUNT_DAY_MS + 1000, &pool);
	FUZZ_CHECK(pool.usable_ms <= pool.watched_ms && pool.saved_ms <= pool.usable_ms);
	FUZZ_CHECK(pool.unwatched_ms >= 0 && pool.contested_ms <= pool.watched_ms);
	n = tw_account_sums_worst(account, period, 3, worst);
	FUZZ_CHECK(n <= 3);
	tw_account_destroy(account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tw_account_day *day, *again;
	struct tw_buf first, second;

	if (tw_account_record_parse((const char *)data, size, &day) != 0)
		return 0;
	tw_buf_init(&first, TW_ACCOUNT_RECORD_MAX);
	tw_buf_init(&second, TW_ACCOUNT_RECORD_MAX);
	tw_account_record_format(day, &first);
	FUZZ_CHECK(first.error == 0);
	FUZZ_CHECK(tw_account_record_parse(first.data, first.len, &again) == 0);
	tw_account_record_format(again, &second);
	FUZZ_CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	tw_buf_finish(&first);
	tw_buf_finish(&second);
	tw_account_day_destroy(again);
	check_sums(day);
	return 0;
}

#define NULLS "null,null,null,null,null,null,null,null,null,null,null"

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	static const char *const seeds[] = {
		"{\"v\":1,\"from_ms\":1795824000000,\"day\":\"2026-11-28\",\"since_ms\":1795824000123,"
		"\"hours\":[[3600000,3599000,60000,5,\"timeout\",61000]," NULLS "," NULLS
		",[9,8,7,6]],\"daemons\":[{\"name\":\"a\",\"ms\":{\"ok\":3539000,\"timeout\":61000},"
		"\"away\":{\"timeout\":1,\"pinned\":2}},{\"name\":\"b\",\"ms\":{},\"away\":{}}]}",
		"{\"from_ms\":0,\"hours\":[" NULLS "," NULLS ",null,null],\"daemons\":[]}",
	};
	size_t len;

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return 0;
	len = strlen(seeds[i]);
	memcpy(ret_data, seeds[i], len);
	return len;
}
