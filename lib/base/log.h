/*
 * Log lines on stderr, in one of three forms: with time and level, for people; with systemd's "<n>"
 * priority prefix, where stderr is journald, which notes the time itself; as JSON. Used by io and
 * cmd only. Control characters in a message (it may quote a daemon) are shown as '?'.
 */
#ifndef TW_BASE_LOG_H
#define TW_BASE_LOG_H

#include "base/result.h"

enum tw_log_level { TW_LOG_ERROR, TW_LOG_WARN, TW_LOG_INFO, TW_LOG_DEBUG };
enum { TW_LOG_LEVELS = TW_LOG_DEBUG + 1 };
enum tw_log_format {
	TW_LOG_AUTO,     /* JOURNALD where stderr is that, else TEXT */
	TW_LOG_TEXT,     /* 2026-11-28 05:16:14 warn: message */
	TW_LOG_JOURNALD, /* <4>message */
	TW_LOG_JSON,     /* {"time":"2026-11-28T05:16:14.123Z","level":"warn","message":"..."} */
};
enum { TW_LOG_FORMATS = TW_LOG_JSON + 1 };

/* Lines above level are dropped. The default is TW_LOG_INFO. */
void tw_log_set_level(enum tw_log_level level);
/* The default is TW_LOG_AUTO. */
void tw_log_set_format(enum tw_log_format format);
/* "error", "warn", "info", "debug" */
const char *tw_log_level_word(enum tw_log_level level);
/* "auto", "text", "journald", "json" */
const char *tw_log_format_word(enum tw_log_format format);
/* 0 or -EINVAL. */
int tw_log_parse_level(const char *text, enum tw_log_level *ret_level);
int tw_log_parse_format(const char *text, enum tw_log_format *ret_format);
void tw_log(enum tw_log_level level, const char *format, ...) TW_PRINTF(2, 3);

#define tw_error(...) tw_log(TW_LOG_ERROR, __VA_ARGS__)
#define tw_warn(...)  tw_log(TW_LOG_WARN, __VA_ARGS__)
#define tw_info(...)  tw_log(TW_LOG_INFO, __VA_ARGS__)
#define tw_debug(...) tw_log(TW_LOG_DEBUG, __VA_ARGS__)

#endif
