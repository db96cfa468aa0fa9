/* Asking a running tipwatchd which daemon it uses. */
#ifndef DEMO_FOLLOW_H
#define DEMO_FOLLOW_H

#include "core/types.h"

/*
 * Asks at the control socket, which blocks for a fraction of a second at most. Returns 0 with the
 * name of the chosen daemon, or a negative errno: there is no answer, or no daemon is chosen.
 */
int demo_follow_ask(const char *path, char ret_name[TW_NAME_MAX + 1]);

#endif
