/*
 * The decision as sentences for people: why this daemon, why this verdict. The sentences carry the
 * numbers that decided. They begin without a capital and end without a full stop, so that they fit
 * into a log line as well as into a page.
 */
#ifndef TW_EXPLAIN_EXPLAIN_H
#define TW_EXPLAIN_EXPLAIN_H

#include "base/buf.h"
#include "core/monitor.h"

/* One sentence: why the chosen daemon is the chosen one. */
void tw_explain_choice(const struct tw_monitor *monitor, struct tw_buf *out);
/* One sentence: why the pool was moved by this switch. */
void tw_explain_switch(
	const struct tw_monitor *monitor, const struct tw_switch *one, struct tw_buf *out);
/* One sentence: why the node has its verdict. Nothing when the reason is ok. */
void tw_explain_verdict(const struct tw_monitor *monitor, int32_t node, struct tw_buf *out);

/*
 * Names the setting that is suspected because every daemon fails the same check, and says what to
 * do, as sentences for people that begin with the setting. Nothing where none is suspected.
 */
void tw_explain_suspect(const struct tw_monitor *monitor, struct tw_buf *out);

#endif
