/*
 * A growing byte buffer with a cap. Every text that tipwatch builds or receives goes through one,
 * so that nothing from outside can make it grow without limit. Appending past the cap, or a failed
 * allocation, sets an error that sticks until the buffer is cleared: build the whole text first and
 * check once at the end.
 */
#ifndef TW_BASE_BUF_H
#define TW_BASE_BUF_H

#include "base/result.h"
#include <stdarg.h>

struct tw_buf {
	char *data; /* NUL-terminated whenever not NULL; the NUL is not counted in len */
	size_t len;
	size_t size;
	size_t cap; /* most bytes it may hold */
	int error;  /* 0, -ENOMEM or -EMSGSIZE (cap reached); sticks until tw_buf_clear() */
};

void tw_buf_init(struct tw_buf *buf, size_t cap);
void tw_buf_finish(struct tw_buf *buf);
/* Forgets content and error, keeps the memory. */
void tw_buf_clear(struct tw_buf *buf);
/* Append everything or, when that does not fit, nothing and set the error. */
void tw_buf_append(struct tw_buf *buf, const void *data, size_t len);
void tw_buf_puts(struct tw_buf *buf, const char *text);
void tw_buf_putc(struct tw_buf *buf, char c);
void tw_buf_printf(struct tw_buf *buf, const char *format, ...) TW_PRINTF(2, 3);
void tw_buf_vprintf(struct tw_buf *buf, const char *format, va_list ap) TW_PRINTF(2, 0);
/* Drops the first n bytes (n <= len). */
void tw_buf_consume(struct tw_buf *buf, size_t n);
/* Drops everything after the first len bytes (len <= buf->len). The error stays. */
void tw_buf_truncate(struct tw_buf *buf, size_t len);
/* The content as a string, "" when empty. Borrowed until the next change. */
const char *tw_buf_str(const struct tw_buf *buf);

#endif
