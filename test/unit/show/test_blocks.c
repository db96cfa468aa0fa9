/* serve/blocks and show/blocks: the found blocks in the answer, and as a table. */
#include "block/book.h"
#include "fixture/compare.h"
#include "fixture/found_block.h"
#include "serve/blocks.h"
#include "show/blocks.h"
#include "json/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct tw_block_book book;

static const struct tw_json_limits limits = { .bytes = 16 << 20, .nodes = 1 << 20 };

static int begin(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static int end(void **state)
{
	(void)state;
	tw_block_book_finish(&book);
	memset(&book, 0, sizeof(book));
	return 0;
}

static void add(int64_t after_ms, enum tw_block_state state)
{
	struct tw_block *block = found_block(MONERO);

	(void)snprintf(block->id, sizeof(block->id), "%016d", (int)after_ms);
	block->found_ms = FOUND_MS + after_ms;
	block->state = state;
	block->depth = after_ms;
	assert_int_equal(tw_block_book_add(&book, block), 0);
}

/* The answer. To be destroyed. */
static struct tw_json_doc *answer(const struct tw_block_book *of, int64_t since_ms)
{
	struct tw_json_doc *doc = NULL;
	struct tw_buf out;

	tw_buf_init(&out, limits.bytes);
	tw_blocks_write(of, since_ms, &out);
	assert_int_equal(out.error, 0);
	assert_int_equal(tw_json_parse(out.data, out.len, &limits, &doc), TW_JSON_OK);
	tw_buf_finish(&out);
	return doc;
}

static int64_t number(const struct tw_json_node *node, const char *key)
{
	int64_t value = -1;

	assert_int_equal(tw_json_get_int(node, key, 0, INT64_MAX, &value), 0);
	return value;
}

static size_t count_listed(int64_t since_ms)
{
	struct tw_json_doc *doc = answer(&book, since_ms);
	size_t n = tw_json_count(tw_json_member(tw_json_root(doc), "blocks"));

	tw_json_doc_destroy(doc);
	return n;
}

static const char *table(const struct tw_block_book *of, int64_t since_ms)
{
	static char shown[4096];
	struct tw_json_doc *doc = answer(of, since_ms);
	struct tw_buf out;
	const struct tw_text text = { .out = &out, .columns = TW_TEXT_COLUMNS };

	tw_buf_init(&out, sizeof(shown) - 1);
	tw_show_blocks_table(tw_json_root(doc), &text);
	assert_int_equal(out.error, 0);
	(void)snprintf(shown, sizeof(shown), "%s", tw_buf_str(&out));
	tw_buf_finish(&out);
	tw_json_doc_destroy(doc);
	return shown;
}

static void test_counts(void **state)
{
	const struct tw_json_node *root, *counts;
	struct tw_json_doc *doc;

	(void)state;
	add(1, TW_BLOCK_FOUND);
	add(2, TW_BLOCK_BURIED);
	add(3, TW_BLOCK_ORPHANED);
	add(4, TW_BLOCK_ORPHANED);
	add(5, TW_BLOCK_LOST);
	doc = answer(&book, 0);
	root = tw_json_root(doc);
	counts = tw_json_member(root, "counts");
	assert_int_equal(tw_json_count(counts), TW_BLOCK_STATES);
	assert_int_equal(number(counts, "found"), 1);
	assert_int_equal(number(counts, "buried"), 1);
	assert_int_equal(number(counts, "orphaned"), 2);
	assert_int_equal(number(counts, "lost"), 1);
	assert_int_equal(number(counts, "refused"), 0);
	assert_int_equal(number(root, "recent"), 4);
	assert_int_equal(number(root, "recent_lost"), 3);
	/* The newest one comes first. */
	assert_int_equal(number(tw_json_first(tw_json_member(root, "blocks")), "depth"), 5);
	tw_json_doc_destroy(doc);
}

static void test_which_are_listed(void **state)
{
	(void)state;
	assert_int_equal(count_listed(0), 0);
	for (int i = 0; i < TW_BLOCKS_MAX - 1; i++)
		add(i, TW_BLOCK_BURIED);
	assert_int_equal(count_listed(0), TW_BLOCKS_MAX - 1);
	assert_int_equal(count_listed(FOUND_MS + 400), TW_BLOCKS_MAX - 1 - 400);
	assert_int_equal(count_listed(FOUND_MS + TW_BLOCKS_MAX - 2), 1);
	assert_int_equal(count_listed(FOUND_MS + TW_BLOCKS_MAX - 1), 0);
	for (int i = TW_BLOCKS_MAX - 1; i < TW_BLOCKS_MAX + 2; i++)
		add(i, TW_BLOCK_BURIED);
	assert_int_equal(count_listed(0), TW_BLOCKS_MAX);
}

static void test_table(void **state)
{
	struct tw_block *block;

	(void)state;
	assert_string_equal(
		table(NULL, 0), "tipwatchd keeps no found blocks: blocks.dir is not set\n");
	assert_string_equal(table(&book, 0), "no block was found in that time\n");
	add(0, TW_BLOCK_FOUND);
	add(61000, TW_BLOCK_LOST);
	block = book.blocks[1];
	block->blob.heads[0].height = TW_UNKNOWN;
	tw_block_add_peer(block, "alpha")->answer = TW_BLOCK_ANSWER_SILENT;
	tw_block_peer(block, "alpha")->n_sends = 1;
	assert_string_equal(table(&book, FOUND_MS + 1),
		"FOUND                    HEIGHT  FATE      DEPTH      TAKEN\n"
		"2027-01-15 08:01:01           -  lost      61000          -\n"
		"    the chain went on, and no daemon is known to have taken it: alpha (silent)\n"
		"1 of the last 1 blocks whose fate is known were not kept\n");
}

static void test_colours(void **state)
{
	static const struct {
		enum tw_block_state state;
		const char *colour;
	} cases[] = {
		{ TW_BLOCK_FOUND, "33" },
		{ TW_BLOCK_ACCEPTED, "33" },
		{ TW_BLOCK_BURIED, "32" },
		{ TW_BLOCK_ON_MAIN, "32" },
		{ TW_BLOCK_ORPHANED, "31" },
		{ TW_BLOCK_REFUSED, "31" },
		{ TW_BLOCK_STALE, "31" },
		{ TW_BLOCK_LOST, "31" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_json_doc *doc;
		struct tw_buf out;
		const struct tw_text text = {
			.out = &out, .columns = TW_TEXT_COLUMNS, .has_colour = true
		};
		char cell[64];

		add((int64_t)i, cases[i].state);
		doc = answer(&book, FOUND_MS + (int64_t)i);
		tw_buf_init(&out, 4096);
		tw_show_blocks_table(tw_json_root(doc), &text);
		(void)snprintf(cell, sizeof(cell), "\x1b[%sm%s", cases[i].colour,
			tw_block_word(cases[i].state));
		assert_contains(tw_buf_str(&out), cell);
		tw_buf_finish(&out);
		tw_json_doc_destroy(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_counts, end),
		cmocka_unit_test_teardown(test_which_are_listed, end),
		cmocka_unit_test_teardown(test_table, end),
		cmocka_unit_test_teardown(test_colours, end),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
