/*
 * The line that says how the decision is now (contract, Journal and replay): written by replay, and
 * by tipwatchd into its journal.
 */
#ifndef TW_JOURNAL_CHANGE_H
#define TW_JOURNAL_CHANGE_H

#include "base/buf.h"
#include "core/monitor.h"

/* What the last line said. */
struct tw_change {
	bool has_any;
	struct tw_decision decision;
	uint32_t n_nodes;
	struct tw_verdict verdicts[TW_NODES_MAX];
};

/*
 * Whether the decision is another one than at the last call that said so: mode, daemon, usability,
 * tip, anchor, epochs or any node's verdict. A reason that alone has changed is not news: the
 * daemon of a switch is the incumbent from the next step on.
 */
bool tw_change_note(struct tw_change *change, const struct tw_monitor *monitor);
/* {"t":…, and all the rest of the line, without a newline. */
void tw_change_write(const struct tw_monitor *monitor, int64_t t_us, struct tw_buf *out);
/* Only the rest, as an object of its own. */
void tw_change_write_rest(const struct tw_monitor *monitor, struct tw_buf *out);

#endif
