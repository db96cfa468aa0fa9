/* Running a simulated world: its beginning, and what happens in it as time passes. */
#ifndef TW_SIM_WORLD_RUN_H
#define TW_SIM_WORLD_RUN_H

#include "sim/world/world.h"

/* 0 or -ENOMEM. */
int tw_sim_run_create(const struct tw_sim_world_params *params, struct tw_sim_world **ret_world);
void tw_sim_run_destroy(struct tw_sim_world *world);
/* When something happens next. */
int64_t tw_sim_run_next_us(const struct tw_sim_world *world);
/* Lets happen what is due until now. 0 or -ENOMEM. */
int tw_sim_run_advance(struct tw_sim_world *world, int64_t now_us);

#endif
