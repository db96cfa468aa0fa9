/*
 * The P2P port of one simulated node: a listening socket on loopback, the connections to it, and
 * the blocks that are pushed to them. What is said over them is in sim/p2p/peer.h.
 */
#ifndef DEMO_P2P_H
#define DEMO_P2P_H

#include "io/loop.h"
#include "sim/net/net.h"

enum { DEMO_P2P_CONNECTIONS_MAX = 32 }; /* per node; more are closed */

struct demo_p2p;

/*
 * Listens on 127.0.0.1:port (0: a free one) for node number index of net, and sets the node's p2p
 * address. tick lets simulated time catch up; it is called before anything is answered. Returns 0
 * or a negative errno (-EADDRINUSE …).
 */
int demo_p2p_create(struct tw_loop *loop, struct tw_sim_net *net, uint32_t index, uint16_t port,
	void (*tick)(void *ctx), void *ctx, struct demo_p2p **ret_p2p);
void demo_p2p_destroy(struct demo_p2p *p2p); /* takes NULL */
/*
 * To be called after the node may have changed: opens, closes or pauses accordingly, and pushes a
 * new tip.
 */
int demo_p2p_update(struct demo_p2p *p2p);

#endif
