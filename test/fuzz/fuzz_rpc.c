/*
 * lib/rpc against a daemon that says anything: proper answers on changing chains, damaged ones,
 * noise, silence. A check must end, and what it observed must be possible.
 *
 * The input is a script: a byte of configuration, then, for each request, a byte that says how it
 * is answered, and what that needs.
 */
#include "fuzz.h"
#include "rpc/check.h"
#include <inttypes.h>
#include <string.h>

enum {
	REPLY_MAX = 2048,
	REQUESTS_MAX = 200, /* far more than a check may need */
	CHECKS_MAX = 8,
};

struct script {
	const uint8_t *data;
	size_t len;
};

static uint8_t take(struct script *script)
{
	if (script->len == 0)
		return 0;
	script->len--;
	return *script->data++;
}

/* The daemon's chain: 'a' up to fork, branch above it. */
struct chain {
	int64_t tip;
	int64_t fork;
	char branch;
};

static void format_hash(const struct chain *chain, int64_t height, char text[TW_HASH_HEX + 1])
{
	snprintf(text, TW_HASH_HEX + 1, "%02x%062" PRIx64,
		(unsigned int)(height > chain->fork ? chain->branch : 'a'), (uint64_t)height);
}

/* The members by which each dialect is recognised, and a hash that several have. */
static const char *const marks[] = {
	"\"network_height\":9,\"synced\":true,\"version\":\"0.28.3\"",
	"\"networkHeight\":9,\"incomingConnections\":1,\"outgoingConnections\":8,"
	"\"synced\":true,\"version\":\"1.0.1\"",
	"\"nettype\":\"mainnet\",\"target_height\":0,\"restricted\":false,\"untrusted\":false,"
	"\"height_without_bootstrap\":0",
	"\"daemon_network_state\":2,\"max_net_seen_height\":9",
	"\"last_known_block_index\":9,\"version\":\"6.7.4\"",
};

static int format_info(size_t kind, const struct chain *chain, char *reply)
{
	char hash[TW_HASH_HEX + 1];

	format_hash(chain, chain->tip, hash);
	return snprintf(reply, REPLY_MAX,
		"{\"status\":\"OK\",\"height\":%" PRId64 ",\"incoming_connections_count\":1,"
		"\"outgoing_connections_count\":8,\"top_block_hash\":\"%s\",%s}",
		chain->tip + 1, hash, marks[kind % TW_ARRAY_SIZE(marks)]);
}

static int format_header(bool is_camel, int64_t height, const struct chain *chain, char *reply)
{
	char hash[TW_HASH_HEX + 1], prev[TW_HASH_HEX + 1];

	format_hash(chain, height, hash);
	format_hash(chain, height - 1, prev);
	if (is_camel)
		return snprintf(reply, REPLY_MAX,
			"{\"height\":%" PRId64 ",\"hash\":\"%s\",\"prevHash\":\"%s\","
			"\"timestamp\":1700000000}",
			height, hash, prev);
	return snprintf(reply, REPLY_MAX,
		"{\"result\":{\"status\":\"OK\",\"block_header\":{\"height\":%" PRId64
		",\"hash\":\"%s\",\"prev_hash\":\"%s\",\"timestamp\":1700000000}}}",
		height, hash, prev);
}

static int format_template(bool is_camel, uint8_t kind, const struct chain *chain, char *reply)
{
	static const char *const heads[] = { "0300", "1010fab092d806", "030000000000000000" };
	char hash[TW_HASH_HEX + 1];

	format_hash(chain, chain->tip, hash);
	return snprintf(reply, REPLY_MAX,
		is_camel ? "{\"height\":%" PRId64 ",\"blob\":\"%s%s0000\"}"
			 : "{\"result\":{\"height\":%" PRId64
			   ",\"blocktemplate_blob\":\"%s%s0000\"}}",
		chain->tip + 1, heads[kind % TW_ARRAY_SIZE(heads)], hash);
}

/* The answer of a good daemon to whatever is asked, in the dialect in which it is asked. */
static int answer(
	const struct tw_rpc_request *request, uint8_t kind, const struct chain *chain, char *reply)
{
	const char *in_body = strstr(request->body, "\"height\":"), *digits = NULL;
	bool is_camel = !request->is_post || request->body[2] == 'r';

	if (strstr(request->path, "info") != NULL)
		return format_info(kind, chain, reply);
	if (strstr(request->path, "template") != NULL || strstr(request->body, "template") != NULL)
		return format_template(is_camel, kind, chain, reply);
	if (in_body != NULL)
		digits = in_body + strlen("\"height\":");
	else if (strncmp(request->path, "/block/", 7) == 0 && request->path[7] != 'l')
		digits = request->path + 7;
	return format_header(
		is_camel, digits == NULL ? chain->tip : strtoll(digits, NULL, 10), chain, reply);
}

/* Replaces the value after a colon with another. Returns the new length. */
static int replace_value(struct script *script, char *reply, int len)
{
	static const char *const values[] = { "null", "true", "-1", "0", "1099511627777",
		"18446744073709551615", "1.5", "\"\"", "\"7\"", "{}", "[]", "\"BUSY\"",
		"{\"code\":-2,\"message\":\"no\"}", "\"\\u0000\"" };
	const char *value = values[take(script) % TW_ARRAY_SIZE(values)];
	char result[REPLY_MAX];
	char *colon = reply, *end;
	int n;

	for (int i = take(script) % 12; i >= 0; i--) {
		end = strchr(colon + 1, ':');
		if (end == NULL)
			break;
		colon = end;
	}
	if (*colon != ':')
		return len;
	end = colon + 1 + strcspn(colon + 1, ",}");
	n = snprintf(result, sizeof(result), "%.*s:%s%s", (int)(colon - reply), reply, value, end);
	if (n < 0 || (size_t)n >= sizeof(result))
		return len;
	memcpy(reply, result, (size_t)n + 1);
	return n;
}

static int complain(uint8_t kind, char *reply)
{
	static const char *const complaints[] = {
		"{\"error\":{\"code\":-9,\"message\":\"Core is busy\"},\"id\":1}",
		"{\"error\":{\"code\":-2,\"message\":\"To big height\"}}",
		"{\"error\":{\"code\":-5,\"message\":\"unknown\"}}",
		"{\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}",
		"{\"status\":\"Failed\",\"error\":\"Daemon must be synced\"}",
		"{\"error\":{\"code\":63}}",
		"{\"result\":{\"status\":\"BUSY\"}}",
		"",
	};

	return snprintf(reply, REPLY_MAX, "%s", complaints[kind % TW_ARRAY_SIZE(complaints)]);
}

/* The chain has grown, shrunk or gone another way. */
static void reorganize(struct script *script, struct chain *chain, char branch)
{
	chain->tip += (int8_t)take(script) / 8;
	if (chain->tip < 0)
		chain->tip = 0;
	chain->fork = chain->tip - take(script) % 80;
	chain->branch = branch;
}

/* Makes the reply that the script wants. Returns its length, or -1: none comes. */
static int make_reply(const struct tw_rpc_request *request, struct script *script, uint8_t how,
	struct chain *chain, char *reply)
{
	int n;

	switch (how & 7) {
	default: /* as it should be */
		return answer(request, how >> 3, chain, reply);
	case 2: /* a value that it should not have */
		n = answer(request, how >> 3, chain, reply);
		return replace_value(script, reply, n);
	case 3:
		return complain(how >> 3, reply);
	case 4:
		reorganize(script, chain, (char)('a' + (how >> 3) % 4));
		return answer(request, how >> 5, chain, reply);
	case 5: /* damaged in places */
		n = answer(request, how >> 5, chain, reply);
		for (int i = 0; i <= (how >> 3) % 4 && n > 0; i++) {
			int where = (take(script) * 256 + take(script)) % n;

			reply[where] = (char)take(script);
		}
		return n;
	case 6: /* noise */
		n = take(script);
		if (script->len < (size_t)n)
			n = (int)script->len;
		memcpy(reply, script->data, (size_t)n);
		script->data += n;
		script->len -= (size_t)n;
		return n;
	case 7:
		return -1;
	}
}

/* Answers one request as the script says. At the end of the script no reply comes any more. */
static void respond(struct tw_rpc_check *check, const struct tw_rpc_request *request,
	struct script *script, struct chain *chain)
{
	static const long statuses[] = { 200, 200, 200, 200, 201, 400, 301, 401, 403, 404, 405, 500,
		0 };
	uint8_t how = script->len == 0 ? 7 : take(script);
	long status = statuses[how & 7 ? take(script) % TW_ARRAY_SIZE(statuses) : 0];
	char reply[REPLY_MAX] = "", *copy;
	int n = make_reply(request, script, how, chain, reply);

	if (n < 0) {
		tw_rpc_check_fail(check,
			(enum tw_result)(TW_RESULT_REFUSED + (how >> 3) % TW_RESULT_LIMITED),
			"no reply came");
		return;
	}
	copy = malloc(n > 0 ? (size_t)n : 1);
	FUZZ_CHECK(copy != NULL);
	memcpy(copy, reply, (size_t)n);
	tw_rpc_check_reply(
		check, &(struct tw_rpc_reply){ .rtt_us = 1000,
			       .status = status,
			       .body = copy,
			       .len = (size_t)n,
			       .location = status == 301 ? "https://elsewhere.example/" : "" });
	free(copy);
}

static void verify_request(const struct tw_rpc_request *request)
{
	FUZZ_CHECK(request->path[0] == '/');
	FUZZ_CHECK(memchr(request->path, '\0', sizeof(request->path)) != NULL);
	FUZZ_CHECK(request->body_len == strlen(request->body));
	FUZZ_CHECK(request->is_post == (request->body_len > 0));
}

static void verify(const struct tw_observation *obs, bool may_have_template)
{
	FUZZ_CHECK((int)obs->result < TW_RESULTS);
	FUZZ_CHECK(memchr(obs->detail, '\0', sizeof(obs->detail)) != NULL);
	for (const char *c = obs->detail; *c != '\0'; c++)
		FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7f);
	if (obs->result != TW_RESULT_OK) {
		FUZZ_CHECK(obs->detail[0] != '\0' && obs->n_chain == 0 && obs->n_at == 0);
		return;
	}
	FUZZ_CHECK(obs->n_chain >= 1 && obs->n_chain <= TW_CHAIN_MAX && obs->n_at <= TW_AT_MAX);
	FUZZ_CHECK(obs->chain[0].height <= TW_HEIGHT_MAX);
	for (uint32_t i = 0; i < obs->n_chain; i++)
		FUZZ_CHECK(obs->chain[i].height == obs->chain[0].height - i &&
			   obs->chain[i].height >= 0);
	for (uint32_t i = 0; i < obs->n_at; i++)
		FUZZ_CHECK(obs->at[i].height >= 0 &&
			   tw_observation_at(obs, obs->at[i].height) == &obs->at[i].hash);
	FUZZ_CHECK(obs->peers_in >= TW_UNKNOWN && obs->peers_out >= TW_UNKNOWN);
	FUZZ_CHECK(obs->network_height >= TW_UNKNOWN && obs->network_height <= TW_HEIGHT_MAX);
	FUZZ_CHECK(obs->synced >= -1 && obs->synced <= 1);
	FUZZ_CHECK(may_have_template || obs->template == TW_TEMPLATE_UNCHECKED);
	if (obs->template == TW_TEMPLATE_FAILED || obs->template == TW_TEMPLATE_STALE)
		FUZZ_CHECK(obs->detail[0] != '\0');
}

static void check_once(struct tw_rpc_peer *peer, struct tw_chain *window, struct script *script,
	struct chain *chain)
{
	uint8_t flags = take(script);
	const struct tw_check_order order = {
		.wants_info = flags & 1,
		.wants_template = flags & 2,
		.wants_template_on_new_tip = flags & 4,
		.n_questions = flags >> 3 & 3,
		.questions = { take(script), chain->tip - 70, chain->tip + 1 },
	};
	const struct tw_chain *known = window;
	const struct tw_observation *obs;
	struct tw_rpc_request request;
	struct tw_rpc_check *check;
	int n = 0;

	FUZZ_CHECK(tw_rpc_check_create(peer, &order, &known, &check) == 0);
	for (; tw_rpc_check_next(check, &request); n++) {
		FUZZ_CHECK(n < REQUESTS_MAX);
		verify_request(&request);
		respond(check, &request, script, chain);
	}
	obs = tw_rpc_check_observation(check);
	verify(obs, peer->wallet_address != NULL);
	if (obs->result == TW_RESULT_OK)
		tw_chain_update(window, obs);
	tw_rpc_check_destroy(check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = { data, size };
	uint8_t flags = take(&script);
	struct tw_rpc_peer peer = {
		.configured = (enum tw_dialect)(flags % TW_DIALECTS),
		.wallet_address = flags & 4 ? "TRTLx" : NULL,
		.reserve_size = 8,
	};
	struct chain chain = { .tip = flags & 8 ? 3 : 1000, .fork = 900, .branch = 'b' };
	struct tw_chain *window = malloc(sizeof(*window));

	FUZZ_CHECK(window != NULL);
	tw_chain_init(window);
	tw_rpc_peer_forget(&peer);
	for (int i = 0; i < CHECKS_MAX && script.len > 0; i++)
		check_once(&peer, window, &script, &chain);
	free(window);
	return 0;
}

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	static const uint8_t oddities[] = { 0, 4, 2, 3, 5 };

	/* Each dialect, told and detected, with and without an address; answered properly, and
	 * with one oddity here and there. */
	if (i >= 60)
		return 0;
	for (size_t n = 0; n < 96; n++)
		ret_data[n] = (uint8_t)(i % 5 << 3 |
					(n % 9 == 5 ? oddities[i / 12 % sizeof(oddities)] : 0));
	ret_data[0] = (uint8_t)(i % 16);
	ret_data[1] = 31;
	return 96;
}
