/*
 * What the pool had, counted into days as the loop goes, and kept in the state directory: for
 * `report`, the page and a metric.
 */
#ifndef TW_IO_DAEMON_ACCOUNT_H
#define TW_IO_DAEMON_ACCOUNT_H

#include "io/days.h"
#include "serve/status.h"

/* How often the files are written: a tipwatchd that is killed loses so much. */
#define TW_DAEMON_ACCOUNT_SAVE_US TW_MIN

struct tw_daemon_account {
	struct tw_account *account; /* NULL: nothing is counted, with --once */
	struct tw_days files;
	enum tw_reason *reasons; /* of the nodes */
	int64_t looked_us;       /* TW_UNKNOWN: not since the nodes are these */
	uint64_t seq;            /* of the decision, and of the verdicts, that were looked at */
	uint64_t n_verdicts;
	uint64_t n_switches; /* that were counted */
	int64_t saved_us;    /* when the files were written */
	int64_t day;         /* of the files */
	bool has_warned;     /* that there is no memory */
};

/* Reads what was kept. 0 or -ENOMEM. */
int tw_daemon_account_open(
	struct tw_daemon_account *account, const struct tw_status_source *source);
/* Writes what was counted. Takes one that was not opened. */
void tw_daemon_account_close(
	struct tw_daemon_account *account, const struct tw_status_source *source);
/* The nodes and the monitor of source are others than until now. */
void tw_daemon_account_configure(
	struct tw_daemon_account *account, const struct tw_status_source *source);

/* Counts up to source->now_us, where anything has changed or some time has passed, and writes the
 * files now and then. To be called after each decision. is_after_gap: the loop stood still. */
void tw_daemon_account_look(struct tw_daemon_account *account,
	const struct tw_status_source *source, bool is_after_gap);
/* Counts up to source->now_us in any case, before the nodes become others. */
void tw_daemon_account_catch_up(
	struct tw_daemon_account *account, const struct tw_status_source *source);

#endif
