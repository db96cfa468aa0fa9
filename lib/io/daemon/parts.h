/* The parts of a running daemon. Each has its own file; daemon.h is for everybody else. */
#ifndef TW_IO_DAEMON_PARTS_H
#define TW_IO_DAEMON_PARTS_H

#include "io/daemon/account.h"
#include "io/daemon/feed.h"
#include "io/daemon/history.h"
#include "io/daemon/hooks.h"
#include "io/daemon/journal.h"
#include "io/daemon/listen.h"
#include "io/daemon/log.h"
#include "io/daemon/setup.h"
#include "io/daemon/state.h"
#include "io/notify.h"
#include "io/procstat.h"
#include "io/vault/vault.h"

/*
 * So long after a start and a reload memory is given back: to check all daemons at once takes some
 * that is not needed afterwards, with 1,000 of them a quarter of all that is resident.
 */
#define TW_DAEMON_TIDY_US (10 * TW_SEC)

/* The answer to `select`: written once, and given to whoever asks until the core knows more. */
struct tw_daemon_select {
	struct tw_buf text;
	uint64_t revision; /* of the feed, as of the text */
};

struct tw_daemon {
	struct tw_loop *loop;
	struct tw_daemon_setup setup; /* in use; a reload swaps it */
	struct tw_daemon_feed feed;
	struct tw_daemon_journal journal;
	struct tw_daemon_state state;
	struct tw_daemon_account account;
	struct tw_daemon_history history;
	struct tw_daemon_log log;
	struct tw_daemon_hooks hooks;
	struct tw_daemon_listen listen;
	struct tw_vault *vault; /* NULL: no found blocks are kept */
	struct tw_daemon_select select;
	struct tw_notify *notify; /* NULL: with is_once */
	struct tw_procstat procstat;
	tw_daemon_load_fn *load; /* NULL: there is nothing to reload from */
	void *load_ctx;
	void (*on_known)(void *ctx, const struct tw_daemon *daemon); /* NULL: was called */
	void *known_ctx;
	bool is_once;
	int64_t once_until_us;
	struct tw_loop_timer *timer;
	struct tw_loop_timer *watchdog;
	struct tw_loop_timer *tidy; /* gives memory back */
	struct tw_loop_signal *signals[3];
	/* of this wake-up; clients are told at the end of it */
	bool has_published;
	bool has_done_checks;
};

#endif
