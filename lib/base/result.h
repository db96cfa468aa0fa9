/*
 * The error contract of the whole tree (after dbus-broker's util/error.c).
 *
 * Functions that can fail return int: 0 is success; a negative errno means "cannot go on", is
 * handed up unchanged and is somebody's bug or the machine's; a positive value is an outcome that
 * the caller must handle, named by an enum in the callee's header. A failed check of a daemon is
 * data, never an error. Out-parameters are called ret_x, come last and are untouched on failure.
 */
#ifndef TW_BASE_RESULT_H
#define TW_BASE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TW_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define TW_PRINTF(f, a)  __attribute__((format(printf, f, a)))

#endif
