/*
 * The rule by which a found block is sent, and the reading of daemons' replies, over the tables
 * that every implementation is tested by (test/data); and whether a daemon has a block already.
 */
#include "base/file.h"
#include "client/tipwatch.h"
#include "fixture/compare.h"
#include "json/json.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 65536 };

static struct tw_json_doc *load(const char *name)
{
	const char *top = getenv("TW_SOURCE_ROOT");
	struct tw_json_doc *doc = NULL;
	struct tw_buf text;
	char path[4096];

	assert_non_null(top);
	(void)snprintf(path, sizeof(path), "%s/test/data/%s", top, name);
	tw_buf_init(&text, 1 << 20);
	assert_int_equal(tw_file_read(path, false, &text), 0);
	assert_int_equal(tw_json_parse(tw_buf_str(&text), text.len, &limits, &doc), 0);
	tw_buf_finish(&text);
	return doc;
}

static enum tipwatch_outcome outcome_of(const char *word)
{
	static const char *const words[] = {
		[TIPWATCH_ACCEPTED] = "accepted",
		[TIPWATCH_DUPLICATE] = "duplicate",
		[TIPWATCH_REFUSED] = "refused",
		[TIPWATCH_NOT_ABLE] = "not_able",
		[TIPWATCH_UNKNOWN] = "unknown",
		[TIPWATCH_FAILED] = "failed",
	};

	assert_non_null(word);
	for (size_t i = 0; i < TW_ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], word) == 0)
			return (enum tipwatch_outcome)i;
	}
	fail_msg("no outcome is called %s", word);
	return TIPWATCH_UNKNOWN;
}

static int64_t number(const struct tw_json_node *node, const char *path, int64_t otherwise)
{
	int64_t value = otherwise;

	(void)tw_json_get_int(node, path, 0, INT64_MAX, &value);
	return value;
}

/* The element of an array. */
static const struct tw_json_node *nth(const struct tw_json_node *array, int n)
{
	const struct tw_json_node *node = tw_json_first(array);

	while (n-- > 0 && node != NULL)
		node = tw_json_next(array, node);
	return node;
}

/* Sends all whose turn it is at now_ms, and takes them off expected. Returns until when it waits.
 */
static int64_t send(struct tipwatch_submission *submission, int64_t start_ms, int64_t now_ms,
	const struct tw_json_node *sends, const struct tw_json_node **expected, const char *name)
{
	int64_t until_ms = INT64_MAX;
	int target;

	while ((target = tipwatch_submission_next(submission, now_ms, &until_ms)) >= 0) {
		if (*expected == NULL || number(nth(*expected, 0), "", -1) != now_ms - start_ms ||
			number(nth(*expected, 1), "", -1) != target)
			fail_msg("%s: unexpected: target %d at %" PRId64, name, target,
				now_ms - start_ms);
		*expected = tw_json_next(sends, *expected);
	}
	if (target == TIPWATCH_WAIT)
		assert_that(until_ms, >, now_ms);
	return target == TIPWATCH_WAIT ? until_ms : INT64_MAX;
}

static void play(const struct tw_json_node *one, int64_t start_ms)
{
	const struct tw_json_node *events = tw_json_member(one, "events");
	const struct tw_json_node *sends = tw_json_member(one, "sends");
	const struct tw_json_node *event = tw_json_first(events), *expected = tw_json_first(sends);
	const char *name = tw_json_str(tw_json_member(one, "name"));
	int64_t last_wait_ms = number(one, "waits_until", -1);
	struct tipwatch_submission submission;
	struct tipwatch_timing timing = {
		number(one, "after_accept_ms", TIPWATCH_AFTER_ACCEPT_MS),
		number(one, "after_silence_ms", TIPWATCH_AFTER_SILENCE_MS),
	};
	int64_t now_ms = start_ms, waited_ms = start_ms;

	tipwatch_submission_begin(
		&submission, (size_t)number(one, "targets", -1), &timing, start_ms);
	while (now_ms < INT64_MAX) {
		int64_t until_ms = send(&submission, start_ms, now_ms, sends, &expected, name);
		int64_t event_ms =
			event == NULL ? INT64_MAX : start_ms + number(nth(event, 0), "", -1);

		if (until_ms < INT64_MAX)
			waited_ms = until_ms;
		now_ms = event_ms <= until_ms ? event_ms : until_ms;
		if (event == NULL || event_ms > until_ms)
			continue;
		tipwatch_submission_answer(&submission, (size_t)number(nth(event, 1), "", -1),
			outcome_of(tw_json_str(nth(event, 2))), now_ms);
		event = tw_json_next(events, event);
	}
	if (expected != NULL)
		fail_msg("%s: not all was sent", name);
	if (last_wait_ms >= 0 && waited_ms - start_ms != last_wait_ms)
		fail_msg("%s: waits until %" PRId64, name, waited_ms - start_ms);
}

static void test_rule(void **state)
{
	struct tw_json_doc *doc = load("submission.json");
	const struct tw_json_node *cases = tw_json_member(tw_json_root(doc), "cases"), *one;

	(void)state;
	assert_that(tw_json_count(cases), >, 20);
	for (one = tw_json_first(cases); one != NULL; one = tw_json_next(cases, one)) {
		play(one, 0);
		play(one, INT64_C(1234567890123));
	}
	tw_json_doc_destroy(doc);
}

/* A caller that was asleep sends to one leader only. */
static void test_late_caller(void **state)
{
	const struct tipwatch_timing timing = { 500, 1500 };
	struct tipwatch_submission submission;
	int64_t until_ms = 0;

	(void)state;
	tipwatch_submission_begin(&submission, 3, &timing, 0);
	assert_int_equal(tipwatch_submission_next(&submission, 0, &until_ms), 0);
	assert_int_equal(tipwatch_submission_next(&submission, 60000, &until_ms), 1);
	assert_int_equal(tipwatch_submission_next(&submission, 60000, &until_ms), TIPWATCH_WAIT);
	assert_int_equal(until_ms, 61500);
	assert_int_equal(tipwatch_submission_next(&submission, 61500, &until_ms), 2);
	tipwatch_submission_answer(&submission, 1, TIPWATCH_ACCEPTED, 61600);
	assert_true(submission.has_block);
	assert_int_equal(tipwatch_submission_next(&submission, 61600, &until_ms), TIPWATCH_SENT);
}

/* What a daemon says that was not sent the block yet is not about the block. */
static void test_answer_before_its_turn(void **state)
{
	const struct tipwatch_timing timing = { 500, 1500 };
	struct tipwatch_submission submission;
	int64_t until_ms = 0;

	(void)state;
	tipwatch_submission_begin(&submission, 2, &timing, 0);
	tipwatch_submission_answer(&submission, 0, TIPWATCH_ACCEPTED, 0);
	assert_false(submission.has_block);
	assert_int_equal(tipwatch_submission_next(&submission, 0, &until_ms), 0);
	tipwatch_submission_answer(&submission, 1, TIPWATCH_ACCEPTED, 10);
	assert_false(submission.has_block);
	assert_int_equal(tipwatch_submission_next(&submission, 1499, &until_ms), TIPWATCH_WAIT);
	assert_int_equal(tipwatch_submission_next(&submission, 1500, &until_ms), 1);
	/* Later words of the daemon whose turn is over hurry nobody. */
	tipwatch_submission_answer(&submission, 0, TIPWATCH_REFUSED, 1510);
	assert_int_equal(tipwatch_submission_next(&submission, 1510, &until_ms), TIPWATCH_WAIT);
	assert_int_equal(until_ms, 3000);
	assert_int_equal(tipwatch_submission_next(&submission, 3000, &until_ms), TIPWATCH_SENT);
}

static void test_answers(void **state)
{
	struct tw_json_doc *doc = load("submit-answers.json");
	const struct tw_json_node *answers = tw_json_member(tw_json_root(doc), "answers"), *one;

	(void)state;
	assert_that(tw_json_count(answers), >, 40);
	for (one = tw_json_first(answers); one != NULL; one = tw_json_next(answers, one)) {
		const struct tw_json_node *body = tw_json_member(one, "body");
		int status = (int)number(one, "status", -1);
		enum tipwatch_outcome outcome =
			tipwatch_answer_outcome(status, tw_json_str(body), tw_json_str_len(body));

		if (outcome != outcome_of(tw_json_str(tw_json_member(one, "outcome"))))
			fail_msg("%d %s: %u", status, tw_json_str(body), outcome);
	}
	tw_json_doc_destroy(doc);
}

#define PREV  "00112233445566778899aabbccddeeff00112233445566778899aabbccddee77"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
/* Time 1795449938 (0x6b04405 2), nonce 0x04030201 = 67305985. */
#define TIME   "d288a1d806"
#define NONCE  "01020304"
#define MERGED "0300" PREV "0000" TIME ZEROS NONCE "01"
#define MONERO "1010" TIME PREV NONCE "02"
#define HEADER(height, prev, time, nonce)                                                          \
	"{\"height\":" height ",\"" prev "\":\"" PREV "\",\"timestamp\":" time ",\"nonce\":" nonce \
	"}"
#define RPC(header) "{\"result\":{\"block_header\":" header ",\"status\":\"OK\"}}"

static void test_has_block(void **state)
{
	static const struct {
		const char *reply, *blob;
		bool has_block;
	} cases[] = {
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305985")), MERGED, true },
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305985")), MONERO, true },
		{ HEADER("7", "prevHash", "1795703890", "67305985"), MERGED, true },
		/* Another block that builds on the same one. */
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305986")), MERGED, false },
		{ RPC(HEADER("7", "prev_hash", "1795703891", "67305985")), MERGED, false },
		{ RPC(HEADER("8", "prev_hash", "1795703890", "67305985")), MERGED, false },
		{ RPC(HEADER("7", "prev_hash", "\"1795703890\"", "67305985")), MERGED, false },
		{ RPC(HEADER("7", "other", "1795703890", "67305985")), MERGED, false },
		/* It builds on another. */
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305985")),
			"0300" ZEROS "0000" TIME ZEROS NONCE "01", false },
		/* Not a block, or not whole. */
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305985")), "", false },
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305985")), "zz", false },
		{ RPC(HEADER("7", "prev_hash", "1795703890", "67305985")),
			"0300" PREV "0000" TIME ZEROS "010203", false },
		/* No such block, or no reply that can be read. */
		{ "{\"error\":{\"code\":-2,\"message\":\"To big height: 7\"}}", MERGED, false },
		{ "", MERGED, false },
		{ "[7]", MERGED, false },
		{ "<html>", MERGED, false },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (tipwatch_answer_has_block(cases[i].reply, strlen(cases[i].reply), 7,
			    cases[i].blob, strlen(cases[i].blob)) != cases[i].has_block)
			fail_msg("%s %s", cases[i].reply, cases[i].blob);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_late_caller),
		cmocka_unit_test(test_answer_before_its_turn),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_has_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
