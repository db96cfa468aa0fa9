/* What a replay decides, for people: a line for each change with the time of day, and below it what
 * changed of the nodes and why. */
#ifndef TIPWATCHCTL_REPLAY_TELL_H
#define TIPWATCHCTL_REPLAY_TELL_H

#include "journal/change.h"
#include "show/text.h"

struct tw_replay_tell {
	const struct tw_text *text;       /* borrowed */
	const struct tw_monitor *monitor; /* the one that was told of last */
	struct tw_change change;
	uint64_t n_switches;
};

/*
 * Writes what has changed since the call before. wall_ms: the Unix time of the decision, or
 * TW_UNKNOWN; since_us: how long after the start of the journal it was made.
 */
void tw_replay_tell(struct tw_replay_tell *tell, const struct tw_monitor *monitor, int64_t wall_ms,
	int64_t since_us);

#endif
