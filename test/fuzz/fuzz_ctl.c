/* serve/ctl on any line: one line of JSON, and nothing that was not asked for is done. */
#include "fuzz.h"
#include "serve/ctl.h"
#include "json/json.h"

static const struct tw_json_limits limits = { .bytes = 1 << 16, .nodes = 512 };

/* What the operations did. */
struct done {
	uint32_t asked, changed;
};

static int32_t find(void *ctx, const char *name)
{
	(void)ctx;
	FUZZ_CHECK(strlen(name) <= TW_NAME_MAX);
	return name[0] == 'a' ? 0 : TW_NODE_NONE;
}

static void write_object(void *ctx, struct tw_buf *out)
{
	((struct done *)ctx)->asked++;
	tw_buf_puts(out, "{}");
}

static void write_node(void *ctx, int32_t node, struct tw_buf *out)
{
	FUZZ_CHECK(node == 0);
	write_object(ctx, out);
}

static void write_why(void *ctx, int32_t node, struct tw_buf *out)
{
	FUZZ_CHECK(node == 0 || node == TW_NODE_NONE);
	write_object(ctx, out);
}

static void write_blocks(void *ctx, int64_t since_us, struct tw_buf *out)
{
	FUZZ_CHECK(since_us >= 0);
	write_object(ctx, out);
}

static bool report(void *ctx, int32_t node, enum tw_report what)
{
	FUZZ_CHECK(node == 0 && what <= TW_REPORT_TIMEOUT);
	((struct done *)ctx)->asked++;
	return true;
}

static void check(void *ctx, int32_t node)
{
	FUZZ_CHECK(node == 0 || node == TW_NODE_NONE);
	((struct done *)ctx)->changed++;
}

static int operate(void *ctx, enum tw_op op, int32_t node, char *message, size_t size)
{
	FUZZ_CHECK(node == 0 || (op == TW_OP_UNPIN && node == TW_NODE_NONE));
	FUZZ_CHECK(size > 0);
	message[0] = '\0';
	((struct done *)ctx)->changed++;
	return 0;
}

static int reload(void *ctx, struct tw_buf *errors)
{
	(void)errors;
	((struct done *)ctx)->changed++;
	return 0;
}

static const struct tw_ctl_ops ops = {
	.find = find,
	.select = write_object,
	.submit = write_object,
	.status = write_object,
	.node = write_node,
	.why = write_why,
	.blocks = write_blocks,
	.worth = write_blocks,
	.report = report,
	.check = check,
	.operate = operate,
	.reload = reload,
};

static void run(const uint8_t *data, size_t size, bool is_operator)
{
	struct done done = { 0 };
	struct tw_json_doc *doc = NULL;
	enum tw_ctl_outcome outcome;
	struct tw_buf out;
	uint32_t command;
	bool is_error;

	tw_buf_init(&out, 1 << 16);
	outcome = tw_ctl_run(&ops, &done, (const char *)data, size, is_operator, &out, &command);
	FUZZ_CHECK(out.error == 0);
	FUZZ_CHECK(memchr(out.data, '\n', out.len) == NULL);
	FUZZ_CHECK(tw_json_parse(out.data, out.len, &limits, &doc) == TW_JSON_OK);
	is_error = tw_json_member(tw_json_root(doc), "error") != NULL;
	FUZZ_CHECK(command <= tw_ctl_n_commands());
	FUZZ_CHECK(is_error || command < tw_ctl_n_commands());
	FUZZ_CHECK(done.asked + done.changed <= 1);
	FUZZ_CHECK(!is_error || done.asked + done.changed == 0);
	FUZZ_CHECK(!is_error || outcome == TW_CTL_REPLIED);
	FUZZ_CHECK(is_operator || done.changed == 0);
	tw_json_doc_destroy(doc);
	tw_buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(data, size, true);
	run(data, size, false);
	return 0;
}

size_t tw_fuzz_seed(size_t i, uint8_t ret_data[TW_FUZZ_INPUT_MAX])
{
	static const char *const seeds[] = { "select", "watch status", "node alpha", "check",
		"report a template-failed", "report 7d", "drain a", " pin\ta ", "unpin", "reload",
		"help", "ping", "version", "submit", "nothing \xff\xc3" };

	if (i >= TW_ARRAY_SIZE(seeds))
		return 0;
	memcpy(ret_data, seeds[i], strlen(seeds[i]));
	return strlen(seeds[i]);
}
