/* See log.h. */
#include "base/log.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 2048 };

/* The one piece of global state, since a process has one stderr. */
static enum tw_log_level max_level = TW_LOG_INFO;

static const struct {
	const char *name;
	const char *prefix; /* sd-daemon(3) */
} levels[] = {
	[TW_LOG_ERROR] = { "error", "<3>" },
	[TW_LOG_WARN] = { "warn", "<4>" },
	[TW_LOG_INFO] = { "info", "<6>" },
	[TW_LOG_DEBUG] = { "debug", "<7>" },
};

void tw_log_set_level(enum tw_log_level level)
{
	max_level = level;
}

int tw_log_parse_level(const char *text, enum tw_log_level *ret_level)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(levels); i++) {
		if (strcmp(text, levels[i].name) == 0) {
			*ret_level = (enum tw_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

void tw_log(enum tw_log_level level, const char *format, ...)
{
	char line[LINE_SIZE];
	int start, n;
	size_t len;
	va_list ap;

	if (level > max_level)
		return;
	start = snprintf(
		line, sizeof(line), "%s", isatty(STDERR_FILENO) ? "" : levels[level].prefix);
	if (level != TW_LOG_INFO && start == 0)
		start = snprintf(line, sizeof(line), "%s: ", levels[level].name);
	va_start(ap, format);
	n = vsnprintf(line + start, sizeof(line) - (size_t)start - 1, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	len = strlen(line);
	for (size_t i = (size_t)start; i < len; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	}
	line[len++] = '\n';
	/* One write, so that lines of several processes do not mix. A failure cannot be reported
	 * anywhere. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
