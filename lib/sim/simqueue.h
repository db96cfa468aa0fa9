/* What happens when: a binary heap of events. Events of one time come out in the order they went
 * in. */
#ifndef TW_SIM_SIMQUEUE_H
#define TW_SIM_SIMQUEUE_H

#include "base/time.h"
#include <stdbool.h>

struct tw_simevent {
	int64_t t_us;
	uint64_t number; /* given by the queue */
	int kind;        /* the caller's */
	int32_t a;
	int32_t b;
};

struct tw_simqueue {
	struct tw_simevent *events;
	uint32_t n;
	uint32_t size;
	uint64_t n_added;
};

/* 0 or -ENOMEM. A zeroed queue is an empty one. */
int tw_simqueue_add(struct tw_simqueue *queue, int64_t t_us, int kind, int32_t a, int32_t b);
/* Time of the next event; TW_NEVER. */
int64_t tw_simqueue_next_us(const struct tw_simqueue *queue);
bool tw_simqueue_take(struct tw_simqueue *queue, struct tw_simevent *ret_event);
void tw_simqueue_finish(struct tw_simqueue *queue);

#endif
