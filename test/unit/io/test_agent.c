/* io/listen/agent_port: one question for each connection, answers that must wait, slow clients. */
#include "fixture/compare.h"
#include "http_client.h"
#include "io/listen/agent_port.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct tw_loop *loop;
	struct tw_agent_port *agent;
	struct tw_loop_timer *stop;
	bool is_undecided;
	int asked;
	char line[TW_AGENT_LINE_MAX + 1];
};

static bool respond(void *ctx, const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX])
{
	struct fixture *f = ctx;

	assert_that(len, <=, sizeof(f->line));
	f->asked++;
	snprintf(f->line, sizeof(f->line), "%.*s", (int)len, line);
	if (f->is_undecided)
		return false;
	snprintf(reply, TW_AGENT_REPLY_MAX, "heard %zu\n", len);
	return true;
}

static void on_stop(void *ctx)
{
	struct fixture *f = ctx;

	tw_loop_stop(f->loop);
}

static int setup(void **state)
{
	const struct tw_listen listen = { .is_on = true, .host = "127.0.0.1" };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(tw_loop_create(&f->loop), 0);
	assert_int_equal(tw_loop_add_timer(f->loop, on_stop, f, &f->stop), 0);
	assert_int_equal(tw_agent_port_create(f->loop, &listen, respond, f, &f->agent), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_agent_port_destroy(f->agent);
	tw_loop_remove_timer(f->stop);
	tw_loop_destroy(f->loop);
	free(f);
	return 0;
}

static void run_for(struct fixture *f, int64_t us)
{
	tw_loop_arm(f->stop, tw_loop_now(f->loop) + us);
	assert_int_equal(tw_loop_run(f->loop), 0);
}

static int open_client(struct fixture *f)
{
	struct client client;

	client_open(&client, AF_INET, tw_agent_port_number(f->agent));
	tw_buf_finish(&client.in);
	tw_buf_finish(&client.body);
	return client.fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Runs the loop until the server has closed, and returns what it said. */
static const char *hear(struct fixture *f, int fd, char *reply, size_t size)
{
	size_t len = 0;

	for (int round = 0; round < 2000; round++) {
		ssize_t n = recv(fd, reply + len, size - 1 - len, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			close(fd);
			reply[len] = '\0';
			return reply;
		}
		if (n > 0)
			len += (size_t)n;
		run_for(f, 10 * TW_MS);
	}
	fail_msg("the connection is not closed");
	return NULL;
}

static void test_questions(void **state)
{
	struct fixture *f = *state;
	char reply[256];
	int fd = open_client(f);

	say(fd, "alpha chosen\n");
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 12\n");
	assert_string_equal(f->line, "alpha chosen");
	/* A question may arrive in pieces. */
	fd = open_client(f);
	say(fd, "al");
	run_for(f, 10 * TW_MS);
	say(fd, "pha\nwhat comes after it is not looked at");
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 5\n");
	assert_string_equal(f->line, "alpha");
	/* Without a line end it is answered after a moment, or when the client shuts down its side.
	 */
	fd = open_client(f);
	say(fd, "beta");
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 4\n");
	fd = open_client(f);
	say(fd, "gamma");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 5\n");
	assert_int_equal(f->asked, 4);
	assert_int_equal(tw_agent_port_count(f->agent), 4);
}

static void test_longest(void **state)
{
	struct fixture *f = *state;
	char text[TW_AGENT_LINE_MAX + 2], reply[256];
	int fd = open_client(f);

	memset(text, 'x', sizeof(text));
	text[TW_AGENT_LINE_MAX] = '\n';
	text[TW_AGENT_LINE_MAX + 1] = '\0';
	say(fd, text);
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 255\n");
	/* One byte more is too long, whatever would follow. */
	text[TW_AGENT_LINE_MAX] = 'x';
	fd = open_client(f);
	say(fd, text);
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 256\n");
}

/* An answer that is not known yet is sent later, also to clients that shut down their side. */
static void test_waiting(void **state)
{
	struct fixture *f = *state;
	int a = open_client(f), b = open_client(f), gone = open_client(f);
	char reply[256];

	f->is_undecided = true;
	say(a, "alpha\n");
	say(b, "beta chosen\n");
	assert_int_equal(shutdown(b, SHUT_WR), 0);
	say(gone, "gamma\n");
	run_for(f, 50 * TW_MS);
	assert_int_equal(f->asked, 3);
	assert_int_equal(close(gone), 0);
	run_for(f, 50 * TW_MS);
	/* Only a retry asks again: the loop does not spin on the side that was shut down. */
	assert_int_equal(f->asked, 3);
	tw_agent_port_retry(f->agent);
	assert_int_equal(f->asked, 6);
	assert_int_equal(tw_agent_port_count(f->agent), 0);
	f->is_undecided = false;
	tw_agent_port_retry(f->agent);
	assert_string_equal(hear(f, a, reply, sizeof(reply)), "heard 5\n");
	assert_string_equal(hear(f, b, reply, sizeof(reply)), "heard 11\n");
	tw_agent_port_retry(f->agent);
	assert_int_equal(f->asked, 9);
	/* Without an answer in time the connection is closed. */
	f->is_undecided = true;
	a = open_client(f);
	say(a, "alpha\n");
	assert_string_equal(hear(f, a, reply, sizeof(reply)), "");
	tw_agent_port_retry(f->agent);
	assert_int_equal(f->asked, 10);
}

/* A connection is closed in time, whether it sends nothing or a byte now and then. */
static void test_slow(void **state)
{
	struct fixture *f = *state;
	int silent = open_client(f), slow = open_client(f), n = 0;
	int64_t start_us = tw_loop_now(f->loop), limit_us = TW_AGENT_PATIENCE_US + 10 * TW_SEC;
	char reply[256];

	while (send(slow, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
		if (tw_loop_now(f->loop) > start_us + limit_us)
			fail_msg("it may go on for ever");
		run_for(f, TW_AGENT_QUIET_US / 2);
		n++;
	}
	assert_that(n, >, 1);
	assert_string_equal(hear(f, silent, reply, sizeof(reply)), "");
	close(slow);
}

/* However many connections there are, the newest is served. */
static void test_many(void **state)
{
	enum { MANY = TW_AGENT_CLIENTS_MAX + 40 };
	struct fixture *f = *state;
	static int fds[MANY];
	char reply[256];
	int n_closed = 0, fd;

	for (int i = 0; i < MANY; i++) {
		fds[i] = open_client(f);
		if (i % 50 == 0)
			run_for(f, TW_MS);
	}
	fd = open_client(f);
	say(fd, "alpha\n");
	assert_string_equal(hear(f, fd, reply, sizeof(reply)), "heard 5\n");
	for (int i = 0; i < MANY; i++) {
		char byte;
		ssize_t got = recv(fds[i], &byte, 1, MSG_DONTWAIT);

		n_closed += got == 0 || (got < 0 && errno == ECONNRESET);
		close(fds[i]);
	}
	assert_that(n_closed, >=, MANY - TW_AGENT_CLIENTS_MAX);
}

static void test_errors(void **state)
{
	struct fixture *f = *state;
	const struct tw_listen taken = {
		.is_on = true, .host = "127.0.0.1", .port = tw_agent_port_number(f->agent)
	};
	struct tw_agent_port *second = NULL;

	assert_int_equal(tw_agent_port_create(f->loop, &taken, respond, f, &second), -EADDRINUSE);
	assert_null(second);
	tw_agent_port_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_questions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
