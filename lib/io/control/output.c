/*
 * See control_internal.h. What is owed to one client of the control socket: its output, how far it
 * has taken it, and when it is given up for not taking it.
 */
#include "base/log.h"
#include "io/control/internal.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
	KEPT_BUFFER = 16 * 1024,    /* a larger output buffer is freed when it is empty */
	DROP_LOG_US = 10 * 1000000, /* dropped clients are logged at most this often */
};

bool tw_control_client_is_past_limit(const struct tw_control_client *client)
{
	return client->out.len + client->skipped > TW_CONTROL_BACKLOG_MAX;
}

/* Appends a reply and its line end. A reply that could not be made ends the connection: leaving it
 * out would put all later ones out of step. */
void tw_control_client_append(
	struct tw_control_client *client, const struct tw_buf *reply, bool has_end)
{
	if (client->is_deaf)
		return;
	if (client->out.len == 0)
		client->progress_us = tw_loop_now(client->control->loop);
	if (reply->error == 0)
		tw_buf_append(&client->out, tw_buf_str(reply), reply->len);
	if (reply->error == 0 && !has_end)
		tw_buf_putc(&client->out, '\n');
	if (reply->error < 0 || client->out.error < 0) {
		tw_error("a reply on the control socket could not be made: %s",
			strerror(-(reply->error < 0 ? reply->error : client->out.error)));
		tw_control_client_close(client);
	}
}

void tw_control_client_empty(struct tw_control_client *client)
{
	tw_buf_finish(&client->out);
	/* Judged by what waits before a reply is added, so that one reply may be any size. */
	tw_buf_init(&client->out, TW_CONTROL_BACKLOG_MAX + TW_CONTROL_REPLY_MAX + 1);
}

/* The peer is gone. What it asked before it went is still done, as far as it was sent. */
static void on_deaf(struct tw_control_client *client)
{
	client->is_deaf = true;
	tw_control_client_empty(client);
	if (client->state == TW_CLIENT_WATCHES || client->state == TW_CLIENT_CLOSING)
		tw_control_client_close(client);
}

void tw_control_client_send(struct tw_control_client *client)
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
		client->progress_us = tw_loop_now(client->control->loop);
		client->skipped = 0;
		if (client->out.len == 0 && client->has_newer) {
			client->has_newer = false;
			tw_control_client_append(
				client, &client->control->lines[client->stream], true);
		}
	}
	if (client->out.len == 0 && client->out.size > KEPT_BUFFER)
		tw_control_client_empty(client);
}

int64_t tw_control_client_limit(const struct tw_control_client *client)
{
	int64_t limit_us = TW_NEVER;

	if (client->state == TW_CLIENT_DEAD)
		return TW_NEVER;
	if (tw_control_client_is_past_limit(client))
		limit_us = client->progress_us + TW_CONTROL_STUCK_US;
	if (client->state == TW_CLIENT_CLOSING && client->linger_us < limit_us)
		limit_us = client->linger_us;
	return limit_us;
}

void tw_control_client_give_up(struct tw_control_client *client)
{
	struct tw_control *control = client->control;
	int64_t now_us = tw_loop_now(control->loop);

	if (tw_control_client_is_past_limit(client)) {
		control->counts.dropped++;
		if (control->drop_logged_us == 0 ||
			now_us - control->drop_logged_us >= DROP_LOG_US) {
			tw_warn("dropped a client of the control socket that does not read: %zu "
				"bytes were due to it (%" PRIu64 " dropped since the start)",
				client->out.len + client->skipped, control->counts.dropped);
			control->drop_logged_us = now_us;
		}
	}
	tw_control_client_close(client);
}
