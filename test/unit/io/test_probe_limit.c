/* io/check/probe and quota: nodes that limit how often they may be asked. */
#include "fixture/compare.h"
#include "io/check/quota.h"
#include "probe_fixture.h"
#include "rpc_script.h"
#include <stdatomic.h>
#include <time.h>

/* --- how the gap between requests grows and shrinks --- */

static void answer_n(struct tw_quota *quota, uint32_t n)
{
	while (n-- > 0)
		tw_quota_note_answer(quota);
}

static void test_no_limit(void **state)
{
	struct tw_quota quota = { 0 };

	(void)state;
	tw_quota_note_request(&quota, 7);
	answer_n(&quota, 10000);
	assert_int_equal(tw_quota_due(&quota, 7), 7);
	assert_int_equal(quota.gap_us, 0);
}

static void test_gap_grows(void **state)
{
	struct tw_quota quota = { 0 };
	int64_t gap_us = 0;

	(void)state;
	tw_quota_note_limit(&quota, 100, 0);
	assert_int_equal(quota.gap_us, TW_QUOTA_GAP_FIRST_US);
	assert_int_equal(tw_quota_due(&quota, 100), 100 + TW_QUOTA_GAP_FIRST_US);
	/* It does not wait for what has passed. */
	assert_int_equal(tw_quota_due(&quota, TW_MIN), TW_MIN);
	tw_quota_note_request(&quota, TW_MIN);
	assert_int_equal(tw_quota_due(&quota, TW_MIN), TW_MIN + TW_QUOTA_GAP_FIRST_US);
	for (int i = 0; i < 20; i++) {
		assert_that(quota.gap_us, >=, gap_us);
		gap_us = quota.gap_us;
		tw_quota_note_limit(&quota, 0, 0);
	}
	assert_int_equal(quota.gap_us, TW_QUOTA_GAP_MAX_US);
}

/* What the node asks for is done, within reason, and only once. */
static void test_retry_after(void **state)
{
	struct tw_quota quota = { 0 };

	(void)state;
	tw_quota_note_limit(&quota, 0, 20 * TW_SEC);
	assert_int_equal(tw_quota_due(&quota, 0), 20 * TW_SEC);
	tw_quota_note_request(&quota, 20 * TW_SEC);
	assert_int_equal(tw_quota_due(&quota, 0), 20 * TW_SEC + TW_QUOTA_GAP_FIRST_US);
	tw_quota_note_limit(&quota, 0, TW_DAY);
	assert_int_equal(tw_quota_due(&quota, 0), TW_QUOTA_RETRY_MAX_US);
}

/* A limit that has gone is forgotten; at one that stays, the node is annoyed less and less often.
 */
static void test_gap_shrinks(void **state)
{
	struct tw_quota quota = { 0 };

	(void)state;
	tw_quota_note_limit(&quota, 0, 0);
	tw_quota_note_limit(&quota, 0, 0);
	assert_int_equal(quota.gap_us, 750 * TW_MS);
	answer_n(&quota, TW_QUOTA_ENOUGH_FIRST - 1);
	assert_int_equal(quota.gap_us, 750 * TW_MS);
	answer_n(&quota, 1);
	assert_int_equal(quota.gap_us, 375 * TW_MS);
	answer_n(&quota, TW_QUOTA_ENOUGH_FIRST);
	assert_int_equal(quota.gap_us, 0);
	for (uint32_t n = 2 * TW_QUOTA_ENOUGH_FIRST; n <= TW_QUOTA_ENOUGH_MAX; n *= 2) {
		tw_quota_note_limit(&quota, 0, 0);
		answer_n(&quota, 1);
		tw_quota_note_limit(&quota, 0, 0);
		assert_int_equal(quota.n_enough, n);
		quota.gap_us = 0;
	}
	tw_quota_note_limit(&quota, 0, 0);
	answer_n(&quota, 1);
	tw_quota_note_limit(&quota, 0, 0);
	assert_int_equal(quota.n_enough, TW_QUOTA_ENOUGH_MAX);
}

/* --- checks of a node that limits --- */

struct limiter {
	const char *refusal;     /* the reply to a request that comes too early */
	_Atomic int64_t gap_us;  /* between two requests that it answers */
	_Atomic int64_t last_us; /* when it last answered one */
	atomic_int n_turned_away;
	const char *header;
};

static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * TW_SEC + now.tv_nsec / 1000;
}

static void limit(struct connection *connection, void *ctx)
{
	struct limiter *limiter = ctx;

	while (connection_read(connection)) {
		bool is_info = strstr(connection_request(connection), "GET /info") != NULL;
		int64_t now = clock_us();
		bool is_ok;

		if (now - atomic_load(&limiter->last_us) < atomic_load(&limiter->gap_us)) {
			atomic_fetch_add(&limiter->n_turned_away, 1);
			is_ok = connection_send(connection, limiter->refusal);
		} else {
			atomic_store(&limiter->last_us, now);
			is_ok = connection_reply(
				connection, 200, is_info ? REST_INFO : limiter->header);
		}
		if (!is_ok)
			return;
	}
}

#define TOO_MANY "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
#define BUSY_NGINX                                                                                 \
	"HTTP/1.1 503 Service Temporarily Unavailable\r\nContent-Type: text/html\r\n"              \
	"Content-Length: 6\r\n\r\n<html>"

static void check_info(struct probe_fixture *f, int64_t deadline_us)
{
	struct tw_action action = probe_check(0, TW_SLOT_REGULAR, deadline_us);

	action.order.wants_info = true;
	probe_order(f, &action);
	probe_wait(f, 1);
}

/* A check of two requests comes to its end all the same, and the next one knows how. */
static void spread(struct probe_fixture *f, const char *refusal)
{
	struct limiter limiter = { .refusal = refusal, .gap_us = 400 * TW_MS, .header = f->header };

	probe_serve(f, 0, limit, &limiter);
	for (int i = 0; i < 3; i++) {
		check_info(f, LONG_MS * TW_MS);
		assert_int_equal(f->results[0].obs.peers_in, 2);
		probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK, "");
	}
	assert_int_equal(atomic_load(&limiter.n_turned_away), 1);
	tw_probe_destroy(f->probe);
	f->probe = NULL;
	server_stop(f->servers[0]);
	f->servers[0] = NULL;
}

static void test_spread(void **state)
{
	spread(*state, TOO_MANY);
}

/* As nginx does by default. */
static void test_spread_503(void **state)
{
	spread(*state, BUSY_NGINX);
}

/* Without a good answer before, 503 is a failure at once: the daemon behind the proxy is away. */
static void test_503(void **state)
{
	struct probe_fixture *f = *state;
	struct limiter limiter = { .refusal = BUSY_NGINX, .gap_us = TW_HOUR };

	atomic_store(&limiter.last_us, clock_us());
	probe_serve(f, 0, limit, &limiter);
	check_info(f, LONG_MS * TW_MS);
	probe_expect(
		f, 0, TW_SLOT_REGULAR, TW_RESULT_BAD_REPLY, "GET /block/last: HTTP status 503");
}

/* An error of the daemon itself is no limit: nothing is asked again, and nothing slows down. */
static void test_503_of_the_daemon(void **state)
{
	struct probe_fixture *f = *state;
	struct limiter limiter = { .refusal = "HTTP/1.1 503 Internal Server Error\r\n"
					      "Content-Length: 27\r\n\r\n"
					      "{\"error\":{\"code\":62,\"m\":0}}",
		.gap_us = TW_HOUR,
		.header = f->header };

	probe_serve(f, 0, limit, &limiter);
	atomic_store(&limiter.last_us, clock_us() - 2 * TW_HOUR);
	check_info(f, LONG_MS * TW_MS);
	assert_int_equal(atomic_load(&limiter.n_turned_away), 1);
	assert_lacks(f->results[0].obs.detail, "no more than one request");
	f->n_results = 0;
}

/* There is no time left to wait: the check ends with what it has. */
static void test_partial(void **state)
{
	struct probe_fixture *f = *state;
	struct limiter limiter = { .refusal = "HTTP/1.1 429 No\r\nRetry-After: 30\r\n"
					      "Content-Length: 0\r\n\r\n",
		.gap_us = TW_HOUR,
		.header = f->header };

	probe_serve(f, 0, limit, &limiter);
	atomic_store(&limiter.last_us, clock_us() - 2 * TW_HOUR);
	check_info(f, LONG_MS * TW_MS);
	assert_int_equal(f->results[0].obs.n_chain, 2);
	assert_int_equal(f->results[0].obs.peers_in, TW_UNKNOWN);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK,
		"HTTP status 429 for /info; no more than one request in 500 ms");
}

/* Nothing at all is answered: a reason of its own, and the dialect stays known. */
static void test_nothing(void **state)
{
	struct probe_fixture *f = *state;
	struct limiter limiter = { .refusal = TOO_MANY, .gap_us = TW_HOUR };

	f->nodes[0].dialect = TW_DIALECT_AUTO;
	atomic_store(&limiter.last_us, clock_us());
	probe_serve(f, 0, limit, &limiter);
	check_info(f, 700 * TW_MS);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_LIMITED, NULL);
	assert_that(atomic_load(&limiter.n_turned_away), <=, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_gap_grows),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_gap_shrinks),
		TEST(test_spread),
		TEST(test_spread_503),
		TEST(test_503),
		TEST(test_503_of_the_daemon),
		TEST(test_partial),
		TEST(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
