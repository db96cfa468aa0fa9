/* block/blob, record, book: how a found block is read, written to a line and back, and kept. */
#include "block/blob.h"
#include "block/book.h"
#include "block/record.h"
#include "block/turn.h"
#include "fixture/found_block.h"
#include <errno.h>
#include <stdio.h>

static void send(
	struct tw_block *block, const char *name, enum tw_block_answer answer, int64_t after_ms)
{
	struct tw_block_peer *peer = tw_block_add_peer(block, name);

	assert_non_null(peer);
	tw_block_turn_sent(peer, TW_REASON_OK, FOUND_MS);
	tw_block_turn_answered(peer, answer, FOUND_MS + after_ms);
}

/* --- reading blobs --- */

static void test_heights(void **state)
{
	static const char *const texts[] = { TURTLE, MONERO, ZANO, TURTLE "\n" };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		struct tw_block *block = found_block(texts[i]);
		struct tw_hash parent;

		assert_int_equal(tw_hash_parse(PARENT, TW_HASH_HEX, &parent), 0);
		assert_int_equal(tw_block_height(block), FOUND_HEIGHT);
		assert_true(tw_hash_equal(&block->blob.heads[0].header.prev_hash, &parent));
		assert_int_equal(block->blob.heads[0].header.nonce, 0x04030201);
		tw_block_destroy(block);
	}
}

static void test_binary_and_hex_are_the_same_block(void **state)
{
	struct tw_block *a = found_block(MONERO), *b;
	char bytes[sizeof(MONERO) / 2];
	struct tw_block_blob blob;
	struct tw_buf hex;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(tw_hash_hex_digit(MONERO[2 * i]) << 4 |
				  tw_hash_hex_digit(MONERO[2 * i + 1]));
	tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
	assert_int_equal(tw_block_blob_read(bytes, sizeof(bytes), &hex, &blob), 0);
	assert_string_equal(tw_buf_str(&hex), MONERO);
	assert_int_equal(tw_block_create(hex.data, hex.len, &blob, FOUND_MS, &b), 0);
	assert_string_equal(a->id, b->id);
	tw_buf_finish(&hex);
	tw_block_destroy(a);
	tw_block_destroy(b);
}

static void test_no_blocks(void **state)
{
	static const char *const texts[] = { "", "\n", "00", "hello, world", "0300", PARENT "0" };
	struct tw_block_blob blob;
	struct tw_buf hex;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
		if (tw_block_blob_read(texts[i], strlen(texts[i]), &hex, &blob) != -EINVAL)
			fail_msg("%s", texts[i]);
		tw_buf_finish(&hex);
	}
	tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
	assert_int_equal(
		tw_block_blob_read(TURTLE, (size_t)TW_BLOCK_BLOB_MAX + 1, &hex, &blob), -EMSGSIZE);
	tw_buf_finish(&hex);
}

/* --- records --- */

static void test_record_and_back(void **state)
{
	struct tw_buf first, second;
	struct tw_block *block = found_block(MONERO), *again;

	(void)state;
	send(block, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 12);
	tw_block_peer(block, "alpha")->reason = TW_REASON_LAGGING;
	tw_block_peer(block, "alpha")->seen_ms = FOUND_MS + 30;
	send(block, "beta", TW_BLOCK_ANSWER_REFUSED, 700);
	tw_block_peer(block, "beta")->other_ms = FOUND_MS + 40;
	block->state = TW_BLOCK_ORPHANED;
	block->state_ms = FOUND_MS + 5000;
	block->has_hash = block->has_other = block->is_over = true;
	block->hash.bytes[0] = 7;
	block->other.bytes[0] = 20;
	block->other_ms = FOUND_MS + 40;
	(void)snprintf(block->other_node, sizeof(block->other_node), "beta");
	tw_buf_init(&first, TW_BLOCK_RECORD_MAX);
	tw_buf_init(&second, TW_BLOCK_RECORD_MAX);
	tw_block_record_format(block, &first);
	assert_int_equal(first.error, 0);
	assert_int_equal(tw_block_record_parse(first.data, first.len, &again), 0);
	tw_block_record_format(again, &second);
	assert_string_equal(tw_buf_str(&first), tw_buf_str(&second));
	tw_block_destroy(again);
	/* Whatever is cut off is no record. */
	for (size_t len = 0; len < first.len; len++)
		assert_int_equal(tw_block_record_parse(first.data, len, &again), -EINVAL);
	tw_buf_finish(&first);
	tw_buf_finish(&second);
	tw_block_destroy(block);
}

/* While it is not known which way to read it, its height is not either. */
static void test_record_without_a_height(void **state)
{
	struct tw_block *block = found_block(MONERO), *again;
	struct tw_buf line;

	(void)state;
	block->blob.heads[0].height = TW_UNKNOWN;
	tw_buf_init(&line, TW_BLOCK_RECORD_MAX);
	tw_block_record_format(block, &line);
	assert_int_equal(tw_block_record_parse(line.data, line.len, &again), 0);
	assert_int_equal(tw_block_height(again), TW_UNKNOWN);
	tw_buf_finish(&line);
	tw_block_destroy(block);
	tw_block_destroy(again);
}

/* Without any of these members a line is no record. */
static void test_record_without_a_member(void **state)
{
	static const char *const members[] = { "\"id\":", "\"found_ms\":", "\"height\":",
		"\"state\":", "\"state_ms\":", "\"depth\":", "\"main\":", "\"prev_hash\":",
		"\"timestamp\":", "\"nonce\":", "\"settled\":", "\"over\":", "\"final\":",
		"\"name\":", "\"answer\":", "\"by_writer\":", "\"sends\":", "\"sent_ms\":",
		"\"answered_ms\":" };
	struct tw_block *block = found_block(MONERO), *again;
	struct tw_buf line;

	(void)state;
	send(block, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 12);
	tw_buf_init(&line, TW_BLOCK_RECORD_MAX);
	tw_block_record_format(block, &line);
	assert_int_equal(line.error, 0);
	for (size_t i = 0; i < TW_ARRAY_SIZE(members); i++) {
		char *member = strstr(line.data, members[i]);

		assert_non_null(member);
		member[1] = '_';
		if (tw_block_record_parse(line.data, line.len, &again) != -EINVAL)
			fail_msg("%s", line.data);
		member[1] = members[i][1];
	}
	assert_int_equal(tw_block_record_parse(line.data, line.len, &again), 0);
	tw_block_destroy(again);
	tw_buf_finish(&line);
	tw_block_destroy(block);
}

/* A line of the journal has room for a block with as many daemons as there may be. */
static void test_largest_record(void **state)
{
	static const char more[] = ",{\"name\":\"one-more\",\"answer\":\"none\"}]}";
	struct tw_block *block = found_block(MONERO), *again;
	struct tw_buf line;

	(void)state;
	for (int i = 0; i <= TW_BLOCK_PEERS_MAX; i++) {
		char name[TW_NAME_MAX + 1];
		struct tw_block_peer *peer;

		(void)snprintf(name, sizeof(name), "%063d", i);
		peer = tw_block_add_peer(block, name);
		assert_int_equal(peer == NULL, i == TW_BLOCK_PEERS_MAX);
		if (peer == NULL)
			break;
		tw_block_turn_sent(peer, TW_REASON_STALE_TEMPLATE, INT64_MAX / 4);
		peer->answer = TW_BLOCK_ANSWER_DUPLICATE;
		peer->answered_ms = peer->seen_ms = peer->other_ms = INT64_MAX / 4;
	}
	tw_buf_init(&line, TW_BLOCK_RECORD_MAX);
	tw_block_record_format(block, &line);
	assert_int_equal(line.error, 0);
	assert_int_equal(tw_block_record_parse(line.data, line.len, &again), 0);
	assert_int_equal(again->n_peers, TW_BLOCK_PEERS_MAX);
	tw_block_destroy(again);
	/* Of a version with room for more of them, the first ones are kept. */
	line.len -= strlen("]}");
	tw_buf_puts(&line, more);
	assert_int_equal(tw_block_record_parse(line.data, line.len, &again), 0);
	assert_int_equal(again->n_peers, TW_BLOCK_PEERS_MAX);
	tw_block_destroy(again);
	tw_buf_finish(&line);
	tw_block_destroy(block);
}

static struct tw_block *make_number(int i, enum tw_block_state fate)
{
	struct tw_block *block = found_block(TURTLE);

	(void)snprintf(block->id, sizeof(block->id), "%016d", i);
	block->found_ms = FOUND_MS + i;
	block->state = fate;
	block->is_final = i % 2 == 1;
	return block;
}

static void test_book(void **state)
{
	static struct tw_block_book book;
	struct tw_block_counts counts;

	(void)state;
	for (int i = 0; i < TW_BLOCK_BOOK_MAX; i++)
		assert_int_equal(tw_block_book_add(&book, make_number(i, TW_BLOCK_BURIED)), 0);
	assert_int_equal(tw_block_book_add(&book, make_number(5, TW_BLOCK_BURIED)), 0);
	assert_int_equal(book.n, TW_BLOCK_BOOK_MAX);
	/* The oldest one that is final makes room. */
	assert_int_equal(tw_block_book_add(&book, make_number(9999, TW_BLOCK_ORPHANED)), 1);
	assert_non_null(tw_block_book_find(&book, "0000000000000000"));
	assert_null(tw_block_book_find(&book, "0000000000000001"));
	assert_int_equal(book.blocks[book.n - 1]->found_ms, FOUND_MS + 9999);
	tw_block_book_count(&book, &counts);
	assert_int_equal(counts.by_state[TW_BLOCK_ORPHANED], 1);
	assert_int_equal(counts.by_state[TW_BLOCK_BURIED], TW_BLOCK_BOOK_MAX - 1);
	assert_int_equal(counts.n_settled, 100);
	assert_int_equal(counts.n_lost, 1);
	tw_block_book_finish(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heights),
		cmocka_unit_test(test_binary_and_hex_are_the_same_block),
		cmocka_unit_test(test_no_blocks),
		cmocka_unit_test(test_record_and_back),
		cmocka_unit_test(test_record_without_a_height),
		cmocka_unit_test(test_record_without_a_member),
		cmocka_unit_test(test_largest_record),
		cmocka_unit_test(test_book),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
