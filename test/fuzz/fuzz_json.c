/* json/json on any text: it is refused, or becomes a consistent tree that json/emit can write. */
#include "fuzz.h"
#include "json/emit.h"
#include "json/json.h"

static const struct tw_json_limits limits = { .bytes = TW_FUZZ_INPUT_MAX, .nodes = 512 };
static const struct tw_json_limits lenient = {
	.bytes = TW_FUZZ_INPUT_MAX,
	.nodes = 512,
	.is_lenient = true,
};

/* Tries every getter on a node, and that a text is a C string. */
static void get_all(const struct tw_json_node *node, bool is_lenient)
{
	enum tw_json_type type = tw_json_type_of(node);
	char text[16];
	struct tw_hash hash;
	int64_t value;
	bool is_true;
	int r;

	FUZZ_CHECK(type != TW_JSON_ABSENT);
	r = tw_json_get_int(node, "", -1000, 1000, &value);
	FUZZ_CHECK(
		r < 0 || (value >= -1000 && value <= 1000 &&
				 (type == TW_JSON_NUMBER || (is_lenient && type == TW_JSON_TEXT))));
	r = tw_json_get_ms(node, "", &value);
	FUZZ_CHECK(r < 0 || (type == TW_JSON_NUMBER && value >= 0));
	r = tw_json_get_bool(node, "", &is_true);
	FUZZ_CHECK(r == 0 ? type == TW_JSON_BOOL : type != TW_JSON_BOOL || is_lenient);
	r = tw_json_get_hash(node, "", &hash);
	FUZZ_CHECK(r < 0 || tw_json_str_len(node) == TW_HASH_HEX);
	r = tw_json_get_text(node, "", sizeof(text), text);
	FUZZ_CHECK(r < 0 || strlen(text) < sizeof(text));
	if (type == TW_JSON_TEXT && (!is_lenient || tw_json_str(node) != NULL))
		FUZZ_CHECK(strlen(tw_json_str(node)) == tw_json_str_len(node));
	else
		FUZZ_CHECK(tw_json_str(node) == NULL && tw_json_str_len(node) == 0);
	if (type != TW_JSON_ARRAY && type != TW_JSON_MAP)
		FUZZ_CHECK(tw_json_count(node) == 0 && tw_json_first(node) == NULL);
	(void)tw_json_find(node, "a.b");
}

/* Visits all nodes; returns how many. Depth is bounded by the parser. */
static uint32_t visit(const struct tw_json_node *node, int depth, bool is_lenient)
{
	uint32_t n = 1, children = 0;

	FUZZ_CHECK(depth <= TW_JSON_DEPTH_MAX);
	get_all(node, is_lenient);
	for (const struct tw_json_node *c = tw_json_first(node); c != NULL;
		c = tw_json_next(node, c)) {
		const char *key = tw_json_key_of(c);

		FUZZ_CHECK((key != NULL) == (tw_json_type_of(node) == TW_JSON_MAP));
		/* The first member of a name is the only one. */
		if (key != NULL && !is_lenient)
			FUZZ_CHECK(tw_json_member(node, key) == c);
		n += visit(c, depth + 1, is_lenient);
		children++;
	}
	FUZZ_CHECK(children == tw_json_count(node));
	return n;
}

static void write_text(const char *text, struct tw_buf *out)
{
	struct tw_emit *json;

	tw_buf_init(out, 1 << 20);
	json = tw_emit_create(out);
	tw_emit_text(json, text);
	tw_emit_destroy(json);
	FUZZ_CHECK(out->error == 0);
}

/* What the writer makes of any text is one JSON string, which written again comes out the same. */
static void write_back(const char *text)
{
	const struct tw_json_limits wide = { .bytes = SIZE_MAX, .nodes = 1 };
	struct tw_json_doc *doc = NULL;
	struct tw_buf once, twice;

	write_text(text, &once);
	FUZZ_CHECK(tw_json_parse(once.data, once.len, &wide, &doc) == TW_JSON_OK);
	FUZZ_CHECK(tw_json_type_of(tw_json_root(doc)) == TW_JSON_TEXT);
	write_text(tw_json_str(tw_json_root(doc)), &twice);
	FUZZ_CHECK(strcmp(once.data, twice.data) == 0);
	tw_json_doc_destroy(doc);
	tw_buf_finish(&once);
	tw_buf_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tw_json_doc *doc = NULL;
	char text[256];
	size_t len = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	int r = tw_json_parse((const char *)data, size, &limits, &doc);

	FUZZ_CHECK(r >= TW_JSON_OK && r <= TW_JSON_HAS_NUL);
	FUZZ_CHECK((r == TW_JSON_OK) == (doc != NULL));
	if (doc != NULL) {
		FUZZ_CHECK(visit(tw_json_root(doc), 0, false) <= limits.nodes);
		tw_json_doc_destroy(doc);
	}
	/* What is read strictly is read leniently as well. */
	doc = NULL;
	FUZZ_CHECK(tw_json_parse((const char *)data, size, &lenient, &doc) == TW_JSON_OK ||
		   r != TW_JSON_OK);
	if (doc != NULL) {
		FUZZ_CHECK(visit(tw_json_root(doc), 0, true) <= limits.nodes);
		tw_json_doc_destroy(doc);
	}
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	write_back(text);
	return 0;
}

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	static const char *const seeds[] = {
		"{\"result\":{\"block_header\":{\"height\":12,\"hash\":\"00\",\"orphan\":false}}}",
		"{\"error\":{\"code\":-9,\"message\":\"Core is busy\"},\"id\":null}",
		"{\"a\":{\"b\":[1,-2.5,3e7,{},[],null,true]},\"\\u0061b\":\"\\ud83d\\udc22\\n\"}",
		"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
		"{\"a\":1,\"b\":{\"a\":2},\"c\":3,\"d\":4,\"e\":5,\"f\":6}",
		" \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" ",
		"12345.678",
		"\xef\xbb\xbf{\"height\":\"300\",\"height\":\"300\",\"n\":300.0,\"t\":\"\xe9\"}",
	};

	if (i >= TW_ARRAY_SIZE(seeds))
		return 0;
	memcpy(ret_data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
