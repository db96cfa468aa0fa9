/*
 * rpc/answer: what a reply to a block says, at the limits of the rule and of every list of codes;
 * and whether a header is that of a block.
 */
#include "fixture/compare.h"
#include "rpc/answer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEX(digit)                                                                                 \
	digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit  \
		digit digit digit digit digit digit digit digit digit digit digit digit digit      \
			digit digit digit digit
#define ONES HEX("11")
#define TWOS HEX("22")

static void test_statuses(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum tw_answer answer;
	} cases[] = {
		{ 199, "{\"result\":{}}", TW_ANSWER_UNKNOWN },
		{ 200, "{\"result\":{}}", TW_ANSWER_ACCEPTED },
		{ 299, "{\"result\":{}}", TW_ANSWER_ACCEPTED },
		{ 300, "{\"result\":{}}", TW_ANSWER_UNKNOWN },
		{ 200, "{\"result\":{\"status\":\"OK\"}}", TW_ANSWER_ACCEPTED },
		{ 200, "{\"result\":{\"status\":\"BUSY\"}}", TW_ANSWER_NOT_ABLE },
		{ 200, "{\"result\":{\"status\":\"PAYMENT REQUIRED\"}}", TW_ANSWER_NOT_ABLE },
		{ 200, "{\"result\":{\"status\":\"ok\"}}", TW_ANSWER_UNKNOWN },
		{ 200, "{\"result\":{\"status\":5}}", TW_ANSWER_UNKNOWN },
		{ 200, "{\"result\":[]}", TW_ANSWER_ACCEPTED },
		{ 200, "{\"result\":\"OK\"}", TW_ANSWER_UNKNOWN },
		/* A text is the block's hash only where the block was taken. */
		{ 202, "\"" ONES "\"", TW_ANSWER_ACCEPTED },
		{ 201, "\"" ONES "\"", TW_ANSWER_UNKNOWN },
		{ 202, "5", TW_ANSWER_UNKNOWN },
		{ 202, "", TW_ANSWER_DUPLICATE },
		{ 200, "", TW_ANSWER_UNKNOWN },
		{ 200, "Core is busy", TW_ANSWER_NOT_ABLE },
		{ 200, "the daemon must be synced", TW_ANSWER_NOT_ABLE },
		{ 200, "Core is bus", TW_ANSWER_UNKNOWN },
		{ 400, "{}", TW_ANSWER_REFUSED },
		{ 400, "[]", TW_ANSWER_REFUSED },
		{ 400, "\"no\"", TW_ANSWER_NOT_ABLE },
		{ 401, "{}", TW_ANSWER_NOT_ABLE },
		{ 299, "<html>", TW_ANSWER_UNKNOWN },
		{ 300, "<html>", TW_ANSWER_NOT_ABLE },
		{ 407, "<html>", TW_ANSWER_NOT_ABLE },
		{ 408, "<html>", TW_ANSWER_UNKNOWN },
		{ 409, "<html>", TW_ANSWER_NOT_ABLE },
		{ 499, "<html>", TW_ANSWER_NOT_ABLE },
		{ 500, "<html>", TW_ANSWER_UNKNOWN },
		{ 502, "<html>", TW_ANSWER_UNKNOWN },
		{ 503, "<html>", TW_ANSWER_NOT_ABLE },
		{ 504, "<html>", TW_ANSWER_UNKNOWN },
		/* An error object decides before all else. */
		{ 200, "{\"error\":{\"code\":-7},\"result\":{}}", TW_ANSWER_REFUSED },
		{ 503, "{\"error\":{}}", TW_ANSWER_UNKNOWN },
		{ 200, "{\"error\":null,\"result\":{}}", TW_ANSWER_ACCEPTED },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		enum tw_answer answer =
			tw_answer_submit(cases[i].status, cases[i].body, strlen(cases[i].body));

		if (answer != cases[i].answer)
			fail_msg("%d %s: %d instead of %d", cases[i].status, cases[i].body,
				(int)answer, (int)cases[i].answer);
	}
}

/* Every code from -32800 to 100: those of the two lists, and all others do not tell. */
static void test_codes(void **state)
{
	static const int not_able[] = { -9, -11, -14, -19, -20, -32601, 62 };
	static const int refused[] = { -1, -6, -7, -10, -32600, -32602, -32700, 63, 66 };

	(void)state;
	for (int code = -32800; code <= 100; code++) {
		enum tw_answer wanted = TW_ANSWER_UNKNOWN, answer;
		char body[64];

		for (size_t i = 0; i < TW_ARRAY_SIZE(not_able); i++)
			wanted = code == not_able[i] ? TW_ANSWER_NOT_ABLE : wanted;
		for (size_t i = 0; i < TW_ARRAY_SIZE(refused); i++)
			wanted = code == refused[i] ? TW_ANSWER_REFUSED : wanted;
		(void)snprintf(body, sizeof(body), "{\"error\":{\"code\":%d}}", code);
		answer = tw_answer_submit(200, body, strlen(body));
		if (answer != wanted)
			fail_msg("%s: %d instead of %d", body, (int)answer, (int)wanted);
	}
}

static struct tw_blob_header head_of(unsigned char digits, uint64_t timestamp_s, uint32_t nonce)
{
	struct tw_blob_header head = { .timestamp_s = timestamp_s, .nonce = nonce };

	memset(head.prev_hash.bytes, digits, sizeof(head.prev_hash.bytes));
	return head;
}

#define HEADER(height, prev, time, nonce)                                                          \
	"{\"height\":" height ",\"hash\":\"" TWOS "\",\"" prev "\":\"" ONES                        \
	"\",\"timestamp\":" time ",\"nonce\":" nonce "}"

static void test_headers(void **state)
{
	static const struct {
		const char *body;
		enum tw_answer_block block;
	} cases[] = {
		{ HEADER("7", "prev_hash", "1000", "5"), TW_ANSWER_BLOCK_SAME },
		{ HEADER("7", "prevHash", "1000", "5"), TW_ANSWER_BLOCK_SAME },
		{ "{\"result\":{\"block_header\":" HEADER("7", "prev_hash", "1000", "5") "}}",
			TW_ANSWER_BLOCK_SAME },
		/* The second of the blocks that it may be. */
		{ HEADER("7", "prev_hash", "2000", "6"), TW_ANSWER_BLOCK_SAME },
		{ HEADER("7", "prev_hash", "1000", "6"), TW_ANSWER_BLOCK_OTHER },
		{ HEADER("7", "prev_hash", "1001", "5"), TW_ANSWER_BLOCK_OTHER },
		{ HEADER("7", "previous", "1000", "5"), TW_ANSWER_BLOCK_OTHER },
		{ HEADER("7", "prev_hash", "\"x\"", "5"), TW_ANSWER_BLOCK_OTHER },
		{ HEADER("7", "prev_hash", "1000", "-5"), TW_ANSWER_BLOCK_OTHER },
		{ HEADER("8", "prev_hash", "1000", "5"), TW_ANSWER_BLOCK_UNREADABLE },
		{ HEADER("-7", "prev_hash", "1000", "5"), TW_ANSWER_BLOCK_UNREADABLE },
		{ "{\"height\":7}", TW_ANSWER_BLOCK_UNREADABLE },
		{ "{\"height\":7,\"hash\":\"22\"}", TW_ANSWER_BLOCK_UNREADABLE },
		{ "{\"result\":{\"block_header\":5}}", TW_ANSWER_BLOCK_UNREADABLE },
		{ "[]", TW_ANSWER_BLOCK_UNREADABLE },
		{ "<html>", TW_ANSWER_BLOCK_UNREADABLE },
		{ "", TW_ANSWER_BLOCK_UNREADABLE },
	};
	const struct tw_blob_header heads[] = { head_of(0x11, 1000, 5), head_of(0x11, 2000, 6) };
	const struct tw_blob_header other = head_of(0x12, 1000, 5);

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i].body);
		char text[TW_HASH_HEX + 1];
		struct tw_hash hash = { { 0 } };
		enum tw_answer_block block =
			tw_answer_header(cases[i].body, len, 7, heads, 2, &hash);

		if (block != cases[i].block)
			fail_msg("%s: %d instead of %d", cases[i].body, (int)block,
				(int)cases[i].block);
		tw_hash_format(&hash, text);
		assert_string_equal(text, block == TW_ANSWER_BLOCK_UNREADABLE ? HEX("00") : TWOS);
		/* With nothing to compare with, or something else, it is another one. */
		if (block != TW_ANSWER_BLOCK_UNREADABLE) {
			assert_int_equal(tw_answer_header(cases[i].body, len, 7, NULL, 0, &hash),
				TW_ANSWER_BLOCK_OTHER);
			assert_int_equal(tw_answer_header(cases[i].body, len, 7, &other, 1, &hash),
				TW_ANSWER_BLOCK_OTHER);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
