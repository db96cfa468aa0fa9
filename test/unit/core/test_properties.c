/*
 * What must always hold (decision.md), over random histories. TW_SEED and TW_ROUNDS repeat or
 * extend a run; a failure prints the seed of its history.
 */
#include "explain/view.h"
#include "fakenet.h"
#include "fixture/compare.h"
#include "fixture/rounds.h"
#include <inttypes.h>

enum { EVENTS = 40 };

static unsigned int random_below(unsigned int *seed, unsigned int n)
{
	return (unsigned int)rand_r(seed) % n;
}

/* One thing that happens to one node, or to the chain. */
struct event {
	unsigned int kind;
	uint32_t node;
	unsigned int amount;
	int64_t wait_us;
};

static struct event draw(unsigned int *seed, uint32_t n)
{
	return (struct event){
		.kind = random_below(seed, 14),
		.node = random_below(seed, n),
		.amount = random_below(seed, 6),
		.wait_us = (int64_t)random_below(seed, 20000) * TW_MS,
	};
}

/* The tip of the honest chain is one more than the highest block that a main-branch node has had.
 */
struct world {
	struct fakenet net;
	int64_t honest;
	uint8_t branches;
	bool is_frozen[FAKE_NODES];
	bool is_drained[FAKE_NODES];
};

static void follow_honest(struct world *world, uint32_t i)
{
	struct fake_node *node = &world->net.nodes[i];

	node->branch = 0;
	node->fork = INT64_MAX;
	node->tip = world->honest;
	node->result = TW_RESULT_OK;
	node->peers = 8;
	world->is_frozen[i] = false;
}

static void apply(struct world *world, const struct event *event)
{
	struct fakenet *net = &world->net;
	struct fake_node *node = &net->nodes[event->node];

	switch (event->kind) {
	case 0:
		node->result = TW_RESULT_REFUSED;
		break;
	case 1:
		node->result = TW_RESULT_TIMEOUT;
		break;
	case 2:
		node->result = TW_RESULT_BAD_REPLY;
		break;
	case 3:
		world->is_frozen[event->node] = true;
		break;
	case 4:
		/* Forks itself off, a little or a lot, and goes on alone. */
		node->fork = node->tip - event->amount;
		node->branch = ++world->branches;
		node->tip += event->amount % 3;
		world->is_frozen[event->node] = true;
		break;
	case 5:
		node->peers = 0;
		break;
	case 6:
		node->claim = node->tip + 1000 * event->amount;
		break;
	case 7:
		world->is_drained[event->node] = !world->is_drained[event->node];
		(void)tw_monitor_operate(net->monitor, net->now,
			world->is_drained[event->node] ? TW_OP_DRAIN : TW_OP_UNDRAIN,
			(int32_t)event->node);
		break;
	case 8:
	case 9:
		follow_honest(world, event->node);
		break;
	default:
		world->honest++;
		for (uint32_t i = 0; i < net->n; i++) {
			if (!world->is_frozen[i] && net->nodes[i].branch == 0)
				net->nodes[i].tip = world->honest;
		}
		break;
	}
}

static void begin(struct world *world, uint32_t n)
{
	*world = (struct world){ .honest = 1000 };
	fakenet_init(&world->net, n);
	fakenet_start(&world->net);
	fakenet_run(&world->net, 3 * TW_SEC);
}

/* Whether a pool may mine on it where nobody is healthy (decision.md, Modes 7). */
static bool is_better_than_none(const struct tw_view_node *view, const struct tw_decision *decision)
{
	enum tw_reason reason = view->verdict.reason;

	if (reason == TW_REASON_ISOLATED)
		return view->chain->tip == decision->tip.height;
	if (reason == TW_REASON_LAGGING || reason == TW_REASON_FORKED)
		return view->fork_height < 0 || view->fork_height >= decision->anchor_height;
	return reason == TW_REASON_WARMING;
}

/* The properties that hold whatever happens. */
static void check_always(const struct fakenet *net)
{
	const struct tw_decision *decision = tw_monitor_decision(net->monitor);
	bool has_healthy = false;
	struct tw_view_node view, chosen;

	assert_int_equal(decision->answering, decision->agreeing + decision->conflicting);
	assert_true(decision->answering <= decision->voters || decision->voters == 0);
	assert_that(decision->chosen, >=, 0);
	tw_view_node(net->monitor, decision->chosen, &chosen);
	for (uint32_t i = 0; i < net->n; i++) {
		tw_view_node(net->monitor, (int32_t)i, &view);
		has_healthy = has_healthy || view.verdict.state == TW_STATE_HEALTHY;
	}
	if (decision->mode == TW_MODE_CONSENSUS || decision->mode == TW_MODE_REDUCED) {
		assert_true(!has_healthy || chosen.verdict.state == TW_STATE_HEALTHY);
		/* Only in a race may it be beside C, and then not for long. */
		if (chosen.fork_height >= 0 && chosen.verdict.state == TW_STATE_HEALTHY)
			assert_int_equal(chosen.verdict.reason, TW_REASON_RACING);
	}
	if (decision->is_usable)
		assert_true(chosen.verdict.state == TW_STATE_HEALTHY ||
			    is_better_than_none(&chosen, decision));
}

static void test_random_histories(unsigned int history)
{
	unsigned int seed = history;
	struct world world;
	uint64_t epoch = 1, chain_epoch = 1;

	begin(&world, 1 + random_below(&seed, 7));
	for (int i = 0; i < EVENTS; i++) {
		struct event event = draw(&seed, world.net.n);
		const struct tw_decision *decision = tw_monitor_decision(world.net.monitor);

		apply(&world, &event);
		fakenet_run(&world.net, event.wait_us);
		check_always(&world.net);
		assert_that(decision->epoch, >=, epoch);
		assert_that(decision->chain_epoch, >=, chain_epoch);
		epoch = decision->epoch;
		chain_epoch = decision->chain_epoch;
	}
	/* All well again: within a while one of them is used, and the tip is the honest one. */
	for (uint32_t i = 0; i < world.net.n; i++) {
		follow_honest(&world, i);
		(void)tw_monitor_operate(
			world.net.monitor, world.net.now, TW_OP_UNDRAIN, (int32_t)i);
	}
	fakenet_run(&world.net, 60 * TW_SEC);
	assert_string_equal(fakenet_mode(&world.net), "consensus");
	assert_int_equal(fakenet_height(&world.net), world.honest);
	assert_true(tw_monitor_decision(world.net.monitor)->is_usable);
	fakenet_finish(&world.net);
}

/* The same history with the nodes listed the other way round: the same tip, anchor and mode. */
static void test_order_of_nodes(unsigned int history)
{
	unsigned int seed = history, n = 2 + random_below(&seed, 6);
	struct world one, other;

	one = other = (struct world){ .honest = 1000 };
	fakenet_init(&one.net, n);
	fakenet_init(&other.net, n);
	/* The chosen daemon is looked at more often: it is to be the same one. */
	for (unsigned int i = 0; i < n; i++)
		one.net.policies[i].priority = other.net.policies[n - 1 - i].priority = (int32_t)i;
	fakenet_start(&one.net);
	fakenet_run(&one.net, 3 * TW_SEC);
	other.net.policies[0].is_primary = false;
	other.net.policies[n - 1].is_primary = true;
	fakenet_start(&other.net);
	fakenet_run(&other.net, 3 * TW_SEC);
	for (int i = 0; i < EVENTS; i++) {
		struct event event = draw(&seed, n);
		const struct tw_decision *a = tw_monitor_decision(one.net.monitor);
		const struct tw_decision *b = tw_monitor_decision(other.net.monitor);

		apply(&one, &event);
		event.node = n - 1 - event.node;
		apply(&other, &event);
		fakenet_run(&one.net, event.wait_us);
		fakenet_run(&other.net, event.wait_us);
		assert_int_equal(a->mode, b->mode);
		assert_int_equal(a->tip.height, b->tip.height);
		assert_memory_equal(&a->tip.hash, &b->tip.hash, TW_HASH_BYTES);
		assert_int_equal(a->anchor_height, b->anchor_height);
		assert_int_equal(a->chain_epoch, b->chain_epoch);
	}
	fakenet_finish(&one.net);
	fakenet_finish(&other.net);
}

/* All that the core decides and waits for is the same in both, from each one's start on. */
static void expect_same(const struct fakenet *one, const struct fakenet *other)
{
	const struct tw_decision *a = tw_monitor_decision(one->monitor);
	const struct tw_decision *b = tw_monitor_decision(other->monitor);
	int64_t a_us = tw_monitor_deadline(one->monitor);
	int64_t b_us = tw_monitor_deadline(other->monitor);

	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->announced, b->announced);
	assert_int_equal(a->chosen, b->chosen);
	assert_int_equal(a->is_usable, b->is_usable);
	assert_int_equal(a->tip.height, b->tip.height);
	assert_int_equal(a->anchor_height, b->anchor_height);
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->chain_epoch, b->chain_epoch);
	assert_int_equal(a->is_stalled, b->is_stalled);
	assert_int_equal(a->answering, b->answering);
	assert_int_equal(a_us == TW_NEVER, b_us == TW_NEVER);
	if (a_us != TW_NEVER)
		assert_int_equal(a_us - one->now, b_us - other->now);
	for (int32_t i = 0; i < (int32_t)one->n; i++) {
		struct tw_view_node a_view, b_view;

		tw_view_node(one->monitor, i, &a_view);
		tw_view_node(other->monitor, i, &b_view);
		assert_int_equal(a_view.verdict.state, b_view.verdict.state);
		assert_int_equal(a_view.verdict.reason, b_view.verdict.reason);
	}
}

/* The first checks of all nodes end in the moment of the start, well or not. */
static void begin_at(struct world *world, unsigned int history, uint32_t n, int64_t now)
{
	unsigned int seed = history;
	struct tw_action action = { .slot = -1, .order.wants_template = true };

	*world = (struct world){ .honest = 1000 };
	fakenet_init(&world->net, n);
	world->net.now = now;
	world->net.policy.has_template = random_below(&seed, 2) == 0;
	fakenet_start(&world->net);
	for (uint32_t i = 0; i < n; i++) {
		struct event event = draw(&seed, n);

		world->net.nodes[i].template =
			random_below(&seed, 3) == 0 ? TW_TEMPLATE_FAILED : TW_TEMPLATE_OK;
		apply(world, &event);
	}
	for (uint32_t i = 0; i < n; i++)
		fakenet_check(&world->net, (int32_t)i, &action);
}

/* A clock may begin at 0: the same history from another moment on is the same. */
static void test_any_clock(unsigned int history)
{
	unsigned int seed = history, n = 1 + random_below(&seed, 7);
	struct world one, other;

	begin_at(&one, history, n, 0);
	begin_at(&other, history, n, 1000 * TW_SEC);
	fakenet_run(&one.net, 0);
	fakenet_run(&other.net, 0);
	expect_same(&one.net, &other.net);
	for (int i = 0; i < EVENTS / 2; i++) {
		struct event event = draw(&seed, n);

		if (event.kind == 0)
			one.net.nodes[event.node].template = other.net.nodes[event.node].template =
				TW_TEMPLATE_OK;
		apply(&one, &event);
		apply(&other, &event);
		fakenet_run(&one.net, event.wait_us / 4);
		fakenet_run(&other.net, event.wait_us / 4);
		expect_same(&one.net, &other.net);
	}
	fakenet_finish(&one.net);
	fakenet_finish(&other.net);
}

/* N - q wrong nodes, colluding, cannot move C off the honest chain, nor T but within the budget. */
static void test_colluders(unsigned int history)
{
	unsigned int seed = history;
	uint32_t n = 3 + 2 * random_below(&seed, 3), wrong = n - (n / 2 + 1);
	struct world world;
	int64_t begun;

	begin(&world, n);
	begun = world.net.now;
	for (int i = 0; i < EVENTS; i++) {
		const struct tw_decision *decision = tw_monitor_decision(world.net.monitor);
		int64_t back = random_below(&seed, 8), lead = random_below(&seed, 2000);
		int64_t most;

		for (uint32_t k = 0; k < wrong; k++) {
			struct fake_node *node = &world.net.nodes[n - 1 - k];

			node->fork = world.honest - back;
			node->branch = (uint8_t)(1 + random_below(&seed, 2));
			node->tip = world.honest + lead;
			node->claim = INT32_MAX;
		}
		if (random_below(&seed, 3) == 0) {
			world.honest++;
			for (uint32_t k = 0; k < n - wrong; k++)
				world.net.nodes[k].tip = world.honest;
		}
		fakenet_run(&world.net, (int64_t)random_below(&seed, 20000) * TW_MS);
		assert_that(decision->anchor_height, <=, world.honest);
		assert_int_equal(decision->anchor_hash.bytes[0], 0);
		most = world.honest + world.net.policy.max_lead +
		       (world.net.now - begun) / tw_policy_growth_us(&world.net.policy) + 1;
		assert_that(decision->tip.height, <=, most);
	}
	fakenet_finish(&world.net);
}

static void random_histories(void **state)
{
	(void)state;
	run_rounds(test_random_histories, 300);
}

static void order_of_nodes(void **state)
{
	(void)state;
	run_rounds(test_order_of_nodes, 200);
}

static void any_clock(void **state)
{
	(void)state;
	run_rounds(test_any_clock, 200);
}

static void colluders(void **state)
{
	(void)state;
	run_rounds(test_colluders, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(random_histories, say_seed),
		cmocka_unit_test_teardown(order_of_nodes, say_seed),
		cmocka_unit_test_teardown(any_clock, say_seed),
		cmocka_unit_test_teardown(colluders, say_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
