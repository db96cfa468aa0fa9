/*
 * Deadlines of timers, the earliest first: a binary heap in which each timer knows its place, so
 * that a deadline can be changed without a search. Timers of the same deadline come in the order in
 * which they were set.
 */
#ifndef TW_IO_TIMERS_H
#define TW_IO_TIMERS_H

#include "base/time.h"
#include <stdint.h>

/* Embedded in the caller's own timer. A zeroed one is not set. */
struct tw_timer {
	int64_t deadline_us;
	uint64_t number; /* of the call that set it */
	uint32_t place;  /* in the heap, from 1; 0: not set */
};

struct tw_timers {
	struct tw_timer **heap;
	uint32_t n;        /* timers that are set */
	uint32_t size;     /* of heap */
	uint32_t n_known;  /* timers that may be set */
	uint64_t n_set_up; /* calls that set a timer, ever */
};

void tw_timers_finish(struct tw_timers *timers);
/* Makes room for one more timer, so that setting it cannot fail. 0 or -ENOMEM. */
int tw_timers_add(struct tw_timers *timers);
/* Unsets the timer and gives its room back. */
void tw_timers_remove(struct tw_timers *timers, struct tw_timer *timer);
/* Sets the timer, or sets it anew; TW_NEVER unsets it. */
void tw_timers_set(struct tw_timers *timers, struct tw_timer *timer, int64_t deadline_us);
/* The timer that is due first (borrowed); NULL when none is set. */
struct tw_timer *tw_timers_first(const struct tw_timers *timers);

#endif
