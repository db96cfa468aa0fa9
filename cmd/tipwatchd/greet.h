/* What tipwatchd says once, when it has seen every node. */
#ifndef TIPWATCHD_GREET_H
#define TIPWATCHD_GREET_H

#include "io/daemon/daemon.h"
#include "options.h"

/* With URLs, one screen on standard output; with a file, the advice (show/advice.h) in the log. */
void tw_greet(const struct options *options, const struct tw_daemon *daemon);
/* Writes the advice to standard output. */
void tw_greet_advise(const struct tw_daemon *daemon);

#endif
