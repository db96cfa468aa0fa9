/*
 * The commands that change a simulated network, as lines of text: from the control socket, a script
 * or the built-in story. One table says what there is, how it is used and what it does.
 */
#ifndef TW_SIM_CMD_CMD_H
#define TW_SIM_CMD_CMD_H

#include "sim/cmd/line.h"

enum {
	TW_SIM_CMD_LINE_MAX = 65535,
	TW_SIM_CMD_REPLY_MAX = 16 * 1024 * 1024,
};

/*
 * Runs one line (no newline in it). Appends the reply, one JSON object without a newline:
 * {"ok":true,"text":…,…} or {"error":"sentence"}. Returns 0 or -ENOMEM.
 */
int tw_sim_cmd_run(struct tw_sim_net *net, const char *line, struct tw_sim_outcome *ret_outcome,
	struct tw_buf *reply);
/*
 * Whether the line is a valid command: it exists, its nodes exist, its numbers are in range.
 * Changes nothing. Returns true, or false with a sentence in ret_outcome->text.
 */
bool tw_sim_cmd_check(struct tw_sim_net *net, const char *line, struct tw_sim_outcome *ret_outcome);
/* Appends the table of commands for people, one or two lines each, indented. */
void tw_sim_cmd_help(struct tw_buf *out);

#endif
