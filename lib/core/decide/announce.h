/*
 * The mode as hooks and alarms see it: a worse mode only after it has held for one interval, and a
 * better one after `rise` intervals (decision.md, Choosing 8). A network whose mode changes every
 * few seconds must not raise an alarm each time. What is announced is the worst mode of which it is
 * true that the network has been at most as good for that long, or the best one of which it is true
 * that it has been at least as good.
 */
#ifndef TW_CORE_DECIDE_ANNOUNCE_H
#define TW_CORE_DECIDE_ANNOUNCE_H

#include "core/types.h"

struct tw_monitor;
struct tw_announce;

void tw_announce_init(struct tw_announce *announce, int64_t now);
void tw_announce_update(struct tw_monitor *monitor);

#endif
