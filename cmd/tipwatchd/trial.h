/*
 * What a test of the configuration (-t) finds beyond the file itself: whether the service could use
 * what the file names. Root may read everything, and the user that the service runs as may not.
 */
#ifndef TIPWATCHD_TRIAL_H
#define TIPWATCHD_TRIAL_H

#include "conf/config.h"

/*
 * Says on standard error what the service could not use, a line each: a directory for the journal
 * that does not exist; and where this is run by root and there is a user tipwatch, files that this
 * user may not read. Returns whether it could use everything.
 */
bool tw_trial(const struct tw_config *config);

#endif
