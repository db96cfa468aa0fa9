/*
 * A blocking client of the control socket, for libtipwatch and tests: it sends and receives lines,
 * and no call takes longer than the given time.
 */
#ifndef TW_CLIENT_LINE_H
#define TW_CLIENT_LINE_H

#include "base/buf.h"
#include "base/time.h"

struct tw_client_line;

/* Most bytes of a reply. */
enum { TW_CLIENT_LINE_MAX = 32 * 1024 * 1024 };

/*
 * Connects to the Unix socket at path. Times are spans in microseconds here and below; TW_NEVER
 * waits for ever. Returns 0 or a negative errno: -ENAMETOOLONG, -ETIMEDOUT, or that of connect().
 */
int tw_client_line_connect(
	const char *path, int64_t timeout_us, struct tw_client_line **ret_client);
void tw_client_line_destroy(struct tw_client_line *client); /* takes NULL */
/* For poll(): readable when there is more to receive. Lines that have come already do not count, so
 * receive with a timeout of 0 until -ETIMEDOUT before waiting. */
int tw_client_line_fd(const struct tw_client_line *client);
/* Sends line (without a line end; -EINVAL when one is in it). 0, -ETIMEDOUT or -EPIPE. */
int tw_client_line_send(struct tw_client_line *client, const char *line, int64_t timeout_us);
/*
 * Waits for the next line and puts it, without its end, in place of what line holds. Returns 0,
 * -ETIMEDOUT, -ECONNRESET (the other side closed before the line was whole), -EMSGSIZE (longer than
 * TW_CLIENT_LINE_MAX or line's cap) or -ENOMEM.
 */
int tw_client_line_receive(struct tw_client_line *client, int64_t timeout_us, struct tw_buf *line);
/* Sends a request and receives the reply. Where the server has refused the connection and closed it
 * before the request, its reply is still read. timeout_us is for both together. */
int tw_client_line_request(struct tw_client_line *client, const char *request, int64_t timeout_us,
	struct tw_buf *line);

#endif
