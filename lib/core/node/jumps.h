/*
 * Whether a node's answers come from several nodes (decision.md, Verdicts 12): an address may lead
 * to a proxy with several daemons behind it that do not have the same blocks. What one daemon shows
 * goes forward, and back only in a reorganisation. Here the newest block jumps back by two blocks
 * or more, or to another chain below its newest block, again and again.
 */
#ifndef TW_CORE_NODE_JUMPS_H
#define TW_CORE_NODE_JUMPS_H

#include "core/node/chain.h"

/* So many jumps within this time show it, and so long it holds after the last one. */
enum { TW_JUMPS = 3 };
#define TW_JUMPS_US TW_MIN

struct tw_jumps {
	int64_t when_us[TW_JUMPS]; /* the last ones, by their number modulo TW_JUMPS */
	uint32_t n;
	int64_t mixed_until_us; /* INT64_MIN: never */
	bool is_sideways;       /* one of them led to another chain, since they began to be mixed */
	int64_t top;            /* the highest block that it has shown last; TW_UNKNOWN */
	int64_t top_us;         /* when it last showed as much */
};

void tw_jumps_init(struct tw_jumps *jumps);
/* A good check: obs was shown after chain, which does not have it yet. */
void tw_jumps_observe(struct tw_jumps *jumps, int64_t now, const struct tw_chain *chain,
	const struct tw_observation *obs);

#endif
