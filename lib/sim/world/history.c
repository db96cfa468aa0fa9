/*
 * See history.h. The rates of `mixed` are those that operators of pools report: a daemon is out
 * of sync five to six times a day for 5 to 15 minutes, and has another fault each 3 hours; each 6
 * hours there is a night in which most of them stop, or a minority fork, each 8 hours a deep
 * reorganisation.
 */
#include "sim/world/history.h"
#include "base/result.h"
#include "base/time.h"
#include <string.h>

#define STUCK_EVERY (TW_DAY * 2 / 11)
#define ALL_FAULTS                                                                                 \
	{                                                                                          \
		[TW_SIM_FAULT_CRASH] = 3, [TW_SIM_FAULT_HANG] = 3, [TW_SIM_FAULT_FLAP] = 1,        \
		[TW_SIM_FAULT_SLOW] = 2, [TW_SIM_FAULT_LATE] = 2, [TW_SIM_FAULT_CUT] = 1,          \
		[TW_SIM_FAULT_GARBAGE] = 1, [TW_SIM_FAULT_NO_TEMPLATE] = 2,                        \
		[TW_SIM_FAULT_STALE_TEMPLATE] = 1, [TW_SIM_FAULT_ALONE] = 1,                       \
		[TW_SIM_FAULT_TALL] = 1, [TW_SIM_FAULT_LIE] = 1,                                   \
	}

static const struct tw_sim_history histories[] = {
	{
		.name = "mixed",
		.about = "all of it, at the rates that operators report",
		.stuck_every_us = STUCK_EVERY,
		.fault_every_us = 3 * TW_HOUR,
		.weights = ALL_FAULTS,
		.night_every_us = 12 * TW_HOUR,
		.fork_every_us = 12 * TW_HOUR,
		.reorg_every_us = 8 * TW_HOUR,
		.race_chance = 0.02,
	},
	{
		.name = "calm",
		.about = "nothing but races and the daemons' own ways",
		.race_chance = 0.02,
	},
	{
		.name = "stuck",
		.about = "daemons out of sync, each five to six times a day",
		.stuck_every_us = STUCK_EVERY,
		.race_chance = 0.02,
	},
	{
		.name = "outages",
		.about = "crashes, hangs, flapping, garbage: one per daemon and hour",
		.fault_every_us = TW_HOUR,
		.weights = { [TW_SIM_FAULT_CRASH] = 3,
			[TW_SIM_FAULT_HANG] = 3,
			[TW_SIM_FAULT_FLAP] = 1,
			[TW_SIM_FAULT_SLOW] = 2,
			[TW_SIM_FAULT_GARBAGE] = 1 },
		.race_chance = 0.02,
	},
	{
		.name = "templates",
		.about = "templates refused or stale: one per daemon and hour",
		.fault_every_us = TW_HOUR,
		.weights = { [TW_SIM_FAULT_NO_TEMPLATE] = 1, [TW_SIM_FAULT_STALE_TEMPLATE] = 1 },
		.race_chance = 0.02,
	},
	{
		.name = "liars",
		.about = "blocks that nobody else has, made-up heights: one per daemon and 2 hours",
		.fault_every_us = 2 * TW_HOUR,
		.weights = { [TW_SIM_FAULT_TALL] = 2, [TW_SIM_FAULT_LIE] = 1 },
		.race_chance = 0.02,
	},
	{
		.name = "alone",
		.about = "daemons that fork themselves off with the pool: one per daemon and 6 "
			 "hours",
		.fault_every_us = 6 * TW_HOUR,
		.weights = { [TW_SIM_FAULT_ALONE] = 3, [TW_SIM_FAULT_CUT] = 1 },
		.race_chance = 0.02,
	},
	{
		.name = "nights",
		.about = "most daemons stuck at the same block, each 3 hours",
		.night_every_us = 3 * TW_HOUR,
		.race_chance = 0.02,
	},
	{
		.name = "forks",
		.about = "a minority of the daemons goes with a minority of the hashrate, each 3 "
			 "hours",
		.fork_every_us = 3 * TW_HOUR,
		.race_chance = 0.02,
	},
	{
		.name = "majority-forks",
		.about = "the same, but any number of the daemons: no vote of theirs can be right",
		.fork_every_us = 3 * TW_HOUR,
		.race_chance = 0.02,
		.has_majority_forks = true,
	},
	{
		.name = "races",
		.about = "every fourth block has a rival",
		.race_chance = 0.25,
	},
	{
		.name = "stalls",
		.about = "every daemon stalls for 1 to 3 s at one block in five",
		.race_chance = 0.02,
		.stall_chance = 0.2,
	},
	{
		.name = "reorgs",
		.about = "a reorganisation, 2 to 8 blocks deep, each hour",
		.reorg_every_us = TW_HOUR,
		.race_chance = 0.02,
	},
};

const struct tw_sim_history *tw_sim_history_get(uint32_t i)
{
	return i < TW_ARRAY_SIZE(histories) ? &histories[i] : NULL;
}

const struct tw_sim_history *tw_sim_history_find(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(histories); i++) {
		if (strcmp(name, histories[i].name) == 0)
			return &histories[i];
	}
	return NULL;
}
