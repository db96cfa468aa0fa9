/* What the files of tipwatchctl share: the run of one command. */
#ifndef TIPWATCHCTL_APP_H
#define TIPWATCHCTL_APP_H

#include "link.h"
#include "show/text.h"
#include "json/json.h"

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
	const char *config; /* replay: another configuration; NULL: the recorded one */
	bool is_every;      /* replay */
	const struct tw_app_command *command;
	const char *args[TW_APP_ARGS_MAX];
	int n_args;
	char path[TW_PATHS_MAX];
	struct tipwatch *client;
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
	/* Does it without tipwatchd; NULL: tipwatchd is asked. Returns the exit code. */
	int (*run_alone)(struct tw_app *app);
	bool is_stream;
	bool is_slow; /* answers when the daemons have */
};

/* One sentence on stderr for each line of it; what it quotes is cleaned. Returns code. */
int tw_app_complain(int code, const char *format, ...) TW_PRINTF(2, 3);

/* replay.c */
int tw_app_replay(struct tw_app *app);

/* NULL: there is none. */
const struct tw_app_command *tw_app_find_command(const char *name);
/* Writes the usage and all commands. */
void tw_app_help(struct tw_buf *out);
/* "status, select, …" */
void tw_app_list_commands(struct tw_buf *out);

#endif
