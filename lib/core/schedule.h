/*
 * When each check runs and what it asks for. Checks must be light, because the load of a pool is
 * itself a cause of daemons losing sync: one check per node and interval, several of the chosen
 * daemon (look.h), and at most two requests in it while nothing changes (decision.md, What a check
 * learns). What starts one early is in news.h, what takes the place of one in sync.h.
 */
#ifndef TW_CORE_SCHEDULE_H
#define TW_CORE_SCHEDULE_H

struct tw_monitor;

/* Starts the checks that are due, at the end of a step. */
void tw_schedule_run(struct tw_monitor *monitor);

#endif
