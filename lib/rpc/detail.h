/* The sentence that an observation has for people: what a daemon answered, or why it did not. */
#ifndef TW_RPC_DETAIL_H
#define TW_RPC_DETAIL_H

#include "core/types.h"

/*
 * Writes a sentence into detail, which has room for TW_DETAIL_MAX bytes. It is cut to fit between
 * two characters of UTF-8, and control characters are shown as '?'.
 */
void tw_detail_say(char *detail, const char *format, ...) TW_PRINTF(2, 3);

#endif
