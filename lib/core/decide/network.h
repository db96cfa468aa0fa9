/*
 * What the voters say of the network as a whole: who votes, whether tipwatch is still starting, the
 * mode, and whether the nodes may be an island that is connected only to itself (decision.md,
 * Voting 1 and Modes).
 */
#ifndef TW_CORE_DECIDE_NETWORK_H
#define TW_CORE_DECIDE_NETWORK_H

#include "core/types.h"

struct tw_monitor;

/* Finds who votes, N and q, and counts the votes when something about them has changed. */
void tw_network_count(struct tw_monitor *monitor);
/*
 * Whether starting is over: every node's first check has ended, or a quorum shares a block, or the
 * longest timeout has passed.
 */
bool tw_network_has_started(struct tw_monitor *monitor);
enum tw_mode tw_network_mode(const struct tw_monitor *monitor);
/*
 * 1: no answering daemon has more peers than there are other configured nodes, and no reference
 * answers; 0: not so; -1: not known, because peer counts are missing.
 */
int tw_network_is_island(struct tw_monitor *monitor);

#endif
