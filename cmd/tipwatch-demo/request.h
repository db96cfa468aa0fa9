/* Reading an HTTP/1.x request out of a buffer. */
#ifndef DEMO_REQUEST_H
#define DEMO_REQUEST_H

#include "base/buf.h"

enum {
	DEMO_HEAD_MAX = 16384, /* request line and headers */
	DEMO_METHOD_MAX = 15,
	DEMO_TARGET_MAX = 2047,
	DEMO_CREDENTIALS_MAX = 511,
};

struct demo_request {
	char method[DEMO_METHOD_MAX + 1];
	char target[DEMO_TARGET_MAX + 1];
	char credentials[DEMO_CREDENTIALS_MAX + 1]; /* of `Authorization`, "" */
	bool is_close;                              /* `Connection: close`, or HTTP/1.0 */
	bool is_expecting;                          /* `Expect: 100-continue` */
	size_t head_len;                            /* bytes before the body */
	size_t body_len;
};

enum demo_request_outcome {
	DEMO_REQUEST_WHOLE,   /* head; the body may still be on its way */
	DEMO_REQUEST_PARTIAL, /* more bytes are needed */
	DEMO_REQUEST_BAD,
};

/* Reads the head at the beginning of in. */
enum demo_request_outcome demo_request_parse(
	const struct tw_buf *in, struct demo_request *ret_request);
/* Whether the credentials ("Basic …") are those of user and password. */
bool demo_request_is_authorised(
	const struct demo_request *request, const char *user, const char *password);

#endif
