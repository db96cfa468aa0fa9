/*
 * core/vote/growth: a count that follows many others gives what one gives that begins with nothing,
 * on random forests in which now one voter grows, now several do what they like. TW_SEED and
 * TW_ROUNDS repeat or extend it.
 */
#include "fixture/rounds.h"
#include "forest.h"

enum { COUNTS = 60, DEEP = 200 };

static struct forest f;
static struct tw_votes fresh;
static unsigned int seed;

static unsigned int below(unsigned int n)
{
	return (unsigned int)rand_r(&seed) % n;
}

/* The voter has the blocks from its tip down to this one now, and has shown n more of them. */
static void move_voter(uint32_t i, int tip, int64_t n)
{
	struct tw_chain *chain = &f.chains[i];
	int64_t height = forest_height(&f, tip);

	f.tips[i] = tip;
	chain->tip = height;
	chain->revision = ++f.revision;
	for (int64_t h = height; h > height - n && h >= 0; h--)
		chain->pairs[h % TW_WINDOW] = f.blocks[forest_at(&f, tip, h)].point;
}

/* A liar's chain: at one height it shows another block than those around it say. */
static void tear(uint32_t i)
{
	struct tw_chain *chain = &f.chains[i];

	chain->pairs[(chain->tip - 1 - below(40)) % TW_WINDOW].hash.bytes[31] ^= 1;
	chain->revision = ++f.revision;
}

/* The voter has not shown some of the blocks around the forks. */
static void lose(uint32_t i)
{
	struct tw_chain *chain = &f.chains[i];

	for (unsigned int n = 1 + below(12); n > 0; n--)
		chain->pairs[(chain->tip - 1 - below(45)) % TW_WINDOW].height = TW_UNKNOWN;
	chain->revision = ++f.revision;
}

/* A few chains that part here and there, and voters on them; some of them know nobody else's. */
static void settle(void)
{
	int bottom = forest_block(&f, -1, 1000, 0), tip = forest_grow(&f, bottom, DEEP, 0);
	int other = forest_grow(&f, forest_block(&f, -1, 1000 + below(100), 1), 100, 1);
	uint32_t n = 2 + below(10);
	unsigned int whole = below(3), stranger = below(4) == 0 ? 1 : 8;

	for (uint32_t i = 0; i < n; i++) {
		int fork = forest_at(&f, tip, 1000 + DEEP - below(30));
		int own = below(8) == 0 ? forest_at(&f, other, forest_height(&f, other) - below(5))
					: forest_grow(&f, fork, (int)below(12), 2);

		if (below(stranger) == 0)
			own = forest_grow(
				&f, forest_block(&f, -1, 1150 + below(40), 3), (int)below(20), 3);
		(void)forest_voter(&f, own, whole > 0 || below(3) > 0 ? TW_WINDOW : 1 + below(30));
		f.has_grown[i] = below(4) == 0;
		if (below(6) == 0)
			tear(i);
		if (whole == 2 && below(2) == 0)
			lose(i);
	}
	f.quorum = n / 2 + 1;
	f.policy.fork_tolerance = below(2) == 0 ? below(3) : below(60);
	f.primary = below(2) == 0 ? (int32_t)below(n) : TW_NODE_NONE;
	if (below(2) == 0)
		f.served = f.blocks[below((unsigned int)f.n_blocks)].point;
}

/* One voter goes on, over a hole or not; seldom it goes where another one is. */
static void change(void)
{
	uint32_t i = below(f.n_voters);
	int grown = 1 + (int)below(below(6) == 0 ? 30 : 3);

	f.now += TW_SEC;
	if (below(10) == 0) {
		uint64_t revision = ++f.revision;
		uint32_t k = below(f.n_voters);

		f.chains[i] = f.chains[k];
		f.chains[i].revision = revision;
		f.tips[i] = f.tips[k];
		return;
	}
	move_voter(i, forest_grow(&f, f.tips[i], grown, 4), below(8) == 0 ? 1 : grown);
}

static void assert_same_edges(void)
{
	assert_int_equal(f.votes.n_edges, fresh.n_edges);
	for (uint32_t e = 0; e < fresh.n_edges; e++) {
		const struct tw_edge *edge = &f.votes.edges[e], *other = &fresh.edges[e];

		assert_int_equal(edge->start, other->start);
		assert_int_equal(edge->end, other->end);
		assert_int_equal(edge->ended, other->ended);
		assert_int_equal(edge->size, other->size);
		assert_int_equal(edge->fork_height, other->fork_height);
		assert_int_equal(edge->agreed, other->agreed);
		assert_int_equal(edge->top, other->top);
		assert_int_equal(edge->n_children, other->n_children);
		assert_int_equal(edge->is_main, other->is_main);
		if (e > 0)
			assert_memory_equal(&edge->first, &other->first, sizeof(edge->first));
	}
}

static void assert_same(void)
{
	assert_int_equal(f.votes.top, fresh.top);
	assert_int_equal(f.votes.best, fresh.best);
	assert_int_equal(f.votes.tie, fresh.tie);
	assert_int_equal(f.votes.tie_until_us, fresh.tie_until_us);
	assert_int_equal(f.votes.answering, fresh.answering);
	assert_int_equal(f.votes.agreeing, fresh.agreeing);
	assert_int_equal(f.votes.conflicting, fresh.conflicting);
	assert_int_equal(f.votes.has_deep_conflict, fresh.has_deep_conflict);
	assert_int_equal(f.votes.has_strong_rival, fresh.has_strong_rival);
	assert_int_equal(f.votes.n_groups, fresh.n_groups);
	assert_int_equal(f.votes.n_branches, fresh.n_branches);
	for (uint32_t i = 0; i < f.n_voters; i++) {
		assert_int_equal(f.votes.relation[i], fresh.relation[i]);
		assert_int_equal(f.votes.share[i], fresh.share[i]);
		assert_int_equal(f.votes.branch[i], fresh.branch[i]);
	}
	for (uint32_t n = 1; n <= f.n_voters; n++)
		assert_int_equal(
			tw_votes_supported_by(&f.votes, n), tw_votes_supported_by(&fresh, n));
	assert_int_equal(f.votes.n_questions, fresh.n_questions);
	for (uint32_t i = 0; i < fresh.n_questions; i++) {
		assert_int_equal(f.votes.questions[i].node, fresh.questions[i].node);
		assert_int_equal(f.votes.questions[i].height, fresh.questions[i].height);
	}
	assert_same_edges();
}

/* Counts once with what the last count has left, and once without. */
static void count_twice(void)
{
	struct tw_votes kept;

	assert_int_equal(tw_votes_init(&fresh, FOREST_VOTERS), 0);
	tw_votes_inherit(&fresh, &f.votes);
	forest_count(&f, NULL);
	kept = f.votes;
	f.votes = fresh;
	forest_count(&f, NULL);
	fresh = f.votes;
	f.votes = kept;
	assert_same();
	tw_votes_finish(&fresh);
}

static void one_forest(unsigned int first)
{
	seed = first;
	forest_init(&f);
	settle();
	count_twice();
	for (int k = 0; k < COUNTS; k++) {
		for (unsigned int n = below(6) == 0 ? 2 : 1; n > 0; n--)
			change();
		count_twice();
	}
	forest_finish(&f);
}

static void test_like_a_first_count(void **state)
{
	(void)state;
	run_rounds(one_forest, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_like_a_first_count, say_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
