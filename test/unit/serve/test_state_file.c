/* serve/state_file: what survives a restart, and what damaged files do not do. */
#include "base/time.h"
#include "conf/args.h"
#include "conf/config.h"
#include "fixture/compare.h"
#include "serve/state_file.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WALL (INT64_C(1795449938123) * TW_MS)
#define HASH "00ff0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

static struct tw_config *config_of(const char *const *names, uint32_t n)
{
	static const struct tw_conf_defaults defaults = { "/c", "/s" };
	struct tw_config *config = NULL;
	char text[8][64], *arguments[8];
	struct tw_buf errors;

	tw_buf_init(&errors, 1024);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof(text[i]), "%s=http://h:%u", names[i], i + 1);
		arguments[i] = text[i];
	}
	assert_int_equal(tw_conf_args_load(n, arguments, &defaults, &errors, &config), 0);
	tw_buf_finish(&errors);
	return config;
}

static struct tw_config *abc(void)
{
	static const char *const names[] = { "a", "b", "c" };

	return config_of(names, 3);
}

static void fill(struct tw_saved *saved, struct tw_saved_node *nodes)
{
	*saved = (struct tw_saved){
		.epoch = 7, .chain_epoch = 2, .tip = { .height = 1002 }, .incumbent = 1, .pinned = 2
	};
	assert_int_equal(tw_hash_parse(HASH, TW_HASH_HEX, &saved->tip.hash), 0);
	saved->anchor = (struct tw_point){ 1001, saved->tip.hash };
	saved->anchor.hash.bytes[0] ^= 1;
	memset(nodes, 0, 3 * sizeof(*nodes));
	nodes[0].is_drained = true;
	nodes[2].is_outvoted = true;
	nodes[1].n_falls = TW_FALLS_MAX;
	for (int i = 0; i < TW_FALLS_MAX; i++)
		nodes[1].fall_ages_us[i] = (TW_FALLS_MAX - i) * TW_MIN;
	nodes[2].n_falls = 1;
	nodes[2].fall_ages_us[0] = 59 * TW_MIN;
	nodes[2].record = (struct tw_saved_record){ 0x8001, 4096, 8, 512 };
}

static void test_round_trip(void **state)
{
	struct tw_config *config = abc();
	struct tw_saved saved, back;
	struct tw_saved_node nodes[3], back_nodes[3];
	struct tw_buf text;

	(void)state;
	tw_buf_init(&text, TW_STATE_FILE_MAX);
	fill(&saved, nodes);
	tw_state_file_write(&saved, nodes, config, WALL, &text);
	assert_int_equal(text.error, 0);
	assert_int_equal(text.data[text.len - 1], '\n');
	/* Read two minutes later. */
	assert_int_equal(tw_state_file_parse(
				 text.data, text.len, config, WALL + 2 * TW_MIN, &back, back_nodes),
		0);
	assert_int_equal(back.epoch, 7);
	assert_int_equal(back.chain_epoch, 2);
	assert_int_equal(back.tip.height, 1002);
	assert_memory_equal(&back.tip.hash, &saved.tip.hash, TW_HASH_BYTES);
	assert_int_equal(back.anchor.height, 1001);
	assert_memory_equal(&back.anchor.hash, &saved.anchor.hash, TW_HASH_BYTES);
	assert_int_equal(back.incumbent, 1);
	assert_int_equal(back.pinned, 2);
	assert_true(back_nodes[0].is_drained);
	assert_false(back_nodes[1].is_drained);
	assert_true(back_nodes[2].is_outvoted);
	assert_false(back_nodes[0].is_outvoted);
	assert_int_equal(back_nodes[0].n_falls, 0);
	assert_int_equal(back_nodes[1].n_falls, TW_FALLS_MAX);
	for (int i = 0; i < TW_FALLS_MAX; i++)
		assert_int_equal(back_nodes[1].fall_ages_us[i], (TW_FALLS_MAX - i + 2) * TW_MIN);
	/* The last hour's only. */
	assert_int_equal(back_nodes[2].n_falls, 0);
	assert_memory_equal(&back_nodes[2].record, &nodes[2].record, sizeof(nodes[2].record));
	assert_int_equal(back_nodes[1].record.false_bits, 0);
	tw_buf_finish(&text);
	tw_config_destroy(config);
}

static void test_nothing_yet(void **state)
{
	struct tw_config *config = abc();
	struct tw_saved saved = { .epoch = 1,
		.tip = { .height = TW_UNKNOWN },
		.anchor = { .height = TW_UNKNOWN },
		.incumbent = TW_NODE_NONE,
		.pinned = TW_NODE_NONE };
	struct tw_saved back;
	struct tw_saved_node nodes[3], back_nodes[3];
	struct tw_buf text;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	tw_buf_init(&text, TW_STATE_FILE_MAX);
	tw_state_file_write(&saved, nodes, config, WALL, &text);
	assert_contains(tw_buf_str(&text), "\"tip\":null");
	assert_contains(tw_buf_str(&text), "\"incumbent\":null");
	assert_int_equal(
		tw_state_file_parse(text.data, text.len, config, WALL, &back, back_nodes), 0);
	assert_int_equal(back.tip.height, TW_UNKNOWN);
	assert_int_equal(back.anchor.height, TW_UNKNOWN);
	assert_int_equal(back.incumbent, TW_NODE_NONE);
	assert_int_equal(back.pinned, TW_NODE_NONE);
	tw_buf_finish(&text);
	tw_config_destroy(config);
}

/* Nodes are known by name: others, in another order, some gone, one a reference now. */
static void test_other_nodes(void **state)
{
	static const char *const names[] = { "new", "c", "a" };
	struct tw_config *old = abc(), *config = config_of(names, 3);
	struct tw_saved saved, back;
	struct tw_saved_node nodes[3], back_nodes[3];
	struct tw_buf text;

	(void)state;
	tw_buf_init(&text, TW_STATE_FILE_MAX);
	fill(&saved, nodes);
	nodes[2].fall_ages_us[0] = TW_MIN;
	tw_state_file_write(&saved, nodes, old, WALL, &text);
	assert_int_equal(
		tw_state_file_parse(text.data, text.len, config, WALL, &back, back_nodes), 0);
	assert_int_equal(back.incumbent, TW_NODE_NONE);
	assert_int_equal(back.pinned, 1);
	assert_true(back_nodes[2].is_drained);
	assert_false(back_nodes[0].is_drained);
	assert_int_equal(back_nodes[1].n_falls, 1);
	config->nodes[1].policy.role = TW_ROLE_REFERENCE;
	assert_int_equal(
		tw_state_file_parse(text.data, text.len, config, WALL, &back, back_nodes), 0);
	assert_int_equal(back.pinned, TW_NODE_NONE);
	tw_buf_finish(&text);
	tw_config_destroy(config);
	tw_config_destroy(old);
}

static void test_clock_set_back(void **state)
{
	struct tw_config *config = abc();
	struct tw_saved saved, back;
	struct tw_saved_node nodes[3], back_nodes[3];
	struct tw_buf text;

	(void)state;
	tw_buf_init(&text, TW_STATE_FILE_MAX);
	fill(&saved, nodes);
	tw_state_file_write(&saved, nodes, config, WALL, &text);
	assert_int_equal(
		tw_state_file_parse(text.data, text.len, config, WALL - TW_DAY, &back, back_nodes),
		0);
	assert_int_equal(back_nodes[1].n_falls, TW_FALLS_MAX);
	assert_int_equal(back_nodes[1].fall_ages_us[0], 0);
	tw_buf_finish(&text);
	tw_config_destroy(config);
}

static void test_damaged(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"null",
		"[]",
		"{}",
		"{\"v\":1",
		"{\"v\":2,\"epoch\":1,\"chain_epoch\":1}",
		"{\"v\":\"1\",\"epoch\":1,\"chain_epoch\":1}",
		"{\"v\":1,\"chain_epoch\":1}",
		"{\"v\":1,\"epoch\":1}",
		"{\"v\":1,\"epoch\":-1,\"chain_epoch\":1}",
		"{\"v\":1,\"epoch\":1.5,\"chain_epoch\":1}",
		"{\"v\":1,\"epoch\":9007199254740993,\"chain_epoch\":1}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":\"1\"}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"tip\":5}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"tip\":{}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"tip\":{\"height\":5}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"tip\":{\"height\":5,\"hash\":\"00\"}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"tip\":{\"height\":-5,\"hash\":\"" HASH
		"\"}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"incumbent\":5}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"pinned\":[]}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"drained\":{}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"drained\":[1]}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"falls\":[]}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"falls\":{\"a\":1}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"falls\":{\"a\":[\"1\"]}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"falls\":{\"a\":[-1]}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"falls\":{\"x\":[1,2,3,4,5,6,7,8,9]}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"false_blocks\":[]}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"false_blocks\":{\"a\":5}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"false_blocks\":{\"a\":[1,2,3]}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"false_blocks\":{\"a\":[1,2,9,0]}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"false_blocks\":{\"x\":[-1,0,0,0]}}",
		"{\"v\":1,\"epoch\":1,\"chain_epoch\":1} x",
		"{\"v\":1,\"epoch\":1,\"epoch\":2,\"chain_epoch\":1}",
	};
	static const char good[] = "{\"v\":1,\"epoch\":1,\"chain_epoch\":1,\"later\":{}}";
	struct tw_config *config = abc();
	struct tw_saved saved = { .epoch = 99 };
	struct tw_saved_node nodes[3] = { { .n_falls = 5 } };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		int r = tw_state_file_parse(
			texts[i], strlen(texts[i]), config, WALL, &saved, nodes);

		if (r != TW_STATE_FILE_DAMAGED)
			fail_msg("%s: %d", texts[i], r);
		assert_int_equal(saved.epoch, 99);
		assert_int_equal(nodes[0].n_falls, 5);
	}
	/* Keys of later versions are no damage, and neither are optional ones that are missing. */
	assert_int_equal(tw_state_file_parse(good, strlen(good), config, WALL, &saved, nodes), 0);
	assert_int_equal(saved.epoch, 1);
	assert_int_equal(nodes[0].n_falls, 0);
	tw_config_destroy(config);
}

/* Every prefix of a file is damaged, whatever a crash left of it. */
static void test_torn(void **state)
{
	struct tw_config *config = abc();
	struct tw_saved saved;
	struct tw_saved_node nodes[3];
	struct tw_buf text;

	(void)state;
	tw_buf_init(&text, TW_STATE_FILE_MAX);
	fill(&saved, nodes);
	tw_state_file_write(&saved, nodes, config, WALL, &text);
	for (size_t len = 0; len + 1 < text.len; len++)
		assert_int_equal(tw_state_file_parse(text.data, len, config, WALL, &saved, nodes),
			TW_STATE_FILE_DAMAGED);
	tw_buf_finish(&text);
	tw_config_destroy(config);
}

static void test_from_clock(void **state)
{
	struct tw_saved saved;
	struct tw_saved_node nodes[2] = { { .is_drained = true }, { .n_falls = 3 } };

	(void)state;
	tw_state_file_from_clock(WALL, 2, &saved, nodes);
	assert_int_equal(saved.epoch, WALL / TW_MS);
	assert_int_equal(saved.chain_epoch, WALL / TW_MS);
	assert_int_equal(saved.tip.height, TW_UNKNOWN);
	assert_int_equal(saved.incumbent, TW_NODE_NONE);
	assert_int_equal(saved.pinned, TW_NODE_NONE);
	assert_false(nodes[0].is_drained);
	assert_int_equal(nodes[1].n_falls, 0);
	/* A clock that was never set. */
	tw_state_file_from_clock(-5, 2, &saved, nodes);
	assert_int_equal(saved.epoch, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_nothing_yet),
		cmocka_unit_test(test_other_nodes),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_from_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
