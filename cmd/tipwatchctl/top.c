/* See top.h. */
#include "top.h"
#include "base/ascii.h"
#include "show/table.h"
#include "terminal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FOOTER_MAX = 512, STATUS_NODES_MAX = 1000000 };
#define RETRY_US TW_SEC
#define TICK_US  TW_SEC
/* tipwatchd sends something every 2 s. */
#define QUIET_US (3 * TW_SEC)

/* One run of it. */
struct top {
	struct tw_app *app;
	bool has_status;     /* app->line has a status */
	int64_t received_us; /* when it came */
	int64_t heard_us;    /* when the connection was made, or last said something */
	int64_t retry_us;    /* when to connect again */
	char problem[TW_LINK_MESSAGE_MAX];
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * TW_SEC + ts.tv_nsec / 1000;
}

static void disconnect(struct top *top)
{
	tipwatch_close(top->app->client);
	top->app->client = NULL;
	top->retry_us = now() + RETRY_US;
}

/* 0, or a negative errno with the problem in words. */
static int connect_again(struct top *top)
{
	struct tw_app *app = top->app;
	int r = tw_link_open(app->socket, app->path, &app->client, top->problem);

	if (r < 0) {
		app->client = NULL;
		top->retry_us = now() + RETRY_US;
		return r;
	}
	r = tw_link_send(app->client, "watch status", TW_LINK_CONNECT_US);
	if (r < 0) {
		tw_link_explain(r, app->path, top->problem);
		disconnect(top);
		return r;
	}
	top->heard_us = now();
	return 0;
}

/* Takes every line that has arrived and keeps the newest. */
static void receive(struct top *top)
{
	struct tw_app *app = top->app;
	int r;

	while ((r = tw_link_receive(app->client, 0, &app->line)) == 0) {
		top->has_status = true;
		top->received_us = top->heard_us = now();
		top->problem[0] = '\0';
	}
	if (r == -ETIMEDOUT && now() - top->heard_us < TW_LINK_STREAM_US)
		return;
	tw_link_explain(r, app->path, top->problem);
	disconnect(top);
}

/* Writes the status as text. An error object or another text becomes the problem to show. */
static void render(struct top *top)
{
	static const struct tw_json_limits limits = { .bytes = TW_CLIENT_LINE_MAX,
		.nodes = STATUS_NODES_MAX };
	struct tw_app *app = top->app;
	struct tw_terminal_size size = tw_terminal_size();
	const struct tw_json_node *error;
	struct tw_json_doc *doc;

	if (!top->has_status)
		return;
	if (tw_json_parse(tw_buf_str(&app->line), app->line.len, &limits, &doc) != TW_JSON_OK) {
		snprintf(top->problem, sizeof(top->problem),
			"what answers at %.512s is not tipwatchd", app->path);
		return;
	}
	error = tw_json_find(tw_json_root(doc), "error.message");
	if (error != NULL) {
		snprintf(top->problem, sizeof(top->problem), "tipwatchd refuses: %.900s",
			tw_json_str(error));
	} else {
		app->text.columns = tw_text_columns(size.columns);
		tw_buf_clear(&app->out);
		tw_table_status(tw_json_root(doc), &app->text);
		tw_table_switches(tw_json_root(doc), &app->text);
	}
	tw_json_doc_destroy(doc);
}

/* What is wrong, or "". */
static const char *problem_of(const struct top *top)
{
	if (top->problem[0] == '\0' && top->has_status && now() - top->received_us >= QUIET_US)
		return "tipwatchd says nothing";
	return top->problem;
}

/* The last row: what is wrong and how old the table is, and how to quit. */
static void write_footer(struct top *top, char footer[FOOTER_MAX])
{
	struct tw_terminal_size size = tw_terminal_size();
	const char *problem = problem_of(top);
	char words[FOOTER_MAX], clean[FOOTER_MAX];
	size_t lines = 0;

	for (size_t i = 0; i < top->app->out.len; i++)
		lines += top->app->out.data[i] == '\n';
	if (problem[0] != '\0' && top->has_status)
		snprintf(words, sizeof(words), "%lld s old: %.300s (q quits)",
			(long long)((now() - top->received_us) / TW_SEC), problem);
	else if (problem[0] != '\0')
		snprintf(words, sizeof(words), "%.300s (q quits)", problem);
	else if (lines + 1 > size.rows)
		snprintf(words, sizeof(words), "%zu more lines below; q quits",
			lines + 1 - size.rows);
	else
		snprintf(words, sizeof(words), "q quits");
	tw_ascii_clean(words, clean, sizeof(clean));
	if (clean[0] != '\0' && strlen(clean) > size.columns)
		clean[size.columns] = '\0';
	snprintf(footer, FOOTER_MAX, "%s%s%s",
		!top->app->text.has_colour ? ""
		: problem[0] != '\0'       ? "\033[1;31m"
					   : "\033[2m",
		clean, top->app->text.has_colour ? "\033[0m" : "");
}

static int draw(struct top *top)
{
	char footer[FOOTER_MAX];

	render(top);
	write_footer(top, footer);
	return tw_terminal_draw(&top->app->out, footer);
}

static int loop(struct top *top)
{
	struct tw_app *app = top->app;
	char key;
	int r;

	for (;;) {
		if (app->client == NULL && now() >= top->retry_us)
			(void)connect_again(top);
		if (app->client != NULL)
			receive(top);
		r = draw(top);
		if (r < 0)
			return r;
		switch (tw_terminal_wait(
			app->client != NULL ? tipwatch_fd(app->client) : -1, TICK_US, &key)) {
		case TW_TERMINAL_KEY:
			if (key == 'q' || key == 'Q')
				return 0;
			break;
		case TW_TERMINAL_ENDED:
			return 0;
		case TW_TERMINAL_TIMEOUT:
		case TW_TERMINAL_READABLE:
		case TW_TERMINAL_RESIZED:
			break;
		}
	}
}

int tw_top_run(struct tw_app *app, char message[TW_LINK_MESSAGE_MAX])
{
	struct top top = { .app = app };
	int r = connect_again(&top);

	if (r < 0) {
		snprintf(message, TW_LINK_MESSAGE_MAX, "%s", top.problem);
		return TW_EXIT_UNREACHABLE;
	}
	r = tw_terminal_enter();
	if (r == -ENOTTY) {
		snprintf(message, TW_LINK_MESSAGE_MAX,
			"top draws on a terminal, and this is none; tipwatchctl watch status is "
			"for pipes and files");
		return TW_EXIT_USAGE;
	}
	if (r == 0)
		r = loop(&top);
	tw_terminal_leave();
	/* The alternate screen is gone; its text is not to be printed after it. */
	tw_buf_clear(&app->out);
	if (r == 0)
		return TW_EXIT_DONE;
	snprintf(message, TW_LINK_MESSAGE_MAX, "cannot draw on the terminal: %s", strerror(-r));
	return TW_EXIT_REFUSED;
}
