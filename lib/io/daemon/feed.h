/*
 * What the core is fed, and when. The core is pure: the same events at the same times give the same
 * decisions. Everything that a decision depends on therefore goes through this file, which records
 * it in the journal, so that a replay decides the same. The rules are:
 *
 * - Every instant has at most one decision: an event after it is given a later time.
 * - When the loop itself stood still (a busy machine, a suspend), time-outs are no daemon's fault:
 *   the core is told of the gap, and results of checks that were under way meanwhile are dropped.
 * - At the start, the first results of all nodes are collected for a short while and fed together,
 *   so that the first decision compares all daemons that answer promptly, not only the fastest.
 */
#ifndef TW_IO_DAEMON_FEED_H
#define TW_IO_DAEMON_FEED_H

#include "io/daemon/journal.h"
#include "io/daemon/setup.h"
#include "io/loop.h"
#include "serve/status.h"

/* The loop stood still when it wakes this much later than it was to (decision.md, Verdicts 10). */
#define TW_DAEMON_FEED_GAP_US (2 * TW_SEC)
/* How long first results are collected. */
#define TW_DAEMON_FEED_FIRST_LOOK_US (250 * TW_MS)

struct tw_daemon_first_look {
	bool is_open;
	int64_t until_us;
	uint32_t n; /* results so far */
	struct {
		bool has_result;
		int slot;
		struct tw_observation obs;
	} * nodes;
};

struct tw_daemon_feed {
	struct tw_loop *loop;
	const struct tw_daemon_setup *setup; /* the one in use */
	struct tw_daemon_journal *journal;
	struct tw_daemon_first_look first;
	int64_t started_us;
	bool is_fed;        /* the core was fed since it decided last */
	uint64_t revision;  /* raised whenever the core was fed or has decided */
	int64_t stepped_us; /* the core's time of the last decision; TW_UNKNOWN: none yet */
	int64_t armed_us;   /* when the loop is to wake at the latest */
	const struct tw_block_book *blocks; /* of the vault; NULL: there is none */
	const struct tw_account *account;   /* NULL: there is none */
	int account_error;                  /* negative errno: it cannot be written; 0 */
	int64_t gap_us; /* loop time of the wake-up that noticed the last gap; TW_UNKNOWN */
};

/* Everything is borrowed; what setup points to may be swapped by a reload. */
void tw_daemon_feed_init(struct tw_daemon_feed *feed, struct tw_loop *loop,
	const struct tw_daemon_setup *setup, struct tw_daemon_journal *journal);
void tw_daemon_feed_finish(struct tw_daemon_feed *feed);

/* The core's time: the loop's, but later than the last decision. */
int64_t tw_daemon_feed_now(const struct tw_daemon_feed *feed);
/* What every text is made of, now. Borrowed until the next event. */
struct tw_status_source tw_daemon_feed_source(const struct tw_daemon_feed *feed);
/* To be called first by everything that the loop calls: notices that the loop stood still. */
void tw_daemon_feed_enter(struct tw_daemon_feed *feed);
/* When the loop must wake next, latest_us or sooner; a later wake-up than that is a gap. */
int64_t tw_daemon_feed_arm(struct tw_daemon_feed *feed, int64_t latest_us);

/* What comes from outside is fed by these. */
struct tw_daemon_setup_ears tw_daemon_feed_ears(struct tw_daemon_feed *feed);
/* The one for checks. */
void tw_daemon_feed_on_check(void *ctx, int32_t node, int slot, const struct tw_observation *obs);
/* A result that did not come from the probe. */
void tw_daemon_feed_observe(
	struct tw_daemon_feed *feed, int32_t node, int slot, const struct tw_observation *obs);
/* These return as the functions of the monitor do. */
bool tw_daemon_feed_report(struct tw_daemon_feed *feed, int32_t node, enum tw_report report);
void tw_daemon_feed_request_check(struct tw_daemon_feed *feed, int32_t node);
int tw_daemon_feed_operate(struct tw_daemon_feed *feed, enum tw_op op, int32_t node);
/* A reload made another monitor with this configuration; the old one is still in use. */
void tw_daemon_feed_config(
	struct tw_daemon_feed *feed, const struct tw_core_config *config, const int32_t *old_of);

/* The core decides, if there is anything new to decide about. Returns whether it did. */
bool tw_daemon_feed_step(struct tw_daemon_feed *feed);

/* -ENOMEM. */
int tw_daemon_feed_open_first_look(struct tw_daemon_feed *feed);
/* Feeds the first results together, once all of them are known or it is time. */
void tw_daemon_feed_end_first_look(struct tw_daemon_feed *feed);
/* Forgets them: they are about nodes of another configuration. */
void tw_daemon_feed_drop_first_look(struct tw_daemon_feed *feed);

#endif
