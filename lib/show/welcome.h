/*
 * The first screen of a tipwatchd that was started with URLs: what it has found, and where to look
 * further.
 */
#ifndef TW_SHOW_WELCOME_H
#define TW_SHOW_WELCOME_H

#include "serve/status.h"
#include "show/text.h"

/*
 * Writes the screen, which fits 80 columns and 24 lines for a few nodes. arguments: those that
 * tipwatchd was started with, as they were typed. has_own_socket: tipwatchctl must be told where
 * the control socket is.
 */
void tw_welcome(const struct tw_status_source *source, const char *arguments, bool has_own_socket,
	const struct tw_text *text);

#endif
