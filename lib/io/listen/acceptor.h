/*
 * Accepts connections of listening sockets on the loop, for every listener that there is: the
 * control socket, the HTTP endpoint and the agent port. A process that has no descriptors left
 * cannot take a connection, and its listening socket stays readable: the acceptor then pauses, so
 * that the loop does not spin, and tries again soon. Connections wait in the kernel meanwhile.
 */
#ifndef TW_IO_LISTEN_ACCEPTOR_H
#define TW_IO_LISTEN_ACCEPTOR_H

#include "io/loop.h"
#include <sys/socket.h>

struct tw_acceptor;

enum {
	TW_ACCEPTOR_SOCKETS_MAX = 4,   /* listening sockets of one acceptor */
	TW_ACCEPTOR_BATCH = 64,        /* connections taken from one socket in one wake-up */
	TW_ACCEPTOR_RETRY_US = 100000, /* pause when a connection cannot be taken */
};

/* A new connection. The callee owns fd, which is non-blocking and close-on-exec. */
typedef void tw_acceptor_fn(
	void *ctx, int fd, const struct sockaddr *address, socklen_t address_len);

/*
 * Takes over n_fds (1 to TW_ACCEPTOR_SOCKETS_MAX) listening, non-blocking sockets, also when it
 * fails. name says in the log what they are ("port 9811"). 0 or a negative errno.
 */
int tw_acceptor_create(struct tw_loop *loop, const char *name, const int *fds, uint32_t n_fds,
	tw_acceptor_fn *fn, void *ctx, struct tw_acceptor **ret_acceptor);
void tw_acceptor_destroy(struct tw_acceptor *acceptor); /* takes NULL */
/* While paused, connections wait in the kernel. May be called from within fn. */
void tw_acceptor_pause(struct tw_acceptor *acceptor, bool is_paused);
/* A descriptor was closed: connections that wait for one are accepted without further delay. */
void tw_acceptor_retry(struct tw_acceptor *acceptor);

#endif
