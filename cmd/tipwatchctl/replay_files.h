/* tipwatchctl replay: recorded journals through the same core again, without tipwatchd. */
#ifndef TIPWATCHCTL_REPLAY_FILES_H
#define TIPWATCHCTL_REPLAY_FILES_H

#include "app.h"

/* Replays the files that the arguments name, in their order, as one history. Prints each change of
 * decision, or with --every each record, and then the summary. Returns the exit code. */
int tw_replay_files(struct tw_app *app);

#endif
