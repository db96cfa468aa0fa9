/*
 * The command table of the control socket (after pgbouncer's admin.c): names, arguments, who may,
 * and the errors of the contract. Text in, text out; what the commands do is behind tw_ctl_ops.
 */
#ifndef TW_SERVE_CTL_H
#define TW_SERVE_CTL_H

#include "base/buf.h"
#include "core/types.h"

enum { TW_CTL_COMMANDS_MAX = 24 };

/* What the daemon does for a command. node numbers are the configuration's. */
struct tw_ctl_ops {
	int32_t (*find)(void *ctx, const char *name); /* TW_NODE_NONE: no such node */
	void (*select)(void *ctx, struct tw_buf *out);
	void (*submit)(void *ctx, struct tw_buf *out);
	void (*status)(void *ctx, struct tw_buf *out);
	void (*node)(void *ctx, int32_t node, struct tw_buf *out);
	/* TW_NODE_NONE: the decision. */
	void (*why)(void *ctx, int32_t node, struct tw_buf *out);
	bool (*report)(void *ctx, int32_t node, enum tw_report report);
	/* TW_NODE_NONE: all. The answer is due when tw_control_checks_done() is called. */
	void (*check)(void *ctx, int32_t node);
	/* 0 or -EINVAL: cannot be done to that node; message says why. */
	int (*operate)(void *ctx, enum tw_op op, int32_t node, char *message, size_t size);
	/* 0, or positive: refused, with the errors of the file in errors. */
	int (*reload)(void *ctx, struct tw_buf *errors);
};

enum tw_ctl_outcome {
	TW_CTL_REPLIED = 0,
	TW_CTL_WAITS_FOR_CHECK = 1, /* out is what to say when it is done */
	TW_CTL_WATCH_SELECT = 2,    /* becomes a watch stream; out is its first line */
	TW_CTL_WATCH_STATUS = 3,
	/* replied, and the next decision may differ: what this client asks next, and the reply
	 * itself, must wait until it was made, so that a client sees the effect of its own command
	 */
	TW_CTL_CHANGED = 4,
};

enum tw_ctl_error {
	TW_CTL_UNKNOWN_COMMAND,
	TW_CTL_UNKNOWN_NODE,
	TW_CTL_BAD_ARGUMENT,
	TW_CTL_FORBIDDEN,
	TW_CTL_LINE_TOO_LONG,
	TW_CTL_BUSY,
};

/*
 * Runs one request line (no line end; may hold any bytes) and writes one JSON line without its line
 * end. is_operator: the client may use the commands that change things. ret_command is the number
 * of the command in the table, or tw_ctl_n_commands() for an unknown one.
 * Returns an outcome; never fails (out's own error sticks).
 */
enum tw_ctl_outcome tw_ctl_run(const struct tw_ctl_ops *ops, void *ctx, const char *line,
	size_t len, bool is_operator, struct tw_buf *out, uint32_t *ret_command);
/* Writes an error object. message may quote what the client sent; it is escaped. */
void tw_ctl_error(enum tw_ctl_error code, const char *message, struct tw_buf *out);

/* The table, for help, metrics and completion. Names are borrowed and static. */
uint32_t tw_ctl_n_commands(void);
const char *tw_ctl_command_name(uint32_t i);
/* The name with its arguments, "report NAME template-failed|submit-failed|timeout". */
const char *tw_ctl_command_usage(uint32_t i);

#endif
