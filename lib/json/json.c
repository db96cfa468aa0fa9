/* See json.h. */
#include "json/json.h"
#include "base/num.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/*
 * Nodes lie in the order of the text, a container before its children. span counts the node and
 * everything inside it, so the next sibling of node is node + node->span.
 */
struct tw_json_node {
	enum tw_json_type type;
	uint32_t span;
	uint32_t n_children;
	uint32_t len;     /* of text */
	const char *key;  /* in doc->text; NULL outside maps */
	const char *text; /* in doc->text: decoded string, or number as written; else NULL */
	bool is_true;
	bool is_lenient;   /* its text is read leniently */
	bool is_ambiguous; /* its key is there twice, with different values */
};

struct tw_json_doc {
	struct tw_json_node *nodes;
	uint32_t n_nodes;
	char *text; /* all keys, strings and numbers, each with a NUL */
};

struct parser {
	struct tw_json_node *nodes;
	uint32_t n_nodes;
	uint32_t size;
	uint32_t limit;
	char *text; /* never moves: nodes point into it */
	size_t text_len;
	size_t text_size;
	const char *key; /* of the value to come */
	bool is_lenient;
	bool has_doubles; /* a key is twice in its map */
	uint32_t open[TW_JSON_DEPTH_MAX];
	uint32_t depth;
	int error; /* why a callback stopped the parser: a tw_json_outcome or -ENOMEM */
};

/* What a yajl callback returns. */
enum { STOP = 0, GO_ON = 1 };

static int stop(struct parser *parser, int error)
{
	parser->error = error;
	return STOP;
}

/* Replaces what is not UTF-8. */
static void clean(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = tw_utf8_len((const unsigned char *)text + i, len - i);

		if (n == 0)
			text[i] = '?';
		i += n == 0 ? 1 : n;
	}
}

/* Keeps a copy with a NUL. NULL: the parser was stopped. */
static const char *keep(struct parser *parser, const char *text, size_t len)
{
	char *copy = parser->text + parser->text_len;

	if (memchr(text, '\0', len) != NULL) {
		parser->error = TW_JSON_HAS_NUL;
		return NULL;
	}
	/* yajl never decodes to more bytes than it has read, so this does not happen. */
	if (len >= parser->text_size - parser->text_len) {
		parser->error = TW_JSON_TOO_LARGE;
		return NULL;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (parser->is_lenient)
		clean(copy, len);
	parser->text_len += len + 1;
	return copy;
}

static int add(struct parser *parser, enum tw_json_type type, const char *text, size_t len)
{
	struct tw_json_node *node;

	if (parser->n_nodes == parser->limit)
		return stop(parser, TW_JSON_TOO_LARGE);
	if (parser->n_nodes == parser->size) {
		uint32_t size = parser->size < 32 ? 64 : parser->size * 2;

		node = reallocarray(parser->nodes, size, sizeof(*node));
		if (node == NULL)
			return stop(parser, -ENOMEM);
		parser->nodes = node;
		parser->size = size;
	}
	node = &parser->nodes[parser->n_nodes++];
	*node = (struct tw_json_node){
		.type = type,
		.span = 1,
		.key = parser->key,
		.is_lenient = parser->is_lenient,
	};
	parser->key = NULL;
	if (parser->depth > 0)
		parser->nodes[parser->open[parser->depth - 1]].n_children++;
	if (text != NULL) {
		node->text = keep(parser, text, len);
		if (node->text == NULL)
			return STOP;
		node->len = (uint32_t)len;
	}
	return GO_ON;
}

static int on_null(void *ctx)
{
	return add(ctx, TW_JSON_NULL, NULL, 0);
}

static int on_bool(void *ctx, int value)
{
	struct parser *parser = ctx;

	if (add(parser, TW_JSON_BOOL, NULL, 0) == STOP)
		return STOP;
	parser->nodes[parser->n_nodes - 1].is_true = value != 0;
	return GO_ON;
}

static int on_number(void *ctx, const char *text, size_t len)
{
	return add(ctx, TW_JSON_NUMBER, text, len);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	return add(ctx, TW_JSON_TEXT, (const char *)text, len);
}

static int open_container(struct parser *parser, enum tw_json_type type)
{
	if (parser->depth == TW_JSON_DEPTH_MAX)
		return stop(parser, TW_JSON_TOO_DEEP);
	if (add(parser, type, NULL, 0) == STOP)
		return STOP;
	parser->open[parser->depth++] = parser->n_nodes - 1;
	return GO_ON;
}

static int on_open_map(void *ctx)
{
	return open_container(ctx, TW_JSON_MAP);
}

static int on_open_array(void *ctx)
{
	return open_container(ctx, TW_JSON_ARRAY);
}

static int on_close(void *ctx)
{
	struct parser *parser = ctx;
	uint32_t i = parser->open[--parser->depth];

	parser->nodes[i].span = parser->n_nodes - i;
	return GO_ON;
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct parser *parser = ctx;
	uint32_t i = parser->open[parser->depth - 1];
	uint32_t n = parser->nodes[i].n_children;

	if (n == TW_JSON_KEYS_MAX)
		return stop(parser, TW_JSON_TOO_LARGE);
	parser->key = keep(parser, (const char *)text, len);
	if (parser->key == NULL)
		return STOP;
	for (i++; n > 0; n--) {
		if (strcmp(parser->nodes[i].key, parser->key) == 0) {
			if (!parser->is_lenient)
				return stop(parser, TW_JSON_DUPLICATE_KEY);
			parser->has_doubles = true;
		}
		i += parser->nodes[i].span;
	}
	return GO_ON;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether two values are the same, as they are written. */
static bool is_same(const struct tw_json_node *a, const struct tw_json_node *b)
{
	if (a->span != b->span)
		return false;
	for (uint32_t i = 0; i < a->span; i++) {
		if (a[i].type != b[i].type || a[i].span != b[i].span ||
			a[i].is_true != b[i].is_true || !is_same_text(a[i].text, b[i].text) ||
			(i > 0 && !is_same_text(a[i].key, b[i].key)))
			return false;
	}
	return true;
}

/* Marks the values whose key is in the map a second time, with another value. */
static void mark_doubles(struct tw_json_node *map)
{
	uint32_t i = 1;

	for (uint32_t n = map->n_children; n > 0; n--) {
		uint32_t j = i + map[i].span;

		for (uint32_t k = n - 1; k > 0; k--) {
			if (strcmp(map[i].key, map[j].key) == 0 && !is_same(&map[i], &map[j]))
				map[i].is_ambiguous = true;
			j += map[j].span;
		}
		i += map[i].span;
	}
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close,
};

static int run(struct parser *parser, const char *text, size_t len)
{
	yajl_handle yajl = yajl_alloc(&callbacks, NULL, parser);
	int outcome = TW_JSON_OK;
	yajl_status status;
	bool has_value;

	if (yajl == NULL)
		return -ENOMEM;
	if (parser->is_lenient)
		yajl_config(yajl, yajl_dont_validate_strings, 1);
	status = yajl_parse(yajl, (const unsigned char *)text, len);
	has_value = parser->n_nodes > 0 && parser->depth == 0;
	if (status != yajl_status_ok)
		outcome = TW_JSON_MALFORMED;
	/* Only this call reports a number at the end of the text and notices that the text is cut
	 * off. */
	else if (yajl_complete_parse(yajl) == yajl_status_error)
		outcome = has_value ? TW_JSON_MALFORMED : TW_JSON_TRUNCATED;
	yajl_free(yajl);
	return parser->error != 0 ? parser->error : outcome;
}

int tw_json_parse(const char *text, size_t len, const struct tw_json_limits *limits,
	struct tw_json_doc **ret_doc)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct parser parser = { .limit = limits->nodes, .is_lenient = limits->is_lenient };
	size_t mark_len = strlen(byte_order_mark);
	struct tw_json_doc *doc;
	int r;

	if (len > limits->bytes || len > UINT32_MAX / 2)
		return TW_JSON_TOO_LARGE;
	if (limits->is_lenient && len >= mark_len && memcmp(text, byte_order_mark, mark_len) == 0) {
		text += mark_len;
		len -= mark_len;
	}
	/* A decoded string is never longer than its text with the quotes; a number alone needs its
	 * NUL. */
	parser.text_size = len + 2;
	parser.text = malloc(parser.text_size);
	doc = malloc(sizeof(*doc));
	r = parser.text == NULL || doc == NULL ? -ENOMEM : run(&parser, text, len);
	if (r != 0) {
		free(parser.nodes);
		free(parser.text);
		free(doc);
		return r;
	}
	for (uint32_t i = 0; parser.has_doubles && i < parser.n_nodes; i++) {
		if (parser.nodes[i].type == TW_JSON_MAP)
			mark_doubles(&parser.nodes[i]);
	}
	*doc = (struct tw_json_doc){ parser.nodes, parser.n_nodes, parser.text };
	*ret_doc = doc;
	return TW_JSON_OK;
}

void tw_json_doc_destroy(struct tw_json_doc *doc)
{
	if (doc == NULL)
		return;
	free(doc->nodes);
	free(doc->text);
	free(doc);
}

const char *tw_json_problem(enum tw_json_outcome outcome)
{
	switch (outcome) {
	case TW_JSON_OK:
		return "is JSON";
	case TW_JSON_MALFORMED:
		return "is not JSON";
	case TW_JSON_TRUNCATED:
		return "is cut off";
	case TW_JSON_TOO_DEEP:
		return "is JSON nested too deeply";
	case TW_JSON_TOO_LARGE:
		return "is too large a piece of JSON";
	case TW_JSON_DUPLICATE_KEY:
		return "is JSON with the same key twice";
	case TW_JSON_HAS_NUL:
		return "is JSON with a NUL in a string";
	}
	return "is not JSON";
}

const char *tw_json_type_name(enum tw_json_type type)
{
	switch (type) {
	case TW_JSON_ABSENT:
		return "missing";
	case TW_JSON_NULL:
		return "null";
	case TW_JSON_BOOL:
		return "true or false";
	case TW_JSON_NUMBER:
		return "a number";
	case TW_JSON_TEXT:
		return "a string";
	case TW_JSON_ARRAY:
		return "an array";
	case TW_JSON_MAP:
		return "an object";
	}
	return "missing";
}

const struct tw_json_node *tw_json_root(const struct tw_json_doc *doc)
{
	return doc->nodes;
}

enum tw_json_type tw_json_type_of(const struct tw_json_node *node)
{
	return node == NULL ? TW_JSON_ABSENT : node->type;
}

uint32_t tw_json_count(const struct tw_json_node *node)
{
	return node == NULL ? 0 : node->n_children;
}

const struct tw_json_node *tw_json_first(const struct tw_json_node *node)
{
	return tw_json_count(node) == 0 ? NULL : node + 1;
}

const struct tw_json_node *tw_json_next(
	const struct tw_json_node *parent, const struct tw_json_node *child)
{
	const struct tw_json_node *next = child + child->span;

	return next == parent + parent->span ? NULL : next;
}

const char *tw_json_key_of(const struct tw_json_node *node)
{
	return node == NULL ? NULL : node->key;
}

/* The member whose key is the len bytes of key. */
static const struct tw_json_node *member(
	const struct tw_json_node *node, const char *key, size_t len)
{
	if (tw_json_type_of(node) != TW_JSON_MAP)
		return NULL;
	for (const struct tw_json_node *c = tw_json_first(node); c != NULL;
		c = tw_json_next(node, c)) {
		if (strncmp(c->key, key, len) == 0 && c->key[len] == '\0')
			return c;
	}
	return NULL;
}

const struct tw_json_node *tw_json_member(const struct tw_json_node *node, const char *key)
{
	return member(node, key, strlen(key));
}

const struct tw_json_node *tw_json_find(const struct tw_json_node *node, const char *path)
{
	while (node != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		node = member(node, path, len);
		path += len;
		if (*path == '.')
			path++;
	}
	return node;
}

const char *tw_json_str(const struct tw_json_node *node)
{
	return tw_json_type_of(node) == TW_JSON_TEXT && !node->is_ambiguous ? node->text : NULL;
}

size_t tw_json_str_len(const struct tw_json_node *node)
{
	return tw_json_str(node) == NULL ? 0 : node->len;
}

/* The node at path, which must be of this type. */
static int expect(const struct tw_json_node *node, const char *path, enum tw_json_type type,
	const struct tw_json_node **ret_node)
{
	const struct tw_json_node *found = tw_json_find(node, path);

	if (found == NULL)
		return -ENOENT;
	if (found->is_ambiguous)
		return -ENOTUNIQ;
	if (found->type == TW_JSON_NULL)
		return -ENOENT;
	if (found->type != type)
		return -EINVAL;
	*ret_node = found;
	return 0;
}

/* How much of a number is to be read: not the fraction of 300.0, in a text that is read leniently.
 */
static size_t whole_len(const struct tw_json_node *node)
{
	size_t len = node->len;

	if (!node->is_lenient || node->type != TW_JSON_NUMBER ||
		memchr(node->text, '.', len) == NULL)
		return len;
	while (len > 0 && node->text[len - 1] == '0')
		len--;
	return len > 0 && node->text[len - 1] == '.' ? len - 1 : node->len;
}

int tw_json_get_int(const struct tw_json_node *node, const char *path, int64_t min, int64_t max,
	int64_t *ret_value)
{
	const struct tw_json_node *found = tw_json_find(node, path);
	bool is_quoted = tw_json_str(found) != NULL && found->is_lenient;
	int r = expect(node, path, is_quoted ? TW_JSON_TEXT : TW_JSON_NUMBER, &found);

	return r < 0 ? r : tw_num_parse(found->text, whole_len(found), min, max, ret_value);
}

int tw_json_get_ms(const struct tw_json_node *node, const char *path, int64_t *ret_us)
{
	int r = expect(node, path, TW_JSON_NUMBER, &node);

	return r < 0 ? r : tw_num_parse_ms(node->text, node->len, ret_us);
}

int tw_json_get_bool(const struct tw_json_node *node, const char *path, bool *ret_value)
{
	int r = expect(node, path, TW_JSON_BOOL, &node);

	if (r < 0)
		return r;
	*ret_value = node->is_true;
	return 0;
}

int tw_json_get_hash(const struct tw_json_node *node, const char *path, struct tw_hash *ret_hash)
{
	int r = expect(node, path, TW_JSON_TEXT, &node);

	return r < 0 ? r : tw_hash_parse(node->text, node->len, ret_hash);
}

int tw_json_get_text(const struct tw_json_node *node, const char *path, size_t size, char *ret_text)
{
	int r = expect(node, path, TW_JSON_TEXT, &node);

	if (r < 0)
		return r;
	if (node->len >= size)
		return -ERANGE;
	memcpy(ret_text, node->text, node->len + 1);
	return 0;
}
