/*
 * What `why` says would change the outcome is made to happen: so many voters moved, silenced or
 * won, in networks made up at random, change it, and one fewer does not, whoever they are.
 */
#include "explain/view.h"
#include "explain/why.h"
#include "fakenet.h"
#include "fixture/compare.h"

enum { ROUNDS = 300, SUBSETS = 6 };

static uint32_t random_state;

static uint32_t pick(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

/* The same network for the same seed: nodes behind, on two branches, and dead. */
static void begin(struct fakenet *net, uint32_t seed)
{
	random_state = seed;
	fakenet_init(net, 1 + pick(10));
	/* No verdict is about time. */
	tw_policy_set_block_target(&net->policy, TW_HOUR);
	for (uint32_t i = 0; i < net->n; i++) {
		struct fake_node *node = &net->nodes[i];

		node->tip = 1000 - pick(3);
		if (pick(3) == 0) {
			node->branch = (uint8_t)(1 + pick(2));
			node->fork = node->branch == 1 ? 994 : 997;
		}
		if (pick(6) == 0)
			node->result = TW_RESULT_REFUSED;
	}
	fakenet_start(net);
	fakenet_run(net, 20 * TW_SEC);
}

static void finish(struct fakenet *net)
{
	fakenet_finish(net);
}

static void move(struct fakenet *net, const int32_t *nodes, uint32_t n, const struct fake_node *to)
{
	for (uint32_t i = 0; i < n; i++) {
		net->nodes[nodes[i]].tip = to->tip;
		net->nodes[nodes[i]].fork = to->fork;
		net->nodes[nodes[i]].branch = to->branch;
		net->nodes[nodes[i]].result = to->result;
	}
	fakenet_run(net, 20 * TW_SEC);
}

/* Whether the block of `to` that is above the fork is on the main chain. */
static bool is_main(const struct fakenet *net, const struct fake_node *to)
{
	struct tw_point tip = fake_block(to->tip, to->fork, to->branch);
	int32_t members[TW_NODES_MAX];
	struct tw_branch main;

	if (tw_view_n_branches(net->monitor) == 0)
		return false;
	tw_view_branch(net->monitor, 0, members, &main);
	for (uint32_t i = 0; i < main.votes; i++) {
		struct tw_view_node view;

		tw_view_node(net->monitor, main.members[i], &view);
		if (tw_chain_has(view.chain, &tip))
			return true;
	}
	return false;
}

static bool has_consensus(const struct fakenet *net)
{
	return tw_monitor_decision(net->monitor)->mode == TW_MODE_CONSENSUS;
}

/* n of all nodes, other ones each time. */
static void choose_any(uint32_t n_nodes, uint32_t n, int32_t *ret_nodes)
{
	for (uint32_t i = 0; i < n_nodes; i++) {
		uint32_t k = pick(i + 1);

		ret_nodes[i] = ret_nodes[k];
		ret_nodes[k] = (int32_t)i;
	}
	(void)n;
}

static struct fake_node target(const struct fakenet *net, const struct tw_margin *margin)
{
	struct fake_node to = { .fork = margin->flip_fork, .branch = 99 };

	if (margin->rival >= 0)
		return net->nodes[margin->rival];
	for (uint32_t i = 0; i < net->n; i++) {
		if (net->nodes[i].result == TW_RESULT_OK && net->nodes[i].tip > to.tip)
			to.tip = net->nodes[i].tip;
	}
	return to;
}

static void test_flip(void **state)
{
	static struct tw_margin margin;
	uint32_t with_rival = 0, with_tie = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
		struct fakenet net;
		struct fake_node to;
		int32_t nodes[FAKE_NODES];

		begin(&net, seed);
		assert_int_equal(tw_margin_find(net.monitor, &margin), 0);
		if (margin.flip.n == 0) {
			/* Nobody answers. */
			assert_int_equal(tw_monitor_decision(net.monitor)->answering, 0);
			finish(&net);
			continue;
		}
		with_rival += margin.rival >= 0;
		with_tie += strcmp(tw_why_tie_word(net.monitor), "served") == 0;
		to = target(&net, &margin);
		assert_false(is_main(&net, &to));
		move(&net, margin.flip.nodes, margin.flip.n, &to);
		if (!is_main(&net, &to))
			fail_msg("seed %u: %u voters do not flip it", seed, margin.flip.n);
		finish(&net);
		/* One fewer does not, neither of these nor of any. */
		for (int k = 0; k <= SUBSETS; k++) {
			begin(&net, seed);
			random_state += (uint32_t)k * 977;
			memcpy(nodes, margin.flip.nodes, sizeof(nodes));
			if (k > 0)
				choose_any(net.n, margin.flip.n - 1, nodes);
			for (uint32_t i = 0; k > 0 && i + 1 < margin.flip.n; i++) {
				struct tw_why_vote vote;

				/* A silent one that joins is another matter. */
				tw_why_vote(net.monitor, nodes[i], &vote);
				if (!vote.is_voting)
					nodes[i] = margin.flip.nodes[0];
			}
			move(&net, nodes, margin.flip.n - 1, &to);
			if (is_main(&net, &to))
				fail_msg("seed %u: already %u voters flip it (subset %d)", seed,
					margin.flip.n - 1, k);
			finish(&net);
		}
	}
	print_message("%u with a rival branch, %u with a tie\n", with_rival, with_tie);
	assert_that(with_rival, >, ROUNDS / 4);
}

static void test_lose_and_gain(void **state)
{
	static const struct fake_node dead = { .result = TW_RESULT_REFUSED, .fork = INT64_MAX };
	static struct tw_margin margin;
	uint32_t lost = 0, gained = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
		struct fakenet net;
		struct fake_node to = dead;
		const struct tw_movers *movers;
		bool had;

		begin(&net, seed);
		assert_int_equal(tw_margin_find(net.monitor, &margin), 0);
		had = has_consensus(&net);
		assert_int_equal(had ? margin.gain.n : margin.lose.n, 0);
		movers = had ? &margin.lose : &margin.gain;
		if (movers->n == 0) {
			assert_int_equal(tw_monitor_decision(net.monitor)->answering, 0);
			finish(&net);
			continue;
		}
		if (!had) {
			int32_t members[TW_NODES_MAX];
			struct tw_branch main;

			tw_view_branch(net.monitor, 0, members, &main);
			for (uint32_t i = 0; i < main.votes; i++) {
				if (net.nodes[main.members[i]].tip == main.tip.height)
					to = net.nodes[main.members[i]];
			}
		}
		lost += had;
		gained += !had;
		move(&net, movers->nodes, movers->n, &to);
		if (has_consensus(&net) == had)
			fail_msg("seed %u: %u voters do not change it", seed, movers->n);
		finish(&net);
		begin(&net, seed);
		move(&net, movers->nodes, movers->n - 1, &to);
		if (has_consensus(&net) != had)
			fail_msg("seed %u: already %u voters change it", seed, movers->n - 1);
		finish(&net);
	}
	print_message("%u lost, %u gained\n", lost, gained);
	assert_that(lost, >, ROUNDS / 4);
	assert_that(gained, >, ROUNDS / 10);
}

/*
 * While nothing was served yet, the primary decides a tie. Three voters against one: with the
 * primary one is enough to flip it, without the primary it takes two.
 */
static void test_flip_by_the_primary(void **state)
{
	static struct tw_margin margin;

	(void)state;
	for (int32_t mover = 0; mover < 3; mover++) {
		struct fakenet net;
		struct fake_node to;

		fakenet_init(&net, 7);
		net.nodes[3].fork = 990;
		net.nodes[3].branch = 1;
		for (uint32_t i = 4; i < 7; i++)
			net.nodes[i].is_mute = true;
		fakenet_start(&net);
		fakenet_run(&net, TW_SEC);
		assert_string_equal(fakenet_mode(&net), "starting");
		assert_int_equal(tw_margin_find(net.monitor, &margin), 0);
		assert_int_equal(margin.rival, 3);
		assert_int_equal(margin.flip.n, 1);
		assert_int_equal(margin.flip.nodes[0], 0);
		to = net.nodes[3];
		net.nodes[mover] = to;
		fakenet_run(&net, 2 * TW_SEC);
		assert_string_equal(fakenet_mode(&net), "starting");
		assert_int_equal(is_main(&net, &to), mover == 0);
		finish(&net);
	}
}

/* One that was asked in vain is silent; unchecked is who was not asked yet. */
static void test_votes_of_those_that_never_answered(void **state)
{
	static const enum tw_why_vote_kind expected[] = { TW_WHY_VOTE_AGREES, TW_WHY_VOTE_SILENT,
		TW_WHY_VOTE_UNCHECKED };
	struct fakenet net;

	(void)state;
	fakenet_init(&net, 3);
	net.nodes[1].result = TW_RESULT_REFUSED;
	net.nodes[2].is_mute = true;
	fakenet_start(&net);
	fakenet_run(&net, 3 * TW_SEC);
	for (int32_t i = 0; i < 3; i++) {
		struct tw_why_vote vote;

		tw_why_vote(net.monitor, i, &vote);
		assert_int_equal(vote.kind, expected[i]);
	}
	finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flip),
		cmocka_unit_test(test_flip_by_the_primary),
		cmocka_unit_test(test_lose_and_gain),
		cmocka_unit_test(test_votes_of_those_that_never_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
