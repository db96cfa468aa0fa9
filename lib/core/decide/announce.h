/*
 * The mode as hooks and alarms see it (decision.md, Choosing 8). What has held is the worst mode of
 * which it is true that the network has been at most as good for one interval, or the best one of
 * which it is true that it has been at least as good for `rise` intervals. What has held and is
 * worse is announced; a better one must hold for twice as long with each time that the mode became
 * worse within a day. So what comes and goes stays announced, and is counted in place of an alarm
 * each time.
 */
#ifndef TW_CORE_DECIDE_ANNOUNCE_H
#define TW_CORE_DECIDE_ANNOUNCE_H

#include "core/types.h"

struct tw_monitor;
struct tw_announce;

void tw_announce_init(struct tw_announce *announce, int64_t now);
void tw_announce_update(struct tw_monitor *monitor);

#endif
