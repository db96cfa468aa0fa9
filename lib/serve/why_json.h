/* The JSON objects of `why` and `why NAME` (tipwatch-control(7)), one line each. */
#ifndef TW_SERVE_WHY_JSON_H
#define TW_SERVE_WHY_JSON_H

#include "base/buf.h"
#include "core/monitor.h"

/* node: TW_NODE_NONE for the decision. Errors stick in out. */
void tw_why_json_write(const struct tw_monitor *monitor, int32_t node, struct tw_buf *out);

#endif
