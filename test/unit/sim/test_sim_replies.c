/*
 * What the simulated daemons answer, word for word: each of the requests below, to one version of
 * each dialect, against test/data/sim-answers.txt. With TW_WRITE_ANSWERS=FILE the test writes what
 * is answered now to FILE instead; a difference between the two that is not wanted is a mistake.
 */
#include "base/file.h"
#include "base/lines.h"
#include "fixture/compare.h"
#include "fixture/sim_question.h"
#include "sim/net/net.h"
#include "sim/rpc/answer.h"
#include "sim_net.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The second one is where a chain begins. */
static const int64_t bases[] = { 2500000, 0 };

static const char *const versions[] = { "turtlecoin-rpc@0.8.4", "turtlecoin-rpc@0.28.3",
	"turtlecoin-rest", "monero", "cryptonote@6.7.4", "cryptonote@3.1.1", "zano" };

#define ONES    "1111111111111111111111111111111"
#define ADDRESS "TRTLv1" ONES ONES ONES

/* %d is the height of the newest block, %p that of the one below, %h the hash of the newest. */
static const struct {
	const char *target, *body; /* NULL: GET */
} requests[] = {
	{ "/info", NULL },
	{ "/getinfo", NULL },
	{ "/get_info", NULL },
	{ "/height", NULL },
	{ "/getheight", NULL },
	{ "/get_height", NULL },
	{ "/fee", NULL },
	{ "/feeinfo", NULL },
	{ "/peers", NULL },
	{ "/block/last", NULL },
	{ "/block/count", NULL },
	{ "/block/%d", NULL },
	{ "/block/%p", NULL },
	{ "/block/0", NULL },
	{ "/block/%h", NULL },
	{ "/block/99999999", NULL },
	{ "/block/headers/%d", NULL },
	{ "/transaction/pool", NULL },
	{ "/block/template", "{\"address\":\"" ADDRESS "\",\"reserveSize\":8}" },
	{ "/block/template", "{\"address\":\"x\"}" },
	{ "/block", "\"00\"" },
	{ "/json_rpc", RPC("getblockcount", ",\"params\":{}") },
	{ "/json_rpc", RPC("on_getblockhash", ",\"params\":[%d]") },
	{ "/json_rpc", RPC("getlastblockheader", ",\"params\":{}") },
	{ "/json_rpc", RPC("getblockheaderbyheight", ",\"params\":{\"height\":%d}") },
	{ "/json_rpc", RPC("getblockheaderbyheight", ",\"params\":{\"height\":0}") },
	{ "/json_rpc", RPC("getblockheaderbyheight", ",\"params\":{\"height\":99999999}") },
	{ "/json_rpc", RPC("getblockheaderbyhash", ",\"params\":{\"hash\":\"%h\"}") },
	{ "/json_rpc", RPC("getblockheaderbyhash", ",\"params\":{\"hash\":\"00\"}") },
	{ "/json_rpc", RPC("getcurrencyid", ",\"params\":{}") },
	{ "/json_rpc", RPC("get_info", "") },
	{ "/json_rpc", RPC("getinfo", "") },
	{ "/json_rpc", RPC("get_connections", "") },
	{ "/json_rpc", RPC("getblockheadersrange",
			       ",\"params\":{\"start_height\":%p,\"end_height\":%d}") },
	{ "/json_rpc", RPC("getblocktemplate", ",\"params\":{\"wallet_address\":\"" ADDRESS
					       "\",\"reserve_size\":8}") },
	{ "/json_rpc", RPC("getblocktemplate",
			       ",\"params\":{\"wallet_address\":\"x\",\"reserve_size\":8}") },
	{ "/json_rpc", RPC("getblocktemplate", ",\"params\":{\"wallet_address\":\"" ADDRESS
					       "\",\"reserve_size\":300}") },
	{ "/json_rpc", RPC("submitblock", ",\"params\":[\"00\"]") },
	{ "/json_rpc", RPC("submitblock", ",\"params\":[]") },
};

/* Appends the request and its answer, on a line each; nothing where there is no such page. */
static void ask(struct tw_sim_net *net, size_t i, struct tw_buf *out)
{
	char target[SIM_QUESTION_MAX], body[SIM_QUESTION_MAX] = "", hash[TW_HASH_HEX + 1];
	struct tw_sim_request request = { .method = "GET", .target = target, .body = body };
	struct tw_sim_chain_block newest;
	struct tw_sim_reply reply;
	struct tw_sim_view view;

	tw_sim_net_view(net, 0, &view);
	tw_sim_chain_block_at(net->chain, net->nodes[0].branch, view.tip, &newest);
	tw_hash_format(&newest.hash, hash);
	sim_question_fill(requests[i].target, view.tip, hash, target);
	if (requests[i].body != NULL) {
		request.method = "POST";
		sim_question_fill(requests[i].body, view.tip, hash, body);
		request.body_len = strlen(body);
	}
	assert_int_equal(tw_sim_answer(net, 0, &request, &reply), 0);
	if (reply.status == 404) {
		tw_sim_reply_finish(&reply);
		return;
	}
	tw_buf_printf(out, "%s %s%s%s\n", request.method, target, body[0] == '\0' ? "" : " ", body);
	tw_buf_printf(out, "\t%d %s, %s%s%s:", reply.status, reply.reason,
		reply.content_type == NULL ? "no type" : reply.content_type,
		reply.extra_header == NULL ? "" : ", ",
		reply.extra_header == NULL ? "" : reply.extra_header);
	tw_buf_puts(out, reply.body.len == 0 ? "" : " ");
	for (const char *c = tw_buf_str(&reply.body); *c != '\0'; c++) {
		if (*c == '\n')
			tw_buf_puts(out, "\\n");
		else if (*c != '\r')
			tw_buf_putc(out, *c);
	}
	tw_buf_putc(out, '\n');
	tw_sim_reply_finish(&reply);
}

static void answer_all(struct tw_buf *out)
{
	for (size_t v = 0; v < TW_ARRAY_SIZE(versions); v++) {
		for (size_t b = 0; b < TW_ARRAY_SIZE(bases); b++) {
			const struct tw_sim_net_params params = sim_net_params(bases[b]);
			struct tw_sim_net net;

			assert_int_equal(tw_sim_net_init(&net, &params, 1), 0);
			tw_sim_net_add(&net, "d1", tw_sim_version_find(versions[v]));
			tw_buf_printf(
				out, "# %s from block %lld\n", versions[v], (long long)bases[b]);
			for (size_t i = 0; i < TW_ARRAY_SIZE(requests); i++)
				ask(&net, i, out);
			tw_sim_net_finish(&net);
		}
	}
	assert_int_equal(out->error, 0);
}

static void test_word_for_word(void **state)
{
	const char *top = getenv("TW_SOURCE_ROOT"), *write_to = getenv("TW_WRITE_ANSWERS");
	char path[512], *rest, *known_rest, *line, *known_line, *request = NULL;
	struct tw_buf out, known;

	(void)state;
	tw_buf_init(&out, 4 << 20);
	tw_buf_init(&known, 4 << 20);
	answer_all(&out);
	if (write_to != NULL) {
		int fd = open(write_to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		assert_int_equal(tw_file_write(fd, tw_buf_str(&out), out.len), 0);
		tw_file_close(&fd);
	} else {
		assert_non_null(top);
		snprintf(path, sizeof(path), "%s/test/data/sim-answers.txt", top);
		assert_int_equal(tw_file_read(path, false, &known), 0);
		rest = out.data;
		known_rest = known.data;
		do {
			line = tw_lines_next(&rest);
			known_line = tw_lines_next(&known_rest);
			if (line != NULL && known_line != NULL && strcmp(line, known_line) != 0)
				fail_msg("%s\nis answered\n%s\ninstead of\n%s", request, line,
					known_line);
			request = line;
		} while (line != NULL && known_line != NULL);
		assert_ptr_equal(line, known_line);
	}
	tw_buf_finish(&out);
	tw_buf_finish(&known);
}

static void test_list_of_versions(void **state)
{
	char text[TW_SIM_VERSION_TEXT_MAX];

	(void)state;
	tw_sim_version_list(text);
	assert_string_equal(text,
		"turtlecoin-rpc@0.28.3 (or 0.22, 0.20, 0.8.4, 0.6.4), turtlecoin-rest@1.0.1, "
		"monero@0.18, cryptonote@6.7.4 (or 3.1.1), zano@2.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word_for_word),
		cmocka_unit_test(test_list_of_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
