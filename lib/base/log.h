/*
 * Log lines on stderr: human on a terminal, with systemd's "<n>" priority prefix otherwise. Used by
 * io and cmd only. Control characters in a message (it may quote a daemon) are shown as '?'.
 */
#ifndef TW_BASE_LOG_H
#define TW_BASE_LOG_H

#include "base/result.h"

enum tw_log_level { TW_LOG_ERROR, TW_LOG_WARN, TW_LOG_INFO, TW_LOG_DEBUG };

/* Lines above level are dropped. The default is TW_LOG_INFO. */
void tw_log_set_level(enum tw_log_level level);
/* "error", "warn", "info" or "debug". Returns 0 or -EINVAL. */
int tw_log_parse_level(const char *text, enum tw_log_level *ret_level);
void tw_log(enum tw_log_level level, const char *format, ...) TW_PRINTF(2, 3);

#define tw_error(...) tw_log(TW_LOG_ERROR, __VA_ARGS__)
#define tw_warn(...)  tw_log(TW_LOG_WARN, __VA_ARGS__)
#define tw_info(...)  tw_log(TW_LOG_INFO, __VA_ARGS__)
#define tw_debug(...) tw_log(TW_LOG_DEBUG, __VA_ARGS__)

#endif
