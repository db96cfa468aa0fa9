/* rpc/answer and rpc/ask: handing a block over in every dialect, and finding it on a chain. */
#include "rpc/answer.h"
#include "rpc/ask.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH  "5d2a2a91c3af4adcd5d3ced6f865743f5564d1e1dcaf8f6d48e70aad75434a3a"
#define OTHER "00112233445566778899aabbccddeeff00112233445566778899aabbccddee77"

static void test_requests(void **state)
{
	static const struct {
		enum tw_dialect dialect;
		const char *path, *body;
	} cases[] = {
		{ TW_DIALECT_MONERO, "/json_rpc",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"submit_block\",\"params\":["
			"\"0a0b\"]}" },
		{ TW_DIALECT_TURTLECOIN_RPC, "/json_rpc",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"submitblock\",\"params\":["
			"\"0a0b\"]}" },
		{ TW_DIALECT_TURTLECOIN_REST, "/block", "\"0a0b\"" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_buf body;

		tw_buf_init(&body, 4096);
		assert_string_equal(tw_ask_submit(tw_dialect_row(cases[i].dialect), "0a0b", &body),
			cases[i].path);
		assert_string_equal(tw_buf_str(&body), cases[i].body);
		tw_buf_finish(&body);
	}
	for (int i = 1; i < TW_DIALECTS; i++)
		assert_non_null(tw_dialect_row((enum tw_dialect)i)->submit);
}

static enum tw_answer_block look(const char *body, int64_t height, struct tw_hash *hash)
{
	struct tw_blob_header heads[2] = { { .nonce = 1 }, { .timestamp_s = 17, .nonce = 9 } };

	assert_int_equal(tw_hash_parse(OTHER, TW_HASH_HEX, &heads[1].prev_hash), 0);
	return tw_answer_header(body, strlen(body), height, heads, 2, hash);
}

static void test_headers(void **state)
{
	static const char rest[] = "{\"height\":7,\"hash\":\"" HASH "\",\"prevHash\":\"" OTHER
				   "\",\"timestamp\":17,\"nonce\":9}";
	static const char rpc[] =
		"{\"result\":{\"block_header\":{\"height\":7,\"hash\":\"" HASH
		"\",\"prev_hash\":\"" OTHER "\",\"timestamp\":17,\"nonce\":8},\"status\":\"OK\"}}";
	struct tw_hash hash = { { 0 } }, wanted;

	(void)state;
	assert_int_equal(tw_hash_parse(HASH, TW_HASH_HEX, &wanted), 0);
	assert_int_equal(look(rest, 7, &hash), TW_ANSWER_BLOCK_SAME);
	assert_memory_equal(&hash, &wanted, sizeof(hash));
	/* Another nonce: another block on the same one. */
	assert_int_equal(look(rpc, 7, &hash), TW_ANSWER_BLOCK_OTHER);
	assert_int_equal(look(rpc, 8, &hash), TW_ANSWER_BLOCK_UNREADABLE);
	assert_int_equal(look("{\"error\":{\"code\":-2}}", 7, &hash), TW_ANSWER_BLOCK_UNREADABLE);
	assert_int_equal(look("", 7, &hash), TW_ANSWER_BLOCK_UNREADABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
