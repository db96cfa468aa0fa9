/* See options.h. */
#include "options.h"
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

/* What getopt_long() returns for a row begins here. */
enum { LONG_ONLY = 256 };

enum kind { FLAG, TEXT, LEVEL, FORMAT, VERSION, HELP };

/* One row per option. offset leads to its field of struct options: bool, or const char *. */
static const struct row {
	const char *name;
	char letter; /* '\0': none */
	enum kind kind;
	size_t offset;
	const char *argument; /* NULL: takes none */
	const char *help;
} rows[] = {
	{ "config", 'c', TEXT, offsetof(struct options, config), "FILE",
		"configuration (default /etc/tipwatch/tipwatch.conf)" },
	{ "test-config", 't', FLAG, offsetof(struct options, is_test), NULL,
		"check the configuration, say so, and exit" },
	{ "print-config", '\0', FLAG, offsetof(struct options, is_print), NULL,
		"print the whole effective configuration and exit" },
	{ "once", '\0', FLAG, offsetof(struct options, is_once), NULL,
		"check every node to a verdict, print a table, and exit" },
	{ "json", '\0', FLAG, offsetof(struct options, is_json), NULL,
		"with --once: print the status object instead" },
	{ "control", '\0', TEXT, offsetof(struct options, control), "PATH",
		"control socket, instead of control.path" },
	{ "http", '\0', TEXT, offsetof(struct options, http), "ADDR:PORT",
		"HTTP endpoint, instead of http.listen; empty turns it off" },
	{ "state", '\0', TEXT, offsetof(struct options, state), "DIR",
		"state directory, instead of state.dir" },
	{ "journal", '\0', TEXT, offsetof(struct options, journal), "FILE",
		"record what decides, instead of journal.path; empty: do not" },
	{ "log-level", '\0', LEVEL, 0, "LEVEL", "error, warn, info (default) or debug" },
	{ "log-format", '\0', FORMAT, 0, "FORMAT", "auto (default), text, json or journald" },
	{ "version", '\0', VERSION, 0, NULL, "print the version and exit" },
	{ "help", 'h', HELP, 0, NULL, "print this help and exit" },
};

static const char usage[] =
	"Usage: tipwatchd [OPTION]... [[NAME=]URL]...\n"
	"Watches the daemons of a mining pool and tells the pool which one to use.\n"
	"\n"
	"With URLs it needs no file: they are the daemons, the first is the primary one, and they\n"
	"are called d1, d2, ... unless a NAME says otherwise.\n"
	"\n";
static const char notes[] =
	"\n"
	"SIGHUP reloads the configuration, SIGTERM and SIGINT stop.\n"
	"Exit status: 0 stopped (--once: usable and consensus), 1 failure while running (--once:\n"
	"usable, but no consensus), 2 wrong usage or configuration, 3 (--once) nothing usable.\n"
	"\n"
	"Example: tipwatchd http://127.0.0.1:11898 backup=http://10.0.0.2:11898\n"
	"Then:    tipwatchctl status\n";

static void print_help(void)
{
	char letter[8], name[32];

	fputs(usage, stdout);
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		letter[0] = '\0';
		if (rows[i].letter != '\0')
			snprintf(letter, sizeof(letter), "-%c,", rows[i].letter);
		snprintf(name, sizeof(name), "--%s%s%s", rows[i].name,
			rows[i].argument == NULL ? "" : " ",
			rows[i].argument == NULL ? "" : rows[i].argument);
		printf("  %-3s %-18s %s\n", letter, name, rows[i].help);
	}
	fputs(notes, stdout);
}

static bool fail(struct options *options, const char *format, ...) TW_PRINTF(2, 3);

static bool fail(struct options *options, const char *format, ...)
{
	va_list ap;

	fputs("tipwatchd: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputs("\nTry 'tipwatchd --help'.\n", stderr);
	options->exit_code = EXIT_USAGE;
	return false;
}

/* Returns false when there is nothing more to do. */
static bool take(struct options *options, const struct row *row, const char *value)
{
	void *field = (char *)options + row->offset;

	switch (row->kind) {
	case FLAG:
		*(bool *)field = true;
		return true;
	case TEXT:
		*(const char **)field = value;
		return true;
	case LEVEL:
		options->has_level = true;
		if (tw_log_parse_level(value, &options->level) == 0)
			return true;
		return fail(
			options, "--log-level is error, warn, info or debug, not \"%s\"", value);
	case FORMAT:
		options->has_format = true;
		if (tw_log_parse_format(value, &options->format) == 0)
			return true;
		return fail(
			options, "--log-format is auto, text, json or journald, not \"%s\"", value);
	case VERSION:
		printf("tipwatchd %s\n", TW_VERSION);
		return false;
	case HELP:
		print_help();
		return false;
	}
	return false;
}

/* The row of what getopt_long() returned, or NULL. */
static const struct row *find(int opt)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		if (opt == LONG_ONLY + (int)i || (opt == rows[i].letter && opt != '\0'))
			return &rows[i];
	}
	return NULL;
}

bool tw_options_parse(int argc, char **argv, struct options *ret_options)
{
	struct option long_options[TW_ARRAY_SIZE(rows) + 1] = { 0 };
	char letters[2 * TW_ARRAY_SIZE(rows) + 1];
	size_t n = 0;
	int opt;

	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		bool has_argument = rows[i].argument != NULL;

		long_options[i] = (struct option){ rows[i].name,
			has_argument ? required_argument : no_argument, NULL, LONG_ONLY + (int)i };
		if (rows[i].letter != '\0')
			letters[n++] = rows[i].letter;
		if (rows[i].letter != '\0' && has_argument)
			letters[n++] = ':';
	}
	letters[n] = '\0';
	*ret_options = (struct options){ .level = TW_LOG_INFO };
	while ((opt = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		const struct row *row = find(opt);

		if (row == NULL) {
			/* getopt_long() has said what is wrong. */
			fputs("Try 'tipwatchd --help'.\n", stderr);
			ret_options->exit_code = EXIT_USAGE;
			return false;
		}
		if (!take(ret_options, row, optarg))
			return false;
	}
	ret_options->n_urls = (uint32_t)(argc - optind);
	ret_options->urls = argv + optind;
	if (ret_options->n_urls > 0 && ret_options->config != NULL)
		return fail(ret_options,
			"URLs and --config exclude each other: put %s into the file, or leave "
			"--config out",
			ret_options->urls[0]);
	if (ret_options->is_json && !ret_options->is_once)
		return fail(ret_options, "--json goes only with --once");
	if (ret_options->is_test + ret_options->is_print + ret_options->is_once > 1)
		return fail(
			ret_options, "--test-config, --print-config and --once exclude each other");
	return true;
}
