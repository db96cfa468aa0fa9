/* Sentences for people about what a daemon answered. */
#ifndef TW_RPC_DETAIL_H
#define TW_RPC_DETAIL_H

#include "core/types.h"

/* Writes a sentence: cut to fit at a character, control characters shown as '?'. */
void tw_detail_say(char *detail, const char *format, ...) TW_PRINTF(2, 3);

#endif
