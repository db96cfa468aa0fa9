/* See client.h. */
#include "io/control/client.h"
#include "base/log.h"
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 16,              /* requests of one client answered in one wake-up */
	IGNORED_READS = 4,       /* reads of ignored input in one wake-up */
	LINGER_US = 1000000,     /* how long to wait for a refused client to close its end */
	KEPT_BUFFER = 16 * 1024, /* a larger output buffer is freed when it is empty */
};

enum line { LINE_NONE, LINE_READY, LINE_TOO_LONG };

struct tw_control_client {
	struct tw_control_clients *all;
	struct tw_control_client *next;
	enum tw_control_client_state state;
	int fd;
	struct tw_loop_fd *watch; /* NULL: nothing was watched yet */
	int events;
	bool is_fresh;     /* it is read once more before anything is watched */
	bool is_refused;   /* beyond max_clients: connected only to be told so */
	bool is_at_end;    /* it will send no more */
	bool is_deaf;      /* it will read no more */
	bool has_turn;     /* goes on at the next turn, and not before */
	bool has_newer;    /* of a stream: there is a newer object than the one being sent */
	bool is_shut_down; /* our side of the connection */
	enum tw_control_stream stream;
	struct tw_reader reader;
	int64_t linger_us; /* when to give up a closing one; TW_NEVER */
	struct tw_buf out;
	struct tw_buf due;       /* the reply of the check it waits for */
	size_t in_start, in_end; /* what was read and not yet answered */
	char in[4 * TW_CONTROL_LINE_MAX];
};

static void adjust(struct tw_control_client *client);

/* Gives the client a turn in the next wake-up, after the core has decided. */
static void give_turn(struct tw_control_client *client)
{
	client->has_turn = true;
	tw_loop_arm(client->all->turn, tw_loop_now(client->all->loop));
}

static void close_client(struct tw_control_client *client)
{
	struct tw_control_clients *all = client->all;

	if (client->state == TW_CLIENT_DEAD)
		return;
	client->state = TW_CLIENT_DEAD;
	tw_loop_remove_fd(client->watch);
	client->watch = NULL;
	close(client->fd);
	client->fd = -1;
	if (client->is_refused)
		all->n_refused--;
	else
		all->n_served--;
	/* The callers of this function may still use the client, so the next turn frees it. */
	give_turn(client);
	if (all->acceptor != NULL)
		tw_acceptor_retry(all->acceptor);
}

static void free_client(struct tw_control_client *client)
{
	tw_buf_finish(&client->out);
	tw_buf_finish(&client->due);
	free(client);
}

/* --- output --- */

static bool is_behind(const struct tw_control_client *client)
{
	return tw_readers_is_behind(&client->reader, client->out.len);
}

/* Appends a reply; its line end too unless has_end. A reply that could not be made ends the
 * connection: without it, the client would take every later reply for that of another request. */
static void append(struct tw_control_client *client, const struct tw_buf *reply, bool has_end)
{
	if (client->is_deaf)
		return;
	if (client->out.len == 0)
		client->reader.progress_us = tw_loop_now(client->all->loop);
	if (reply->error == 0)
		tw_buf_append(&client->out, tw_buf_str(reply), reply->len);
	if (reply->error == 0 && !has_end)
		tw_buf_putc(&client->out, '\n');
	if (reply->error < 0 || client->out.error < 0) {
		tw_error("a reply on the control socket could not be made: %s",
			strerror(-(reply->error < 0 ? reply->error : client->out.error)));
		close_client(client);
	}
}

/* Forgets the output, and frees its memory. */
static void empty(struct tw_control_client *client)
{
	tw_buf_finish(&client->out);
	/* Whether a client is behind is judged before a reply is added: one reply may be any size.
	 */
	tw_buf_init(&client->out, TW_READERS_BACKLOG_MAX + TW_CONTROL_REPLY_MAX + 1);
}

/* The client has closed its end. What it asked for before is still done, as far as it was sent. */
static void on_deaf(struct tw_control_client *client)
{
	client->is_deaf = true;
	empty(client);
	if (client->state == TW_CLIENT_WATCHES || client->state == TW_CLIENT_CLOSING)
		close_client(client);
}

/* Sends what the socket takes now. */
static void send_output(struct tw_control_client *client)
{
	while (client->state != TW_CLIENT_DEAD && !client->is_deaf && client->out.len > 0) {
		ssize_t n = send(
			client->fd, client->out.data, client->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
				on_deaf(client);
			return;
		}
		tw_buf_consume(&client->out, (size_t)n);
		tw_readers_note_progress(&client->all->readers, &client->reader);
		if (client->out.len == 0 && client->has_newer) {
			client->has_newer = false;
			append(client, &client->all->lines[client->stream], true);
		}
	}
	if (client->out.len == 0 && client->out.size > KEPT_BUFFER)
		empty(client);
}

/* When to close it unless something happens before; TW_NEVER. */
static int64_t limit_of(const struct tw_control_client *client)
{
	int64_t limit_us;

	if (client->state == TW_CLIENT_DEAD)
		return TW_NEVER;
	limit_us = tw_readers_limit(&client->reader, client->out.len, TW_CONTROL_STUCK_US);
	if (client->state == TW_CLIENT_CLOSING && client->linger_us < limit_us)
		limit_us = client->linger_us;
	return limit_us;
}

/* --- input --- */

/* Sends the rest of its output and then closes. After an error this side waits for the client to
 * close first: a reset could destroy the message before the client has read it. */
static void begin_closing(struct tw_control_client *client, bool is_error)
{
	client->state = TW_CLIENT_CLOSING;
	if (is_error)
		client->linger_us = tw_loop_now(client->all->loop) + LINGER_US;
}

static void refuse(struct tw_control_client *client, enum tw_ctl_error code, const char *message)
{
	struct tw_buf *reply = &client->all->reply;

	tw_buf_clear(reply);
	tw_ctl_error(code, message, reply);
	append(client, reply, false);
}

static void on_end(struct tw_control_client *client)
{
	struct pollfd hung_up = { .fd = client->fd };

	client->is_at_end = true;
	/* A client that only shut down its sending side still gets its replies and its stream. */
	if (client->state == TW_CLIENT_WATCHES && poll(&hung_up, 1, 0) > 0 &&
		(hung_up.revents & POLLHUP) != 0)
		close_client(client);
}

/* Reads as much as there is room for; the input of a stream or of a closing client is dropped. */
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
			close_client(client);
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
	/* A '\r' as the last byte received so far may be the first half of a line end. */
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
	tw_readers_add(&client->all->readers);
}

/* Whether the line is a command that changes something, of one who may give it. Then it is logged
 * who did so, before its effects are. */
static bool is_operation(const struct tw_control_client *client, const char *line, size_t len)
{
	const struct tw_ctl_command *command;
	char who[TW_CONTROL_PEER_WORDS];
	size_t word = 0;

	while (word < len && line[word] != ' ')
		word++;
	command = tw_ctl_find(line, word);
	if (command == NULL || !command->is_for_operators ||
		!tw_control_peer_is_operator(client->fd, &client->all->operators))
		return false;
	tw_control_peer_describe(client->fd, who);
	tw_info("operator %s: %.*s", who, (int)len, line);
	return true;
}

static void answer(struct tw_control_client *client, const char *line, size_t len)
{
	struct tw_control_clients *all = client->all;
	bool is_operator = is_operation(client, line, len);
	enum tw_ctl_outcome outcome;
	uint32_t command;

	tw_buf_clear(&all->reply);
	outcome = tw_ctl_run(all->ops, all->ctx, line, len, is_operator, &all->reply, &command);
	all->requests[command]++;
	if (outcome == TW_CTL_WAITS_FOR_CHECK) {
		client->state = TW_CLIENT_WAITS;
		tw_buf_append(&client->due, tw_buf_str(&all->reply), all->reply.len);
		return;
	}
	append(client, &all->reply, false);
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
		give_turn(client);
		break;
	case TW_CTL_REPLIED:
	case TW_CTL_WAITS_FOR_CHECK:
		break;
	}
}

/* Answers requests until there are no more, other clients have waited long enough, or too much
 * output is due to this one. */
static void serve(struct tw_control_client *client)
{
	for (int i = 0; client->state == TW_CLIENT_SERVED && !client->has_turn; i++) {
		const char *text;
		size_t len;

		if (is_behind(client))
			return;
		if (i == BATCH) {
			give_turn(client);
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
			/* A line without its end is never run: it may be cut short, and then mean
			 * something else. */
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
	send_output(client);
	serve(client);
	/* After a command that changes something the client must see the effect of it, also in the
	 * reply, so everything waits for the turn. */
	if (!client->has_turn)
		send_output(client);
	adjust(client);
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

static int watch(struct tw_control_client *client, int events)
{
	client->events = events;
	if (client->watch == NULL)
		return tw_loop_add_fd(
			client->all->loop, client->fd, events, on_events, client, &client->watch);
	return tw_loop_change_fd(client->watch, events);
}

/* Watches for the events that the client's state needs. */
static void adjust(struct tw_control_client *client)
{
	int events = 0;

	if (client->state == TW_CLIENT_CLOSING && (client->out.len == 0 || client->is_deaf)) {
		if (client->is_at_end || client->is_deaf) {
			close_client(client);
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
			(client->state != TW_CLIENT_SERVED || !is_behind(client)))
			events |= TW_LOOP_READ;
	}
	if (client->is_fresh && events == TW_LOOP_READ) {
		give_turn(client);
	} else if (events != client->events && watch(client, events) < 0) {
		close_client(client);
		return;
	}
	tw_readers_look_by(&client->all->readers, limit_of(client));
}

/* --- all of them --- */

void tw_control_client_open(struct tw_control_clients *all, int fd, bool is_refused)
{
	struct tw_control_client *client = malloc(sizeof(*client));

	if (client == NULL) {
		close(fd);
		return;
	}
	memset(client, 0, offsetof(struct tw_control_client, in));
	client->all = all;
	client->fd = fd;
	client->is_refused = is_refused;
	client->linger_us = TW_NEVER;
	empty(client);
	tw_buf_init(&client->due, TW_CONTROL_REPLY_MAX);
	client->next = all->first;
	all->first = client;
	if (!is_refused) {
		all->n_served++;
		/* Most clients have sent their request by now, which spares a wake-up. Of these,
		 * most close the connection as soon as they have the reply: then nothing need be
		 * watched at all. */
		receive(client);
		client->is_fresh = client->in_end > 0;
	} else {
		all->n_refused++;
		refuse(client, TW_CTL_BUSY,
			"too many clients (control.max_clients); the connection is closed");
		begin_closing(client, true);
	}
	if (client->state != TW_CLIENT_DEAD)
		advance(client);
}

static void take_turn(struct tw_control_client *client)
{
	if (client->is_fresh) {
		client->is_fresh = false;
		receive(client);
	}
	if (client->state != TW_CLIENT_DEAD)
		advance(client);
}

/* The turn: clients go on that were given one, and closed ones are freed. */
static void on_turn(void *ctx)
{
	struct tw_control_clients *all = ctx;
	struct tw_control_client **link = &all->first;

	while (*link != NULL) {
		struct tw_control_client *client = *link;

		if (client->has_turn && client->state != TW_CLIENT_DEAD) {
			client->has_turn = false;
			take_turn(client);
		}
		if (client->state == TW_CLIENT_DEAD) {
			*link = client->next;
			free_client(client);
		} else {
			link = &client->next;
		}
	}
}

/* Closes the clients whose time is over. */
static void look(void *ctx)
{
	struct tw_control_clients *all = ctx;
	int64_t now_us = tw_loop_now(all->loop);

	for (struct tw_control_client *c = all->first; c != NULL; c = c->next) {
		int64_t limit_us = limit_of(c);

		if (limit_us > now_us) {
			tw_readers_look_by(&all->readers, limit_us);
			continue;
		}
		if (is_behind(c))
			tw_readers_count_drop(&all->readers, &c->reader, c->out.len);
		close_client(c);
	}
}

void tw_control_client_set_operators(
	struct tw_control_clients *all, const struct tw_control_operators *operators)
{
	all->operators = *operators;
}

void tw_control_client_checks_done(struct tw_control_clients *all)
{
	for (struct tw_control_client *c = all->first; c != NULL; c = c->next) {
		if (c->state != TW_CLIENT_WAITS)
			continue;
		c->state = TW_CLIENT_SERVED;
		append(c, &c->due, false);
		tw_buf_clear(&c->due);
		if (c->state != TW_CLIENT_DEAD)
			advance(c);
	}
}

static void make_line(struct tw_control_clients *all, enum tw_control_stream stream)
{
	struct tw_buf *line = &all->lines[stream];

	tw_buf_clear(line);
	if (stream == TW_CONTROL_SELECT)
		all->ops->select(all->ctx, line);
	else
		all->ops->status(all->ctx, line);
	tw_buf_putc(line, '\n');
}

static void give_line(struct tw_control_client *client)
{
	const struct tw_buf *line = &client->all->lines[client->stream];

	if (client->out.len > 0) {
		client->has_newer = true;
		client->reader.skipped += line->len;
	} else {
		append(client, line, true);
		send_output(client);
	}
	if (client->state != TW_CLIENT_DEAD)
		adjust(client);
}

void tw_control_client_publish(struct tw_control_clients *all)
{
	bool is_made[TW_CONTROL_STREAMS] = { false };
	bool has_watcher = false;

	for (struct tw_control_client *c = all->first; c != NULL; c = c->next) {
		if (c->state != TW_CLIENT_WATCHES)
			continue;
		has_watcher = true;
		if (!is_made[c->stream])
			make_line(all, c->stream);
		is_made[c->stream] = true;
		give_line(c);
	}
	tw_readers_beat(&all->readers, has_watcher);
}

static void speak(void *ctx)
{
	tw_control_client_publish(ctx);
}

int tw_control_client_init_all(struct tw_control_clients *all, struct tw_loop *loop,
	const struct tw_ctl_ops *ops, void *ctx)
{
	int r;

	*all = (struct tw_control_clients){ .loop = loop, .ops = ops, .ctx = ctx };
	tw_buf_init(&all->reply, TW_CONTROL_REPLY_MAX);
	for (int i = 0; i < TW_CONTROL_STREAMS; i++)
		tw_buf_init(&all->lines[i], TW_CONTROL_REPLY_MAX + 1);
	r = tw_readers_init(
		&all->readers, loop, "a client of the control socket", speak, look, all);
	return r < 0 ? r : tw_loop_add_timer(loop, on_turn, all, &all->turn);
}

void tw_control_client_finish_all(struct tw_control_clients *all)
{
	struct tw_control_client *next;

	for (struct tw_control_client *c = all->first; c != NULL; c = next) {
		next = c->next;
		close_client(c);
		free_client(c);
	}
	tw_loop_remove_timer(all->turn);
	tw_readers_finish(&all->readers);
	tw_buf_finish(&all->reply);
	for (int i = 0; i < TW_CONTROL_STREAMS; i++)
		tw_buf_finish(&all->lines[i]);
}
