/*
 * The HTTP server of one simulated node: a real listening socket on loopback, what HTTP needs to be
 * read, and the faults that show on the wire. The replies come from sim/rpc/answer.h.
 *
 * It is written on the loop itself, not on an HTTP library: a library sees to it that answers are
 * right, and these must be wrong in the ways that real daemons are.
 */
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include "io/loop.h"
#include "sim/net/net.h"

enum {
	DEMO_CONNECTIONS_MAX = 256, /* per node; more wait in the kernel */
	DEMO_BACKLOG = 128,
};

struct demo_server;

/* Lets simulated time catch up; called before anything is answered. */
typedef void demo_server_tick_fn(void *ctx);

/*
 * Listens on 127.0.0.1:port (0: a free one) for node number index of net, and sets the node's url.
 * Returns 0 or a negative errno (-EADDRINUSE …).
 */
int demo_server_create(struct tw_loop *loop, struct tw_sim_net *net, uint32_t index, uint16_t port,
	demo_server_tick_fn *tick, void *ctx, struct demo_server **ret_server);
void demo_server_destroy(struct demo_server *server);
/* To be called after the node may have changed: opens, closes, pauses or resets accordingly. */
int demo_server_update(struct demo_server *server);

#endif
