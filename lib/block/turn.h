/*
 * When a found block goes to which daemon: tipwatch-control(7), SUBMITTING A BLOCK. There is no
 * state beside what the block itself has of its daemons, so that a tipwatchd that was killed goes
 * on where it was.
 *
 * The daemon that was sent the block last leads. As long as none has the block, the next one
 * follows when the leader has refused it, fails, or is silent for too long. Once one has it, the
 * rest follow together some time later, because a daemon that gets the same block from a peer and
 * from the pool at once may corrupt the chain in its memory. A daemon that has not taken the block
 * gets it again, but not within five seconds, and after longer and longer waits.
 */
#ifndef TW_BLOCK_TURN_H
#define TW_BLOCK_TURN_H

#include "block/block.h"

enum {
	TW_BLOCK_TURN_AGAIN_MS = 5000,      /* least time between two sends to one daemon */
	TW_BLOCK_TURN_AGAIN_MAX_MS = 60000, /* the wait doubles with every send up to this */
	TW_BLOCK_TURN_REFUSALS_MAX = 4,     /* a daemon that refuses is asked so often */
	TW_BLOCK_TURN_REPLY_MS = 15000,     /* how long a daemon may take to answer */
};

struct tw_block_timing {
	int64_t after_accept_ms;
	int64_t after_silence_ms;
};

/*
 * Which of the targets, the chosen one first, the block is to be sent to now. ret_due has room for
 * all, and receives their numbers in the order of targets. Returns how many. Before it is sent to
 * any daemon but the first that ever gets it, that daemon is asked whether it has it. The caller
 * notes every one by tw_block_turn_sent(). ret_until_ms: when to call this again, if nothing is
 * answered before; TW_NEVER.
 */
uint32_t tw_block_turn_due(const struct tw_block *block, struct tw_block_peer *const *targets,
	uint32_t n, const struct tw_block_timing *timing, int64_t now_ms, uint32_t *ret_due,
	int64_t *ret_until_ms);
/* Whether it must be asked for the block before it is sent to the daemon. */
bool tw_block_turn_must_look(const struct tw_block *block, const struct tw_block_peer *peer);
/* A daemon has its turn now. */
void tw_block_turn_sent(struct tw_block_peer *peer, enum tw_reason reason, int64_t now_ms);
/* What became of that. */
void tw_block_turn_answered(
	struct tw_block_peer *peer, enum tw_block_answer answer, int64_t now_ms);
/* Whether the daemon is done with: it has the block, or has refused it for good. */
bool tw_block_turn_is_done(const struct tw_block *block, const struct tw_block_peer *peer);
/*
 * After a restart: what was under way is cut off, and no time may be in the future, where the clock
 * was set back.
 */
void tw_block_turn_resume(struct tw_block *block, int64_t now_ms);

#endif
