/* See cause.h. */
#include "block/cause.h"
#include "base/span.h"
#include "core/reason.h"
#include <inttypes.h>

/*
 * The daemon that took the block first, NULL: none is known to have taken it. One that has shown it
 * comes before those that have not: a monerod accepts also a block whose parent it does not know,
 * and keeps nothing of it.
 */
static const struct tw_block_peer *find_first(const struct tw_block *block)
{
	const struct tw_block_peer *first = NULL;

	for (uint32_t i = 0; i < block->n_peers; i++) {
		const struct tw_block_peer *peer = &block->peers[i];
		bool has_shown = peer->seen_ms != TW_UNKNOWN;
		bool first_has = first != NULL && first->seen_ms != TW_UNKNOWN;

		if (!tw_block_is_taken(peer->answer))
			continue;
		if (first == NULL || has_shown > first_has ||
			(has_shown == first_has && peer->answered_ms < first->answered_ms))
			first = peer;
	}
	return first;
}

static uint32_t count_seen(const struct tw_block *block)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < block->n_peers; i++)
		n += block->peers[i].seen_ms != TW_UNKNOWN;
	return n;
}

/* "alpha (failed), beta (silent)": the daemons that it was sent to. */
static void put_answers(const struct tw_block *block, struct tw_buf *out)
{
	const char *between = "";

	for (uint32_t i = 0; i < block->n_peers; i++) {
		const struct tw_block_peer *peer = &block->peers[i];

		if (peer->n_sends == 0)
			continue;
		tw_buf_printf(
			out, "%s%s (%s)", between, peer->name, tw_block_answer_word(peer->answer));
		between = ", ";
	}
}

/* "alpha had it 12 ms after it was found", or, while it does not show it, "accepted it" */
static void put_first(const struct tw_block *block, struct tw_buf *out)
{
	const struct tw_block_peer *first = find_first(block);

	if (first == NULL)
		tw_buf_puts(out, "no daemon is known to have taken it from here");
	else
		tw_buf_printf(out, "%s %s it %" PRId64 " ms after it was found", first->name,
			first->seen_ms == TW_UNKNOWN ? "accepted" : "had",
			first->answered_ms - block->found_ms);
}

static void put_winner(const struct tw_block *block, struct tw_buf *out)
{
	char hex[TW_HASH_HEX + 1];

	tw_hash_format(&block->other, hex);
	tw_buf_printf(out, "the chain has block %.8s... at its height", hex);
	if (block->other_node[0] != '\0')
		tw_buf_printf(out, ", which %s showed first", block->other_node);
}

/* A reason for which the daemon was not one to trust a block to, or NULL. */
static const char *find_fault(const struct tw_block_peer *peer)
{
	enum tw_state state = tw_reason_state(peer->reason);

	if (state == TW_STATE_HEALTHY || state == TW_STATE_MAINTENANCE ||
		state == TW_STATE_UNKNOWN || peer->reason == TW_REASON_WARMING)
		return NULL;
	return tw_reason_word(peer->reason);
}

static void put_race(const struct tw_block *block, int64_t first_ms, struct tw_buf *out)
{
	int64_t lead_ms = first_ms - block->other_ms;

	if (lead_ms >= 0)
		tw_buf_printf(out, "it lost the race by %" PRId64 " ms: ", lead_ms);
	else
		tw_buf_printf(out,
			"it lost the race although a daemon had it %" PRId64 " ms earlier: ",
			-lead_ms);
	put_winner(block, out);
}

static void put_orphaned(const struct tw_block *block, struct tw_buf *out)
{
	const struct tw_block_peer *first = find_first(block);
	const char *fault = first == NULL ? NULL : find_fault(first);
	int64_t took_ms = first == NULL ? 0 : first->answered_ms - block->found_ms;
	char span[TW_SPAN_TEXT_MAX];

	if (fault != NULL) {
		tw_buf_printf(out, "%s, which took it, was %s: ", first->name, fault);
		put_winner(block, out);
	} else if (took_ms > TW_BLOCK_CAUSE_SLOW_MS) {
		tw_buf_printf(out, "slow submission: it took %s until a daemon had it; ",
			tw_span_tenths(took_ms * TW_MS, span));
		put_winner(block, out);
	} else if (count_seen(block) < 2 && block->n_peers > 2) {
		tw_buf_printf(out, "%s was isolated: no other daemon showed the block; ",
			first == NULL ? "the daemon" : first->name);
		put_winner(block, out);
	} else {
		put_race(block, first == NULL ? block->found_ms : first->answered_ms, out);
	}
}

static void put_stale(const struct tw_block *block, struct tw_buf *out)
{
	char span[TW_SPAN_TEXT_MAX];

	tw_buf_printf(out, "late template: %s before it was found the network had another block: ",
		tw_span_tenths((block->found_ms - block->other_ms) * TW_MS, span));
	put_winner(block, out);
}

static void put_lost(const struct tw_block *block, struct tw_buf *out)
{
	if (!tw_block_is_sent(block)) {
		tw_buf_puts(out, "the chain went on before any daemon was sent it");
		return;
	}
	tw_buf_puts(out, "the chain went on, and no daemon is known to have taken it: ");
	put_answers(block, out);
}

void tw_block_cause_write(const struct tw_block *block, struct tw_buf *out)
{
	switch (block->state) {
	case TW_BLOCK_FOUND:
		tw_buf_puts(out, "no daemon was sent it yet");
		break;
	case TW_BLOCK_SENT:
		tw_buf_puts(out, "no daemon has taken it yet: ");
		put_answers(block, out);
		break;
	case TW_BLOCK_ACCEPTED:
		put_first(block, out);
		tw_buf_puts(out, "; it is not on the main chain yet");
		break;
	case TW_BLOCK_ON_MAIN:
	case TW_BLOCK_BURIED:
		put_first(block, out);
		tw_buf_printf(out, "; %u daemons showed it", count_seen(block));
		break;
	case TW_BLOCK_ORPHANED:
		put_orphaned(block, out);
		break;
	case TW_BLOCK_REFUSED:
		tw_buf_puts(out, "every daemon that answered refused it: ");
		put_answers(block, out);
		break;
	case TW_BLOCK_STALE:
		put_stale(block, out);
		break;
	case TW_BLOCK_LOST:
		put_lost(block, out);
		break;
	}
}
