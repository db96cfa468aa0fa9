/* See app.h. */
#include "app.h"
#include "base/ascii.h"
#include "base/lines.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void tw_app_init(struct tw_app *app)
{
	bool is_terminal = isatty(STDOUT_FILENO) == 1;
	struct winsize size;

	*app = (struct tw_app){ .seq = -1 };
	tw_buf_init(&app->line, TW_CLIENT_LINE_MAX);
	tw_buf_init(&app->out, TW_APP_OUTPUT_MAX);
	app->text = (struct tw_text){
		.out = &app->out,
		.columns = TW_TEXT_COLUMNS,
		.has_colour = tw_text_wants_colour(is_terminal, getenv("NO_COLOR"), getenv("TERM")),
	};
	if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		app->text.columns = tw_text_columns(size.ws_col);
}

void tw_app_finish(struct tw_app *app)
{
	tipwatch_close(app->client);
	tw_buf_finish(&app->line);
	tw_buf_finish(&app->out);
}

int tw_app_complain(int code, const char *format, ...)
{
	char words[TW_APP_WORDS_MAX], clean[TW_APP_WORDS_MAX];
	char *line, *rest = words;
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	/* Errors of a configuration come one a line. */
	while ((line = tw_lines_next(&rest)) != NULL) {
		tw_ascii_clean(line, clean, sizeof(clean));
		fprintf(stderr, "tipwatchctl: %s\n", clean);
	}
	return code;
}

int tw_app_flush(struct tw_app *app, int code)
{
	if (app->out.error < 0)
		return tw_app_complain(
			TW_EXIT_REFUSED, "the output is too large: %s", strerror(-app->out.error));
	/* Where the reader has gone away SIGPIPE ends the program. */
	if (fwrite(tw_buf_str(&app->out), 1, app->out.len, stdout) < app->out.len ||
		fflush(stdout) != 0)
		return tw_app_complain(
			TW_EXIT_REFUSED, "cannot write the output: %s", strerror(errno));
	tw_buf_clear(&app->out);
	return code;
}
