/*
 * Which nodes are believed (decision.md, Voting 6): each block that a quorum confirms is held
 * against what every node had shown at that height.
 */
#ifndef TW_CORE_DECIDE_BELIEF_H
#define TW_CORE_DECIDE_BELIEF_H

#include <stdbool.h>
#include <stdint.h>

struct tw_monitor;

/* Whether the node is heard at all (Voting 1). Its is_silent is up to date. */
bool tw_belief_may_vote(const struct tw_monitor *monitor, int32_t node);
/*
 * Gives the voters that are not believed their chains for the next count: up to the highest block
 * that a believed voter shows too. The chains of these are in place.
 */
void tw_belief_cut(struct tw_monitor *monitor);
/*
 * Brings the records up to date after a count. Returns whether another set of nodes is believed
 * now, so that the votes must be counted again.
 */
bool tw_belief_update(struct tw_monitor *monitor);

#endif
