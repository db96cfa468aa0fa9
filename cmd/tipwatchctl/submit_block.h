/* tipwatchctl submit-block: hands a found block to tipwatchd, which sends it. */
#ifndef TIPWATCHCTL_SUBMIT_BLOCK_H
#define TIPWATCHCTL_SUBMIT_BLOCK_H

#include "app.h"

/* The argument names the file, - is standard input. Works also while tipwatchd does not run.
 * Returns the exit code. */
int tw_submit_block(struct tw_app *app);

#endif
