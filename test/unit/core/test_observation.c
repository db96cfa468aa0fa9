/* An observation before anything is known (observation.h). How points are added: test_chain.c. */
#include "core/node/observation.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/*
 * The same whatever was in the memory before, so that a field that tw_observation_init() forgets is
 * found. The points are left out: n_chain and n_at say that there are none.
 */
static void test_nothing_is_left_unset(void **state)
{
	static struct tw_observation a, b;

	(void)state;
	memset(&a, 0x00, sizeof(a));
	memset(&b, 0xff, sizeof(b));
	tw_observation_init(&a, TW_RESULT_TIMEOUT);
	tw_observation_init(&b, TW_RESULT_TIMEOUT);
	assert_memory_equal(&a, &b, offsetof(struct tw_observation, chain));
	assert_int_equal(a.result, TW_RESULT_TIMEOUT);
	assert_int_equal(a.n_chain, 0);
	assert_int_equal(a.n_at, 0);
	assert_int_equal(a.rtt_us, TW_UNKNOWN);
	assert_int_equal(a.header_time_s, TW_UNKNOWN);
	assert_int_equal(a.peers_in, TW_UNKNOWN);
	assert_int_equal(a.peers_out, TW_UNKNOWN);
	assert_int_equal(a.network_height, TW_UNKNOWN);
	assert_int_equal(a.synced, -1);
	assert_int_equal(a.template, TW_TEMPLATE_UNCHECKED);
	assert_string_equal(a.detail, "");
}

static void test_no_points(void **state)
{
	struct tw_observation obs;

	(void)state;
	memset(&obs, 0, sizeof(obs));
	tw_observation_init(&obs, TW_RESULT_OK);
	assert_null(tw_observation_at(&obs, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_left_unset),
		cmocka_unit_test(test_no_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
