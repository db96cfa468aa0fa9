/*
 * The metrics, in Prometheus' text format 0.0.4 or OpenMetrics 1.0. A metric is one row of a table:
 * its name, type, unit, labels and explanation, and how its samples are made.
 */
#ifndef TW_SERVE_PROM_H
#define TW_SERVE_PROM_H

#include "base/buf.h"
#include "serve/prom_text.h"
#include "serve/status.h"

enum { TW_PROM_BUCKETS = 12, TW_PROM_COMMANDS = 24, TW_PROM_HOOKS = 6 };

/* Upper bounds of the buckets of check_duration_seconds, in microseconds; the last is +Inf. */
extern const int64_t tw_prom_bucket_us[TW_PROM_BUCKETS - 1];

/* Counters of one node that the core does not keep. */
struct tw_prom_node {
	uint64_t results[TW_RESULTS];      /* checks by result */
	uint64_t buckets[TW_PROM_BUCKETS]; /* not cumulative */
	int64_t duration_sum_us;
};
/* Counts one finished check. duration_us is of the whole check. */
void tw_prom_count(struct tw_prom_node *node, enum tw_result result, int64_t duration_us);

/* Counters of the process. */
struct tw_prom_process {
	uint64_t control_clients;
	uint64_t control_dropped_clients;
	uint64_t journal_lost_records;
	uint64_t account_failed_writes;
	uint32_t n_commands;
	struct {
		const char *name;
		uint64_t count;
	} commands[TW_PROM_COMMANDS];
	uint64_t agent_requests;
	uint32_t n_hooks;
	struct {
		const char *name; /* the key of the configuration */
		uint64_t ok, failed, timeout;
		uint64_t merged;
	} hooks[TW_PROM_HOOKS];
	int64_t loop_lag_us;
	/* process_*: as read by io/procstat; TW_UNKNOWN: no sample */
	int64_t cpu_us;
	int64_t resident_bytes;
	int64_t virtual_bytes;
	int64_t open_fds;
	int64_t max_fds;
	int64_t start_time_us; /* Unix time */
};

/*
 * Writes all metrics. nodes has an entry for each node of the configuration. What has no value (a
 * height nobody knows yet) has no sample. Errors stick in out.
 */
void tw_prom_write(const struct tw_status_source *source, const struct tw_prom_node *nodes,
	const struct tw_prom_process *process, bool is_openmetrics, struct tw_buf *out);

/* The table, for the manual. */
uint32_t tw_prom_n_families(void);
const struct tw_prom_family *tw_prom_family(uint32_t i);

#endif
