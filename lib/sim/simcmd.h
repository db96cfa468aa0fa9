/*
 * The commands that change a simulated network, as lines of text: from the control socket, a script
 * or the built-in story. One table says what there is, how it is used and what it does.
 */
#ifndef TW_SIM_SIMCMD_H
#define TW_SIM_SIMCMD_H

#include "base/buf.h"
#include "sim/simnet.h"

enum {
	TW_SIMCMD_LINE_MAX = 65535,
	TW_SIMCMD_TEXT_MAX = 512,
	TW_SIMCMD_REPLY_MAX = 16 * 1024 * 1024,
};

struct tw_simcmd_outcome {
	bool is_ok;
	bool is_quit;                  /* the demo is asked to end */
	char text[TW_SIMCMD_TEXT_MAX]; /* what was done, or what is wrong: a sentence */
};

/*
 * Runs one line (no newline in it). Appends the reply, one JSON object without a newline:
 * {"ok":true,"text":…,…} or {"error":"sentence"}. Returns 0 or -ENOMEM.
 */
int tw_simcmd_run(struct tw_simnet *net, const char *line, struct tw_simcmd_outcome *ret_outcome,
	struct tw_buf *reply);
/*
 * Would the line be understood: does the command exist, do its nodes, are its numbers in range?
 * Changes nothing. Returns true, or false with a sentence in ret_outcome->text.
 */
bool tw_simcmd_check(
	struct tw_simnet *net, const char *line, struct tw_simcmd_outcome *ret_outcome);
/* Appends the table of commands for people, one or two lines each, indented. */
void tw_simcmd_help(struct tw_buf *out);

#endif
