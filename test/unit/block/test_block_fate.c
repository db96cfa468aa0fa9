/* block/fate, cause: what becomes of a found block, and what is said of it. */
#include "block/cause.h"
#include "block/fate.h"
#include "block/turn.h"
#include "fixture/found_block.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 3 };

/* Three nodes, each with a chain; what stands on them are numbers that stand for hashes. */
struct scene {
	struct tw_block *block;
	struct tw_chain chains[NODES];
	struct tw_block_sight sights[NODES];
	struct tw_sightings sightings;
	struct tw_block_look look;
	struct tw_block_question question;
};

static struct tw_hash hash_of(int n)
{
	struct tw_hash hash = { { 0 } };

	if (n == 0)
		assert_int_equal(tw_hash_parse(PARENT, TW_HASH_HEX, &hash), 0);
	else
		memcpy(hash.bytes, &n, sizeof(n));
	return hash;
}

/* The node's chain: the parent, and above it blocks with these numbers, -1 for the end. */
static void show(struct scene *scene, int node, int a, int b, int c, int d)
{
	const int blocks[] = { 0, a, b, c, d };
	struct tw_observation obs;

	tw_observation_init(&obs, TW_RESULT_OK);
	for (int i = 4; i >= 0; i--) {
		struct tw_point point = { FOUND_HEIGHT - 1 + i };

		if (blocks[i] < 0)
			continue;
		point.hash = hash_of(blocks[i]);
		tw_observation_add(&obs, &point);
	}
	tw_chain_update(&scene->chains[node], &obs);
	for (int i = 4; i >= 0; i--) {
		if (blocks[i] < 0)
			continue;
		tw_sightings_note(&scene->sightings,
			&(struct tw_point){ FOUND_HEIGHT - 1 + i, hash_of(blocks[i]) },
			scene->sights[node].name, scene->look.now_ms);
		break;
	}
}

static void open_scene(struct scene *scene, const char *text)
{
	static const char *const names[NODES] = { "alpha", "beta", "gamma" };

	memset(scene, 0, sizeof(*scene));
	scene->block = found_block(text);
	scene->look = (struct tw_block_look){
		.nodes = scene->sights,
		.n = NODES,
		.tip = { FOUND_HEIGHT - 1, hash_of(0) },
		.sightings = &scene->sightings,
		.depth = 60,
		.now_ms = FOUND_MS,
	};
	for (int i = 0; i < NODES; i++) {
		tw_chain_init(&scene->chains[i]);
		scene->sights[i] = (struct tw_block_sight){ names[i], &scene->chains[i], true };
		show(scene, i, -1, -1, -1, -1);
	}
}

static void close_scene(struct scene *scene)
{
	tw_block_destroy(scene->block);
}

static void set_tip(struct scene *scene, int64_t height, int n, int64_t after_ms)
{
	scene->look.tip = (struct tw_point){ height, hash_of(n) };
	scene->look.now_ms = FOUND_MS + after_ms;
}

static bool follow(struct scene *scene)
{
	return tw_block_fate_follow(scene->block, &scene->look, &scene->question);
}

static void send(struct scene *scene, const char *name, enum tw_block_answer answer, int64_t ms)
{
	struct tw_block_peer *peer = tw_block_add_peer(scene->block, name);

	assert_non_null(peer);
	tw_block_turn_sent(peer, TW_REASON_OK, FOUND_MS);
	tw_block_turn_answered(peer, answer, FOUND_MS + ms);
}

static void expect(struct scene *scene, enum tw_block_state state, const char *words)
{
	char text[1024];
	struct tw_buf sentence;

	tw_buf_init(&sentence, sizeof(text) - 1);
	tw_block_cause_write(scene->block, &sentence);
	(void)snprintf(text, sizeof(text), "%s", tw_buf_str(&sentence));
	tw_buf_finish(&sentence);
	if (scene->block->state != state || strstr(text, words) == NULL)
		fail_msg("%s: %s", tw_block_word(scene->block->state), text);
}

static void test_from_found_to_buried(void **state)
{
	struct scene scene;
	struct tw_hash own = hash_of(7);

	(void)state;
	open_scene(&scene, TURTLE);
	assert_true(follow(&scene)); /* which way to read the blob is settled */
	expect(&scene, TW_BLOCK_FOUND, "no daemon was sent it yet");
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 12);
	assert_true(follow(&scene));
	expect(&scene, TW_BLOCK_ACCEPTED, "alpha accepted it 12 ms after it was found");
	assert_false(follow(&scene));
	/* An unknown block is shown there: somebody must be asked which one it is. */
	show(&scene, 0, 7, -1, -1, -1);
	set_tip(&scene, FOUND_HEIGHT, 7, 300);
	(void)follow(&scene);
	assert_int_equal(scene.question.node, 0);
	tw_block_fate_identify(scene.block, &scene.question, true, &own, FOUND_MS + 310);
	assert_true(follow(&scene));
	assert_int_equal(scene.question.node, TW_NODE_NONE);
	expect(&scene, TW_BLOCK_ON_MAIN, "1 daemons showed it");
	/* tipwatchd has started again, and knows only of the block before. */
	set_tip(&scene, FOUND_HEIGHT - 1, 0, 20000);
	(void)follow(&scene);
	expect(&scene, TW_BLOCK_ON_MAIN, "1 daemons showed it");
	show(&scene, 1, 7, 8, -1, -1);
	set_tip(&scene, FOUND_HEIGHT + 1, 8, 30000);
	assert_true(follow(&scene));
	assert_int_equal(scene.block->depth, 1);
	assert_int_equal(tw_block_peer(scene.block, "beta")->answer, TW_BLOCK_ANSWER_DUPLICATE);
	scene.look.depth = 2;
	show(&scene, 1, 7, 8, 9, -1);
	set_tip(&scene, FOUND_HEIGHT + 2, 9, 60000);
	assert_true(follow(&scene));
	expect(&scene, TW_BLOCK_BURIED, "alpha had it");
	assert_true(scene.block->is_final);
	assert_true(scene.block->is_over);
	assert_false(follow(&scene));
	close_scene(&scene);
}

/* Another block of its height is on the chain when it has grown by three. */
static void lose(struct scene *scene, int64_t shown_after_ms)
{
	struct tw_hash other = hash_of(20);

	set_tip(scene, FOUND_HEIGHT, 20, shown_after_ms);
	for (int i = 0; i < NODES; i++)
		show(scene, i, 20, -1, -1, -1);
	(void)follow(scene);
	if (scene->question.node != TW_NODE_NONE)
		tw_block_fate_identify(
			scene->block, &scene->question, false, &other, scene->look.now_ms);
	set_tip(scene, FOUND_HEIGHT + 3, 23, 90000);
	for (int i = 0; i < NODES; i++)
		show(scene, i, 20, 21, 22, 23);
	assert_true(follow(scene));
	assert_int_equal(scene->question.node, TW_NODE_NONE);
	assert_int_equal(scene->block->depth, 0);
}

static void test_lost_race(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 40);
	tw_block_add_peer(scene.block, "beta")->seen_ms = FOUND_MS + 60;
	tw_block_add_peer(scene.block, "alpha")->seen_ms = FOUND_MS + 50;
	lose(&scene, 10);
	expect(&scene, TW_BLOCK_ORPHANED,
		"it lost the race by 30 ms: the chain has block 14000000");
	expect(&scene, TW_BLOCK_ORPHANED, "which alpha showed first");
	close_scene(&scene);
}

static void test_slow_submission(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 3200);
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_ORPHANED, "slow submission: it took 3.2 s");
	close_scene(&scene);
}

static void test_taken_by_a_daemon_on_a_fork(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 5);
	tw_block_peer(scene.block, "alpha")->reason = TW_REASON_FORKED;
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_ORPHANED, "alpha, which took it, was forked");
	close_scene(&scene);
}

static void test_isolated(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 5);
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_ORPHANED, "alpha was isolated: no other daemon showed the block");
	close_scene(&scene);
}

/* beta accepted it first, as a monerod does that does not know the parent, and never showed it. */
static void test_accepted_and_not_kept(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "beta", TW_BLOCK_ANSWER_ACCEPTED, 5);
	assert_true(follow(&scene));
	expect(&scene, TW_BLOCK_ACCEPTED, "beta accepted it 5 ms after it was found");
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 30);
	tw_block_peer(scene.block, "alpha")->seen_ms = FOUND_MS + 40;
	(void)follow(&scene);
	expect(&scene, TW_BLOCK_ACCEPTED, "alpha had it 30 ms after it was found");
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_ORPHANED, "alpha was isolated: no other daemon showed the block");
	close_scene(&scene);
}

static void test_stale(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 5);
	lose(&scene, -4000);
	expect(&scene, TW_BLOCK_STALE, "late template: 4.0 s before it was found");
	close_scene(&scene);
}

static void test_refused_and_lost(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_REFUSED, 5);
	send(&scene, "beta", TW_BLOCK_ANSWER_FAILED, 9);
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_REFUSED, "alpha (refused), beta (failed)");
	close_scene(&scene);

	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_SILENT, 15000);
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_LOST, "alpha (silent)");
	/* gamma was not asked yet: it still gets the block, but not for ever. */
	assert_false(scene.block->is_over);
	set_tip(&scene, FOUND_HEIGHT + TW_BLOCK_FATE_SEND_MAX, 23, 900000);
	(void)follow(&scene);
	assert_true(scene.block->is_over);
	close_scene(&scene);
}

static void test_lost_before_it_was_sent(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	(void)tw_block_add_peer(scene.block, "alpha");
	lose(&scene, 2000);
	expect(&scene, TW_BLOCK_LOST, "the chain went on before any daemon was sent it");
	close_scene(&scene);
}

/* When the chain has passed it, it is still sent to those that have not answered yet. */
static void test_over_when_all_have_answered(void **state)
{
	static const struct {
		enum tw_block_answer answer;
		bool is_over;
	} cases[] = {
		{ TW_BLOCK_ANSWER_NONE, false },
		{ TW_BLOCK_ANSWER_WAITING, false },
		{ TW_BLOCK_ANSWER_ACCEPTED, true },
		{ TW_BLOCK_ANSWER_REFUSED, true },
		{ TW_BLOCK_ANSWER_SILENT, true },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct scene scene;

		open_scene(&scene, TURTLE);
		scene.sights[2].is_target = false;
		send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 5);
		tw_block_add_peer(scene.block, "beta")->answer = cases[i].answer;
		lose(&scene, 2000);
		assert_int_equal(scene.block->is_over, cases[i].is_over);
		assert_false(scene.block->is_final);
		close_scene(&scene);
	}
}

/* It was orphaned, and a reorganisation brings it back. */
static void test_comes_back(void **state)
{
	struct tw_hash own = hash_of(7);
	struct scene scene;

	(void)state;
	open_scene(&scene, TURTLE);
	send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 5);
	lose(&scene, 2000);
	assert_int_equal(scene.block->state, TW_BLOCK_ORPHANED);
	for (int i = 0; i < NODES; i++)
		show(&scene, i, 7, 31, 32, 33);
	set_tip(&scene, FOUND_HEIGHT + 3, 33, 95000);
	(void)follow(&scene);
	assert_int_not_equal(scene.question.node, TW_NODE_NONE);
	tw_block_fate_identify(scene.block, &scene.question, true, &own, FOUND_MS + 95001);
	assert_true(follow(&scene));
	expect(&scene, TW_BLOCK_ON_MAIN, "3 daemons showed it");
	close_scene(&scene);
}

/* tipwatchd was away until the height was below all that the core knows. */
static void test_asked_about_what_is_hidden(void **state)
{
	struct tw_hash other = hash_of(20);
	struct scene scene;

	(void)state;
	for (int is_same = 0; is_same < 2; is_same++) {
		open_scene(&scene, TURTLE);
		send(&scene, "alpha", TW_BLOCK_ANSWER_ACCEPTED, 5);
		(void)follow(&scene);
		for (int i = 0; i < NODES; i++) {
			struct tw_observation obs;

			tw_observation_init(&obs, TW_RESULT_OK);
			tw_observation_add(
				&obs, &(struct tw_point){ FOUND_HEIGHT + 500, hash_of(99) });
			tw_chain_update(&scene.chains[i], &obs);
		}
		set_tip(&scene, FOUND_HEIGHT + 500, 99, 90000000);
		(void)follow(&scene);
		expect(&scene, TW_BLOCK_ACCEPTED, "not on the main chain yet");
		assert_true(scene.question.is_hidden);
		tw_block_fate_identify(scene.block, &scene.question, is_same, &other, FOUND_MS + 5);
		assert_true(follow(&scene));
		assert_int_equal(scene.block->state, is_same ? TW_BLOCK_BURIED : TW_BLOCK_ORPHANED);
		assert_true(scene.block->is_final);
		close_scene(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_found_to_buried),
		cmocka_unit_test(test_lost_race),
		cmocka_unit_test(test_slow_submission),
		cmocka_unit_test(test_taken_by_a_daemon_on_a_fork),
		cmocka_unit_test(test_isolated),
		cmocka_unit_test(test_accepted_and_not_kept),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_refused_and_lost),
		cmocka_unit_test(test_lost_before_it_was_sent),
		cmocka_unit_test(test_over_when_all_have_answered),
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_asked_about_what_is_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
