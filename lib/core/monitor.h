/*
 * The whole step of the core: events in, decision and actions out. No clock, no descriptor, no
 * allocation after create, no log. The same events give the same decision, byte for byte.
 *
 * Use: feed every event of one instant (all with the same now), then call tw_monitor_step() once,
 * then drain the actions. now is monotonic microseconds and must not decrease.
 */
#ifndef TW_CORE_MONITOR_H
#define TW_CORE_MONITOR_H

#include "core/actions.h"
#include "core/node/observation.h"
#include "core/policy.h"

struct tw_monitor;

/*
 * Creates a monitor at time now. saved may be NULL (a first start); saved_nodes then too, else it
 * has n_nodes entries. Falls and drains are taken from it. -ENOMEM, or -EINVAL for a configuration
 * that tipwatch.conf(5) does not allow.
 */
int tw_monitor_create(const struct tw_core_config *config, const struct tw_saved *saved,
	const struct tw_saved_node *saved_nodes, int64_t now, struct tw_monitor **ret_monitor);
void tw_monitor_destroy(struct tw_monitor *monitor);

/*
 * Makes a new monitor with another configuration out of an old one, which stays valid (destroy it).
 * old_of[i] says which node of the old configuration node i of the new one is, with its history, or
 * TW_NODE_NONE for one that is new or was changed. The caller ends all running checks; they are
 * started anew. -ENOMEM or -EINVAL.
 */
int tw_monitor_reconfigure(const struct tw_monitor *old, const struct tw_core_config *config,
	const int32_t *old_of, int64_t now, struct tw_monitor **ret_monitor);

/* --- events --- */

/* A check of node ended. slot is the one it was started in, or -1 in replay. */
void tw_monitor_observe(struct tw_monitor *monitor, int64_t now, int32_t node, int slot,
	const struct tw_observation *obs);
/*
 * The pool saw a failure: check at once, with a template; at most one per node and 200 ms.
 * Returns whether it asked for a check.
 */
bool tw_monitor_report(
	struct tw_monitor *monitor, int64_t now, int32_t node, enum tw_report report);
/* Check node (or every node: TW_NODE_NONE) as soon as possible. */
void tw_monitor_request_check(struct tw_monitor *monitor, int64_t now, int32_t node);
/*
 * A command of the operator. node is ignored by UNPIN. Returns 0, or -EINVAL for a node that it
 * cannot be done to (a reference cannot be pinned or drained away from being chosen: pin only).
 */
int tw_monitor_operate(struct tw_monitor *monitor, int64_t now, enum tw_op op, int32_t node);
/* The caller's own loop stood still for gap_us before now: nobody is to blame for it. */
void tw_monitor_gap(struct tw_monitor *monitor, int64_t now, int64_t gap_us);

/* --- the step --- */

/* Decides, once, after all events of now were fed. */
void tw_monitor_step(struct tw_monitor *monitor, int64_t now);
/* Takes the next action. False when there is none. */
bool tw_monitor_next_action(struct tw_monitor *monitor, struct tw_action *ret_action);
/* When tw_monitor_step() must run again even without an event. TW_NEVER is possible. */
int64_t tw_monitor_deadline(const struct tw_monitor *monitor);

/* --- what it knows --- */

const struct tw_decision *tw_monitor_decision(const struct tw_monitor *monitor);
/* Whether nobody is judged, because the caller's loop stood still and not all were checked since.
 */
bool tw_monitor_is_holding(const struct tw_monitor *monitor);
/* Grows with every PUBLISH action. */
uint64_t tw_monitor_seq(const struct tw_monitor *monitor);
const struct tw_core_config *tw_monitor_config(const struct tw_monitor *monitor);
/* Only the verdict of a node: cheap. */
struct tw_verdict tw_monitor_verdict(const struct tw_monitor *monitor, int32_t node);
/* Number of switches since the start; the last ones are kept, 0 = newest. NULL beyond them. */
uint64_t tw_monitor_n_switches(const struct tw_monitor *monitor);
const struct tw_switch *tw_monitor_switch(const struct tw_monitor *monitor, uint32_t i);
/* When the tip now served was first seen here; TW_UNKNOWN before there is one. */
int64_t tw_monitor_tip_since(const struct tw_monitor *monitor);
/* Converts a time of a view, a switch or tip_since into the caller's clock: the core's time leaves
 * out the gaps. */
int64_t tw_monitor_to_now(const struct tw_monitor *monitor, int64_t core_us);

#endif
