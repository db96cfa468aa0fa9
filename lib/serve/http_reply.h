/* A reply of the HTTP endpoint, and the one form of all its errors. */
#ifndef TW_SERVE_HTTP_REPLY_H
#define TW_SERVE_HTTP_REPLY_H

#include "base/buf.h"

struct tw_http_reply {
	unsigned int status;
	const char *content_type; /* static */
	const char *tag;          /* the ETag of a body that never changes, static; else NULL */
	bool is_stream;           /* body is the first event, and more will follow */
	struct tw_buf body;
};

/* Makes reply an error with {"error":{"code":…,"message":…}} as its body. */
void tw_http_reply_error(
	unsigned int status, const char *code, const char *message, struct tw_http_reply *reply);

#endif
