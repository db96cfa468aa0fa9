/* See http_client.h. */
#include "http_client.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { SILENCE_S = 20, REPLY_MAX = 32 << 20 };

int64_t client_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void client_open(struct client *client, int family, uint16_t port)
{
	const struct timeval silence = { .tv_sec = SILENCE_S };
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_loopback
	};
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr *address =
		family == AF_INET6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	const int on = 1;

	*client = (struct client){ .fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	assert_true(client->fd >= 0);
	/* What is sent in two pieces must not wait for the server's acknowledgement. */
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	(void)setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
	if (connect(client->fd, address, family == AF_INET6 ? sizeof(six) : sizeof(four)) < 0)
		fail_msg("cannot connect to port %u: %s", port, strerror(errno));
	tw_buf_init(&client->in, REPLY_MAX);
	tw_buf_init(&client->body, REPLY_MAX);
}

void client_close(struct client *client)
{
	(void)close(client->fd);
	tw_buf_finish(&client->in);
	tw_buf_finish(&client->body);
}

void client_send(struct client *client, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(client->fd, p, len, MSG_NOSIGNAL);

		/* A server that has heard enough may close; what it said is still to be read. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		if (n < 0)
			fail_msg("send: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}

void client_puts(struct client *client, const char *text)
{
	client_send(client, text, strlen(text));
}

bool client_receive(struct client *client)
{
	char data[65536];
	ssize_t n = recv(client->fd, data, sizeof(data), 0);

	if (n < 0 && errno == EAGAIN)
		fail_msg("the server is silent");
	if (n <= 0)
		return false;
	assert_int_equal(tw_buf_append(&client->in, data, (size_t)n), 0);
	return true;
}

static const char *header(const struct client *client, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = strchr(client->head, '\n'); p != NULL; p = strchr(p + 1, '\n')) {
		if (strncasecmp(p + 1, name, len) == 0 && p[1 + len] == ':')
			return p + 1 + len + 1 + strspn(p + 1 + len + 1, " ");
	}
	return NULL;
}

bool client_has_header(const struct client *client, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = strchr(client->head, '\n'); p != NULL; p = strchr(p + 1, '\n')) {
		if (strncmp(p + 1, line, len) == 0 && p[1 + len] == '\r')
			return true;
	}
	return false;
}

bool client_read_head(struct client *client)
{
	const char *end;
	size_t head_len;

	while ((end = strstr(tw_buf_str(&client->in), "\r\n\r\n")) == NULL) {
		if (!client_receive(client))
			return false;
	}
	head_len = (size_t)(end - client->in.data) + 2;
	assert_true(head_len < sizeof(client->head));
	memcpy(client->head, client->in.data, head_len);
	client->head[head_len] = '\0';
	tw_buf_consume(&client->in, head_len + 2);
	if (strncmp(client->head, "HTTP/1.", 7) != 0)
		fail_msg("not a reply: %s", client->head);
	client->status = atoi(client->head + 9);
	return true;
}

bool client_read(struct client *client, bool has_body)
{
	const char *length;
	size_t body_len;

	if (!client_read_head(client))
		return false;
	length = header(client, "Content-Length");
	assert_non_null(length);
	body_len = has_body ? (size_t)strtoull(length, NULL, 10) : 0;
	while (client->in.len < body_len) {
		if (!client_receive(client))
			return false;
	}
	tw_buf_clear(&client->body);
	assert_int_equal(tw_buf_append(&client->body, tw_buf_str(&client->in), body_len), 0);
	tw_buf_consume(&client->in, body_len);
	return true;
}

bool client_is_closed(struct client *client, size_t limit)
{
	while (client_receive(client)) {
		if (client->in.len > limit)
			return false;
	}
	return true;
}
