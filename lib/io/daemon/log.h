/*
 * Logs the decisions: one line for each transition, old -> new and why, but one a minute for what
 * changes all the time; and tells the service manager what is decided.
 */
#ifndef TW_IO_DAEMON_LOG_H
#define TW_IO_DAEMON_LOG_H

#include "io/daemon/setup.h"
#include "io/notify.h"

/* What was logged last; what was logged of a node is in the setup. */
struct tw_daemon_log {
	struct tw_changes modes;
	uint64_t n_verdicts; /* of the monitor, when the nodes were looked at last */
	int64_t due_us;      /* when changes of a node are to be said that were not yet */
	uint64_t n_switches;
	enum tw_suspect suspect;
	bool is_behind;        /* the witnesses' alarm */
	bool has_named_choice; /* the first decision was logged */
	bool is_ready;         /* the service manager was told of it */
};

void tw_daemon_log_init(struct tw_daemon_log *log);
/*
 * Logs what changed since this was called last. Of what goes to and fro, only how often it did,
 * once a minute; so this is to be called after every decision.
 */
void tw_daemon_log_changes(
	struct tw_daemon_log *log, const struct tw_daemon_setup *setup, int64_t now_us);
/* Tells the service manager what is decided, and once that the first decision was made. */
void tw_daemon_log_tell_manager(struct tw_daemon_log *log, const struct tw_monitor *monitor,
	const struct tw_notify *notify);

#endif
