/* See simcmd.h: the table, and reading the words of a line. */
#include "base/num.h"
#include "sim/cmd/internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

static const struct tw_sim_cmd commands[] = {
	{ "list", "", "all nodes, what they show and what is wrong with them", tw_sim_cmd_show_list,
		tw_sim_cmd_show_put_list },
	{ "mine", "[N] [on NODE|all]", "N blocks (1) on the main chain, or on the chain of NODE",
		tw_sim_cmd_chain_mine, tw_sim_cmd_chain_put_tip },
	{ "block-time", "DURATION [fixed]", "mean time between blocks from now on; 0s: on command",
		tw_sim_cmd_chain_block_time, NULL },
	{ "die", "NODES", "the process is gone: connections are reset, then refused",
		tw_sim_cmd_fault_die, NULL },
	{ "hang", "NODES", "the process stands still: connects, never answers",
		tw_sim_cmd_fault_hang, NULL },
	{ "slow", "NODES MS", "every answer takes MS longer; 0 ends it", tw_sim_cmd_fault_slow,
		NULL },
	{ "freeze", "NODES", "answers, but gets no new blocks", tw_sim_cmd_fault_freeze, NULL },
	{ "fork", "NODES... DEPTH [EXTRA] [share PERCENT]",
		"they leave for one common branch, DEPTH blocks below their tips, "
		"as long as before or EXTRA longer; PERCENT of new blocks are found on it "
		"(default: their share of nodes)",
		tw_sim_cmd_chain_fork, tw_sim_cmd_chain_put_branch },
	{ "race", "NODES...",
		"two blocks at the next height, these have the other one; the next block "
		"decides",
		tw_sim_cmd_chain_race, tw_sim_cmd_chain_put_branch },
	{ "rejoin", "NODES", "back onto the main chain", tw_sim_cmd_chain_rejoin, NULL },
	{ "adopt", "NODE", "the network reorganises onto the chain of NODE", tw_sim_cmd_chain_adopt,
		tw_sim_cmd_chain_put_tip },
	{ "claim", "NODES +N", "shows an invented chain, N blocks higher than its own",
		tw_sim_cmd_chain_claim, tw_sim_cmd_chain_put_branch },
	{ "lag", "NODES N", "N blocks behind its chain; 0 ends it", tw_sim_cmd_fault_lag, NULL },
	{ "delay", "NODES MS", "new blocks arrive MS late", tw_sim_cmd_fault_delay, NULL },
	{ "lie", "NODES NETWORK_HEIGHT", "claims this network height (a count)",
		tw_sim_cmd_fault_lie, NULL },
	{ "peers", "NODES IN OUT", "shows these peer counts", tw_sim_cmd_fault_peers, NULL },
	{ "no-template", "NODES [busy|failed|notsynced]", "answers, but gives no block template",
		tw_sim_cmd_fault_no_template, NULL },
	{ "stale-template", "NODES", "templates of the new height on the block before the tip",
		tw_sim_cmd_fault_stale_template, NULL },
	{ "http-error", "NODES CODE", "this HTTP status to everything", tw_sim_cmd_fault_http_error,
		NULL },
	{ "garbage", "NODES [body|bytes]", "answers a page that is no JSON, or no HTTP at all",
		tw_sim_cmd_fault_garbage, NULL },
	{ "truncate", "NODES", "closes in the middle of every answer", tw_sim_cmd_fault_truncate,
		NULL },
	{ "endless", "NODES", "answers that never end", tw_sim_cmd_fault_endless, NULL },
	{ "deep", "NODES", "answers a million opening brackets", tw_sim_cmd_fault_deep, NULL },
	{ "reset", "NODES", "connects, then resets", tw_sim_cmd_fault_reset, NULL },
	{ "auth", "NODES USER PASSWORD | NODES off", "asks for HTTP basic authentication",
		tw_sim_cmd_fault_auth, NULL },
	{ "restart", "NODES [DOWN_MS [SETTLE_MS]]",
		"down for DOWN_MS (0), then for SETTLE_MS (2000) without peers and a block behind; "
		"forgets what was in memory",
		tw_sim_cmd_fault_restart, NULL },
	{ "upgrade", "NODES DIALECT[@VERSION]", "becomes another daemon", tw_sim_cmd_fault_upgrade,
		NULL },
	{ "recover", "NODES", "ends everything that is wrong; on the main chain",
		tw_sim_cmd_fault_recover, NULL },
	{ "submits", "NODE", "the blocks that were submitted to it", tw_sim_cmd_show_submits,
		tw_sim_cmd_show_put_submits },
	{ "help", "", "the commands", tw_sim_cmd_show_help, tw_sim_cmd_show_put_help },
	{ "quit", "", "end the demo", tw_sim_cmd_show_quit, NULL },
};

const struct tw_sim_cmd *tw_sim_cmd_table(size_t *ret_n)
{
	*ret_n = TW_ARRAY_SIZE(commands);
	return commands;
}

void tw_sim_cmd_say(struct tw_sim_cmd_run *run, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(run->outcome->text, TW_SIM_CMD_TEXT_MAX, format, ap);
	va_end(ap);
}

bool tw_sim_cmd_fail(struct tw_sim_cmd_run *run, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(run->outcome->text, TW_SIM_CMD_TEXT_MAX, format, ap);
	va_end(ap);
	run->outcome->is_ok = false;
	return false;
}

const char *tw_sim_cmd_peek(const struct tw_sim_cmd_run *run)
{
	return run->next < run->n_words ? run->words[run->next] : NULL;
}

const char *tw_sim_cmd_word(struct tw_sim_cmd_run *run)
{
	return run->next < run->n_words ? run->words[run->next++] : NULL;
}

static bool mark(struct tw_sim_cmd_run *run, const char *name, size_t len)
{
	int32_t node;

	if (len == 3 && strncmp(name, "all", 3) == 0) {
		for (uint32_t i = 0; i < run->net->n_nodes; i++)
			run->is_member[i] = true;
		return true;
	}
	node = tw_sim_net_find(run->net, name, len);
	if (node == TW_NODE_NONE)
		return tw_sim_cmd_fail(run,
			"there is no node called '%.*s'; `list` shows the names, 'all' means every "
			"one",
			(int)(len > 64 ? 64 : len), name);
	run->is_member[node] = true;
	return true;
}

/* "d1" or "d1,d3" or "all". */
bool tw_sim_cmd_mark(struct tw_sim_cmd_run *run, const char *word)
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

bool tw_sim_cmd_nodes(struct tw_sim_cmd_run *run)
{
	const char *word = tw_sim_cmd_word(run);

	if (word == NULL)
		return tw_sim_cmd_fail(run, "`%s` needs a node; usage: %s %s", run->command->name,
			run->command->name, run->command->usage);
	return tw_sim_cmd_mark(run, word);
}

bool tw_sim_cmd_node(struct tw_sim_cmd_run *run, uint32_t *ret_node)
{
	if (!tw_sim_cmd_nodes(run))
		return false;
	if (run->n_members != 1)
		return tw_sim_cmd_fail(run, "`%s` takes one node", run->command->name);
	for (uint32_t i = 0; i < run->net->n_nodes; i++) {
		if (run->is_member[i])
			*ret_node = i;
	}
	return true;
}

bool tw_sim_cmd_int(
	struct tw_sim_cmd_run *run, const char *what, int64_t min, int64_t max, int64_t *ret_value)
{
	const char *word = tw_sim_cmd_word(run);

	if (word == NULL)
		return tw_sim_cmd_fail(run, "`%s` needs %s; usage: %s %s", run->command->name, what,
			run->command->name, run->command->usage);
	if (word[0] == '+')
		word++;
	if (tw_num_parse(word, strlen(word), min, max, ret_value) < 0)
		return tw_sim_cmd_fail(run,
			"'%.64s' is not %s: a whole number from %lld to %lld is wanted", word, what,
			(long long)min, (long long)max);
	return true;
}

bool tw_sim_cmd_end(struct tw_sim_cmd_run *run)
{
	if (run->next < run->n_words)
		return tw_sim_cmd_fail(run, "'%.64s' is too much; usage: %s %s",
			run->words[run->next], run->command->name, run->command->usage);
	return true;
}

static const struct tw_sim_cmd *find_command(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* Splits line (changed) and runs it. */
static void run_words(struct tw_sim_cmd_run *run, char *line)
{
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
		word = strtok_r(NULL, " \t\r", &rest)) {
		if (run->n_words == TW_SIM_CMD_WORDS_MAX) {
			tw_sim_cmd_fail(run, "the line has too many words");
			return;
		}
		run->words[run->n_words++] = word;
	}
	run->outcome->is_ok = true;
	if (run->n_words == 0) {
		tw_sim_cmd_fail(run, "the line is empty; `help` lists the commands");
		return;
	}
	run->command = find_command(tw_sim_cmd_word(run));
	if (run->command == NULL) {
		tw_sim_cmd_fail(run, "there is no command '%.64s'; `help` lists the commands",
			run->words[0]);
		return;
	}
	run->command->run(run);
}

static int put_reply(struct tw_sim_cmd_run *run, struct tw_buf *reply)
{
	int r;

	r = tw_emit_create(reply, &run->json);
	if (r < 0)
		return r;
	tw_emit_open_map(run->json);
	if (!run->outcome->is_ok)
		tw_emit_put_text(run->json, "error", run->outcome->text);
	else {
		tw_emit_put_bool(run->json, "ok", true);
		tw_emit_put_text(run->json, "text", run->outcome->text);
		if (run->command->put != NULL)
			run->command->put(run);
	}
	tw_emit_close_map(run->json);
	tw_emit_destroy(run->json);
	return reply->error;
}

static int run_line(struct tw_sim_net *net, const char *line, bool is_check,
	struct tw_sim_cmd_outcome *ret_outcome, struct tw_buf *reply)
{
	struct tw_sim_cmd_run *run = calloc(1, sizeof(*run));
	char *copy = strndup(line, TW_SIM_CMD_LINE_MAX);
	int r = -ENOMEM;

	if (run == NULL || copy == NULL)
		goto out;
	*ret_outcome = (struct tw_sim_cmd_outcome){ 0 };
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

int tw_sim_cmd_run(struct tw_sim_net *net, const char *line, struct tw_sim_cmd_outcome *ret_outcome,
	struct tw_buf *reply)
{
	return run_line(net, line, false, ret_outcome, reply);
}

bool tw_sim_cmd_check(
	struct tw_sim_net *net, const char *line, struct tw_sim_cmd_outcome *ret_outcome)
{
	if (run_line(net, line, true, ret_outcome, NULL) < 0) {
		snprintf(ret_outcome->text, TW_SIM_CMD_TEXT_MAX, "out of memory");
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
			tw_buf_printf(out, "%*s", HELP_COLUMN - column, "");
		else
			tw_buf_printf(out, "\n%*s", HELP_COLUMN, "");
		if (len > HELP_WIDTH - HELP_COLUMN) {
			len = HELP_WIDTH - HELP_COLUMN;
			while (text[len] != ' ')
				len--;
		}
		tw_buf_append(out, text, len);
		text += len + (text[len] == ' ');
		column = HELP_WIDTH;
	}
	tw_buf_putc(out, '\n');
}

void tw_sim_cmd_help(struct tw_buf *out)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		size_t start = out->len;

		tw_buf_printf(out, "  %s %s", commands[i].name, commands[i].usage);
		put_wrapped(out, (int)(out->len - start), commands[i].help);
	}
}
