/* See commands.h. */
#include "commands.h"
#include "replay_files.h"
#include "serve/ctl.h"
#include "show/blocks.h"
#include "show/report.h"
#include "show/screen.h"
#include "show/table.h"
#include "submit_block.h"
#include "top.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { USAGE_WIDTH = 17 };

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

static int show_blocks(struct tw_app *app, const struct tw_json_node *reply)
{
	tw_show_blocks_table(reply, &app->text);
	return TW_EXIT_DONE;
}

/* A stream repeats its last object so that the reader knows that the connection lives. People are
 * shown only what is new. */
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
	tw_screen_node(reply, (int64_t)time(NULL) * 1000, &app->text);
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

/* What tipwatchd warns of. */
static int warn(struct tw_app *app, const struct tw_json_node *reply)
{
	const char *warning = tw_screen_text(reply, "warning", "");

	if (warning[0] != '\0')
		tw_text_paragraph(&app->text, TW_COLOUR_YELLOW, "warning:", warning, 2);
	return TW_EXIT_DONE;
}

static int show_check(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, app->n_args > 0 ? "was checked" : "every node was checked");
}

static int show_drain(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)say(app, "is drained: it is not chosen until it is undrained");
	return warn(app, reply);
}

static int show_undrain(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "is no longer drained");
}

static int show_pin(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)say(app, "is pinned: it is used, and no other one, until unpin");
	return warn(app, reply);
}

static int show_unpin(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "no daemon is pinned: tipwatchd chooses");
}

/* With a daemon it told what the pool saw of it; without one it asked. */
static int show_report(struct tw_app *app, const struct tw_json_node *reply)
{
	if (app->n_args > 1)
		return say(app, "was reported");
	if (app->is_mail)
		tw_show_report_head(reply, app->text.out);
	tw_show_report_screen(reply, &app->text);
	return TW_EXIT_DONE;
}

static int show_reload(struct tw_app *app, const struct tw_json_node *reply)
{
	(void)reply;
	return say(app, "the new configuration is in force");
}

static int help(struct tw_app *app);

static const struct tw_commands_row rows[] = {
	{ .name = "status", .help = "a table of everything (the default)", .show = show_status },
	{ .name = "top", .arguments = "", .help = "the table, live; q ends it", .run = tw_top_run },
	{ .name = "select", .show = show_select },
	{ .name = "submit", .show = show_submit },
	{ .name = "submit-block",
		.arguments = "FILE",
		.help = "hand a found block to tipwatchd; - is standard input",
		.min_args = 1,
		.max_args = 1,
		.run_alone = tw_submit_block },
	{ .name = "blocks", .show = show_blocks },
	{ .name = "watch", .show = show_watch, .is_stream = true },
	{ .name = "node", .show = show_node },
	{ .name = "why", .show = show_why },
	{ .name = "check", .show = show_check, .is_slow = true },
	{ .name = "drain", .show = show_drain },
	{ .name = "undrain", .show = show_undrain },
	{ .name = "pin", .show = show_pin },
	{ .name = "unpin", .show = show_unpin },
	{ .name = "report",
		.arguments = "NAME WHAT",
		.help = "a pool saw it fail: template-failed, submit-failed, timeout",
		.alone = "what the daemons and tipwatch were worth: for partners",
		.show = show_report },
	{ .name = "reload", .show = show_reload },
	{ .name = "replay",
		.arguments = "FILE...",
		.help = "decide again what a journal recorded; - is standard input",
		.min_args = 1,
		.max_args = TW_APP_ARGS_MAX,
		.run_alone = tw_replay_files },
	{ .name = "version", .help = "the versions of both programs", .show = show_version },
	{ .name = "help",
		.arguments = "[COMMAND]",
		.help = "the commands, or more of one",
		.max_args = 1,
		.run_alone = help },
};

static int help(struct tw_app *app)
{
	const struct tw_commands_row *row = NULL;
	const struct tw_ctl_command *command;
	struct tw_commands_usage usage;
	struct tw_buf list;

	if (app->n_args == 0) {
		tw_commands_help(&app->out);
		return TW_EXIT_DONE;
	}
	row = tw_commands_find(app->args[0]);
	if (row == NULL) {
		tw_buf_init(&list, TW_APP_WORDS_MAX);
		tw_commands_list(&list);
		(void)tw_app_complain(TW_EXIT_USAGE, "unknown command '%.64s'; there are: %s",
			app->args[0], tw_buf_str(&list));
		tw_buf_finish(&list);
		return TW_EXIT_USAGE;
	}
	usage = tw_commands_usage(row);
	tw_buf_printf(&app->out, "usage: tipwatchctl %s%s%s\n", row->name,
		usage.arguments[0] != '\0' ? " " : "", usage.arguments);
	tw_text_paragraph(&app->text, TW_COLOUR_NONE, " ", usage.help, 2);
	if (row->alone != NULL) {
		tw_buf_printf(&app->out, "usage: tipwatchctl %s\n", row->name);
		tw_text_paragraph(&app->text, TW_COLOUR_NONE, " ", row->alone, 2);
	}
	command = tw_ctl_find(row->name, strlen(row->name));
	if (command != NULL && command->is_for_operators)
		tw_text_paragraph(&app->text, TW_COLOUR_NONE, " ",
			"Only root, tipwatchd's own user, and members of the group "
			"control.operators may use it.",
			2);
	tw_buf_puts(&app->out, "  More of it: man tipwatchctl\n");
	return TW_EXIT_DONE;
}

const struct tw_commands_row *tw_commands_find(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		if (strcmp(name, rows[i].name) == 0)
			return &rows[i];
	}
	return NULL;
}

struct tw_commands_usage tw_commands_usage(const struct tw_commands_row *row)
{
	const struct tw_ctl_command *command = tw_ctl_find(row->name, strlen(row->name));
	struct tw_commands_usage usage = { row->arguments, row->help, row->min_args,
		row->max_args };

	if (command == NULL || row->run_alone != NULL)
		return usage;
	if (usage.arguments == NULL)
		usage.arguments = command->usage + strlen(row->name) + (command->max_args > 0);
	if (usage.help == NULL)
		usage.help = command->help;
	usage.min_args = command->min_args;
	usage.max_args = command->max_args;
	return usage;
}

void tw_commands_list(struct tw_buf *out)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++)
		tw_buf_printf(out, "%s%s", i > 0 ? ", " : "", rows[i].name);
}

void tw_commands_help(struct tw_buf *out)
{
	tw_buf_puts(out, "usage: tipwatchctl [-s SOCKET] [--json] [COMMAND]\n\n"
			 "Asks tipwatchd, or tells it, through its control socket.\n\n");
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		struct tw_commands_usage usage = tw_commands_usage(&rows[i]);

		char words[USAGE_WIDTH + 1];

		/* A name that is longer than the column takes of that of the arguments. */
		snprintf(words, sizeof(words), "%-7s %s", rows[i].name, usage.arguments);
		tw_buf_printf(out, "  %-*s  %s\n", USAGE_WIDTH, words, usage.help);
		if (rows[i].alone != NULL)
			tw_buf_printf(
				out, "  %-*s  %s\n", USAGE_WIDTH, rows[i].name, rows[i].alone);
	}
	tw_buf_puts(out,
		"\n  -s, --socket SOCKET  the control socket, if not the default one\n"
		"      --json           print the replies as they come\n"
		"  -c, --config CONF    with replay: what if this had been the configuration\n"
		"      --every          with replay: a line for every record, not every change\n"
		"      --text           with replay: for people, with the time of day\n"
		"      --since SPAN     with blocks, report: within that time, such as 12h or 7d\n"
		"      --mail           with report: as a mail, for sendmail\n"
		"      --nagios         with status: one line, and a plugin's exit code\n"
		"      --help           this text\n"
		"      --version        the version of this program\n\n"
		"Exit status: 0 done; 1 refused, or not usable; 2 usage; 3 tipwatchd cannot be\n"
		"reached. With --nagios: 0 usable and in consensus; 1 usable; 2 not usable;\n"
		"3 not reached.\n");
}
