/* See queue.h. */
#include "sim/world/queue.h"
#include <errno.h>
#include <stdlib.h>

static bool comes_before(const struct tw_sim_event *a, const struct tw_sim_event *b)
{
	return a->t_us != b->t_us ? a->t_us < b->t_us : a->number < b->number;
}

int tw_sim_queue_add(struct tw_sim_queue *queue, int64_t t_us, int kind, int32_t a, int32_t b)
{
	struct tw_sim_event event = { t_us, queue->n_added++, kind, a, b };
	uint32_t i = queue->n;

	if (queue->n == queue->size) {
		uint32_t size = queue->size == 0 ? 64 : 2 * queue->size;
		struct tw_sim_event *events = realloc(queue->events, size * sizeof(*events));

		if (events == NULL)
			return -ENOMEM;
		queue->events = events;
		queue->size = size;
	}
	queue->n++;
	for (; i > 0 && comes_before(&event, &queue->events[(i - 1) / 2]); i = (i - 1) / 2)
		queue->events[i] = queue->events[(i - 1) / 2];
	queue->events[i] = event;
	return 0;
}

int64_t tw_sim_queue_next_us(const struct tw_sim_queue *queue)
{
	return queue->n == 0 ? TW_NEVER : queue->events[0].t_us;
}

bool tw_sim_queue_take(struct tw_sim_queue *queue, struct tw_sim_event *ret_event)
{
	struct tw_sim_event last;
	uint32_t i = 0;

	if (queue->n == 0)
		return false;
	*ret_event = queue->events[0];
	last = queue->events[--queue->n];
	while (2 * i + 1 < queue->n) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < queue->n &&
			comes_before(&queue->events[child + 1], &queue->events[child]))
			child++;
		if (!comes_before(&queue->events[child], &last))
			break;
		queue->events[i] = queue->events[child];
		i = child;
	}
	queue->events[i] = last;
	return true;
}

void tw_sim_queue_finish(struct tw_sim_queue *queue)
{
	free(queue->events);
	*queue = (struct tw_sim_queue){ 0 };
}
