/*
 * One connection to a P2P port: the socket, the handshake, time limits, a question for the tip
 * every 5 s, and the conversation of p2p/link.h. What comes is read no faster than CONN_READ_MAX in
 * 100 ms, however much there is. Whom to connect to, and when again, is for the owner to say.
 */
#ifndef TW_IO_LINK_CONN_H
#define TW_IO_LINK_CONN_H

#include "io/loop.h"
#include "p2p/link.h"
#include "p2p/state.h"

enum tw_conn_phase {
	TW_CONN_CLOSED,
	TW_CONN_CONNECTING,
	TW_CONN_GREETING, /* the handshake is not answered yet */
	TW_CONN_UP,
};

enum tw_conn_event {
	TW_CONN_EVENT_UP,     /* the handshake is answered: talk has tip, version and peers */
	TW_CONN_EVENT_TIP,    /* talk.tip is known anew */
	TW_CONN_EVENT_PUSH,   /* talk.pushed */
	TW_CONN_EVENT_CLOSED, /* error says why; ended_in what it was before */
};

/* May call tw_conn_close() and tw_conn_open() at TW_CONN_EVENT_CLOSED and _UP only. */
typedef void tw_conn_fn(void *ctx, enum tw_conn_event event);

struct tw_conn {
	struct tw_p2p_link talk; /* valid from the handshake on */
	enum tw_conn_phase phase;
	enum tw_conn_phase ended_in;
	char error[TW_P2P_ERROR_MAX];
	/* private */
	struct tw_loop *loop;
	tw_conn_fn *fn;
	void *ctx;
	struct tw_loop_timer *timer;
	struct tw_loop_fd *watch;
	int fd;         /* -1: none */
	int64_t due_us; /* the time limit, or the next question */
	const struct tw_p2p_coin *coin;
	struct tw_p2p_message_self self;
	struct tw_point tip;
	struct tw_buf out;
	bool is_asking;
	int64_t read_from_us; /* since when n_read counts */
	size_t n_read;
	bool is_paused; /* too much was read */
};

/* Opens nothing yet. fn is called from the loop. 0 or -ENOMEM. */
int tw_conn_init(struct tw_conn *ret_conn, struct tw_loop *loop, tw_conn_fn *fn, void *ctx);
void tw_conn_finish(struct tw_conn *conn); /* takes a zeroed one */
/*
 * Connects to the numeric address (IPv6 without brackets) and says self and tip in the handshake.
 * The connection must be closed. An event follows in any case, at once where connecting fails at
 * once.
 */
void tw_conn_open(struct tw_conn *conn, const char *address, uint16_t port,
	const struct tw_p2p_coin *coin, const struct tw_p2p_message_self *self,
	const struct tw_point *tip);
/* Closes it, without an event. */
void tw_conn_close(struct tw_conn *conn);
/* Asks for the tip, if it is up and was not asked already. */
void tw_conn_ask(struct tw_conn *conn);

#endif
