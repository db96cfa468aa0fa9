/* Named kinds of fault histories: how often which fault happens. */
#ifndef TW_SIM_WORLD_HISTORY_H
#define TW_SIM_WORLD_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

/* The faults of one daemon. */
enum tw_sim_fault {
	TW_SIM_FAULT_CRASH,
	TW_SIM_FAULT_HANG,
	TW_SIM_FAULT_FLAP,
	TW_SIM_FAULT_SLOW,
	TW_SIM_FAULT_LATE,
	TW_SIM_FAULT_CUT,
	TW_SIM_FAULT_GARBAGE,
	TW_SIM_FAULT_NO_TEMPLATE,
	TW_SIM_FAULT_STALE_TEMPLATE,
	TW_SIM_FAULT_ALONE, /* forks itself off; only the pool's blocks extend its chain */
	TW_SIM_FAULT_TALL,  /* shows blocks that nobody else has */
	TW_SIM_FAULT_LIE,   /* claims a made-up network height */
};
enum { TW_SIM_FAULTS = TW_SIM_FAULT_LIE + 1 };

/* Mean times between what happens; 0: never. */
struct tw_sim_history {
	const char *name;
	const char *about;
	int64_t stuck_every_us; /* per daemon: out of sync for 5 to 15 minutes */
	int64_t fault_every_us; /* per daemon: one of the faults, by weight */
	uint32_t weights[TW_SIM_FAULTS];
	int64_t night_every_us;  /* most daemons stuck at the same block */
	int64_t fork_every_us;   /* some daemons go with a minority of the hashrate */
	int64_t reorg_every_us;  /* the network leaves blocks, 2 to 8 deep */
	double race_chance;      /* that a block gets a rival */
	double stall_chance;     /* that a daemon answers nobody for 1 to 3 s at a new block */
	bool has_majority_forks; /* most daemons may be on the minority's side */
};

/* The histories, for listing them; NULL beyond the last one. */
const struct tw_sim_history *tw_sim_history_get(uint32_t i);
/* NULL: there is none of that name. */
const struct tw_sim_history *tw_sim_history_find(const char *name);

#endif
