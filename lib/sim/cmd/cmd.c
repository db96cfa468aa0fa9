/* See cmd.h. */
#include "sim/cmd/cmd.h"
#include "sim/cmd/chain.h"
#include "sim/cmd/fault.h"
#include "sim/cmd/show.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

static const struct tw_sim_command commands[] = {
	{ "list", "", "all nodes, what they show and what is wrong with them", tw_sim_cmd_show_list,
		tw_sim_cmd_show_put_list },
	{ "mine", "[N] [on NODE|all]", "N blocks (1) on the main chain, or on the chain of NODE",
		tw_sim_cmd_chain_mine, tw_sim_cmd_chain_put_tip },
	{ "block-time", "DURATION [fixed]", "mean time between blocks from now on; 0s: on command",
		tw_sim_cmd_chain_block_time, NULL },
	{ "die", "NODES", "the process is gone: connections are reset, then refused",
		tw_sim_cmd_fault_reach, NULL, TW_SIM_REACH_DEAD,
		"the process is gone, connections are refused" },
	{ "hang", "NODES", "the process stands still: connects, never answers",
		tw_sim_cmd_fault_reach, NULL, TW_SIM_REACH_HUNG, "connects, but never answers" },
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
	{ "bootstrap", "NODES [off]",
		"hands on the answers of another node, and takes no blocks; only monerod",
		tw_sim_cmd_fault_bootstrap, NULL },
	{ "restrict", "NODES [off]", "has the restricted RPC of public nodes; only monerod",
		tw_sim_cmd_fault_restrict, NULL },
	{ "fragile", "NODES [off]",
		"a block that comes by RPC and from a peer within 100 ms wrecks it; not before 0.22 "
		"of TurtleCoind, and no monerod",
		tw_sim_cmd_fault_fragile, NULL },
	{ "wreck", "NODES [words|height]",
		"its chain in memory is corrupt until it restarts: the info page fails, or counts "
		"two blocks too many; templates are two above the tip",
		tw_sim_cmd_fault_wreck, NULL },
	{ "http-error", "NODES CODE", "this HTTP status to everything", tw_sim_cmd_fault_http_error,
		NULL },
	{ "garbage", "NODES [body|bytes]", "answers a page that is no JSON, or no HTTP at all",
		tw_sim_cmd_fault_garbage, NULL },
	{ "truncate", "NODES", "closes in the middle of every answer", tw_sim_cmd_fault_reach, NULL,
		TW_SIM_REACH_TRUNCATE, "closes in the middle of its answers" },
	{ "endless", "NODES", "answers that never end", tw_sim_cmd_fault_reach, NULL,
		TW_SIM_REACH_ENDLESS, "its answers never end" },
	{ "deep", "NODES", "answers a million opening brackets", tw_sim_cmd_fault_reach, NULL,
		TW_SIM_REACH_DEEP, "answers a million opening brackets" },
	{ "reset", "NODES", "connects, then resets", tw_sim_cmd_fault_reach, NULL,
		TW_SIM_REACH_RESET, "resets every connection" },
	{ "auth", "NODES USER PASSWORD | NODES off", "asks for HTTP basic authentication",
		tw_sim_cmd_fault_auth, NULL },
	{ "p2p", "NODES HOW",
		"the P2P port is closed, silent, or says lie, garbage, flood, drop, wrong-id, "
		"huge or partial; ok ends it",
		tw_sim_cmd_fault_p2p, NULL },
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

static const struct tw_sim_command *find_command(const char *name)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* Splits text (changed) and runs it. */
static void run_words(struct tw_sim_line *line, char *text)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " \t\r", &rest); word != NULL;
		word = strtok_r(NULL, " \t\r", &rest)) {
		if (line->n_words == TW_SIM_LINE_WORDS_MAX) {
			tw_sim_line_fail(line, "the line has too many words");
			return;
		}
		line->words[line->n_words++] = word;
	}
	line->outcome->is_ok = true;
	if (line->n_words == 0) {
		tw_sim_line_fail(line, "the line is empty; `help` lists the commands");
		return;
	}
	line->command = find_command(tw_sim_line_word(line));
	if (line->command == NULL) {
		tw_sim_line_fail(line, "there is no command '%.64s'; `help` lists the commands",
			line->words[0]);
		return;
	}
	line->command->run(line);
}

static int put_reply(struct tw_sim_line *line, struct tw_buf *reply)
{
	line->json = tw_emit_create(reply);
	tw_emit_open_map(line->json);
	if (!line->outcome->is_ok)
		tw_emit_put_text(line->json, "error", line->outcome->text);
	else {
		tw_emit_put_bool(line->json, "ok", true);
		tw_emit_put_text(line->json, "text", line->outcome->text);
		if (line->command->put != NULL)
			line->command->put(line);
	}
	tw_emit_close_map(line->json);
	tw_emit_destroy(line->json);
	return reply->error;
}

static int run_text(struct tw_sim_net *net, const char *text, bool is_check,
	struct tw_sim_outcome *ret_outcome, struct tw_buf *reply)
{
	struct tw_sim_line *line = calloc(1, sizeof(*line));
	char *copy = strndup(text, TW_SIM_CMD_LINE_MAX);
	int r = -ENOMEM;

	if (line == NULL || copy == NULL)
		goto out;
	*ret_outcome = (struct tw_sim_outcome){ 0 };
	line->net = net;
	line->commands = commands;
	line->n_commands = TW_ARRAY_SIZE(commands);
	line->outcome = ret_outcome;
	line->is_check = is_check;
	run_words(line, copy);
	r = is_check ? 0 : put_reply(line, reply);
out:
	free(copy);
	free(line);
	return r;
}

int tw_sim_cmd_run(struct tw_sim_net *net, const char *line, struct tw_sim_outcome *ret_outcome,
	struct tw_buf *reply)
{
	return run_text(net, line, false, ret_outcome, reply);
}

bool tw_sim_cmd_check(struct tw_sim_net *net, const char *line, struct tw_sim_outcome *ret_outcome)
{
	if (run_text(net, line, true, ret_outcome, NULL) < 0) {
		snprintf(ret_outcome->text, TW_SIM_LINE_TEXT_MAX, "out of memory");
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
