/* The status table, drawn again at every change until q is pressed. */
#ifndef TIPWATCHCTL_TOP_H
#define TIPWATCHCTL_TOP_H

#include "app.h"

/*
 * Takes over the terminal and gives it back as it was, also when a signal ends or stops the
 * program. When tipwatchd goes away the last table stays on the screen with its age, and the
 * connection is tried again. Returns the exit code; where it is not 0, message says why.
 */
int tw_top_run(struct tw_app *app, char message[TW_LINK_MESSAGE_MAX]);

#endif
