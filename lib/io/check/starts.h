/*
 * Checks that wait to be begun. When a block is news, every node is to be asked at once, and to
 * begin a thousand checks in one wake-up would keep clients waiting for a tenth of a second. So
 * only a few are begun in one wake-up of the loop, and whatever else has come is handled between.
 * The first few wait for nothing: where there are not many nodes, no check ever does.
 */
#ifndef TW_IO_CHECK_STARTS_H
#define TW_IO_CHECK_STARTS_H

#include "io/loop.h"

enum { TW_STARTS_IN_ONE_TURN = 8 };

/* Embedded in what is to be begun. A zeroed one does not wait. */
struct tw_start {
	struct tw_start *previous, *next;
	bool is_waiting;
};

typedef void tw_starts_fn(struct tw_start *start);

struct tw_starts {
	struct tw_loop *loop;
	struct tw_loop_timer *timer;
	tw_starts_fn *fn;
	struct tw_start *first, *last;
	int64_t turn_us; /* the wake-up in which n_begun were begun */
	uint32_t n_begun;
};

/* fn begins one; it may add and remove others. 0 or -ENOMEM; to be finished also after a failure.
 */
int tw_starts_init(struct tw_starts *starts, struct tw_loop *loop, tw_starts_fn *fn);
/* Nothing may wait any more. */
void tw_starts_finish(struct tw_starts *starts);
/* Calls fn for start (borrowed), now or in one of the next wake-ups. is_urgent: before those that
 * wait already. */
void tw_starts_add(struct tw_starts *starts, struct tw_start *start, bool is_urgent);
/* It is not to be begun any more; does nothing where it does not wait. */
void tw_starts_remove(struct tw_starts *starts, struct tw_start *start);

#endif
