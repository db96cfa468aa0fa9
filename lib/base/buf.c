/* See buf.h. */
#include "base/buf.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tw_buf_init(struct tw_buf *buf, size_t cap)
{
	*buf = (struct tw_buf){ .cap = cap };
}

void tw_buf_finish(struct tw_buf *buf)
{
	free(buf->data);
	*buf = (struct tw_buf){ 0 };
}

void tw_buf_clear(struct tw_buf *buf)
{
	buf->len = 0;
	buf->error = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Makes room for extra bytes and the NUL. */
static int reserve(struct tw_buf *buf, size_t extra)
{
	size_t need, size;
	char *data;

	if (buf->error < 0)
		return buf->error;
	if (extra > buf->cap || buf->len > buf->cap - extra)
		return buf->error = -EMSGSIZE;
	need = buf->len + extra + 1;
	if (need <= buf->size)
		return 0;
	size = buf->size < 128 ? 128 : buf->size;
	while (size < need)
		size *= 2;
	data = realloc(buf->data, size);
	if (data == NULL)
		return buf->error = -ENOMEM;
	buf->data = data;
	buf->size = size;
	return 0;
}

void tw_buf_append(struct tw_buf *buf, const void *data, size_t len)
{
	if (reserve(buf, len) < 0)
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void tw_buf_puts(struct tw_buf *buf, const char *text)
{
	tw_buf_append(buf, text, strlen(text));
}

void tw_buf_putc(struct tw_buf *buf, char c)
{
	tw_buf_append(buf, &c, 1);
}

void tw_buf_vprintf(struct tw_buf *buf, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		buf->error = -EINVAL;
	if (n < 0 || reserve(buf, (size_t)n) < 0)
		return;
	vsnprintf(buf->data + buf->len, (size_t)n + 1, format, ap);
	buf->len += (size_t)n;
}

void tw_buf_printf(struct tw_buf *buf, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tw_buf_vprintf(buf, format, ap);
	va_end(ap);
}

void tw_buf_consume(struct tw_buf *buf, size_t n)
{
	assert(n <= buf->len);
	if (n == 0)
		return;
	memmove(buf->data, buf->data + n, buf->len - n);
	buf->len -= n;
	buf->data[buf->len] = '\0';
}

void tw_buf_truncate(struct tw_buf *buf, size_t len)
{
	assert(len <= buf->len);
	buf->len = len;
	if (buf->data != NULL)
		buf->data[len] = '\0';
}

const char *tw_buf_str(const struct tw_buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}
