/*
 * The anchor C: the highest block that a quorum has supported, with the chain below it
 * (decision.md, Voting 4). It is final: it stays when voters fall silent, a tie does not go against
 * it, and a node that conflicts with it is forked, until a quorum supports a chain without it. So
 * that the pool is not nailed to a dead chain, it is given up too when its side stands still
 * without a quorum while a daemon that nobody has outvoted grows on another side, or when no voter
 * has it any more.
 */
#ifndef TW_CORE_DECIDE_ANCHOR_H
#define TW_CORE_DECIDE_ANCHOR_H

#include "core/types.h"

struct tw_monitor;

/* Takes over C from before a restart. height TW_UNKNOWN: there was none. */
void tw_anchor_restore(struct tw_monitor *monitor, const struct tw_point *block);
/* Moves C after a count. Returns whether the votes must be counted again. */
bool tw_anchor_update(struct tw_monitor *monitor);
/* After the count that followed: a quorum may support more than that. Returns the same. */
bool tw_anchor_go_on(struct tw_monitor *monitor);
/* Once the votes are final: who is back on the main chain is outvoted no longer. */
void tw_anchor_note_return(struct tw_monitor *monitor);
/* C itself; height TW_UNKNOWN: no quorum has supported a block yet. */
struct tw_point tw_anchor_block(const struct tw_monitor *monitor);
/* Its height where the main chain is known to hold it, else TW_UNKNOWN. */
int64_t tw_anchor_on_main(const struct tw_monitor *monitor);
/* Whether this voter conflicts with C. It says nothing of what comes after C then. */
bool tw_anchor_is_denied_by(const struct tw_monitor *monitor, int32_t node);

#endif
