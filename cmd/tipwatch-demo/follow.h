/* Asking a running tipwatchd which daemon it uses. */
#ifndef DEMO_FOLLOW_H
#define DEMO_FOLLOW_H

#include "core/types.h"

/*
 * Asks at the control socket; takes at most a moment. Returns 0 with the name of the chosen daemon,
 * or a negative errno: nobody answers, or none is chosen.
 */
int demo_follow_ask(const char *path, char ret_name[TW_NAME_MAX + 1]);

#endif
