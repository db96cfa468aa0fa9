/* The status table, live: drawn again whenever tipwatchd has something new, until q. */
#ifndef TIPWATCHCTL_TOP_H
#define TIPWATCHCTL_TOP_H

#include "app.h"

/*
 * Takes over the terminal and gives it back as it was, also when a signal ends or stops the
 * program. A tipwatchd that goes away is waited for; what was seen last stays on the screen, with
 * its age. Returns the exit code; on an error message says what is wrong.
 */
int tw_top_run(struct tw_app *app, char message[TW_LINK_MESSAGE_MAX]);

#endif
