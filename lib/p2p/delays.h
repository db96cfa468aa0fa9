/*
 * When a daemon announced its last blocks over its P2P link, and when a check showed them: what the
 * page draws. The last TW_P2P_DELAYS_MAX blocks are kept. A push is only a hint, so that nothing
 * of it is told before a check has shown a block of that height; a daemon that announces what it
 * does not have leaves no trace. No clock is read: the times are passed in.
 */
#ifndef TW_P2P_DELAYS_H
#define TW_P2P_DELAYS_H

#include "core/types.h"

enum {
	TW_P2P_DELAYS_MAX = 16,
	TW_P2P_DELAYS_AHEAD = 8, /* so far above the newest block a push is taken */
};

struct tw_p2p_delays_block {
	int64_t height;
	int64_t pushed_us; /* TW_UNKNOWN: it was not announced */
	int64_t shown_us;  /* TW_UNKNOWN: no check has shown it */
};

struct tw_p2p_delays {
	/* private */
	int64_t shown; /* the greatest height that a check has shown; TW_UNKNOWN */
	/* By height: the last blocks, and place for those that are announced. */
	struct tw_p2p_delays_block ring[TW_P2P_DELAYS_MAX + TW_P2P_DELAYS_AHEAD];
};

void tw_p2p_delays_init(struct tw_p2p_delays *ret_delays);
/* The daemon announces a block. */
void tw_p2p_delays_push(struct tw_p2p_delays *delays, int64_t height, int64_t now_us);
/* A check shows height as that of the newest block. */
void tw_p2p_delays_show(struct tw_p2p_delays *delays, int64_t height, int64_t now_us);
/* The blocks that a check has shown, the lowest first. Returns how many there are. */
uint32_t tw_p2p_delays_list(const struct tw_p2p_delays *delays,
	struct tw_p2p_delays_block ret_blocks[TW_P2P_DELAYS_MAX]);

#endif
