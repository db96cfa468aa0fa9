/* See utf8.h. */
#include "base/utf8.h"

size_t tw_utf8_len(const unsigned char *text, size_t len)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 1; n <= TW_ARRAY_SIZE(forms); n++) {
		uint32_t code;

		if ((text[0] & forms[n - 1].mask) != forms[n - 1].lead)
			continue;
		if (n > len)
			return 0;
		code = text[0] & (unsigned char)~forms[n - 1].mask;
		for (size_t i = 1; i < n; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (text[i] & 0x3f);
		}
		if (code < forms[n - 1].min || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return 0;
		return n;
	}
	return 0;
}
