/* The JSON objects of `why` and `why NAME` (the contract, tipwatch-control(7)). One line each. */
#ifndef TW_SERVE_WHY_JSON_H
#define TW_SERVE_WHY_JSON_H

#include "base/buf.h"
#include "core/monitor.h"

/* node: TW_NODE_NONE for the decision. out's own error sticks, also when memory is short. */
void tw_why_json_write(const struct tw_monitor *monitor, int32_t node, struct tw_buf *out);

#endif
