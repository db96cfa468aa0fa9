/* What the witnesses say, as sentences for people (decision.md, Witnesses 2). */
#ifndef TW_EXPLAIN_OUTSIDE_H
#define TW_EXPLAIN_OUTSIDE_H

#include "base/buf.h"
#include "core/monitor.h"

/* What the network is ahead of all nodes, where that is worth an alarm; else nothing. Without a
 * capital and without a full stop. */
void tw_outside_alarm(const struct tw_monitor *monitor, struct tw_buf *out);
/* How many have the newest block of the decision or one above it on the chosen daemon's chain, with
 * a blank before and a full stop; nothing where there are none. */
void tw_outside_part(const struct tw_monitor *monitor, struct tw_buf *out);

#endif
