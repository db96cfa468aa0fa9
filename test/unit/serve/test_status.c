/*
 * serve/status over a fake monitor: the select, submit, status and node objects, each key and the
 * order of the keys.
 */
#include "base/time.h"
#include "explain/view.h"
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/pushes.h"
#include "json/json.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH_AB "abababababababababababababababababababababababababababababababab"
#define HASH_01 "0101010101010101010101010101010101010101010101010101010101010101"
#define HASH_98 "9898989898989898989898989898989898989898989898989898989898989898"

#define SELECT                                                                                     \
	"{\"v\":1,\"usable\":true,\"mode\":\"consensus\",\"daemon\":{\"name\":\"beta\","           \
	"\"url\":\"https://[::1]:11500\",\"host\":\"::1\",\"port\":11500,\"tls\":true},"           \
	"\"reason\":\"incumbent\",\"text\":\"beta is healthy, and stays.\",\"height\":1002,"       \
	"\"hash\":\"" HASH_AB "\",\"prev_hash\":\"" HASH_01 "\",\"network_height\":1002,"          \
	"\"anchor_height\":998,\"epoch\":7,\"chain_epoch\":2,\"seq\":4711,\"pinned\":false,"       \
	"\"checked_ms\":1795449937123,"                                                            \
	"\"primary\":{\"name\":\"alpha\",\"host\":\"127.0.0.1\",\"port\":11898},"                  \
	"\"anchor_hash\":\"" HASH_98 "\"}"

#define ALPHA                                                                                        \
	"{\"name\":\"alpha\",\"url\":\"http://127.0.0.1:11898\",\"role\":\"daemon\","                \
	"\"primary\":true,\"priority\":0,\"dialect\":null,\"version\":null,\"state\":\"unhealthy\"," \
	"\"reason\":\"lagging\",\"detail\":\"4 blocks behind\",\"chosen\":false,"                    \
	"\"since_ms\":1795449638123,\"height\":998,\"hash\":\"" HASH_98 "\",\"lag\":4,"              \
	"\"fork_height\":null,\"fork_depth\":null,\"network_height_claim\":1003,"                    \
	"\"synced_claim\":true,\"peers_in\":4,\"peers_out\":8,\"latency_ms\":3,"                     \
	"\"latency_p99_ms\":9,\"tip_delay_ms\":0,\"template\":\"ok\","                               \
	"\"last_check_ms\":1795449937123,\"last_ok_ms\":1795449937123,\"checks\":900,"               \
	"\"failures\":3}"

#define BETA                                                                                                \
	"{\"name\":\"beta\",\"url\":\"https://[::1]:11500\",\"role\":\"daemon\","                           \
	"\"primary\":false,\"priority\":-10,\"dialect\":\"monero\",\"version\":null,\"state\":\"healthy\"," \
	"\"reason\":\"ok\",\"detail\":\"\",\"chosen\":true,\"since_ms\":1795449638123,"                     \
	"\"height\":1002,\"hash\":\"" HASH_AB "\",\"lag\":0,\"fork_height\":null,"                          \
	"\"fork_depth\":null,\"network_height_claim\":1003,\"synced_claim\":true,"                          \
	"\"peers_in\":4,\"peers_out\":8,\"latency_ms\":3,\"latency_p99_ms\":9,"                             \
	"\"tip_delay_ms\":0,\"template\":\"ok\",\"last_check_ms\":1795449937123,"                           \
	"\"last_ok_ms\":1795449937123,\"checks\":900,\"failures\":3}"

#define SEED                                                                                                       \
	"{\"name\":\"seed\",\"url\":\"https://node.example\",\"role\":\"reference\","                              \
	"\"primary\":false,\"priority\":0,\"dialect\":\"turtlecoin-rest\",\"version\":null,\"state\":\"unknown\"," \
	"\"reason\":\"unchecked\",\"detail\":\"not checked yet\",\"chosen\":false,"                                \
	"\"since_ms\":1795449038123,\"height\":null,\"hash\":null,\"lag\":null,"                                   \
	"\"fork_height\":null,\"fork_depth\":null,\"network_height_claim\":null,"                                  \
	"\"synced_claim\":null,\"peers_in\":null,\"peers_out\":null,\"latency_ms\":null,"                          \
	"\"latency_p99_ms\":null,\"tip_delay_ms\":null,\"template\":\"unchecked\","                                \
	"\"last_check_ms\":null,\"last_ok_ms\":null,\"checks\":0,\"failures\":0}"

static void setup(struct fake *fake, struct tw_buf *out)
{
	fake_init(fake);
	tw_buf_init(out, 1 << 20);
}

static void test_select(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	tw_status_select(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_string_equal(tw_buf_str(&out), SELECT);
	tw_buf_finish(&out);
}

static void test_select_before_first_answer(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	fake_init_blank(&fake);
	tw_buf_init(&out, 1 << 20);
	tw_status_select(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_string_equal(tw_buf_str(&out),
		"{\"v\":1,\"usable\":false,\"mode\":\"starting\",\"daemon\":null,"
		"\"reason\":\"starting\",\"text\":\"No daemon has answered yet.\",\"height\":null,"
		"\"hash\":null,\"prev_hash\":null,\"network_height\":null,\"anchor_height\":null,"
		"\"epoch\":0,\"chain_epoch\":0,\"seq\":0,\"pinned\":false,\"checked_ms\":null,"
		"\"primary\":{\"name\":\"alpha\",\"host\":\"127.0.0.1\",\"port\":11898},"
		"\"anchor_hash\":null}");
	tw_buf_finish(&out);
}

static void test_submit(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	tw_status_submit(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_string_equal(tw_buf_str(&out),
		"{\"v\":1,\"mode\":\"consensus\",\"epoch\":7,"
		"\"after_accept_ms\":500,\"after_silence_ms\":1500,\"targets\":["
		"{\"name\":\"beta\",\"url\":\"https://[::1]:11500\",\"host\":\"::1\","
		"\"port\":11500,\"tls\":true,\"state\":\"healthy\",\"reason\":\"ok\","
		"\"height\":1002,\"hash\":\"" HASH_AB "\"},"
		"{\"name\":\"alpha\",\"url\":\"http://127.0.0.1:11898\",\"host\":\"127.0.0.1\","
		"\"port\":11898,\"tls\":false,\"state\":\"unhealthy\",\"reason\":\"lagging\","
		"\"height\":998,\"hash\":\"" HASH_98 "\"}],\"vault\":null}");
	tw_buf_finish(&out);
}

static void test_node(void **state)
{
	static const char *const expected[] = { ALPHA, BETA, SEED };
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	for (int32_t i = 0; i < FAKE_NODES; i++) {
		tw_buf_clear(&out);
		tw_status_node(&fake.source, i, &out);
		assert_int_equal(out.error, 0);
		assert_string_equal(tw_buf_str(&out), expected[i]);
	}
	tw_buf_finish(&out);
}

static void test_full(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	tw_status_full(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_string_equal(tw_buf_str(&out),
		"{\"v\":1,\"version\":\"" TW_VERSION "\",\"started_ms\":1795449038123,"
		"\"uptime_s\":900,\"select\":" SELECT ",\"consensus\":{\"network_height\":1002,"
		"\"tip\":{\"height\":1002,\"hash\":\"" HASH_AB "\"},"
		"\"anchor\":{\"height\":998,\"hash\":\"" HASH_98 "\"},\"voters\":3,\"quorum\":2,"
		"\"answering\":2,\"agreeing\":2,\"conflicting\":0,\"stalled\":false,"
		"\"island\":false,\"branches\":[{\"height\":1002,\"hash\":\"" HASH_AB "\","
		"\"fork_height\":null,\"votes\":2,\"members\":[\"beta\",\"alpha\"]}],"
		"\"tip_since_ms\":1795449928123},"
		"\"daemons\":[" ALPHA "," BETA "," SEED "],\"switches\":["
		"{\"t_ms\":1795449738123,\"from\":\"alpha\",\"to\":\"beta\","
		"\"mode\":\"consensus\",\"reason\":\"incumbent_bad\",\"text\":\"because of incumbent_bad\"},"
		"{\"t_ms\":1795449039123,\"from\":null,\"to\":\"alpha\",\"mode\":\"starting\","
		"\"reason\":\"starting\",\"text\":\"because of starting\"}],\"suspect\":null}");
	tw_buf_finish(&out);
}

static void test_full_blank(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	fake_init_blank(&fake);
	tw_buf_init(&out, 1 << 20);
	tw_status_full(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_contains(tw_buf_str(&out),
		"\"consensus\":{\"network_height\":null,\"tip\":{\"height\":null,\"hash\":null},"
		"\"anchor\":{\"height\":null,\"hash\":null},\"voters\":3,\"quorum\":2,"
		"\"answering\":0,\"agreeing\":0,\"conflicting\":0,\"stalled\":false,"
		"\"island\":null,\"branches\":[],\"tip_since_ms\":null},");
	assert_contains(tw_buf_str(&out), ",\"switches\":[],\"suspect\":null}");
	fake.monitor.decision.suspect = TW_SUSPECT_LATE;
	tw_buf_clear(&out);
	tw_status_full(&fake.source, &out);
	assert_contains(tw_buf_str(&out),
		",\"suspect\":{\"what\":\"template_timeout\",\"setting\":\"probe.timeout\","
		"\"text\":\"probe.timeout: no daemon gives a block template in time.\"}}");
	tw_buf_finish(&out);
}

/* Those that named the same block are one row. */
static void test_witnesses(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	fake.config.n_witnesses = 16;
	fake.monitor.decision.witness_lead = TW_UNKNOWN;
	tw_status_full(&fake.source, &out);
	assert_contains(tw_buf_str(&out),
		",\"witnesses\":{\"wanted\":16,\"connected\":0,\"lead\":null,\"alarm\":null,"
		"\"tips\":[]}}");
	fake.monitor.decision.witnesses = 4;
	fake.monitor.decision.witness_lead = 5;
	fake.monitor.witnesses[0] = (struct tw_point){ 1002, fake_hash(0xab) };
	fake.monitor.witnesses[1] = (struct tw_point){ 1007, fake_hash(0x98) };
	fake.monitor.witnesses[2] = fake.monitor.witnesses[1];
	fake.monitor.witnesses[3] = (struct tw_point){ 1007, fake_hash(0xab) };
	tw_buf_clear(&out);
	tw_status_full(&fake.source, &out);
	assert_contains(tw_buf_str(&out),
		",\"witnesses\":{\"wanted\":16,\"connected\":4,\"lead\":5,"
		"\"alarm\":\"the network is ahead\",\"tips\":["
		"{\"height\":1007,\"hash\":\"" HASH_98 "\",\"witnesses\":2},"
		"{\"height\":1007,\"hash\":\"" HASH_AB "\",\"witnesses\":1},"
		"{\"height\":1002,\"hash\":\"" HASH_AB "\",\"witnesses\":1}]}}");
	tw_buf_finish(&out);
}

/* A fork, a pin, an island, a denied sync: what the quiet network does not show. */
static void test_trouble(void **state)
{
	static const int32_t members[] = { 0 };
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	fake.monitor.decision.is_pinned = true;
	fake.monitor.decision.is_island = 1;
	fake.monitor.decision.is_stalled = true;
	fake.monitor.decision.conflicting = 1;
	fake.monitor.decision.has_prev_hash = false;
	fake.monitor.n_branches = 2;
	fake.monitor.branches[1] = (struct tw_branch){
		.tip = { .height = 998, .hash = fake_hash(0x98) },
		.fork_height = 995,
		.votes = 1,
		.members = members,
	};
	fake.monitor.views[0].verdict.reason = TW_REASON_FORKED;
	fake.monitor.views[0].fork_height = 995;
	fake.monitor.views[0].fork_depth = 3;
	fake.monitor.views[0].synced_claim = 0;
	fake.monitor.views[0].latency_us = 1;
	fake.monitor.views[0].latency_p99_us = 5000000;
	fake.monitor.views[0].tip_delay_us = 2001;
	tw_status_full(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_contains(tw_buf_str(&out), "\"pinned\":true,");
	assert_contains(tw_buf_str(&out), "\"prev_hash\":null,");
	assert_contains(tw_buf_str(&out), "\"conflicting\":1,\"stalled\":true,\"island\":true,"
					  "\"branches\":[{\"height\":1002");
	assert_contains(tw_buf_str(&out),
		"{\"height\":998,\"hash\":\"" HASH_98 "\",\"fork_height\":995,\"votes\":1,"
		"\"members\":[\"alpha\"]}");
	assert_contains(tw_buf_str(&out),
		"\"lag\":4,\"fork_height\":995,\"fork_depth\":3,\"network_height_claim\":1003,"
		"\"synced_claim\":false,\"peers_in\":4,\"peers_out\":8,\"latency_ms\":1,"
		"\"latency_p99_ms\":5000,\"tip_delay_ms\":3,");
	tw_buf_finish(&out);
}

/* The P2P link, of a node that is to have one. */
static void test_link(void **state)
{
	struct tw_p2p_state link = { .is_wanted = true,
		.phase = TW_P2P_UP,
		.address = "127.0.0.1:11897",
		.version = 11,
		.height = 1002,
		.pushed_us = TW_UNKNOWN,
		.pushed = TW_UNKNOWN };
	const struct tw_p2p_state *links[FAKE_NODES] = { &link };
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	fake.source.links = links;
	link.since_us = fake.source.now_us - 2 * TW_SEC;
	tw_status_node(&fake.source, 0, &out);
	assert_contains(tw_buf_str(&out),
		"\"p2p\":{\"state\":\"up\",\"address\":\"127.0.0.1:11897\","
		"\"since_ms\":1795449936123,\"version\":11,\"height\":1002,"
		"\"pushes\":0,\"pushed_ms\":null,\"pushed_height\":null,"
		"\"syncs\":0,\"error\":null}}");
	tw_buf_clear(&out);
	link.phase = TW_P2P_NONE;
	link.pushed_us = link.since_us;
	link.pushed = 1001;
	link.n_pushes = 4;
	snprintf(link.error, sizeof(link.error), "no connection");
	tw_status_node(&fake.source, 0, &out);
	assert_contains(tw_buf_str(&out),
		"\"pushes\":4,\"pushed_ms\":1795449936123,\"pushed_height\":1001,"
		"\"syncs\":0,\"error\":\"no connection\"}}");
	tw_buf_clear(&out);
	tw_status_node(&fake.source, 1, &out);
	assert_lacks(tw_buf_str(&out), "p2p");
	tw_buf_clear(&out);
	link.is_wanted = false;
	tw_status_node(&fake.source, 0, &out);
	assert_lacks(tw_buf_str(&out), "p2p");
	tw_buf_finish(&out);
}

/* When blocks were pushed and when checks showed them. */
static void test_pushes(void **state)
{
	struct tw_p2p_state link = { .is_wanted = true, .phase = TW_P2P_UP };
	const struct tw_p2p_state *links[FAKE_NODES] = { NULL, &link };
	struct fake fake;
	struct tw_buf out;
	int64_t now;

	(void)state;
	setup(&fake, &out);
	fake.source.links = links;
	now = fake.source.now_us;
	tw_p2p_delays_init(&link.delays);
	tw_pushes_write(&fake.source, &out);
	assert_string_equal(tw_buf_str(&out),
		"{\"v\":1,\"now_ms\":1795449938123,\"daemons\":[{\"name\":\"beta\","
		"\"state\":\"up\",\"height\":[],\"pushed_ms\":[],\"checked_ms\":[]}]}");
	tw_p2p_delays_show(&link.delays, 1000, now - 3 * TW_SEC);
	tw_p2p_delays_push(&link.delays, 1001, now - 2 * TW_SEC);
	tw_p2p_delays_show(&link.delays, 1001, now - 2 * TW_SEC + 7 * TW_MS);
	tw_p2p_delays_show(&link.delays, 1002, now - TW_SEC);
	tw_buf_clear(&out);
	tw_pushes_write(&fake.source, &out);
	assert_contains(tw_buf_str(&out),
		"\"height\":[1001,1002],\"pushed_ms\":[1795449936123,null],"
		"\"checked_ms\":[1795449936130,1795449937123]}]}");
	link.is_wanted = false;
	tw_buf_clear(&out);
	tw_pushes_write(&fake.source, &out);
	assert_contains(tw_buf_str(&out), "\"daemons\":[]}");
	tw_buf_finish(&out);
}

/* The core's time leaves out gaps of the loop; Unix times must not. */
static void test_gap(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	fake.monitor.gap_us = 500 * TW_MS;
	tw_status_select(&fake.source, &out);
	assert_contains(tw_buf_str(&out), "\"checked_ms\":1795449937623,");
	assert_int_equal(tw_status_age(&fake.source, 999 * TW_SEC), 500 * TW_MS);
	assert_int_equal(tw_status_age(&fake.source, TW_UNKNOWN), TW_UNKNOWN);
	tw_buf_finish(&out);
}

/* At most the last 32 switches, newest first. */
static void test_many_switches(void **state)
{
	struct fake fake;
	struct tw_buf out;
	size_t n = 0;

	(void)state;
	setup(&fake, &out);
	fake.monitor.n_switches = 1000;
	for (int64_t i = 0; i < TW_SWITCHES_MAX; i++) {
		fake.monitor.switches[i] = (struct tw_switch){
			.t_us = (900 - i) * TW_SEC,
			.from = 0,
			.to = TW_NODE_NONE,
			.mode = TW_MODE_FALLBACK,
			.reason = TW_CHOICE_NONE,
		};
	}
	tw_status_full(&fake.source, &out);
	for (const char *p = tw_buf_str(&out); (p = strstr(p, "\"t_ms\"")) != NULL; p++)
		n++;
	assert_int_equal(n, TW_SWITCHES_MAX);
	assert_contains(tw_buf_str(&out),
		"\"switches\":[{\"t_ms\":1795449838123,\"from\":\"alpha\",\"to\":null,"
		"\"mode\":\"fallback\",\"reason\":\"none\",\"text\":\"because of none\"},"
		"{\"t_ms\":1795449837123,");
	tw_buf_finish(&out);
}

/* What a daemon says is data: it must not end the string, the line or the encoding. */
static void test_hostile(void **state)
{
	const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 1000 };
	const struct tw_json_node *daemons;
	struct tw_json_doc *doc;
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	fake.monitor.verdict_text[0] = "\"},{\"name\":\"evil\"\n\x1b[31m\\ \xff\xc0\x80 \xe2\x82";
	fake.monitor.choice_text = "</script>\r\n";
	tw_status_full(&fake.source, &out);
	assert_int_equal(out.error, 0);
	assert_int_equal(strcspn(tw_buf_str(&out), "\n\r\x1b\xff\xc0"), out.len);
	assert_int_equal(tw_json_parse(tw_buf_str(&out), out.len, &limits, &doc), TW_JSON_OK);
	daemons = tw_json_find(tw_json_root(doc), "daemons");
	assert_int_equal(tw_json_count(daemons), FAKE_NODES);
	assert_string_equal(tw_json_str(tw_json_find(tw_json_first(daemons), "detail")),
		"\"},{\"name\":\"evil\"\n\x1b[31m\\ \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
		"\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(
		tw_json_str(tw_json_find(tw_json_root(doc), "select.text")), "</script>\r\n");
	tw_json_doc_destroy(doc);
	tw_buf_finish(&out);
}

/* A sentence that is too long costs itself, not the status. */
static void test_long_sentence(void **state)
{
	static char text[2 * TW_STATUS_SENTENCE_MAX];
	struct fake fake;
	struct tw_buf out;

	(void)state;
	setup(&fake, &out);
	memset(text, 'x', sizeof(text) - 1);
	fake.monitor.verdict_text[0] = text;
	tw_status_node(&fake.source, 0, &out);
	assert_int_equal(out.error, 0);
	assert_contains(tw_buf_str(&out), "\"detail\":\"\",\"chosen\"");
	tw_buf_finish(&out);
}

static void test_cap(void **state)
{
	struct fake fake;
	struct tw_buf out;

	(void)state;
	fake_init(&fake);
	tw_buf_init(&out, 100);
	tw_status_full(&fake.source, &out);
	assert_int_equal(out.error, -EMSGSIZE);
	tw_buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_select_before_first_answer),
		cmocka_unit_test(test_submit),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_full_blank),
		cmocka_unit_test(test_witnesses),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_pushes),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_many_switches),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long_sentence),
		cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
