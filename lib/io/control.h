/*
 * The control socket: a Unix stream socket with one request per line and one JSON line back, in
 * order, pipelined. It knows clients, lines, limits and peer credentials; commands are
 * wire/ctl.h's.
 */
#ifndef TW_IO_CONTROL_H
#define TW_IO_CONTROL_H

#include "base/buf.h"
#include "io/loop.h"
#include "wire/conf.h"
#include "wire/ctl.h"

struct tw_control;

enum {
	TW_CONTROL_LINE_MAX = 1024,
	TW_CONTROL_BACKLOG_MAX = 256 * 1024,
	TW_CONTROL_WATCH_US = 2000000, /* watch streams speak at least this often */
};

struct tw_control_counts {
	uint64_t clients;                       /* now */
	uint64_t dropped;                       /* since the start */
	uint64_t requests[TW_CTL_COMMANDS_MAX]; /* by number in the command table; unknown ones last
						 */
};

/*
 * Binds config's control_path (mode, group) and listens. Returns 0 or a negative errno; -EADDRINUSE
 * when a live process answers there (a stale socket is replaced), -ENAMETOOLONG for a path longer
 * than a socket address holds. ops and ctx serve the commands.
 */
int tw_control_create(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_ctl_ops *ops, void *ctx, struct tw_control **ret_control);
/* Closes all clients and removes the socket. */
void tw_control_destroy(struct tw_control *control);
/* After a reload: group, operators and max_clients apply from now on; the path stays. */
void tw_control_configure(struct tw_control *control, const struct tw_config *config);
/* The select object changed: tell the watchers. */
void tw_control_publish(struct tw_control *control);
/* A `check` that was waiting is done. */
void tw_control_checks_done(struct tw_control *control);
void tw_control_count(const struct tw_control *control, struct tw_control_counts *ret_counts);

#endif
