/* The journal: every kind of record to a line and back, and what defaults to what. */
#include "journal_case.h"

static struct tw_point block(int64_t height, uint8_t branch)
{
	struct tw_point point = { .height = height };

	memset(point.hash.bytes, branch, sizeof(point.hash.bytes));
	point.hash.bytes[31] = (uint8_t)height;
	return point;
}

/* To a line, which must be exactly one, and back. */
static void round_trip(struct fixture *f, const struct tw_journal_record *record)
{
	tw_buf_clear(&f->line);
	tw_journal_write(&f->config, record, &f->line);
	assert_int_equal(f->line.error, 0);
	assert_ptr_equal(
		strchr(tw_buf_str(&f->line), '\n'), tw_buf_str(&f->line) + f->line.len - 1);
	if (tw_journal_reader_next(
		    f->reader, &f->config, tw_buf_str(&f->line), f->line.len - 1, &f->record) != 0)
		fail_msg("%s: %s", tw_buf_str(&f->line), tw_journal_reader_message(f->reader));
	assert_int_equal(f->record.kind, record->kind);
	assert_int_equal(f->record.t_us, record->t_us);
}

static void assert_same_points(
	const struct tw_point *a, uint32_t n_a, const struct tw_point *b, uint32_t n_b)
{
	assert_int_equal(n_a, n_b);
	for (uint32_t i = 0; i < n_a; i++) {
		assert_int_equal(a[i].height, b[i].height);
		assert_memory_equal(&a[i].hash, &b[i].hash, TW_HASH_BYTES);
	}
}

static void test_check(void **state)
{
	struct fixture *f = *state;
	struct tw_observation obs;
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_CHECK,
		.t_us = 12345678,
		.node = 1,
		.slot = TW_SLOT_CONFIRM,
		.obs = &obs,
	};

	tw_observation_init(&obs, TW_RESULT_OK);
	obs.rtt_us = 2301;
	for (int64_t h = 1002; h > 998; h--)
		obs.chain[obs.n_chain++] = block(h, 7);
	obs.at[obs.n_at++] = block(900, 7);
	obs.at[obs.n_at++] = block(950, 7);
	obs.header_time_s = 1795449938;
	obs.peers_in = 0;
	obs.peers_out = 8;
	obs.network_height = 1003;
	obs.synced = 0;
	obs.template = TW_TEMPLATE_STALE;
	obs.network = (struct tw_network_id){ "stagenet", true, block(0, 7).hash };
	snprintf(obs.detail, sizeof(obs.detail), "says \"%s\"", "too busy\n");
	round_trip(f, &record);
	assert_int_equal(f->record.node, 1);
	assert_int_equal(f->record.slot, TW_SLOT_CONFIRM);
	assert_int_equal(f->record.obs->result, TW_RESULT_OK);
	assert_int_equal(f->record.obs->rtt_us, 2301);
	assert_same_points(f->record.obs->chain, f->record.obs->n_chain, obs.chain, obs.n_chain);
	assert_same_points(f->record.obs->at, f->record.obs->n_at, obs.at, obs.n_at);
	assert_int_equal(f->record.obs->header_time_s, obs.header_time_s);
	assert_int_equal(f->record.obs->peers_in, 0);
	assert_int_equal(f->record.obs->peers_out, 8);
	assert_int_equal(f->record.obs->network_height, 1003);
	assert_int_equal(f->record.obs->synced, 0);
	assert_int_equal(f->record.obs->template, TW_TEMPLATE_STALE);
	assert_string_equal(f->record.obs->network.nettype, "stagenet");
	assert_true(f->record.obs->network.has_genesis);
	assert_true(tw_hash_equal(&f->record.obs->network.genesis, &obs.network.genesis));
	assert_string_equal(f->record.obs->detail, obs.detail);
}

/*
 * Every field of an observation goes to the line and back. The fields have no names here, so that
 * the compiler refuses this test until a new field has a value in it.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wmissing-field-initializers"
static void test_every_field_of_an_observation(void **state)
{
	static const struct tw_observation all = { TW_RESULT_OK, 2301, 2, 1, 1795449938, 3, 8, 1003,
		1, TW_TEMPLATE_FAILED, { "testnet", true, { { 4 } } }, "busy",
		{ { 1002, { { 1 } } }, { 1001, { { 2 } } } }, { { 900, { { 3 } } } } };
	struct fixture *f = *state;
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_CHECK, .t_us = 1000, .node = 0, .obs = &all
	};

	round_trip(f, &record);
	assert_memory_equal(f->record.obs, &all, sizeof(all));
}
#pragma GCC diagnostic pop

static void test_what_was_not_learned_is_not_written(void **state)
{
	struct fixture *f = *state;
	struct tw_observation obs;
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_CHECK, .t_us = 1000, .node = 0, .obs = &obs
	};

	tw_observation_init(&obs, TW_RESULT_OK);
	obs.chain[obs.n_chain++] = block(5, 0);
	round_trip(f, &record);
	assert_string_equal(tw_buf_str(&f->line),
		"{\"t\":1,\"node\":\"alpha\",\"result\":\"ok\",\"chain\":[[5,\"0000000000000000000000"
		"000000000000000000000000000000000000000005\"]]}\n");
	assert_int_equal(f->record.slot, TW_SLOT_REGULAR);
	assert_int_equal(f->record.obs->rtt_us, TW_UNKNOWN);
	assert_int_equal(f->record.obs->peers_in, TW_UNKNOWN);
	assert_int_equal(f->record.obs->synced, -1);
	assert_int_equal(f->record.obs->template, TW_TEMPLATE_UNCHECKED);
}

static void test_every_result(void **state)
{
	struct fixture *f = *state;
	struct tw_observation obs;
	struct tw_journal_record record = { .kind = TW_JOURNAL_CHECK, .node = 2, .obs = &obs };

	for (int result = TW_RESULT_REFUSED; result <= TW_RESULT_AUTH; result++) {
		tw_observation_init(&obs, (enum tw_result)result);
		round_trip(f, &record);
		assert_int_equal(f->record.obs->result, result);
		assert_int_equal(f->record.node, 2);
	}
	/* A good check without a block is what the core takes it for. */
	tw_observation_init(&obs, TW_RESULT_OK);
	round_trip(f, &record);
	assert_int_equal(f->record.obs->result, TW_RESULT_BAD_REPLY);
}

static void test_other_records(void **state)
{
	struct fixture *f = *state;
	struct tw_journal_record record = { .t_us = 500, .node = 1 };

	record.kind = TW_JOURNAL_REPORT;
	for (int report = 0; report <= TW_REPORT_TIMEOUT; report++) {
		record.report = (enum tw_report)report;
		round_trip(f, &record);
		assert_int_equal(f->record.report, report);
		assert_int_equal(f->record.node, 1);
	}
	record.kind = TW_JOURNAL_OPERATE;
	for (int op = 0; op <= TW_OP_UNPIN; op++) {
		record.op = (enum tw_op)op;
		round_trip(f, &record);
		assert_int_equal(f->record.op, op);
		assert_int_equal(f->record.node, op == TW_OP_UNPIN ? TW_NODE_NONE : 1);
	}
	record.kind = TW_JOURNAL_LINK;
	for (int link = 0; link <= TW_LINK_TIP; link++) {
		record.link = (enum tw_link)link;
		record.tip.height = link >= TW_LINK_PUSH ? 1003 : TW_UNKNOWN;
		memset(&record.tip.hash, link == TW_LINK_TIP ? 7 : 0, sizeof(record.tip.hash));
		round_trip(f, &record);
		assert_int_equal(f->record.link, link);
		assert_int_equal(f->record.tip.height, record.tip.height);
		assert_true(tw_hash_equal(&f->record.tip.hash, &record.tip.hash));
		assert_int_equal(f->record.node, 1);
	}
	record.kind = TW_JOURNAL_WITNESS;
	record.slot = TW_WITNESSES_MAX - 1;
	for (int is_gone = 0; is_gone < 2; is_gone++) {
		record.tip.height = is_gone ? TW_UNKNOWN : 1003;
		round_trip(f, &record);
		assert_int_equal(f->record.slot, TW_WITNESSES_MAX - 1);
		assert_int_equal(f->record.tip.height, record.tip.height);
		if (!is_gone)
			assert_true(tw_hash_equal(&f->record.tip.hash, &record.tip.hash));
	}
	record.slot = 0;
	record.kind = TW_JOURNAL_REQUEST;
	round_trip(f, &record);
	assert_int_equal(f->record.node, 1);
	record.node = TW_NODE_NONE;
	round_trip(f, &record);
	assert_int_equal(f->record.node, TW_NODE_NONE);
	record.kind = TW_JOURNAL_TICK;
	round_trip(f, &record);
	record.kind = TW_JOURNAL_GAP;
	record.gap_us = 3000001;
	round_trip(f, &record);
	assert_int_equal(f->record.gap_us, 3000001);
	record.kind = TW_JOURNAL_DECISION;
	record.decision = "{\"mode\":\"consensus\",\"daemon\":null}";
	record.decision_len = strlen(record.decision);
	round_trip(f, &record);
	assert_int_equal(f->record.decision_len, record.decision_len);
	assert_memory_equal(f->record.decision, record.decision, record.decision_len);
}

static void assert_same_config(const struct tw_core_config *a, const struct tw_core_config *b)
{
	const struct tw_policy *p = &a->policy, *q = &b->policy;

	assert_int_equal(p->block_target_us, q->block_target_us);
	assert_int_equal(p->interval_us, q->interval_us);
	assert_int_equal(p->timeout_us, q->timeout_us);
	assert_int_equal(p->min_timeout_us, q->min_timeout_us);
	assert_int_equal(p->looks, q->looks);
	assert_int_equal(p->rise, q->rise);
	assert_int_equal(p->fall, q->fall);
	assert_int_equal(p->quorum, q->quorum);
	assert_int_equal(p->min_working, q->min_working);
	assert_int_equal(p->fork_tolerance, q->fork_tolerance);
	assert_int_equal(p->max_lead, q->max_lead);
	assert_int_equal(p->max_lag, q->max_lag);
	assert_int_equal(p->lag_for_us, q->lag_for_us);
	assert_int_equal(p->stall_for_us, q->stall_for_us);
	assert_int_equal(p->min_peers, q->min_peers);
	assert_int_equal(p->fallback, q->fallback);
	assert_int_equal(p->failback_after_us, q->failback_after_us);
	assert_int_equal(p->min_switch_interval_us, q->min_switch_interval_us);
	assert_int_equal(p->switch_cost_us, q->switch_cost_us);
	assert_int_equal(p->has_template, q->has_template);
	assert_int_equal(p->template_interval_us, q->template_interval_us);
	assert_int_equal(a->n_nodes, b->n_nodes);
	for (uint32_t i = 0; i < a->n_nodes; i++) {
		assert_string_equal(a->nodes[i].name, b->nodes[i].name);
		assert_int_equal(a->nodes[i].role, b->nodes[i].role);
		assert_int_equal(a->nodes[i].is_primary, b->nodes[i].is_primary);
		assert_int_equal(a->nodes[i].priority, b->nodes[i].priority);
		assert_int_equal(a->nodes[i].interval_us, b->nodes[i].interval_us);
		assert_int_equal(a->nodes[i].timeout_us, b->nodes[i].timeout_us);
	}
}

/* Everything that a default does not hide. */
static void change_all(struct fixture *f)
{
	f->config.policy = (struct tw_policy){
		.block_target_us = 120 * TW_SEC,
		.interval_us = 1500 * TW_MS,
		.timeout_us = 3 * TW_SEC,
		.min_timeout_us = 75 * TW_MS,
		.looks = 2,
		.rise = 3,
		.fall = 4,
		.quorum = 2,
		.min_working = 2,
		.fork_tolerance = 5,
		.max_lead = 6,
		.max_lag = 7,
		.lag_for_us = 1 * TW_MS,
		.stall_for_us = 125 * TW_SEC,
		.min_peers = 0,
		.fallback = TW_FALLBACK_NONE,
		.failback_after_us = 0,
		.min_switch_interval_us = TW_DAY,
		.switch_cost_us = 20 * TW_SEC,
		.has_template = true,
		.template_interval_us = 100 * TW_MS,
	};
	f->nodes[0].priority = -7;
	f->nodes[1].interval_us = 10 * TW_SEC;
	f->nodes[2].timeout_us = 200 * TW_MS;
}

static void test_header(void **state)
{
	struct fixture *f = *state;
	struct tw_saved saved = {
		.epoch = 7,
		.chain_epoch = 2,
		.tip = block(1000, 3),
		.anchor = block(999, 3),
		.incumbent = 0,
		.pinned = 1,
	};
	struct tw_saved_node nodes[NODES] = { { .is_drained = true },
		{ .is_outvoted = true, .n_falls = 2, .fall_ages_us = { 3000001, 0 } } };
	struct tw_journal_header header = {
		.version = "1.2",
		.saved = &saved,
		.saved_nodes = nodes,
		.wall_ms = 1795449938123,
		.started_ms = 1795449930000,
		.part = 3,
		.n_lost = 9,
		.has_ticks = true,
	};
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_HEADER, .t_us = 77001, .header = &header
	};
	const struct tw_journal_header *read;

	change_all(f);
	header.config = f->config;
	round_trip(f, &record);
	read = f->record.header;
	assert_string_equal(read->version, "1.2");
	assert_same_config(&read->config, &f->config);
	assert_int_equal(read->wall_ms, header.wall_ms);
	assert_int_equal(read->started_ms, header.started_ms);
	assert_int_equal(read->part, 3);
	assert_int_equal(read->n_lost, 9);
	assert_true(read->has_ticks);
	assert_non_null(read->saved);
	assert_int_equal(read->saved->epoch, 7);
	assert_int_equal(read->saved->chain_epoch, 2);
	assert_same_points(&read->saved->tip, 1, &saved.tip, 1);
	assert_same_points(&read->saved->anchor, 1, &saved.anchor, 1);
	assert_int_equal(read->saved->incumbent, 0);
	assert_int_equal(read->saved->pinned, 1);
	assert_memory_equal(read->saved_nodes, nodes, sizeof(nodes));
}

static void test_a_first_start_has_no_past(void **state)
{
	struct fixture *f = *state;
	struct tw_journal_header header = {
		.version = "", .config = f->config, .wall_ms = TW_UNKNOWN, .started_ms = TW_UNKNOWN
	};
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_HEADER, .t_us = TW_UNKNOWN, .header = &header
	};

	round_trip(f, &record);
	assert_null(f->record.header->saved);
	assert_int_equal(f->record.header->wall_ms, TW_UNKNOWN);
	assert_int_equal(f->record.header->started_ms, TW_UNKNOWN);
	assert_false(f->record.header->has_ticks);
	assert_same_config(&f->record.header->config, &f->config);
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;
	const struct tw_core_config *config;

	assert_int_equal(
		read_text(f,
			"{\"tipwatch_journal\":1,\"config\":{\"coin\":{\"block_target\":\"2m\"},"
			"\"probe\":{\"timeout\":\"100ms\",\"max_reply\":\"ignored\"},"
			"\"odd\":[1],\"daemons\":[{\"name\":\"r\",\"role\":\"reference\"},"
			"{\"name\":\"a\",\"url\":\"http://x\"},{\"name\":\"b\"}]},\"odd\":{}}"),
		0);
	config = &f->record.header->config;
	assert_int_equal(f->record.t_us, TW_UNKNOWN);
	assert_int_equal(config->policy.block_target_us, 2 * TW_MIN);
	assert_int_equal(config->policy.lag_for_us, 40 * TW_SEC);
	assert_int_equal(config->policy.stall_for_us, 20 * TW_MIN);
	assert_int_equal(config->policy.min_timeout_us, 100 * TW_MS);
	assert_int_equal(config->policy.looks, 1);
	assert_int_equal(config->policy.interval_us, TW_SEC);
	assert_int_equal(config->policy.rise, 2);
	/* The first daemon is primary where none says that it is. */
	assert_false(config->nodes[0].is_primary);
	assert_true(config->nodes[1].is_primary);
	assert_false(config->nodes[2].is_primary);
	/* A wallet address in the header means that templates were checked. */
	assert_int_equal(
		read_text(f, "{\"tipwatch_journal\":1,\"config\":{\"daemons\":[{\"name\":\"a\"}],"
			     "\"template\":{\"wallet_address\":\"T1\"}}}"),
		0);
	assert_true(f->record.header->config.policy.has_template);
}

static void test_reload(void **state)
{
	struct fixture *f = *state;
	struct tw_node_policy nodes[2];
	struct tw_core_config config = { .n_nodes = 2, .nodes = nodes };
	int32_t old_of[2] = { 2, TW_NODE_NONE };
	struct tw_journal_record record = {
		.kind = TW_JOURNAL_CONFIG, .t_us = 1, .config = &config, .old_of = old_of
	};

	/* seed stays what it was; alpha has another URL now. */
	nodes[0] = f->nodes[2];
	nodes[1] = f->nodes[0];
	nodes[1].is_primary = true;
	config.policy = f->config.policy;
	config.policy.rise = 9;
	round_trip(f, &record);
	assert_same_config(f->record.config, &config);
	assert_memory_equal(f->record.old_of, old_of, sizeof(old_of));
	/* Without "new", who is called the same is the same; another role is another node. */
	assert_int_equal(read_text(f, "{\"t\":1,\"config\":{\"daemons\":[{\"name\":\"beta\"},"
				      "{\"name\":\"seed\"},{\"name\":\"gamma\"}]}}"),
		0);
	assert_int_equal(f->record.old_of[0], 1);
	assert_int_equal(f->record.old_of[1], TW_NODE_NONE);
	assert_int_equal(f->record.old_of[2], TW_NODE_NONE);
	/* Without nodes they are those that there were. */
	assert_int_equal(read_text(f, "{\"t\":1,\"config\":{\"probe\":{\"rise\":9}}}"), 0);
	assert_int_equal(f->record.config->policy.rise, 9);
	assert_int_equal(f->record.config->n_nodes, NODES);
	for (int i = 0; i < NODES; i++) {
		assert_int_equal(f->record.old_of[i], i);
		assert_string_equal(f->record.config->nodes[i].name, f->nodes[i].name);
	}
}

static void test_generous(void **state)
{
	struct fixture *f = *state;
	struct tw_buf text;

	assert_int_equal(read_text(f, "{\"odd\":1,\"result\":\"ok\",\"node\":\"seed\",\"t\":5.0,"
				      "\"peers_in\":null,\"chain\":[[7," HASH ",12.5],[6," OTHER
				      ",null]],\"at\":null,\"template\":null,\"more\":{\"a\":[]}}"),
		0);
	assert_int_equal(f->record.t_us, 5000);
	assert_int_equal(f->record.obs->n_chain, 2);
	assert_int_equal(f->record.obs->peers_in, TW_UNKNOWN);
	/* A failed check's chain is of no interest. */
	assert_int_equal(
		read_text(f, "{\"t\":1,\"node\":\"beta\",\"result\":\"tls\",\"chain\":[]}"), 0);
	/* A longer chain than a window is cut off at its end. */
	tw_buf_init(&text, 1 << 20);
	tw_buf_puts(&text, "{\"t\":1,\"node\":\"beta\",\"result\":\"ok\",\"chain\":[");
	for (int h = 1000; h > 700; h--)
		tw_buf_printf(&text, "%s[%d," HASH "]", h < 1000 ? "," : "", h);
	tw_buf_puts(&text, "]}");
	assert_int_equal(read_text(f, tw_buf_str(&text)), 0);
	assert_int_equal(f->record.obs->n_chain, TW_CHAIN_MAX);
	assert_int_equal(f->record.obs->chain[TW_CHAIN_MAX - 1].height, 1000 - TW_CHAIN_MAX + 1);
	tw_buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_check),
		TEST(test_every_field_of_an_observation),
		TEST(test_what_was_not_learned_is_not_written),
		TEST(test_every_result),
		TEST(test_other_records),
		TEST(test_header),
		TEST(test_a_first_start_has_no_past),
		TEST(test_defaults),
		TEST(test_reload),
		TEST(test_generous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
