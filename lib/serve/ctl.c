/* See ctl.h. What each command answers is in tipwatch-control(7). */
#include "serve/ctl.h"
#include "base/span.h"
#include "core/words.h"
#include "json/emit.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	ARGS_MAX = 2,   /* of the command that takes most */
	QUOTE_MAX = 64, /* bytes of a client's word shown in a message */
	TEXT_MAX = 256, /* bytes of a message */
	ERRORS_MAX = 64 * 1024,
};

struct word {
	const char *text; /* not NUL-terminated; any bytes but spaces and tabs */
	size_t len;
};

struct tw_ctl_request {
	const struct tw_ctl_ops *ops;
	void *ctx;
	struct word args[ARGS_MAX];
	uint32_t n_args;
	struct tw_buf *out;
};

static const char *const codes[] = {
	[TW_CTL_UNKNOWN_COMMAND] = "unknown_command",
	[TW_CTL_UNKNOWN_NODE] = "unknown_node",
	[TW_CTL_BAD_ARGUMENT] = "bad_argument",
	[TW_CTL_FORBIDDEN] = "forbidden",
	[TW_CTL_LINE_TOO_LONG] = "line_too_long",
	[TW_CTL_BUSY] = "busy",
};

static struct tw_emit *open_reply(struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	return json;
}

static void close_reply(struct tw_emit *json)
{
	tw_emit_close_map(json);
	tw_emit_destroy(json);
}

void tw_ctl_error(enum tw_ctl_error code, const char *message, struct tw_buf *out)
{
	struct tw_emit *json = open_reply(out);

	tw_emit_key(json, "error");
	tw_emit_open_map(json);
	tw_emit_put_text(json, "code", codes[code]);
	tw_emit_put_text(json, "message", message);
	tw_emit_close_map(json);
	close_reply(json);
}

static enum tw_ctl_outcome refuse(
	struct tw_buf *out, enum tw_ctl_error code, const char *format, ...) TW_PRINTF(3, 4);

static enum tw_ctl_outcome refuse(
	struct tw_buf *out, enum tw_ctl_error code, const char *format, ...)
{
	char message[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	tw_ctl_error(code, message, out);
	return TW_CTL_REPLIED;
}

/*
 * A client's word as it is shown in a message: without control characters, cut between characters.
 */
static const char *quote(struct word word, char text[QUOTE_MAX])
{
	size_t n = word.len;
	bool is_cut = n >= QUOTE_MAX;

	if (is_cut) {
		n = QUOTE_MAX - sizeof("...");
		while (n > 0 && ((unsigned char)word.text[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)word.text[i];

		text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	strcpy(text + n, is_cut ? "..." : "");
	return text;
}

static bool is_word(struct word word, const char *text)
{
	return word.len == strlen(text) && memcmp(word.text, text, word.len) == 0;
}

/*
 * The node that the first argument names. False: there is none of that name, and the reply says so.
 */
static bool find_node(
	const struct tw_ctl_request *request, char name[TW_NAME_MAX + 1], int32_t *ret_node)
{
	struct word word = request->args[0];
	char text[QUOTE_MAX];

	if (word.len <= TW_NAME_MAX && memchr(word.text, '\0', word.len) == NULL) {
		int32_t node;

		memcpy(name, word.text, word.len);
		name[word.len] = '\0';
		node = request->ops->find(request->ctx, name);
		if (node != TW_NODE_NONE) {
			*ret_node = node;
			return true;
		}
	}
	(void)refuse(request->out, TW_CTL_UNKNOWN_NODE,
		"there is no node called '%s'; `status` lists them", quote(word, text));
	return false;
}

/* {"ok":true}, with "node":name and "warning":text where these are not NULL or empty */
static void say_ok(struct tw_buf *out, const char *name, const char *warning)
{
	struct tw_emit *json = open_reply(out);

	tw_emit_put_bool(json, "ok", true);
	if (name != NULL)
		tw_emit_put_text(json, "node", name);
	if (warning[0] != '\0')
		tw_emit_put_text(json, "warning", warning);
	close_reply(json);
}

static enum tw_ctl_outcome run_select(const struct tw_ctl_request *request)
{
	request->ops->select(request->ctx, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_submit(const struct tw_ctl_request *request)
{
	request->ops->submit(request->ctx, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_status(const struct tw_ctl_request *request)
{
	request->ops->status(request->ctx, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_node(const struct tw_ctl_request *request)
{
	char name[TW_NAME_MAX + 1];
	int32_t node;

	if (find_node(request, name, &node))
		request->ops->node(request->ctx, node, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_why(const struct tw_ctl_request *request)
{
	char name[TW_NAME_MAX + 1];
	int32_t node = TW_NODE_NONE;

	if (request->n_args == 0 || find_node(request, name, &node))
		request->ops->why(request->ctx, node, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_blocks(const struct tw_ctl_request *request)
{
	char text[QUOTE_MAX];
	int64_t since_us = TW_NEVER;

	if (request->n_args > 0 && tw_span_parse(quote(request->args[0], text), &since_us) < 0)
		return refuse(request->out, TW_CTL_BAD_ARGUMENT,
			"'%s' is no span of time such as 12h or 7d; usage: blocks [SPAN]", text);
	request->ops->blocks(request->ctx, since_us, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_watch(const struct tw_ctl_request *request)
{
	char text[QUOTE_MAX];

	if (request->n_args == 0) {
		request->ops->select(request->ctx, request->out);
		return TW_CTL_WATCH_SELECT;
	}
	if (is_word(request->args[0], "status")) {
		request->ops->status(request->ctx, request->out);
		return TW_CTL_WATCH_STATUS;
	}
	return refuse(request->out, TW_CTL_BAD_ARGUMENT, "cannot watch '%s'; usage: watch [status]",
		quote(request->args[0], text));
}

static enum tw_ctl_outcome run_worth(const struct tw_ctl_request *request)
{
	char text[QUOTE_MAX];
	int64_t since_us = TW_NEVER;

	if (request->n_args > 0 && tw_span_parse(quote(request->args[0], text), &since_us) < 0)
		return refuse(request->out, TW_CTL_BAD_ARGUMENT,
			"'%s' is no span of time such as 30d; usage: report [SPAN], or report NAME "
			"template-failed|submit-failed|timeout",
			text);
	request->ops->worth(request->ctx, since_us, request->out);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_report(const struct tw_ctl_request *request)
{
	char name[TW_NAME_MAX + 1], what[QUOTE_MAX];
	enum tw_report report;
	int32_t node;

	if (request->n_args < 2)
		return run_worth(request);
	/* quote() never turns another word into a known one: it puts in '?' and '.', which no known
	 * word has. */
	if (tw_words_parse_report(quote(request->args[1], what), &report) < 0)
		return refuse(request->out, TW_CTL_BAD_ARGUMENT,
			"cannot report '%s'; usage: report NAME "
			"template-failed|submit-failed|timeout",
			what);
	if (!find_node(request, name, &node))
		return TW_CTL_REPLIED;
	(void)request->ops->report(request->ctx, node, report);
	say_ok(request->out, NULL, "");
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_check(const struct tw_ctl_request *request)
{
	char name[TW_NAME_MAX + 1];
	int32_t node = TW_NODE_NONE;

	if (request->n_args > 0 && !find_node(request, name, &node))
		return TW_CTL_REPLIED;
	request->ops->check(request->ctx, node);
	say_ok(request->out, request->n_args > 0 ? name : NULL, "");
	return TW_CTL_WAITS_FOR_CHECK;
}

static enum tw_ctl_outcome operate(const struct tw_ctl_request *request, enum tw_op op)
{
	char name[TW_NAME_MAX + 1], message[TEXT_MAX] = "";
	int32_t node = TW_NODE_NONE;

	if (op != TW_OP_UNPIN && !find_node(request, name, &node))
		return TW_CTL_REPLIED;
	if (request->ops->operate(request->ctx, op, node, message, sizeof(message)) != 0)
		return refuse(request->out, TW_CTL_BAD_ARGUMENT, "%s",
			message[0] != '\0' ? message : "that cannot be done to this node");
	say_ok(request->out, op != TW_OP_UNPIN ? name : NULL, message);
	return TW_CTL_CHANGED;
}

static enum tw_ctl_outcome run_drain(const struct tw_ctl_request *request)
{
	return operate(request, TW_OP_DRAIN);
}

static enum tw_ctl_outcome run_undrain(const struct tw_ctl_request *request)
{
	return operate(request, TW_OP_UNDRAIN);
}

static enum tw_ctl_outcome run_pin(const struct tw_ctl_request *request)
{
	return operate(request, TW_OP_PIN);
}

static enum tw_ctl_outcome run_unpin(const struct tw_ctl_request *request)
{
	return operate(request, TW_OP_UNPIN);
}

static enum tw_ctl_outcome run_reload(const struct tw_ctl_request *request)
{
	enum tw_ctl_outcome outcome = TW_CTL_CHANGED;
	struct tw_buf errors;

	tw_buf_init(&errors, ERRORS_MAX);
	if (request->ops->reload(request->ctx, &errors) == 0) {
		say_ok(request->out, NULL, "");
	} else {
		while (errors.len > 0 && errors.data[errors.len - 1] == '\n')
			errors.data[--errors.len] = '\0';
		tw_ctl_error(TW_CTL_BAD_ARGUMENT,
			errors.len > 0 ? tw_buf_str(&errors) : "the configuration was refused",
			request->out);
		outcome = TW_CTL_REPLIED;
	}
	tw_buf_finish(&errors);
	return outcome;
}

static enum tw_ctl_outcome run_version(const struct tw_ctl_request *request)
{
	struct tw_emit *json = open_reply(request->out);

	tw_emit_put_text(json, "version", TW_VERSION);
	close_reply(json);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_ping(const struct tw_ctl_request *request)
{
	struct tw_emit *json = open_reply(request->out);

	tw_emit_put_bool(json, "pong", true);
	close_reply(json);
	return TW_CTL_REPLIED;
}

static enum tw_ctl_outcome run_help(const struct tw_ctl_request *request);

static const struct tw_ctl_command commands[] = {
	{ "select", "select", "which daemon to use, and why", 0, 0, false, run_select },
	{ "submit", "submit", "which daemons a found block should go to, the best first", 0, 0,
		false, run_submit },
	{ "status", "status", "everything about the network and every node", 0, 0, false,
		run_status },
	{ "node", "node NAME", "everything about one node", 1, 1, false, run_node },
	{ "why", "why [NAME]", "which rule decided, who voted for what, what would change it", 0, 1,
		false, run_why },
	{ "blocks", "blocks [SPAN]", "what became of the blocks that were found within that time",
		0, 1, false, run_blocks },
	{ "watch", "watch [status]", "select (or status) again at every change", 0, 1, false,
		run_watch },
	{ "report", "report [SPAN] | report NAME template-failed|submit-failed|timeout",
		"what the daemons and tipwatch were worth within that time; with NAME, tell what "
		"the pool saw of a daemon, which is then checked at once",
		0, 2, false, run_report },
	{ "check", "check [NAME]", "check all nodes, or one, now", 0, 1, true, run_check },
	{ "drain", "drain NAME", "take a node out: it is not chosen", 1, 1, true, run_drain },
	{ "undrain", "undrain NAME", "put a drained node back", 1, 1, true, run_undrain },
	{ "pin", "pin NAME", "use this daemon and no other one", 1, 1, true, run_pin },
	{ "unpin", "unpin", "let tipwatchd choose again", 0, 0, true, run_unpin },
	{ "reload", "reload", "read the configuration again", 0, 0, true, run_reload },
	{ "version", "version", "the version of tipwatchd", 0, 0, false, run_version },
	{ "ping", "ping", "whether tipwatchd answers", 0, 0, false, run_ping },
	{ "help", "help", "the commands and their arguments", 0, 0, false, run_help },
};
/* The counters by command have one more place, for unknown commands. */
_Static_assert(TW_ARRAY_SIZE(commands) < TW_CTL_COMMANDS_MAX, "TW_CTL_COMMANDS_MAX is too small");

uint32_t tw_ctl_n_commands(void)
{
	return TW_ARRAY_SIZE(commands);
}

const struct tw_ctl_command *tw_ctl_command(uint32_t i)
{
	assert(i < TW_ARRAY_SIZE(commands));
	return &commands[i];
}

const struct tw_ctl_command *tw_ctl_find(const char *name, size_t len)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		if (is_word((struct word){ name, len }, commands[i].name))
			return &commands[i];
	}
	return NULL;
}

static enum tw_ctl_outcome run_help(const struct tw_ctl_request *request)
{
	struct tw_emit *json = open_reply(request->out);

	tw_emit_key(json, "commands");
	tw_emit_open_array(json);
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++)
		tw_emit_text(json, commands[i].name);
	tw_emit_close_array(json);
	tw_emit_key(json, "usage");
	tw_emit_open_array(json);
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++)
		tw_emit_text(json, commands[i].usage);
	tw_emit_close_array(json);
	close_reply(json);
	return TW_CTL_REPLIED;
}

/* Takes the next word off the line; an empty one at its end. */
static struct word next_word(const char **line, const char *end)
{
	struct word word;

	while (*line < end && (**line == ' ' || **line == '\t'))
		(*line)++;
	word.text = *line;
	while (*line < end && **line != ' ' && **line != '\t')
		(*line)++;
	word.len = (size_t)(*line - word.text);
	return word;
}

enum tw_ctl_outcome tw_ctl_run(const struct tw_ctl_ops *ops, void *ctx, const char *line,
	size_t len, bool is_operator, struct tw_buf *out, uint32_t *ret_command)
{
	struct tw_ctl_request request = { .ops = ops, .ctx = ctx, .out = out };
	const char *end = line + len;
	struct word name = next_word(&line, end), word;
	const struct tw_ctl_command *command = tw_ctl_find(name.text, name.len);
	char text[QUOTE_MAX];
	uint32_t n_args = 0;

	*ret_command = command != NULL ? (uint32_t)(command - commands) : tw_ctl_n_commands();
	if (name.len == 0)
		return refuse(
			out, TW_CTL_UNKNOWN_COMMAND, "empty request; `help` lists the commands");
	if (command == NULL)
		return refuse(out, TW_CTL_UNKNOWN_COMMAND,
			"unknown command '%s'; `help` lists the commands", quote(name, text));
	if (command->is_for_operators && !is_operator)
		return refuse(out, TW_CTL_FORBIDDEN,
			"`%s` is for root, tipwatchd's own user and members of the group that "
			"control.operators names",
			command->name);
	while ((word = next_word(&line, end)).len > 0) {
		if (n_args < ARGS_MAX)
			request.args[n_args] = word;
		n_args++;
	}
	if (n_args < command->min_args || n_args > command->max_args)
		return refuse(out, TW_CTL_BAD_ARGUMENT, "too %s arguments; usage: %s",
			n_args < command->min_args ? "few" : "many", command->usage);
	request.n_args = n_args;
	return command->run(&request);
}
