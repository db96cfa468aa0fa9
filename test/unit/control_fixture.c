/* See control_fixture.h. */
#include "control_fixture.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TICK_US = 2000 };

static int32_t fake_find(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "alpha") == 0 ? 0 : strcmp(name, "beta") == 0 ? 1 : TW_NODE_NONE;
}

static void fake_select(void *ctx, struct tw_buf *out)
{
	struct fixture *fixture = ctx;

	fixture->n_selects++;
	if (fixture->select_text != NULL) {
		(void)tw_buf_puts(out, fixture->select_text);
		return;
	}
	(void)tw_buf_printf(out, "{\"select\":%" PRIu64 "}", fixture->seq);
}

static void fake_submit(void *ctx, struct tw_buf *out)
{
	(void)ctx;
	(void)tw_buf_puts(out, "{\"targets\":[]}");
}

static void fake_status(void *ctx, struct tw_buf *out)
{
	struct fixture *fixture = ctx;

	fixture->n_statuses++;
	if (fixture->status_text != NULL) {
		(void)tw_buf_puts(out, fixture->status_text);
		return;
	}
	(void)tw_buf_printf(out, "{\"status\":%" PRIu64 ",\"padding\":\"", fixture->seq);
	for (size_t i = 0; i < fixture->status_size; i++)
		(void)tw_buf_putc(out, 'x');
	(void)tw_buf_puts(out, "\"}");
}

static void fake_node(void *ctx, int32_t node, struct tw_buf *out)
{
	struct fixture *fixture = ctx;

	fixture->selects_before_node = fixture->n_selects;
	(void)tw_buf_printf(out, "{\"node\":%d}", node);
}

static void fake_why(void *ctx, int32_t node, struct tw_buf *out)
{
	(void)ctx;
	(void)tw_buf_printf(out,
		"{\"rule\":\"%s\",\"text\":\"because\",\"votes\":[{\"name\":\"beta\","
		"\"votes\":true,\"vote\":\"conflicts\",\"height\":7,\"fork_height\":5}]}",
		node < 0 ? "incumbent" : "lagging");
}

static bool fake_report(void *ctx, int32_t node, enum tw_report report)
{
	(void)ctx;
	(void)node;
	(void)report;
	return true;
}

static void fake_check(void *ctx, int32_t node)
{
	struct fixture *fixture = ctx;

	(void)node;
	fixture->n_checks++;
}

static int fake_operate(void *ctx, enum tw_op op, int32_t node, char *message, size_t size)
{
	struct fixture *fixture = ctx;

	if (op == TW_OP_PIN && node == 1) {
		(void)snprintf(message, size, "beta is a reference");
		return -EINVAL;
	}
	fixture->n_operations++;
	fixture->pending_seq = fixture->seq + 100;
	return 0;
}

static int fake_reload(void *ctx, struct tw_buf *errors)
{
	struct fixture *fixture = ctx;

	(void)errors;
	tw_control_configure(fixture->control, &fixture->config);
	return 0;
}

static const struct tw_ctl_ops ops = {
	.find = fake_find,
	.select = fake_select,
	.submit = fake_submit,
	.status = fake_status,
	.node = fake_node,
	.why = fake_why,
	.report = fake_report,
	.check = fake_check,
	.operate = fake_operate,
	.reload = fake_reload,
};

static void prepare(void *ctx)
{
	struct fixture *fixture = ctx;

	fixture->n_wakeups++;
	if (fixture->pending_seq > 0)
		fixture->seq = fixture->pending_seq;
	fixture->pending_seq = 0;
	if (fixture->is_done == NULL)
		return;
	if (fixture->is_done(fixture->arg))
		tw_loop_stop(fixture->loop);
	else if (tw_loop_now(fixture->loop) > fixture->deadline_us) {
		fixture->is_late = true;
		tw_loop_stop(fixture->loop);
	}
}

static void on_tick(void *ctx)
{
	struct fixture *fixture = ctx;

	tw_loop_arm(fixture->tick, tw_loop_now(fixture->loop) + TICK_US);
}

void fixture_wait(struct fixture *fixture, bool (*is_done)(void *arg), void *arg)
{
	if (is_done(arg))
		return;
	fixture->is_done = is_done;
	fixture->arg = arg;
	fixture->is_late = false;
	fixture->deadline_us = tw_loop_now(fixture->loop) + FIXTURE_PATIENCE_S * TW_SEC;
	tw_loop_arm(fixture->tick, tw_loop_now(fixture->loop));
	assert_int_equal(tw_loop_run(fixture->loop), 0);
	tw_loop_arm(fixture->tick, TW_NEVER);
	fixture->is_done = NULL;
	assert_false(fixture->is_late);
}

void fixture_start(struct fixture *fixture)
{
	assert_int_equal(tw_control_create(
				 fixture->loop, &fixture->config, &ops, fixture, &fixture->control),
		0);
}

void fixture_stop(struct fixture *fixture)
{
	tw_control_destroy(fixture->control);
	fixture->control = NULL;
}

int fixture_setup(void **state)
{
	static char none[] = "";
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	strcpy(fixture->dir, "/tmp/tipwatch-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->dir));
	assert_int_equal(chmod(fixture->dir, 0755), 0);
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/run/control.sock", fixture->dir);
	fixture->config.control_path = fixture->path;
	fixture->config.control_mode = 0660;
	fixture->config.control_group = none;
	fixture->config.control_operators = none;
	fixture->config.control_max_clients = 64;
	fixture->seq = 1;
	assert_int_equal(tw_loop_create(&fixture->loop), 0);
	assert_int_equal(tw_loop_add_timer(fixture->loop, on_tick, fixture, &fixture->tick), 0);
	tw_loop_set_prepare(fixture->loop, prepare, fixture);
	fixture_start(fixture);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	char parent[sizeof(fixture->path)];

	fixture_stop(fixture);
	tw_loop_remove_timer(fixture->tick);
	tw_loop_destroy(fixture->loop);
	(void)unlink(fixture->path);
	(void)snprintf(parent, sizeof(parent), "%s/run", fixture->dir);
	/* Not empty, when the socket or its lock were left behind. */
	assert_int_equal(rmdir(parent), 0);
	assert_int_equal(rmdir(fixture->dir), 0);
	free(fixture);
	return 0;
}

struct tw_control_counts fixture_counts(const struct fixture *fixture)
{
	struct tw_control_counts counts;

	tw_control_count(fixture->control, &counts);
	return counts;
}

struct clients {
	struct fixture *fixture;
	uint64_t n;
};

static bool has_clients(void *arg)
{
	struct clients *clients = arg;

	return fixture_counts(clients->fixture).clients == clients->n;
}

void fixture_wait_clients(struct fixture *fixture, uint64_t n)
{
	fixture_wait(fixture, has_clients, &(struct clients){ fixture, n });
}

void peer_connect(struct peer *peer, struct fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*peer = (struct peer){ .fixture = fixture };
	tw_buf_init(&peer->in, PEER_IN_MAX);
	strcpy(address.sun_path, fixture->path);
	peer->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(peer->fd >= 0);
	assert_int_equal(connect(peer->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
}

void peer_close(struct peer *peer)
{
	assert_int_equal(close(peer->fd), 0);
	tw_buf_finish(&peer->in);
}

static bool is_writable(void *arg)
{
	struct peer *peer = arg;
	struct pollfd pollfd = { .fd = peer->fd, .events = POLLOUT };

	return poll(&pollfd, 1, 0) > 0;
}

void peer_send(struct peer *peer, const void *data, size_t len)
{
	const char *bytes = data;

	while (len > 0) {
		ssize_t n = send(peer->fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			fixture_wait(peer->fixture, is_writable, peer);
			continue;
		}
		if (n < 0) {
			peer->error = errno;
			return;
		}
		bytes += n;
		len -= (size_t)n;
	}
}

void peer_say(struct peer *peer, const char *text)
{
	peer_send(peer, text, strlen(text));
}

static bool is_consumed(void *arg)
{
	struct peer *peer = arg;
	int n = 0;

	assert_int_equal(ioctl(peer->fd, SIOCOUTQ, &n), 0);
	return n == 0;
}

void peer_wait_consumed(struct peer *peer)
{
	fixture_wait(peer->fixture, is_consumed, peer);
}

void peer_receive(struct peer *peer)
{
	static char block[256 * 1024];
	ssize_t n;

	while (!peer->is_at_end && (n = recv(peer->fd, block, sizeof(block), 0)) != -1) {
		if (n == 0)
			peer->is_at_end = true;
		else
			assert_int_equal(tw_buf_append(&peer->in, block, (size_t)n), 0);
	}
	if (!peer->is_at_end && errno != EAGAIN) {
		peer->error = errno;
		peer->is_at_end = true;
	}
}

static bool has_line(void *arg)
{
	struct peer *peer = arg;

	peer_receive(peer);
	return peer->is_at_end || memchr(tw_buf_str(&peer->in), '\n', peer->in.len) != NULL;
}

char *peer_line(struct peer *peer)
{
	const char *end;
	size_t len;
	char *line;

	if (memchr(tw_buf_str(&peer->in), '\n', peer->in.len) == NULL)
		fixture_wait(peer->fixture, has_line, peer);
	end = memchr(tw_buf_str(&peer->in), '\n', peer->in.len);
	assert_non_null(end);
	len = (size_t)(end - peer->in.data);
	line = strndup(peer->in.data, len);
	assert_non_null(line);
	tw_buf_consume(&peer->in, len + 1);
	return line;
}

void peer_expect(struct peer *peer, const char *text)
{
	char *line = peer_line(peer);

	assert_string_equal(line, text);
	free(line);
}

void peer_expect_part(struct peer *peer, const char *part)
{
	char *line = peer_line(peer);

	if (strstr(line, part) == NULL)
		fail_msg("'%s' is not in: %s", part, line);
	free(line);
}

static bool is_ended(void *arg)
{
	struct peer *peer = arg;

	peer_receive(peer);
	return peer->is_at_end;
}

void peer_expect_end(struct peer *peer)
{
	fixture_wait(peer->fixture, is_ended, peer);
	assert_int_equal(peer->error, 0);
	assert_string_equal(tw_buf_str(&peer->in), "");
}
