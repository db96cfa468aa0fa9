/*
 * The demo's control socket: a Unix stream socket, one command a line, one JSON line back.
 */
#ifndef DEMO_CONTROL_H
#define DEMO_CONTROL_H

#include "base/buf.h"
#include "io/loop.h"

struct demo_control;

enum { DEMO_CONTROL_CLIENTS_MAX = 64 };

/* Runs a line and appends the reply, without a newline. */
typedef void demo_control_fn(void *ctx, const char *line, struct tw_buf *reply);

/*
 * Listens at path (0600). Returns 0 or a negative errno: -EADDRINUSE when something answers there
 * (a stale socket is replaced), -ENAMETOOLONG.
 */
int demo_control_create(struct tw_loop *loop, const char *path, demo_control_fn *fn, void *ctx,
	struct demo_control **ret_control);
/* Sends the rest of the replies as far as that does not block, and removes the socket. */
void demo_control_destroy(struct demo_control *control);

#endif
