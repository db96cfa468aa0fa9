/* io/control: clients that take too much or too little, one at the expense of the others. */
#include "control_fixture.h"
#include "fixture/compare.h"
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PONG "{\"pong\":true}"

/* Sends as much as goes without waiting for room. */
static void flood(struct peer *peer, const char *text)
{
	size_t len = strlen(text);

	/* The buffers of the kernel end it, or the reset by a server that has closed. */
	for (int i = 0; i < 1000000; i++) {
		ssize_t n = send(peer->fd, text, len, MSG_NOSIGNAL);

		if (n < (ssize_t)len)
			return;
	}
	fail_msg("the socket never filled up");
}

static void test_never_reads(void **state)
{
	struct fixture *fixture = *state;
	struct peer slow, other;
	bool is_dropped = false;

	fixture->status_size = 5000;
	peer_connect(&slow, fixture);
	peer_connect(&other, fixture);
	while (!is_dropped) {
		flood(&slow, "status\nselect\nstatus\nstatus\nstatus\nstatus\nstatus\n");
		/* The others go on all the time. */
		peer_say(&other, "ping\n");
		peer_expect(&other, PONG);
		is_dropped = fixture_counts(fixture).dropped == 1;
	}
	fixture_wait_clients(fixture, 1);
	/* It reads what is in the buffers of the kernel, and then the end or a reset. */
	while (!slow.is_at_end)
		peer_receive(&slow);
	assert_that(slow.in.len, <, 4 * TW_READERS_BACKLOG_MAX);
	peer_close(&slow);
	peer_close(&other);
}

/* Pipelining far more output than the limit is fine for a client that reads. */
static void test_reads_late(void **state)
{
	enum { REQUESTS = 2000 };
	static const char request[] = "status\n";
	struct fixture *fixture = *state;
	char *requests = malloc(REQUESTS * sizeof(request));
	size_t len = 0;
	struct peer peer;

	assert_non_null(requests);
	for (int i = 0; i < REQUESTS; i++, len += sizeof(request) - 1)
		strcpy(requests + len, request);
	fixture->status_size = 4000;
	peer_connect(&peer, fixture);
	peer_send(&peer, requests, len);
	for (int i = 0; i < REQUESTS; i++)
		peer_expect_part(&peer, "{\"status\":1,");
	free(requests);
	assert_int_equal(fixture_counts(fixture).dropped, 0);
	peer_close(&peer);
}

/* One reply may be larger than the limit; several such may be asked for at once. */
static void test_large_replies(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer;

	fixture->status_size = 5 * TW_READERS_BACKLOG_MAX;
	peer_connect(&peer, fixture);
	peer_say(&peer, "status\nstatus\nping\nstatus\nstatus\nping\n");
	for (int i = 0; i < 2; i++) {
		peer_expect_part(&peer, "{\"status\":1,");
		peer_expect_part(&peer, "{\"status\":1,");
		peer_expect(&peer, PONG);
	}
	assert_int_equal(fixture_counts(fixture).dropped, 0);
	peer_close(&peer);
}

/* Publishes until the watcher's socket is full and objects are left out. */
static void fill_watcher(struct fixture *fixture, struct peer *quick)
{
	for (int i = 0; i < 500; i++) {
		fixture->seq++;
		tw_control_publish(fixture->control);
		peer_expect_part(quick, "{\"status\":");
	}
}

static bool has_newest(void *arg)
{
	struct peer *peer = arg;
	char text[64];

	peer_receive(peer);
	assert_false(peer->is_at_end);
	snprintf(text, sizeof(text), "{\"status\":%" PRIu64 ",", peer->fixture->seq);
	return strstr(tw_buf_str(&peer->in), text) != NULL;
}

/* A slow watcher gets the newest object, not all that it has missed. */
static void test_slow_watcher(void **state)
{
	struct fixture *fixture = *state;
	struct peer slow, quick;
	uint64_t last = 0, n_lines = 0;
	bool is_at_once = false;

	fixture->status_size = 2000;
	peer_connect(&slow, fixture);
	peer_connect(&quick, fixture);
	peer_say(&slow, "watch status\n");
	peer_say(&quick, "watch status\n");
	peer_expect_part(&slow, "{\"status\":1,");
	peer_expect_part(&quick, "{\"status\":1,");
	/* It gets the newest object as soon as it reads, not with the next one. Another one may be
	 * due just then, so it is tried several times. */
	for (int i = 0; i < 20 && !is_at_once; i++) {
		uint64_t n;

		n_lines = 0;
		fill_watcher(fixture, &quick);
		n = fixture->n_statuses;
		fixture_wait(fixture, has_newest, &slow);
		is_at_once = fixture->n_statuses == n;
		while (memchr(tw_buf_str(&slow.in), '\n', slow.in.len) != NULL) {
			char *line = peer_line(&slow);
			uint64_t seq;

			/* Whole objects, in order. */
			assert_int_equal(sscanf(line, "{\"status\":%" SCNu64 ",", &seq), 1);
			assert_that(strlen(line), >, fixture->status_size);
			assert_string_equal(line + strlen(line) - 2, "\"}");
			assert_that(seq, >, last);
			last = seq;
			n_lines++;
			free(line);
		}
	}
	assert_true(is_at_once);
	assert_int_equal(last, fixture->seq);
	assert_that(n_lines, <, 400);
	assert_int_equal(fixture_counts(fixture).dropped, 0);
	peer_close(&slow);
	peer_close(&quick);
}

static void test_watcher_never_reads(void **state)
{
	struct fixture *fixture = *state;
	struct peer stuck, quick, other;
	bool is_dropped = false;

	fixture->status_size = 2000;
	peer_connect(&stuck, fixture);
	peer_connect(&quick, fixture);
	peer_say(&stuck, "watch status\n");
	peer_say(&quick, "watch status\n");
	peer_expect_part(&stuck, "{\"status\":1,");
	peer_expect_part(&quick, "{\"status\":1,");
	peer_connect(&other, fixture);
	while (!is_dropped) {
		fill_watcher(fixture, &quick);
		peer_say(&other, "ping\n");
		peer_expect(&other, PONG);
		is_dropped = fixture_counts(fixture).dropped == 1;
	}
	peer_close(&other);
	fixture_wait_clients(fixture, 1);
	/* The other one's stream goes on. */
	fill_watcher(fixture, &quick);
	peer_close(&stuck);
	peer_close(&quick);
}

static void test_busy(void **state)
{
	enum { LIMIT = 3, MORE = 40 };
	struct fixture *fixture = *state;
	struct peer peers[LIMIT], refused[MORE], again;
	uint32_t n_told = 0;

	fixture->config.control_max_clients = LIMIT;
	tw_control_configure(fixture->control, &fixture->config);
	for (int i = 0; i < LIMIT; i++) {
		peer_connect(&peers[i], fixture);
		peer_say(&peers[i], "ping\n");
		peer_expect(&peers[i], PONG);
	}
	peer_connect(&again, fixture);
	peer_say(&again, "select\n");
	peer_expect_part(&again, "{\"error\":{\"code\":\"busy\"");
	peer_expect_end(&again);
	peer_close(&again);
	/* Refused clients that do not close do not disturb the others. */
	for (int i = 0; i < MORE; i++)
		peer_connect(&refused[i], fixture);
	for (int i = 0; i < MORE; i++) {
		while (!refused[i].is_at_end) {
			peer_say(&peers[0], "ping\n");
			peer_expect(&peers[0], PONG);
			peer_receive(&refused[i]);
		}
		n_told += strstr(tw_buf_str(&refused[i].in), "\"busy\"") != NULL;
		peer_close(&refused[i]);
	}
	assert_that(n_told, >=, 1);
	assert_int_equal(fixture_counts(fixture).clients, LIMIT);
	assert_int_equal(fixture->n_selects, 0);
	peer_close(&peers[1]);
	fixture_wait_clients(fixture, LIMIT - 1);
	peer_connect(&again, fixture);
	peer_say(&again, "select\n");
	peer_expect(&again, "{\"select\":1}");
	peer_close(&again);
	peer_close(&peers[0]);
	peer_close(&peers[2]);
}

static bool has_time_passed(void *arg)
{
	const int64_t *until = arg;
	struct fixture *fixture = (struct fixture *)(uintptr_t)until[1];

	return tw_loop_now(fixture->loop) >= until[0];
}

/* Without descriptors the connections wait, and the loop does not spin meanwhile. */
static void test_no_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, lowered;
	struct peer first, second;
	uint64_t wakeups;
	int64_t until[2];
	int next_fd;

	peer_connect(&first, fixture);
	peer_say(&first, "ping\n");
	peer_expect(&first, PONG);
	peer_connect(&second, fixture);
	peer_say(&second, "ping\n");
	next_fd = dup(0);
	assert_that(next_fd, >=, 0);
	close(next_fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	lowered = limit;
	lowered.rlim_cur = (rlim_t)next_fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lowered), 0);
	wakeups = fixture->n_wakeups;
	until[0] = tw_loop_now(fixture->loop) + TW_SEC;
	until[1] = (int64_t)(uintptr_t)fixture;
	fixture_wait(fixture, has_time_passed, until);
	assert_int_equal(fixture_counts(fixture).clients, 1);
	/* The fixture's own tick is every 2 ms; spinning makes many thousands. */
	assert_that(fixture->n_wakeups - wakeups, <, 1500);
	/* The clients that are there are served. */
	peer_say(&first, "ping\n");
	peer_expect(&first, PONG);
	peer_receive(&second);
	assert_int_equal(second.in.len, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	peer_expect(&second, PONG);

	/* A client that leaves makes room at once. */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lowered), 0);
	peer_close(&second);
	fixture_wait_clients(fixture, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	peer_connect(&second, fixture);
	peer_say(&second, "ping\n");
	peer_expect(&second, PONG);
	peer_close(&first);
	peer_close(&second);
}

/* One that pipelines thousands of requests does not make another one wait for them. */
static void test_fair(void **state)
{
	enum { REQUESTS = 400 };
	struct fixture *fixture = *state;
	struct peer greedy, modest;

	peer_connect(&greedy, fixture);
	peer_connect(&modest, fixture);
	peer_say(&greedy, "ping\n");
	peer_say(&modest, "ping\n");
	peer_expect(&greedy, PONG);
	peer_expect(&modest, PONG);
	/* The requests of both have arrived before the loop runs again. */
	for (int i = 0; i < REQUESTS; i++)
		peer_say(&greedy, "select\n");
	peer_say(&modest, "node alpha\n");
	peer_expect(&modest, "{\"node\":0}");
	assert_that(fixture->selects_before_node, <, 100);
	for (int i = 0; i < REQUESTS; i++)
		peer_expect(&greedy, "{\"select\":1}");
	peer_close(&greedy);
	peer_close(&modest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_never_reads),
		T(test_reads_late),
		T(test_large_replies),
		T(test_slow_watcher),
		T(test_watcher_never_reads),
		T(test_busy),
		T(test_no_descriptors),
		T(test_fair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
