/* client/parse: real answers, refusals, and everything that is none. */
#include "client/parse.h"
#include "fixture/compare.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "5d2a2a91c3af4adcd5d3ced6f865743f5564d1e1dcaf8f6d48e70aad75434a3a"
#define BETA                                                                                       \
	"{\"name\":\"beta\",\"url\":\"https://[::1]:11500\",\"host\":\"::1\",\"port\":11500,"      \
	"\"tls\":true"

static const char select_line[] =
	"{\"v\":1,\"usable\":true,\"mode\":\"consensus\",\"daemon\":" BETA "},"
	"\"reason\":\"incumbent\",\"text\":\"beta is healthy\",\"height\":1002,\"hash\":\"" HASH
	"\",\"prev_hash\":\"" HASH "\",\"network_height\":1003,\"anchor_height\":1001,"
	"\"epoch\":7,\"chain_epoch\":2,\"seq\":4711,\"pinned\":true,\"checked_ms\":1795449938123,"
	"\"primary\":{\"name\":\"alpha\",\"host\":\"127.0.0.1\",\"port\":11898},\"later\":[{}]}";
static const char nothing_line[] =
	"{\"v\":1,\"usable\":false,\"mode\":\"starting\",\"daemon\":null,\"reason\":\"none\","
	"\"text\":\"\",\"height\":null,\"hash\":null,\"prev_hash\":null,\"network_height\":null,"
	"\"anchor_height\":null,\"epoch\":0,\"chain_epoch\":0,\"seq\":0,\"pinned\":false,"
	"\"checked_ms\":null,\"primary\":{\"name\":\"a\",\"host\":\"h\",\"port\":1}}";
static const char submit_line[] =
	"{\"v\":1,\"mode\":\"consensus\",\"epoch\":7,\"after_accept_ms\":100,"
	"\"after_silence_ms\":0,\"targets\":[" BETA
	",\"state\":\"healthy\",\"reason\":\"ok\",\"height\":1002,\"hash\":\"" HASH "\"}," BETA
	",\"state\":\"unhealthy\",\"reason\":\"lagging\",\"height\":null,\"hash\":null}]}";
/* Of a tipwatchd that knows nothing of waiting. */
static const char old_submit_line[] =
	"{\"v\":1,\"mode\":\"consensus\",\"epoch\":7,\"targets\":[" BETA
	",\"state\":\"healthy\",\"reason\":\"ok\"}]}";
static const char refusal_line[] =
	"{\"error\":{\"code\":\"unknown_node\",\"message\":\"no node is called x\"}}";

static struct tw_buf refusal;

static int setup(void **state)
{
	(void)state;
	tw_buf_init(&refusal, 4096);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tw_buf_finish(&refusal);
	return 0;
}

static int parse(const char *line, struct tipwatch_select *ret_select)
{
	return tw_client_parse_select(line, strlen(line), ret_select, &refusal);
}

static void test_select(void **state)
{
	struct tipwatch_select select;

	(void)state;
	memset(&select, 0xff, sizeof(select));
	assert_int_equal(parse(select_line, &select), 0);
	assert_true(select.is_usable);
	assert_true(select.has_daemon);
	assert_true(select.is_pinned);
	assert_string_equal(select.mode, "consensus");
	assert_string_equal(select.reason, "incumbent");
	assert_string_equal(select.daemon.name, "beta");
	assert_string_equal(select.daemon.url, "https://[::1]:11500");
	assert_string_equal(select.daemon.host, "::1");
	assert_int_equal(select.daemon.port, 11500);
	assert_true(select.daemon.is_tls);
	assert_string_equal(select.primary.name, "alpha");
	assert_string_equal(select.primary.host, "127.0.0.1");
	assert_int_equal(select.primary.port, 11898);
	assert_string_equal(select.primary.url, "");
	assert_int_equal(select.height, 1002);
	assert_int_equal(select.network_height, 1003);
	assert_int_equal(select.anchor_height, 1001);
	assert_string_equal(select.hash, HASH);
	assert_string_equal(select.prev_hash, HASH);
	assert_int_equal(select.epoch, 7);
	assert_int_equal(select.chain_epoch, 2);
	assert_int_equal(select.seq, 4711);
}

static void test_nothing_chosen(void **state)
{
	struct tipwatch_select select;

	(void)state;
	assert_int_equal(parse(nothing_line, &select), 0);
	assert_false(select.is_usable);
	assert_false(select.has_daemon);
	assert_string_equal(select.daemon.name, "");
	assert_int_equal(select.height, -1);
	assert_int_equal(select.anchor_height, -1);
	assert_string_equal(select.hash, "");
	assert_string_equal(select.primary.name, "a");
}

static void test_submit(void **state)
{
	struct tipwatch_target targets[3];
	struct tipwatch_timing timing;
	size_t n = 99;

	(void)state;
	assert_int_equal(tw_client_parse_submit(submit_line, strlen(submit_line), targets, 3, &n,
				 &timing, &refusal),
		0);
	assert_int_equal(n, 2);
	assert_string_equal(targets[0].daemon.name, "beta");
	assert_string_equal(targets[0].reason, "ok");
	assert_string_equal(targets[1].state, "unhealthy");
	assert_int_equal(targets[0].height, 1002);
	assert_string_equal(targets[0].hash, HASH);
	assert_int_equal(targets[1].height, -1);
	assert_string_equal(targets[1].hash, "");
	assert_int_equal(timing.after_accept_ms, 100);
	assert_int_equal(timing.after_silence_ms, 0);
	/* Room for one: the best one. */
	memset(targets, 0x55, sizeof(targets));
	assert_int_equal(tw_client_parse_submit(submit_line, strlen(submit_line), targets, 1, &n,
				 &timing, &refusal),
		0);
	assert_int_equal(n, 1);
	assert_string_equal(targets[0].reason, "ok");
	assert_int_equal(targets[1].state[0], 0x55);
	assert_int_equal(tw_client_parse_submit(old_submit_line, strlen(old_submit_line), targets,
				 3, &n, &timing, &refusal),
		0);
	assert_int_equal(n, 1);
	assert_int_equal(timing.after_accept_ms, TIPWATCH_AFTER_ACCEPT_MS);
	assert_int_equal(timing.after_silence_ms, TIPWATCH_AFTER_SILENCE_MS);
	assert_int_equal(tw_client_parse_submit(select_line, strlen(select_line), targets, 3, &n,
				 &timing, &refusal),
		-EBADMSG);
	assert_int_equal(n, 1);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *code;
		int error;
	} cases[] = { { "forbidden", -EACCES }, { "unknown_node", -ENOENT }, { "busy", -EBUSY },
		{ "bad_argument", -EINVAL }, { "unknown_command", -EINVAL }, { "new", -EINVAL } };
	struct tipwatch_select select;
	char line[256];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		snprintf(line, sizeof(line),
			"{\"error\":{\"code\":\"%s\",\"message\":\"because\"}}", cases[i].code);
		assert_int_equal(parse(line, &select), cases[i].error);
		assert_string_equal(tw_buf_str(&refusal), "because");
		assert_int_equal(tw_client_parse_ok(line, strlen(line), &refusal), cases[i].error);
	}
	assert_int_equal(parse("{\"error\":5}", &select), -EINVAL);
	assert_int_equal(tw_client_parse_ok("{\"ok\":true}", 11, &refusal), 0);
}

/* The outcome of parsing this as the answer to select, or else to submit. */
static int parse_as(bool is_select, const char *text)
{
	struct tipwatch_target targets[2];
	struct tipwatch_timing timing;
	struct tipwatch_select select;
	size_t n;

	if (is_select)
		return parse(text, &select);
	return tw_client_parse_submit(text, strlen(text), targets, 2, &n, &timing, &refusal);
}

/* Every value that is read: it may be missing only if it may be null, and its type must be right.
 */
static void test_values(void **state)
{
	static const struct {
		const char *line, *key;
		bool is_needed;
	} cases[] = {
		{ select_line, "usable", true },
		{ select_line, "mode", true },
		{ select_line, "daemon", true },
		{ select_line, "name", true },
		{ select_line, "url", true },
		{ select_line, "host", true },
		{ select_line, "port", true },
		{ select_line, "tls", true },
		{ select_line, "reason", true },
		{ select_line, "height", false },
		{ select_line, "hash", false },
		{ select_line, "prev_hash", false },
		{ select_line, "network_height", false },
		{ select_line, "anchor_height", false },
		{ select_line, "epoch", true },
		{ select_line, "chain_epoch", true },
		{ select_line, "seq", true },
		{ select_line, "pinned", true },
		{ select_line, "primary", true },
		{ submit_line, "after_accept_ms", false },
		{ submit_line, "after_silence_ms", false },
		{ submit_line, "targets", true },
		{ submit_line, "name", true },
		{ submit_line, "url", true },
		{ submit_line, "host", true },
		{ submit_line, "port", true },
		{ submit_line, "tls", true },
		{ submit_line, "state", true },
		{ submit_line, "reason", true },
		{ submit_line, "height", false },
		{ submit_line, "hash", false },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		const char *line = cases[i].line;
		bool is_select = line == select_line;
		char quoted[32];

		(void)snprintf(quoted, sizeof(quoted), "\"%s\":", cases[i].key);
		assert_contains(line, quoted);
		/* Each time that it is in the line. */
		for (const char *at = strstr(line, quoted); at != NULL;
			at = strstr(at + 1, quoted)) {
			const char *value = at + strlen(quoted);
			char text[2048];

			(void)snprintf(
				text, sizeof(text), "%.*s\"x%s", (int)(at - line), line, at + 1);
			if (parse_as(is_select, text) != (cases[i].is_needed ? -EBADMSG : 0))
				fail_msg("without %s: %s", cases[i].key, text);
			if (value[0] == '{' || value[0] == '[')
				continue;
			(void)snprintf(text, sizeof(text), "%.*s[]%s", (int)(value - line), line,
				value + strcspn(value, ",}]"));
			if (parse_as(is_select, text) != -EBADMSG)
				fail_msg("%s of another type: %s", cases[i].key, text);
		}
	}
}

/* Every line cut off, and every value put in place of every other: never more than an error. */
static void test_garbage(void **state)
{
	static const char *const lines[] = { select_line, nothing_line, submit_line, refusal_line };
	static const char *const values[] = { "null", "true", "-1", "1e99", "99999999999999999999",
		"\"\"", "[]", "{}", "\"\\u0000\"", "65536", "0" };
	struct tipwatch_target targets[2];
	struct tipwatch_timing timing;
	struct tipwatch_select select;
	size_t n;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(lines); i++) {
		for (size_t len = 0; len < strlen(lines[i]); len++) {
			char *cut = strndup(lines[i], len);

			assert_int_equal(
				tw_client_parse_select(cut, len, &select, &refusal), -EBADMSG);
			assert_int_equal(
				tw_client_parse_submit(cut, len, targets, 2, &n, &timing, &refusal),
				-EBADMSG);
			assert_int_equal(tw_client_parse_ok(cut, len, &refusal), -EBADMSG);
			free(cut);
		}
	}
	for (const char *colon = strchr(select_line, ':'); colon != NULL;
		colon = strchr(colon + 1, ':')) {
		for (size_t v = 0; v < TW_ARRAY_SIZE(values); v++) {
			char text[2048];
			size_t len = strcspn(colon + 1, ",}");
			int r;

			snprintf(text, sizeof(text), "%.*s%s%s", (int)(colon + 1 - select_line),
				select_line, values[v], colon + 1 + len);
			r = parse(text, &select);
			assert_true(r == 0 || r == -EBADMSG);
		}
	}
	/* A text longer than its place is not cut off silently. */
	{
		char text[2048];

		snprintf(text, sizeof(text),
			"{\"mode\":\"%0100d\",\"usable\":true,\"pinned\":true,\"daemon\":null,"
			"\"primary\":{\"name\":\"a\",\"host\":\"h\",\"port\":1}}",
			1);
		assert_int_equal(parse(text, &select), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_select, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_chosen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_submit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
