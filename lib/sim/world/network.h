/* The network of a simulated world: blocks are found, and make their way to the daemons. */
#ifndef TW_SIM_WORLD_NETWORK_H
#define TW_SIM_WORLD_NETWORK_H

#include "sim/world/world.h"

/* The network finds a block, and the next one is scheduled. */
void tw_sim_network_find_block(struct tw_sim_world *world);
/* The same for the pool. */
void tw_sim_network_find_pool_block(struct tw_sim_world *world);
/* The block will be at the daemon after delay_us. */
void tw_sim_network_arrive(
	struct tw_sim_world *world, int32_t node, int32_t block, int64_t delay_us);
/* The block is there: the daemon takes it where it is better than what it has. */
void tw_sim_network_take_block(struct tw_sim_world *world, int32_t node, int32_t block);
void tw_sim_network_set_tip(struct tw_sim_world *world, int32_t node, int32_t block);
/* The daemon will catch up with its side, unless an ill keeps it from taking blocks. */
void tw_sim_network_sync(struct tw_sim_world *world, int32_t node);
void tw_sim_network_end_sync(struct tw_sim_world *world, int32_t node);
/* The time of an ill is over, unless it was prolonged. */
void tw_sim_network_recover(struct tw_sim_world *world, int32_t node, enum tw_sim_ill ill);

#endif
