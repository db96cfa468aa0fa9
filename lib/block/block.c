/* See block.h. */
#include "block/block.h"
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const states[] = {
	[TW_BLOCK_FOUND] = "found",
	[TW_BLOCK_SENT] = "sent",
	[TW_BLOCK_ACCEPTED] = "accepted",
	[TW_BLOCK_ON_MAIN] = "on-main",
	[TW_BLOCK_BURIED] = "buried",
	[TW_BLOCK_ORPHANED] = "orphaned",
	[TW_BLOCK_REFUSED] = "refused",
	[TW_BLOCK_STALE] = "stale",
	[TW_BLOCK_LOST] = "lost",
};
_Static_assert(TW_ARRAY_SIZE(states) == TW_BLOCK_STATES, "a state has no word");

static const char *const answers[] = {
	[TW_BLOCK_ANSWER_NONE] = "none",
	[TW_BLOCK_ANSWER_WAITING] = "waiting",
	[TW_BLOCK_ANSWER_ACCEPTED] = "accepted",
	[TW_BLOCK_ANSWER_DUPLICATE] = "duplicate",
	[TW_BLOCK_ANSWER_REFUSED] = "refused",
	[TW_BLOCK_ANSWER_NOT_ABLE] = "not_able",
	[TW_BLOCK_ANSWER_UNKNOWN] = "unknown",
	[TW_BLOCK_ANSWER_FAILED] = "failed",
	[TW_BLOCK_ANSWER_SILENT] = "silent",
};
_Static_assert(TW_ARRAY_SIZE(answers) == TW_BLOCK_ANSWERS, "an answer has no word");

static int find_word(const char *const *words, int n, const char *word)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -EINVAL;
}

const char *tw_block_word(enum tw_block_state state)
{
	return states[state];
}

int tw_block_parse_word(const char *word, enum tw_block_state *ret_state)
{
	int i = find_word(states, TW_BLOCK_STATES, word);

	if (i >= 0)
		*ret_state = (enum tw_block_state)i;
	return i < 0 ? i : 0;
}

const char *tw_block_answer_word(enum tw_block_answer answer)
{
	return answers[answer];
}

int tw_block_parse_answer(const char *word, enum tw_block_answer *ret_answer)
{
	int i = find_word(answers, TW_BLOCK_ANSWERS, word);

	if (i >= 0)
		*ret_answer = (enum tw_block_answer)i;
	return i < 0 ? i : 0;
}

void tw_block_identify(const char *hex, size_t len, char ret_id[TW_BLOCK_ID_SIZE])
{
	char text[TW_HASH_HEX + 1];
	struct tw_hash hash;

	SHA256((const unsigned char *)hex, len, hash.bytes);
	tw_hash_format(&hash, text);
	snprintf(ret_id, TW_BLOCK_ID_SIZE, "%.16s", text);
}

int tw_block_create_empty(struct tw_block **ret_block)
{
	struct tw_block *block = calloc(1, sizeof(*block));

	if (block == NULL)
		return -ENOMEM;
	block->found_ms = block->state_ms = block->other_ms = TW_UNKNOWN;
	block->blob.n_heads = 1;
	block->blob.heads[0].height = TW_UNKNOWN;
	*ret_block = block;
	return 0;
}

int tw_block_create(const char *hex, size_t len, const struct tw_block_blob *blob, int64_t found_ms,
	struct tw_block **ret_block)
{
	struct tw_block *block;
	int r = tw_block_create_empty(&block);

	if (r < 0)
		return r;
	tw_block_identify(hex, len, block->id);
	block->blob = *blob;
	block->is_settled = blob->n_heads == 1 && blob->heads[0].height != TW_UNKNOWN;
	block->found_ms = block->state_ms = found_ms;
	*ret_block = block;
	return 0;
}

void tw_block_destroy(struct tw_block *block)
{
	if (block == NULL)
		return;
	free(block->peers);
	free(block);
}

struct tw_block_peer *tw_block_peer(const struct tw_block *block, const char *name)
{
	for (uint32_t i = 0; i < block->n_peers; i++) {
		if (strcmp(block->peers[i].name, name) == 0)
			return &block->peers[i];
	}
	return NULL;
}

struct tw_block_peer *tw_block_add_peer(struct tw_block *block, const char *name)
{
	struct tw_block_peer *peer = tw_block_peer(block, name), *peers;

	if (peer != NULL)
		return peer;
	if (block->n_peers == TW_BLOCK_PEERS_MAX)
		return NULL;
	peers = reallocarray(block->peers, block->n_peers + 1, sizeof(peers[0]));
	if (peers == NULL)
		return NULL;
	block->peers = peers;
	peer = &peers[block->n_peers++];
	*peer = (struct tw_block_peer){
		.sent_ms = TW_UNKNOWN,
		.answered_ms = TW_UNKNOWN,
		.reason = TW_REASON_OK,
		.seen_ms = TW_UNKNOWN,
		.other_ms = TW_UNKNOWN,
	};
	snprintf(peer->name, sizeof(peer->name), "%s", name);
	return peer;
}

bool tw_block_is_sent(const struct tw_block *block)
{
	for (uint32_t i = 0; i < block->n_peers; i++) {
		if (block->peers[i].n_sends > 0)
			return true;
	}
	return false;
}

int64_t tw_block_accepted_ms(const struct tw_block *block)
{
	int64_t first_ms = TW_UNKNOWN;

	for (uint32_t i = 0; i < block->n_peers; i++) {
		const struct tw_block_peer *peer = &block->peers[i];

		if (tw_block_is_taken(peer->answer) &&
			(first_ms == TW_UNKNOWN || peer->answered_ms < first_ms))
			first_ms = peer->answered_ms;
	}
	return first_ms;
}
