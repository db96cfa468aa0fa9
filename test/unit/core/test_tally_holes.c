/*
 * Votes of nodes that have not shown all of their chains: what can be linked is linked, through
 * others too; what cannot supports only what it showed; one liar misplaces nobody else.
 */
#include "forest.h"

static struct forest f;

static int setup(void **state)
{
	(void)state;
	forest_init(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	forest_finish(&f);
	return 0;
}

static int trunk(int n)
{
	return forest_grow(&f, forest_block(&f, -1, 0, 0), n, 0);
}

static void assert_stands(uint32_t voter, enum tw_relation relation, int64_t share)
{
	assert_int_equal(f.votes.relation[voter], relation);
	assert_int_equal(f.votes.share[voter], share);
}

static bool is_asked(int32_t node, int64_t height)
{
	for (uint32_t i = 0; i < f.votes.n_questions; i++) {
		if (f.votes.questions[i].node == node && f.votes.questions[i].height == height)
			return true;
	}
	return false;
}

/* Answers every question truly. Returns how many there were. */
static uint32_t answer(void)
{
	uint32_t n = f.votes.n_questions;

	for (uint32_t i = 0; i < n; i++)
		forest_show(&f, (uint32_t)f.votes.questions[i].node, f.votes.questions[i].height);
	return n;
}

/* Far behind: first the higher one is asked; linked through that one alone it takes nobody down. */
static void test_far_behind(void **state)
{
	int top = trunk(1500);

	(void)state;
	for (int i = 0; i < 4; i++)
		forest_voter(&f, top, 128);
	forest_voter(&f, forest_at(&f, top, 500), 128);
	forest_count(&f, NULL);
	assert_stands(4, TW_RELATION_UNLINKED, TW_UNKNOWN);
	assert_int_equal(f.votes.agreeing, 5);
	assert_int_equal(tw_votes_supported_by(&f.votes, 4), 1500);
	assert_int_equal(answer(), 1);
	forest_count(&f, NULL);
	assert_int_equal(f.votes.n_questions, 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_stands(i, TW_RELATION_MAIN, 1500);
	assert_stands(4, TW_RELATION_MAIN, 500);
	assert_int_equal(tw_votes_supported_by(&f.votes, 4), 1500);
	assert_int_equal(tw_votes_supported_by(&f.votes, 5), 500);
}

/* The same on a fork of its own far below. */
static void test_far_behind_and_forked(void **state)
{
	int top = trunk(1500);
	int other = forest_grow(&f, forest_at(&f, top, 100), 400, 1);

	(void)state;
	for (int i = 0; i < 4; i++)
		forest_voter(&f, top, 128);
	forest_voter(&f, other, 128);
	for (int round = 0; round < 4; round++) {
		forest_count(&f, NULL);
		if (answer() == 0)
			break;
	}
	assert_stands(4, TW_RELATION_CONFLICT, TW_UNKNOWN);
	assert_int_equal(f.votes.conflicting, 1);
	assert_true(f.votes.has_deep_conflict);
	assert_int_equal(f.votes.n_branches, 2);
	assert_int_equal(f.votes.branch[4], 1);
	assert_int_equal(tw_votes_supported_by(&f.votes, 4), 1500);
}

/* Windows that overlap only in a chain of others. */
static void test_linked_through_others(void **state)
{
	int top = trunk(1500);

	(void)state;
	for (int64_t height = 1500; height >= 1200; height -= 100)
		forest_voter(&f, forest_at(&f, top, height), 120);
	forest_count(&f, NULL);
	for (uint32_t i = 0; i < 4; i++)
		assert_stands(i, TW_RELATION_MAIN, 1500 - 100 * i);
	assert_int_equal(f.votes.n_questions, 0);
	assert_non_null(tw_votes_main_at(&f.votes, 1100));
}

/* A gap in the window right where the others fork: it goes with those it shares a block above. */
static void test_hole_at_the_fork(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 5, 1), b = forest_grow(&f, fork, 5, 2);
	uint32_t gappy;

	(void)state;
	forest_voter(&f, a, 128);
	forest_voter(&f, a, 128);
	forest_voter(&f, b, 128);
	gappy = forest_voter(&f, b, 2);
	forest_show(&f, gappy, 990);
	forest_count(&f, NULL);
	/* Two against two; the hash decides. */
	assert_stands(0, TW_RELATION_MAIN, 1005);
	assert_stands(2, TW_RELATION_CONFLICT, 1000);
	assert_stands(gappy, TW_RELATION_CONFLICT, 1000);
	forest_voter(&f, b, 3);
	forest_count(&f, NULL);
	assert_stands(0, TW_RELATION_CONFLICT, 1000);
	assert_stands(gappy, TW_RELATION_MAIN, 1005);
}

/* On which side of the fork it is, nobody can tell: it supports what is below, and is asked. */
static void test_floating(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 5, 1), b = forest_grow(&f, fork, 9, 2);
	uint32_t alone;

	(void)state;
	for (int i = 0; i < 3; i++)
		forest_voter(&f, a, 128);
	forest_voter(&f, forest_at(&f, b, 1005), 128);
	alone = forest_voter(&f, b, 2);
	forest_show(&f, alone, 999);
	forest_count(&f, NULL);
	assert_stands(alone, TW_RELATION_UNLINKED, 1000 - 1);
	assert_stands(3, TW_RELATION_CONFLICT, 1000);
	assert_int_equal(f.votes.agreeing, 4);
	assert_int_equal(f.votes.conflicting, 1);
	assert_true(is_asked((int32_t)alone, 1005));
	answer();
	forest_count(&f, NULL);
	assert_int_equal(f.votes.relation[alone], TW_RELATION_CONFLICT);
}

/* One of those that conflict with the main chain has a hole above the fork: it conflicts too. */
static void test_hole_on_the_losing_side(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 9, 1), b = forest_grow(&f, fork, 4, 2);
	int c = forest_grow(&f, b, 9, 2);
	uint32_t gappy;

	(void)state;
	for (int i = 0; i < 3; i++)
		forest_voter(&f, a, 128);
	forest_voter(&f, forest_at(&f, c, 1008), 128);
	gappy = forest_voter(&f, c, 2);
	forest_show(&f, gappy, 1000);
	forest_show(&f, gappy, 1001);
	forest_show(&f, gappy, 1002);
	forest_count(&f, NULL);
	assert_stands(3, TW_RELATION_CONFLICT, 1000);
	assert_stands(gappy, TW_RELATION_CONFLICT, 1000);
	assert_int_equal(tw_votes_supported_by(&f.votes, 4), 1000);
	assert_int_equal(f.votes.conflicting, 2);
}

/* A liar that shows the newest block of one side above the blocks of the other bridges nothing. */
static void test_liar_between_two_sides(void **state)
{
	static const uint32_t orders[][5] = { { 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 },
		{ 2, 4, 0, 3, 1 }, { 3, 0, 4, 1, 2 } };
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 5, 1), b = forest_grow(&f, fork, 5, 2);
	uint32_t liar, gappy;

	(void)state;
	forest_voter(&f, a, 128);
	forest_voter(&f, a, 128);
	forest_voter(&f, b, 128);
	gappy = forest_voter(&f, a, 1);
	forest_show(&f, gappy, 1000);
	liar = forest_voter(&f, b, 128);
	f.chains[liar].pairs[1005 % TW_WINDOW] = f.blocks[a].point;
	f.chains[liar].revision = ++f.revision;
	for (size_t i = 0; i < TW_ARRAY_SIZE(orders); i++) {
		forest_count(&f, orders[i]);
		assert_int_equal(f.votes.top, 1005);
		assert_memory_equal(tw_votes_main_at(&f.votes, 1001),
			&f.blocks[forest_at(&f, a, 1001)].point.hash, TW_HASH_BYTES);
		for (uint32_t node = 0; node < 5; node++)
			assert_int_equal(f.votes.relation[node],
				orders[i][node] == 2 || orders[i][node] == liar
					? TW_RELATION_CONFLICT
					: TW_RELATION_MAIN);
	}
}

/* Groups that share nothing: the largest counts, then the chain served last, the primary's, the
 * lower hash. */
static void test_largest_group(void **state)
{
	int a = trunk(1000), b = trunk(900), c = trunk(800);

	(void)state;
	forest_voter(&f, a, 50);
	forest_voter(&f, b, 50);
	forest_voter(&f, forest_at(&f, b, 890), 50);
	forest_voter(&f, c, 50);
	forest_voter(&f, forest_at(&f, c, 790), 50);
	forest_count(&f, NULL);
	assert_int_equal(f.votes.top, 900);
	f.primary = 4;
	forest_count(&f, NULL);
	assert_int_equal(f.votes.top, 800);
	f.served = f.blocks[forest_at(&f, b, 880)].point;
	forest_count(&f, NULL);
	assert_int_equal(f.votes.top, 900);
	forest_voter(&f, forest_at(&f, a, 999), 4);
	forest_voter(&f, forest_at(&f, a, 998), 4);
	forest_count(&f, NULL);
	assert_int_equal(f.votes.top, 1000);
	assert_int_equal(f.votes.agreeing, 7);
}

/* Two chains that part below all windows: asked for, that is a conflict, and a deep one. */
static void test_part_below_the_windows(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 300, 1), b = forest_grow(&f, fork, 290, 2);

	(void)state;
	forest_voter(&f, a, 4);
	forest_voter(&f, a, 128);
	forest_voter(&f, b, 4);
	forest_voter(&f, b, 4);
	forest_count(&f, NULL);
	/* The second voter shows what the first does not: it is on the same chain. */
	assert_true(f.votes.has_deep_conflict);
	for (int round = 0; round < 16 && answer() > 0; round++)
		forest_count(&f, NULL);
	assert_int_equal(f.votes.n_questions, 0);
	assert_int_equal(f.votes.conflicting, 2);
	assert_true(f.votes.has_deep_conflict);
	assert_true(f.votes.has_strong_rival);
	assert_int_equal(f.votes.branch[2], f.votes.branch[3]);
	assert_int_equal(f.votes.n_branches, 2);
}

/* A conflict is seen as deep where it is, and be the blocks around that unknown. */
static void test_deep_among_holes(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 6, 1), b = forest_grow(&f, fork, 8, 2);

	(void)state;
	for (int i = 0; i < 4; i++)
		forest_voter(&f, i < 2 ? a : b, 1);
	forest_show(&f, 0, 1005);
	forest_show(&f, 2, 1007);
	forest_count(&f, NULL);
	assert_false(f.votes.has_deep_conflict);
	/* The lower one has one block from there on, which is a race. */
	forest_show(&f, 2, 1006);
	forest_count(&f, NULL);
	assert_false(f.votes.has_deep_conflict);
	/* Two blocks: it is one no longer. */
	forest_show(&f, 2, 1005);
	forest_count(&f, NULL);
	assert_true(f.votes.has_deep_conflict);
	assert_true(f.votes.has_strong_rival);
	assert_int_equal(f.votes.conflicting, 1);
}

/* The same between two of whom nobody knows how they stand to the main chain. */
static void test_deep_beside_the_main_chain(void **state)
{
	int fork = trunk(1000);
	int main = forest_grow(&f, fork, 9, 1);
	int b = forest_grow(&f, fork, 6, 2), c = forest_grow(&f, fork, 7, 3);

	(void)state;
	forest_voter(&f, main, 1);
	forest_voter(&f, main, 1);
	forest_voter(&f, b, 1);
	forest_voter(&f, c, 1);
	forest_show(&f, 2, 1003);
	forest_count(&f, NULL);
	assert_false(f.votes.has_deep_conflict);
	forest_show(&f, 3, 1003);
	forest_count(&f, NULL);
	assert_int_equal(f.votes.top, 1009);
	assert_int_equal(f.votes.conflicting, 0);
	assert_true(f.votes.has_deep_conflict);
	assert_false(f.votes.has_strong_rival);
}

/* A fork a few blocks below windows of four: the common block is looked for, and found. */
static void test_short_windows(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 20, 1), b = forest_grow(&f, fork, 23, 2);

	(void)state;
	forest_voter(&f, a, 4);
	forest_voter(&f, a, 4);
	forest_voter(&f, b, 4);
	forest_voter(&f, b, 4);
	for (int round = 0; round < 6; round++) {
		forest_count(&f, NULL);
		answer();
	}
	assert_int_equal(f.votes.n_questions, 0);
	assert_true(f.votes.has_deep_conflict);
	/* Known to be the same at 992; and so the longer side wins the tie. */
	assert_int_equal(tw_votes_supported_by(&f.votes, 4), 992);
	assert_int_equal(f.votes.top, 1023);
}

/*
 * Voters 0 to 2 on one side of a fork at 994, 3 to 5 and the laggard 6 on the other one, which does
 * not know that it is with them. Returns the tip of the other side.
 */
static int split_with_a_laggard(void)
{
	int fork = trunk(994);
	int a = forest_grow(&f, fork, 6, 1), b = forest_grow(&f, fork, 6, 2);

	for (int i = 0; i < 3; i++)
		forest_voter(&f, a, 4);
	for (int i = 0; i < 3; i++)
		forest_voter(&f, b, 4);
	forest_voter(&f, forest_at(&f, b, 996), 4);
	return b;
}

/* Each of its side is asked, and then they are the majority. */
static void assert_laggard_is_found(void)
{
	for (int32_t node = 3; node < 6; node++)
		assert_true(is_asked(node, 996));
	answer();
	forest_count(&f, NULL);
	assert_int_equal(f.votes.agreeing, 4);
	assert_stands(3, TW_RELATION_MAIN, 1000);
	assert_stands(6, TW_RELATION_MAIN, 996);
}

/* The only one that linked two of a side has gone: the higher ones are asked, wherever they stand.
 */
static void test_link_gone(void **state)
{
	int b = split_with_a_laggard();

	(void)state;
	forest_voter(&f, b, 8);
	forest_count(&f, NULL);
	assert_int_equal(f.votes.agreeing, 5);
	assert_stands(3, TW_RELATION_MAIN, 1000);
	f.n_voters--;
	f.primary = 0;
	forest_count(&f, NULL);
	assert_stands(3, TW_RELATION_CONFLICT, TW_UNKNOWN);
	assert_laggard_is_found();
}

/* The same where a side of the tree floats: all share a block under the fork. */
static void test_floats_beside_a_laggard(void **state)
{
	(void)state;
	(void)split_with_a_laggard();
	forest_show(&f, 0, 996);
	forest_show(&f, 0, 993);
	for (uint32_t i = 0; i < 7; i++)
		forest_show(&f, i, 992);
	forest_count(&f, NULL);
	assert_stands(3, TW_RELATION_CONFLICT, 992);
	assert_laggard_is_found();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_far_behind),
		TEST(test_far_behind_and_forked),
		TEST(test_linked_through_others),
		TEST(test_hole_at_the_fork),
		TEST(test_floating),
		TEST(test_hole_on_the_losing_side),
		TEST(test_liar_between_two_sides),
		TEST(test_largest_group),
		TEST(test_part_below_the_windows),
		TEST(test_deep_among_holes),
		TEST(test_deep_beside_the_main_chain),
		TEST(test_short_windows),
		TEST(test_link_gone),
		TEST(test_floats_beside_a_laggard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
