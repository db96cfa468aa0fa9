/*
 * A look ahead at a run of a journal: how its first records are replayed depends on which kinds of
 * records come later.
 */
#ifndef TW_REPLAY_SCAN_H
#define TW_REPLAY_SCAN_H

#include "base/result.h"

struct tw_replay_run {
	bool is_exact; /* ticks are recorded: no timer runs by itself */
	bool has_gaps; /* gaps are recorded: no hole is taken for one */
};

/* text begins after a header; what is behind the next one is another run. */
struct tw_replay_run tw_replay_scan(const char *text, size_t len);

#endif
