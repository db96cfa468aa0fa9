/*
 * Nodes that lie on purpose. A strategy says which block a liar shows as its newest one, each time
 * that something happens and with every check of it. It knows the truth and sees the decision, so
 * that it can wait until its lie is worth most. Liars who lie together show the same made-up
 * blocks. They are the last nodes of a world (struct tw_sim_world_params).
 */
#ifndef TW_SIM_WORLD_LIAR_H
#define TW_SIM_WORLD_LIAR_H

#include "core/types.h"
#include "sim/world/world.h"

/* What a liar knows. */
struct tw_sim_liar_view {
	int32_t node;
	bool is_checked; /* this is asked for a check of the node */
	bool is_used;    /* the pool uses a liar, this one or another */
	bool has_truth;  /* T is the newest block of the true main chain */
	bool has_lie;    /* T is a block that the liars made up */
	int64_t tip;     /* height of T; TW_UNKNOWN */
};

struct tw_sim_liar {
	const char *name;
	const char *about;
	/* The block that the node shows as its newest one. */
	int32_t (*show)(struct tw_sim_world *world, const struct tw_sim_liar_view *view);
};

/* The strategies, for listing them; NULL beyond the last one. */
const struct tw_sim_liar *tw_sim_liar_get(uint32_t i);
/* NULL: there is none of that name. */
const struct tw_sim_liar *tw_sim_liar_find(const char *name);
/*
 * Has every liar show what its strategy wants. choice and tip are those of the decision; checked is
 * the node that is checked now, or TW_NODE_NONE. Returns whether a liar shows another block.
 */
bool tw_sim_liar_act(
	struct tw_sim_world *world, int32_t choice, const struct tw_point *tip, int32_t checked);

#endif
