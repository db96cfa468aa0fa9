/* See server.h. */
#include "server.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONNECTIONS_MAX = 256, REQUEST_SIZE = 16 * 1024, SEND_TIMEOUT_MS = 20000 };

struct connection {
	struct server *server;
	pthread_t thread;
	int fd;
	size_t len;
	char request[REQUEST_SIZE];
};

struct server {
	int fd;
	int stop_fd; /* readable from server_stop() on */
	uint16_t port;
	server_script *script;
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock; /* of the counts */
	pthread_cond_t changed;
	int n_connections;
	int n_open;
	int n_requests;
	struct connection *connections[CONNECTIONS_MAX];
};

static void count(struct server *server, int *counter, int by)
{
	pthread_mutex_lock(&server->lock);
	*counter += by;
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
}

static int read_count(struct server *server, const int *counter)
{
	int n;

	pthread_mutex_lock(&server->lock);
	n = *counter;
	pthread_mutex_unlock(&server->lock);
	return n;
}

/* Waits for events on fd. False: the server is to stop, or (timeout_ms over). */
static bool wait_for(struct server *server, int fd, short events, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = fd, .events = events },
		{ .fd = server->stop_fd, .events = POLLIN } };
	int r;

	do
		r = poll(fds, 2, timeout_ms);
	while (r < 0 && errno == EINTR);
	return r > 0 && fds[1].revents == 0;
}

static void *run_connection(void *ctx)
{
	struct connection *connection = ctx;

	connection->server->script(connection, connection->server->ctx);
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
	count(connection->server, &connection->server->n_open, -1);
	return NULL;
}

static void *run_server(void *ctx)
{
	struct server *server = ctx;

	while (wait_for(server, server->fd, POLLIN, -1) &&
		server->n_connections < CONNECTIONS_MAX) {
		struct connection *connection = calloc(1, sizeof(*connection));
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 || connection == NULL)
			abort();
		connection->server = server;
		connection->fd = fd;
		count(server, &server->n_open, 1);
		server->connections[server->n_connections] = connection;
		if (pthread_create(&connection->thread, NULL, run_connection, connection) != 0)
			abort();
		count(server, &server->n_connections, 1);
	}
	return NULL;
}

struct server *server_start(const char *host, server_script *script, void *ctx)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v6 = strchr(host, ':') != NULL;
	struct sockaddr *address = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t len = is_v6 ? sizeof(v6) : sizeof(v4);

	assert_non_null(server);
	server->script = script;
	server->ctx = ctx;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->changed, NULL);
	assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, host,
				 is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr),
		1);
	server->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	assert_true(server->fd >= 0 && server->stop_fd >= 0);
	assert_int_equal(bind(server->fd, address, len), 0);
	assert_int_equal(listen(server->fd, 64), 0);
	assert_int_equal(getsockname(server->fd, address, &len), 0);
	server->port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, run_server, server), 0);
	return server;
}

void server_stop(struct server *server)
{
	static const uint64_t one = 1;

	if (server == NULL)
		return;
	if (write(server->stop_fd, &one, sizeof(one)) != sizeof(one))
		abort();
	(void)pthread_join(server->thread, NULL);
	for (int i = 0; i < server->n_connections; i++) {
		(void)pthread_join(server->connections[i]->thread, NULL);
		free(server->connections[i]);
	}
	close(server->fd);
	close(server->stop_fd);
	pthread_cond_destroy(&server->changed);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}

int server_connections(struct server *server)
{
	return read_count(server, &server->n_connections);
}

int server_open(struct server *server)
{
	return read_count(server, &server->n_open);
}

int server_requests(struct server *server)
{
	return read_count(server, &server->n_requests);
}

bool server_wait_closed(struct server *server, int timeout_ms)
{
	struct timespec end;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&server->lock);
	while (server->n_open > 0 && r == 0)
		r = pthread_cond_timedwait(&server->changed, &server->lock, &end);
	pthread_mutex_unlock(&server->lock);
	return r == 0;
}

/* Length of the request at the start of text, or 0 when it is not whole yet. */
static size_t request_length(const char *text, size_t len)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *field = strcasestr(text, "\r\nContent-Length:");
	size_t need;

	if (end == NULL)
		return 0;
	need = (size_t)(end + 4 - text);
	if (field != NULL && field < end)
		need += strtoul(field + strlen("\r\nContent-Length:"), NULL, 10);
	return len >= need ? need : 0;
}

bool connection_read(struct connection *connection)
{
	connection->len = 0;
	connection->request[0] = '\0';
	for (;;) {
		ssize_t n;

		if (!wait_for(connection->server, connection->fd, POLLIN, -1))
			return false;
		n = recv(connection->fd, connection->request + connection->len,
			REQUEST_SIZE - 1 - connection->len, 0);
		if (n <= 0)
			return false;
		connection->len += (size_t)n;
		connection->request[connection->len] = '\0';
		if (request_length(connection->request, connection->len) > 0)
			break;
	}
	count(connection->server, &connection->server->n_requests, 1);
	return true;
}

bool connection_drain(struct connection *connection)
{
	return wait_for(connection->server, connection->fd, POLLIN, -1) &&
	       recv(connection->fd, connection->request, REQUEST_SIZE - 1, 0) > 0;
}

const char *connection_request(const struct connection *connection)
{
	return connection->request;
}

bool connection_send_data(struct connection *connection, const void *data, size_t len)
{
	const char *bytes = data;

	while (len > 0) {
		ssize_t n;

		if (!wait_for(connection->server, connection->fd, POLLOUT, SEND_TIMEOUT_MS))
			return false;
		n = send(connection->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool connection_send(struct connection *connection, const char *text)
{
	return connection_send_data(connection, text, strlen(text));
}

bool connection_reply(struct connection *connection, int status, const char *body)
{
	char head[200];

	(void)snprintf(head, sizeof(head),
		"HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		status, strlen(body));
	return connection_send(connection, head) && connection_send(connection, body);
}

bool connection_pause(struct connection *connection, int ms)
{
	/* POLLRDHUP alone does not wake up for unread data. */
	struct pollfd fds[] = { { .fd = connection->fd, .events = POLLRDHUP },
		{ .fd = connection->server->stop_fd, .events = POLLIN } };

	return poll(fds, 2, ms) == 0;
}

void connection_wait_gone(struct connection *connection)
{
	(void)connection_pause(connection, -1);
}

void connection_reset(struct connection *connection)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(connection->fd);
	connection->fd = -1;
}
