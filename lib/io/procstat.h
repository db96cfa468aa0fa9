/* What the kernel reports about this process, for the process_* metrics. */
#ifndef TW_IO_PROCSTAT_H
#define TW_IO_PROCSTAT_H

#include "serve/prom.h"

/* The start time does not change, so it is read once. */
struct tw_procstat {
	int64_t start_time_us; /* Unix time; TW_UNKNOWN where /proc does not say */
};

void tw_procstat_init(struct tw_procstat *ret_stat);
/* Fills in the process_* part; what cannot be read becomes TW_UNKNOWN. Does not block. */
void tw_procstat_read(const struct tw_procstat *stat, struct tw_prom_process *process);

#endif
