/*
 * serve/status, serve/prom and serve/respond over the real core, through a story of faults: at
 * every point all objects have all their keys, with values of the right kind that fit together.
 */
#include "fakenet.h"
#include "fixture/compare.h"
#include "serve/respond.h"
#include "json/json.h"
#include <string.h>

enum { NODES = 5 };

static const int64_t wall_us = 1795449938123456;

struct story {
	struct fakenet net;
	struct tw_node_conf nodes[NODES];
	struct tw_config config;
	struct tw_status_source status;
	struct tw_prom_node counts[NODES];
	struct tw_respond_source source;
	struct tw_json_doc *doc;
	const struct tw_json_node *root; /* of the last answer */
};

static const char *const select_keys[] = { "v", "usable", "mode", "daemon", "reason", "text",
	"height", "hash", "prev_hash", "network_height", "anchor_height", "epoch", "chain_epoch",
	"seq", "pinned", "checked_ms", "primary", "anchor_hash", NULL };
static const char *const daemon_keys[] = { "name", "url", "host", "port", "tls", NULL };
static const char *const primary_keys[] = { "name", "host", "port", NULL };
static const char *const status_keys[] = { "v", "version", "started_ms", "uptime_s", "select",
	"consensus", "daemons", "switches", "suspect", NULL };
static const char *const consensus_keys[] = { "network_height", "tip", "anchor", "voters", "quorum",
	"answering", "agreeing", "conflicting", "stalled", "island", "branches", "tip_since_ms",
	NULL };
static const char *const point_keys[] = { "height", "hash", NULL };
static const char *const branch_keys[] = { "height", "hash", "fork_height", "votes", "members",
	NULL };
static const char *const node_keys[] = { "name", "url", "role", "primary", "priority", "dialect",
	"version", "state", "reason", "detail", "chosen", "since_ms", "height", "hash", "lag",
	"fork_height", "fork_depth", "network_height_claim", "synced_claim", "peers_in",
	"peers_out", "latency_ms", "latency_p99_ms", "tip_delay_ms", "template", "last_check_ms",
	"last_ok_ms", "checks", "failures", NULL };
static const char *const switch_keys[] = { "t_ms", "from", "to", "mode", "reason", "text", NULL };

static void assert_keys(const struct tw_json_node *map, const char *const *keys)
{
	const struct tw_json_node *child;

	for (child = tw_json_first(map); child != NULL; child = tw_json_next(map, child)) {
		if (*keys == NULL)
			fail_msg("\"%s\" is too much", tw_json_key_of(child));
		assert_string_equal(tw_json_key_of(child), *keys++);
	}
	if (*keys != NULL)
		fail_msg("\"%s\" is missing", *keys);
}

/* height and hash are both known or both null, and the hash is 64 lower-case digits. */
static void assert_block(const struct tw_json_node *map)
{
	const char *hash = tw_json_str(tw_json_member(map, "hash"));
	int64_t height;

	if (tw_json_get_int(map, "height", 0, TW_HEIGHT_MAX, &height) == 0) {
		assert_non_null(hash);
		assert_int_equal(strspn(hash, "0123456789abcdef"), 64);
		assert_int_equal(strlen(hash), 64);
	} else {
		assert_int_equal(tw_json_type_of(tw_json_member(map, "height")), TW_JSON_NULL);
		assert_int_equal(tw_json_type_of(tw_json_member(map, "hash")), TW_JSON_NULL);
	}
}

/* A Unix time in milliseconds, not in the future, not before the start; or null. */
static void assert_time(const struct tw_json_node *map, const char *key)
{
	int64_t ms;

	if (tw_json_type_of(tw_json_member(map, key)) == TW_JSON_NULL)
		return;
	if (tw_json_get_int(map, key, wall_us / TW_MS, INT64_MAX, &ms) != 0)
		fail_msg("%s is no time since the start", key);
}

static void assert_span(const struct tw_json_node *map, const char *key)
{
	int64_t ms;

	if (tw_json_type_of(tw_json_member(map, key)) != TW_JSON_NULL)
		assert_int_equal(tw_json_get_int(map, key, 0, TW_DAY / TW_MS, &ms), 0);
}

static void assert_select(const struct tw_json_node *select)
{
	const struct tw_json_node *daemon = tw_json_member(select, "daemon");

	assert_keys(select, select_keys);
	if (tw_json_type_of(daemon) == TW_JSON_NULL)
		assert_int_equal(
			tw_json_type_of(tw_json_member(select, "checked_ms")), TW_JSON_NULL);
	else
		assert_keys(daemon, daemon_keys);
	assert_keys(tw_json_member(select, "primary"), primary_keys);
	assert_that(tw_json_str_len(tw_json_member(select, "text")), >, 10);
	assert_block(select);
	assert_time(select, "checked_ms");
}

static void assert_node(const struct tw_json_node *node, const char *chosen)
{
	const char *name = tw_json_str(tw_json_member(node, "name"));
	bool is_chosen;

	assert_keys(node, node_keys);
	assert_block(node);
	assert_time(node, "since_ms");
	assert_time(node, "last_check_ms");
	assert_time(node, "last_ok_ms");
	assert_span(node, "latency_ms");
	assert_span(node, "latency_p99_ms");
	assert_span(node, "tip_delay_ms");
	assert_int_equal(tw_json_get_bool(node, "chosen", &is_chosen), 0);
	assert_int_equal(is_chosen, chosen != NULL && strcmp(name, chosen) == 0);
	/* A node that is well needs no explanation, and every other one gets it. */
	assert_int_equal(strcmp(tw_json_str(tw_json_member(node, "state")), "healthy") != 0 ||
				 strcmp(tw_json_str(tw_json_member(node, "reason")), "ok") != 0,
		tw_json_str_len(tw_json_member(node, "detail")) > 0);
}

static void assert_consensus(const struct tw_json_node *consensus)
{
	const struct tw_json_node *branches = tw_json_member(consensus, "branches");
	const struct tw_json_node *branch;
	int64_t votes;

	assert_keys(consensus, consensus_keys);
	assert_keys(tw_json_member(consensus, "tip"), point_keys);
	assert_block(tw_json_member(consensus, "tip"));
	assert_keys(tw_json_member(consensus, "anchor"), point_keys);
	assert_block(tw_json_member(consensus, "anchor"));
	assert_time(consensus, "tip_since_ms");
	for (branch = tw_json_first(branches); branch != NULL;
		branch = tw_json_next(branches, branch)) {
		assert_keys(branch, branch_keys);
		assert_block(branch);
		assert_int_equal(tw_json_get_int(branch, "votes", 1, NODES, &votes), 0);
		assert_int_equal(votes, tw_json_count(tw_json_member(branch, "members")));
	}
}

static void measure(void *ctx, struct tw_prom_process *ret_process)
{
	(void)ctx;
	*ret_process = (struct tw_prom_process){ 0 };
}

/* Asks and parses; the answer is in story->root until the next one. */
static void ask(struct story *story, const char *target, unsigned int status)
{
	const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 10000 };
	struct tw_http_reply reply = { 0 };

	tw_json_doc_destroy(story->doc);
	story->status.monitor = story->net.monitor;
	story->status.now_us = story->net.now;
	story->status.wall_us = wall_us + (story->net.now - story->status.started_us);
	tw_buf_init(&reply.body, 1 << 20);
	tw_respond(&story->source, target, "", &reply);
	assert_int_equal(reply.body.error, 0);
	if (reply.status != status)
		fail_msg("%s: %u instead of %u", target, reply.status, status);
	assert_int_equal(
		tw_json_parse(reply.body.data, reply.body.len, &limits, &story->doc), TW_JSON_OK);
	story->root = tw_json_root(story->doc);
	tw_buf_finish(&reply.body);
}

static const char *text_at(const struct story *story, const char *path)
{
	return tw_json_str(tw_json_find(story->root, path));
}

/* Everything that can be said of this moment is well formed. Leaves /status in story->root. */
static void look(struct story *story)
{
	const struct tw_json_node *list, *entry;
	struct tw_http_reply reply = { 0 };
	int64_t seconds;

	ask(story, "/status", 200);
	assert_keys(story->root, status_keys);
	assert_int_equal(tw_json_get_int(story->root, "uptime_s", 0, TW_DAY / TW_SEC, &seconds), 0);
	assert_select(tw_json_member(story->root, "select"));
	assert_consensus(tw_json_member(story->root, "consensus"));
	list = tw_json_member(story->root, "daemons");
	assert_int_equal(tw_json_count(list), NODES);
	for (entry = tw_json_first(list); entry != NULL; entry = tw_json_next(list, entry))
		assert_node(entry, text_at(story, "select.daemon.name"));
	list = tw_json_member(story->root, "switches");
	for (entry = tw_json_first(list); entry != NULL; entry = tw_json_next(list, entry)) {
		assert_keys(entry, switch_keys);
		assert_time(entry, "t_ms");
	}
	tw_buf_init(&reply.body, 1 << 20);
	tw_respond(&story->source, "/metrics", "application/openmetrics-text", &reply);
	tw_respond(&story->source, "/", "", &reply);
	assert_int_equal(reply.body.error, 0);
	tw_buf_finish(&reply.body);
}

static void begin(struct story *story)
{
	*story = (struct story){ 0 };
	fakenet_init(&story->net, NODES);
	for (uint32_t i = 0; i < NODES; i++) {
		struct tw_node_conf *node = &story->nodes[i];

		node->policy = story->net.policies[i];
		node->url.port = (uint16_t)(11001 + i);
		(void)strcpy(node->url.host, "127.0.0.1");
		snprintf(node->url.text, sizeof(node->url.text), "http://127.0.0.1:%u",
			node->url.port);
	}
	story->config = (struct tw_config){ .n_nodes = NODES, .nodes = story->nodes };
	story->status =
		(struct tw_status_source){ .config = &story->config, .started_us = story->net.now };
	story->source = (struct tw_respond_source){
		.status = &story->status, .nodes = story->counts, .measure = measure
	};
	fakenet_start(&story->net);
}

static void finish(struct story *story)
{
	tw_json_doc_destroy(story->doc);
	fakenet_finish(&story->net);
}

static void test_start(void **state)
{
	struct story story;

	(void)state;
	begin(&story);
	for (uint32_t i = 0; i < NODES; i++)
		story.net.nodes[i].is_mute = true;
	fakenet_run(&story.net, TW_SEC);
	look(&story);
	assert_string_equal(text_at(&story, "select.mode"), "starting");
	assert_int_equal(tw_json_type_of(tw_json_find(story.root, "select.daemon")), TW_JSON_NULL);
	assert_int_equal(tw_json_type_of(tw_json_find(story.root, "select.height")), TW_JSON_NULL);
	ask(&story, "/health", 503);
	ask(&story, "/daemon/d1", 503);
	ask(&story, "/daemon/d1/chosen", 503);
	for (uint32_t i = 0; i < NODES; i++)
		story.net.nodes[i].is_mute = false;
	fakenet_run(&story.net, 3 * TW_SEC);
	look(&story);
	assert_string_equal(text_at(&story, "select.mode"), "consensus");
	assert_string_equal(text_at(&story, "select.daemon.name"), "d1");
	ask(&story, "/health", 200);
	ask(&story, "/daemon/d1", 200);
	ask(&story, "/daemon/d1/chosen", 200);
	ask(&story, "/daemon/d2/chosen", 503);
	finish(&story);
}

static void test_faults(void **state)
{
	struct fake_node good;
	struct story story;

	(void)state;
	begin(&story);
	fakenet_run(&story.net, 3 * TW_SEC);
	good = story.net.nodes[0];
	/* killed */
	story.net.nodes[0].result = TW_RESULT_REFUSED;
	fakenet_run(&story.net, 3 * TW_SEC);
	look(&story);
	assert_string_equal(text_at(&story, "select.daemon.name"), "d2");
	assert_string_equal(text_at(&story, "select.primary.name"), "d1");
	assert_int_equal(tw_json_count(tw_json_find(story.root, "switches")), 1);
	ask(&story, "/daemon/d1", 503);
	assert_string_equal(text_at(&story, "reason"), "refused");
	/* back, but on a fork */
	story.net.nodes[0] = good;
	story.net.nodes[0].fork = 997;
	story.net.nodes[0].branch = 1;
	fakenet_run(&story.net, 10 * TW_SEC);
	look(&story);
	assert_int_equal(tw_json_count(tw_json_find(story.root, "consensus.branches")), 2);
	ask(&story, "/daemon/d1", 503);
	assert_string_equal(text_at(&story, "reason"), "forked");
	/* drained, with nobody left who answers otherwise, in a network that stands still */
	assert_int_equal(tw_monitor_operate(story.net.monitor, story.net.now, TW_OP_DRAIN, 1), 0);
	for (uint32_t i = 2; i < NODES; i++)
		story.net.nodes[i].result = TW_RESULT_TIMEOUT;
	fakenet_run(&story.net, 10 * TW_MIN);
	look(&story);
	ask(&story, "/daemon/d2", 503);
	assert_string_equal(text_at(&story, "state"), "maintenance");
	assert_string_equal(text_at(&story, "reason"), "drained");
	ask(&story, "/daemon/d3", 503);
	assert_string_equal(text_at(&story, "reason"), "timeout");
	ask(&story, "/health", 503);
	/* all well again, and pinned */
	for (uint32_t i = 0; i < NODES; i++)
		story.net.nodes[i] = good;
	assert_int_equal(tw_monitor_operate(story.net.monitor, story.net.now, TW_OP_UNDRAIN, 1), 0);
	assert_int_equal(tw_monitor_operate(story.net.monitor, story.net.now, TW_OP_PIN, 3), 0);
	fakenet_run(&story.net, TW_MIN);
	look(&story);
	assert_string_equal(text_at(&story, "select.reason"), "pinned");
	assert_string_equal(text_at(&story, "select.daemon.name"), "d4");
	ask(&story, "/health", 200);
	finish(&story);
}

/* After a gap of the own loop the Unix times still are right. */
static void test_gap(void **state)
{
	struct story story;
	int64_t before_ms, after_ms;

	(void)state;
	begin(&story);
	fakenet_run(&story.net, 3 * TW_SEC);
	story.net.now += TW_HOUR;
	tw_monitor_gap(story.net.monitor, story.net.now, TW_HOUR);
	before_ms = (wall_us + story.net.now - story.status.started_us) / TW_MS;
	fakenet_run(&story.net, 3 * TW_SEC);
	look(&story);
	assert_int_equal(tw_json_get_int(story.root, "select.checked_ms", before_ms,
				 before_ms + 3000, &after_ms),
		0);
	finish(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
