/*
 * Listens on a TCP address: a host name may mean several addresses, and all of them get a socket
 * with the same port.
 */
#ifndef TW_IO_LISTEN_TCP_H
#define TW_IO_LISTEN_TCP_H

#include "conf/config.h"
#include "io/listen/acceptor.h"

/*
 * Binds every address that listen->host has on this machine, all with the same port (0 takes a free
 * one; ret_port is the one that was bound), and accepts their connections. Returns 0 or a negative
 * errno: -EADDRINUSE, -EADDRNOTAVAIL (also for a name that does not resolve), -EACCES and others. A
 * name is looked up once, here, and that may block.
 */
int tw_tcp_listen(struct tw_loop *loop, const struct tw_listen *listen, tw_acceptor_fn *fn,
	void *ctx, struct tw_acceptor **ret_acceptor, uint16_t *ret_port);

#endif
