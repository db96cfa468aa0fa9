/*
 * A daemon of lines for the tests of wire/rpc: what a check must ask, in this order, and what it is
 * told. Blocks are numbered: block n of branch b has the hash of hash_text(b, n).
 */
#ifndef TW_TEST_RPC_SCRIPT_H
#define TW_TEST_RPC_SCRIPT_H

#include "wire/rpc.h"
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEXTS = 256, TEXT_SIZE = 1024, RTT_US = 1000 };

/* One exchange. asks: "GET PATH", or "POST PATH BODY-PART". */
struct line {
	const char *asks;
	long status;
	const char *reply;
};

/* A formatted text that lives until TEXTS more of them were made. */
static char *textf(const char *format, ...) TW_PRINTF(1, 2);
static char *textf(const char *format, ...)
{
	static char texts[TEXTS][TEXT_SIZE];
	static unsigned int next;
	char *text = texts[next++ % TEXTS];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, TEXT_SIZE, format, ap);
	va_end(ap);
	assert_in_range(n, 0, TEXT_SIZE - 1);
	return text;
}

static inline const char *hash_text(char branch, int64_t height)
{
	return textf("%02x%062" PRIx64, (unsigned char)branch, height);
}

static inline struct tw_hash hash_of(char branch, int64_t height)
{
	struct tw_hash hash;

	assert_int_equal(tw_hash_parse(hash_text(branch, height), TW_HASH_HEX, &hash), 0);
	return hash;
}

static inline void assert_hash(const struct tw_hash *hash, char branch, int64_t height)
{
	char text[TW_HASH_HEX + 1];

	assert_non_null(hash);
	tw_hash_format(hash, text);
	assert_string_equal(text, hash_text(branch, height));
}

/* A peer of this dialect that is configured for it, or, with AUTO, knows nothing yet. */
static inline struct tw_rpc_peer peer_of(enum tw_dialect dialect)
{
	struct tw_rpc_peer peer = { .configured = dialect, .reserve_size = 8 };

	tw_rpc_peer_forget(&peer);
	return peer;
}

/* A window that has shown blocks top - n + 1 to top of branch. */
static inline void window_of(struct tw_chain *window, char branch, int64_t top, int n)
{
	struct tw_observation *obs = malloc(sizeof(*obs));

	assert_non_null(obs);
	tw_chain_init(window);
	tw_observation_init(obs, TW_RESULT_OK);
	for (int64_t h = top; h > top - n; h--)
		obs->chain[obs->n_chain++] =
			(struct tw_point){ .height = h, .hash = hash_of(branch, h) };
	tw_chain_update(window, obs);
	free(obs);
}

static inline void assert_asks(const struct tw_rpc_request *request, const char *asks)
{
	const char *path = strchr(asks, ' ') + 1;
	size_t path_len = strcspn(path, " ");
	const char *part = path[path_len] == ' ' ? path + path_len + 1 : "";

	if (request->is_post != (strncmp(asks, "POST ", 5) == 0) ||
		strlen(request->path) != path_len || strncmp(request->path, path, path_len) != 0 ||
		strstr(request->body, part) == NULL || request->is_post != (part[0] != '\0'))
		fail_msg("asked %s %s %s instead of %s", request->is_post ? "POST" : "GET",
			request->path, request->body, asks);
	assert_int_equal(request->body_len, strlen(request->body));
}

/* Gives the reply in a block of its own size, so that a read past its end is seen. */
static inline void give(struct tw_rpc_check *check, const struct line *line)
{
	size_t len = strlen(line->reply);
	char *body = malloc(len == 0 ? 1 : len);

	assert_non_null(body);
	memcpy(body, line->reply, len);
	tw_rpc_check_reply(check, RTT_US, line->status, body, len);
	free(body);
}

/* Begins a check and goes through the lines. Destroy it. */
static inline struct tw_rpc_check *begin(struct tw_rpc_peer *peer,
	const struct tw_check_order *order, const struct tw_chain *window, const struct line *lines,
	size_t n_lines)
{
	struct tw_rpc_request request;
	struct tw_rpc_check *check;

	assert_int_equal(tw_rpc_check_create(peer, order, window, &check), 0);
	for (size_t i = 0; i < n_lines; i++) {
		if (!tw_rpc_check_next(check, &request))
			fail_msg("ended instead of asking %s: %s", lines[i].asks,
				tw_rpc_check_observation(check)->detail);
		assert_asks(&request, lines[i].asks);
		give(check, &lines[i]);
	}
	return check;
}

/* A whole check, which must end after exactly these lines. */
static inline void run(struct tw_rpc_peer *peer, const struct tw_check_order *order,
	const struct tw_chain *window, const struct line *lines, size_t n_lines,
	struct tw_observation *ret_obs)
{
	struct tw_rpc_check *check = begin(peer, order, window, lines, n_lines);
	struct tw_rpc_request request;

	if (tw_rpc_check_next(check, &request))
		fail_msg("asked %s %s beyond the end", request.path, request.body);
	*ret_obs = *tw_rpc_check_observation(check);
	tw_rpc_check_destroy(check);
}

#define RUN(peer, order, window, lines, ret_obs)                                                   \
	run(peer, order, window, lines, TW_ARRAY_SIZE(lines), ret_obs)

static inline void assert_says(const struct tw_observation *obs, const char *part)
{
	if (strstr(obs->detail, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", obs->detail, part);
}

/* The hex of the beginning of a block that builds on block height of branch. */
static inline const char *blob(const char *head, char branch, int64_t height)
{
	return textf("%s%s0000f4d391d80600", head, hash_text(branch, height));
}

/* --- what a TurtleCoind says and is asked --- */

static inline const char *rpc_header(char branch, int64_t height)
{
	return textf("{\"jsonrpc\":\"2.0\",\"result\":{\"status\":\"OK\",\"block_header\":{"
		     "\"major_version\":3,\"timestamp\":1700000000,\"prev_hash\":\"%s\","
		     "\"orphan_status\":false,\"height\":%" PRId64 ",\"depth\":0,\"hash\":\"%s\","
		     "\"difficulty\":100}}}",
		height == 0 ? hash_text('\0', 0) : hash_text(branch, height - 1), height,
		hash_text(branch, height));
}

static inline const char *rest_header(char branch, int64_t height)
{
	return textf("{\"alreadyGeneratedCoins\":\"14901158\",\"depth\":0,\"difficulty\":100,"
		     "\"hash\":\"%s\",\"height\":%" PRId64 ",\"orphan\":false,\"prevHash\":\"%s\","
		     "\"timestamp\":1700000000,\"transactions\":[{\"fee\":0,\"size\":361}]}",
		hash_text(branch, height), height,
		height == 0 ? hash_text('\0', 0) : hash_text(branch, height - 1));
}

static inline const char *rpc_info(int64_t count, const char *network, const char *version)
{
	return textf("{\"height\":%" PRId64 ",\"difficulty\":100,\"outgoing_connections_count\":8,"
		     "\"incoming_connections_count\":3,\"last_known_block_index\":7,"
		     "\"network_height\":%s,\"synced\":true,\"version\":\"%s\",\"status\":\"OK\"}",
		count, network, version);
}

#define REST_INFO                                                                                  \
	"{\"height\":5,\"incomingConnections\":2,\"lastBlockIndex\":3,\"majorVersion\":3,"         \
	"\"networkHeight\":5000000,\"outgoingConnections\":0,\"synced\":false,"                    \
	"\"version\":\"1.0.1\"}"

#define ASK_LAST                                                                                   \
	"POST /json_rpc {\"jsonrpc\":\"2.0\",\"id\":1,"                                            \
	"\"method\":\"getlastblockheader\",\"params\":{}}"
#define BUSY "{\"error\":{\"code\":-9,\"message\":\"Core is busy\"},\"id\":1,\"jsonrpc\":\"2.0\"}"

static inline const char *ask_height(int64_t height)
{
	return textf("POST /json_rpc \"method\":\"getblockheaderbyheight\","
		     "\"params\":{\"height\":%" PRId64 "}}",
		height);
}

#endif
