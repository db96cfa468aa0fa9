/*
 * The votes on random forests. Where every voter has shown its whole chain they must be what a slow
 * and plain reading of decision.md gives; where windows have holes nothing may be claimed that is
 * not so. Neither may depend on the order of the nodes. TW_SEED and TW_ROUNDS repeat or extend it.
 */
#include "base/num.h"
#include "fixture/compare.h"
#include "fixture/rounds.h"
#include "forest.h"

static struct forest f;
static unsigned int seed;

static unsigned int below(unsigned int n)
{
	return (unsigned int)rand_r(&seed) % n;
}

/* --- random forests --- */

/* Blocks 0 to at most 120: everything fits into a window. */
static void plant(void)
{
	int top = forest_grow(&f, forest_block(&f, -1, 0, 0), 20 + (int)below(60), 0);

	for (unsigned int i = below(6); i > 0; i--) {
		int fork = forest_at(&f, top, below(20 + 60));

		if (fork < 0)
			fork = top;
		(void)forest_grow(&f, fork, 1 + (int)below(20), (uint8_t)below(256));
		/* From anywhere, so that sides fork too. */
		top = (int)below((unsigned int)f.n_blocks);
	}
}

static void settle(int64_t window)
{
	uint32_t n = 1 + below(12);
	int favourite = (int)below((unsigned int)f.n_blocks);

	for (uint32_t i = 0; i < n; i++) {
		int tip = (int)below((unsigned int)f.n_blocks);

		/* Most are near to each other, as nodes are. */
		if (below(3) > 0)
			tip = forest_at(&f, favourite, forest_height(&f, favourite) - below(3));
		if (tip < 0)
			tip = favourite;
		forest_voter(&f, tip, window);
	}
	if (below(2) == 0)
		f.served = f.blocks[below((unsigned int)f.n_blocks)].point;
	f.primary = below(2) == 0 ? (int32_t)below(n) : TW_NODE_NONE;
	f.policy.fork_tolerance = below(4);
	f.policy.max_lead = below(5);
}

static void shuffle(uint32_t *perm)
{
	for (uint32_t i = 0; i < f.n_voters; i++) {
		uint32_t k = below(i + 1);

		perm[i] = perm[k];
		perm[k] = i;
	}
}

/* --- the slow reading --- */

struct side {
	int first;  /* the child of the fork */
	uint32_t n; /* tips in its subtree */
	int64_t top;
	bool has_served;
	bool has_primary;
	bool is_out;
};

static struct side look_at(int first)
{
	struct side side = { .first = first };

	for (uint32_t i = 0; i < f.n_voters; i++) {
		int block = f.tips[i];

		if (!forest_is_ancestor(&f, first, block))
			continue;
		side.n++;
		if (forest_height(&f, block) > side.top)
			side.top = forest_height(&f, block);
		side.has_primary = side.has_primary || (int32_t)i == f.primary;
		if (f.served.height >= forest_height(&f, first)) {
			int served = forest_at(&f, block, f.served.height);

			side.has_served = side.has_served ||
					  (served >= 0 && tw_hash_equal(&f.served.hash,
								  &f.blocks[served].point.hash));
		}
	}
	return side;
}

static bool is_better(const struct side *a, const struct side *b)
{
	if (a->has_served != b->has_served)
		return a->has_served;
	if (a->has_primary != b->has_primary)
		return a->has_primary;
	return tw_hash_compare(&f.blocks[a->first].point.hash, &f.blocks[b->first].point.hash) < 0;
}

/* The side that the main chain goes to from block, or -1 where it ends. */
static int next_block(int block, bool *ret_is_strong_rival)
{
	struct side sides[64];
	uint32_t n = 0, best = 0, most = 0;

	for (int i = 0; i < f.n_blocks; i++) {
		if (f.blocks[i].parent != block)
			continue;
		sides[n] = look_at(i);
		if (sides[n].n == 0)
			continue;
		if (sides[n].n > most)
			most = sides[n].n;
		n++;
	}
	if (n == 0)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		sides[i].is_out = sides[i].n < most;
		for (uint32_t k = 0; k < n; k++) {
			int64_t longer = sides[k].top - sides[i].top;

			/* All forks are just seen: the limit is twice max_lead. */
			if (sides[k].n == most && longer > f.policy.max_lead &&
				longer <= 2 * f.policy.max_lead)
				sides[i].is_out = true;
		}
	}
	while (sides[best].is_out)
		best++;
	for (uint32_t i = best + 1; i < n; i++) {
		if (!sides[i].is_out && is_better(&sides[i], &sides[best]))
			best = i;
	}
	for (uint32_t i = 0; i < n; i++) {
		int64_t fork = forest_height(&f, block), tolerance = f.policy.fork_tolerance;

		if (i != best && sides[i].n == sides[best].n && sides[i].top - fork > tolerance &&
			sides[best].top - fork > tolerance)
			*ret_is_strong_rival = true;
	}
	return sides[best].first;
}

/* The tip of the main chain: the last block on it that is a voter's tip. */
static int find_main(bool *ret_is_strong_rival)
{
	int main = 0, next = 0;

	*ret_is_strong_rival = false;
	while ((next = next_block(next, ret_is_strong_rival)) >= 0)
		main = next;
	return main;
}

static bool has_deep_conflict(void)
{
	for (uint32_t i = 0; i < f.n_voters; i++) {
		for (uint32_t k = 0; k < i; k++) {
			int64_t fork = forest_height(&f, forest_common(&f, f.tips[i], f.tips[k]));

			if (forest_height(&f, f.tips[i]) - fork > f.policy.fork_tolerance &&
				forest_height(&f, f.tips[k]) - fork > f.policy.fork_tolerance)
				return true;
		}
	}
	return false;
}

static void assert_like_the_slow_reading(const uint32_t *perm)
{
	bool is_strong_rival;
	int main = find_main(&is_strong_rival);
	uint32_t conflicting = 0;

	assert_int_equal(f.votes.top, forest_height(&f, main));
	assert_memory_equal(
		tw_votes_main_at(&f.votes, f.votes.top), &f.blocks[main].point.hash, TW_HASH_BYTES);
	assert_int_equal(f.votes.has_strong_rival, is_strong_rival);
	assert_int_equal(f.votes.has_deep_conflict, has_deep_conflict());
	for (uint32_t k = 0; k < f.n_voters; k++) {
		int tip = f.tips[perm[k]];
		bool is_on_main = forest_is_ancestor(&f, tip, main);

		assert_int_equal(
			f.votes.relation[k], is_on_main ? TW_RELATION_MAIN : TW_RELATION_CONFLICT);
		assert_int_equal(f.votes.share[k], forest_height(&f, forest_common(&f, tip, main)));
		conflicting += !is_on_main;
	}
	assert_int_equal(f.votes.conflicting, conflicting);
	assert_int_equal(f.votes.agreeing, f.n_voters - conflicting);
	for (uint32_t n = 1; n <= f.n_voters; n++) {
		uint32_t supporters = 0;
		int64_t height = tw_votes_supported_by(&f.votes, n);

		for (uint32_t i = 0; i < f.n_voters; i++)
			supporters +=
				forest_is_ancestor(&f, forest_at(&f, main, height), f.tips[i]);
		assert_that(supporters, >=, n);
		if (height == f.votes.top)
			continue;
		supporters = 0;
		for (uint32_t i = 0; i < f.n_voters; i++)
			supporters +=
				forest_is_ancestor(&f, forest_at(&f, main, height + 1), f.tips[i]);
		assert_that(supporters, <, n);
	}
}

static void whole_windows(unsigned int first)
{
	uint32_t perm[FOREST_VOTERS];
	int32_t primary;

	seed = first;
	forest_init(&f);
	plant();
	settle(TW_WINDOW);
	primary = f.primary;
	for (int i = 0; i < 3; i++) {
		shuffle(perm);
		for (uint32_t k = 0; k < f.n_voters; k++) {
			if ((int32_t)perm[k] == primary)
				f.primary = (int32_t)k;
		}
		forest_count(&f, perm);
		f.primary = primary;
		assert_like_the_slow_reading(perm);
		assert_int_equal(f.votes.n_questions, 0);
	}
	forest_finish(&f);
}

/* --- holes --- */

/* Whether two windows show that their nodes conflict deeper than fork_tolerance. */
static bool shows_deep_conflict(const struct tw_chain *a, const struct tw_chain *b)
{
	for (int64_t h = tw_min(a->tip, b->tip) - f.policy.fork_tolerance; h >= 0; h--) {
		const struct tw_hash *x = tw_chain_at(a, h), *y = tw_chain_at(b, h);

		if (x != NULL && y != NULL && !tw_hash_equal(x, y))
			return true;
	}
	return false;
}

/* What the windows show of deep conflicts is seen. */
static void assert_deep_conflicts_are_seen(void)
{
	for (uint32_t i = 0; i < f.n_voters; i++) {
		for (uint32_t k = 0; k < i; k++) {
			if (shows_deep_conflict(&f.chains[i], &f.chains[k]))
				assert_true(f.votes.has_deep_conflict);
		}
	}
}

/* Nothing is claimed that is not so. */
static void assert_sound(int main)
{
	for (uint32_t i = 0; i < f.n_voters; i++) {
		int common = forest_common(&f, f.tips[i], main);

		/* Two trees: those of another one have nothing in common with it. */
		if (common < 0)
			assert_int_not_equal(f.votes.relation[i], TW_RELATION_MAIN);
		else if (f.votes.relation[i] == TW_RELATION_MAIN)
			assert_int_equal(common, f.tips[i]);
		else if (f.votes.relation[i] == TW_RELATION_CONFLICT) {
			assert_int_not_equal(common, f.tips[i]);
			assert_int_not_equal(common, main);
		}
		assert_that(f.votes.share[i], <=, common < 0 ? -1 : forest_height(&f, common));
	}
	for (int64_t h = 0; h <= f.votes.top; h++) {
		const struct tw_hash *hash = tw_votes_main_at(&f.votes, h);
		int block = forest_at(&f, main, h);

		assert_true(hash == NULL || block >= 0);
		if (hash != NULL && block >= 0)
			assert_memory_equal(hash, &f.blocks[block].point.hash, TW_HASH_BYTES);
	}
}

static void windows_with_holes(unsigned int first)
{
	uint32_t perm[FOREST_VOTERS];
	enum tw_relation relation[FOREST_VOTERS];
	int64_t share[FOREST_VOTERS];
	struct tw_point top = { .height = TW_UNKNOWN };

	seed = first;
	forest_init(&f);
	plant();
	settle(1);
	f.primary = TW_NODE_NONE;
	for (uint32_t i = 0; i < f.n_voters; i++) {
		unsigned int density = below(10);

		for (int64_t h = 0; h < f.chains[i].tip; h++) {
			if (below(10) < density)
				forest_show(&f, i, h);
		}
	}
	forest_count(&f, NULL);
	assert_sound(f.tips[f.votes.best]);
	assert_deep_conflicts_are_seen();
	top = f.blocks[f.tips[f.votes.best]].point;
	for (uint32_t i = 0; i < f.n_voters; i++) {
		relation[i] = f.votes.relation[i];
		share[i] = f.votes.share[i];
	}
	for (int i = 0; i < 3; i++) {
		shuffle(perm);
		tw_votes_inherit(&f.votes, &(struct tw_votes){ 0 });
		forest_count(&f, perm);
		assert_int_equal(f.votes.top, top.height);
		assert_memory_equal(
			tw_votes_main_at(&f.votes, top.height), &top.hash, TW_HASH_BYTES);
		for (uint32_t k = 0; k < f.n_voters; k++) {
			assert_int_equal(f.votes.relation[k], relation[perm[k]]);
			assert_int_equal(f.votes.share[k], share[perm[k]]);
		}
	}
	/* With its questions answered every voter is linked to the main chain, or known not to be.
	 */
	for (int round = 0; round < 100; round++) {
		forest_count(&f, NULL);
		assert_sound(f.tips[f.votes.best]);
		if (f.votes.n_questions == 0)
			break;
		for (uint32_t i = 0; i < f.votes.n_questions; i++)
			forest_show(&f, (uint32_t)f.votes.questions[i].node,
				f.votes.questions[i].height);
	}
	assert_int_equal(f.votes.n_questions, 0);
	for (uint32_t i = 0; i < f.n_voters; i++)
		assert_int_not_equal(f.votes.relation[i], TW_RELATION_UNLINKED);
	forest_finish(&f);
}

/* --- running --- */

static void test_whole_windows(void **state)
{
	(void)state;
	run_rounds(whole_windows, 2000);
}

static void test_windows_with_holes(void **state)
{
	(void)state;
	run_rounds(windows_with_holes, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_whole_windows, say_seed),
		cmocka_unit_test_teardown(test_windows_with_holes, say_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
