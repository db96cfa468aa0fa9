/* What the files of tipwatchctl share: the run of one command. */
#ifndef TIPWATCHCTL_APP_H
#define TIPWATCHCTL_APP_H

#include "link.h"
#include "wire/json_read.h"
#include "wire/text.h"

enum {
	TW_EXIT_DONE = 0,
	TW_EXIT_REFUSED = 1, /* or not usable */
	TW_EXIT_USAGE = 2,
	TW_EXIT_UNREACHABLE = 3,
};

enum { TW_APP_ARGS_MAX = 2 };

struct tw_app {
	const char *socket; /* NULL: the default one */
	bool is_json;
	bool is_nagios;
	const struct tw_app_command *command;
	const char *args[TW_APP_ARGS_MAX];
	int n_args;
	char path[TW_PATHS_MAX];
	struct tw_client *client;
	struct tw_buf line; /* the reply */
	struct tw_buf out;  /* for stdout */
	struct tw_text text;
	int64_t seq; /* of the object of a stream that was shown last */
};

struct tw_app_command {
	const char *name;
	const char *arguments; /* for people */
	int min_args, max_args;
	const char *help;
	/* Has its own way with tipwatchd and shows it; returns the exit code, message says why it
	 * is not 0. NULL: a request of the command's name, and show. */
	int (*run)(struct tw_app *app, char message[TW_LINK_MESSAGE_MAX]);
	/* Shows the reply and returns the exit code. */
	int (*show)(struct tw_app *app, const struct tw_json_node *reply);
	bool is_stream;
	bool is_slow; /* answers when the daemons have */
};

/* NULL: there is none. */
const struct tw_app_command *tw_app_find_command(const char *name);
/* Writes the usage and all commands. */
void tw_app_help(struct tw_buf *out);
/* "status, select, …" */
void tw_app_list_commands(struct tw_buf *out);

#endif
