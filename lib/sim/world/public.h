/*
 * Witnesses in a simulated world: nodes of the public network that say what their newest block is.
 * The honest ones have the main chain with a delay, and some of them stand still when the daemons
 * do; the liars all name the tallest block of the daemons that is not on it.
 */
#ifndef TW_SIM_WORLD_PUBLIC_H
#define TW_SIM_WORLD_PUBLIC_H

#include "sim/world/world.h"

#define TW_SIM_PUBLIC_EVERY_US (5 * TW_SEC) /* each of them is asked so often */

/* What the witness in slot, less than params.n_witnesses, says now. */
void tw_sim_public_tip(const struct tw_sim_world *world, uint32_t slot, struct tw_point *ret_tip);

#endif
