/* See log.h. */
#include "base/log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 2048, HEAD_SIZE = 96, LINE_SIZE = HEAD_SIZE + 2 * MESSAGE_SIZE };

/* The only global state, since a process has one stderr. */
static enum tw_log_level max_level = TW_LOG_INFO;
static enum tw_log_format log_format = TW_LOG_AUTO;

static const struct {
	const char *name;
	int priority; /* sd-daemon(3) */
} levels[TW_LOG_LEVELS] = {
	[TW_LOG_ERROR] = { "error", 3 },
	[TW_LOG_WARN] = { "warn", 4 },
	[TW_LOG_INFO] = { "info", 6 },
	[TW_LOG_DEBUG] = { "debug", 7 },
};
static const char *const formats[TW_LOG_FORMATS] = {
	[TW_LOG_AUTO] = "auto",
	[TW_LOG_TEXT] = "text",
	[TW_LOG_JOURNALD] = "journald",
	[TW_LOG_JSON] = "json",
};

void tw_log_set_level(enum tw_log_level level)
{
	max_level = level;
}

void tw_log_set_format(enum tw_log_format format)
{
	log_format = format;
}

const char *tw_log_level_word(enum tw_log_level level)
{
	return levels[level].name;
}

const char *tw_log_format_word(enum tw_log_format format)
{
	return formats[format];
}

int tw_log_parse_level(const char *text, enum tw_log_level *ret_level)
{
	for (int i = 0; i < TW_LOG_LEVELS; i++) {
		if (strcmp(text, levels[i].name) == 0) {
			*ret_level = (enum tw_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

int tw_log_parse_format(const char *text, enum tw_log_format *ret_format)
{
	for (int i = 0; i < TW_LOG_FORMATS; i++) {
		if (strcmp(text, formats[i]) == 0) {
			*ret_format = (enum tw_log_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* systemd says in JOURNAL_STREAM which file its journal is; a program started by one that runs
 * under systemd inherits the variable, but may have another stderr. */
static bool is_journald(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static void put_head(enum tw_log_format format, enum tw_log_level level, char head[HEAD_SIZE])
{
	struct timespec now;
	struct tm tm = { 0 };
	char when[32];

	if (format == TW_LOG_JOURNALD) {
		snprintf(head, HEAD_SIZE, "<%d>", levels[level].priority);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	if (format == TW_LOG_JSON) {
		gmtime_r(&now.tv_sec, &tm);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(head, HEAD_SIZE, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"message\":\"",
			when, (int)(now.tv_nsec / 1000000), levels[level].name);
		return;
	}
	localtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(head, HEAD_SIZE, "%s %s: ", when, levels[level].name);
}

void tw_log(enum tw_log_level level, const char *format, ...)
{
	enum tw_log_format form = log_format;
	char message[MESSAGE_SIZE], line[LINE_SIZE];
	size_t len;
	va_list ap;
	int n;

	if (level > max_level)
		return;
	va_start(ap, format);
	n = vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (form == TW_LOG_AUTO)
		form = is_journald() ? TW_LOG_JOURNALD : TW_LOG_TEXT;
	put_head(form, level, line);
	len = strlen(line);
	for (const char *c = message; *c != '\0'; c++) {
		if (form == TW_LOG_JSON && (*c == '"' || *c == '\\'))
			line[len++] = '\\';
		line[len++] = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
	}
	if (form == TW_LOG_JSON) {
		line[len++] = '"';
		line[len++] = '}';
	}
	line[len++] = '\n';
	/* One write, so that lines of several processes do not mix. A failure cannot be reported
	 * anywhere. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}
