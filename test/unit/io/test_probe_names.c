/* io/check/probe with host names: found, not found, changed, hanging. */
#include "fixture/compare.h"
#include "io/check/name.h"
#include "probe_fixture.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define SHORT_US (500 * TW_MS)
#define LONG_US  (LONG_MS * TW_MS)

static void test_name(void **state)
{
	struct probe_fixture *f = *state;

	fake_dns_set("node.example", "127.0.0.1");
	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	probe_point(f, 0, "node.example", server_port(f->servers[0]));
	for (int i = 0; i < 3; i++) {
		probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
		probe_wait(f, 1);
		probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK, "");
	}
	/* One lookup for all of them, and none by libcurl. */
	assert_int_equal(fake_dns_lookups(), 1);
}

static void test_name_not_found(void **state)
{
	struct probe_fixture *f = *state;

	probe_point(f, 0, "node.invalid", 80);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_start(f, 0, TW_SLOT_CONFIRM, LONG_US);
	probe_wait(f, 2);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_RESOLVE,
		"host name not found: Name or service not known");
	probe_expect(f, 0, TW_SLOT_CONFIRM, TW_RESULT_RESOLVE,
		"host name not found: Name or service not known");
}

/*
 * The thread that looked the name up has ended some time before the loop hears of it, so checks
 * go on until one of them uses the new address. The limit of the test program ends them otherwise.
 */
static void check_until_moved(struct probe_fixture *f)
{
	for (;;) {
		probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
		probe_wait(f, 1);
		if (f->results[0].obs.result != TW_RESULT_REFUSED)
			return;
		probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_REFUSED, "connection refused");
	}
}

/* A node that moved: after a failure its name is looked up again. */
static void test_name_changes(void **state)
{
	struct probe_fixture *f = *state;

	fake_dns_set("node.example", "127.0.0.2");
	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	probe_point(f, 0, "node.example", server_port(f->servers[0]));
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_wait(f, 1);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_REFUSED, "connection refused");
	fake_dns_set("node.example", "127.0.0.1");
	fake_clock_advance(TW_NAME_DOUBT_US);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	probe_wait(f, 1);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_REFUSED, "connection refused");
	check_until_moved(f);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK, "");
	assert_int_equal(fake_dns_lookups(), 2);
}

/* Name servers that hang cost only the nodes that need them. */
static void test_name_hangs(void **state)
{
	struct probe_fixture *f = *state;
	int64_t start;

	fake_dns_hang("node.example");
	probe_point(f, 0, "node.example", 80);
	probe_serve(f, 1, probe_answer, (void *)(uintptr_t)f->header);
	for (int i = 0; i < 2; i++) {
		probe_start(f, 0, TW_SLOT_REGULAR, SHORT_US);
		probe_start(f, 1, TW_SLOT_REGULAR, LONG_US);
		probe_wait(f, 2);
		probe_expect(f, 1, TW_SLOT_REGULAR, TW_RESULT_OK, "");
		probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_TIMEOUT,
			"host name not resolved within 500 ms");
	}
	assert_int_equal(fake_dns_lookups(), 1);
	probe_start(f, 0, TW_SLOT_REGULAR, LONG_US);
	start = tw_loop_now(f->loop);
	tw_probe_destroy(f->probe);
	f->probe = NULL;
	assert_that(tw_loop_now(f->loop) - start, <, TW_SEC);
	assert_int_equal(fake_dns_running(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_name),
		TEST(test_name_not_found),
		TEST(test_name_changes),
		TEST(test_name_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
