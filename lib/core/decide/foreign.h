/*
 * Which nodes are on another network of the coin (decision.md, Voting 1): a reference on a test
 * network beside daemons on the main one. The pool's daemons say which network is meant.
 */
#ifndef TW_CORE_DECIDE_FOREIGN_H
#define TW_CORE_DECIDE_FOREIGN_H

struct tw_monitor;

/* Finds is_foreign of every node anew when what is known of their networks has changed. */
void tw_foreign_update(struct tw_monitor *monitor);

#endif
