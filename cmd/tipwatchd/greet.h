/* What tipwatchd says once, when it has seen every node. */
#ifndef TIPWATCHD_GREET_H
#define TIPWATCHD_GREET_H

#include "io/daemon/daemon.h"
#include "options.h"

/* With URLs one screen on standard output, otherwise what should be thought over, in the log. */
void greet(const struct options *options, const struct tw_daemon *daemon);
/* Writes what should be thought over, for people, to standard output. */
void greet_advise(const struct tw_daemon *daemon);

#endif
