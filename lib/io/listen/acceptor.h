/*
 * TCP listening sockets on the loop. Takes care of what accept() needs: a host name may mean
 * several addresses, and a process out of descriptors must pause instead of spinning.
 */
#ifndef TW_IO_LISTEN_ACCEPTOR_H
#define TW_IO_LISTEN_ACCEPTOR_H

#include "conf/config.h"
#include "io/loop.h"
#include <sys/socket.h>

struct tw_acceptor;

enum {
	TW_ACCEPTOR_SOCKETS_MAX = 4,   /* addresses of one host name */
	TW_ACCEPTOR_BATCH = 64,        /* connections taken in one go */
	TW_ACCEPTOR_RETRY_US = 100000, /* when there are no descriptors left */
};

/* A new connection: fd is the callee's from now on, non-blocking and close-on-exec. */
typedef void tw_acceptor_fn(
	void *ctx, int fd, const struct sockaddr *address, socklen_t address_len);

/*
 * Binds every address that listen->host has on this machine, all with the same port (0 takes a free
 * one). Returns 0 or a negative errno: -EADDRINUSE, -EADDRNOTAVAIL (also for a name that does not
 * resolve), -EACCES, … A name is looked up here, once, and that may block.
 */
int tw_acceptor_create(struct tw_loop *loop, const struct tw_listen *listen, tw_acceptor_fn *fn,
	void *ctx, struct tw_acceptor **ret_acceptor);
void tw_acceptor_destroy(struct tw_acceptor *acceptor); /* takes NULL */
/* While paused connections wait in the kernel. May be called from within fn. */
void tw_acceptor_pause(struct tw_acceptor *acceptor, bool is_paused);
uint16_t tw_acceptor_port(const struct tw_acceptor *acceptor);

#endif
