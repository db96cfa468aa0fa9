/* See timers.h. */
#include "io/timers.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

void tw_timers_finish(struct tw_timers *timers)
{
	free(timers->heap);
	*timers = (struct tw_timers){ 0 };
}

int tw_timers_add(struct tw_timers *timers)
{
	if (timers->n_known == timers->size) {
		uint32_t size = timers->size == 0 ? 64 : 2 * timers->size;
		struct tw_timer **heap = realloc(timers->heap, size * sizeof(struct tw_timer *));

		if (heap == NULL)
			return -ENOMEM;
		timers->heap = heap;
		timers->size = size;
	}
	timers->n_known++;
	return 0;
}

static bool comes_before(const struct tw_timer *a, const struct tw_timer *b)
{
	return a->deadline_us != b->deadline_us ? a->deadline_us < b->deadline_us
						: a->number < b->number;
}

/* Places count from 1, so that the two below place i are 2i and 2i + 1. */
static struct tw_timer *at(const struct tw_timers *timers, uint32_t place)
{
	return timers->heap[place - 1];
}

static void put(struct tw_timers *timers, uint32_t place, struct tw_timer *timer)
{
	timers->heap[place - 1] = timer;
	timer->place = place;
}

/* Puts the timer where it belongs, if the place is free and all others are in order. */
static void settle(struct tw_timers *timers, uint32_t place, struct tw_timer *timer)
{
	while (place > 1 && comes_before(timer, at(timers, place / 2))) {
		put(timers, place, at(timers, place / 2));
		place /= 2;
	}
	while (2 * place <= timers->n) {
		uint32_t below = 2 * place;

		if (below < timers->n && comes_before(at(timers, below + 1), at(timers, below)))
			below++;
		if (!comes_before(at(timers, below), timer))
			break;
		put(timers, place, at(timers, below));
		place = below;
	}
	put(timers, place, timer);
}

static void unset(struct tw_timers *timers, struct tw_timer *timer)
{
	uint32_t place = timer->place;
	struct tw_timer *last = at(timers, timers->n);

	timers->n--;
	timer->place = 0;
	if (last != timer)
		settle(timers, place, last);
}

void tw_timers_set(struct tw_timers *timers, struct tw_timer *timer, int64_t deadline_us)
{
	if (deadline_us == TW_NEVER) {
		if (timer->place != 0)
			unset(timers, timer);
		return;
	}
	timer->deadline_us = deadline_us;
	timer->number = ++timers->n_set_up;
	if (timer->place == 0)
		timer->place = ++timers->n;
	settle(timers, timer->place, timer);
}

void tw_timers_remove(struct tw_timers *timers, struct tw_timer *timer)
{
	tw_timers_set(timers, timer, TW_NEVER);
	timers->n_known--;
}

struct tw_timer *tw_timers_first(const struct tw_timers *timers)
{
	return timers->n > 0 ? at(timers, 1) : NULL;
}
