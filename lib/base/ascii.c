/* See ascii.h. */
#include "base/ascii.h"

void tw_ascii_clean(const char *text, char *clean, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c & 0xc0) == 0x80 && n > 0)
			continue; /* one '?' for a character, not for each byte */
		clean[n++] = c < 0x20 || c > 0x7e ? '?' : (char)c;
	}
	clean[n] = '\0';
}
