/* The history of the page, kept in the state directory (history.json) over restarts. */
#ifndef TW_IO_DAEMON_HISTORY_H
#define TW_IO_DAEMON_HISTORY_H

#include "serve/history.h"

/* How often it is written: a tipwatchd that is killed loses so much. */
#define TW_DAEMON_HISTORY_SAVE_US TW_MIN

struct tw_daemon_history {
	int64_t saved_us; /* when the file was written */
	bool is_read;     /* what was kept was looked at: from now on it may be replaced */
	bool has_warned;  /* that it cannot be written, and it still cannot */
};

/* Puts what was kept into history, which is empty. A file that is damaged is put aside. 0 or
 * -ENOMEM. */
int tw_daemon_history_restore(struct tw_daemon_history *keeper, struct tw_history *history,
	const struct tw_status_source *source);
/* Writes it where that is due, or at once. Nothing is written before it was restored. */
void tw_daemon_history_keep(struct tw_daemon_history *keeper, const struct tw_history *history,
	const struct tw_status_source *source);
void tw_daemon_history_save(struct tw_daemon_history *keeper, const struct tw_history *history,
	const struct tw_status_source *source);

#endif
