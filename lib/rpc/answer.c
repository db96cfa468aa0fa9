/* See answer.h. */
#include "rpc/answer.h"
#include "json/json.h"
#include <string.h>

static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 4096 };

/* NULL: this is not JSON. */
static struct tw_json_doc *parse(const char *body, size_t len)
{
	struct tw_json_doc *doc = NULL;

	if (tw_json_parse(body, len, &limits, &doc) != 0)
		return NULL;
	return doc;
}

/* The codes of JSON-RPC and of TurtleCoind 1.x. */
static enum tw_answer read_error(const struct tw_json_node *error)
{
	static const int not_able[] = { -9, -11, -14, -19, -20, -32601, 62 };
	static const int refused[] = { -1, -6, -7, -10, -32600, -32602, -32700, 63, 66 };
	int64_t code;

	if (tw_json_get_int(error, "code", INT32_MIN, INT32_MAX, &code) < 0)
		return TW_ANSWER_UNKNOWN;
	for (size_t i = 0; i < TW_ARRAY_SIZE(not_able); i++) {
		if (code == not_able[i])
			return TW_ANSWER_NOT_ABLE;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(refused); i++) {
		if (code == refused[i])
			return TW_ANSWER_REFUSED;
	}
	return TW_ANSWER_UNKNOWN;
}

static enum tw_answer read_result(int http_status, const struct tw_json_node *result)
{
	const struct tw_json_node *status = tw_json_member(result, "status");
	const char *word = tw_json_str(status);

	if (status == NULL || (word != NULL && strcmp(word, "OK") == 0))
		return http_status / 100 == 2 ? TW_ANSWER_ACCEPTED : TW_ANSWER_UNKNOWN;
	if (word != NULL && (strcmp(word, "BUSY") == 0 || strcmp(word, "PAYMENT REQUIRED") == 0))
		return TW_ANSWER_NOT_ABLE;
	return TW_ANSWER_UNKNOWN;
}

static bool has_words(const char *body, size_t len, const char *words)
{
	return memmem(body, len, words, strlen(words)) != NULL;
}

static bool is_object(const struct tw_json_node *node)
{
	return tw_json_type_of(node) == TW_JSON_MAP || tw_json_type_of(node) == TW_JSON_ARRAY;
}

static enum tw_answer read_submit(
	int http_status, const struct tw_json_node *root, const char *body, size_t len)
{
	const struct tw_json_node *error = tw_json_member(root, "error");
	const struct tw_json_node *result = tw_json_member(root, "result");

	if (is_object(error))
		return read_error(error);
	if (is_object(result))
		return read_result(http_status, result);
	if (http_status == 202 && tw_json_type_of(root) == TW_JSON_TEXT)
		return TW_ANSWER_ACCEPTED;
	if (http_status == 202 && len == 0)
		return TW_ANSWER_DUPLICATE;
	if (has_words(body, len, "Core is busy") || has_words(body, len, "must be synced"))
		return TW_ANSWER_NOT_ABLE;
	if (http_status == 400 && is_object(root))
		return TW_ANSWER_REFUSED;
	if ((http_status >= 300 && http_status <= 499 && http_status != 408) || http_status == 503)
		return TW_ANSWER_NOT_ABLE;
	return TW_ANSWER_UNKNOWN;
}

enum tw_answer tw_answer_submit(int http_status, const char *body, size_t len)
{
	struct tw_json_doc *doc = parse(body, len);
	enum tw_answer outcome =
		read_submit(http_status, doc == NULL ? NULL : tw_json_root(doc), body, len);

	tw_json_doc_destroy(doc);
	return outcome;
}

/* --- headers --- */

static bool is_same_number(const struct tw_json_node *header, const char *key, uint64_t value)
{
	int64_t number;

	return tw_json_get_int(header, key, 0, INT64_MAX, &number) == 0 &&
	       (uint64_t)number == value;
}

static bool is_header_of(const struct tw_json_node *header, const struct tw_blob_header *block)
{
	struct tw_hash prev_hash;

	if (tw_json_get_hash(header, "prev_hash", &prev_hash) < 0 &&
		tw_json_get_hash(header, "prevHash", &prev_hash) < 0)
		return false;
	return tw_hash_equal(&prev_hash, &block->prev_hash) &&
	       is_same_number(header, "timestamp", block->timestamp_s) &&
	       is_same_number(header, "nonce", block->nonce);
}

static const struct tw_json_node *find_header(const struct tw_json_doc *doc)
{
	const struct tw_json_node *root = doc == NULL ? NULL : tw_json_root(doc);
	const struct tw_json_node *header = tw_json_find(root, "result.block_header");

	return header == NULL ? root : header;
}

enum tw_answer_block tw_answer_header(const char *body, size_t len, int64_t height,
	const struct tw_blob_header *heads, size_t n_heads, struct tw_hash *ret_hash)
{
	struct tw_json_doc *doc = parse(body, len);
	const struct tw_json_node *header = find_header(doc);
	enum tw_answer_block block = TW_ANSWER_BLOCK_UNREADABLE;
	struct tw_hash hash;

	if (is_same_number(header, "height", (uint64_t)height) &&
		tw_json_get_hash(header, "hash", &hash) == 0) {
		block = TW_ANSWER_BLOCK_OTHER;
		*ret_hash = hash;
	}
	for (size_t i = 0; i < n_heads && block == TW_ANSWER_BLOCK_OTHER; i++) {
		if (is_header_of(header, &heads[i]))
			block = TW_ANSWER_BLOCK_SAME;
	}
	tw_json_doc_destroy(doc);
	return block;
}

bool tw_answer_has_block(
	const char *reply, size_t len, int64_t height, const char *blob, size_t blob_len)
{
	struct tw_json_doc *doc = parse(reply, len);
	const struct tw_json_node *header = find_header(doc);
	struct tw_blob_header block;
	bool has_block = false;

	for (int i = 0; i < TW_BLOB_LAYOUTS && !has_block; i++)
		has_block = is_same_number(header, "height", (uint64_t)height) &&
			    tw_blob_read(blob, blob_len, (enum tw_blob_layout)i, &block) == 0 &&
			    is_header_of(header, &block);
	tw_json_doc_destroy(doc);
	return has_block;
}
