/* The command line of tipwatchd. */
#ifndef TIPWATCHD_OPTIONS_H
#define TIPWATCHD_OPTIONS_H

#include "base/log.h"
#include "base/result.h"

enum { EXIT_RUNTIME = 1, EXIT_USAGE = 2, EXIT_NOTHING_USABLE = 3 };

struct options {
	const char *config; /* NULL: not given */
	bool is_test;
	bool is_print;
	bool is_once;
	bool is_json;
	const char *control; /* NULL: not given */
	const char *http;    /* NULL: not given; "" is off */
	const char *state;
	const char *journal;
	bool has_level; /* --log-level was given */
	bool has_format;
	enum tw_log_level level;
	enum tw_log_format format;
	uint32_t n_urls;
	char *const *urls;
	int exit_code; /* when there is nothing to run */
};

/* Returns true when the program should go on; else exit with ret_options->exit_code. */
bool tw_options_parse(int argc, char **argv, struct options *ret_options);

#endif
