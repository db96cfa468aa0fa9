/*
 * The commands of the control socket as a table: one row says what a command is called, which
 * arguments it takes, who may use it and what it does. A request is one line of text and its answer
 * one line of JSON; the sockets are io/control's. What a command does to tipwatchd is behind
 * tw_ctl_ops, so that the table can be tested and fuzzed alone.
 */
#ifndef TW_SERVE_CTL_H
#define TW_SERVE_CTL_H

#include "base/buf.h"
#include "core/types.h"

enum { TW_CTL_COMMANDS_MAX = 24 };

/* What tipwatchd does for a command. Node numbers are the configuration's. */
struct tw_ctl_ops {
	int32_t (*find)(void *ctx, const char *name); /* TW_NODE_NONE: no such node */
	void (*select)(void *ctx, struct tw_buf *out);
	void (*submit)(void *ctx, struct tw_buf *out);
	void (*status)(void *ctx, struct tw_buf *out);
	void (*node)(void *ctx, int32_t node, struct tw_buf *out);
	/* TW_NODE_NONE: the decision. */
	void (*why)(void *ctx, int32_t node, struct tw_buf *out);
	/* Of the last since_us microseconds; TW_NEVER: all. */
	void (*blocks)(void *ctx, int64_t since_us, struct tw_buf *out);
	/* What there was in the last since_us microseconds; TW_NEVER: as long as usual. */
	void (*worth)(void *ctx, int64_t since_us, struct tw_buf *out);
	bool (*report)(void *ctx, int32_t node, enum tw_report report);
	/* TW_NODE_NONE: all. The answer is due when tw_control_checks_done() is called. */
	void (*check)(void *ctx, int32_t node);
	/* 0; message may warn of what that does to the pool. Or positive: it cannot be done to that
	 * node, and message says why. */
	int (*operate)(void *ctx, enum tw_op op, int32_t node, char *message, size_t size);
	/* 0, or positive: the file was refused, and its errors are in errors, one a line. */
	int (*reload)(void *ctx, struct tw_buf *errors);
};

enum tw_ctl_outcome {
	TW_CTL_REPLIED = 0,
	TW_CTL_WAITS_FOR_CHECK = 1, /* out is the reply, to be sent when the check has ended */
	TW_CTL_WATCH_SELECT = 2,    /* the connection becomes a stream; out is its first line */
	TW_CTL_WATCH_STATUS = 3,
	/* Replied, and the next decision may differ. The reply and the client's next request must
	 * wait for that decision, so that a client sees the effect of its own command. */
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

/* A row of the table. Texts are static. */
struct tw_ctl_request;
struct tw_ctl_command {
	const char *name;
	/* The name with its arguments, "node NAME"; forms of it are separated by " | ". */
	const char *usage;
	const char *help; /* what it answers or does: a sentence without its full stop */
	uint32_t min_args;
	uint32_t max_args;
	bool is_for_operators;
	enum tw_ctl_outcome (*run)(const struct tw_ctl_request *request);
};

/* The table, for help, metrics, completion and the manual. */
uint32_t tw_ctl_n_commands(void);
const struct tw_ctl_command *tw_ctl_command(uint32_t i);
/* The row of the command whose name has these len bytes, or NULL. */
const struct tw_ctl_command *tw_ctl_find(const char *name, size_t len);

#endif
