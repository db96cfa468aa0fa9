/*
 * tipwatchctl, the operator's tool: reads the command line, sends one request to tipwatchd, shows
 * the reply and returns an exit code that a script can use.
 */
#include "commands.h"
#include "core/words.h"
#include "show/screen.h"
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REQUEST_MAX = 1024 };

static const struct tw_json_limits limits = { .bytes = TW_CLIENT_LINE_MAX, .nodes = 1000000 };

static int usage(const char *format, ...) TW_PRINTF(1, 2);
static int usage(const char *format, ...)
{
	char words[TW_APP_WORDS_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	return tw_app_complain(TW_EXIT_USAGE, "%s; tipwatchctl --help tells more", words);
}

/* tipwatchd cannot be reached. A Nagios plugin says everything on stdout. */
static int unreachable(struct tw_app *app, const char *message)
{
	if (!app->is_nagios)
		return tw_app_complain(TW_EXIT_UNREACHABLE, "%s", message);
	tw_buf_puts(&app->out, "TIPWATCH UNKNOWN - ");
	tw_text_put(&app->text, TW_COLOUR_NONE, message);
	tw_buf_putc(&app->out, '\n');
	return tw_app_flush(app, TW_EXIT_UNREACHABLE);
}

static int broken(struct tw_app *app, int error)
{
	char message[TW_LINK_MESSAGE_MAX];

	tw_link_explain(error, app->path, message);
	return unreachable(app, message);
}

/* Shows the reply in app->line; returns the exit code. */
static int show(struct tw_app *app)
{
	const struct tw_json_node *root, *error;
	struct tw_json_doc *doc = NULL;
	int code, r = tw_json_parse(tw_buf_str(&app->line), app->line.len, &limits, &doc);

	if (r < 0)
		return tw_app_complain(TW_EXIT_REFUSED, "%s", strerror(-r));
	root = r == 0 ? tw_json_root(doc) : NULL;
	if (r > 0 || tw_json_type_of(root) != TW_JSON_MAP) {
		char message[TW_LINK_MESSAGE_MAX];

		snprintf(message, sizeof(message),
			"what answers at %.512s is not tipwatchd: its reply %s", app->path,
			r > 0 ? tw_json_problem((enum tw_json_outcome)r) : "is not an object");
		tw_json_doc_destroy(doc);
		return unreachable(app, message);
	}
	error = tw_json_member(root, "error");
	if (app->is_json) {
		tw_buf_append(&app->out, tw_buf_str(&app->line), app->line.len);
		tw_buf_putc(&app->out, '\n');
	}
	if (error != NULL && app->is_nagios) {
		code = unreachable(app, tw_screen_text(error, "message", "-"));
	} else if (error != NULL) {
		code = app->is_json ? tw_app_flush(app, TW_EXIT_REFUSED)
				    : tw_app_complain(TW_EXIT_REFUSED, "%s",
					      tw_screen_text(error, "message", "refused"));
	} else {
		struct tw_buf ignored;

		/* With --json the reply's meaning decides the exit code only. */
		tw_buf_init(&ignored, TW_APP_OUTPUT_MAX);
		if (app->is_json)
			app->text.out = &ignored;
		code = tw_app_flush(app, app->command->show(app, root));
		app->text.out = &app->out;
		tw_buf_finish(&ignored);
	}
	tw_json_doc_destroy(doc);
	return code;
}

static int stream(struct tw_app *app)
{
	int code;

	do {
		int r;

		code = show(app);
		if (code != TW_EXIT_DONE)
			break;
		r = tw_link_receive(app->client, TW_LINK_STREAM_US, &app->line);
		if (r < 0)
			code = broken(app, r);
	} while (code == TW_EXIT_DONE);
	return code;
}

static int run(struct tw_app *app)
{
	char message[TW_LINK_MESSAGE_MAX], request[REQUEST_MAX];
	int r, n;

	if (app->command->run != NULL) {
		int code = app->command->run(app, message);

		if (code != TW_EXIT_DONE)
			return tw_app_complain(code, "%s", message);
		return tw_app_flush(app, TW_EXIT_DONE);
	}
	n = snprintf(request, sizeof(request), "%s%s%s%s%s", app->command->name,
		app->n_args > 0 ? " " : "", app->n_args > 0 ? app->args[0] : "",
		app->n_args > 1 ? " " : "", app->n_args > 1 ? app->args[1] : "");
	if (n < 0 || (size_t)n >= sizeof(request))
		return usage("the arguments are too long");
	r = tw_link_open(app->socket, app->path, &app->client, message);
	if (r < 0)
		return unreachable(app, message);
	r = tw_link_request(app->client, request,
		app->command->is_slow ? TW_NEVER : TW_LINK_REPLY_US, &app->line);
	if (r < 0)
		return broken(app, r);
	return app->command->is_stream ? stream(app) : show(app);
}

/* 0, or the exit code of a usage error. */
static int check_arguments(const struct tw_app *app, int n, char *const *arguments)
{
	const struct tw_commands_row *command = app->command;
	struct tw_commands_usage words = tw_commands_usage(command);
	bool is_report = strcmp(command->name, "report") == 0;
	enum tw_report report;

	if (command->run_alone == NULL && (app->config != NULL || app->is_every || app->is_words))
		return usage("%s goes with replay only", app->is_every   ? "--every"
							 : app->is_words ? "--text"
									 : "--config");
	if (app->is_words && (app->is_every || app->is_json))
		return usage(
			"--text and %s exclude each other", app->is_every ? "--every" : "--json");
	if (n < (int)words.min_args || n > (int)words.max_args)
		return usage("%s takes %s; usage: tipwatchctl %s%s%s", command->name,
			n < (int)words.min_args ? "more arguments" : "fewer arguments",
			command->name, words.arguments[0] != '\0' ? " " : "", words.arguments);
	/* A space or a line end in an argument would make another request of the line. */
	for (int i = 0; command->run_alone == NULL && i < n; i++) {
		if (arguments[i][0] == '\0' || strpbrk(arguments[i], " \t\r\n") != NULL)
			return usage("'%s' is not a name", arguments[i]);
	}
	if (strcmp(command->name, "watch") == 0 && n == 1 && strcmp(arguments[0], "status") != 0)
		return usage("cannot watch '%s', only status", arguments[0]);
	if (is_report && n == 1)
		return usage("report takes nothing, or a daemon and what a pool saw of it; "
			     "a span of time goes with --since");
	if (is_report && n == 2 && tw_words_parse_report(arguments[1], &report) < 0)
		return usage("'%s' cannot be reported, only template-failed, submit-failed and "
			     "timeout",
			arguments[1]);
	if (app->since != NULL && ((strcmp(command->name, "blocks") != 0 && !is_report) || n > 0))
		return usage("--since goes with blocks and report only, and once");
	if (app->is_mail && (!is_report || n > 0))
		return usage("--mail goes with report only");
	if (app->is_mail && app->is_json)
		return usage("--mail and --json exclude each other");
	if (app->is_nagios && strcmp(command->name, "status") != 0)
		return usage("--nagios goes with status only");
	if (app->is_json && command->run != NULL)
		return usage("%s is for people; --json goes with watch status", command->name);
	if (app->is_nagios && app->is_json)
		return usage("--nagios and --json exclude each other");
	return 0;
}

static int unknown_command(const char *name)
{
	struct tw_buf list;
	int code;

	tw_buf_init(&list, TW_APP_WORDS_MAX);
	tw_commands_list(&list);
	code = tw_app_complain(
		TW_EXIT_USAGE, "unknown command '%.64s'; there are: %s", name, tw_buf_str(&list));
	tw_buf_finish(&list);
	return code;
}

/* Options may stand anywhere. Returns -1 to go on, or an exit code. */
static int parse_options(struct tw_app *app, int argc, char **argv)
{
	enum { JSON = 256, NAGIOS, EVERY, TEXT, SINCE, MAIL, HELP, VERSION };
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, JSON },
		{ "nagios", no_argument, NULL, NAGIOS },
		{ "config", required_argument, NULL, 'c' },
		{ "since", required_argument, NULL, SINCE },
		{ "mail", no_argument, NULL, MAIL },
		{ "every", no_argument, NULL, EVERY },
		{ "text", no_argument, NULL, TEXT },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":s:c:h", options, NULL)) != -1) {
		switch (option) {
		case 's':
			app->socket = optarg;
			break;
		case 'c':
			app->config = optarg;
			break;
		case SINCE:
			app->since = optarg;
			break;
		case MAIL:
			app->is_mail = true;
			app->text.has_colour = false;
			app->text.columns = TW_TEXT_COLUMNS;
			break;
		case EVERY:
			app->is_every = true;
			break;
		case TEXT:
			app->is_words = true;
			break;
		case JSON:
			app->is_json = true;
			break;
		case NAGIOS:
			app->is_nagios = true;
			break;
		case 'h':
		case HELP:
			tw_commands_help(&app->out);
			return tw_app_flush(app, TW_EXIT_DONE);
		case VERSION:
			tw_buf_puts(&app->out, "tipwatchctl " TW_VERSION "\n");
			return tw_app_flush(app, TW_EXIT_DONE);
		case ':':
			return usage("%s needs a value", argv[optind - 1]);
		default:
			return usage("unknown option %s", argv[optind - 1]);
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	const char *name = "status";
	struct tw_app app;
	int code;

	tw_app_init(&app);
	code = parse_options(&app, argc, argv);
	if (code >= 0)
		goto out;
	argc -= optind;
	argv += optind;
	if (argc > 0) {
		name = argv[0];
		argc--;
		argv++;
	}
	app.command = tw_commands_find(name);
	if (app.command == NULL) {
		code = unknown_command(name);
		goto out;
	}
	code = check_arguments(&app, argc, argv);
	if (code != 0)
		goto out;
	app.n_args = argc;
	for (int i = 0; i < argc; i++)
		app.args[i] = argv[i];
	if (app.since != NULL)
		app.args[app.n_args++] = app.since;
	code = app.command->run_alone != NULL ? tw_app_flush(&app, app.command->run_alone(&app))
					      : run(&app);
out:
	tw_app_finish(&app);
	return code;
}
