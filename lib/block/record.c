/* See record.h. */
#include "block/record.h"
#include "block/cause.h"
#include "core/reason.h"
#include "json/json.h"
#include <errno.h>
#include <stdio.h>

enum { SENTENCE_MAX = 8192 };

static const struct tw_json_limits limits = { .bytes = TW_BLOCK_RECORD_MAX, .nodes = 2048 };

/* --- writing --- */

static void write_peer(const struct tw_block_peer *peer, struct tw_emit *json)
{
	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", peer->name);
	tw_emit_put_text(json, "answer", tw_block_answer_word(peer->answer));
	tw_emit_put_bool(json, "by_writer", peer->is_writers);
	tw_emit_put_int(json, "sends", peer->n_sends);
	tw_emit_put_int_or_null(json, "sent_ms", peer->sent_ms);
	tw_emit_put_int_or_null(json, "answered_ms", peer->answered_ms);
	tw_emit_put_text(json, "reason", tw_reason_word(peer->reason));
	tw_emit_put_int_or_null(json, "seen_ms", peer->seen_ms);
	tw_emit_put_int_or_null(json, "other_seen_ms", peer->other_ms);
	tw_emit_close_map(json);
}

static void put_sentence(const struct tw_block *block, struct tw_emit *json)
{
	struct tw_buf sentence;

	tw_buf_init(&sentence, SENTENCE_MAX);
	tw_block_cause_write(block, &sentence);
	tw_emit_put_text(json, "text", tw_buf_str(&sentence));
	tw_buf_finish(&sentence);
}

void tw_block_record_write(const struct tw_block *block, struct tw_emit *json)
{
	const struct tw_blob_header *header = &block->blob.heads[0].header;
	int64_t accepted_ms = tw_block_accepted_ms(block);

	tw_emit_open_map(json);
	tw_emit_put_text(json, "id", block->id);
	tw_emit_put_int(json, "found_ms", block->found_ms);
	tw_emit_put_int_or_null(json, "height", tw_block_height(block));
	tw_emit_put_text(json, "state", tw_block_word(block->state));
	tw_emit_put_int(json, "state_ms", block->state_ms);
	put_sentence(block, json);
	tw_emit_put_int_or_null(json, "accepted_after_ms",
		accepted_ms == TW_UNKNOWN ? TW_UNKNOWN : accepted_ms - block->found_ms);
	tw_emit_put_int(json, "depth", block->depth);
	tw_emit_put_bool(json, "main", block->is_main);
	tw_emit_put_hash(json, "hash", block->has_hash ? &block->hash : NULL);
	tw_emit_put_hash(json, "prev_hash", &header->prev_hash);
	tw_emit_put_int(json, "timestamp", (int64_t)(header->timestamp_s & INT64_MAX));
	tw_emit_put_int(json, "nonce", header->nonce);
	tw_emit_put_bool(json, "settled", block->is_settled);
	tw_emit_put_hash(json, "other_hash", block->has_other ? &block->other : NULL);
	tw_emit_put_int_or_null(json, "other_ms", block->has_other ? block->other_ms : TW_UNKNOWN);
	tw_emit_put_text(
		json, "other_daemon", block->other_node[0] == '\0' ? NULL : block->other_node);
	tw_emit_put_bool(json, "over", block->is_over);
	tw_emit_put_bool(json, "final", block->is_final);
	tw_emit_key(json, "daemons");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < block->n_peers; i++)
		write_peer(&block->peers[i], json);
	tw_emit_close_array(json);
	tw_emit_close_map(json);
}

void tw_block_record_format(const struct tw_block *block, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_block_record_write(block, json);
	tw_emit_destroy(json);
}

/* --- reading --- */

static int get_time(const struct tw_json_node *node, const char *key, int64_t *ret_ms)
{
	int r = tw_json_get_int(node, key, 0, INT64_MAX / 4, ret_ms);

	if (r != -ENOENT)
		return r;
	*ret_ms = TW_UNKNOWN;
	return 0;
}

/* ret_has may be told that there is none. */
static int get_hash(
	const struct tw_json_node *node, const char *key, bool *ret_has, struct tw_hash *ret_hash)
{
	int r = tw_json_get_hash(node, key, ret_hash);

	*ret_has = r == 0;
	return r == -ENOENT ? 0 : r;
}

/* A word that this version does not know is no reason to forget the block. */
static enum tw_reason find_reason(const struct tw_json_node *node)
{
	const char *word = tw_json_str(tw_json_member(node, "reason"));
	enum tw_reason reason = TW_REASON_OK;

	if (word != NULL)
		(void)tw_reason_parse(word, &reason);
	return reason;
}

static int parse_peer(const struct tw_json_node *node, struct tw_block *block)
{
	const char *answer = tw_json_str(tw_json_member(node, "answer"));
	struct tw_block_peer *peer;
	char name[TW_NAME_MAX + 1];
	int64_t sends = 0;
	int r = tw_json_get_text(node, "name", sizeof(name), name);

	if (r < 0 || answer == NULL)
		return -EINVAL;
	peer = tw_block_add_peer(block, name);
	if (peer == NULL)
		return block->n_peers < TW_BLOCK_PEERS_MAX ? -ENOMEM : 0;
	r = tw_block_parse_answer(answer, &peer->answer);
	if (r == 0)
		r = tw_json_get_bool(node, "by_writer", &peer->is_writers);
	if (r == 0)
		r = tw_json_get_int(node, "sends", 0, INT32_MAX, &sends);
	if (r == 0)
		r = get_time(node, "sent_ms", &peer->sent_ms);
	if (r == 0)
		r = get_time(node, "answered_ms", &peer->answered_ms);
	if (r == 0)
		r = get_time(node, "seen_ms", &peer->seen_ms);
	if (r == 0)
		r = get_time(node, "other_seen_ms", &peer->other_ms);
	peer->n_sends = (uint32_t)sends;
	peer->reason = find_reason(node);
	/* What makes no sense together: it was sent, or answered, at no time. */
	if (r == 0 && ((peer->n_sends > 0 && peer->sent_ms == TW_UNKNOWN) ||
			      (peer->answer > TW_BLOCK_ANSWER_WAITING &&
				      peer->answered_ms == TW_UNKNOWN)))
		r = -EINVAL;
	return r;
}

static int parse_head(const struct tw_json_node *root, struct tw_block *block)
{
	struct tw_block_head *head = &block->blob.heads[0];
	int64_t timestamp_s = 0, nonce = 0;
	int r = tw_json_get_hash(root, "prev_hash", &head->header.prev_hash);

	if (r == 0)
		r = tw_json_get_int(root, "timestamp", 0, INT64_MAX, &timestamp_s);
	if (r == 0)
		r = tw_json_get_int(root, "nonce", 0, UINT32_MAX, &nonce);
	if (r == 0) {
		r = tw_json_get_int(root, "height", 0, TW_HEIGHT_MAX, &head->height);
		if (r == -ENOENT && tw_json_member(root, "height") != NULL)
			r = 0; /* null: the height is not known */
	}
	head->header.timestamp_s = (uint64_t)timestamp_s;
	head->header.nonce = (uint32_t)nonce;
	return r;
}

static int parse_other(const struct tw_json_node *root, struct tw_block *block)
{
	int r = get_hash(root, "hash", &block->has_hash, &block->hash);

	if (r == 0)
		r = get_hash(root, "other_hash", &block->has_other, &block->other);
	if (r == 0)
		r = get_time(root, "other_ms", &block->other_ms);
	if (r == 0)
		r = tw_json_get_text(
			root, "other_daemon", sizeof(block->other_node), block->other_node);
	return r == -ENOENT ? 0 : r;
}

static int parse_state(const struct tw_json_node *root, struct tw_block *block)
{
	const char *state = tw_json_str(tw_json_member(root, "state"));
	int r = tw_json_get_text(root, "id", sizeof(block->id), block->id);

	if (r == 0)
		r = tw_json_get_int(root, "found_ms", 0, INT64_MAX / 4, &block->found_ms);
	if (r == 0)
		r = state == NULL ? -EINVAL : tw_block_parse_word(state, &block->state);
	if (r == 0)
		r = tw_json_get_int(root, "state_ms", 0, INT64_MAX / 4, &block->state_ms);
	if (r == 0)
		r = tw_json_get_int(root, "depth", 0, TW_HEIGHT_MAX, &block->depth);
	if (r == 0)
		r = tw_json_get_bool(root, "main", &block->is_main);
	if (r == 0)
		r = tw_json_get_bool(root, "settled", &block->is_settled);
	if (r == 0)
		r = tw_json_get_bool(root, "over", &block->is_over);
	return r == 0 ? tw_json_get_bool(root, "final", &block->is_final) : r;
}

static int parse_block(const struct tw_json_node *root, struct tw_block *block)
{
	const struct tw_json_node *daemons = tw_json_member(root, "daemons");
	int r = parse_state(root, block);

	if (r == 0)
		r = parse_head(root, block);
	if (r == 0)
		r = parse_other(root, block);
	for (const struct tw_json_node *peer = tw_json_first(daemons); r == 0 && peer != NULL;
		peer = tw_json_next(daemons, peer))
		r = parse_peer(peer, block);
	return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

int tw_block_record_parse(const char *line, size_t len, struct tw_block **ret_block)
{
	struct tw_json_doc *doc = NULL;
	struct tw_block *block = NULL;
	int r = tw_json_parse(line, len, &limits, &doc);

	if (r > 0)
		return -EINVAL;
	if (r == 0)
		r = tw_block_create_empty(&block);
	if (r == 0)
		r = parse_block(tw_json_root(doc), block);
	tw_json_doc_destroy(doc);
	if (r < 0) {
		tw_block_destroy(block);
		return r;
	}
	*ret_block = block;
	return 0;
}
