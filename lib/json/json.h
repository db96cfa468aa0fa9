/*
 * Reading JSON that others wrote, on yajl's streaming parser: a text becomes a flat array of nodes,
 * bounded in depth, nodes and keys, without recursion. Strict: UTF-8 only, no comments, nothing
 * after the value, no key twice in one map, no NUL in a string. Numbers stay text until a getter
 * checks and converts them.
 *
 * Texts of daemons and of what stands in front of them may also be read leniently, where the
 * meaning is clear all the same: after a byte order mark; with bytes that are not UTF-8, each of
 * which is read as '?'; with a key twice, which counts if both values are the same; with a whole
 * number as "300" or 300.0.
 */
#ifndef TW_JSON_JSON_H
#define TW_JSON_JSON_H

#include "base/hash.h"

enum {
	TW_JSON_DEPTH_MAX = 16,
	TW_JSON_KEYS_MAX = 2048, /* in one map */
};

enum tw_json_type {
	TW_JSON_ABSENT, /* of a NULL node */
	TW_JSON_NULL,
	TW_JSON_BOOL,
	TW_JSON_NUMBER,
	TW_JSON_TEXT,
	TW_JSON_ARRAY,
	TW_JSON_MAP,
};

enum tw_json_outcome {
	TW_JSON_OK,
	TW_JSON_MALFORMED,
	TW_JSON_TRUNCATED, /* also an empty text */
	TW_JSON_TOO_DEEP,
	TW_JSON_TOO_LARGE, /* bytes, nodes or keys */
	TW_JSON_DUPLICATE_KEY,
	TW_JSON_HAS_NUL,
};

/* Most that a text may be; the caller knows what is reasonable. */
struct tw_json_limits {
	size_t bytes;
	uint32_t nodes; /* values of every kind, containers included */
	bool is_lenient;
};

struct tw_json_doc;
/* A value inside a document: borrowed, valid until the document is destroyed. Every function below
 * takes NULL for a node that is absent, so that look-ups chain. */
struct tw_json_node;

/*
 * Parses len bytes of text. Returns 0 (TW_JSON_OK) with a new document (destroy it), another
 * tw_json_outcome, or -ENOMEM.
 */
int tw_json_parse(const char *text, size_t len, const struct tw_json_limits *limits,
	struct tw_json_doc **ret_doc);
void tw_json_doc_destroy(struct tw_json_doc *doc);
/* What is wrong with the text, to follow "it " ("is not JSON", "is cut off", …). Static. */
const char *tw_json_problem(enum tw_json_outcome outcome);

const struct tw_json_node *tw_json_root(const struct tw_json_doc *doc);
enum tw_json_type tw_json_type_of(const struct tw_json_node *node);
/* "null", "a number", … for messages. Static. */
const char *tw_json_type_name(enum tw_json_type type);

/* Number of children; 0 for what has none. */
uint32_t tw_json_count(const struct tw_json_node *node);
/* for (c = tw_json_first(node); c != NULL; c = tw_json_next(node, c)) */
const struct tw_json_node *tw_json_first(const struct tw_json_node *node);
const struct tw_json_node *tw_json_next(
	const struct tw_json_node *parent, const struct tw_json_node *child);
/* The key of a child of a map, decoded; NULL for other nodes. */
const char *tw_json_key_of(const struct tw_json_node *node);
/* The child of a map with exactly this key, or NULL. */
const struct tw_json_node *tw_json_member(const struct tw_json_node *node, const char *key);
/* The descendant by keys joined with dots ("result.block_header"), "" is the node itself; or NULL.
 */
const struct tw_json_node *tw_json_find(const struct tw_json_node *node, const char *path);
/* The decoded string of a text, NULL for anything else. It has no NUL inside. A key that is there
 * twice has no string unless both are the same. */
const char *tw_json_str(const struct tw_json_node *node);
size_t tw_json_str_len(const struct tw_json_node *node);

/*
 * Typed getters by path as in tw_json_find(). All return 0, -ENOENT (absent or null), -EINVAL
 * (another type, or not such a number), -ERANGE, or -ENOTUNIQ (there twice, with different values).
 */
int tw_json_get_int(const struct tw_json_node *node, const char *path, int64_t min, int64_t max,
	int64_t *ret_value);
/* Milliseconds with up to three decimals, as microseconds. */
int tw_json_get_ms(const struct tw_json_node *node, const char *path, int64_t *ret_us);
int tw_json_get_bool(const struct tw_json_node *node, const char *path, bool *ret_value);
int tw_json_get_hash(const struct tw_json_node *node, const char *path, struct tw_hash *ret_hash);
/* Copies a text with its NUL into size bytes; -ERANGE when it does not fit (nothing is cut off). */
int tw_json_get_text(
	const struct tw_json_node *node, const char *path, size_t size, char *ret_text);

#endif
