/* See history.h. */
#include "io/daemon/history.h"
#include "base/log.h"
#include "io/files.h"
#include "serve/history_file.h"
#include <errno.h>
#include <string.h>

static const char name[] = "history.json";

int tw_daemon_history_restore(struct tw_daemon_history *keeper, struct tw_history *history,
	const struct tw_status_source *source)
{
	const char *dir = source->config->state_dir;
	struct tw_buf text;
	int r;

	keeper->is_read = true;
	keeper->saved_us = source->now_us;
	tw_buf_init(&text, TW_HISTORY_FILE_MAX);
	r = tw_files_read(dir, name, &text);
	if (r == 0)
		r = tw_history_file_read(history, tw_buf_str(&text), text.len, source);
	tw_buf_finish(&text);
	if (r == -EINVAL || r == -EMSGSIZE)
		tw_files_set_damaged_aside(dir, name, "the history of the page starts anew");
	else if (r < 0 && r != -ENOENT && r != -ENOMEM)
		tw_warn("cannot use %s/%s: %s", dir, name, strerror(-r));
	return r == -ENOMEM ? r : 0;
}

void tw_daemon_history_save(struct tw_daemon_history *keeper, const struct tw_history *history,
	const struct tw_status_source *source)
{
	const char *dir = source->config->state_dir;
	struct tw_buf text;
	int r;

	if (!keeper->is_read)
		return;
	keeper->saved_us = source->now_us;
	tw_buf_init(&text, TW_HISTORY_FILE_MAX);
	tw_history_file_write(history, source, &text);
	r = text.error;
	if (r == 0)
		r = tw_files_replace(dir, name, text.data, text.len, false);
	tw_buf_finish(&text);
	if (r < 0 && !keeper->has_warned)
		tw_warn("cannot write the history of the page to %s: %s; it is lost with a restart",
			dir, strerror(-r));
	else if (r == 0 && keeper->has_warned)
		tw_info("the history of the page can be written to %s again", dir);
	keeper->has_warned = r < 0;
}

void tw_daemon_history_keep(struct tw_daemon_history *keeper, const struct tw_history *history,
	const struct tw_status_source *source)
{
	if (source->now_us - keeper->saved_us >= TW_DAEMON_HISTORY_SAVE_US)
		tw_daemon_history_save(keeper, history, source);
}
