/*
 * What the simulated daemons refuse, and in which words: parameters, addresses, templates and
 * blocks. Each refuses in its own way, as the real ones do.
 */
#include "fixture/compare.h"
#include "sim/net/net.h"
#include "sim/rpc/answer.h"
#include "sim_net.h"
#include "json/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BASE = 2500000, TEXT_MAX = 2048 };

#define OLD                 "turtlecoin-rpc@0.8.4"
#define NEW                 "turtlecoin-rpc@0.28.3"
#define REST                "turtlecoin-rest"
#define XMR                 "monero"

#define RPC(method, params) "{\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define ZEROS_16            "0000000000000000"
#define NO_HASH             ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define AAAAAAAAAA          "aaaaaaaaaa"
#define A90                                                                                        \
	AAAAAAAAAA AAAAAAAAAA AAAAAAAAAA AAAAAAAAAA AAAAAAAAAA AAAAAAAAAA AAAAAAAAAA AAAAAAAAAA    \
		AAAAAAAAAA
#define ADDRESS A90 "aaaaaaaaa" /* of 99 letters */

static void start(struct tw_sim_net *net, const char *version)
{
	const struct tw_sim_net_params params = sim_net_params(BASE);

	assert_non_null(tw_sim_version_find(version));
	assert_int_equal(tw_sim_net_init(net, &params, 1), 0);
	tw_sim_net_add(net, "d1", tw_sim_version_find(version));
}

/* A request; without a body it is GET. The reply is to be finished. */
static void ask(struct tw_sim_net *net, const char *target, const char *body,
	struct tw_sim_reply *ret_reply)
{
	const struct tw_sim_request request = {
		.method = body == NULL ? "GET" : "POST",
		.target = target,
		.body = body == NULL ? "" : body,
		.body_len = body == NULL ? 0 : strlen(body),
	};

	assert_int_equal(tw_sim_answer(net, 0, &request, ret_reply), 0);
}

static void expect(
	struct tw_sim_net *net, const char *target, const char *body, int status, const char *part)
{
	struct tw_sim_reply reply;

	ask(net, target, body, &reply);
	if (reply.status != status || strstr(tw_buf_str(&reply.body), part) == NULL)
		fail_msg("%s %s: expected %d %s, got %d %s", target, body == NULL ? "" : body,
			status, part, reply.status, tw_buf_str(&reply.body));
	tw_sim_reply_finish(&reply);
}

static void test_parameters(void **state)
{
	static const struct {
		const char *version, *target, *body;
		int status;
		const char *part;
	} cases[] = {
#define J "/json_rpc"
		/* The newest block is there, the one above it is not. */
		{ OLD, J, RPC("getblockheaderbyheight", "{\"height\":2500000}"), 200,
			"\"height\":2500000" },
		{ OLD, J, RPC("getblockheaderbyheight", "{\"height\":2500001}"), 200, "To big" },
		{ OLD, J, RPC("getblockheaderbyheight", "{\"height\":-1}"), 200, "To big" },
		{ OLD, J, RPC("getblockheaderbyheight", "{\"height\":\"1\"}"), 200,
			"is not INTEGER" },
		{ OLD, J, RPC("getblockheaderbyheight", "{}"), 200, "\"height\":0," },
		{ OLD, J, RPC("getblockheaderbyhash", "{\"hash\":\"00\"}"), 200, "\"code\":-1," },
		{ OLD, J, RPC("getblockheaderbyhash", "{}"), 200, "Hex = ." },
		{ OLD, J, RPC("getblockheaderbyhash", "{\"hash\":\"" NO_HASH "\"}"), 200,
			"\"code\":-5," },
		{ OLD, J, RPC("on_getblockhash", "[]"), 200, "expected height" },
		{ OLD, J, RPC("on_getblockhash", "[1,2]"), 200, "expected height" },
		{ OLD, J, RPC("on_getblockhash", "[\"1\"]"), 200, "expected height" },
		{ OLD, J, RPC("on_getblockhash", "[2500001]"), 200, "\"result\":\"" },
		{ OLD, J, RPC("on_getblockhash", "[2500002]"), 200, "unordered_map::at" },
		{ OLD, J, RPC("getblockcount", "5"), 200, "is not ARRAY or OBJECT" },
		{ OLD, J, "{\"id\":1,\"method\":5}", 200, "is not STRING" },
		{ NEW, J, RPC("getblockheaderbyheight", "{\"height\":2500000}"), 200,
			"\"height\":2500000" },
		{ NEW, J, RPC("getblockheaderbyheight", "{\"height\":2500001}"), 200,
			"\"code\":-2}" },
		{ NEW, J, RPC("getblockheaderbyheight", "{\"height\":-1}"), 400,
			"Expected uint64_t, got Number" },
		{ NEW, J, RPC("getblockheaderbyheight", "{}"), 400, "'height'" },
		{ NEW, J, RPC("getblockheaderbyheight", "[1]"), 400, "Expected Object, got Array" },
		{ NEW, J, RPC("getblockheaderbyheight", "null"), 400, "Expected Object, got Null" },
		{ NEW, J, RPC("getblockheaderbyhash", "{}"), 400, "'hash'" },
		{ NEW, J, RPC("getblockheaderbyhash", "{\"hash\":true}"), 400,
			"Expected String, got True" },
		{ NEW, J, RPC("getblockheaderbyhash", "{\"hash\":false}"), 400, "got False" },
		{ NEW, J, RPC("getblockheaderbyhash", "{\"hash\":\"00\"}"), 200, "\"code\":-1}" },
		{ NEW, J, RPC("getblockheaderbyhash", "{\"hash\":\"" NO_HASH "\"}"), 200,
			"\"code\":-5}" },
		{ NEW, J, RPC("submitblock", "{}"), 400, "Expected Array, got Object" },
		{ REST, "/block/2500000", NULL, 200, "\"height\":2500000" },
		{ REST, "/block/2500001", NULL, 400, "\"code\":63" },
		{ REST, "/block/99999999999999999999", NULL, 400, "could not be properly decoded" },
		{ REST, "/block/", NULL, 404, "" },
		{ REST, "/block/1x", NULL, 404, "" },
		{ REST, "/block/" NO_HASH, NULL, 404, "\"code\":67" },
		{ REST, "/block/headers/5", NULL, 403, "\"code\":61" },
		{ REST, "/transaction/pool", NULL, 403, "\"code\":61" },
		{ REST, "/blocks", NULL, 404, "" },
		{ REST, "/info", "", 404, "" },
		{ XMR, J, RPC("get_block_header_by_height", "{\"height\":2500000}"), 200,
			"\"height\":2500000" },
		{ XMR, J, RPC("get_block_header_by_height", "{\"height\":2500001}"), 200,
			"greater than current top block height: 2500000" },
		{ XMR, J, RPC("get_block_header_by_height", "{\"height\":\"x\"}"), 200, "-32602" },
		{ XMR, J, RPC("get_block_header_by_height", "{}"), 200, "\"height\":0," },
		{ XMR, J, RPC("get_block_header_by_hash", "{\"hash\":\"" NO_HASH "\"}"), 200,
			"\"code\":-5," },
		{ XMR, J,
			RPC("get_block_headers_range",
				"{\"start_height\":2499999,\"end_height\":2500000}"),
			200, "\"height\":2499999" },
		{ XMR, J,
			RPC("get_block_headers_range",
				"{\"start_height\":2500000,\"end_height\":2500000}"),
			200, "\"height\":2500000" },
		{ XMR, J,
			RPC("get_block_headers_range",
				"{\"start_height\":2500000,\"end_height\":2500001}"),
			200, "Invalid start/end heights" },
		{ XMR, J, RPC("get_block_headers_range", "{\"start_height\":5,\"end_height\":4}"),
			200, "Invalid start/end heights" },
		{ XMR, J,
			RPC("get_block_headers_range",
				"{\"start_height\":0,\"end_height\":2000000}"),
			200, "Invalid start/end heights" },
		{ XMR, J, RPC("get_block_headers_range", "{\"start_height\":\"x\"}"), 200,
			"-32602" },
		{ XMR, J, RPC("get_block_headers_range", "{\"end_height\":\"x\"}"), 200, "-32602" },
		{ XMR, J, RPC("on_get_block_hash", "[]"), 200, "expected height" },
		{ XMR, J, RPC("on_get_block_hash", "[-1]"), 200, "expected height" },
		/* Beyond the newest block the hash is all zeros. */
		{ XMR, J, RPC("on_get_block_hash", "[2500001]"), 200,
			"\"result\":\"" NO_HASH "\"" },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		struct tw_sim_net net;

		start(&net, cases[i].version);
		expect(&net, cases[i].target, cases[i].body, cases[i].status, cases[i].part);
		tw_sim_net_finish(&net);
	}
}

/* The body that asks for a template. */
static const char *template_body(const char *version, const char *address, const char *reserve)
{
	static char text[TEXT_MAX];

	if (strcmp(version, REST) == 0)
		(void)snprintf(text, sizeof(text), "{\"address\":%s,\"reserveSize\":%s}", address,
			reserve);
	else
		(void)snprintf(text, sizeof(text),
			"{\"method\":\"getblocktemplate\",\"params\":{\"wallet_address\":%s,"
			"\"reserve_size\":%s}}",
			address, reserve);
	return text;
}

static const char *template_path(const char *version)
{
	return strcmp(version, REST) == 0 ? "/block/template" : "/json_rpc";
}

static void test_template_parameters(void **state)
{
	static const struct {
		const char *version, *address, *reserve;
		int status;
		const char *part;
	} cases[] = {
#define Q(text) "\"" text "\""
		{ OLD, Q(ADDRESS), "255", 200, "blocktemplate_blob" },
		{ OLD, Q(ADDRESS), "256", 200, "\"code\":-3," },
		{ OLD, Q(ADDRESS), "\"8\"", 200, "is not INTEGER" },
		{ OLD, Q(ADDRESS) ",\"x\":1", "8", 200, "blocktemplate_blob" },
		{ OLD, "5", "8", 200, "\"code\":-4," },
		{ OLD, Q("a"), "8", 200, "\"code\":-4," },
		{ NEW, Q(ADDRESS), "255", 200, "blocktemplate_blob" },
		{ NEW, Q(ADDRESS), "256", 200, "\"code\":-3}" },
		{ NEW, Q(ADDRESS), "null", 400, "Expected uint64_t, got Null" },
		{ NEW, "5", "8", 400, "Expected String, got Number" },
		{ NEW, Q(A90 "aaaaaaaa"), "8", 200, "but it is 98 chars" },
		{ NEW, Q(A90 "aaaaaaaa0"), "8", 200, "not valid base58" },
		{ NEW, Q(A90 A90 "aaaaaal"), "8", 200, "not valid base58" },
		{ NEW, Q(A90 A90 "aaaaaaa"), "8", 200, "blocktemplate_blob" },
		{ REST, Q(ADDRESS), "255", 201, "\"blob\"" },
		{ REST, Q(ADDRESS), "256", 400, "maximum permitted is 255" },
		{ REST, Q(ADDRESS), "-1", 400, "Expected uint64_t" },
		{ REST, "[]", "8", 400, "Expected String, got Array" },
		{ REST, Q("a"), "8", 400, "but it is 1 chars" },
		{ XMR, Q(A90 "aaaaa"), "255", 200, "blocktemplate_blob" },
		{ XMR, Q(A90 "aaaaa"), "256", 200, "\"code\":-3," },
		{ XMR, Q(A90 "aaaaa"), "true", 200, "-32602" },
		{ XMR, Q(A90 "aaaa"), "8", 200, "\"code\":-4," },
		{ XMR, "null", "8", 200, "\"code\":-4," },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const char *version = cases[i].version;
		struct tw_sim_net net;

		start(&net, version);
		expect(&net, template_path(version),
			template_body(version, cases[i].address, cases[i].reserve), cases[i].status,
			cases[i].part);
		tw_sim_net_finish(&net);
	}
}

/* A daemon that gives no template says so in its own words. */
static void test_no_template(void **state)
{
	static const struct {
		const char *version;
		enum tw_sim_template template;
		int status;
		const char *part;
	} cases[] = {
		{ OLD, TW_SIM_TEMPLATE_BUSY, 200, "\"code\":-9," },
		{ OLD, TW_SIM_TEMPLATE_FAILED, 200, "\"code\":-5," },
		{ OLD, TW_SIM_TEMPLATE_NOT_SYNCED, 200, "\"code\":-9," },
		{ NEW, TW_SIM_TEMPLATE_BUSY, 200, "\"code\":-9}" },
		{ NEW, TW_SIM_TEMPLATE_FAILED, 200, "\"code\":-5}" },
		{ NEW, TW_SIM_TEMPLATE_NOT_SYNCED, 200, "Daemon must be synced" },
		{ REST, TW_SIM_TEMPLATE_BUSY, 503, "\"code\":62" },
		{ REST, TW_SIM_TEMPLATE_FAILED, 500, "\"code\":65" },
		{ REST, TW_SIM_TEMPLATE_NOT_SYNCED, 503, "\"code\":62" },
		{ XMR, TW_SIM_TEMPLATE_BUSY, 200, "\"code\":-9," },
		{ XMR, TW_SIM_TEMPLATE_FAILED, 200, "\"code\":-5," },
		{ XMR, TW_SIM_TEMPLATE_NOT_SYNCED, 200, "\"code\":-9," },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const char *version = cases[i].version;
		struct tw_sim_net net;

		start(&net, version);
		net.nodes[0].template = cases[i].template;
		expect(&net, template_path(version), template_body(version, Q(ADDRESS), "8"),
			cases[i].status, cases[i].part);
		tw_sim_net_finish(&net);
	}
}

/* Copies the blob of the template that the daemon gives. */
static void get_blob(struct tw_sim_net *net, const char *version, char blob[TEXT_MAX])
{
	const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 10000 };
	const char *path = strcmp(version, REST) == 0 ? "blob" : "result.blocktemplate_blob";
	struct tw_json_doc *doc = NULL;
	struct tw_sim_reply reply;

	ask(net, template_path(version), template_body(version, Q(ADDRESS), "8"), &reply);
	assert_int_equal(
		tw_json_parse(tw_buf_str(&reply.body), reply.body.len, &limits, &doc), TW_JSON_OK);
	assert_int_equal(tw_json_get_text(tw_json_root(doc), path, TEXT_MAX, blob), 0);
	tw_json_doc_destroy(doc);
	tw_sim_reply_finish(&reply);
}

static void submit(struct tw_sim_net *net, const char *version, const char *value, int status,
	const char *part)
{
	char text[TEXT_MAX + 128];

	if (strcmp(version, REST) == 0) {
		expect(net, "/block", value, status, part);
		return;
	}
	(void)snprintf(text, sizeof(text), "{\"method\":\"submitblock\",\"params\":[%s]}", value);
	expect(net, "/json_rpc", text, status, part);
}

static void test_blocks(void **state)
{
	static const struct {
		const char *version;
		int accepted, failed;       /* statuses */
		const char *several, *type; /* NULL: cannot be sent */
		const char *no_hex, *no_block;
	} cases[] = {
		{ OLD, 200, 200, "\"code\":-1,", "is not STRING", "\"code\":-6,", "\"code\":-7," },
		{ NEW, 200, 200, "one and only one", NULL, "\"code\":-6}", "\"code\":-7}" },
		{ REST, 202, 409, NULL, NULL, NULL, "\"code\":66" },
		{ XMR, 200, 200, "\"code\":-1,", "-32602", "\"code\":-6,", "\"code\":-7," },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const char *version = cases[i].version;
		char blob[TEXT_MAX], quoted[TEXT_MAX + 2], strange[TEXT_MAX + 2];
		struct tw_sim_net net;
		char *prev_hash;

		start(&net, version);
		get_blob(&net, version, blob);
		(void)snprintf(quoted, sizeof(quoted), "\"%s\"", blob);
		/* A digit of the block that it builds on: there is none of that hash. */
		(void)snprintf(strange, sizeof(strange), "%s", quoted);
		prev_hash = strange + 1 + (strcmp(version, XMR) == 0 ? 16 : 12);
		*prev_hash = *prev_hash == '0' ? '1' : '0';
		if (cases[i].several != NULL) {
			submit(&net, version, "\"00\",\"00\"", 200, cases[i].several);
			submit(&net, version, "", 200, cases[i].several);
		}
		if (cases[i].type != NULL)
			submit(&net, version, "5", 200, cases[i].type);
		if (cases[i].no_hex != NULL)
			submit(&net, version, "\"zz\"", 200, cases[i].no_hex);
		else
			submit(&net, version, "\"zz\"", 400, "is not hex");
		submit(&net, version, strange, cases[i].failed, cases[i].no_block);
		assert_int_equal(tw_sim_chain_tip(net.chain, net.nodes[0].branch), BASE);
		submit(&net, version, quoted, cases[i].accepted, "");
		assert_int_equal(tw_sim_chain_tip(net.chain, net.nodes[0].branch), BASE + 1);
		/* The same again is no error, and no other block. */
		submit(&net, version, quoted, cases[i].accepted, "");
		assert_int_equal(tw_sim_chain_tip(net.chain, net.nodes[0].branch), BASE + 1);
		tw_sim_net_finish(&net);
	}
}

/* TurtleCoind 0.28 and 1.x want their blocks as texts; 1.x takes bare digits as well. */
static void test_types_of_blocks(void **state)
{
	char blob[TEXT_MAX];
	struct tw_sim_net net;

	(void)state;
	start(&net, NEW);
	submit(&net, NEW, "5", 400, "Expected String, got Number");
	tw_sim_net_finish(&net);
	start(&net, REST);
	submit(&net, REST, "[]", 400, "Expected String, got Array");
	submit(&net, REST, "", 409, "\"code\":66");
	get_blob(&net, REST, blob);
	submit(&net, REST, blob, 202, "\"");
	assert_int_equal(tw_sim_chain_tip(net.chain, net.nodes[0].branch), BASE + 1);
	tw_sim_net_finish(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_template_parameters),
		cmocka_unit_test(test_no_template),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_types_of_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
