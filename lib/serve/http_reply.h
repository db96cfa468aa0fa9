/* An answer of the HTTP endpoint, and the one shape that all its errors have. */
#ifndef TW_SERVE_HTTP_REPLY_H
#define TW_SERVE_HTTP_REPLY_H

#include "base/buf.h"

struct tw_http_reply {
	unsigned int status;
	const char *content_type; /* static */
	const char *tag;          /* static; of a body that never changes; NULL */
	bool is_stream;           /* body is its first event, and more will follow */
	struct tw_buf body;
};

/* Answers with {"error":{"code":…,"message":…}}, in place of what the body was. */
void tw_http_reply_error(
	unsigned int status, const char *code, const char *message, struct tw_http_reply *reply);

#endif
