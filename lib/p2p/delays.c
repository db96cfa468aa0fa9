/* See delays.h. */
#include "p2p/delays.h"
#include "base/num.h"

enum { PLACES = TW_P2P_DELAYS_MAX + TW_P2P_DELAYS_AHEAD };

void tw_p2p_delays_init(struct tw_p2p_delays *ret_delays)
{
	ret_delays->shown = TW_UNKNOWN;
	for (int i = 0; i < PLACES; i++)
		ret_delays->ring[i] =
			(struct tw_p2p_delays_block){ TW_UNKNOWN, TW_UNKNOWN, TW_UNKNOWN };
}

/* The place of a height, emptied where another block has it. */
static struct tw_p2p_delays_block *place_of(struct tw_p2p_delays *delays, int64_t height)
{
	struct tw_p2p_delays_block *block = &delays->ring[height % PLACES];

	if (block->height != height)
		*block = (struct tw_p2p_delays_block){ height, TW_UNKNOWN, TW_UNKNOWN };
	return block;
}

void tw_p2p_delays_push(struct tw_p2p_delays *delays, int64_t height, int64_t now_us)
{
	struct tw_p2p_delays_block *block;

	/* Any other height would take the place of a block that is listed. */
	if (delays->shown == TW_UNKNOWN || height < 0 ||
		height <= delays->shown - TW_P2P_DELAYS_MAX ||
		height > delays->shown + TW_P2P_DELAYS_AHEAD)
		return;
	block = place_of(delays, height);
	if (block->pushed_us == TW_UNKNOWN)
		block->pushed_us = now_us;
}

void tw_p2p_delays_show(struct tw_p2p_delays *delays, int64_t height, int64_t now_us)
{
	/* When the blocks came that the first check shows is not known; nor after a long way back.
	 */
	if (delays->shown == TW_UNKNOWN || height <= delays->shown - TW_P2P_DELAYS_MAX) {
		tw_p2p_delays_init(delays);
		delays->shown = height;
	}
	for (int64_t h = tw_max(delays->shown, height - TW_P2P_DELAYS_MAX) + 1; h <= height; h++)
		place_of(delays, h)->shown_us = now_us;
	delays->shown = tw_max(delays->shown, height);
}

uint32_t tw_p2p_delays_list(const struct tw_p2p_delays *delays,
	struct tw_p2p_delays_block ret_blocks[TW_P2P_DELAYS_MAX])
{
	uint32_t n = 0;

	for (int64_t h = tw_max(0, delays->shown - TW_P2P_DELAYS_MAX + 1); h <= delays->shown;
		h++) {
		const struct tw_p2p_delays_block *block = &delays->ring[h % PLACES];

		if (block->height == h && block->shown_us != TW_UNKNOWN)
			ret_blocks[n++] = *block;
	}
	return n;
}
