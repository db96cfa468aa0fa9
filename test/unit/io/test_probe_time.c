/* io/check/probe: how long a check may take, and whose fault it is when it takes longer. */
#include "fixture/compare.h"
#include "probe_fixture.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Long enough for a busy machine to get as far as the test means. */
#define SHORT_US (500 * TW_MS)
#define LONG_US  (LONG_MS * TW_MS)

static void expect_timeout(struct probe_fixture *f, int64_t timeout_us, const char *detail)
{
	int64_t start = tw_loop_now(f->loop);

	probe_start(f, 0, TW_SLOT_REGULAR, timeout_us);
	probe_wait(f, 1);
	assert_in_range(f->results[0].at_us - start, timeout_us, LONG_US);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_TIMEOUT, detail);
}

static void test_no_answer(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, probe_say_nothing, NULL);
	expect_timeout(f, SHORT_US, "no answer within 500 ms");
	assert_true(server_wait_closed(f->servers[0], LONG_MS));
}

/* A listener whose queue is full: the kernel ignores new connections. */
struct full {
	int fd;
	int fillers[4];
	struct sockaddr_in address;
};

/* port 0: a free one. */
static void full_open(struct full *full, const char *host, uint16_t port)
{
	socklen_t len = sizeof(full->address);
	const struct sockaddr *address = (const struct sockaddr *)&full->address;

	full->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	assert_int_equal(inet_pton(AF_INET, host, &full->address.sin_addr), 1);
	full->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(full->fd, address, len), 0);
	assert_int_equal(listen(full->fd, 0), 0);
	assert_int_equal(getsockname(full->fd, (struct sockaddr *)&full->address, &len), 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(full->fillers); i++) {
		full->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(full->fillers[i], address, len);
	}
}

static void full_close(struct full *full)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(full->fillers); i++)
		close(full->fillers[i]);
	close(full->fd);
}

static void test_no_connection(void **state)
{
	struct probe_fixture *f = *state;
	struct full full;

	full_open(&full, "127.0.0.1", 0);
	probe_point(f, 0, "127.0.0.1", ntohs(full.address.sin_port));
	expect_timeout(f, SHORT_US, "no connection within 500 ms");
	full_close(&full);
}

/* When the first of several addresses is dead the next check begins with the second. */
static void test_dead_address(void **state)
{
	struct probe_fixture *f = *state;
	struct full full;

	fake_dns_set("node.example", "127.0.0.2,127.0.0.1");
	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	full_open(&full, "127.0.0.2", server_port(f->servers[0]));
	probe_point(f, 0, "node.example", server_port(f->servers[0]));
	/* Whether the first check has the time for it depends on the version of libcurl. */
	probe_start(f, 0, TW_SLOT_REGULAR, 2 * SHORT_US);
	probe_wait(f, 1);
	f->n_results = 0;
	probe_start(f, 0, TW_SLOT_REGULAR, 2 * SHORT_US);
	probe_wait(f, 1);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK, "");
	full_close(&full);
}

static void trickle(struct connection *connection, void *ctx)
{
	char text[2000];

	if (!connection_read(connection))
		return;
	snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(ctx), (char *)ctx);
	for (const char *c = text; *c != '\0'; c++) {
		if (!connection_send_data(connection, c, 1) || !connection_pause(connection, 20))
			return;
	}
}

static void test_trickle(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, trickle, (void *)(uintptr_t)f->header);
	expect_timeout(f, 3 * SHORT_US, "answer not complete within 1.5 s");
}

static void answer_slowly(struct connection *connection, void *ctx)
{
	while (connection_read(connection) && connection_pause(connection, 600) &&
		connection_reply(connection, 200, ctx))
		continue;
}

/* No single request takes as long as the deadline; all of them together do. */
static void test_deadline_covers_all_requests(void **state)
{
	struct tw_action action = probe_check(0, TW_SLOT_REGULAR, 2 * SHORT_US);
	struct probe_fixture *f = *state;

	action.order.wants_info = true;
	probe_serve(f, 0, answer_slowly, (void *)(uintptr_t)f->header);
	tw_chain_init(&f->window); /* more headers are wanted */
	probe_start(f, 1, TW_SLOT_REGULAR, LONG_US);
	tw_probe_cancel(f->probe, 1);
	probe_order(f, &action);
	probe_wait(f, 1);
	assert_int_equal(server_requests(f->servers[0]), 2);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_TIMEOUT, "no answer within 1 s");
}

/* A check that waits for the first answer a shorter time than for the rest. */
static void order_hasty(struct probe_fixture *f, int64_t timeout_us)
{
	struct tw_action action = {
		.kind = TW_ACTION_START_CHECK,
		.timeout_us = timeout_us,
		.deadline_us = LONG_US,
		.order.wants_info = true,
	};

	probe_order(f, &action);
}

static void test_first_answer_is_late(void **state)
{
	struct probe_fixture *f = *state;
	int64_t start = tw_loop_now(f->loop);

	probe_serve(f, 0, probe_say_nothing, NULL);
	order_hasty(f, SHORT_US);
	probe_wait(f, 1);
	assert_in_range(f->results[0].at_us - start, SHORT_US, LONG_US / 2);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_TIMEOUT, "no answer within 500 ms");
}

/* The first answer at once, the others not. */
static void answer_first_at_once(struct connection *connection, void *ctx)
{
	while (connection_read(connection)) {
		if (strstr(connection_request(connection), "/last") == NULL &&
			!connection_pause(connection, 600))
			return;
		if (!connection_reply(connection, 200, ctx))
			return;
	}
}

/* What comes after the first answer may take as long as is configured. */
static void test_later_answers_may_be_late(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, answer_first_at_once, (void *)(uintptr_t)f->header);
	tw_chain_init(&f->window); /* more headers are wanted */
	order_hasty(f, SHORT_US);
	probe_wait(f, 1);
	assert_that(server_requests(f->servers[0]), >=, 2);
	assert_int_not_equal(f->results[0].obs.result, TW_RESULT_TIMEOUT);
}

/* A loop that stands still before it has sent anything. */
static bool has_stalled(struct probe_fixture *f)
{
	const struct timespec pause = { .tv_nsec = 800000000 };

	if (f->n_results == 0 && server_requests(f->servers[0]) == 0)
		(void)nanosleep(&pause, NULL);
	return f->n_results > 0 || server_requests(f->servers[0]) > 0;
}

static void test_own_stall_before_the_first_answer(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	order_hasty(f, SHORT_US);
	probe_run_until(f, has_stalled);
	if (f->n_results == 0)
		probe_wait(f, 1);
	assert_int_not_equal(f->results[0].obs.result, TW_RESULT_TIMEOUT);
}

/* An answer that came in time counts, even when the loop itself was too late to see it. */
static bool has_answered_while_stalled(struct probe_fixture *f)
{
	const struct timespec pause = { .tv_nsec = 800000000 };

	if (server_requests(f->servers[0]) == 0)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

static void test_own_stall(void **state)
{
	struct probe_fixture *f = *state;

	probe_serve(f, 0, probe_answer, (void *)(uintptr_t)f->header);
	probe_start(f, 0, TW_SLOT_REGULAR, SHORT_US);
	probe_run_until(f, has_answered_while_stalled);
	if (f->n_results == 0)
		probe_wait(f, 1);
	probe_expect(f, 0, TW_SLOT_REGULAR, TW_RESULT_OK, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, probe_setup, probe_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_answer),
		TEST(test_no_connection),
		TEST(test_dead_address),
		TEST(test_trickle),
		TEST(test_deadline_covers_all_requests),
		TEST(test_first_answer_is_late),
		TEST(test_later_answers_may_be_late),
		TEST(test_own_stall_before_the_first_answer),
		TEST(test_own_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
