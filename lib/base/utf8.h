/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef TW_BASE_UTF8_H
#define TW_BASE_UTF8_H

#include "base/result.h"

/* Length of the valid sequence of one character at text, or 0. len, the bytes there are, is > 0. */
size_t tw_utf8_len(const unsigned char *text, size_t len);

#endif
