/* See fate.h. */
#include "block/fate.h"
#include "base/num.h"
#include "block/turn.h"
#include <stdio.h>

/* --- which way to read the blob is the right one --- */

/* The height of a block on a chain, TW_UNKNOWN where the chain does not show it. */
static int64_t find_on(const struct tw_chain *chain, const struct tw_hash *hash)
{
	for (int64_t h = chain->tip; h > chain->tip - TW_WINDOW && h >= 0; h--) {
		const struct tw_hash *at = tw_chain_at(chain, h);

		if (at != NULL && tw_hash_equal(at, hash))
			return h;
	}
	return TW_UNKNOWN;
}

/* A block that is on somebody's chain is the one that this block builds on. */
static bool settle(struct tw_block *block, const struct tw_block_look *look)
{
	struct tw_block_blob *blob = &block->blob;

	for (uint32_t i = 0; i < blob->n_heads; i++) {
		for (uint32_t n = 0; n < look->n; n++) {
			int64_t parent =
				find_on(look->nodes[n].chain, &blob->heads[i].header.prev_hash);

			if (parent == TW_UNKNOWN)
				continue;
			blob->heads[0] = blob->heads[i];
			blob->heads[0].height = parent + 1;
			blob->n_heads = 1;
			block->is_settled = true;
			return true;
		}
	}
	return false;
}

/* --- what each node shows --- */

enum shown { SHOWN_NOTHING, SHOWN_THIS, SHOWN_OTHER, SHOWN_UNKNOWN };

static bool is_rival(const struct tw_block *block, const struct tw_hash *hash)
{
	for (int64_t i = 0; i < tw_min(block->n_rivals, TW_BLOCK_RIVALS_MAX); i++) {
		if (tw_hash_equal(&block->rivals[i], hash))
			return true;
	}
	return false;
}

static enum shown judge(const struct tw_block *block, const struct tw_chain *chain)
{
	int64_t height = tw_block_height(block);
	const struct tw_hash *at = tw_chain_at(chain, height);
	const struct tw_hash *parent = tw_chain_at(chain, height - 1);

	if (at == NULL)
		return SHOWN_NOTHING;
	if (block->has_hash)
		return tw_hash_equal(at, &block->hash) ? SHOWN_THIS : SHOWN_OTHER;
	if (is_rival(block, at) ||
		(parent != NULL && !tw_hash_equal(parent, &block->blob.heads[0].header.prev_hash)))
		return SHOWN_OTHER;
	return SHOWN_UNKNOWN;
}

/* Whether that is news. */
static bool note(struct tw_block *block, const char *name, enum shown shown, int64_t now_ms)
{
	struct tw_block_peer *peer;
	bool is_free;

	if (shown != SHOWN_THIS && shown != SHOWN_OTHER)
		return false;
	peer = tw_block_add_peer(block, name);
	if (peer == NULL)
		return false;
	if (shown == SHOWN_OTHER) {
		if (peer->other_ms != TW_UNKNOWN)
			return false;
		peer->other_ms = now_ms;
		return true;
	}
	/* The reply to a request that is under way tells more. */
	is_free = !tw_block_is_taken(peer->answer) &&
		  (peer->answer != TW_BLOCK_ANSWER_WAITING || peer->is_writers);
	if (is_free)
		tw_block_turn_answered(peer,
			peer->is_writers && peer->n_sends == 1 ? TW_BLOCK_ANSWER_ACCEPTED
							       : TW_BLOCK_ANSWER_DUPLICATE,
			now_ms);
	if (peer->seen_ms != TW_UNKNOWN)
		return is_free;
	peer->seen_ms = now_ms;
	return true;
}

/* --- the main chain --- */

static void note_other(
	struct tw_block *block, const struct tw_block_look *look, const struct tw_hash *hash)
{
	const struct tw_sighting *seen = tw_sightings_find(look->sightings, hash);

	if (block->has_other && tw_hash_equal(&block->other, hash))
		return;
	block->has_other = true;
	block->other = *hash;
	block->other_ms = seen == NULL ? look->now_ms : seen->first_ms;
	snprintf(
		block->other_node, sizeof(block->other_node), "%s", seen == NULL ? "" : seen->node);
}

/* Which block the main chain has at its height, as the nodes show that are on it. */
static void look_at_main(struct tw_block *block, const struct tw_block_look *look,
	struct tw_block_question *question)
{
	int32_t on_main = TW_NODE_NONE;

	for (uint32_t i = 0; i < look->n; i++) {
		const struct tw_chain *chain = look->nodes[i].chain;

		if (!tw_chain_has(chain, &look->tip))
			continue;
		on_main = (int32_t)i;
		switch (judge(block, chain)) {
		case SHOWN_THIS:
			block->is_main = true;
			return;
		case SHOWN_OTHER:
			block->is_main = false;
			note_other(block, look, tw_chain_at(chain, tw_block_height(block)));
			return;
		case SHOWN_UNKNOWN:
			return; /* it is asked about */
		case SHOWN_NOTHING:
			break;
		}
	}
	/* It is below what they show: tipwatchd was away meanwhile. */
	if (on_main != TW_NODE_NONE && !block->is_main && !block->has_other)
		*question = (struct tw_block_question){ on_main, true };
}

/* --- its state --- */

static bool has_answer(const struct tw_block *block, enum tw_block_answer answer)
{
	for (uint32_t i = 0; i < block->n_peers; i++) {
		if (block->peers[i].answer == answer)
			return true;
	}
	return false;
}

/* Everybody who was asked has refused it. */
static bool is_refused(const struct tw_block *block)
{
	return has_answer(block, TW_BLOCK_ANSWER_REFUSED) &&
	       !has_answer(block, TW_BLOCK_ANSWER_WAITING) &&
	       !has_answer(block, TW_BLOCK_ANSWER_UNKNOWN) &&
	       !has_answer(block, TW_BLOCK_ANSWER_SILENT);
}

static enum tw_block_state find_state(
	const struct tw_block *block, const struct tw_block_look *look, bool is_passed)
{
	bool is_taken = tw_block_accepted_ms(block) != TW_UNKNOWN;

	if (block->is_main)
		return block->depth >= look->depth ? TW_BLOCK_BURIED : TW_BLOCK_ON_MAIN;
	if (is_passed && block->has_other && block->other_ms < block->found_ms)
		return TW_BLOCK_STALE;
	if (is_passed && is_taken)
		return TW_BLOCK_ORPHANED;
	if (is_taken)
		return TW_BLOCK_ACCEPTED;
	if (is_refused(block))
		return TW_BLOCK_REFUSED;
	if (is_passed)
		return TW_BLOCK_LOST;
	return tw_block_is_sent(block) ? TW_BLOCK_SENT : TW_BLOCK_FOUND;
}

static bool have_all_answered(const struct tw_block *block, const struct tw_block_look *look)
{
	for (uint32_t i = 0; i < look->n; i++) {
		const struct tw_block_peer *peer = tw_block_peer(block, look->nodes[i].name);

		if (look->nodes[i].is_target &&
			(peer == NULL || peer->answer == TW_BLOCK_ANSWER_NONE ||
				peer->answer == TW_BLOCK_ANSWER_WAITING))
			return false;
	}
	return true;
}

static bool update_state(struct tw_block *block, const struct tw_block_look *look)
{
	int64_t height = tw_block_height(block);
	bool has_tip = look->tip.height != TW_UNKNOWN && height != TW_UNKNOWN;
	int64_t above = has_tip ? look->tip.height - height : -1;
	bool is_old =
		height == TW_UNKNOWN && look->now_ms - block->found_ms >= TW_BLOCK_FATE_UNKNOWN_MS;
	bool is_passed = above >= TW_BLOCK_PASSED || is_old;
	enum tw_block_state state;
	bool was_over = block->is_over, was_final = block->is_final;

	block->depth = block->is_main ? tw_max(above, 0) : 0;
	state = find_state(block, look, is_passed);
	/* Nobody has said yet which block the chain has there. */
	if (above >= TW_BLOCK_PASSED && !block->is_main && !block->has_other)
		state = block->state;
	if (above >= TW_BLOCK_FATE_SEND_MAX || is_old ||
		(is_passed && have_all_answered(block, look)))
		block->is_over = true;
	if (state == TW_BLOCK_BURIED || is_old ||
		(above >= look->depth && above >= TW_BLOCK_PASSED && block->has_other &&
			!block->is_main))
		block->is_over = block->is_final = true;
	if (state == block->state)
		return block->is_over != was_over || block->is_final != was_final;
	block->state = state;
	block->state_ms = look->now_ms;
	return true;
}

bool tw_block_fate_follow(struct tw_block *block, const struct tw_block_look *look,
	struct tw_block_question *ret_question)
{
	bool had_other = block->has_other, has_changed = false;

	*ret_question = (struct tw_block_question){ TW_NODE_NONE, false };
	if (block->is_final)
		return false;
	if (!block->is_settled)
		has_changed = settle(block, look);
	if (tw_block_height(block) != TW_UNKNOWN) {
		for (uint32_t i = 0; i < look->n; i++) {
			enum shown shown = judge(block, look->nodes[i].chain);

			if (note(block, look->nodes[i].name, shown, look->now_ms))
				has_changed = true;
			if (shown == SHOWN_UNKNOWN)
				*ret_question = (struct tw_block_question){ (int32_t)i, false };
		}
		/* A lower tip, as just after a start, tells nothing about it. */
		if (look->tip.height >= tw_block_height(block))
			look_at_main(block, look, ret_question);
	}
	has_changed = has_changed || block->has_other != had_other;
	return update_state(block, look) || has_changed;
}

void tw_block_fate_identify(struct tw_block *block, const struct tw_block_question *question,
	bool is_same, const struct tw_hash *hash, int64_t now_ms)
{
	if (is_same) {
		block->has_hash = true;
		block->hash = *hash;
	} else if (!is_rival(block, hash)) {
		block->rivals[block->n_rivals++ % TW_BLOCK_RIVALS_MAX] = *hash;
	}
	if (!question->is_hidden)
		return; /* the windows tell the rest */
	block->is_main = is_same;
	if (is_same)
		return;
	block->has_other = true;
	block->other = *hash;
	block->other_ms = now_ms;
}
