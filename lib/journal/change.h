/*
 * The line that says what the decision is now (tipwatch-journal(5)): replay prints it, and
 * tipwatchd writes it into its journal. A line is due only when the decision has changed.
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
	uint64_t n_verdicts; /* of the monitor */
	struct tw_verdict verdicts[TW_NODES_MAX];
};

/*
 * Whether the decision differs from the one at the last call that returned true: in mode, daemon,
 * usability, tip, anchor, epochs or a node's verdict. Its reason is not compared, because it turns
 * into "incumbent" at the step after every switch.
 */
bool tw_change_note(struct tw_change *change, const struct tw_monitor *monitor);
/* Writes the whole line, {"t":…}, without its newline. */
void tw_change_write(const struct tw_monitor *monitor, int64_t t_us, struct tw_buf *out);
/* Writes the line without its time. */
void tw_change_write_rest(const struct tw_monitor *monitor, struct tw_buf *out);

#endif
