/* See replay_files.h. */
#include "replay_files.h"
#include "base/file.h"
#include "conf/config.h"
#include "replay/replay.h"
#include "replay_tell.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ERRORS_MAX = 1 << 20 };
/* More than journal.max_size allows for a journal and the file before it. */
static const size_t file_max = SIZE_MAX / 8 < (size_t)UINT32_MAX ? SIZE_MAX / 8 : UINT32_MAX;

static void on_line(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	(void)fwrite(text, 1, len, stdout);
	fputc('\n', stdout);
}

static void on_note(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	(void)len;
	/* The note follows the decisions before it, also where both go into one file. */
	fflush(stdout);
	(void)tw_app_complain(TW_EXIT_DONE, "%s", text);
}

/* Of a replay for people. */
struct telling {
	struct tw_app *app;
	struct tw_replay *replay;
	struct tw_replay_tell tell;
};

static void on_step(void *ctx, const struct tw_monitor *monitor, int64_t t_us)
{
	struct telling *telling = ctx;

	tw_replay_tell(&telling->tell, monitor, tw_replay_wall_ms(telling->replay, t_us),
		tw_replay_since_us(telling->replay, t_us));
	(void)tw_app_flush(telling->app, TW_EXIT_DONE);
}

static int load_what_if(const char *path, struct tw_config **ret_config)
{
	struct tw_conf_defaults defaults = { "/", "/" };
	struct tw_buf errors;
	int r, code = TW_EXIT_DONE;

	tw_buf_init(&errors, ERRORS_MAX);
	r = tw_config_load(path, &defaults, &errors, ret_config);
	if (r < 0)
		code = tw_app_complain(TW_EXIT_REFUSED, "%s", strerror(-r));
	else if (r > 0)
		code = tw_app_complain(TW_EXIT_USAGE, "%s", tw_buf_str(&errors));
	tw_buf_finish(&errors);
	return code;
}

static int replay_file(struct tw_replay *replay, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? "standard input" : path;
	struct tw_buf text;
	int r, code = TW_EXIT_DONE;

	tw_buf_init(&text, file_max);
	r = tw_file_read(is_stdin ? "/dev/stdin" : path, true, &text);
	if (r < 0) {
		code = tw_app_complain(TW_EXIT_REFUSED, "cannot read %s: %s", name, strerror(-r));
		goto out;
	}
	r = tw_replay_text(replay, name, tw_buf_str(&text), text.len);
	fflush(stdout);
	if (r < 0)
		code = tw_app_complain(TW_EXIT_REFUSED, "%s: %s", name, strerror(-r));
	else if (r > 0)
		code = tw_app_complain(TW_EXIT_REFUSED, "%s", tw_replay_message(replay));
out:
	tw_buf_finish(&text);
	return code;
}

int tw_replay_files(struct tw_app *app)
{
	struct tw_replay_options options = {
		.is_every = app->is_every, .line = on_line, .note = on_note
	};
	struct telling telling = { .app = app, .tell.text = &app->text };
	struct tw_config *config = NULL;
	struct tw_replay *replay = NULL;
	struct tw_core_config core;
	int r, code = TW_EXIT_DONE;

	if (app->config != NULL) {
		code = load_what_if(app->config, &config);
		if (code != TW_EXIT_DONE)
			return code;
		tw_config_core(config, &core);
		options.what_if = &core;
	}
	if (app->is_words) {
		options.line = NULL;
		options.step = on_step;
		options.ctx = &telling;
	}
	r = tw_replay_create(&options, &replay);
	telling.replay = replay;
	if (r < 0)
		code = tw_app_complain(TW_EXIT_REFUSED, "%s", strerror(-r));
	for (int i = 0; code == TW_EXIT_DONE && i < app->n_args; i++)
		code = replay_file(replay, app->args[i]);
	if (code == TW_EXIT_DONE && tw_replay_n_runs(replay) == 0)
		code = tw_app_complain(TW_EXIT_REFUSED, "%s is empty: nothing was recorded",
			strcmp(app->args[0], "-") == 0 ? "standard input" : app->args[0]);
	if (code == TW_EXIT_DONE) {
		if (app->is_words) {
			tw_replay_summary_words(replay, &app->out);
		} else {
			tw_replay_summary(replay, &app->out);
			tw_buf_putc(&app->out, '\n');
		}
	}
	tw_replay_destroy(replay);
	tw_config_destroy(config);
	return code;
}
