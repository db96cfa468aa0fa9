/* See turn.h. */
#include "block/turn.h"
#include "base/num.h"
#include "base/time.h"

bool tw_block_turn_is_done(const struct tw_block *block, const struct tw_block_peer *peer)
{
	if (tw_block_is_taken(peer->answer))
		return true;
	return peer->answer == TW_BLOCK_ANSWER_REFUSED &&
	       (peer->n_sends >= TW_BLOCK_TURN_REFUSALS_MAX ||
		       tw_block_accepted_ms(block) != TW_UNKNOWN);
}

/* From when on the daemon may be sent the block; TW_NEVER: not as things stand. */
static int64_t free_from(const struct tw_block *block, const struct tw_block_peer *peer)
{
	int64_t gap_ms = TW_BLOCK_TURN_AGAIN_MS;

	if (peer->answer == TW_BLOCK_ANSWER_WAITING || tw_block_turn_is_done(block, peer))
		return TW_NEVER;
	if (peer->n_sends == 0)
		return INT64_MIN;
	for (uint32_t i = 1; i < peer->n_sends && gap_ms < TW_BLOCK_TURN_AGAIN_MAX_MS; i++)
		gap_ms *= 2;
	return peer->sent_ms + tw_min(gap_ms, TW_BLOCK_TURN_AGAIN_MAX_MS);
}

/*
 * The daemon that was sent the block last; of several the last one. NULL: none was. It leads also
 * when it is no target any more: one that has stopped answering may be taking the block just now,
 * and must not get it from a peer at the same time.
 */
static const struct tw_block_peer *find_leader(const struct tw_block *block)
{
	const struct tw_block_peer *leader = NULL;

	for (uint32_t i = 0; i < block->n_peers; i++) {
		const struct tw_block_peer *peer = &block->peers[i];

		if (peer->n_sends > 0 && (leader == NULL || peer->sent_ms >= leader->sent_ms))
			leader = peer;
	}
	return leader;
}

/* When the turn goes on from the leader. */
static int64_t turn_from(const struct tw_block_peer *leader, const struct tw_block_timing *timing)
{
	if (leader == NULL)
		return INT64_MIN;
	switch (leader->answer) {
	case TW_BLOCK_ANSWER_REFUSED:
	case TW_BLOCK_ANSWER_NOT_ABLE:
	case TW_BLOCK_ANSWER_FAILED:
		return leader->answered_ms;
	case TW_BLOCK_ANSWER_UNKNOWN:
		/* It may have the block and be passing it on. */
		return leader->answered_ms + timing->after_accept_ms;
	case TW_BLOCK_ANSWER_NONE:
	case TW_BLOCK_ANSWER_WAITING:
	case TW_BLOCK_ANSWER_ACCEPTED:
	case TW_BLOCK_ANSWER_DUPLICATE:
	case TW_BLOCK_ANSWER_SILENT:
		break;
	}
	return leader->sent_ms + timing->after_silence_ms;
}

/* One has it: the rest follow together, each as soon as it may. */
static uint32_t due_to_all(const struct tw_block *block, struct tw_block_peer *const *targets,
	uint32_t n, int64_t from_ms, int64_t now_ms, uint32_t *ret_due, int64_t *ret_until_ms)
{
	uint32_t n_due = 0;

	for (uint32_t i = 0; i < n; i++) {
		int64_t free_ms = free_from(block, targets[i]);

		if (free_ms == TW_NEVER)
			continue;
		if (tw_max(free_ms, from_ms) <= now_ms)
			ret_due[n_due++] = i;
		else
			*ret_until_ms = tw_min(*ret_until_ms, tw_max(free_ms, from_ms));
	}
	return n_due;
}

/* None has it: the turn goes to one, the first of those that were asked least. */
static uint32_t due_to_next(const struct tw_block *block, struct tw_block_peer *const *targets,
	uint32_t n, int64_t from_ms, int64_t now_ms, uint32_t *ret_due, int64_t *ret_until_ms)
{
	uint32_t best = n;

	for (uint32_t i = 0; i < n; i++) {
		int64_t free_ms = free_from(block, targets[i]);

		if (free_ms == TW_NEVER)
			continue;
		if (tw_max(free_ms, from_ms) > now_ms)
			*ret_until_ms = tw_min(*ret_until_ms, tw_max(free_ms, from_ms));
		else if (best == n || targets[i]->n_sends < targets[best]->n_sends)
			best = i;
	}
	if (best == n)
		return 0;
	ret_due[0] = best;
	return 1;
}

uint32_t tw_block_turn_due(const struct tw_block *block, struct tw_block_peer *const *targets,
	uint32_t n, const struct tw_block_timing *timing, int64_t now_ms, uint32_t *ret_due,
	int64_t *ret_until_ms)
{
	int64_t accepted_ms = tw_block_accepted_ms(block);

	*ret_until_ms = TW_NEVER;
	if (block->is_over)
		return 0;
	if (accepted_ms != TW_UNKNOWN)
		return due_to_all(block, targets, n, accepted_ms + timing->after_accept_ms, now_ms,
			ret_due, ret_until_ms);
	return due_to_next(block, targets, n, turn_from(find_leader(block), timing), now_ms,
		ret_due, ret_until_ms);
}

bool tw_block_turn_must_look(const struct tw_block *block, const struct tw_block_peer *peer)
{
	for (uint32_t i = 0; i < block->n_peers; i++) {
		const struct tw_block_peer *other = &block->peers[i];

		if (other->n_sends > (other == peer ? 1u : 0u) || other->seen_ms != TW_UNKNOWN)
			return true;
	}
	return false;
}

void tw_block_turn_sent(struct tw_block_peer *peer, enum tw_reason reason, int64_t now_ms)
{
	peer->n_sends++;
	peer->sent_ms = now_ms;
	peer->answered_ms = TW_UNKNOWN;
	peer->answer = TW_BLOCK_ANSWER_WAITING;
	peer->reason = reason;
}

void tw_block_turn_answered(struct tw_block_peer *peer, enum tw_block_answer answer, int64_t now_ms)
{
	/* What a daemon shows on its chain it may have from a peer; nothing else comes unasked. */
	if (tw_block_is_taken(peer->answer) ||
		(peer->n_sends == 0 && answer != TW_BLOCK_ANSWER_DUPLICATE))
		return;
	peer->answer = answer;
	peer->answered_ms = now_ms;
}

void tw_block_turn_resume(struct tw_block *block, int64_t now_ms)
{
	for (uint32_t i = 0; i < block->n_peers; i++) {
		struct tw_block_peer *peer = &block->peers[i];

		peer->sent_ms = tw_min(peer->sent_ms, now_ms);
		peer->answered_ms = tw_min(peer->answered_ms, now_ms);
		if (peer->answer == TW_BLOCK_ANSWER_WAITING)
			tw_block_turn_answered(peer, TW_BLOCK_ANSWER_UNKNOWN, now_ms);
	}
}
