/*
 * The conversation with one daemon over one connection: tipwatch says a handshake, and then asks
 * for the daemon's tip (a timed sync) when it likes; the daemon pushes new blocks and asks
 * questions of its own, which are answered here. Bytes in and out, events out; the caller has the
 * connection and the clock.
 *
 * What the daemon says is a hint and no more. tipwatch claims nothing: it says the daemon's own
 * tip, as RPC showed it before the handshake, and then as the daemon said it last.
 */
#ifndef TW_P2P_LINK_H
#define TW_P2P_LINK_H

#include "p2p/message.h"
#include "p2p/parser.h"

enum { TW_P2P_LINK_OUT_MAX = 16384 }; /* for the buffer that takes what is to be sent */

enum tw_p2p_link_event {
	TW_P2P_LINK_NONE, /* all bytes are used up */
	TW_P2P_LINK_UP,  /* the handshake is answered: tip, version, peer_id and parser.fields.peers
			  * are known, the last until the next call */
	TW_P2P_LINK_TIP, /* a timed sync is answered: tip is known anew */
	TW_P2P_LINK_PUSH, /* the daemon has a new block: pushed is its height */
	TW_P2P_LINK_BAD,  /* error says why; the connection is to be closed */
};

struct tw_p2p_link {
	const struct tw_p2p_coin *coin;
	struct tw_p2p_message_tip tip; /* what is said, and what was said last */
	int64_t pushed;                /* TW_UNKNOWN: the push did not say it */
	uint8_t version;               /* of the daemon's protocol; 0: it has none */
	uint64_t peer_id;              /* of the daemon, as it says */
	const char *error;             /* what the daemon did: "it …". Static. */
	/* private */
	struct tw_p2p_message_self self;
	bool is_up;
	bool is_asking; /* a timed sync is not answered yet */
	struct tw_p2p_parser parser;
};

/* Begins: appends the handshake to out. tip is the daemon's own. */
void tw_p2p_link_init(struct tw_p2p_link *ret_link, const struct tw_p2p_coin *coin,
	const struct tw_p2p_message_self *self, const struct tw_point *tip, struct tw_buf *out);
/* Appends a timed sync. Returns false where one is under way, or the handshake is. */
bool tw_p2p_link_ask(struct tw_p2p_link *link, struct tw_buf *out);
/*
 * Takes bytes from *data on up to the next event; *data and *len then say what is left. Appends
 * answers to out. When out takes no more, the daemon asks too much: TW_P2P_LINK_BAD.
 */
enum tw_p2p_link_event tw_p2p_link_read(
	struct tw_p2p_link *link, const uint8_t **data, size_t *len, struct tw_buf *out);

#endif
