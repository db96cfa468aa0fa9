/* See detail.h. */
#include "rpc/detail.h"
#include <stdarg.h>
#include <stdio.h>

void tw_detail_say(char *detail, const char *format, ...)
{
	size_t end;
	va_list ap;

	va_start(ap, format);
	vsnprintf(detail, TW_DETAIL_MAX, format, ap);
	va_end(ap);
	end = strlen(detail);
	if (end == TW_DETAIL_MAX - 1) {
		/* The last character may be cut: drop its bytes. */
		while (end > 0 && (detail[end - 1] & 0xc0) == 0x80)
			end--;
		if (end > 0 && (detail[end - 1] & 0x80) != 0)
			end--;
		detail[end] = '\0';
	}
	for (char *c = detail; *c != '\0'; c++) {
		if (((unsigned char)*c < 0x20) || *c == 0x7f)
			*c = '?';
	}
}
