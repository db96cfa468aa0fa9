/*
 * See control_internal.h. One connection of the control socket: lines in, replies in order, and
 * what happens to a client that sends too much, hangs up or watches.
 */
#include "io/control/internal.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BATCH = 16,          /* requests of one client answered in one wake-up */
	IGNORED_READS = 4,   /* reads of ignored input in one wake-up */
	LINGER_US = 1000000, /* how long to wait for the end of a client that was refused */
};

enum line { LINE_NONE, LINE_READY, LINE_TOO_LONG };

static void adjust(struct tw_control_client *client);

void tw_control_client_close(struct tw_control_client *client)
{
	struct tw_control *control = client->control;

	if (client->state == TW_CLIENT_DEAD)
		return;
	client->state = TW_CLIENT_DEAD;
	tw_loop_remove_fd(client->watch);
	client->watch = NULL;
	close(client->fd);
	client->fd = -1;
	if (client->is_refused)
		control->n_refused--;
	else
		control->n_clients--;
	/* The client may be in use further up the stack: freed by the turn. */
	tw_control_give_turn(control, client);
	tw_control_resume_accept(control);
}

void tw_control_client_free(struct tw_control_client *client)
{
	tw_buf_finish(&client->out);
	tw_buf_finish(&client->due);
	free(client);
}

/* Sends what it is owed and no more; an error ends in waiting for the client's own end, so that
 * it does not lose the message to a reset. */
static void begin_closing(struct tw_control_client *client, bool is_error)
{
	client->state = TW_CLIENT_CLOSING;
	if (is_error)
		client->linger_us = tw_loop_now(client->control->loop) + LINGER_US;
}

static void refuse(struct tw_control_client *client, enum tw_ctl_error code, const char *message)
{
	struct tw_buf *reply = &client->control->reply;

	tw_buf_clear(reply);
	tw_ctl_error(code, message, reply);
	tw_control_client_append(client, reply, false);
}

static void on_end(struct tw_control_client *client)
{
	struct pollfd hung_up = { .fd = client->fd };

	client->is_at_end = true;
	/* A peer that only said that it will send no more still gets its replies and its stream. */
	if (client->state == TW_CLIENT_WATCHES && poll(&hung_up, 1, 0) > 0 &&
		(hung_up.revents & POLLHUP) != 0)
		tw_control_client_close(client);
}

/* Reads what there is room for; what a stream or a closing client sends is thrown away. */
static void receive(struct tw_control_client *client)
{
	bool is_ignored = client->state != TW_CLIENT_SERVED;

	for (int i = 0; i < (is_ignored ? IGNORED_READS : 1); i++) {
		ssize_t n;

		if (is_ignored)
			client->in_end = client->in_start = 0;
		if (client->in_start > 0) {
			memmove(client->in, client->in + client->in_start,
				client->in_end - client->in_start);
			client->in_end -= client->in_start;
			client->in_start = 0;
		}
		do
			n = recv(client->fd, client->in + client->in_end,
				sizeof(client->in) - client->in_end, MSG_DONTWAIT);
		while (n < 0 && errno == EINTR);
		if (n > 0) {
			client->in_end += (size_t)n;
			continue;
		}
		if (n == 0)
			on_end(client);
		else if (errno != EAGAIN)
			tw_control_client_close(client);
		return;
	}
}

/* The next line of the input, without its end. */
static enum line next_line(struct tw_control_client *client, const char **ret_line, size_t *ret_len)
{
	const char *start = client->in + client->in_start;
	size_t len = client->in_end - client->in_start;
	const char *end = memchr(start, '\n', len);

	if (end != NULL)
		len = (size_t)(end - start);
	/* Also at the end of what has come so far: it may be half of the line end. */
	if (len > 0 && start[len - 1] == '\r' && (end != NULL || len == TW_CONTROL_LINE_MAX + 1))
		len--;
	if (len > TW_CONTROL_LINE_MAX)
		return LINE_TOO_LONG;
	if (end == NULL)
		return LINE_NONE;
	client->in_start = (size_t)(end + 1 - client->in);
	*ret_line = start;
	*ret_len = len;
	return LINE_READY;
}

static void begin_watch(struct tw_control_client *client, enum tw_control_stream stream)
{
	client->state = TW_CLIENT_WATCHES;
	client->stream = stream;
	tw_control_watch_began(client->control);
}

static void answer(struct tw_control_client *client, const char *line, size_t len)
{
	struct tw_control *control = client->control;
	enum tw_ctl_outcome outcome;
	uint32_t command;

	tw_buf_clear(&control->reply);
	outcome = tw_ctl_run(control->ops, control->ctx, line, len, client->is_operator,
		&control->reply, &command);
	control->counts.requests[command]++;
	if (outcome == TW_CTL_WAITS_FOR_CHECK) {
		client->state = TW_CLIENT_WAITS;
		tw_buf_append(&client->due, tw_buf_str(&control->reply), control->reply.len);
		return;
	}
	tw_control_client_append(client, &control->reply, false);
	if (client->state == TW_CLIENT_DEAD)
		return;
	switch (outcome) {
	case TW_CTL_WATCH_SELECT:
		begin_watch(client, TW_CONTROL_SELECT);
		break;
	case TW_CTL_WATCH_STATUS:
		begin_watch(client, TW_CONTROL_STATUS);
		break;
	case TW_CTL_CHANGED:
		tw_control_give_turn(control, client);
		break;
	case TW_CTL_REPLIED:
	case TW_CTL_WAITS_FOR_CHECK:
		break;
	}
}

/* Answers requests until there are no more, it is others' turn, or too much output waits. */
static void serve(struct tw_control_client *client)
{
	for (int i = 0; client->state == TW_CLIENT_SERVED && !client->has_turn; i++) {
		const char *text;
		size_t len;

		if (tw_control_client_is_past_limit(client))
			return;
		if (i == BATCH) {
			tw_control_give_turn(client->control, client);
			return;
		}
		switch (next_line(client, &text, &len)) {
		case LINE_READY:
			answer(client, text, len);
			break;
		case LINE_TOO_LONG:
			refuse(client, TW_CTL_LINE_TOO_LONG,
				"a request has at most 1024 bytes; the connection is closed");
			begin_closing(client, true);
			break;
		case LINE_NONE:
			if (!client->is_at_end)
				return;
			/* Half a command is never run: it might be another one's beginning. */
			if (client->in_start < client->in_end)
				refuse(client, TW_CTL_BAD_ARGUMENT,
					"the last request does not end in a newline; it was "
					"ignored");
			begin_closing(client, false);
			break;
		}
	}
}

/* Does what can be done now. */
static void advance(struct tw_control_client *client)
{
	tw_control_client_send(client);
	serve(client);
	/* What follows a command that changes things must show its effect: it waits for the turn.
	 */
	if (!client->has_turn)
		tw_control_client_send(client);
	adjust(client);
}

/* Says what to wake up for. */
static void adjust(struct tw_control_client *client)
{
	int events = 0;

	if (client->state == TW_CLIENT_CLOSING && (client->out.len == 0 || client->is_deaf)) {
		if (client->is_at_end || client->is_deaf) {
			tw_control_client_close(client);
		} else if (!client->is_shut_down) {
			client->is_shut_down = true;
			shutdown(client->fd, SHUT_WR);
		}
	}
	if (client->state == TW_CLIENT_DEAD)
		return;
	if (!client->has_turn) {
		if (client->out.len > 0)
			events |= TW_LOOP_WRITE;
		if (!client->is_at_end && client->state != TW_CLIENT_WAITS &&
			(client->state != TW_CLIENT_SERVED ||
				!tw_control_client_is_past_limit(client)))
			events |= TW_LOOP_READ;
	}
	if (events != client->events) {
		if (tw_loop_change_fd(client->watch, events) < 0) {
			tw_control_client_close(client);
			return;
		}
		client->events = events;
	}
	tw_control_limit_by(client->control, tw_control_client_limit(client));
}

static void on_events(void *ctx, int fd, int events)
{
	struct tw_control_client *client = ctx;

	(void)fd;
	if ((events & TW_LOOP_READ) != 0)
		receive(client);
	if (client->state != TW_CLIENT_DEAD)
		advance(client);
}

int tw_control_client_open(struct tw_control *control, int fd, bool is_refused)
{
	struct tw_control_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		goto fail;
	client->control = control;
	client->fd = fd;
	client->is_refused = is_refused;
	client->is_operator = tw_control_peer_is_operator(fd, &control->operators);
	client->linger_us = TW_NEVER;
	client->events = TW_LOOP_READ;
	tw_control_client_empty(client);
	tw_buf_init(&client->due, TW_CONTROL_REPLY_MAX);
	if (tw_loop_add_fd(control->loop, fd, client->events, on_events, client, &client->watch) <
		0)
		goto fail;
	client->next = control->clients;
	control->clients = client;
	if (!is_refused) {
		control->n_clients++;
		return 0;
	}
	control->n_refused++;
	refuse(client, TW_CTL_BUSY,
		"too many clients (control.max_clients); the connection is closed");
	begin_closing(client, true);
	advance(client);
	return 0;
fail:
	close(fd);
	free(client);
	return -ENOMEM;
}

void tw_control_client_turn(struct tw_control_client *client)
{
	client->has_turn = false;
	advance(client);
}

void tw_control_client_check_done(struct tw_control_client *client)
{
	if (client->state != TW_CLIENT_WAITS)
		return;
	client->state = TW_CLIENT_SERVED;
	tw_control_client_append(client, &client->due, false);
	tw_buf_clear(&client->due);
	if (client->state != TW_CLIENT_DEAD)
		advance(client);
}

void tw_control_client_publish(struct tw_control_client *client)
{
	const struct tw_buf *line = &client->control->lines[client->stream];

	if (client->out.len > 0) {
		client->has_newer = true;
		client->skipped += line->len;
	} else {
		tw_control_client_append(client, line, true);
		tw_control_client_send(client);
	}
	if (client->state != TW_CLIENT_DEAD)
		adjust(client);
}
