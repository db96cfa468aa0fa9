/* See app.h. The commands, and how each shows its reply to people. */
#include "app.h"
#include "show/screen.h"
#include "show/table.h"
#include "top.h"
#include <string.h>
#include <time.h>

static int show_select(struct tw_app *app, const struct tw_json_node *reply)
{
	tw_screen_select(reply, &app->text);
	return tw_screen_flag(reply, "usable") ? TW_EXIT_DONE : TW_EXIT_REFUSED;
}

static int show_status(struct tw_app *app, const struct tw_json_node *reply)
{
	if (app->is_nagios)
		return tw_screen_nagios(reply, &app->text);
	tw_table_status(reply, &app->text);
	return tw_screen_flag(reply, "select.usable") ? TW_EXIT_DONE : TW_EXIT_REFUSED;
}

static int show_submit(struct tw_app *app, const struct tw_json_node *reply)
{
	tw_screen_submit(reply, &app->text);
	return tw_json_count(tw_json_member(reply, "targets")) > 0 ? TW_EXIT_DONE : TW_EXIT_REFUSED;
}

/* A stream repeats itself so that its reader knows it lives; people see what is new. */
static int show_watch(struct tw_app *app, const struct tw_json_node *reply)
{
	const struct tw_json_node *select = tw_json_member(reply, "select");
	char time_of_day[16] = "";
	time_t now = time(NULL);
	struct tm tm;
	int64_t seq;

	if (tw_json_get_int(select != NULL ? select : reply, "seq", 0, INT64_MAX, &seq) == 0) {
		if (seq == app->seq)
			return TW_EXIT_DONE;
		app->seq = seq;
	}
	if (select != NULL) {
		tw_table_status(reply, &app->text);
		tw_buf_putc(app->text.out, '\n');
		return TW_EXIT_DONE;
	}
	if (localtime_r(&now, &tm) != NULL)
		strftime(time_of_day, sizeof(time_of_day), "%H:%M:%S", &tm);
	tw_screen_watch(reply, time_of_day, &app->text);
	return TW_EXIT_DONE;
}

static int show_node(struct tw_app *app, const struct tw_json_node *reply)
{
	tw_screen_node(reply, &app->text);
	return TW_EXIT_DONE;
}

static int show_why(struct tw_app *app, const struct tw_json_node *reply)
{
	tw_screen_why(reply, &app->text);
	return TW_EXIT_DONE;
}

static int show_version(struct tw_app *app, const struct tw_json_node *reply)
{
	tw_buf_puts(app->text.out, "tipwatchctl " TW_VERSION "\ntipwatchd ");
	tw_text_put(&app->text, TW_COLOUR_NONE, tw_screen_text(reply, "version", "-"));
	tw_buf_putc(app->text.out, '\n');
	return TW_EXIT_DONE;
}

static int say(struct tw_app *app, const char *words)
{
	if (app->n_args > 0) {
		tw_text_put(&app->text, TW_COLOUR_BOLD, app->args[0]);
		tw_buf_putc(app->text.out, ' ');
	}
	tw_buf_puts(app->text.out, words);
	tw_buf_putc(app->text.out, '\n');
	return TW_EXIT_DONE;
}

static int show_check(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, app->n_args > 0 ? "was checked" : "every node was checked");
}

static int show_drain(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "is drained: it is not chosen until it is undrained");
}

static int show_undrain(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "is no longer drained");
}

static int show_pin(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "is pinned: it is used, whatever happens, until unpin");
}

static int show_unpin(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "no daemon is pinned: tipwatchd chooses");
}

static int show_report(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "was reported");
}

static int show_reload(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "the new configuration is in force");
}

static const struct tw_app_command commands[] = {
	{ .name = "status",
		.arguments = "",
		.help = "a table of everything (the default)",
		.show = show_status },
	{ .name = "top", .arguments = "", .help = "the table, live; q ends it", .run = tw_top_run },
	{ .name = "select",
		.arguments = "",
		.help = "which daemon to use, and why",
		.show = show_select },
	{ .name = "submit",
		.arguments = "",
		.help = "which daemons a found block should go to",
		.show = show_submit },
	{ .name = "watch",
		.arguments = "[status]",
		.max_args = 1,
		.help = "select (or status) again at every change",
		.show = show_watch,
		.is_stream = true },
	{ .name = "node",
		.arguments = "NAME",
		.min_args = 1,
		.max_args = 1,
		.help = "everything about one node",
		.show = show_node },
	{ .name = "why",
		.arguments = "[NAME]",
		.max_args = 1,
		.help = "which rule decided, who voted for what, what would change it",
		.show = show_why },
	{ .name = "check",
		.arguments = "[NAME]",
		.max_args = 1,
		.help = "check all nodes, or one, now",
		.show = show_check,
		.is_slow = true },
	{ .name = "drain",
		.arguments = "NAME",
		.min_args = 1,
		.max_args = 1,
		.help = "take a node out: it is not chosen",
		.show = show_drain },
	{ .name = "undrain",
		.arguments = "NAME",
		.min_args = 1,
		.max_args = 1,
		.help = "put it back",
		.show = show_undrain },
	{ .name = "pin",
		.arguments = "NAME",
		.min_args = 1,
		.max_args = 1,
		.help = "use this daemon whatever happens",
		.show = show_pin },
	{ .name = "unpin",
		.arguments = "",
		.help = "let tipwatchd choose again",
		.show = show_unpin },
	{ .name = "report",
		.arguments = "NAME WHAT",
		.min_args = 2,
		.max_args = 2,
		.help = "a pool saw it fail: template-failed, submit-failed, timeout",
		.show = show_report },
	{ .name = "reload",
		.arguments = "",
		.help = "read the configuration again",
		.show = show_reload },
	{ .name = "replay",
		.arguments = "FILE...",
		.min_args = 1,
		.max_args = TW_APP_ARGS_MAX,
		.help = "decide again what a journal recorded; - is standard input",
		.run_alone = tw_app_replay },
	{ .name = "version",
		.arguments = "",
		.help = "the versions of both programs",
		.show = show_version },
};

const struct tw_app_command *tw_app_find_command(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	}
	return NULL;
}

void tw_app_list_commands(struct tw_buf *out)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++)
		tw_buf_printf(out, "%s%s", i > 0 ? ", " : "", commands[i].name);
}

void tw_app_help(struct tw_buf *out)
{
	tw_buf_puts(out, "usage: tipwatchctl [-s SOCKET] [--json] [COMMAND]\n\n"
			 "Asks tipwatchd, or tells it, through its control socket.\n\n");
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++)
		tw_buf_printf(out, "  %-7s %-9s  %s\n", commands[i].name, commands[i].arguments,
			commands[i].help);
	tw_buf_puts(out,
		"\n  -s, --socket SOCKET  the control socket, if not the default one\n"
		"      --json           print the replies as they come\n"
		"  -c, --config CONF    with replay: what if this had been the configuration\n"
		"      --every          with replay: a line for every record, not every change\n"
		"      --nagios         with status: one line, and a plugin's exit code\n"
		"      --help           this text\n"
		"      --version        the version of this program\n\n"
		"Exit status: 0 done; 1 refused, or not usable; 2 usage; 3 tipwatchd cannot be\n"
		"reached. With --nagios: 0 usable and in consensus; 1 usable; 2 not usable;\n"
		"3 not reached.\n");
}
