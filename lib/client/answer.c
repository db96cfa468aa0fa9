/*
 * What a daemon's replies say about a block: whether it took it, by the rule and the table of
 * test/data/submit-answers.json, and whether it has it already.
 */
#include "client/tipwatch.h"
#include "rpc/blob.h"
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
static enum tipwatch_outcome read_error(const struct tw_json_node *error)
{
	static const int not_able[] = { -9, -11, -14, -19, -20, -32601, 62 };
	static const int refused[] = { -1, -6, -7, -10, -32600, -32602, -32700, 63, 66 };
	int64_t code;

	if (tw_json_get_int(error, "code", INT32_MIN, INT32_MAX, &code) < 0)
		return TIPWATCH_UNKNOWN;
	for (size_t i = 0; i < TW_ARRAY_SIZE(not_able); i++) {
		if (code == not_able[i])
			return TIPWATCH_NOT_ABLE;
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(refused); i++) {
		if (code == refused[i])
			return TIPWATCH_REFUSED;
	}
	return TIPWATCH_UNKNOWN;
}

static enum tipwatch_outcome read_result(int http_status, const struct tw_json_node *result)
{
	const struct tw_json_node *status = tw_json_member(result, "status");
	const char *word = tw_json_str(status);

	if (status == NULL || (word != NULL && strcmp(word, "OK") == 0))
		return http_status / 100 == 2 ? TIPWATCH_ACCEPTED : TIPWATCH_UNKNOWN;
	if (word != NULL && (strcmp(word, "BUSY") == 0 || strcmp(word, "PAYMENT REQUIRED") == 0))
		return TIPWATCH_NOT_ABLE;
	return TIPWATCH_UNKNOWN;
}

static bool has_words(const char *body, size_t len, const char *words)
{
	return memmem(body, len, words, strlen(words)) != NULL;
}

static bool is_object(const struct tw_json_node *node)
{
	return tw_json_type_of(node) == TW_JSON_MAP || tw_json_type_of(node) == TW_JSON_ARRAY;
}

static enum tipwatch_outcome read_submit(
	int http_status, const struct tw_json_node *root, const char *body, size_t len)
{
	const struct tw_json_node *error = tw_json_member(root, "error");
	const struct tw_json_node *result = tw_json_member(root, "result");

	if (is_object(error))
		return read_error(error);
	if (is_object(result))
		return read_result(http_status, result);
	if (http_status == 202 && tw_json_type_of(root) == TW_JSON_TEXT)
		return TIPWATCH_ACCEPTED;
	if (http_status == 202 && len == 0)
		return TIPWATCH_DUPLICATE;
	if (has_words(body, len, "Core is busy") || has_words(body, len, "must be synced"))
		return TIPWATCH_NOT_ABLE;
	if (http_status == 400 && is_object(root))
		return TIPWATCH_REFUSED;
	if ((http_status >= 300 && http_status <= 499 && http_status != 408) || http_status == 503)
		return TIPWATCH_NOT_ABLE;
	return TIPWATCH_UNKNOWN;
}

enum tipwatch_outcome tipwatch_answer_outcome(int http_status, const char *body, size_t len)
{
	struct tw_json_doc *doc = parse(body, len);
	enum tipwatch_outcome outcome =
		read_submit(http_status, doc == NULL ? NULL : tw_json_root(doc), body, len);

	tw_json_doc_destroy(doc);
	return outcome;
}

/* --- has it already --- */

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

bool tipwatch_answer_has_block(
	const char *reply, size_t len, int64_t height, const char *blob, size_t blob_len)
{
	struct tw_json_doc *doc = parse(reply, len);
	const struct tw_json_node *root = doc == NULL ? NULL : tw_json_root(doc), *header;
	struct tw_blob_header block;
	bool has_block = false;

	header = tw_json_find(root, "result.block_header");
	if (header == NULL)
		header = root;
	for (int i = 0; i < TW_BLOB_LAYOUTS && !has_block; i++)
		has_block = is_same_number(header, "height", (uint64_t)height) &&
			    tw_blob_read(blob, blob_len, (enum tw_blob_layout)i, &block) == 0 &&
			    is_header_of(header, &block);
	tw_json_doc_destroy(doc);
	return has_block;
}
