/*
 * block/turn: who gets a found block when. The table that every implementation of the rule is
 * tested by (test/data/submission.json), and what a tipwatchd that keeps the block does besides:
 * it sends again, but never twice to one daemon within five seconds, and goes on after a restart.
 */
#include "base/file.h"
#include "base/time.h"
#include "block/turn.h"
#include "fixture/compare.h"
#include "json/json.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_MS INT64_C(1800000000000)

enum { TARGETS_MAX = 8 };

static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 65536 };
static const struct tw_block_timing usual = { 500, 1500 };

/* A found block and its daemons. */
struct scene {
	struct tw_block *block;
	struct tw_block_peer *targets[TARGETS_MAX];
	uint32_t n;
	int64_t last_send_ms[TARGETS_MAX];
};

static void open_scene(struct scene *scene, uint32_t n)
{
	static const struct tw_block_blob blob = { .n_heads = 1, .heads = { { .height = 5 } } };

	*scene = (struct scene){ .n = n };
	assert_int_equal(tw_block_create("00", 2, &blob, START_MS, &scene->block), 0);
	for (uint32_t i = 0; i < n; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%u", i);
		assert_non_null(tw_block_add_peer(scene->block, name));
		scene->last_send_ms[i] = INT64_MIN / 2;
	}
	for (uint32_t i = 0; i < n; i++)
		scene->targets[i] = &scene->block->peers[i];
}

static void close_scene(struct scene *scene)
{
	tw_block_destroy(scene->block);
}

/* The rule that nothing may break. */
static void note_send(struct scene *scene, uint32_t i, int64_t now_ms)
{
	assert_that(now_ms - scene->last_send_ms[i], >=, TW_BLOCK_TURN_AGAIN_MS);
	scene->last_send_ms[i] = now_ms;
	tw_block_turn_sent(scene->targets[i], TW_REASON_OK, now_ms);
}

/* Sends to all whose turn it is, and returns their bits. */
static unsigned int send_all(struct scene *scene, const struct tw_block_timing *timing,
	int64_t now_ms, int64_t *until_ms)
{
	uint32_t due[TARGETS_MAX], n;
	unsigned int bits = 0;

	while ((n = tw_block_turn_due(scene->block, scene->targets, scene->n, timing, now_ms, due,
			until_ms)) > 0) {
		for (uint32_t i = 0; i < n; i++) {
			note_send(scene, due[i], now_ms);
			bits |= 1u << due[i];
		}
	}
	assert_that(*until_ms, >, now_ms);
	return bits;
}

static void answer(struct scene *scene, uint32_t i, enum tw_block_answer a, int64_t now_ms)
{
	tw_block_turn_answered(scene->targets[i], a, now_ms);
}

/* --- the table --- */

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

static int64_t number(const struct tw_json_node *node, const char *path, int64_t otherwise)
{
	int64_t value = otherwise;

	(void)tw_json_get_int(node, path, 0, INT64_MAX, &value);
	return value;
}

static const struct tw_json_node *nth(const struct tw_json_node *array, int n)
{
	const struct tw_json_node *node = tw_json_first(array);

	while (n-- > 0 && node != NULL)
		node = tw_json_next(array, node);
	return node;
}

static void play(const struct tw_json_node *one)
{
	const struct tw_json_node *events = tw_json_member(one, "events");
	const struct tw_json_node *sends = tw_json_member(one, "sends");
	const struct tw_json_node *event = tw_json_first(events), *expected = tw_json_first(sends);
	const char *name = tw_json_str(tw_json_member(one, "name"));
	struct tw_block_timing timing = {
		number(one, "after_accept_ms", 500),
		number(one, "after_silence_ms", 1500),
	};
	struct scene scene;
	int64_t now_ms = START_MS;

	open_scene(&scene, (uint32_t)number(one, "targets", -1));
	/* The table sends to each once. */
	while (now_ms - START_MS < TW_BLOCK_TURN_AGAIN_MS) {
		int64_t until_ms, event_ms = TW_NEVER;
		unsigned int bits = send_all(&scene, &timing, now_ms, &until_ms);

		for (; expected != NULL && number(nth(expected, 0), "", -1) == now_ms - START_MS;
			expected = tw_json_next(sends, expected)) {
			unsigned int bit = 1u << number(nth(expected, 1), "", -1);

			if ((bits & bit) == 0)
				fail_msg("%s: not sent at %" PRId64, name, now_ms - START_MS);
			bits &= ~bit;
		}
		if (bits != 0)
			fail_msg("%s: sent at %" PRId64, name, now_ms - START_MS);
		if (event != NULL)
			event_ms = START_MS + number(nth(event, 0), "", -1);
		now_ms = event_ms < until_ms ? event_ms : until_ms;
		if (event != NULL && event_ms <= until_ms) {
			enum tw_block_answer a;

			assert_int_equal(tw_block_parse_answer(tw_json_str(nth(event, 2)), &a), 0);
			now_ms = event_ms;
			answer(&scene, (uint32_t)number(nth(event, 1), "", -1), a, now_ms);
			event = tw_json_next(events, event);
		}
	}
	if (expected != NULL)
		fail_msg("%s: not all was sent", name);
	close_scene(&scene);
}

static void test_table(void **state)
{
	struct tw_json_doc *doc = load("submission.json");
	const struct tw_json_node *cases = tw_json_member(tw_json_root(doc), "cases"), *one;

	(void)state;
	assert_that(tw_json_count(cases), >, 20);
	for (one = tw_json_first(cases); one != NULL; one = tw_json_next(cases, one))
		play(one);
	tw_json_doc_destroy(doc);
}

/* --- again --- */

static void test_sends_again_to_one_that_failed(void **state)
{
	struct scene scene;
	int64_t until_ms, now_ms = START_MS;
	static const int64_t gaps_ms[] = { 5000, 10000, 20000, 40000, 60000, 60000 };

	(void)state;
	open_scene(&scene, 1);
	assert_int_equal(send_all(&scene, &usual, now_ms, &until_ms), 1);
	for (size_t i = 0; i < TW_ARRAY_SIZE(gaps_ms); i++) {
		int64_t sent_ms = now_ms;

		answer(&scene, 0, TW_BLOCK_ANSWER_FAILED, now_ms + 3);
		assert_int_equal(send_all(&scene, &usual, now_ms + 3, &until_ms), 0);
		assert_int_equal(until_ms, sent_ms + gaps_ms[i]);
		now_ms = until_ms;
		assert_int_equal(send_all(&scene, &usual, now_ms, &until_ms), 1);
	}
	close_scene(&scene);
}

static void test_a_refusal_is_final_in_the_end(void **state)
{
	struct scene scene;
	int64_t until_ms, now_ms = START_MS;
	int n = 0;

	(void)state;
	open_scene(&scene, 1);
	while (now_ms < TW_NEVER) {
		if (send_all(&scene, &usual, now_ms, &until_ms) != 0) {
			answer(&scene, 0, TW_BLOCK_ANSWER_REFUSED, now_ms);
			n++;
			assert_int_equal(send_all(&scene, &usual, now_ms, &until_ms), 0);
		}
		now_ms = until_ms;
	}
	assert_int_equal(n, TW_BLOCK_TURN_REFUSALS_MAX);
	close_scene(&scene);
}

/* One has it: those that were sent it already wait for their five seconds, the others do not. */
static void test_rest_follows_acceptance(void **state)
{
	struct scene scene;
	int64_t until_ms;

	(void)state;
	open_scene(&scene, 4);
	assert_int_equal(send_all(&scene, &usual, START_MS, &until_ms), 1);
	answer(&scene, 0, TW_BLOCK_ANSWER_FAILED, START_MS + 10);
	assert_int_equal(send_all(&scene, &usual, START_MS + 10, &until_ms), 2);
	answer(&scene, 1, TW_BLOCK_ANSWER_ACCEPTED, START_MS + 20);
	assert_int_equal(send_all(&scene, &usual, START_MS + 20, &until_ms), 0);
	assert_int_equal(until_ms, START_MS + 520);
	assert_int_equal(send_all(&scene, &usual, START_MS + 520, &until_ms), 4 | 8);
	answer(&scene, 2, TW_BLOCK_ANSWER_DUPLICATE, START_MS + 530);
	answer(&scene, 3, TW_BLOCK_ANSWER_REFUSED, START_MS + 530);
	assert_int_equal(send_all(&scene, &usual, START_MS + 530, &until_ms), 0);
	assert_int_equal(until_ms, START_MS + 5000);
	assert_int_equal(send_all(&scene, &usual, START_MS + 5000, &until_ms), 1);
	answer(&scene, 0, TW_BLOCK_ANSWER_DUPLICATE, START_MS + 5001);
	assert_int_equal(send_all(&scene, &usual, START_MS + 5001, &until_ms), 0);
	assert_int_equal(until_ms, TW_NEVER);
	close_scene(&scene);
}

/* It may be taking the block just now, and must not get it from a peer at the same time. */
static void test_leader_that_is_no_target_any_more(void **state)
{
	struct scene scene;
	int64_t until_ms;

	(void)state;
	open_scene(&scene, 3);
	assert_int_equal(send_all(&scene, &usual, START_MS, &until_ms), 1u << 0);
	/* It is silent, so that its verdict is that it does not answer: no target. */
	scene.targets[0] = &scene.block->peers[1];
	scene.targets[1] = &scene.block->peers[2];
	scene.n = 2;
	scene.last_send_ms[0] = INT64_MIN / 2;
	assert_int_equal(send_all(&scene, &usual, START_MS + 100, &until_ms), 0);
	assert_int_equal(until_ms, START_MS + 1500);
	/* It answers after all. */
	tw_block_turn_answered(&scene.block->peers[0], TW_BLOCK_ANSWER_ACCEPTED, START_MS + 252);
	assert_int_equal(send_all(&scene, &usual, START_MS + 751, &until_ms), 0);
	assert_int_equal(send_all(&scene, &usual, START_MS + 752, &until_ms), 3);
	close_scene(&scene);
}

static void test_nothing_is_sent_when_it_is_over(void **state)
{
	struct scene scene;
	int64_t until_ms;

	(void)state;
	open_scene(&scene, 3);
	scene.block->is_over = true;
	assert_int_equal(send_all(&scene, &usual, START_MS, &until_ms), 0);
	assert_int_equal(until_ms, TW_NEVER);
	close_scene(&scene);
}

static void test_all_but_the_first_are_asked_before(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 2);
	assert_false(tw_block_turn_must_look(scene.block, scene.targets[0]));
	note_send(&scene, 0, START_MS);
	assert_false(tw_block_turn_must_look(scene.block, scene.targets[0]));
	assert_true(tw_block_turn_must_look(scene.block, scene.targets[1]));
	answer(&scene, 0, TW_BLOCK_ANSWER_FAILED, START_MS);
	note_send(&scene, 0, START_MS + 5000);
	assert_true(tw_block_turn_must_look(scene.block, scene.targets[0]));
	close_scene(&scene);
}

/* Killed while two were under way: the same daemons wait, and the others go on. */
static void test_resumes(void **state)
{
	struct scene scene;
	int64_t until_ms, now_ms = START_MS + 1600;

	(void)state;
	open_scene(&scene, 3);
	assert_int_equal(send_all(&scene, &usual, START_MS, &until_ms), 1);
	assert_int_equal(send_all(&scene, &usual, START_MS + 1500, &until_ms), 2);
	tw_block_turn_resume(scene.block, now_ms);
	assert_int_equal(send_all(&scene, &usual, now_ms, &until_ms), 0);
	assert_int_equal(send_all(&scene, &usual, now_ms + 500, &until_ms), 4);
	answer(&scene, 2, TW_BLOCK_ANSWER_FAILED, now_ms + 500);
	assert_int_equal(send_all(&scene, &usual, START_MS + 4999, &until_ms), 0);
	assert_int_equal(until_ms, START_MS + 5000);
	assert_int_equal(send_all(&scene, &usual, START_MS + 5000, &until_ms), 1);
	/* The clock was set back by a day meanwhile. */
	tw_block_turn_resume(scene.block, START_MS - 86400000);
	for (uint32_t i = 0; i < 3; i++)
		assert_that(scene.targets[i]->sent_ms, <=, START_MS - 86400000);
	close_scene(&scene);
}

/* At random: answers, silence, targets that come and go, restarts. note_send() is the judge. */
static void test_never_twice_within_five_seconds(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int run = 0; run < 200; run++) {
		int64_t now_ms = START_MS, until_ms;
		struct scene scene;
		uint32_t n_all;

		open_scene(&scene, 5);
		n_all = scene.n;
		for (int step = 0; step < 200; step++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			scene.n = 1 + (uint32_t)(random >> 33) % n_all;
			(void)send_all(&scene, &usual, now_ms, &until_ms);
			if ((random >> 40) % 16 == 0)
				tw_block_turn_resume(scene.block, now_ms);
			else if (scene.targets[(random >> 50) % n_all]->answer ==
				 TW_BLOCK_ANSWER_WAITING)
				answer(&scene, (uint32_t)((random >> 50) % n_all),
					(enum tw_block_answer)(
						TW_BLOCK_ANSWER_ACCEPTED + (random >> 45) % 7),
					now_ms);
			now_ms += (int64_t)(random >> 55) * 8;
		}
		close_scene(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_sends_again_to_one_that_failed),
		cmocka_unit_test(test_a_refusal_is_final_in_the_end),
		cmocka_unit_test(test_rest_follows_acceptance),
		cmocka_unit_test(test_leader_that_is_no_target_any_more),
		cmocka_unit_test(test_nothing_is_sent_when_it_is_over),
		cmocka_unit_test(test_all_but_the_first_are_asked_before),
		cmocka_unit_test(test_resumes),
		cmocka_unit_test(test_never_twice_within_five_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
