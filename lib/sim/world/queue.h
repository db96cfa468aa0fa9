/*
 * A queue of events by time, as a binary heap. Events of the same time come out in the order in
 * which they were added.
 */
#ifndef TW_SIM_WORLD_QUEUE_H
#define TW_SIM_WORLD_QUEUE_H

#include "base/time.h"
#include <stdbool.h>

struct tw_sim_event {
	int64_t t_us;
	uint64_t number; /* given by the queue */
	int kind;        /* the caller's */
	int32_t a;
	int32_t b;
};

struct tw_sim_queue {
	struct tw_sim_event *events;
	uint32_t n;
	uint32_t size;
	uint64_t n_added;
};

/* 0 or -ENOMEM. A zeroed queue is an empty one. */
int tw_sim_queue_add(struct tw_sim_queue *queue, int64_t t_us, int kind, int32_t a, int32_t b);
/* Time of the next event; TW_NEVER. */
int64_t tw_sim_queue_next_us(const struct tw_sim_queue *queue);
bool tw_sim_queue_take(struct tw_sim_queue *queue, struct tw_sim_event *ret_event);
void tw_sim_queue_finish(struct tw_sim_queue *queue);

#endif
