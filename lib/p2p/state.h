/* What is known of the P2P link of one node, for those who show it. Times are those of the loop. */
#ifndef TW_P2P_STATE_H
#define TW_P2P_STATE_H

#include "p2p/delays.h"

enum tw_p2p_phase {
	TW_P2P_NONE, /* nothing answers there, or not as it should; error says what */
	TW_P2P_CONNECTING,
	TW_P2P_UP,
};

enum { TW_P2P_ADDRESS_MAX = 300, TW_P2P_ERROR_MAX = 128 };

struct tw_p2p_state {
	bool is_wanted; /* the node is to have a link */
	enum tw_p2p_phase phase;
	char address[TW_P2P_ADDRESS_MAX]; /* HOST:PORT; "": not known yet */
	int64_t since_us;                 /* of the phase; TW_UNKNOWN */
	uint8_t version;                  /* of the daemon's protocol; 0: it says none */
	int64_t height;                   /* of the tip that it said last; TW_UNKNOWN */
	int64_t pushed_us;                /* when it pushed a block last; TW_UNKNOWN: never */
	int64_t pushed;                   /* the height of that block; TW_UNKNOWN */
	uint64_t n_pushes;
	uint64_t n_syncs;             /* timed syncs that it answered */
	uint64_t n_closed;            /* links that were up and ended */
	char error[TW_P2P_ERROR_MAX]; /* why there is none, for people; "" */
	struct tw_p2p_delays delays;
};

/* "none", "connecting", "up". Static. */
static inline const char *tw_p2p_phase_word(enum tw_p2p_phase phase)
{
	static const char *const words[] = {
		[TW_P2P_NONE] = "none",
		[TW_P2P_CONNECTING] = "connecting",
		[TW_P2P_UP] = "up",
	};

	return words[phase];
}

#endif
