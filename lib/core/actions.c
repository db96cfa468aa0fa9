/* See actions.h. */
#include "core/actions.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A cancel and two checks, or one and a timed sync, for each node; a SAVE, a PUBLISH and a
 * CHECKS_DONE for all. */
enum { PER_NODE = 4 };

int tw_actions_init(struct tw_actions *ret_actions, uint32_t n_nodes)
{
	*ret_actions = (struct tw_actions){ .max = PER_NODE * n_nodes + PER_NODE };
	ret_actions->queue = calloc(ret_actions->max, sizeof(ret_actions->queue[0]));
	return ret_actions->queue == NULL ? -ENOMEM : 0;
}

void tw_actions_finish(struct tw_actions *actions)
{
	free(actions->queue);
}

void tw_actions_begin(struct tw_actions *actions)
{
	assert(actions->next == actions->n);
	actions->next = actions->n = 0;
}

void tw_actions_push(struct tw_actions *actions, const struct tw_action *action)
{
	assert(actions->n < actions->max);
	actions->queue[actions->n++] = *action;
}

bool tw_actions_take(struct tw_actions *actions, struct tw_action *ret_action)
{
	if (actions->next == actions->n)
		return false;
	*ret_action = actions->queue[actions->next++];
	return true;
}
