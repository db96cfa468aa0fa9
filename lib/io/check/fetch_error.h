/* What libcurl's errors mean for a check. */
#ifndef TW_IO_CHECK_FETCH_ERROR_H
#define TW_IO_CHECK_FETCH_ERROR_H

#include "core/types.h"

/* A transfer that failed. */
struct tw_fetch_error {
	int code;            /* a CURLcode other than CURLE_OK */
	int os_errno;        /* of the system call that failed, or 0 */
	int proxy_code;      /* a CURLproxycode where code is CURLE_PROXY */
	bool is_tls;         /* of an https URL */
	bool has_proxy;      /* the connection goes through a proxy */
	const char *message; /* libcurl's own, or "" */
};

/* Judges it. Writes a sentence for people, in printable characters only. */
enum tw_result tw_fetch_error_judge(const struct tw_fetch_error *error, char detail[TW_DETAIL_MAX]);

#endif
