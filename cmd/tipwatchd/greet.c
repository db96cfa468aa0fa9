/* See greet.h. */
#include "greet.h"
#include "base/lines.h"
#include "base/log.h"
#include "show/advice.h"
#include "show/text.h"
#include "show/welcome.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCREEN_MAX = 1 << 20, ARGUMENTS_MAX = 1 << 17 };

/* Appends a word as a person would type it in a shell. */
static void put_word(struct tw_buf *arguments, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_=:/.,@%+-";

	tw_buf_puts(arguments, arguments->len > 0 ? " " : "");
	if (word[0] != '\0' && strspn(word, plain) == strlen(word))
		tw_buf_puts(arguments, word);
	else
		tw_buf_printf(arguments, "'%s'", word);
}

static void put_option(struct tw_buf *arguments, const char *name, const char *value)
{
	if (value == NULL)
		return;
	put_word(arguments, name);
	put_word(arguments, value);
}

static struct tw_text on_stdout(struct tw_buf *screen)
{
	return (struct tw_text){
		.out = screen,
		.columns = TW_TEXT_COLUMNS,
		.has_colour = tw_text_wants_colour(
			isatty(STDOUT_FILENO) == 1, getenv("NO_COLOR"), getenv("TERM")),
	};
}

static void show(struct tw_buf *screen)
{
	if (screen->error == 0)
		fwrite(tw_buf_str(screen), 1, screen->len, stdout);
	fflush(stdout);
	tw_buf_finish(screen);
}

static void welcome(const struct options *options, const struct tw_daemon *daemon)
{
	struct tw_status_source source = tw_daemon_source(daemon);
	struct tw_buf screen, arguments;
	struct tw_text text = on_stdout(&screen);

	tw_buf_init(&screen, SCREEN_MAX);
	tw_buf_init(&arguments, ARGUMENTS_MAX);
	put_option(&arguments, "--control", options->control);
	put_option(&arguments, "--http", options->http);
	put_option(&arguments, "--state", options->state);
	for (uint32_t i = 0; i < options->n_urls; i++)
		put_word(&arguments, options->urls[i]);
	tw_welcome(&source, tw_buf_str(&arguments), options->control != NULL, &text);
	tw_buf_putc(&screen, '\n');
	tw_buf_finish(&arguments);
	show(&screen);
}

static void log_advice(const struct tw_daemon *daemon)
{
	struct tw_status_source source = tw_daemon_source(daemon);
	struct tw_buf advice;

	tw_buf_init(&advice, SCREEN_MAX);
	tw_advice(&source, &advice);
	for (char *rest = advice.data, *line; (line = tw_lines_next(&rest)) != NULL;)
		tw_warn("%s", line);
	tw_buf_finish(&advice);
}

void tw_greet(const struct options *options, const struct tw_daemon *daemon)
{
	if (options->n_urls > 0)
		welcome(options, daemon);
	else
		log_advice(daemon);
}

void tw_greet_advise(const struct tw_daemon *daemon)
{
	struct tw_status_source source = tw_daemon_source(daemon);
	struct tw_buf screen, advice;
	struct tw_text text = on_stdout(&screen);

	tw_buf_init(&screen, SCREEN_MAX);
	tw_buf_init(&advice, SCREEN_MAX);
	tw_advice(&source, &advice);
	tw_advice_show(&advice, &text);
	tw_buf_finish(&advice);
	show(&screen);
}
