/* See starts.h. */
#include "io/check/starts.h"
#include <assert.h>

/* Whether one more may be begun in this wake-up. */
static bool has_room(struct tw_starts *starts)
{
	int64_t now_us = tw_loop_now(starts->loop);

	if (now_us != starts->turn_us) {
		starts->turn_us = now_us;
		starts->n_begun = 0;
	}
	return starts->n_begun < TW_STARTS_IN_ONE_TURN;
}

static void begin(struct tw_starts *starts, struct tw_start *start)
{
	starts->n_begun++;
	starts->fn(start);
}

static void on_timer(void *ctx)
{
	struct tw_starts *starts = ctx;

	while (starts->first != NULL && has_room(starts)) {
		struct tw_start *start = starts->first;

		tw_starts_remove(starts, start);
		begin(starts, start);
	}
	if (starts->first != NULL)
		tw_loop_arm(starts->timer, tw_loop_now(starts->loop));
}

void tw_starts_add(struct tw_starts *starts, struct tw_start *start, bool is_urgent)
{
	assert(!start->is_waiting);
	if ((starts->first == NULL || is_urgent) && has_room(starts)) {
		begin(starts, start);
		return;
	}
	start->is_waiting = true;
	start->previous = is_urgent ? NULL : starts->last;
	start->next = is_urgent ? starts->first : NULL;
	*(start->previous != NULL ? &start->previous->next : &starts->first) = start;
	*(start->next != NULL ? &start->next->previous : &starts->last) = start;
	tw_loop_arm(starts->timer, tw_loop_now(starts->loop));
}

void tw_starts_remove(struct tw_starts *starts, struct tw_start *start)
{
	if (!start->is_waiting)
		return;
	*(start->previous != NULL ? &start->previous->next : &starts->first) = start->next;
	*(start->next != NULL ? &start->next->previous : &starts->last) = start->previous;
	*start = (struct tw_start){ 0 };
}

int tw_starts_init(struct tw_starts *starts, struct tw_loop *loop, tw_starts_fn *fn)
{
	*starts = (struct tw_starts){ .loop = loop, .fn = fn, .turn_us = TW_NEVER };
	return tw_loop_add_timer(loop, on_timer, starts, &starts->timer);
}

void tw_starts_finish(struct tw_starts *starts)
{
	assert(starts->first == NULL);
	tw_loop_remove_timer(starts->timer);
	starts->timer = NULL;
}
