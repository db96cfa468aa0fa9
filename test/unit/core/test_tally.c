/* The main chain on small forests laid out by hand (decision.md, Voting 2 and Voting 3). */
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

/* A chain up to height, from which everything forks. */
static int trunk(int64_t height)
{
	int first = forest_block(&f, -1, height - 200, 0);

	return forest_grow(&f, first, 200, 0);
}

static void assert_top(int block)
{
	const struct tw_hash *hash = tw_votes_main_at(&f.votes, f.votes.top);

	assert_int_equal(f.votes.top, forest_height(&f, block));
	assert_non_null(hash);
	assert_memory_equal(hash, &f.blocks[block].point.hash, TW_HASH_BYTES);
}

static void assert_stands(uint32_t voter, enum tw_relation relation, int64_t share)
{
	assert_int_equal(f.votes.relation[voter], relation);
	assert_int_equal(f.votes.share[voter], share);
}

static void test_nobody(void **state)
{
	(void)state;
	forest_count(&f, NULL);
	assert_int_equal(f.votes.answering, 0);
	assert_int_equal(f.votes.top, TW_UNKNOWN);
	assert_null(tw_votes_main_at(&f.votes, 0));
	assert_int_equal(tw_votes_supported_by(&f.votes, 1), TW_UNKNOWN);
	assert_int_equal(f.votes.n_branches, 0);
}

/* A node that is merely behind contradicts nobody. */
static void test_laggards(void **state)
{
	int top = trunk(1000);

	(void)state;
	forest_voter(&f, forest_at(&f, top, 990), 128);
	forest_voter(&f, top, 128);
	forest_voter(&f, forest_at(&f, top, 999), 128);
	forest_count(&f, NULL);
	assert_top(top);
	for (uint32_t i = 0; i < 3; i++)
		assert_stands(i, TW_RELATION_MAIN, f.chains[i].tip);
	assert_int_equal(tw_votes_supported_by(&f.votes, 1), 1000);
	assert_int_equal(tw_votes_supported_by(&f.votes, 2), 999);
	assert_int_equal(tw_votes_supported_by(&f.votes, 3), 990);
	assert_int_equal(f.votes.conflicting, 0);
	assert_int_equal(f.votes.n_branches, 1);
}

/* More voters' tips above the fork; one below it has no say. */
static void test_majority_of_a_fork(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 9, 1), b = forest_grow(&f, fork, 2, 2);

	(void)state;
	forest_voter(&f, a, 128);
	forest_voter(&f, forest_at(&f, b, 1001), 128);
	forest_voter(&f, b, 128);
	forest_voter(&f, fork, 128);
	forest_voter(&f, forest_at(&f, fork, 950), 128);
	forest_count(&f, NULL);
	assert_top(b);
	assert_stands(0, TW_RELATION_CONFLICT, 1000);
	assert_stands(1, TW_RELATION_MAIN, 1001);
	assert_stands(3, TW_RELATION_MAIN, 1000);
	assert_int_equal(f.votes.conflicting, 1);
	assert_int_equal(f.votes.agreeing, 4);
	assert_int_equal(f.votes.n_branches, 2);
	assert_true(f.votes.has_deep_conflict);
	assert_false(f.votes.has_strong_rival);
}

/* A race is not a deep conflict; both sides must be deeper than fork_tolerance. */
static void test_depth(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 8, 1), b = forest_grow(&f, fork, 1, 2);

	(void)state;
	forest_voter(&f, a, 128);
	forest_voter(&f, b, 128);
	forest_count(&f, NULL);
	assert_false(f.votes.has_deep_conflict);
	assert_false(f.votes.has_strong_rival);
	f.policy.fork_tolerance = 0;
	forest_count(&f, NULL);
	assert_true(f.votes.has_deep_conflict);
	assert_true(f.votes.has_strong_rival);
}

/* Two sides with a tip each, a the longer by n blocks. */
static void race(int n, int *ret_a, int *ret_b)
{
	int fork = trunk(1000);

	*ret_a = forest_grow(&f, fork, 2 + n, 2);
	*ret_b = forest_grow(&f, fork, 2, 1);
	forest_voter(&f, *ret_a, 128);
	forest_voter(&f, *ret_b, 128);
}

static void test_tie_by_hash(void **state)
{
	int a, b;

	(void)state;
	race(2, &a, &b);
	forest_count(&f, NULL);
	assert_top(b);
}

static void test_tie_by_primary(void **state)
{
	int a, b;

	(void)state;
	race(2, &a, &b);
	f.primary = 0;
	forest_count(&f, NULL);
	assert_top(a);
}

static void test_tie_by_served(void **state)
{
	int a, b;

	(void)state;
	race(2, &a, &b);
	f.primary = 0;
	f.served = f.blocks[forest_at(&f, b, 1001)].point;
	forest_count(&f, NULL);
	assert_top(b);
	/* What was served below the fork is on both sides. */
	f.served = f.blocks[forest_at(&f, b, 1000)].point;
	forest_count(&f, NULL);
	assert_top(a);
}

/* More than max_lead longer: before everything else, but not by more than the limit. */
static void test_tie_by_length(void **state)
{
	int a, b;

	(void)state;
	race(3, &a, &b);
	f.primary = 1;
	f.served = f.blocks[b].point;
	forest_count(&f, NULL);
	assert_top(a);
	f.policy.max_lead = 3;
	forest_count(&f, NULL);
	assert_top(b);
}

/* One block longer is enough where only that side has grown. */
static void test_tie_by_growth(void **state)
{
	int a, b;

	(void)state;
	race(1, &a, &b);
	f.primary = 1;
	f.served = f.blocks[b].point;
	f.has_grown[0] = true;
	forest_count(&f, NULL);
	assert_top(a);
	assert_int_equal(f.votes.tie, TW_TIE_LONGER);
	f.has_grown[1] = true;
	forest_count(&f, NULL);
	assert_top(b);
	/* The shorter one gains nothing. */
	f.has_grown[0] = false;
	f.primary = 0;
	f.served = f.blocks[a].point;
	forest_count(&f, NULL);
	assert_top(a);
}

/* ... nor one of the same length, nor one beyond the limit, nor where a quorum has confirmed. */
static void test_tie_by_growth_has_limits(void **state)
{
	int a, b;

	(void)state;
	race(0, &a, &b);
	f.primary = 1;
	f.has_grown[0] = true;
	forest_count(&f, NULL);
	assert_top(b);
	f.n_voters = 0;
	race(10, &a, &b);
	forest_count(&f, NULL);
	assert_top(b);
	assert_that(f.votes.tie_until_us, >, f.now);
	f.n_voters = 0;
	race(1, &a, &b);
	f.confirmed = &f.chains[1];
	forest_count(&f, NULL);
	assert_top(b);
}

static void test_tie_by_length_waits(void **state)
{
	int64_t growth_us = tw_policy_growth_us(&f.policy), begun = f.now;
	int a, b;

	(void)state;
	/* Six more than twice max_lead: six quarters of the block target. */
	race(10, &a, &b);
	f.primary = 1;
	forest_count(&f, NULL);
	assert_top(b);
	assert_int_equal(f.votes.tie_until_us, begun + 6 * growth_us);
	f.now = f.votes.tie_until_us - 1;
	forest_count(&f, NULL);
	assert_top(b);
	f.now++;
	forest_count(&f, NULL);
	assert_top(a);
	assert_int_equal(f.votes.tie_until_us, TW_NEVER);
}

/* The time counts from when the fork was seen, and anew after it was gone. */
static void test_tie_by_length_forgets(void **state)
{
	int a, b;

	(void)state;
	race(10, &a, &b);
	f.primary = 1;
	forest_count(&f, NULL);
	f.now += 3600 * TW_SEC;
	f.n_voters = 1;
	forest_count(&f, NULL);
	assert_top(a);
	f.n_voters = 2;
	forest_count(&f, NULL);
	assert_top(b);
	f.now += 3600 * TW_SEC;
	forest_count(&f, NULL);
	assert_top(a);
}

/*
 * Three sides: the second loses to the third by length only, the first to neither. Whatever the
 * order, what is longer by enough goes first, then the chain served last.
 */
static void test_three_sides(void **state)
{
	static const uint32_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 } };
	int fork = trunk(1000), sides[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const int lengths[] = { 4, 2, 5 };

		sides[i] = forest_grow(&f, fork, lengths[i], (uint8_t)(9 - i));
		forest_voter(&f, sides[i], 128);
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(orders); i++) {
		f.served = f.blocks[sides[1]].point;
		forest_count(&f, orders[i]);
		assert_top(sides[2]);
		f.served = f.blocks[sides[0]].point;
		forest_count(&f, orders[i]);
		assert_top(sides[0]);
	}
}

/* Forks within the losing side are conflicts too. */
static void test_fork_within_a_side(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 5, 1), b = forest_grow(&f, fork, 1, 2);
	int c = forest_grow(&f, b, 3, 3), d = forest_grow(&f, b, 3, 4);

	(void)state;
	for (int i = 0; i < 3; i++)
		forest_voter(&f, a, 128);
	forest_voter(&f, c, 128);
	forest_voter(&f, d, 128);
	forest_count(&f, NULL);
	assert_top(a);
	assert_stands(3, TW_RELATION_CONFLICT, 1000);
	assert_stands(4, TW_RELATION_CONFLICT, 1000);
	assert_int_equal(f.votes.n_branches, 2);
	assert_int_equal(f.votes.branch[4], f.votes.branch[3]);
	assert_false(f.votes.has_strong_rival);
}

/* Two against two, deep: no majority whatever the tie-breaks say. */
static void test_strong_rival(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 3, 1), b = forest_grow(&f, fork, 3, 2);

	(void)state;
	for (int i = 0; i < 4; i++)
		forest_voter(&f, i < 2 ? a : b, 128);
	forest_count(&f, NULL);
	assert_top(a);
	assert_true(f.votes.has_strong_rival);
	forest_voter(&f, a, 128);
	forest_count(&f, NULL);
	assert_false(f.votes.has_strong_rival);
	assert_true(f.votes.has_deep_conflict);
}

/* What a quorum confirmed: the side with more and longer chains does not win without a quorum. */
static void test_confirmed_side(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 2, 1), b = forest_grow(&f, fork, 4, 2);
	struct tw_chain confirmed;

	(void)state;
	f.quorum = 3;
	for (int i = 0; i < 3; i++)
		forest_voter(&f, i < 1 ? a : b, 128);
	confirmed = f.chains[0];
	f.confirmed = &confirmed;
	forest_count(&f, NULL);
	assert_top(a);
	assert_int_equal(f.votes.best, 0);
	assert_int_equal(f.votes.tie, TW_TIE_CONFIRMED);
	assert_stands(1, TW_RELATION_CONFLICT, 1000);
	assert_int_equal(f.votes.answering, 3);
	assert_int_equal(f.votes.agreeing, 1);
	assert_int_equal(f.votes.n_branches, 2);
	assert_int_equal(tw_votes_supported_by(&f.votes, 2), 1000);
	/* A quorum is on the other side. */
	forest_voter(&f, b, 128);
	forest_count(&f, NULL);
	assert_top(b);
	assert_int_equal(f.votes.tie, TW_TIE_VOTES);
	assert_int_equal(f.votes.n_branches, 2);
}

/* Nobody has it any more: it holds its place in the tree all the same, without a vote. */
static void test_confirmed_by_nobody(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 2, 1), b = forest_grow(&f, fork, 4, 2);
	struct tw_chain confirmed;

	(void)state;
	f.quorum = 2;
	forest_voter(&f, a, 128);
	confirmed = f.chains[0];
	forest_finish(&f);
	forest_init(&f);
	f.quorum = 2;
	fork = trunk(1000);
	a = forest_grow(&f, fork, 2, 1);
	b = forest_grow(&f, fork, 4, 2);
	forest_voter(&f, b, 128);
	f.confirmed = &confirmed;
	forest_count(&f, NULL);
	assert_top(a);
	assert_int_equal(f.votes.best, f.votes.confirmed);
	assert_stands(0, TW_RELATION_CONFLICT, 1000);
	assert_int_equal(f.votes.agreeing, 0);
	assert_int_equal(f.votes.conflicting, 1);
	assert_false(f.votes.has_deep_conflict);
	assert_int_equal(f.votes.n_questions, 0);
	/* With nobody at all. */
	f.n_voters = 0;
	forest_count(&f, NULL);
	assert_top(a);
	assert_int_equal(f.votes.answering, 0);
}

/* No block is shared: voters that show another block at its height are on another chain. */
static void test_confirmed_apart(void **state)
{
	int fork = trunk(1000);
	int a = forest_grow(&f, fork, 100, 1), b = forest_grow(&f, fork, 104, 2);
	struct tw_chain confirmed;

	(void)state;
	f.quorum = 2;
	tw_chain_init(&confirmed);
	confirmed.tip = 1100;
	confirmed.pairs[1100 % TW_WINDOW] = f.blocks[a].point;
	f.confirmed = &confirmed;
	/* It is not known to be on another chain: only blocks above are known. */
	forest_voter(&f, b, 4);
	forest_count(&f, NULL);
	assert_top(b);
	assert_stands(0, TW_RELATION_MAIN, 1104);
	forest_show(&f, 0, 1100);
	forest_count(&f, NULL);
	assert_int_equal(f.votes.top, 1100);
	assert_stands(0, TW_RELATION_CONFLICT, TW_UNKNOWN);
	/* Two are a quorum, wherever they are. */
	forest_voter(&f, b, 8);
	forest_count(&f, NULL);
	assert_top(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody),
		TEST(test_laggards),
		TEST(test_majority_of_a_fork),
		TEST(test_depth),
		TEST(test_tie_by_hash),
		TEST(test_tie_by_primary),
		TEST(test_tie_by_served),
		TEST(test_tie_by_length),
		TEST(test_tie_by_growth),
		TEST(test_tie_by_growth_has_limits),
		TEST(test_tie_by_length_waits),
		TEST(test_tie_by_length_forgets),
		TEST(test_three_sides),
		TEST(test_fork_within_a_side),
		TEST(test_strong_rival),
		TEST(test_confirmed_side),
		TEST(test_confirmed_by_nobody),
		TEST(test_confirmed_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
