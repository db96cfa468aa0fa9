/*
 * The core as others use it: events in, one decision and some actions out. It has no clock, no
 * descriptor and no log, and allocates nothing after it was created. The same events give the same
 * decision, byte for byte.
 *
 * Use: feed every event of one instant (all with the same now), then call tw_monitor_step() once,
 * then take all actions. now is in monotonic microseconds and must not decrease. A step counts the
 * votes (decide/network.h), moves the tip (decide/tip.h), finds the mode, judges every node
 * (decide/verdict.h), chooses a daemon (decide/select.h) and starts the checks that are due
 * (schedule.h).
 */
#ifndef TW_CORE_MONITOR_H
#define TW_CORE_MONITOR_H

#include "core/actions.h"
#include "core/node/chain.h"
#include "core/node/observation.h"
#include "core/policy.h"

struct tw_monitor;

/*
 * Creates a monitor at time now. saved is what was saved before a restart, with an entry of
 * saved_nodes for each node; at a first start both are NULL. Returns 0, -ENOMEM, or -EINVAL for a
 * configuration that tipwatch.conf(5) does not allow.
 */
int tw_monitor_create(const struct tw_core_config *config, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes, int64_t now, struct tw_monitor **ret_monitor);
void tw_monitor_destroy(struct tw_monitor *monitor);

/*
 * Makes a new monitor with another configuration out of an old one. The old one stays valid, and
 * the caller destroys it. old_of[i] is the node of the old configuration whose history node i of
 * the new one takes over, or TW_NODE_NONE for a node that is new or was changed. The caller ends
 * all running checks; the new monitor starts them again. Returns 0, -ENOMEM or -EINVAL.
 */
int tw_monitor_reconfigure(const struct tw_monitor *old, const struct tw_core_config *config,
	const int32_t *old_of, int64_t now, struct tw_monitor **ret_monitor);

/* --- events --- */

/* A check of node has ended. slot is the one that it was started in, or -1 in a replay. */
void tw_monitor_observe(struct tw_monitor *monitor, int64_t now, int32_t node, int slot,
	const struct tw_observation *obs);
/*
 * The pool saw a failure of node: it is checked at once, with a template, but at most once in 200
 * ms. Returns whether a check was asked for.
 */
bool tw_monitor_report(
	struct tw_monitor *monitor, int64_t now, int32_t node, enum tw_report report);
/*
 * News over the P2P link of node. A push, a closed link and another tip than that of the last check
 * start its next check at once, but at most one in 100 ms; the same tip may stand for a check that
 * would only repeat it (sync.h). A connection that was kept for the next check and is closed starts
 * it too, once (news.h). Nothing else follows, because nobody vouches for what is said over
 * P2P. While the link is up it is taken off the node's peer counts. tip is that of TW_LINK_TIP.
 * Returns whether anything changed.
 */
bool tw_monitor_link(struct tw_monitor *monitor, int64_t now, int32_t node, enum tw_link link,
	const struct tw_point *tip);
/*
 * The witness in slot, less than TW_WITNESSES_MAX, says that its newest block is tip; NULL: it is
 * gone, or does not answer. Returns whether anything changed.
 */
bool tw_monitor_witness(
	struct tw_monitor *monitor, int64_t now, uint32_t slot, const struct tw_point *tip);
/* Checks node, or every node (TW_NODE_NONE), as soon as possible; then there is CHECKS_DONE. */
void tw_monitor_request_check(struct tw_monitor *monitor, int64_t now, int32_t node);
/*
 * A command of the operator. UNPIN ignores node. Returns 0, or -EINVAL when a reference is to be
 * pinned.
 */
int tw_monitor_operate(struct tw_monitor *monitor, int64_t now, enum tw_op op, int32_t node);
/*
 * The caller's own loop stood still for gap_us before now. No node is blamed for it: nobody is
 * judged until all were checked again, and the gap is left out of every span that is measured.
 */
void tw_monitor_gap(struct tw_monitor *monitor, int64_t now, int64_t gap_us);

/* --- the step --- */

/* Decides once, after all events of now were fed. */
void tw_monitor_step(struct tw_monitor *monitor, int64_t now);
/* Takes the next action. False when there is none. */
bool tw_monitor_next_action(struct tw_monitor *monitor, struct tw_action *ret_action);
/* When tw_monitor_step() must run again, even without an event; TW_NEVER: only after an event. */
int64_t tw_monitor_deadline(const struct tw_monitor *monitor);

/* --- what it knows --- */

const struct tw_decision *tw_monitor_decision(const struct tw_monitor *monitor);
/* Whether nobody is judged now, because not all nodes were checked since a gap. */
bool tw_monitor_is_holding(const struct tw_monitor *monitor);
/* Grows with every PUBLISH action. */
uint64_t tw_monitor_seq(const struct tw_monitor *monitor);
const struct tw_core_config *tw_monitor_config(const struct tw_monitor *monitor);
/* The verdict of a node, which costs less than a whole view of it. */
struct tw_verdict tw_monitor_verdict(const struct tw_monitor *monitor, int32_t node);
/* How often a verdict has changed, so that nobody has to compare them all after each step. Other
 * nodes, after a reconfiguration, count as a change. */
uint64_t tw_monitor_n_verdicts(const struct tw_monitor *monitor);
/* The window of its chain. Borrowed until the next event. */
const struct tw_chain *tw_monitor_chain(const struct tw_monitor *monitor, int32_t node);
/* Where that is found at any time, as long as there is the monitor. */
const struct tw_chain *const *tw_monitor_window(const struct tw_monitor *monitor, int32_t node);
/*
 * Whether a failure of the node's templates is neither confirmed nor refuted yet, so that the
 * verdict may change with the next check.
 */
bool tw_monitor_is_in_doubt(const struct tw_monitor *monitor, int32_t node);
/* What the witness in slot said last; NULL: there is none. Borrowed until the next event. */
const struct tw_point *tw_monitor_witness_tip(const struct tw_monitor *monitor, uint32_t slot);
/* Number of switches since the start. */
uint64_t tw_monitor_n_switches(const struct tw_monitor *monitor);
/* The i-th last switch, 0 is the newest. NULL: there was none, or it is not kept any more. */
const struct tw_switch *tw_monitor_switch(const struct tw_monitor *monitor, uint32_t i);
/* When the tip that is served now was accepted; TW_UNKNOWN before there is one. */
int64_t tw_monitor_tip_since(const struct tw_monitor *monitor);
/* Converts the core's time (of a view, a switch or tip_since), which leaves out gaps, to now. */
int64_t tw_monitor_to_now(const struct tw_monitor *monitor, int64_t core_us);

#endif
