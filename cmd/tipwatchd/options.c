/* See options.h. */
#include "options.h"
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

static const char help[] =
	"Usage: tipwatchd [OPTION]... [[NAME=]URL]...\n"
	"Watches the daemons of a mining pool and tells the pool which one to use.\n"
	"\n"
	"With URLs it needs no file: they are the daemons, the first is the primary one, and they\n"
	"are called d1, d2, ... unless a NAME says otherwise.\n"
	"\n"
	"  -c, --config FILE      configuration (default /etc/tipwatch/tipwatch.conf)\n"
	"  -t, --test-config      check the configuration, say so, and exit\n"
	"      --print-config     print the whole effective configuration and exit\n"
	"      --once             check every node to a verdict, print a table, and exit\n"
	"      --json             with --once: print the status object instead\n"
	"      --control PATH     control socket, instead of control.path\n"
	"      --http ADDR:PORT   HTTP endpoint, instead of http.listen; empty turns it off\n"
	"      --state DIR        state directory, instead of state.dir\n"
	"      --journal FILE     record what decides, instead of journal.path; empty: do not\n"
	"      --log-level LEVEL  error, warn, info (default) or debug\n"
	"      --version          print the version and exit\n"
	"  -h, --help             print this help and exit\n"
	"\n"
	"SIGHUP reloads the configuration, SIGTERM and SIGINT stop.\n"
	"Exit status: 0 stopped (--once: usable and consensus), 1 failure while running (--once:\n"
	"usable, but no consensus), 2 wrong usage or configuration, 3 (--once) nothing usable.\n"
	"\n"
	"Example: tipwatchd http://127.0.0.1:11898 backup=http://10.0.0.2:11898\n"
	"Then:    tipwatchctl status\n";

enum {
	OPT_PRINT = 256,
	OPT_ONCE,
	OPT_JSON,
	OPT_CONTROL,
	OPT_HTTP,
	OPT_STATE,
	OPT_JOURNAL,
	OPT_LEVEL,
	OPT_VERSION,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test-config", no_argument, NULL, 't' },
	{ "print-config", no_argument, NULL, OPT_PRINT },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "http", required_argument, NULL, OPT_HTTP },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "journal", required_argument, NULL, OPT_JOURNAL },
	{ "log-level", required_argument, NULL, OPT_LEVEL },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

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
static bool take(struct options *options, int opt, const char *value)
{
	switch (opt) {
	case 'c':
		options->config = value;
		return true;
	case 't':
		options->is_test = true;
		return true;
	case OPT_PRINT:
		options->is_print = true;
		return true;
	case OPT_ONCE:
		options->is_once = true;
		return true;
	case OPT_JSON:
		options->is_json = true;
		return true;
	case OPT_CONTROL:
		options->control = value;
		return true;
	case OPT_HTTP:
		options->http = value;
		return true;
	case OPT_STATE:
		options->state = value;
		return true;
	case OPT_JOURNAL:
		options->journal = value;
		return true;
	case OPT_LEVEL:
		if (tw_log_parse_level(value, &options->level) == 0)
			return true;
		return fail(
			options, "--log-level is error, warn, info or debug, not \"%s\"", value);
	case OPT_VERSION:
		printf("tipwatchd %s\n", TW_VERSION);
		return false;
	case 'h':
		fputs(help, stdout);
		return false;
	default:
		/* getopt has said what is wrong. */
		fputs("Try 'tipwatchd --help'.\n", stderr);
		options->exit_code = EXIT_USAGE;
		return false;
	}
}

bool options_parse(int argc, char **argv, struct options *ret_options)
{
	int opt;

	*ret_options = (struct options){ .level = TW_LOG_INFO };
	while ((opt = getopt_long(argc, argv, "c:th", long_options, NULL)) != -1) {
		if (!take(ret_options, opt, optarg))
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
