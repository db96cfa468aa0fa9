/* Named kinds of fault histories: how often what befalls whom. */
#ifndef TW_SIM_SIMHISTORY_H
#define TW_SIM_SIMHISTORY_H

#include <stdbool.h>
#include <stdint.h>

/* What befalls one daemon. */
enum tw_simfault {
	TW_SIMFAULT_CRASH,
	TW_SIMFAULT_HANG,
	TW_SIMFAULT_FLAP,
	TW_SIMFAULT_SLOW,
	TW_SIMFAULT_LATE,
	TW_SIMFAULT_CUT,
	TW_SIMFAULT_GARBAGE,
	TW_SIMFAULT_NO_TEMPLATE,
	TW_SIMFAULT_STALE_TEMPLATE,
	TW_SIMFAULT_ALONE, /* forks itself off; only the pool's blocks extend its chain */
	TW_SIMFAULT_TALL,  /* shows blocks that nobody else has */
	TW_SIMFAULT_LIE,   /* claims a made-up network height */
};
enum { TW_SIMFAULTS = TW_SIMFAULT_LIE + 1 };

/* Mean times between what happens; 0: never. */
struct tw_simhistory {
	const char *name;
	const char *about;
	int64_t stuck_every_us; /* per daemon: out of sync for 5 to 15 minutes */
	int64_t fault_every_us; /* per daemon: one of the faults, by weight */
	uint32_t weights[TW_SIMFAULTS];
	int64_t night_every_us;  /* most daemons stuck at the same block */
	int64_t fork_every_us;   /* some daemons go with a minority of the hashrate */
	int64_t reorg_every_us;  /* the network leaves blocks, 2 to 8 deep */
	double race_chance;      /* that a block gets a rival */
	bool has_majority_forks; /* most daemons may be on the minority's side */
};

/* The histories, for listing them; NULL beyond the last one. */
const struct tw_simhistory *tw_simhistory_get(uint32_t i);
/* NULL: there is none of that name. */
const struct tw_simhistory *tw_simhistory_find(const char *name);

#endif
