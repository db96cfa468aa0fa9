/*
 * The pushes object: when daemons announced their last blocks over their P2P links, and when checks
 * showed them (tipwatchd(8)).
 */
#ifndef TW_SERVE_PUSHES_H
#define TW_SERVE_PUSHES_H

#include "serve/status.h"

/* Writes the object in one line, without a newline. Nodes that are to have no link are left out. */
void tw_pushes_write(const struct tw_status_source *source, struct tw_buf *out);

#endif
