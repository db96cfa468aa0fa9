/*
 * A simulated month that tipwatch watches: the account has every second where the decisions put
 * it, and the seconds that it claims to have saved are seconds in which the primary was no good
 * and the chosen daemon was, as the world knows and no rule does.
 */
#include "account/sums.h"
#include "core/policy.h"
#include "fixture/compare.h"
#include "sim/world/drive.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>

enum { NODES = 5, PRIMARY = 0, DAYS = 30, FIRST = 20758 };

/* What is true of one day, in microseconds. */
struct truth {
	int64_t watched;
	int64_t usable;
	int64_t contested;
	int64_t healthy[NODES];
	int64_t saved;       /* the primary was no good, and the pool had work on one that was */
	int64_t false_saved; /* it was claimed, and the primary was good or the other one was not */
};

static struct {
	const struct tw_sim_world *world;
	struct tw_account *account;
	struct truth days[DAYS + 1];
	int64_t last_us;
	/* Since then: */
	bool is_watched, is_usable, is_contested, is_healthy[NODES], is_saved, is_claimed;
} run;

static int create(
	const struct tw_core_config *config, const struct tw_sim_world *world, void **ret_rule)
{
	run.world = world;
	return tw_sim_rule_tipwatch.create(config, world, ret_rule);
}

static bool is_good(int32_t node)
{
	int64_t until_us;

	return node >= 0 &&
	       tw_sim_truth_standing(run.world, node, &until_us) == TW_SIM_STANDING_GOOD;
}

/* A span of what was the case; steps are so short that a day ends between two of them, nearly. */
static void note(int64_t now_us)
{
	struct truth *day = &run.days[now_us / TW_DAY];
	int64_t us = now_us - run.last_us;

	run.last_us = now_us;
	if (!run.is_watched)
		return;
	day->watched += us;
	day->usable += run.is_usable ? us : 0;
	day->contested += run.is_contested ? us : 0;
	for (int i = 0; i < NODES; i++)
		day->healthy[i] += run.is_healthy[i] ? us : 0;
	day->saved += run.is_saved ? us : 0;
	day->false_saved += run.is_claimed && !run.is_saved ? us : 0;
}

static void step(void *rule, int64_t now_us)
{
	const struct tw_monitor *monitor = tw_sim_rule_monitor(rule);
	const struct tw_decision *decision = tw_monitor_decision(monitor);
	enum tw_reason reasons[NODES];
	struct tw_account_look look = { .now_us = now_us,
		.wall_us = FIRST * TW_DAY + now_us,
		.decision = decision,
		.reasons = reasons };
	int64_t before_ms = tw_account_saved_ms(run.account);

	tw_sim_rule_tipwatch.step(rule, now_us);
	note(now_us);
	for (int i = 0; i < NODES; i++) {
		struct tw_verdict verdict = tw_monitor_verdict(monitor, i);

		reasons[i] = verdict.reason;
		run.is_healthy[i] = verdict.state == TW_STATE_HEALTHY;
	}
	assert_int_equal(tw_account_look(run.account, &look), 0);
	assert_that(tw_account_saved_ms(run.account), >=, before_ms);
	run.is_watched = decision->mode != TW_MODE_STARTING;
	run.is_usable = decision->is_usable;
	run.is_contested = decision->mode == TW_MODE_CONTESTED;
	run.is_saved = decision->is_usable && decision->chosen != PRIMARY && !is_good(PRIMARY) &&
		       is_good(decision->chosen);
	run.is_claimed = decision->is_usable && decision->chosen != PRIMARY &&
			 !run.is_healthy[PRIMARY] && reasons[PRIMARY] != TW_REASON_WARMING &&
			 reasons[PRIMARY] != reasons[decision->chosen];
}

static void near_ms(int64_t counted_ms, int64_t true_us)
{
	assert_that(llabs((long long)(counted_ms - true_us / TW_MS)), <=, 1000);
}

static void compare(int64_t day)
{
	const struct tw_account_period period = { FIRST + day, FIRST + day };
	const struct truth *truth = &run.days[day];
	struct tw_account_daemon *daemons;
	struct tw_account_pool pool;
	uint32_t n;

	tw_account_sums_pool(run.account, period, (FIRST + DAYS) * TW_ACCOUNT_DAY_MS, &pool);
	near_ms(pool.watched_ms, truth->watched);
	near_ms(pool.usable_ms, truth->usable);
	near_ms(pool.contested_ms, truth->contested);
	assert_int_equal(tw_account_sums_daemons(run.account, period, &n, &daemons), 0);
	assert_int_equal(n, NODES);
	for (int i = 0; i < NODES; i++)
		near_ms(daemons[i].healthy_ms, truth->healthy[i]);
	free(daemons);
}

static void test_month(void **state)
{
	struct tw_node_policy nodes[NODES] = { { .name = "a", .is_primary = true }, { .name = "b" },
		{ .name = "c" }, { .name = "d" }, { .name = "e" } };
	struct tw_sim_rule_ops rule = tw_sim_rule_tipwatch;
	struct tw_sim_drive_params params = {
		.world = { .seed = 1,
			.n_nodes = NODES,
			.block_target_us = 30 * TW_SEC,
			.pool_share = 0.05,
			.history = tw_sim_history_find("mixed") },
		.config = { .n_nodes = NODES, .nodes = nodes },
		.rule = &rule,
		.duration_us = DAYS * TW_DAY,
	};
	struct tw_sim_score score;
	int64_t saved_us = 0, false_us = 0, claimed_us;

	(void)state;
	rule.create = create;
	rule.step = step;
	tw_policy_init(&params.config.policy);
	params.config.policy.has_template = true;
	assert_int_equal(tw_account_create(&run.account), 0);
	assert_int_equal(tw_account_configure(run.account, &params.config), 0);
	assert_int_equal(tw_sim_drive_run(&params, &score), 0);
	for (int64_t day = 0; day < DAYS; day++) {
		compare(day);
		saved_us += run.days[day].saved;
		false_us += run.days[day].false_saved;
	}
	claimed_us = tw_account_saved_ms(run.account) * TW_MS;
	print_message("%.0f s are claimed, %.0f s of them falsely; %.0f s were saved in truth\n",
		(double)claimed_us / 1e6, (double)false_us / 1e6, (double)saved_us / 1e6);
	/* A verdict comes a little after what it is about, at both ends. */
	assert_that(claimed_us, >, 10 * TW_HOUR);
	assert_that(false_us, <, claimed_us / 12);
	assert_that(claimed_us - false_us, >, saved_us - saved_us / 50);
	tw_account_destroy(run.account);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_month),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
