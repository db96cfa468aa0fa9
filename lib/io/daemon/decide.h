/*
 * Lets the core decide and carries out what it orders: checks, files, log lines; and in the end of
 * a wake-up tells everybody else.
 */
#ifndef TW_IO_DAEMON_DECIDE_H
#define TW_IO_DAEMON_DECIDE_H

struct tw_daemon;

/* Decides now, where there is a reason to, and carries out what follows, but tells no client. */
void tw_daemon_decide(struct tw_daemon *daemon);
/* Tells clients, scripts, hooks and the service manager. Not from within a client's command. */
void tw_daemon_decide_tell(struct tw_daemon *daemon);

#endif
