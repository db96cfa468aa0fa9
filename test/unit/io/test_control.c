/* io/control: lines, pipelining, order, ends of connections, waiting and watching clients. */
#include "control_fixture.h"
#include "fixture/compare.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define PONG "{\"pong\":true}"

/* However the bytes arrive, the replies are the same. */
static void test_split_anywhere(void **state)
{
	static const char text[] = "ping\r\n select \nnode beta\n\nping\nnode gamma\r\nping\n";
	struct fixture *fixture = *state;

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct peer peer;

		peer_connect(&peer, fixture);
		peer_send(&peer, text, cut);
		peer_wait_consumed(&peer);
		peer_say(&peer, text + cut);
		peer_expect(&peer, PONG);
		peer_expect(&peer, "{\"select\":1}");
		peer_expect(&peer, "{\"node\":1}");
		peer_expect_part(&peer, "\"unknown_command\"");
		peer_expect(&peer, PONG);
		peer_expect_part(&peer, "\"unknown_node\"");
		peer_expect(&peer, PONG);
		peer_close(&peer);
	}
	fixture_wait_clients(fixture, 0);
	assert_int_equal(fixture_counts(fixture).dropped, 0);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "select\r\nping\n";
	struct peer peer;

	peer_connect(&peer, *state);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		peer_send(&peer, text + i, 1);
		peer_wait_consumed(&peer);
	}
	peer_expect(&peer, "{\"select\":1}");
	peer_expect(&peer, PONG);
	peer_close(&peer);
}

static void test_line_length(void **state)
{
	static const struct {
		size_t len;
		const char *end;
		bool is_too_long;
	} cases[] = {
		{ 1024, "\n", false },
		{ 1024, "\r\n", false },
		{ 1025, "\n", true },
		{ 1025, "\r\n", true },
		{ 1025, "", true },
		{ 1026, "", true },
		{ 1024 + 4096, "\n", true },
		{ 300000, "", true },
		{ 300000, "\nping\n", true },
	};
	struct fixture *fixture = *state;
	char *line = malloc(300000 + 16);

	assert_non_null(line);
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct peer peer;
		size_t len = cases[i].len;

		memset(line, 'x', len);
		strcpy(line + len, cases[i].end);
		peer_connect(&peer, fixture);
		peer_say(&peer, "ping\n");
		peer_say(&peer, line);
		peer_expect(&peer, PONG);
		if (cases[i].is_too_long) {
			/* The error arrives, not a reset, although more was sent. */
			peer_expect_part(&peer, "{\"error\":{\"code\":\"line_too_long\"");
			peer_expect_end(&peer);
		} else {
			peer_expect_part(&peer, "\"unknown_command\"");
			peer_say(&peer, "ping\n");
			peer_expect(&peer, PONG);
		}
		peer_close(&peer);
		fixture_wait_clients(fixture, 0);
	}
	/* Half of a line end after a line of the maximum length. */
	memset(line, 'x', 1024);
	for (int i = 0; i < 2; i++) {
		struct peer peer;

		peer_connect(&peer, fixture);
		peer_send(&peer, line, 1024);
		peer_wait_consumed(&peer);
		peer_send(&peer, "\r", 1);
		peer_wait_consumed(&peer);
		peer_send(&peer, i == 0 ? "\n" : "x", 1);
		peer_expect_part(&peer, i == 0 ? "unknown_command" : "line_too_long");
		peer_close(&peer);
	}
	free(line);
}

/* A refused client that does not close is closed in the end, whatever it sends. */
static void test_refused_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer;
	char junk[2000];

	memset(junk, 'y', sizeof(junk));
	peer_connect(&peer, fixture);
	peer_send(&peer, junk, sizeof(junk));
	peer_expect_part(&peer, "line_too_long");
	peer_expect_end(&peer);
	assert_int_equal(fixture_counts(fixture).clients, 1);
	peer_say(&peer, "select\n");
	fixture_wait_clients(fixture, 0);
	assert_int_equal(fixture->n_selects, 0);
	assert_int_equal(fixture_counts(fixture).dropped, 0);
	peer_close(&peer);
}

static void test_half_close(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer;
	char *line;

	fixture->status_size = 1000000;
	peer_connect(&peer, fixture);
	peer_say(&peer, "select\nstatus\nstatus\nping\n");
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	peer_expect(&peer, "{\"select\":1}");
	for (int i = 0; i < 2; i++) {
		line = peer_line(&peer);
		assert_that(strlen(line), >, fixture->status_size);
		free(line);
	}
	peer_expect(&peer, PONG);
	peer_expect_end(&peer);
	peer_close(&peer);
	fixture_wait_clients(fixture, 0);

	/* A command without its line end is not run. */
	peer_connect(&peer, fixture);
	peer_say(&peer, "ping\ndrain alpha");
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	peer_expect(&peer, PONG);
	peer_expect_part(&peer, "\"bad_argument\"");
	peer_expect_end(&peer);
	assert_int_equal(fixture->n_operations, 0);
	peer_close(&peer);

	/* A client that sends nothing at all. */
	peer_connect(&peer, fixture);
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	peer_expect_end(&peer);
	peer_close(&peer);

	/* A stream goes on when its reader shuts down its sending side. */
	peer_connect(&peer, fixture);
	peer_say(&peer, "watch\n");
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	peer_expect(&peer, "{\"select\":1}");
	fixture->seq = 2;
	tw_control_publish(fixture->control);
	peer_expect(&peer, "{\"select\":2}");
	peer_close(&peer);
	fixture_wait_clients(fixture, 0);
}

static bool has_operations(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->n_operations >= 40;
}

/* A command is run even when the client does not wait for the reply. */
static void test_fire_and_forget(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer;

	peer_connect(&peer, fixture);
	for (int i = 0; i < 20; i++)
		peer_say(&peer, "drain alpha\nundrain alpha\n");
	peer_close(&peer);
	fixture_wait(fixture, has_operations, fixture);
	fixture_wait_clients(fixture, 0);
	assert_int_equal(fixture->n_operations, 40);
}

/* A client sees the effect of its own command: a decision is made before the reply. */
static void test_own_command_shows(void **state)
{
	struct fixture *fixture = *state;
	struct peer peer;

	peer_connect(&peer, fixture);
	peer_say(&peer, "select\ndrain alpha\nselect\ndrain beta\nselect\n");
	peer_expect(&peer, "{\"select\":1}");
	peer_expect(&peer, "{\"ok\":true,\"node\":\"alpha\"}");
	peer_expect(&peer, "{\"select\":101}");
	peer_expect(&peer, "{\"ok\":true,\"node\":\"beta\"}");
	peer_expect(&peer, "{\"select\":201}");
	peer_close(&peer);
}

static bool has_checks(void *arg)
{
	const struct fixture *fixture = arg;

	return fixture->n_checks == 2;
}

static void test_check_waits(void **state)
{
	struct fixture *fixture = *state;
	struct peer waiting, other, gone;

	peer_connect(&waiting, fixture);
	peer_connect(&other, fixture);
	peer_connect(&gone, fixture);
	peer_say(&waiting, "ping\ncheck\nselect\nping\n");
	peer_say(&gone, "check alpha\nselect\n");
	peer_expect(&waiting, PONG);
	fixture_wait(fixture, has_checks, fixture);
	peer_close(&gone);
	/* The requests that it sends meanwhile wait, too. */
	peer_say(&waiting, "node beta\n");
	/* Other clients are served; requests behind the check are not. */
	for (int i = 0; i < 50; i++) {
		peer_say(&other, "ping\n");
		peer_expect(&other, PONG);
	}
	peer_receive(&waiting);
	assert_int_equal(waiting.in.len, 0);
	assert_int_equal(fixture->n_selects, 0);
	tw_control_checks_done(fixture->control);
	peer_expect(&waiting, "{\"ok\":true}");
	peer_expect(&waiting, "{\"select\":1}");
	peer_expect(&waiting, PONG);
	peer_expect(&waiting, "{\"node\":1}");
	/* Nobody waits now. */
	tw_control_checks_done(fixture->control);
	peer_say(&waiting, "ping\n");
	peer_expect(&waiting, PONG);
	peer_close(&waiting);
	peer_close(&other);
	fixture_wait_clients(fixture, 0);
}

static void test_watch(void **state)
{
	struct fixture *fixture = *state;
	struct peer select_peer, status_peer, loud;
	bool is_seen = false;

	peer_connect(&select_peer, fixture);
	peer_connect(&status_peer, fixture);
	peer_connect(&loud, fixture);
	peer_say(&select_peer, "ping\nwatch\n");
	peer_say(&status_peer, "watch status\n");
	peer_say(&loud, "watch\nping\nselect\ndrain alpha\n");
	peer_expect(&select_peer, PONG);
	peer_expect(&select_peer, "{\"select\":1}");
	peer_expect(&status_peer, "{\"status\":1,\"padding\":\"\"}");
	peer_expect(&loud, "{\"select\":1}");
	for (int i = 2; i < 50; i++) {
		char text[64];

		fixture->seq++;
		tw_control_publish(fixture->control);
		snprintf(text, sizeof(text), "{\"select\":%d}", i);
		peer_expect(&select_peer, text);
		peer_expect(&loud, text);
		snprintf(text, sizeof(text), "{\"status\":%d,\"padding\":\"\"}", i);
		peer_expect(&status_peer, text);
	}
	/* What a watching connection sends is ignored. */
	for (int i = 0; i < 100; i++)
		peer_say(&loud, "drain alpha\n");
	peer_wait_consumed(&loud);
	assert_int_equal(fixture->n_operations, 0);
	/* A hang-up is noticed at once, not with the next object. An object may be due just then,
	 * so it is tried several times. */
	for (int i = 0; i < 20 && !is_seen; i++) {
		uint64_t n = fixture->n_statuses;

		peer_close(&status_peer);
		fixture_wait_clients(fixture, 2);
		is_seen = fixture->n_statuses == n;
		peer_connect(&status_peer, fixture);
		peer_say(&status_peer, "watch status\n");
		peer_expect_part(&status_peer, "{\"status\":");
	}
	assert_true(is_seen);
	peer_close(&status_peer);
	fixture_wait_clients(fixture, 2);
	peer_close(&loud);
	fixture_wait_clients(fixture, 1);
	peer_close(&select_peer);
	fixture_wait_clients(fixture, 0);
	tw_control_publish(fixture->control);
}

/* Without changes a stream still gets its object about once each TW_READERS_BEAT_US. */
static void test_watch_speaks(void **state)
{
	struct fixture *fixture = *state;
	struct peer first, second;
	int64_t start_us;

	peer_connect(&first, fixture);
	peer_connect(&second, fixture);
	start_us = tw_loop_now(fixture->loop);
	peer_say(&first, "watch\n");
	peer_expect(&first, "{\"select\":1}");
	peer_say(&second, "watch\n");
	peer_expect(&second, "{\"select\":1}");
	for (int i = 0; i < 2; i++) {
		int64_t now_us;

		peer_expect(&first, "{\"select\":1}");
		peer_expect(&second, "{\"select\":1}");
		now_us = tw_loop_now(fixture->loop);
		/* But not many of them. The upper bound leaves room for a busy machine. */
		assert_that(now_us - start_us, >, TW_SEC);
		assert_that(now_us - start_us, <, 10 * TW_SEC);
		start_us = now_us;
	}
	peer_close(&first);
	peer_close(&second);
}

static void test_counts(void **state)
{
	struct fixture *fixture = *state;
	struct tw_control_counts counts;
	struct peer peer;
	uint32_t select = 0, ping = 0;

	for (uint32_t i = 0; i < tw_ctl_n_commands(); i++) {
		if (strcmp(tw_ctl_command(i)->name, "select") == 0)
			select = i;
		if (strcmp(tw_ctl_command(i)->name, "ping") == 0)
			ping = i;
	}
	peer_connect(&peer, fixture);
	peer_say(&peer, "select\nselect\nping\nwhat\n\nselect x\nping\n");
	for (int i = 0; i < 7; i++)
		peer_expect_part(&peer, "{");
	counts = fixture_counts(fixture);
	assert_int_equal(counts.clients, 1);
	assert_int_equal(counts.requests[select], 3);
	assert_int_equal(counts.requests[ping], 2);
	assert_int_equal(counts.requests[tw_ctl_n_commands()], 2);
	peer_close(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_split_anywhere),
		T(test_byte_by_byte),
		T(test_line_length),
		T(test_refused_is_given_up),
		T(test_half_close),
		T(test_fire_and_forget),
		T(test_own_command_shows),
		T(test_check_waits),
		T(test_watch),
		T(test_watch_speaks),
		T(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
