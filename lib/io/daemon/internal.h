/* The daemon's insides, private to lib/io/daemon*.c. */
#ifndef TW_IO_DAEMON_INTERNAL_H
#define TW_IO_DAEMON_INTERNAL_H

#include "io/check/probe.h"
#include "io/control/control.h"
#include "io/daemon/daemon.h"
#include "io/daemon/journal.h"
#include "io/http/http.h"
#include "io/listen/agent_port.h"
#include "io/loop.h"
#include "io/notify.h"
#include "io/procstat.h"
#include "io/runner.h"
#include "serve/history.h"
#include "serve/prom.h"
#include "serve/status.h"

/* The first answers of the nodes, kept until they can be taken as one look at all of them. */
struct tw_first_look {
	bool is_open;
	int64_t until_us;
	uint32_t n;
	struct {
		bool is_here;
		int slot;
		struct tw_observation obs;
	} * nodes;
};

/* What was logged of a node last, and what is counted of it. */
struct tw_daemon_node {
	struct tw_verdict logged;
	int64_t started_us[TW_SLOTS];
};

struct tw_daemon {
	struct tw_config *config;
	tw_daemon_load_fn *load;
	void *load_ctx;
	bool is_once;
	void (*on_known)(void *ctx, const struct tw_daemon *daemon); /* NULL: was called */
	void *known_ctx;
	struct tw_loop *loop;
	struct tw_loop_timer *timer;
	struct tw_loop_timer *watchdog;
	struct tw_loop_signal *signals[3];
	struct tw_monitor *monitor;
	struct tw_probe *probe;
	struct tw_control *control;
	struct tw_http *http;
	struct tw_agent_port *agent; /* NULL: off */
	uint64_t agent_requests;     /* answered at earlier addresses */
	struct tw_runner *hooks;     /* NULL: only looking */
	struct tw_notify *notify;
	struct tw_daemon_node *nodes;
	struct tw_prom_node *counters;
	struct tw_history *history;
	struct tw_procstat procstat;
	const struct tw_rpc_peer **peers;
	struct tw_first_look first;
	struct tw_daemon_journal journal;
	bool is_fed;        /* the core was fed since it decided last */
	int64_t stepped_us; /* when that was, in its time; TW_UNKNOWN: never */
	int64_t started_us;
	int64_t once_until_us;
	int64_t armed_us; /* when the timer should wake the loop at the latest */
	int64_t gap_us;   /* loop time of the wake-up that noticed the last gap; TW_UNKNOWN */
	enum tw_mode logged_mode;
	uint64_t logged_switches;
	enum tw_mode hooked_mode;
	uint64_t hooked_switches;
	bool has_published; /* clients are to be told at the end of this wake-up */
	bool has_done_checks;
	bool is_ready; /* the first decision was made */
	/* state files */
	bool has_state_dir;
	bool has_warned_state;
	uint64_t saved_epoch;
	uint64_t saved_chain_epoch;
};

/* daemon.c: the source of every text, borrowed until the next change. */
struct tw_status_source tw_daemon_source(const struct tw_daemon *daemon);
/* Decides now, where there is a reason to, and carries out what follows, but for telling the
 * clients. */
void tw_daemon_decide(struct tw_daemon *daemon);
int tw_daemon_allocate_nodes(struct tw_daemon *daemon, uint32_t n,
	struct tw_daemon_node **ret_nodes, struct tw_prom_node **ret_counters,
	const struct tw_rpc_peer ***ret_peers);

/* daemon_feed.c: all that the core is fed goes through here, and into the journal. */
/*
 * The core's time: the loop's, but never that of a decision that was made already. So every instant
 * has one decision, and a journal that tells what was fed when tells all.
 */
int64_t tw_daemon_feed_now(const struct tw_daemon *daemon);
/* Called first by everything that enters from the loop: notices that the loop stood still. */
void tw_daemon_feed_enter(struct tw_daemon *daemon);
void tw_daemon_feed_on_check(void *ctx, int32_t node, int slot, const struct tw_observation *obs);
void tw_daemon_feed_observe(
	struct tw_daemon *daemon, int32_t node, int slot, const struct tw_observation *obs);
bool tw_daemon_feed_report(struct tw_daemon *daemon, int32_t node, enum tw_report report);
void tw_daemon_feed_request_check(struct tw_daemon *daemon, int32_t node);
int tw_daemon_feed_operate(struct tw_daemon *daemon, enum tw_op op, int32_t node);
/* The monitor was made anew, from the present one; that is still in place. */
void tw_daemon_feed_config(
	struct tw_daemon *daemon, const struct tw_core_config *config, const int32_t *old_of);
/* The core decides, if there is anything new to decide about. Returns whether it did. */
bool tw_daemon_feed_step(struct tw_daemon *daemon);
int tw_daemon_feed_open_first_look(struct tw_daemon *daemon);
/* Feeds the first answers together, once they are all here or it is time. */
void tw_daemon_feed_end_first_look(struct tw_daemon *daemon);

/* daemon_ops.c: the commands of the control socket, the HTTP endpoint, the agent port. */
extern const struct tw_ctl_ops tw_daemon_ops;
bool tw_daemon_ops_on_agent(
	void *ctx, const char *line, size_t len, char reply[TW_AGENT_REPLY_MAX]);
extern const struct tw_http_ops tw_daemon_http_ops;

/* daemon_listen.c: opens what is configured; what goes wrong is logged. */
int tw_daemon_listen_open(struct tw_daemon *daemon);

/* daemon_reload.c: 0, or 1 with the reasons why the old configuration stays in force. */
int tw_daemon_reload(struct tw_daemon *daemon, struct tw_buf *errors);

/* daemon_state.c */
/* Reads what outlived the last run. Falls back to epochs from the clock. -ENOMEM. */
int tw_daemon_state_restore(
	struct tw_daemon *daemon, struct tw_saved *ret_saved, struct tw_saved_node *ret_nodes);
void tw_daemon_state_save(struct tw_daemon *daemon);
void tw_daemon_state_save_select(struct tw_daemon *daemon);

/* daemon_hooks.c: tells the hooks what changed since it was called last. */
void tw_daemon_hooks_run(struct tw_daemon *daemon);

/* daemon_log.c: logs what changed since it was called last. */
void tw_daemon_log_changes(struct tw_daemon *daemon);
/* daemon_log.c: tells the service manager, if there is one, what is published, and that the first
 * decision was made. */
void tw_daemon_log_tell_manager(struct tw_daemon *daemon);

#endif
