/*
 * Tells the service manager the state of the daemon, by the protocol of sd_notify(3). The protocol
 * is implemented here, so that libsystemd is not needed. Without NOTIFY_SOCKET in the environment
 * every call does nothing.
 */
#ifndef TW_IO_NOTIFY_H
#define TW_IO_NOTIFY_H

#include "base/result.h"

struct tw_notify;

enum { TW_NOTIFY_STATUS_MAX = 200 };

/*
 * Reads NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC and WATCHDOG_PID, and
 * removes them from the environment: programs started from here must not report for this process.
 * Returns 0, -ENOMEM, or the errno of a NOTIFY_SOCKET that cannot be used (-EINVAL, -ENAMETOOLONG);
 * then ret_notify is set as well and does nothing, so that a caller may warn and go on.
 */
int tw_notify_create(struct tw_notify **ret_notify);
void tw_notify_destroy(struct tw_notify *notify); /* takes NULL */

/* How often the manager wants tw_notify_watchdog() at least, in microseconds; 0: it does not. Half
 * of what it allows, as sd_watchdog_enabled(3) recommends. */
int64_t tw_notify_watchdog_us(const struct tw_notify *notify);

/* All return 0 (also without a service manager) or the negative errno of sending, which a caller
 * may ignore; none blocks. ready also ends a reload. */
int tw_notify_ready(const struct tw_notify *notify);
int tw_notify_reloading(const struct tw_notify *notify);
int tw_notify_stopping(const struct tw_notify *notify);
int tw_notify_watchdog(const struct tw_notify *notify);
/* One line for people in `systemctl status`; cut at TW_NOTIFY_STATUS_MAX bytes. */
int tw_notify_status(const struct tw_notify *notify, const char *text);

#endif
