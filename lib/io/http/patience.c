/*
 * See http_internal.h. How long a connection may take: libmicrohttpd times only silence, which a
 * trickle of bytes defeats.
 */
#include "io/http/internal.h"
#include <sys/socket.h>

/* How often connections are looked at that the client has left. */
enum { SWEEP_US = 500000 };

void tw_http_patience_unlist(struct tw_http_connection *connection)
{
	struct tw_http *http = connection->http;

	if (!connection->is_listed)
		return;
	if (connection->prev != NULL)
		connection->prev->next = connection->next;
	else
		http->first = connection->next;
	if (connection->next != NULL)
		connection->next->prev = connection->prev;
	else
		http->last = connection->prev;
	connection->next = connection->prev = NULL;
	connection->is_listed = false;
}

void tw_http_patience_enlist(struct tw_http_connection *connection)
{
	struct tw_http *http = connection->http;

	tw_http_patience_unlist(connection);
	connection->since_us = tw_loop_now(http->loop);
	connection->uploaded = 0;
	connection->prev = http->last;
	if (http->last != NULL)
		http->last->next = connection;
	else
		http->first = connection;
	http->last = connection;
	connection->is_listed = true;
}

void tw_http_patience_end(struct tw_http_connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
	tw_http_patience_unlist(connection);
}

static bool has_left(const struct tw_http_connection *connection)
{
	char byte;

	return !connection->is_busy && recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/*
 * Where the end of the stream came together with the last bytes, libmicrohttpd takes it for seen
 * and never looks again: nobody would close the connection before its time is over.
 */
static void sweep(struct tw_http *http, int64_t now_us)
{
	struct tw_http_connection *next;

	if (now_us < http->swept_us + SWEEP_US)
		return;
	http->swept_us = now_us;
	for (struct tw_http_connection *connection = http->first;
		connection != NULL && connection->since_us + SWEEP_US <= now_us;
		connection = next) {
		next = connection->next;
		if (has_left(connection))
			tw_http_patience_end(connection);
	}
}

void tw_http_patience_lose(struct tw_http *http)
{
	bool is_crowded = http->n_connections >= http->limits.connections;
	int64_t timeout_us = is_crowded ? http->limits.crowded_timeout_us : http->limits.timeout_us;
	int64_t now_us = tw_loop_now(http->loop), deadline_us;

	while (http->first != NULL && http->first->since_us + timeout_us <= now_us)
		tw_http_patience_end(http->first);
	sweep(http, now_us);
	if (http->first == NULL) {
		tw_loop_arm(http->patience, TW_NEVER);
		return;
	}
	deadline_us = http->first->since_us + timeout_us;
	if (deadline_us > http->swept_us + SWEEP_US)
		deadline_us = http->swept_us + SWEEP_US;
	tw_loop_arm(http->patience, deadline_us);
}
