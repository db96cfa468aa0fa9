/*
 * One run of tipwatchctl: its options, the connection to tipwatchd, the reply and what is printed.
 * main.c reads the command line, commands.c has the commands.
 */
#ifndef TIPWATCHCTL_APP_H
#define TIPWATCHCTL_APP_H

#include "link.h"
#include "show/text.h"

enum {
	TW_EXIT_DONE = 0,
	TW_EXIT_REFUSED = 1, /* or not usable */
	TW_EXIT_USAGE = 2,
	TW_EXIT_UNREACHABLE = 3,
};

enum {
	TW_APP_ARGS_MAX = 2,
	TW_APP_WORDS_MAX = 8192,              /* bytes of one message, with its NUL */
	TW_APP_OUTPUT_MAX = 64 * 1024 * 1024, /* bytes */
};

struct tw_commands_row;

struct tw_app {
	const char *socket; /* NULL: the default one */
	bool is_json;
	bool is_nagios;
	const char *config; /* replay: another configuration; NULL: the recorded one */
	bool is_every;      /* replay */
	bool is_words;      /* replay, for people */
	const char *since;  /* blocks, report: a span; NULL: all, or as usual */
	bool is_mail;       /* report */
	const struct tw_commands_row *command;
	const char *args[TW_APP_ARGS_MAX];
	int n_args;
	char path[TW_PATHS_MAX]; /* of the socket */
	struct tipwatch *client;
	struct tw_buf line; /* the reply */
	struct tw_buf out;  /* for stdout */
	struct tw_text text;
	int64_t seq; /* of the object of a stream that was shown last */
};

/* The options of the run are to be filled in after this. */
void tw_app_init(struct tw_app *app);
void tw_app_finish(struct tw_app *app);

/* Prints each line of the message on stderr, with the program's name before it; control characters
 * in it are shown as '?'. Returns code. */
int tw_app_complain(int code, const char *format, ...) TW_PRINTF(2, 3);
/* Prints out and empties it. Returns code, or TW_EXIT_REFUSED where that fails. */
int tw_app_flush(struct tw_app *app, int code);

#endif
