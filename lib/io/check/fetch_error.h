/* What libcurl's errors mean for a check. */
#ifndef TW_IO_CHECK_FETCH_ERROR_H
#define TW_IO_CHECK_FETCH_ERROR_H

#include "core/types.h"

/*
 * Judges a transfer that failed: code is a CURLcode other than CURLE_OK, os_errno that of the
 * system call that failed or 0, message libcurl's own message or "". Writes a sentence for people,
 * in printable characters only.
 */
enum tw_result tw_fetch_error_judge(
	int code, int os_errno, bool is_tls, const char *message, char detail[TW_DETAIL_MAX]);

#endif
