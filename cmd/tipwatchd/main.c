/* tipwatchd: from the command line to a running daemon, and its exit codes. */
#include "base/log.h"
#include "client/paths.h"
#include "conf/args.h"
#include "conf/config.h"
#include "conf/print.h"
#include "conf/value.h"
#include "greet.h"
#include "io/daemon/daemon.h"
#include "options.h"
#include "show/table.h"
#include "show/text.h"
#include "trial.h"
#include "json/json.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char default_config[] = "/etc/tipwatch/tipwatch.conf";
enum { ERRORS_MAX = 1 << 20, OUTPUT_MAX = 1 << 24 };

/* Where the configuration comes from, at the start and at every reload. */
struct source {
	const struct options *options;
	char control[TW_PATHS_MAX];
	char state[TW_PATHS_MAX];
};

static int replace(char **text, const char *value)
{
	return value == NULL ? 0 : tw_conf_value_set_text(value, text);
}

/* Options of the command line replace settings of the file. */
static int override(const struct options *options, struct tw_buf *errors, struct tw_config *config)
{
	char message[256];
	int r;

	r = replace(&config->control_path, options->control);
	if (r == 0)
		r = replace(&config->state_dir, options->state);
	if (r == 0)
		r = replace(&config->journal_path, options->journal);
	if (r == 0)
		r = replace(&config->http_listen, options->http);
	if (options->has_level)
		config->log_level = options->level;
	if (options->has_format)
		config->log_format = options->format;
	/* Of a single look the result matters, not the transitions on the way to it. */
	if (options->is_once && config->log_level == TW_LOG_INFO)
		config->log_level = TW_LOG_ERROR;
	if (r < 0 || options->http == NULL)
		return r;
	r = tw_url_parse_listen(options->http, &config->http, message, sizeof(message));
	if (r == 0)
		return 0;
	tw_buf_printf(errors, "--http %s: %s\n", options->http, message);
	return 1;
}

static int load(void *ctx, struct tw_buf *errors, struct tw_config **ret_config)
{
	const struct source *source = ctx;
	const struct options *options = source->options;
	struct tw_conf_defaults defaults = { source->control, source->state };
	struct tw_config *config;
	int r;

	if (options->n_urls > 0)
		r = tw_conf_args_load(options->n_urls, options->urls, &defaults, errors, &config);
	else
		r = tw_config_load(options->config != NULL ? options->config : default_config,
			&defaults, errors, &config);
	if (r != 0)
		return r;
	r = override(options, errors, config);
	if (r != 0) {
		tw_config_destroy(config);
		return r;
	}
	*ret_config = config;
	return 0;
}

static int print(const struct tw_buf *out)
{
	if (out->error < 0) {
		tw_error("cannot build the output: %s", strerror(-out->error));
		return EXIT_RUNTIME;
	}
	if (fwrite(tw_buf_str(out), 1, out->len, stdout) != out->len || fflush(stdout) != 0) {
		tw_error("cannot write to standard output: %s", strerror(errno));
		return EXIT_RUNTIME;
	}
	return 0;
}

static int print_config(const struct tw_config *config)
{
	struct tw_buf out;
	int code;

	tw_buf_init(&out, OUTPUT_MAX);
	tw_conf_print(config, &out);
	code = print(&out);
	tw_buf_finish(&out);
	return code;
}

static int print_table(const struct tw_buf *status)
{
	static const struct tw_json_limits limits = { .bytes = OUTPUT_MAX, .nodes = 1000000 };
	struct tw_json_doc *doc;
	struct tw_buf table;
	struct tw_text text = { .out = &table, .columns = TW_TEXT_COLUMNS };
	int code;

	if (status->error < 0 ||
		tw_json_parse(tw_buf_str(status), status->len, &limits, &doc) != TW_JSON_OK) {
		tw_error("the status cannot be shown: too many nodes for the memory there is");
		return EXIT_RUNTIME;
	}
	tw_buf_init(&table, OUTPUT_MAX);
	tw_table_status(tw_json_root(doc), &text);
	code = print(&table);
	tw_buf_finish(&table);
	tw_json_doc_destroy(doc);
	return code;
}

static void on_known(void *ctx, const struct tw_daemon *daemon)
{
	tw_greet(ctx, daemon);
}

/* Prints the result of --once. Returns the exit code. */
static int print_once(const struct options *options, const struct tw_daemon *daemon)
{
	const struct tw_decision *decision = tw_daemon_decision(daemon);
	struct tw_status_source source = tw_daemon_source(daemon);
	struct tw_buf status;
	int code;

	tw_buf_init(&status, OUTPUT_MAX);
	tw_status_full(&source, &status);
	if (options->is_json)
		tw_buf_putc(&status, '\n');
	code = options->is_json ? print(&status) : print_table(&status);
	tw_buf_finish(&status);
	if (code == 0 && !options->is_json)
		tw_greet_advise(daemon);
	if (code != 0)
		return code;
	if (!decision->is_usable)
		return EXIT_NOTHING_USABLE;
	return decision->mode == TW_MODE_CONSENSUS ? 0 : EXIT_RUNTIME;
}

/* A thousand nodes need some thousands of descriptors; the soft limit is often 1024. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		tw_debug("the limit of open files stays as it is: %s", strerror(errno));
}

static int run(struct source *source, struct tw_config *config)
{
	struct tw_daemon_options options = {
		.config = config,
		.load = source->options->n_urls > 0 ? NULL : load,
		.load_ctx = source,
		.is_once = source->options->is_once,
		.on_known = source->options->is_once ? NULL : on_known,
		.known_ctx = (void *)(uintptr_t)source->options,
	};
	struct tw_daemon *daemon;
	int r, code = 0;

	raise_file_limit();
	r = tw_daemon_create(&options, &daemon);
	if (r != 0)
		return EXIT_RUNTIME;
	r = tw_daemon_run(daemon);
	if (r < 0) {
		tw_error("the event loop failed: %s", strerror(-r));
		code = EXIT_RUNTIME;
	} else if (source->options->is_once) {
		code = print_once(source->options, daemon);
	}
	tw_daemon_destroy(daemon);
	return code;
}

static int find_defaults(struct source *source)
{
	struct tw_paths_env env;
	int r;

	tw_paths_read_service_env(&env);
	r = tw_paths_control(&env, source->control);
	if (r == 0)
		r = tw_paths_state(&env, source->state);
	if (r < 0)
		tw_error("cannot tell where the control socket and the state belong: %s; set "
			 "XDG_RUNTIME_DIR or HOME",
			strerror(-r));
	return r;
}

/* Reads the configuration, with its errors on standard error. Returns 0 or an exit code. */
static int load_first(struct source *source, struct tw_config **ret_config)
{
	struct tw_buf errors;
	int r;

	tw_buf_init(&errors, ERRORS_MAX);
	r = load(source, &errors, ret_config);
	fputs(tw_buf_str(&errors), stderr);
	if (r > 0 && source->options->n_urls == 0 && source->options->config == NULL &&
		access(default_config, F_OK) < 0)
		fputs("Name a configuration with -c FILE, or the daemons themselves, as in\n"
		      "tipwatchd http://127.0.0.1:11898 http://10.0.0.2:11898\n",
			stderr);
	tw_buf_finish(&errors);
	if (r < 0)
		tw_error("cannot read the configuration: %s", strerror(-r));
	return r == 0 ? 0 : r < 0 ? EXIT_RUNTIME : EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct options options;
	struct source source = { .options = &options };
	struct tw_config *config;
	int code;

	if (!tw_options_parse(argc, argv, &options))
		return options.exit_code;
	tw_log_set_level(options.level);
	tw_log_set_format(options.format);
	signal(SIGPIPE, SIG_IGN);
	if (find_defaults(&source) < 0)
		return EXIT_RUNTIME;
	code = load_first(&source, &config);
	if (code != 0)
		return code;
	tw_log_set_level(config->log_level);
	tw_log_set_format(config->log_format);
	if (!options.is_test && !options.is_print)
		return run(&source, config);
	if (options.is_print)
		code = print_config(config);
	else if (tw_trial(config))
		puts("configuration OK");
	else
		code = EXIT_USAGE;
	tw_config_destroy(config);
	return code;
}
