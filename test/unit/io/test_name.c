/* io/check/name: names that are found, change, vanish, hang. */
#include "fake_dns.h"
#include "fetch_fixture.h"
#include "fixture/compare.h"
#include "io/check/name.h"
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define HOST "node.example"

struct fixture {
	struct tw_loop *loop;
	struct tw_loop_timer *guard;
	struct tw_name *name;
	int n_ended;
	int n_fds;
};

static void on_ended(void *ctx)
{
	struct fixture *f = ctx;

	f->n_ended++;
	tw_loop_stop(f->loop);
}

static void on_guard(void *ctx)
{
	(void)ctx;
	fail_msg("the lookup did not end");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fake_dns_reset();
	f->n_fds = count_fds();
	assert_int_equal(tw_loop_create(&f->loop), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_guard, f, &f->guard), 0);
	assert_int_equal(tw_name_create(f->loop, HOST, on_ended, f, &f->name), 0);
	*state = f;
	return 0;
}

/* A thread closes its descriptor only after its lookup has returned. */
static void wait_for_fds(int n)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < GUARD_MS && count_fds() != n; i++)
		(void)nanosleep(&pause, NULL);
	assert_int_equal(count_fds(), n);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_name_destroy(f->name);
	tw_loop_remove_timer(f->guard);
	tw_loop_destroy(f->loop);
	wait_for_fds(f->n_fds);
	free(f);
	return 0;
}

/* Runs the loop until the lookup under way ended. */
static void wait_ended(struct fixture *f)
{
	int n = f->n_ended;

	tw_loop_arm(f->guard, tw_loop_now(f->loop) + GUARD_MS * TW_MS);
	assert_int_equal(tw_loop_run(f->loop), 0);
	tw_loop_arm(f->guard, TW_NEVER);
	assert_int_equal(f->n_ended, n + 1);
}

static void find(struct fixture *f, const char *addresses)
{
	fake_dns_set(HOST, addresses);
	assert_int_equal(tw_name_want(f->name), TW_NAME_PENDING);
	wait_ended(f);
	assert_string_equal(tw_name_error(f->name), "");
}

static void test_is_needed(void **state)
{
	static const char *const not_needed[] = { "127.0.0.1", "::1", "2001:db8::7", "localhost",
		"node.localhost", "8.8.8.8" };
	static const char *const needed[] = { "node.example", "localhost.example", "notlocalhost",
		"1.2.3", "1.2.3.4.5", "a" };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(not_needed); i++)
		assert_false(tw_name_is_needed(not_needed[i]));
	for (size_t i = 0; i < TW_ARRAY_SIZE(needed); i++)
		assert_true(tw_name_is_needed(needed[i]));
}

static void test_found(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(tw_name_addresses(f->name), "");
	find(f, "192.0.2.1,2001:db8::1,192.0.2.2");
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.1,[2001:db8::1],192.0.2.2");
	assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
	assert_int_equal(fake_dns_lookups(), 1);
}

static void test_many_addresses(void **state)
{
	struct fixture *f = *state;

	find(f, "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5,192.0.2.6,192.0.2.7,"
		"2001:db8:1111:2222:3333:4444:5555:6666,192.0.2.9");
	assert_string_equal(tw_name_addresses(f->name),
		"192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5,192.0.2.6,192.0.2.7,"
		"[2001:db8:1111:2222:3333:4444:5555:6666]");
}

static void test_not_found(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tw_name_want(f->name), TW_NAME_PENDING);
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "");
	assert_string_equal(
		tw_name_error(f->name), "host name not found: Name or service not known");
	/* The next call looks it up again: the name may exist by now. */
	find(f, "192.0.2.1");
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.1");
}

/* Old addresses stay in use while they are looked up again. */
static void test_change(void **state)
{
	struct fixture *f = *state;

	find(f, "192.0.2.1");
	fake_dns_set(HOST, "192.0.2.2");
	fake_clock_advance(TW_NAME_FRESH_US - TW_SEC);
	assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
	assert_int_equal(fake_dns_lookups(), 1);
	fake_clock_advance(2 * TW_SEC);
	assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.1");
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.2");
	assert_int_equal(fake_dns_lookups(), 2);
}

static void test_doubt(void **state)
{
	struct fixture *f = *state;

	find(f, "192.0.2.1");
	fake_dns_set(HOST, "192.0.2.2");
	tw_name_doubt(f->name);
	assert_int_equal(fake_dns_running(), 0);
	fake_clock_advance(TW_NAME_DOUBT_US + TW_SEC);
	tw_name_doubt(f->name);
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.2");
	assert_int_equal(fake_dns_lookups(), 2);
}

/* The address that works stays first when the name is looked up again. */
static void test_next_address(void **state)
{
	struct fixture *f = *state;

	find(f, "192.0.2.1,192.0.2.2,192.0.2.3");
	tw_name_doubt(f->name);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.2,192.0.2.3,192.0.2.1");
	fake_clock_advance(TW_NAME_FRESH_US + TW_SEC);
	assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.2,192.0.2.3,192.0.2.1");
	fake_dns_set(HOST, "192.0.2.4,192.0.2.1");
	fake_clock_advance(TW_NAME_FRESH_US + TW_SEC);
	assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.4,192.0.2.1");
}

/* A name server that says that there is no such name, or no address of it, is believed at once. */
static void test_vanished(void **state)
{
	static const int answers[] = { EAI_NONAME, EAI_NODATA, EAI_ADDRFAMILY };
	struct fixture *f = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(answers); i++) {
		find(f, "192.0.2.1");
		fake_dns_fail(HOST, answers[i]);
		fake_clock_advance(TW_NAME_FRESH_US + TW_SEC);
		assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
		wait_ended(f);
		assert_string_equal(tw_name_addresses(f->name), "");
		assert_starts_with(tw_name_error(f->name), "host name not found: ");
	}
}

/* Name servers that do not answer say nothing about the daemon: addresses stay for a while. */
static void test_name_servers_away(void **state)
{
	struct fixture *f = *state;

	find(f, "192.0.2.1");
	fake_dns_fail(HOST, EAI_AGAIN);
	fake_clock_advance(TW_NAME_FRESH_US + TW_SEC);
	assert_int_equal(tw_name_want(f->name), TW_NAME_KNOWN);
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "192.0.2.1");
	assert_string_equal(tw_name_error(f->name),
		"host name not resolved: Temporary failure in name resolution");
	fake_clock_advance(TW_NAME_STALE_US);
	assert_int_equal(tw_name_want(f->name), TW_NAME_PENDING);
	wait_ended(f);
	assert_string_equal(tw_name_addresses(f->name), "");
}

/* There is one thread for a name, however often it is needed; its result is used. */
static void test_hanging(void **state)
{
	struct fixture *f = *state;

	fake_dns_hang(HOST);
	for (int i = 0; i < 10; i++)
		assert_int_equal(tw_name_want(f->name), TW_NAME_PENDING);
	fake_dns_wait_running(1);
	assert_int_equal(fake_dns_lookups(), 1);
	fake_dns_release();
	wait_ended(f);
	assert_string_equal(tw_name_error(f->name),
		"host name not resolved: Temporary failure in name resolution");
}

static void test_destroy_while_hanging(void **state)
{
	struct fixture *f = *state;
	int64_t start;

	fake_dns_hang(HOST);
	assert_int_equal(tw_name_want(f->name), TW_NAME_PENDING);
	fake_dns_wait_running(1);
	start = tw_loop_now(f->loop);
	tw_name_destroy(f->name);
	f->name = NULL;
	assert_that(tw_loop_now(f->loop) - start, <, TW_SEC);
	assert_int_equal(fake_dns_running(), 1);
	fake_dns_release();
	fake_dns_wait_running(0);
	assert_int_equal(f->n_ended, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_is_needed),
		TEST(test_found),
		TEST(test_many_addresses),
		TEST(test_not_found),
		TEST(test_change),
		TEST(test_doubt),
		TEST(test_next_address),
		TEST(test_vanished),
		TEST(test_name_servers_away),
		TEST(test_hanging),
		TEST(test_destroy_while_hanging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
