/*
 * A new configuration in a running daemon: everything new is made first and then swapped in, so
 * that the old configuration stays in force when anything fails.
 */
#ifndef TW_IO_DAEMON_RELOAD_H
#define TW_IO_DAEMON_RELOAD_H

#include "base/buf.h"

struct tw_daemon;

/* 0, or 1 with the reasons in errors, a line each: then nothing has changed. */
int tw_daemon_reload(struct tw_daemon *daemon, struct tw_buf *errors);

#endif
