/* serve/hook: the variables, known and unknown, and changes told as one. */
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/hook.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct fake fake;
	struct tw_buf env;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	fake_init(&f->fake);
	tw_buf_init(&f->env, TW_HOOK_ENV_MAX);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_buf_finish(&f->env);
	free(f);
	return 0;
}

/* The value of a variable; fails where it is not there, or there twice. */
static const char *value(const struct fixture *f, const char *name)
{
	const char *found = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < f->env.len; i += strlen(f->env.data + i) + 1) {
		const char *variable = f->env.data + i;

		assert_starts_with(variable, "TIPWATCH_");
		if (strncmp(variable + 9, name, len) != 0 || variable[9 + len] != '=')
			continue;
		assert_null(found);
		found = variable + 9 + len + 1;
	}
	if (found == NULL)
		fail_msg("no TIPWATCH_%s", name);
	return found;
}

static void write_env(struct fixture *f, const struct tw_hook_change *change)
{
	tw_buf_clear(&f->env);
	tw_hook_write_env(&f->fake.source, change, &f->env);
	assert_int_equal(f->env.error, 0);
}

static void test_switch(void **state)
{
	struct fixture *f = *state;
	const struct tw_hook_change change = {
		.hook = TW_HOOK_SWITCH, .count = 1, .from = "alpha", .old_mode = TW_MODE_CONSENSUS
	};
	static const char *const expected[][2] = { { "EVENT", "switch" }, { "COUNT", "1" },
		{ "FROM", "alpha" }, { "FROM_REASON", "forked" }, { "TO", "beta" }, { "TLS", "1" },
		{ "OLD_MODE", "consensus" }, { "PINNED", "0" }, { "TEXT", "one? two" } };
	struct tw_buf select;

	f->fake.monitor.choice_text = "one\n two";
	f->fake.monitor.views[0].verdict.reason = TW_REASON_FORKED;
	f->fake.monitor.decision.mode = TW_MODE_CONTESTED;
	f->fake.monitor.decision.announced = TW_MODE_FALLBACK;
	f->fake.source.wall_us = INT64_C(1795449938123456);
	write_env(f, &change);
	for (size_t i = 0; i < TW_ARRAY_SIZE(expected); i++)
		assert_string_equal(value(f, expected[i][0]), expected[i][1]);
	assert_string_equal(value(f, "MODE"), "contested");
	assert_string_equal(value(f, "URL"), f->fake.nodes[1].url.text);
	assert_string_equal(value(f, "HOST"), f->fake.nodes[1].url.host);
	assert_int_equal(atoi(value(f, "PORT")), f->fake.nodes[1].url.port);
	assert_int_equal(atoll(value(f, "HEIGHT")), f->fake.monitor.decision.tip.height);
	assert_string_equal(value(f, "NETWORK_HEIGHT"), value(f, "HEIGHT"));
	assert_int_equal(strlen(value(f, "HASH")), TW_HASH_HEX);
	assert_int_equal(atoll(value(f, "EPOCH")), f->fake.monitor.decision.epoch);
	assert_int_equal(atoll(value(f, "SEQ")), f->fake.monitor.seq);
	assert_string_equal(value(f, "TIME_MS"), "1795449938123");
	assert_string_equal(value(f, "TIME"), "2026-11-23T16:05:38Z");
	tw_buf_init(&select, 65536);
	tw_status_select(&f->fake.source, &select);
	assert_string_equal(value(f, "SELECT"), tw_buf_str(&select));
	tw_buf_finish(&select);
}

static void test_mode(void **state)
{
	struct fixture *f = *state;
	const struct tw_hook_change change = {
		.hook = TW_HOOK_MODE, .count = 3, .from = "beta", .old_mode = TW_MODE_FALLBACK
	};

	f->fake.monitor.decision.announced = TW_MODE_CONSENSUS;
	f->fake.monitor.decision.mode = TW_MODE_REDUCED;
	write_env(f, &change);
	assert_string_equal(value(f, "EVENT"), "mode");
	assert_string_equal(value(f, "COUNT"), "3");
	assert_string_equal(value(f, "OLD_MODE"), "fallback");
	assert_string_equal(value(f, "MODE"), "consensus");
	assert_string_equal(value(f, "TEXT"), "a majority of the nodes is on one chain");
	f->fake.monitor.decision.falls = 14;
	write_env(f, &change);
	assert_string_equal(value(f, "TEXT"),
		"a majority of the nodes is on one chain; the mode became worse 14 times within a "
		"day");
}

static void test_chain(void **state)
{
	struct fixture *f = *state;
	const struct tw_hook_change change = {
		.hook = TW_HOOK_CHAIN, .count = 1, .from = "beta", .old_height = 77
	};

	write_env(f, &change);
	assert_string_equal(value(f, "OLD_HEIGHT"), "77");
	assert_string_equal(value(f, "EVENT"), "chain");
	assert_int_equal(atoll(value(f, "CHAIN_EPOCH")), f->fake.monitor.decision.chain_epoch);
	assert_string_equal(value(f, "TEXT"),
		"the network is on another chain than before: work on templates from before is "
		"lost");
}

static void test_usable(void **state)
{
	struct fixture *f = *state;
	const struct tw_hook_change change = { .hook = TW_HOOK_USABLE, .count = 1, .from = "beta" };

	f->fake.monitor.decision.is_usable = false;
	write_env(f, &change);
	assert_string_equal(value(f, "EVENT"), "usable");
	assert_string_equal(value(f, "USABLE"), "0");
	f->fake.monitor.decision.is_usable = true;
	write_env(f, &change);
	assert_string_equal(value(f, "USABLE"), "1");
}

/* Each hook runs its own program, which is told how often on_beat runs it too. */
static void test_programs(void **state)
{
	struct fixture *f = *state;
	struct tw_hook_change change = { .count = 1, .from = "beta" };
	struct tw_config *config = &f->fake.config;
	const char *words[] = { "on_switch", "on_chain", "on_usable", "on_mode", "on_block",
		"on_beat" };
	char programs[TW_HOOKS][16];

	for (int i = 0; i < TW_HOOKS; i++) {
		assert_string_equal(tw_hook_word((enum tw_hook)i), words[i]);
		snprintf(programs[i], sizeof(programs[i]), "/%s", words[i]);
	}
	config->on_switch = programs[TW_HOOK_SWITCH];
	config->on_chain = programs[TW_HOOK_CHAIN];
	config->on_usable = programs[TW_HOOK_USABLE];
	config->on_mode = programs[TW_HOOK_MODE];
	config->on_block = programs[TW_HOOK_BLOCK];
	config->on_beat = programs[TW_HOOK_BEAT];
	config->beat_us = 90 * TW_SEC;
	for (int i = 0; i < TW_HOOKS; i++) {
		change.hook = (enum tw_hook)i;
		assert_ptr_equal(tw_hook_program(config, change.hook), programs[i]);
		write_env(f, &change);
		assert_string_equal(value(f, "EVENT"), words[i] + 3);
		assert_string_equal(value(f, "BEAT_S"), i == TW_HOOK_BEAT ? "90" : "");
	}
	change.hook = TW_HOOK_CHAIN;
	config->on_chain = programs[TW_HOOK_BEAT];
	write_env(f, &change);
	assert_string_equal(value(f, "BEAT_S"), "90");
}

/* Everything is there, and empty. */
static void test_unknown(void **state)
{
	struct fixture *f = *state;
	const struct tw_hook_change change = {
		.hook = TW_HOOK_MODE, .count = 1, .old_height = TW_UNKNOWN
	};
	static const char *const empty[] = { "FROM", "TO", "URL", "HOST", "PORT", "TLS", "HEIGHT",
		"HASH", "NETWORK_HEIGHT", "ANCHOR_HEIGHT", "FROM_REASON", "OLD_HEIGHT" };

	fake_init_blank(&f->fake);
	write_env(f, &change);
	for (size_t i = 0; i < TW_ARRAY_SIZE(empty); i++)
		assert_string_equal(value(f, empty[i]), "");
	assert_string_equal(value(f, "USABLE"), "0");
}

static void test_block(void **state)
{
	struct tw_hook_change change = { .hook = TW_HOOK_BLOCK, .count = 1 };
	struct fixture *f = *state;
	struct tw_block *block;

	assert_int_equal(tw_block_create_empty(&block), 0);
	memcpy(block->id, "0011223344556677", TW_BLOCK_ID_SIZE);
	block->blob.heads[0].height = 1003;
	block->state = TW_BLOCK_LOST;
	tw_hook_describe(block, &change);
	write_env(f, &change);
	assert_string_equal(value(f, "EVENT"), "block");
	assert_string_equal(value(f, "BLOCK_ID"), "0011223344556677");
	assert_string_equal(value(f, "BLOCK_STATE"), "lost");
	assert_string_equal(value(f, "BLOCK_HEIGHT"), "1003");
	assert_string_equal(value(f, "BLOCK_HASH"), "");
	assert_contains(value(f, "TEXT"), "found for height 1003 is lost: the chain went");
	tw_block_destroy(block);
}

static void test_merge(void **state)
{
	const struct tw_hook_change first = { .hook = TW_HOOK_SWITCH,
		.count = 2,
		.from = "a",
		.old_mode = TW_MODE_CONSENSUS,
		.old_height = 8 };
	struct tw_hook_change second = {
		.hook = TW_HOOK_SWITCH, .count = 1, .from = "b", .old_mode = TW_MODE_FALLBACK
	};

	(void)state;
	tw_hook_merge(&first, &second);
	assert_int_equal(second.count, 3);
	assert_string_equal(second.from, "a");
	assert_int_equal(second.old_mode, TW_MODE_CONSENSUS);
	assert_int_equal(second.old_height, 8);
}

/* What does not fit is an error, not a part of it. */
static void test_too_long(void **state)
{
	struct fixture *f = *state;
	const struct tw_hook_change change = { .hook = TW_HOOK_SWITCH, .count = 1 };

	tw_buf_finish(&f->env);
	tw_buf_init(&f->env, 300);
	tw_hook_write_env(&f->fake.source, &change, &f->env);
	assert_int_not_equal(f->env.error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_switch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_usable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_block, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test(test_merge),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
