/* serve/ctl: the command table, its arguments and its errors, on operations that only remember. */
#include "fixture/compare.h"
#include "serve/ctl.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include <cmocka.h>

/* What the operations were asked, as text: "node 1;", "operate pin 0;". */
struct fake {
	char calls[1024];
	int operate_result;
	int reload_result;
};

static void note(struct fake *fake, const char *format, ...) TW_PRINTF(2, 3);
static void note(struct fake *fake, const char *format, ...)
{
	size_t len = strlen(fake->calls);
	va_list ap;

	va_start(ap, format);
	vsnprintf(fake->calls + len, sizeof(fake->calls) - len, format, ap);
	va_end(ap);
}

static int32_t fake_find(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "alpha") == 0 ? 0 : strcmp(name, "beta") == 0 ? 1 : TW_NODE_NONE;
}

static void fake_select(void *ctx, struct tw_buf *out)
{
	note(ctx, "select;");
	tw_buf_puts(out, "{\"v\":1}");
}

static void fake_submit(void *ctx, struct tw_buf *out)
{
	note(ctx, "submit;");
	tw_buf_puts(out, "{\"v\":2}");
}

static void fake_status(void *ctx, struct tw_buf *out)
{
	note(ctx, "status;");
	tw_buf_puts(out, "{\"v\":3}");
}

static void fake_node(void *ctx, int32_t node, struct tw_buf *out)
{
	note(ctx, "node %d;", node);
	tw_buf_puts(out, "{\"v\":4}");
}

static void fake_why(void *ctx, int32_t node, struct tw_buf *out)
{
	note(ctx, "why %d;", node);
	tw_buf_puts(out, "{\"v\":5}");
}

static void fake_blocks(void *ctx, int64_t since_us, struct tw_buf *out)
{
	note(ctx, "blocks %d;", since_us == TW_NEVER ? -1 : (int)(since_us / TW_SEC));
	tw_buf_puts(out, "{\"v\":6}");
}

static void fake_worth(void *ctx, int64_t since_us, struct tw_buf *out)
{
	note(ctx, "worth %d;", since_us == TW_NEVER ? -1 : (int)(since_us / TW_SEC));
	tw_buf_puts(out, "{\"v\":7}");
}

static bool fake_report(void *ctx, int32_t node, enum tw_report report)
{
	note(ctx, "report %d %d;", node, (int)report);
	return false;
}

static void fake_check(void *ctx, int32_t node)
{
	note(ctx, "check %d;", node);
}

static int fake_operate(void *ctx, enum tw_op op, int32_t node, char *message, size_t size)
{
	struct fake *fake = ctx;

	note(fake, "operate %d %d;", (int)op, node);
	if (fake->operate_result != 0)
		snprintf(message, size, "a \"reference\" cannot be pinned");
	return fake->operate_result;
}

static int fake_reload(void *ctx, struct tw_buf *errors)
{
	struct fake *fake = ctx;

	note(fake, "reload;");
	if (fake->reload_result > 0)
		tw_buf_puts(errors, "f.conf:1: bad\nf.conf:2: worse\n");
	return fake->reload_result;
}

static const struct tw_ctl_ops ops = {
	.find = fake_find,
	.select = fake_select,
	.submit = fake_submit,
	.status = fake_status,
	.node = fake_node,
	.why = fake_why,
	.blocks = fake_blocks,
	.worth = fake_worth,
	.report = fake_report,
	.check = fake_check,
	.operate = fake_operate,
	.reload = fake_reload,
};

static void assert_json_line(const struct tw_buf *out)
{
	yajl_handle parser = yajl_alloc(NULL, NULL, NULL);

	assert_non_null(parser);
	assert_int_equal(yajl_parse(parser, (const unsigned char *)tw_buf_str(out), out->len),
		yajl_status_ok);
	assert_int_equal(yajl_complete_parse(parser), yajl_status_ok);
	yajl_free(parser);
	assert_null(memchr(tw_buf_str(out), '\n', out->len));
}

/* Runs a line; returns the outcome and, in reply, what was said. */
static enum tw_ctl_outcome run(struct fake *fake, const char *line, size_t len, bool is_operator,
	char *reply, size_t size, uint32_t *ret_command)
{
	struct tw_buf out;
	enum tw_ctl_outcome outcome;
	char *copy = malloc(len > 0 ? len : 1); /* exactly as long, so that overreads are seen */

	assert_non_null(copy);
	memcpy(copy, line, len);
	fake->calls[0] = '\0';
	tw_buf_init(&out, 1 << 20);
	outcome = tw_ctl_run(&ops, fake, copy, len, is_operator, &out, ret_command);
	assert_int_equal(out.error, 0);
	assert_json_line(&out);
	assert_that(out.len, <, size);
	strcpy(reply, tw_buf_str(&out));
	tw_buf_finish(&out);
	free(copy);
	return outcome;
}

static void test_commands(void **state)
{
	static const struct {
		const char *line, *reply, *calls;
		enum tw_ctl_outcome outcome;
		const char *command;
	} cases[] = {
		{ "select", "{\"v\":1}", "select;", TW_CTL_REPLIED, "select" },
		{ "  select\t ", "{\"v\":1}", "select;", TW_CTL_REPLIED, "select" },
		{ "submit", "{\"v\":2}", "submit;", TW_CTL_REPLIED, "submit" },
		{ "status", "{\"v\":3}", "status;", TW_CTL_REPLIED, "status" },
		{ "node beta", "{\"v\":4}", "node 1;", TW_CTL_REPLIED, "node" },
		{ "why", "{\"v\":5}", "why -1;", TW_CTL_REPLIED, "why" },
		{ "why beta", "{\"v\":5}", "why 1;", TW_CTL_REPLIED, "why" },
		{ "node  \t alpha", "{\"v\":4}", "node 0;", TW_CTL_REPLIED, "node" },
		{ "blocks", "{\"v\":6}", "blocks -1;", TW_CTL_REPLIED, "blocks" },
		{ "blocks 12h", "{\"v\":6}", "blocks 43200;", TW_CTL_REPLIED, "blocks" },
		{ "watch", "{\"v\":1}", "select;", TW_CTL_WATCH_SELECT, "watch" },
		{ "watch status", "{\"v\":3}", "status;", TW_CTL_WATCH_STATUS, "watch" },
		{ "report", "{\"v\":7}", "worth -1;", TW_CTL_REPLIED, "report" },
		{ "report 2d", "{\"v\":7}", "worth 172800;", TW_CTL_REPLIED, "report" },
		{ "report alpha template-failed", "{\"ok\":true}", "report 0 0;", TW_CTL_REPLIED,
			"report" },
		{ "report beta submit-failed", "{\"ok\":true}", "report 1 1;", TW_CTL_REPLIED,
			"report" },
		{ "report beta timeout", "{\"ok\":true}", "report 1 2;", TW_CTL_REPLIED, "report" },
		{ "check", "{\"ok\":true}", "check -1;", TW_CTL_WAITS_FOR_CHECK, "check" },
		{ "check beta", "{\"ok\":true,\"node\":\"beta\"}", "check 1;",
			TW_CTL_WAITS_FOR_CHECK, "check" },
		{ "drain beta", "{\"ok\":true,\"node\":\"beta\"}", "operate 0 1;", TW_CTL_CHANGED,
			"drain" },
		{ "undrain beta", "{\"ok\":true,\"node\":\"beta\"}", "operate 1 1;", TW_CTL_CHANGED,
			"undrain" },
		{ "pin alpha", "{\"ok\":true,\"node\":\"alpha\"}", "operate 2 0;", TW_CTL_CHANGED,
			"pin" },
		{ "unpin", "{\"ok\":true}", "operate 3 -1;", TW_CTL_CHANGED, "unpin" },
		{ "reload", "{\"ok\":true}", "reload;", TW_CTL_CHANGED, "reload" },
		{ "version", "{\"version\":\"" TW_VERSION "\"}", "", TW_CTL_REPLIED, "version" },
		{ "ping", "{\"pong\":true}", "", TW_CTL_REPLIED, "ping" },
	};
	struct fake fake = { 0 };
	char reply[2048];
	uint32_t command;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(&fake, cases[i].line, strlen(cases[i].line), true, reply,
					 sizeof(reply), &command),
			cases[i].outcome);
		assert_string_equal(reply, cases[i].reply);
		assert_string_equal(fake.calls, cases[i].calls);
		assert_string_equal(tw_ctl_command(command)->name, cases[i].command);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *line, *code, *part;
	} cases[] = {
		{ "", "unknown_command", "`help`" },
		{ " \t ", "unknown_command", "`help`" },
		{ "what", "unknown_command", "'what'" },
		{ "what alpha", "unknown_command", "`help`" },
		{ "SELECT", "unknown_command", "'SELECT'" },
		{ "selec", "unknown_command", "'selec'" },
		{ "selectx", "unknown_command", "'selectx'" },
		{ "select x", "bad_argument", "too many arguments; usage: select" },
		{ "node", "bad_argument", "too few arguments; usage: node NAME" },
		{ "node alpha beta", "bad_argument", "usage: node NAME" },
		{ "node alpha b c d e f", "bad_argument", "usage: node NAME" },
		{ "why alpha beta", "bad_argument", "usage: why [NAME]" },
		{ "why gamma", "unknown_node", "'gamma'" },
		{ "node gamma", "unknown_node", "'gamma'" },
		{ "check gamma", "unknown_node", "'gamma'" },
		{ "drain gamma", "unknown_node", "'gamma'" },
		{ "pin gamma", "unknown_node", "'gamma'" },
		{ "report gamma timeout", "unknown_node", "'gamma'" },
		{ "report alpha", "bad_argument", "or report NAME template-failed|" },
		{ "report 1w", "bad_argument", "'1w' is no span of time" },
		{ "report alpha boom", "bad_argument", "'boom'" },
		{ "report alpha timeout now", "bad_argument", "too many" },
		{ "watch select", "bad_argument", "usage: watch [status]" },
		{ "drain", "bad_argument", "usage: drain NAME" },
		{ "unpin alpha", "bad_argument", "usage: unpin" },
		{ "reload now", "bad_argument", "usage: reload" },
		{ "nodealpha", "unknown_command", "'nodealpha'" },
	};
	struct fake fake = { 0 };
	char reply[2048], start[64];
	uint32_t command;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(&fake, cases[i].line, strlen(cases[i].line), true, reply,
					 sizeof(reply), &command),
			TW_CTL_REPLIED);
		snprintf(start, sizeof(start), "{\"error\":{\"code\":\"%s\",", cases[i].code);
		assert_memory_equal(reply, start, strlen(start));
		assert_contains(reply, cases[i].part);
		assert_string_equal(fake.calls, "");
		assert_int_equal(command == tw_ctl_n_commands(),
			strcmp(cases[i].code, "unknown_command") == 0);
	}
}

static void test_forbidden(void **state)
{
	static const char *const restricted[] = { "check", "check alpha", "drain alpha",
		"undrain alpha", "pin alpha", "unpin", "reload", "drain", "pin nobody" };
	static const char *const open[] = { "select", "why", "why alpha", "submit", "status",
		"node alpha", "watch", "report alpha timeout", "version", "ping", "help" };
	struct fake fake = { 0 };
	char reply[2048];
	uint32_t command;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(restricted); i++) {
		assert_int_equal(run(&fake, restricted[i], strlen(restricted[i]), false, reply,
					 sizeof(reply), &command),
			TW_CTL_REPLIED);
		assert_contains(reply, "\"forbidden\"");
		assert_contains(reply, "control.operators");
		assert_string_equal(fake.calls, "");
	}
	for (size_t i = 0; i < TW_ARRAY_SIZE(open); i++) {
		(void)run(&fake, open[i], strlen(open[i]), false, reply, sizeof(reply), &command);
		assert_lacks(reply, "error");
	}
}

static void test_refusals(void **state)
{
	struct fake fake = { .operate_result = 1, .reload_result = 1 };
	char reply[2048];
	uint32_t command;

	(void)state;
	assert_int_equal(
		run(&fake, "pin alpha", 9, true, reply, sizeof(reply), &command), TW_CTL_REPLIED);
	assert_string_equal(reply, "{\"error\":{\"code\":\"bad_argument\",\"message\":"
				   "\"a \\\"reference\\\" cannot be pinned\"}}");
	assert_int_equal(
		run(&fake, "reload", 6, true, reply, sizeof(reply), &command), TW_CTL_REPLIED);
	assert_string_equal(reply, "{\"error\":{\"code\":\"bad_argument\",\"message\":"
				   "\"f.conf:1: bad\\nf.conf:2: worse\"}}");
}

static void test_help(void **state)
{
	struct fake fake = { 0 };
	char reply[4096], name[64];
	uint32_t command;

	(void)state;
	(void)run(&fake, "help", 4, false, reply, sizeof(reply), &command);
	assert_memory_equal(reply, "{\"commands\":[\"", 14);
	for (uint32_t i = 0; i < tw_ctl_n_commands(); i++) {
		snprintf(name, sizeof(name), "\"%s\"", tw_ctl_command(i)->name);
		assert_contains(reply, name);
		snprintf(name, sizeof(name), "\"%s\"", tw_ctl_command(i)->usage);
		assert_contains(reply, name);
	}
}

/* The rows are what the manual, completion and tipwatchctl are made from. */
static void test_rows(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < tw_ctl_n_commands(); i++) {
		const struct tw_ctl_command *command = tw_ctl_command(i);
		size_t len = strlen(command->name);

		assert_ptr_equal(tw_ctl_find(command->name, len), command);
		assert_memory_equal(command->usage, command->name, len);
		assert_int_equal(command->usage[len], command->max_args > 0 ? ' ' : '\0');
		assert_that(command->min_args, <=, command->max_args);
		assert_that(strlen(command->help), >, 10);
		assert_int_not_equal(command->help[strlen(command->help) - 1], '.');
	}
	assert_null(tw_ctl_find("selec", 5));
	assert_null(tw_ctl_find("select ", 7));
}

/* Any bytes: the reply stays one line of valid JSON (run() checks that) and nothing is done. */
static void test_bytes(void **state)
{
	static const char nul_name[] = "node alpha\0x", nul_command[] = "select\0",
			  control[] = "drain \x1b[31m\x07", bad_utf8[] = "node \xff\xfe\xc3",
			  newline[] = "node a\nb";
	static const struct {
		const char *line;
		size_t len;
		const char *code;
	} cases[] = {
		{ nul_name, sizeof(nul_name) - 1, "unknown_node" },
		{ nul_command, sizeof(nul_command) - 1, "unknown_command" },
		{ "\0", 1, "unknown_command" },
		{ control, sizeof(control) - 1, "unknown_node" },
		{ bad_utf8, sizeof(bad_utf8) - 1, "unknown_node" },
		{ newline, sizeof(newline) - 1, "unknown_node" },
	};
	struct fake fake = { 0 };
	char reply[4096], line[1024];
	uint32_t command;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		(void)run(&fake, cases[i].line, cases[i].len, true, reply, sizeof(reply), &command);
		assert_contains(reply, cases[i].code);
		assert_lacks(reply, "\x1b");
		assert_string_equal(fake.calls, "");
	}
	/* Words around the quoting limit, with multi-byte characters across the cut. */
	for (size_t n = 1; n < sizeof(line); n++) {
		for (size_t i = 0; i < n; i++)
			line[i] = "\xe2\x82\xac"[i % 3];
		(void)run(&fake, line, n, true, reply, sizeof(reply), &command);
		assert_int_equal(command, tw_ctl_n_commands());
		assert_that(strlen(reply), <, 400);
		if (n % 3 == 0 || n > 66)
			assert_lacks(reply, "\xef\xbf\xbd");
	}
	srand(4711);
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rand() % 40;

		for (size_t i = 0; i < n; i++)
			line[i] = (char)(rand() % 256);
		/* No span of time, which would be a request. */
		if (round % 2 == 0 && n >= 8)
			memcpy(line, "report x", 8);
		(void)run(&fake, line, n, true, reply, sizeof(reply), &command);
		assert_contains(reply, "\"error\"");
		assert_string_equal(fake.calls, "");
	}
}

static void test_full_buffer(void **state)
{
	struct fake fake = { 0 };
	struct tw_buf out;
	uint32_t command;

	(void)state;
	tw_buf_init(&out, 5);
	(void)tw_ctl_run(&ops, &fake, "help", 4, true, &out, &command);
	assert_int_equal(out.error, -EMSGSIZE);
	tw_buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
