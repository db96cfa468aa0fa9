/* See control.h. The server as a whole: accepting, turns, streams; one connection is
 * control_client.c's. */
#include "io/control/control.h"
#include "base/log.h"
#include "io/control/internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ACCEPT_BATCH = 16, /* connections taken in one wake-up */
	ACCEPT_RETRY_US = 100000,
	LOG_US = 10 * 1000000,   /* failures to accept are logged at most this often */
	REFUSED_MAX = 16,        /* refused clients that are told so at one time */
	WATCH_EARLY_US = 100000, /* streams speak this much before they must: a timer may be late */
};

static void on_accept_timer(void *ctx)
{
	tw_control_resume_accept(ctx);
}

void tw_control_resume_accept(struct tw_control *control)
{
	if (!control->is_accept_paused)
		return;
	if (tw_loop_change_fd(control->accept_watch, TW_LOOP_READ) < 0) {
		tw_loop_arm(control->accept_timer, tw_loop_now(control->loop) + ACCEPT_RETRY_US);
		return;
	}
	control->is_accept_paused = false;
	tw_loop_arm(control->accept_timer, TW_NEVER);
}

/* The listening socket stays readable: without a pause the loop would spin. */
static void pause_accept(struct tw_control *control, int error)
{
	int64_t now_us = tw_loop_now(control->loop);

	if (control->accept_logged_us == 0 || now_us - control->accept_logged_us >= LOG_US) {
		control->accept_logged_us = now_us;
		tw_error("cannot accept connections on the control socket: %s; trying again until "
			 "it works",
			strerror(error));
	}
	control->is_accept_paused = true;
	(void)tw_loop_change_fd(control->accept_watch, 0);
	tw_loop_arm(control->accept_timer, now_us + ACCEPT_RETRY_US);
}

static void on_connection(void *ctx, int fd, int events)
{
	struct tw_control *control = ctx;

	(void)events;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		bool is_refused = control->n_clients >= control->max_clients;

		if (client < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			if (errno != EAGAIN)
				pause_accept(control, errno);
			return;
		}
		if (is_refused && control->n_refused >= REFUSED_MAX) {
			close(client);
			continue;
		}
		if (tw_control_client_open(control, client, is_refused) < 0) {
			pause_accept(control, ENOMEM);
			return;
		}
	}
}

void tw_control_give_turn(struct tw_control *control, struct tw_control_client *client)
{
	client->has_turn = true;
	tw_loop_arm(control->turn_timer, tw_loop_now(control->loop));
}

static void on_turn(void *ctx)
{
	struct tw_control *control = ctx;
	struct tw_control_client **link = &control->clients;

	while (*link != NULL) {
		struct tw_control_client *client = *link;

		if (client->has_turn && client->state != TW_CLIENT_DEAD)
			tw_control_client_turn(client);
		if (client->state == TW_CLIENT_DEAD) {
			*link = client->next;
			tw_control_client_free(client);
		} else {
			link = &client->next;
		}
	}
}

void tw_control_limit_by(struct tw_control *control, int64_t limit_us)
{
	if (limit_us >= control->limit_us)
		return;
	control->limit_us = limit_us;
	tw_loop_arm(control->limit_timer, limit_us);
}

static void on_limit(void *ctx)
{
	struct tw_control *control = ctx;
	int64_t now_us = tw_loop_now(control->loop);

	control->limit_us = TW_NEVER;
	for (struct tw_control_client *c = control->clients; c != NULL; c = c->next) {
		int64_t limit_us = tw_control_client_limit(c);

		if (limit_us <= now_us)
			tw_control_client_give_up(c);
		else
			tw_control_limit_by(control, limit_us);
	}
}

static void arm_watch(struct tw_control *control)
{
	control->is_watch_armed = true;
	tw_loop_arm(control->watch_timer,
		tw_loop_now(control->loop) + TW_CONTROL_WATCH_US - WATCH_EARLY_US);
}

void tw_control_watch_began(struct tw_control *control)
{
	if (!control->is_watch_armed)
		arm_watch(control);
}

static void on_watch_timer(void *ctx)
{
	tw_control_publish(ctx);
}

static void make_line(struct tw_control *control, enum tw_control_stream stream)
{
	struct tw_buf *line = &control->lines[stream];

	tw_buf_clear(line);
	if (stream == TW_CONTROL_SELECT)
		control->ops->select(control->ctx, line);
	else
		control->ops->status(control->ctx, line);
	tw_buf_putc(line, '\n');
}

void tw_control_publish(struct tw_control *control)
{
	bool is_made[TW_CONTROL_STREAMS] = { false };
	bool has_watcher = false;

	for (struct tw_control_client *c = control->clients; c != NULL; c = c->next) {
		if (c->state != TW_CLIENT_WATCHES)
			continue;
		has_watcher = true;
		if (!is_made[c->stream])
			make_line(control, c->stream);
		is_made[c->stream] = true;
		tw_control_client_publish(c);
	}
	if (has_watcher) {
		arm_watch(control);
	} else {
		control->is_watch_armed = false;
		tw_loop_arm(control->watch_timer, TW_NEVER);
	}
}

void tw_control_checks_done(struct tw_control *control)
{
	for (struct tw_control_client *c = control->clients; c != NULL; c = c->next)
		tw_control_client_check_done(c);
}

void tw_control_count(const struct tw_control *control, struct tw_control_counts *ret_counts)
{
	*ret_counts = control->counts;
	ret_counts->clients = control->n_clients;
}

/* 0, or -EINVAL with nobody an operator by group. */
static int set_operators(struct tw_control *control, const struct tw_config *config)
{
	control->operators.has_group = false;
	if (config->control_operators[0] != '\0') {
		int r = tw_control_peer_find_group(
			"control.operators", config->control_operators, &control->operators.gid);

		if (r < 0)
			return r;
		control->operators.has_group = true;
	}
	return 0;
}

void tw_control_configure(struct tw_control *control, const struct tw_config *config)
{
	control->max_clients = config->control_max_clients;
	tw_control_socket_change(&control->socket, config->control_mode, config->control_group);
	(void)set_operators(control, config);
	for (struct tw_control_client *c = control->clients; c != NULL; c = c->next) {
		if (c->state != TW_CLIENT_DEAD)
			c->is_operator = tw_control_peer_is_operator(c->fd, &control->operators);
	}
}

static int add_to_loop(struct tw_control *control)
{
	struct tw_loop *loop = control->loop;
	int r = tw_loop_add_timer(loop, on_accept_timer, control, &control->accept_timer);

	if (r == 0)
		r = tw_loop_add_timer(loop, on_turn, control, &control->turn_timer);
	if (r == 0)
		r = tw_loop_add_timer(loop, on_limit, control, &control->limit_timer);
	if (r == 0)
		r = tw_loop_add_timer(loop, on_watch_timer, control, &control->watch_timer);
	if (r == 0)
		r = tw_loop_add_fd(loop, control->socket.fd, TW_LOOP_READ, on_connection, control,
			&control->accept_watch);
	return r;
}

int tw_control_create(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_ctl_ops *ops, void *ctx, struct tw_control **ret_control)
{
	struct tw_control *control = calloc(1, sizeof(*control));
	int r;

	if (control == NULL)
		return -ENOMEM;
	control->loop = loop;
	control->ops = ops;
	control->ctx = ctx;
	control->max_clients = config->control_max_clients;
	control->limit_us = TW_NEVER;
	control->socket.fd = control->socket.lock_fd = -1;
	tw_buf_init(&control->reply, TW_CONTROL_REPLY_MAX);
	for (int i = 0; i < TW_CONTROL_STREAMS; i++)
		tw_buf_init(&control->lines[i], TW_CONTROL_REPLY_MAX + 1);
	r = set_operators(control, config);
	if (r == 0)
		r = tw_control_socket_open(config->control_path, config->control_mode,
			config->control_group, &control->socket);
	if (r == 0)
		r = add_to_loop(control);
	if (r < 0) {
		tw_control_destroy(control);
		return r;
	}
	*ret_control = control;
	return 0;
}

void tw_control_destroy(struct tw_control *control)
{
	struct tw_control_client *next;

	if (control == NULL)
		return;
	for (struct tw_control_client *c = control->clients; c != NULL; c = next) {
		next = c->next;
		tw_control_client_close(c);
		tw_control_client_free(c);
	}
	tw_loop_remove_fd(control->accept_watch);
	tw_loop_remove_timer(control->accept_timer);
	tw_loop_remove_timer(control->turn_timer);
	tw_loop_remove_timer(control->limit_timer);
	tw_loop_remove_timer(control->watch_timer);
	tw_control_socket_close(&control->socket);
	tw_buf_finish(&control->reply);
	for (int i = 0; i < TW_CONTROL_STREAMS; i++)
		tw_buf_finish(&control->lines[i]);
	free(control);
}
