/*
 * The control socket: a Unix stream socket with one request per line and one JSON line back, in
 * order, pipelined. socket.h has its file, client.h its connections, peer.h their credentials; what
 * the commands do is serve/ctl.h's.
 */
#ifndef TW_IO_CONTROL_CONTROL_H
#define TW_IO_CONTROL_CONTROL_H

#include "conf/config.h"
#include "io/control/client.h"
#include "io/loop.h"
#include "serve/ctl.h"

struct tw_control;

struct tw_control_counts {
	uint64_t clients;                       /* now */
	uint64_t dropped;                       /* because they did not read, since the start */
	uint64_t requests[TW_CTL_COMMANDS_MAX]; /* by number in the command table; unknown ones last
						 */
};

/*
 * Binds config's control_path (mode, group) and listens; the directory is made where it is missing.
 * Returns 0 or a negative errno, after it has logged what is wrong and what to do: -EADDRINUSE when
 * a live process has the socket (a stale one is replaced), -ENAMETOOLONG for a path longer than a
 * socket address holds, -EINVAL for a group that does not exist. PATH.lock beside the socket keeps
 * two that start at once apart. ops (borrowed) and ctx serve the commands; they must not destroy
 * the control.
 */
int tw_control_create(struct tw_loop *loop, const struct tw_config *config,
	const struct tw_ctl_ops *ops, void *ctx, struct tw_control **ret_control);
/* Closes all clients and removes the socket if it is still this one's. Takes NULL. */
void tw_control_destroy(struct tw_control *control);
/* After a reload: mode, group, operators and max_clients apply from now on; the path stays. A group
 * that does not exist is logged: the socket keeps its old one, nobody is an operator through it. */
void tw_control_configure(struct tw_control *control, const struct tw_config *config);
/* The select object changed: gives it to the clients that watch. */
void tw_control_publish(struct tw_control *control);
/* The checks that clients asked for with `check` are done. */
void tw_control_checks_done(struct tw_control *control);
void tw_control_count(const struct tw_control *control, struct tw_control_counts *ret_counts);

#endif
