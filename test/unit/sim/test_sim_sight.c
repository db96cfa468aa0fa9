/* What a check shows of a daemon of the simulated world, for each thing that can be wrong. */
#include "fixture/compare.h"
#include "sim/world/run.h"
#include "sim/world/sight.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { NO_ILL = -1, RTT_MS = 10, TIMEOUT_MS = 1000, DEADLINE_MS = 3000 };

struct fixture {
	struct tw_sim_world *world;
	struct tw_chain chain;
	struct tw_sim_check check;
	struct tw_observation obs;
};

static int set_up(void **state)
{
	static struct fixture f;
	const struct tw_sim_world_params params = {
		.seed = 1,
		.n_nodes = 1,
		.block_target_us = 30 * TW_SEC,
		.history = tw_sim_history_find("calm"),
	};

	assert_int_equal(tw_sim_run_create(&params, &f.world), 0);
	f.world->nodes[0].rtt_us = RTT_MS * TW_MS;
	f.world->nodes[0].adding_us = 0;
	tw_chain_init(&f.chain);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	tw_sim_run_destroy(f->world);
	return 0;
}

/* Begins a check that asks for everything. */
static void begin(struct fixture *f, int64_t deadline_us)
{
	struct tw_sim_rand rand = tw_sim_rand_of(1, 0);
	const struct tw_action action = {
		.kind = TW_ACTION_START_CHECK,
		.node = 0,
		.timeout_us = TIMEOUT_MS * TW_MS,
		.deadline_us = deadline_us,
		.order = { .wants_info = true, .wants_template = true },
	};

	tw_sim_sight_start(f->world, &rand, &action, &f->check);
	assert_true(f->check.is_running);
	assert_int_equal(f->check.started_us, f->world->now_us);
}

static void end(struct fixture *f)
{
	tw_sim_sight_end(f->world, 0, &f->check, &f->chain, &f->obs);
}

static void check(struct fixture *f)
{
	begin(f, DEADLINE_MS * TW_MS);
	end(f);
}

static void fall_ill(struct fixture *f, int ill)
{
	if (ill != NO_ILL)
		f->world->nodes[0].until_us[ill] = f->world->now_us + TW_MIN;
}

static void test_ills(void **state)
{
	static const struct {
		int ill;
		enum tw_result result;
		enum tw_template template;
		bool has_peers, is_honest;
	} cases[] = {
		{ NO_ILL, TW_RESULT_OK, TW_TEMPLATE_OK, true, true },
		{ TW_SIM_ILL_DOWN, TW_RESULT_REFUSED, TW_TEMPLATE_OK, false, false },
		{ TW_SIM_ILL_HUNG, TW_RESULT_TIMEOUT, TW_TEMPLATE_OK, false, false },
		{ TW_SIM_ILL_GARBAGE, TW_RESULT_BAD_REPLY, TW_TEMPLATE_OK, false, false },
		{ TW_SIM_ILL_CUT, TW_RESULT_OK, TW_TEMPLATE_OK, false, true },
		{ TW_SIM_ILL_STUCK, TW_RESULT_OK, TW_TEMPLATE_OK, true, true },
		{ TW_SIM_ILL_LATE, TW_RESULT_OK, TW_TEMPLATE_OK, true, true },
		{ TW_SIM_ILL_NO_TEMPLATE, TW_RESULT_OK, TW_TEMPLATE_FAILED, true, true },
		{ TW_SIM_ILL_UNSYNCED, TW_RESULT_OK, TW_TEMPLATE_FAILED, true, true },
		{ TW_SIM_ILL_LYING, TW_RESULT_OK, TW_TEMPLATE_OK, true, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		memset(f->world->nodes[0].until_us, 0, sizeof(f->world->nodes[0].until_us));
		fall_ill(f, cases[i].ill);
		check(f);
		assert_int_equal(f->obs.result, cases[i].result);
		if (f->obs.result != TW_RESULT_OK)
			continue;
		assert_int_equal(f->obs.template, cases[i].template);
		assert_int_equal(f->obs.peers_in > 0, cases[i].has_peers);
		assert_int_equal(f->obs.peers_out > 0, cases[i].has_peers);
		assert_int_equal(f->obs.synced, cases[i].is_honest);
		assert_int_equal(
			f->obs.network_height == f->obs.chain[0].height, cases[i].is_honest);
		assert_that(f->obs.rtt_us, >=, RTT_MS * TW_MS);
	}
}

/* A template is old only while the daemon hands out a job on a block that is not its newest. */
static void test_old_template(void **state)
{
	struct fixture *f = *state;
	struct tw_sim_daemon *node = &f->world->nodes[0];

	fall_ill(f, TW_SIM_ILL_STALE_TEMPLATE);
	node->job = node->tip;
	check(f);
	assert_int_equal(f->obs.template, TW_TEMPLATE_OK);
	node->job = tw_sim_blocks_get(&f->world->blocks, node->tip)->parent;
	check(f);
	assert_int_equal(f->obs.template, TW_TEMPLATE_STALE);
	f->world->now_us += TW_MIN;
	check(f);
	assert_int_equal(f->obs.template, TW_TEMPLATE_OK);
}

/* What happens to a daemon in the middle of a check decides its result. */
static void test_falls_ill_meanwhile(void **state)
{
	struct fixture *f = *state;

	begin(f, DEADLINE_MS * TW_MS);
	fall_ill(f, TW_SIM_ILL_DOWN);
	end(f);
	assert_int_equal(f->obs.result, TW_RESULT_RESET);
	assert_int_equal(f->obs.n_chain, 0);
}

static void test_late_answers(void **state)
{
	struct fixture *f = *state;
	int64_t took_us;

	/* The answers to three questions take just as long as there is time. */
	begin(f, TIMEOUT_MS * TW_MS);
	took_us = f->check.done_us - f->check.started_us;
	assert_that(took_us, <, TIMEOUT_MS * TW_MS);
	begin(f, took_us);
	end(f);
	assert_int_equal(f->obs.template, TW_TEMPLATE_OK);
	begin(f, took_us - 1);
	end(f);
	assert_int_equal(f->obs.template, TW_TEMPLATE_LATE);
	/* The answers to three questions take longer than there is time, the first one does not. */
	begin(f, 2 * RTT_MS * TW_MS);
	assert_int_equal(f->check.done_us, f->check.started_us + 2 * RTT_MS * TW_MS);
	end(f);
	assert_int_equal(f->obs.result, TW_RESULT_OK);
	assert_int_equal(f->obs.template, TW_TEMPLATE_LATE);
	/* While it adds a block it answers nobody. */
	fall_ill(f, TW_SIM_ILL_ADDING);
	begin(f, DEADLINE_MS * TW_MS);
	assert_int_equal(f->check.done_us, f->check.started_us + TIMEOUT_MS * TW_MS);
	end(f);
	assert_int_equal(f->obs.result, TW_RESULT_TIMEOUT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_ills),
		TEST(test_old_template),
		TEST(test_falls_ill_meanwhile),
		TEST(test_late_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
