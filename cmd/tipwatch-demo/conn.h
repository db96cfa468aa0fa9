/* One connection to a simulated node. Internal to the server: server.c and conn.c. */
#ifndef DEMO_CONN_H
#define DEMO_CONN_H

#include "server.h"

struct demo_conn;

struct demo_server {
	struct tw_loop *loop;
	struct tw_sim_net *net;
	uint32_t index;
	demo_server_tick_fn *tick;
	void *ctx;
	uint16_t port;
	int reservation;
	int listener; /* -1: dead */
	struct tw_loop_fd *watch;
	struct tw_loop_timer *retry;
	bool is_paused;
	int64_t started_us;    /* of the process that the listener belongs to */
	int64_t busy_until_us; /* loop time; a daemon with one thread answers one after the other */
	struct demo_conn *conns;
	uint32_t n_conns;
};

/* Takes fd over (not on failure). 0 or -ENOMEM. */
int demo_conn_create(struct demo_server *server, int fd);
/* Closes with a TCP reset. */
void demo_conn_reset(struct demo_conn *conn);
void demo_conn_reset_fd(int fd);
/* Stands still, or goes on where it stood. */
void demo_conn_pause(struct demo_conn *conn, bool is_paused);
struct demo_conn *demo_conn_next(const struct demo_conn *conn);
/* The node dies of a question: all connections end, this one too. */
void demo_server_crash(struct demo_server *server);
/* A connection has ended: there may be room to accept another. */
void demo_server_conn_gone(struct demo_server *server);

#endif
