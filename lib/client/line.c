/* See line.h. */
#include "client/line.h"
#include "base/file.h"
#include "base/num.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

struct tw_client_line {
	int fd;
	struct tw_buf in;
	size_t n_searched; /* bytes of in that are known to hold no line end */
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

static int64_t deadline_of(int64_t timeout_us)
{
	int64_t now_us = now();

	return timeout_us > TW_NEVER - now_us ? TW_NEVER : now_us + timeout_us;
}

/* 0 when fd is ready for events or has failed, or -ETIMEDOUT. */
static int wait_for(int fd, short events, int64_t deadline_us)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_us = deadline_us == TW_NEVER ? TW_HOUR : deadline_us - now();
		int n;

		left_us = tw_max(left_us, 0);
		left_us = tw_min(left_us, TW_HOUR);
		n = poll(&pollfd, 1, (int)((left_us + TW_MS - 1) / TW_MS));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && deadline_us != TW_NEVER && now() >= deadline_us)
			return -ETIMEDOUT;
	}
}

/* connect() to a Unix socket cannot be polled for: the send timeout limits it. */
static int connect_within(int fd, const struct sockaddr_un *address, int64_t timeout_us)
{
	struct timeval tv = { 0 };

	if (timeout_us != TW_NEVER) {
		tv.tv_sec = timeout_us / TW_SEC;
		tv.tv_usec = timeout_us % TW_SEC;
		if (tv.tv_sec == 0 && tv.tv_usec == 0)
			tv.tv_usec = 1; /* zero would mean for ever */
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) < 0)
		return -errno;
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno == EAGAIN)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int tw_client_line_connect(const char *path, int64_t timeout_us, struct tw_client_line **ret_client)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct tw_client_line *client;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		return -ENOMEM;
	tw_buf_init(&client->in, TW_CLIENT_LINE_MAX + READ_SIZE);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = client->fd < 0 ? -errno : connect_within(client->fd, &address, timeout_us);
	if (r < 0) {
		tw_client_line_destroy(client);
		return r;
	}
	*ret_client = client;
	return 0;
}

void tw_client_line_destroy(struct tw_client_line *client)
{
	if (client == NULL)
		return;
	tw_file_close(&client->fd);
	tw_buf_finish(&client->in);
	free(client);
}

int tw_client_line_fd(const struct tw_client_line *client)
{
	return client->fd;
}

static int send_all(
	struct tw_client_line *client, const char *data, size_t len, int64_t deadline_us)
{
	while (len > 0) {
		ssize_t n = send(client->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			int r = wait_for(client->fd, POLLOUT, deadline_us);

			if (r < 0)
				return r;
		} else if (errno != EINTR) {
			return errno == ECONNRESET ? -EPIPE : -errno;
		}
	}
	return 0;
}

static int send_line(struct tw_client_line *client, const char *line, int64_t deadline_us)
{
	int r;

	if (strchr(line, '\n') != NULL)
		return -EINVAL;
	r = send_all(client, line, strlen(line), deadline_us);
	return r < 0 ? r : send_all(client, "\n", 1, deadline_us);
}

static int receive_line(struct tw_client_line *client, int64_t deadline_us, struct tw_buf *line)
{
	char block[READ_SIZE];

	for (;;) {
		const char *start = tw_buf_str(&client->in);
		const char *end = memchr(
			start + client->n_searched, '\n', client->in.len - client->n_searched);
		ssize_t n;
		int r;

		if (end != NULL) {
			size_t len = (size_t)(end - start);

			tw_buf_clear(line);
			tw_buf_append(line, start, len);
			tw_buf_consume(&client->in, len + 1);
			client->n_searched = 0;
			return line->error;
		}
		client->n_searched = client->in.len;
		if (client->in.len > TW_CLIENT_LINE_MAX)
			return -EMSGSIZE;
		n = recv(client->fd, block, sizeof(block), MSG_DONTWAIT);
		if (n > 0) {
			tw_buf_append(&client->in, block, (size_t)n);
			r = client->in.error;
		} else if (n == 0) {
			r = -ECONNRESET;
		} else if (errno == EAGAIN) {
			r = wait_for(client->fd, POLLIN, deadline_us);
		} else {
			r = errno == EINTR ? 0 : -errno;
		}
		if (r < 0)
			return r;
	}
}

int tw_client_line_send(struct tw_client_line *client, const char *line, int64_t timeout_us)
{
	return send_line(client, line, deadline_of(timeout_us));
}

int tw_client_line_receive(struct tw_client_line *client, int64_t timeout_us, struct tw_buf *line)
{
	return receive_line(client, deadline_of(timeout_us), line);
}

int tw_client_line_request(
	struct tw_client_line *client, const char *request, int64_t timeout_us, struct tw_buf *line)
{
	int64_t deadline_us = deadline_of(timeout_us);
	int r = send_line(client, request, deadline_us);

	if (r < 0 && r != -EPIPE)
		return r;
	return receive_line(client, deadline_us, line);
}
