/*
 * The connections of the control socket: lines come in, replies go out in order, and a client that
 * sends too much, does not read, hangs up or watches is dealt with. A connection is in one of the
 * states below; tw_control_clients holds all of them and what they share, so that a connection
 * needs to know nothing of the socket that it came by.
 */
#ifndef TW_IO_CONTROL_CLIENT_H
#define TW_IO_CONTROL_CLIENT_H

#include "base/buf.h"
#include "io/control/peer.h"
#include "io/listen/acceptor.h"
#include "io/loop.h"
#include "io/readers.h"
#include "serve/ctl.h"

enum {
	TW_CONTROL_LINE_MAX = 1024,
	TW_CONTROL_REPLY_MAX = 16 * 1024 * 1024,
	/* A client to which more than TW_READERS_BACKLOG_MAX bytes are due is dropped when it has
	 * taken nothing for this long; until then its requests are only not answered. */
	TW_CONTROL_STUCK_US = 1000000,
};

enum tw_control_stream { TW_CONTROL_SELECT, TW_CONTROL_STATUS };
enum { TW_CONTROL_STREAMS = TW_CONTROL_STATUS + 1 };

enum tw_control_client_state {
	TW_CLIENT_SERVED,  /* its requests are answered */
	TW_CLIENT_WAITS,   /* for a check; nothing is read meanwhile */
	TW_CLIENT_WATCHES, /* a stream; what it sends is ignored */
	TW_CLIENT_CLOSING, /* gets the rest of its output; what it sends is ignored */
	TW_CLIENT_DEAD,    /* closed; freed at the next turn */
};

/* All connections of one control socket. The counts may be read from outside. */
struct tw_control_clients {
	struct tw_loop *loop;
	const struct tw_ctl_ops *ops;
	void *ctx;
	struct tw_acceptor *acceptor; /* told when a descriptor is free again; NULL: none */
	struct tw_control_operators operators;
	struct tw_control_client *first;
	uint32_t n_served;
	uint32_t n_refused;         /* connected only to be told that there are too many */
	struct tw_loop_timer *turn; /* at once: for clients that have a turn, and closed ones */
	struct tw_readers readers;
	struct tw_buf reply;                     /* of the request being answered */
	struct tw_buf lines[TW_CONTROL_STREAMS]; /* the newest object of each stream, with '\n' */
	uint64_t requests[TW_CTL_COMMANDS_MAX];  /* by number in the command table */
};

/* ops (borrowed) and ctx run the commands. 0 or -ENOMEM; to be finished also after a failure. */
int tw_control_client_init_all(struct tw_control_clients *clients, struct tw_loop *loop,
	const struct tw_ctl_ops *ops, void *ctx);
/* Closes all connections. */
void tw_control_client_finish_all(struct tw_control_clients *clients);
/*
 * A new connection. Takes over fd, and closes it where there is no memory for a client. is_refused:
 * there are too many; it is told so, and closed.
 */
void tw_control_client_open(struct tw_control_clients *clients, int fd, bool is_refused);
/* From now on only root, the process's own user and these operators may command, also over
 * connections that are open. */
void tw_control_client_set_operators(
	struct tw_control_clients *clients, const struct tw_control_operators *operators);
/* The decision changed: gives every stream its newest object. */
void tw_control_client_publish(struct tw_control_clients *clients);
/* The checks that clients wait for are done. */
void tw_control_client_checks_done(struct tw_control_clients *clients);

#endif
