/*
 * The faults of a simulated world: which ones happen to the daemons and to the network, and for
 * how long.
 */
#ifndef TW_SIM_WORLD_FAULT_H
#define TW_SIM_WORLD_FAULT_H

#include "sim/world/world.h"

/* Schedules the first of each kind of fault. */
void tw_sim_fault_begin(struct tw_sim_world *world);
void tw_sim_fault_happen(struct tw_sim_world *world, const struct tw_sim_event *event);

#endif
