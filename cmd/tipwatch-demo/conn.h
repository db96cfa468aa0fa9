/*
 * The connections to one simulated node: they read requests, answer them as the node does, and show
 * the faults that are on the wire. A daemon's process has one struct demo_conns; what concerns its
 * listener is told to the owner by callbacks (server.c).
 */
#ifndef DEMO_CONN_H
#define DEMO_CONN_H

#include "io/loop.h"
#include "sim/net/net.h"

struct demo_conn;

struct demo_conns {
	struct tw_loop *loop;
	struct tw_sim_net *net;
	uint32_t index;        /* of the node */
	int64_t busy_until_us; /* loop time; until then a daemon with one thread is busy with an
				  earlier request */
	struct demo_conn *first;
	uint32_t n;
	/* Lets simulated time catch up. Called before anything is answered. */
	void (*tick)(void *tick_ctx);
	void *tick_ctx;
	/* The daemon dies of a request. The callback has to call demo_conn_reset_all(). */
	void (*crash)(void *ctx);
	/* A connection has ended. */
	void (*gone)(void *ctx);
	void *ctx;
};

/* Takes fd over, but not on failure. 0 or -ENOMEM. */
int demo_conn_create(struct demo_conns *conns, int fd);
/* Closes a connection that was just accepted, or all of them, with a TCP reset. */
void demo_conn_reset_fd(int fd);
void demo_conn_reset_all(struct demo_conns *conns);
/* All of them stop, or go on where they stopped. */
void demo_conn_pause_all(struct demo_conns *conns, bool is_paused);

#endif
