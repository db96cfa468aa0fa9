/* Texts of daemons, made safe for terminals, logs and environments. */
#ifndef TW_BASE_ASCII_H
#define TW_BASE_ASCII_H

#include <stddef.h>

/*
 * Copies text with its NUL to clean, which has room for size bytes. What does not fit is cut off.
 * Every character that is not printable ASCII becomes one '?'.
 */
void tw_ascii_clean(const char *text, char *clean, size_t size);

#endif
