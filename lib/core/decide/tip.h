/*
 * The anchor C and the tip T: how far the main chain is believed (decision.md, Voting 4). C is the
 * highest block that a quorum supports; T is what the pool is told. T may be above C: it follows
 * two supporters, or under narrow conditions one lone leader. Growth that no quorum supports is
 * paid from a budget that refills with time, so that wrong nodes cannot raise T at will.
 */
#ifndef TW_CORE_DECIDE_TIP_H
#define TW_CORE_DECIDE_TIP_H

#include "core/types.h"

struct tw_monitor;
struct tw_tip;

void tw_tip_init(struct tw_tip *tip, int64_t now);
/* Moves T. may_begin: there may be a first T (not while starting). */
void tw_tip_update(struct tw_monitor *monitor, bool may_begin);
/*
 * When the block of the served chain at height was accepted. Where that is not known (forgotten, or
 * never shown) it is when the next higher known block was, which came no earlier. TW_UNKNOWN above
 * T.
 */
int64_t tw_tip_accepted(const struct tw_tip *tip, int64_t height);

#endif
