/* See simcmd.h: the table, and reading the words of a line. */
#include "base/num.h"
#include "sim/simcmd_impl.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

static const struct tw_simcmd commands[] = {
	{ "list", "", "all nodes, what they show and what is wrong with them", tw_simcmd_do_list,
		tw_simcmd_put_list },
	{ "mine", "[N] [on NODE|all]", "N blocks (1) on the main chain, or on the chain of NODE",
		tw_simcmd_do_mine, tw_simcmd_put_tip },
	{ "block-time", "DURATION [fixed]", "mean time between blocks from now on; 0s: on command",
		tw_simcmd_do_block_time, NULL },
	{ "die", "NODES", "the process is gone: connections are reset, then refused",
		tw_simcmd_do_die, NULL },
	{ "hang", "NODES", "the process stands still: connects, never answers", tw_simcmd_do_hang,
		NULL },
	{ "slow", "NODES MS", "every answer takes MS longer; 0 ends it", tw_simcmd_do_slow, NULL },
	{ "freeze", "NODES", "answers, but gets no new blocks", tw_simcmd_do_freeze, NULL },
	{ "fork", "NODES... DEPTH [EXTRA] [share PERCENT]",
		"they leave for one common branch, DEPTH blocks below their tips, "
		"as long as before or EXTRA longer; PERCENT of new blocks are found on it "
		"(default: their share of nodes)",
		tw_simcmd_do_fork, tw_simcmd_put_branch },
	{ "race", "NODES...",
		"two blocks at the next height, these have the other one; the next block "
		"decides",
		tw_simcmd_do_race, tw_simcmd_put_branch },
	{ "rejoin", "NODES", "back onto the main chain", tw_simcmd_do_rejoin, NULL },
	{ "adopt", "NODE", "the network reorganises onto the chain of NODE", tw_simcmd_do_adopt,
		tw_simcmd_put_tip },
	{ "claim", "NODES +N", "shows an invented chain, N blocks higher than its own",
		tw_simcmd_do_claim, tw_simcmd_put_branch },
	{ "lag", "NODES N", "N blocks behind its chain; 0 ends it", tw_simcmd_do_lag, NULL },
	{ "delay", "NODES MS", "new blocks arrive MS late", tw_simcmd_do_delay, NULL },
	{ "lie", "NODES NETWORK_HEIGHT", "claims this network height (a count)", tw_simcmd_do_lie,
		NULL },
	{ "peers", "NODES IN OUT", "shows these peer counts", tw_simcmd_do_peers, NULL },
	{ "no-template", "NODES [busy|failed|notsynced]", "answers, but gives no block template",
		tw_simcmd_do_no_template, NULL },
	{ "stale-template", "NODES", "templates of the new height on the block before the tip",
		tw_simcmd_do_stale_template, NULL },
	{ "http-error", "NODES CODE", "this HTTP status to everything", tw_simcmd_do_http_error,
		NULL },
	{ "garbage", "NODES [body|bytes]", "answers a page that is no JSON, or no HTTP at all",
		tw_simcmd_do_garbage, NULL },
	{ "truncate", "NODES", "closes in the middle of every answer", tw_simcmd_do_truncate,
		NULL },
	{ "endless", "NODES", "answers that never end", tw_simcmd_do_endless, NULL },
	{ "deep", "NODES", "answers a million opening brackets", tw_simcmd_do_deep, NULL },
	{ "reset", "NODES", "connects, then resets", tw_simcmd_do_reset, NULL },
	{ "auth", "NODES USER PASSWORD | NODES off", "asks for HTTP basic authentication",
		tw_simcmd_do_auth, NULL },
	{ "restart", "NODES [DOWN_MS [SETTLE_MS]]",
		"down for DOWN_MS (0), then for SETTLE_MS (2000) without peers and a block behind; "
		"forgets what was in memory",
		tw_simcmd_do_restart, NULL },
	{ "upgrade", "NODES DIALECT[@VERSION]", "becomes another daemon", tw_simcmd_do_upgrade,
		NULL },
	{ "recover", "NODES", "ends everything that is wrong; on the main chain",
		tw_simcmd_do_recover, NULL },
	{ "submits", "NODE", "the blocks that were submitted to it", tw_simcmd_do_submits,
		tw_simcmd_put_submits },
	{ "help", "", "the commands", tw_simcmd_do_help, tw_simcmd_put_help },
	{ "quit", "", "end the demo", tw_simcmd_do_quit, NULL },
};

const struct tw_simcmd *tw_simcmd_table(size_t *ret_n)
{
	*ret_n = TW_ARRAY_SIZE(commands);
	return commands;
}

void tw_simcmd_say(struct tw_simcmd_run *run, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(run->outcome->text, TW_SIMCMD_TEXT_MAX, format, ap);
	va_end(ap);
}

bool tw_simcmd_fail(struct tw_simcmd_run *run, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(run->outcome->text, TW_SIMCMD_TEXT_MAX, format, ap);
	va_end(ap);
	run->outcome->is_ok = false;
	return false;
}

const char *tw_simcmd_peek(const struct tw_simcmd_run *run)
{
	return run->next < run->n_words ? run->words[run->next] : NULL;
}

const char *tw_simcmd_word(struct tw_simcmd_run *run)
{
	return run->next < run->n_words ? run->words[run->next++] : NULL;
}

static bool mark(struct tw_simcmd_run *run, const char *name, size_t len)
{
	int32_t node;

	if (len == 3 && strncmp(name, "all", 3) == 0) {
		for (uint32_t i = 0; i < run->net->n_nodes; i++)
			run->is_member[i] = true;
		return true;
	}
	node = tw_simnet_find(run->net, name, len);
	if (node == TW_NODE_NONE)
		return tw_simcmd_fail(run,
			"there is no node called '%.*s'; `list` shows the names, 'all' means every "
			"one",
			(int)(len > 64 ? 64 : len), name);
	run->is_member[node] = true;
	return true;
}

/* "d1" or "d1,d3" or "all". */
bool tw_simcmd_mark(struct tw_simcmd_run *run, const char *word)
{
	while (true) {
		size_t len = strcspn(word, ",");

		if (!mark(run, word, len))
			return false;
		if (word[len] == '\0')
			break;
		word += len + 1;
	}
	run->n_members = 0;
	for (uint32_t i = 0; i < run->net->n_nodes; i++)
		run->n_members += run->is_member[i];
	return true;
}

bool tw_simcmd_nodes(struct tw_simcmd_run *run)
{
	const char *word = tw_simcmd_word(run);

	if (word == NULL)
		return tw_simcmd_fail(run, "`%s` needs a node; usage: %s %s", run->command->name,
			run->command->name, run->command->usage);
	return tw_simcmd_mark(run, word);
}

bool tw_simcmd_node(struct tw_simcmd_run *run, uint32_t *ret_node)
{
	if (!tw_simcmd_nodes(run))
		return false;
	if (run->n_members != 1)
		return tw_simcmd_fail(run, "`%s` takes one node", run->command->name);
	for (uint32_t i = 0; i < run->net->n_nodes; i++) {
		if (run->is_member[i])
			*ret_node = i;
	}
	return true;
}

bool tw_simcmd_int(
	struct tw_simcmd_run *run, const char *what, int64_t min, int64_t max, int64_t *ret_value)
{
	const char *word = tw_simcmd_word(run);

	if (word == NULL)
		return tw_simcmd_fail(run, "`%s` needs %s; usage: %s %s", run->command->name, what,
			run->command->name, run->command->usage);
	if (word[0] == '+')
		word++;
	if (tw_num_parse(word, strlen(word), min, max, ret_value) < 0)
		return tw_simcmd_fail(run,
			"'%.64s' is not %s: a whole number from %lld to %lld is wanted", word, what,
			(long long)min, (long long)max);
	return true;
}

bool tw_simcmd_end(struct tw_simcmd_run *run)
{
	if (run->next < run->n_words)
		return tw_simcmd_fail(run, "'%.64s' is too much; usage: %s %s",
			run->words[run->next], run->command->name, run->command->usage);
	return true;
}

static const struct tw_simcmd *find_command(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* Splits line (changed) and runs it. */
static void run_words(struct tw_simcmd_run *run, char *line)
{
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
		word = strtok_r(NULL, " \t\r", &rest)) {
		if (run->n_words == TW_SIMCMD_WORDS_MAX) {
			(void)tw_simcmd_fail(run, "the line has too many words");
			return;
		}
		run->words[run->n_words++] = word;
	}
	run->outcome->is_ok = true;
	if (run->n_words == 0) {
		(void)tw_simcmd_fail(run, "the line is empty; `help` lists the commands");
		return;
	}
	run->command = find_command(tw_simcmd_word(run));
	if (run->command == NULL) {
		(void)tw_simcmd_fail(run, "there is no command '%.64s'; `help` lists the commands",
			run->words[0]);
		return;
	}
	run->command->run(run);
}

static int put_reply(struct tw_simcmd_run *run, struct tw_buf *reply)
{
	int r;

	r = tw_json_create(reply, &run->json);
	if (r < 0)
		return r;
	tw_json_open_map(run->json);
	if (!run->outcome->is_ok)
		tw_json_put_text(run->json, "error", run->outcome->text);
	else {
		tw_json_put_bool(run->json, "ok", true);
		tw_json_put_text(run->json, "text", run->outcome->text);
		if (run->command->put != NULL)
			run->command->put(run);
	}
	tw_json_close_map(run->json);
	tw_json_destroy(run->json);
	return reply->error;
}

static int run_line(struct tw_simnet *net, const char *line, bool is_check,
	struct tw_simcmd_outcome *ret_outcome, struct tw_buf *reply)
{
	struct tw_simcmd_run *run = calloc(1, sizeof(*run));
	char *copy = strndup(line, TW_SIMCMD_LINE_MAX);
	int r = -ENOMEM;

	if (run == NULL || copy == NULL)
		goto out;
	*ret_outcome = (struct tw_simcmd_outcome){ 0 };
	run->net = net;
	run->outcome = ret_outcome;
	run->is_check = is_check;
	run_words(run, copy);
	r = is_check ? 0 : put_reply(run, reply);
out:
	free(copy);
	free(run);
	return r;
}

int tw_simcmd_run(struct tw_simnet *net, const char *line, struct tw_simcmd_outcome *ret_outcome,
	struct tw_buf *reply)
{
	return run_line(net, line, false, ret_outcome, reply);
}

bool tw_simcmd_check(struct tw_simnet *net, const char *line, struct tw_simcmd_outcome *ret_outcome)
{
	if (run_line(net, line, true, ret_outcome, NULL) < 0) {
		(void)snprintf(ret_outcome->text, TW_SIMCMD_TEXT_MAX, "out of memory");
		return false;
	}
	return ret_outcome->is_ok;
}

/* Appends text in lines of limited length, the first of which begins at column. */
static void put_wrapped(struct tw_buf *out, int column, const char *text)
{
	while (*text != '\0') {
		size_t len = strlen(text);

		if (column < HELP_COLUMN)
			(void)tw_buf_printf(out, "%*s", HELP_COLUMN - column, "");
		else
			(void)tw_buf_printf(out, "\n%*s", HELP_COLUMN, "");
		if (len > HELP_WIDTH - HELP_COLUMN) {
			len = HELP_WIDTH - HELP_COLUMN;
			while (text[len] != ' ')
				len--;
		}
		(void)tw_buf_append(out, text, len);
		text += len + (text[len] == ' ');
		column = HELP_WIDTH;
	}
	(void)tw_buf_putc(out, '\n');
}

void tw_simcmd_help(struct tw_buf *out)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		size_t start = out->len;

		(void)tw_buf_printf(out, "  %s %s", commands[i].name, commands[i].usage);
		put_wrapped(out, (int)(out->len - start), commands[i].help);
	}
}
