/*
 * The commands of tipwatchctl as a table: what each asks tipwatchd and how it shows the reply. The
 * arguments and the help of a command that tipwatchd has too come from its row in serve/ctl.
 */
#ifndef TIPWATCHCTL_COMMANDS_H
#define TIPWATCHCTL_COMMANDS_H

#include "app.h"
#include "json/json.h"

struct tw_commands_row {
	const char *name;
	/* NULL: as in tipwatchd's row of that name. */
	const char *arguments;
	const char *help;
	const char *alone; /* what it does without its arguments, where that is something else */
	uint32_t min_args, max_args; /* of a command that tipwatchd has not */
	/* Shows the reply and returns the exit code. */
	int (*show)(struct tw_app *app, const struct tw_json_node *reply);
	/* Instead of a request of the command's name and show: talks to tipwatchd in its own way
	 * and returns the exit code; message says why that is not 0. */
	int (*run)(struct tw_app *app, char message[TW_LINK_MESSAGE_MAX]);
	/* Instead of both: works without tipwatchd. Returns the exit code. */
	int (*run_alone)(struct tw_app *app);
	bool is_stream;
	bool is_slow; /* answers only when the daemons have answered */
};

/* What a person is told of a command. */
struct tw_commands_usage {
	const char *arguments; /* "" none */
	const char *help;
	uint32_t min_args, max_args;
};

/* NULL: there is none. */
const struct tw_commands_row *tw_commands_find(const char *name);
struct tw_commands_usage tw_commands_usage(const struct tw_commands_row *row);
/* Writes the usage and all commands. */
void tw_commands_help(struct tw_buf *out);
/* "status, select, …" */
void tw_commands_list(struct tw_buf *out);

#endif
