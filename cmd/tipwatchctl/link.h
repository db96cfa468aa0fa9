/* The connection to tipwatchd, and its errors as sentences that say what to do. */
#ifndef TIPWATCHCTL_LINK_H
#define TIPWATCHCTL_LINK_H

#include "base/buf.h"
#include "base/time.h"
#include "client/line.h"
#include "client/paths.h"
#include "client/tipwatch.h"

enum {
	TW_LINK_CONNECT_US = 5 * 1000000,
	TW_LINK_REPLY_US = 10 * 1000000,
	/* A stream sends a line every two seconds: after two missed ones it is lost. */
	TW_LINK_STREAM_US = 5 * 1000000,
	TW_LINK_MESSAGE_MAX = 1024,
};

/*
 * Connects to path, or to the default socket where it is NULL; ret_path says which. Returns 0 or a
 * negative errno, then message says what is wrong and what to do.
 */
int tw_link_open(const char *path, char ret_path[TW_PATHS_MAX], struct tipwatch **ret_client,
	char message[TW_LINK_MESSAGE_MAX]);
/*
 * A request, the next line of a stream, or both, into line. Times are spans in microseconds,
 * TW_NEVER for ever. Return as tipwatch_request().
 */
int tw_link_send(struct tipwatch *client, const char *request, int64_t timeout_us);
int tw_link_receive(struct tipwatch *client, int64_t timeout_us, struct tw_buf *line);
int tw_link_request(
	struct tipwatch *client, const char *request, int64_t timeout_us, struct tw_buf *line);
/* Explains an error of these functions. */
void tw_link_explain(int error, const char *path, char message[TW_LINK_MESSAGE_MAX]);

#endif
