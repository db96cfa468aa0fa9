/* A raw HTTP client for tests: it can be slow, rude and wrong, which a library would not be. */
#ifndef TW_TEST_HTTP_CLIENT_H
#define TW_TEST_HTTP_CLIENT_H

#include "base/buf.h"
#include <stdint.h>

/* A reply, and what came after it (of a pipelined next one). */
struct client {
	int fd;
	struct tw_buf in;
	int status;
	char head[4096]; /* status line and headers */
	struct tw_buf body;
};

/* Connects to the loopback address of family; a silent server fails the test after 20 s. */
void client_open(struct client *client, int family, uint16_t port);
void client_close(struct client *client);
void client_send(struct client *client, const void *data, size_t len);
void client_puts(struct client *client, const char *text);
/* Reads one reply; has_body is false for one to HEAD. False when the server closed instead. */
bool client_read(struct client *client, bool has_body);
/* Reads status line and headers only; what follows is in client->in, or comes. */
bool client_read_head(struct client *client);
/* Waits for more, and appends it to client->in. False at the end of the stream. */
bool client_receive(struct client *client);
/* Waits until the server has closed; false when it sends more than limit bytes before. */
bool client_is_closed(struct client *client, size_t limit);
/* Whether the last reply has this very header line. */
bool client_has_header(const struct client *client, const char *line);

/* Monotonic milliseconds. */
int64_t client_now_ms(void);

#endif
