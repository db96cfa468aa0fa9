/* See patience.h. */
#include "io/http/patience.h"
#include "base/num.h"
#include <sys/socket.h>

/* How often connections are searched for clients that have left. */
enum { SWEEP_US = 500000 };

void tw_http_patience_unlist(struct tw_http_connection *connection)
{
	struct tw_http_patience *patience = connection->patience;

	if (!connection->is_listed)
		return;
	if (connection->prev != NULL)
		connection->prev->next = connection->next;
	else
		patience->first = connection->next;
	if (connection->next != NULL)
		connection->next->prev = connection->prev;
	else
		patience->last = connection->prev;
	connection->next = connection->prev = NULL;
	connection->is_listed = false;
}

void tw_http_patience_enlist(struct tw_http_connection *connection)
{
	struct tw_http_patience *patience = connection->patience;

	tw_http_patience_unlist(connection);
	connection->since_us = tw_loop_now(patience->loop);
	connection->uploaded = 0;
	connection->prev = patience->last;
	if (patience->last != NULL)
		patience->last->next = connection;
	else
		patience->first = connection;
	patience->last = connection;
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
 * Ends the connections that the client has closed. When the end of a connection arrives together
 * with the last bytes of a request, libmicrohttpd (0.9.75) does not notice it, and would keep the
 * connection until its time is over.
 */
static void sweep(struct tw_http_patience *patience, int64_t now_us)
{
	struct tw_http_connection *next;

	if (now_us < patience->swept_us + SWEEP_US)
		return;
	patience->swept_us = now_us;
	for (struct tw_http_connection *connection = patience->first;
		connection != NULL && connection->since_us + SWEEP_US <= now_us;
		connection = next) {
		next = connection->next;
		if (has_left(connection))
			tw_http_patience_end(connection);
	}
}

void tw_http_patience_lose(struct tw_http_patience *patience, int64_t timeout_us)
{
	int64_t now_us = tw_loop_now(patience->loop), deadline_us;

	while (patience->first != NULL && patience->first->since_us + timeout_us <= now_us)
		tw_http_patience_end(patience->first);
	sweep(patience, now_us);
	if (patience->first == NULL) {
		tw_loop_arm(patience->timer, TW_NEVER);
		return;
	}
	deadline_us = patience->first->since_us + timeout_us;
	deadline_us = tw_min(deadline_us, patience->swept_us + SWEEP_US);
	tw_loop_arm(patience->timer, deadline_us);
}
