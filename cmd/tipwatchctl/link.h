/* Talking to tipwatchd, and saying in words why that does not work. */
#ifndef TIPWATCHCTL_LINK_H
#define TIPWATCHCTL_LINK_H

#include "io/client.h"
#include "io/paths.h"

enum {
	TW_LINK_CONNECT_US = 5 * 1000000,
	TW_LINK_REPLY_US = 10 * 1000000,
	/* A stream speaks every two seconds: who misses two of them has lost it. */
	TW_LINK_STREAM_US = 5 * 1000000,
	TW_LINK_MESSAGE_MAX = 1024,
};

/*
 * Connects to path, or to the default socket where it is NULL; ret_path says which. Returns 0 or a
 * negative errno, then message says what is wrong and what to do.
 */
int tw_link_open(const char *path, char ret_path[TW_PATHS_MAX], struct tw_client **ret_client,
	char message[TW_LINK_MESSAGE_MAX]);
/* What an error of tw_client_request() or tw_client_receive() means. */
void tw_link_explain(int error, const char *path, char message[TW_LINK_MESSAGE_MAX]);

#endif
