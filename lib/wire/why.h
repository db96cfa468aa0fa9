/* The JSON objects of `why` and `why NAME` (the contract, tipwatch-control(7)). One line each. */
#ifndef TW_WIRE_WHY_H
#define TW_WIRE_WHY_H

#include "base/buf.h"
#include "core/monitor.h"

/* node: TW_NODE_NONE for the decision. out's own error sticks, also when memory is short. */
void tw_why_write(const struct tw_monitor *monitor, int32_t node, struct tw_buf *out);

#endif
