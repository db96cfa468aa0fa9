/* See chain.h. */
#include "sim/cmd/chain.h"
#include "base/span.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { MINE_MAX = 100000, DEPTH_MAX = 1000000, BLOCK_TIME_MIN_MS = 10 };

/* Says why the network refused; returns true when it did not. */
static bool is_done(struct tw_sim_line *line, int r)
{
	if (r == 0)
		return true;
	if (r == -ERANGE)
		return tw_sim_line_fail(line, "the chain is not that deep");
	if (r == -ENOSPC)
		return tw_sim_line_fail(
			line, "that is more blocks or branches than the demo keeps");
	return tw_sim_line_fail(line, "out of memory");
}

void tw_sim_cmd_chain_mine(struct tw_sim_line *line)
{
	struct tw_sim_net *net = line->net;
	int64_t count = 1;
	const char *word = tw_sim_line_peek(line);
	uint32_t node;

	if (word != NULL && strcmp(word, "on") != 0 &&
		!tw_sim_line_int(line, "a number of blocks", 1, MINE_MAX, &count))
		return;
	line->branch = net->main;
	word = tw_sim_line_word(line);
	if (word != NULL && strcmp(word, "on") != 0) {
		tw_sim_line_fail(line, "'%.64s' is too much; usage: mine [N] [on NODE|all]", word);
		return;
	}
	if (word != NULL) {
		if (!tw_sim_line_takes(line, "all")) {
			if (!tw_sim_line_node(line, &node))
				return;
			line->branch = net->nodes[node].branch;
		}
	}
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	if (!is_done(line, tw_sim_net_mine(net, line->branch, count, TW_SIM_CHAIN_NO_MINER)))
		return;
	tw_sim_line_say(line, "%" PRId64 " block%s on %s: its height is now %" PRId64, count,
		count == 1 ? "" : "s", line->branch == net->main ? "the main chain" : "a fork",
		tw_sim_chain_tip(net->chain, line->branch));
}

void tw_sim_cmd_chain_block_time(struct tw_sim_line *line)
{
	const char *word = tw_sim_line_word(line);
	bool is_fixed;
	int64_t us;

	if (word == NULL || tw_span_parse(word, &us) < 0 ||
		(us != 0 && us < BLOCK_TIME_MIN_MS * TW_MS)) {
		tw_sim_line_fail(line,
			"'%.64s' is no time between blocks: a duration like \"5s\" of at least "
			"%dms is wanted, or \"0s\" for blocks on command only",
			word == NULL ? "" : word, BLOCK_TIME_MIN_MS);
		return;
	}
	is_fixed = tw_sim_line_takes(line, "fixed");
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	tw_sim_net_set_block_time(line->net, us, is_fixed);
	if (us == 0)
		tw_sim_line_say(line, "blocks are found on command only");
	else
		tw_sim_line_say(line, "blocks are found every %" PRId64 " ms%s", us / TW_MS,
			is_fixed ? "" : " on average");
}

/* Marks nodes until a word that is no name: a number, "share". At least one. */
static bool read_members(struct tw_sim_line *line)
{
	do {
		if (!tw_sim_line_nodes(line))
			return false;
	} while (tw_sim_line_peek(line) != NULL && strcmp(tw_sim_line_peek(line), "share") != 0 &&
		 strspn(tw_sim_line_peek(line), "+-0123456789") != strlen(tw_sim_line_peek(line)));
	return true;
}

void tw_sim_cmd_chain_fork(struct tw_sim_line *line)
{
	int64_t depth, extra = 0, share = -1;
	char names[256];

	if (!read_members(line) || !tw_sim_line_int(line, "a depth", 0, DEPTH_MAX, &depth))
		return;
	if (tw_sim_line_peek(line) != NULL && strcmp(tw_sim_line_peek(line), "share") != 0 &&
		!tw_sim_line_int(line, "a number of blocks", 0, DEPTH_MAX - depth, &extra))
		return;
	if (tw_sim_line_takes(line, "share") &&
		!tw_sim_line_int(line, "a percentage", 0, 100, &share))
		return;
	if (!tw_sim_line_end(line) || line->is_check)
		return;
	if (!is_done(line, tw_sim_net_fork(line->net, line->is_member, depth, extra, (int)share,
				   &line->branch)))
		return;
	tw_sim_line_say(line, "%s left the main chain %" PRId64 " block%s below the tip",
		tw_sim_line_names(line, names, sizeof(names)), depth, depth == 1 ? "" : "s");
}

void tw_sim_cmd_chain_race(struct tw_sim_line *line)
{
	char names[256];

	if (!read_members(line) || !tw_sim_line_end(line))
		return;
	if (line->n_members == line->net->n_nodes) {
		tw_sim_line_fail(line, "a race needs a node on the other side");
		return;
	}
	if (line->is_check)
		return;
	if (!is_done(line, tw_sim_net_race(line->net, line->is_member, &line->branch)))
		return;
	tw_sim_line_say(line, "%s and the others have different blocks at height %" PRId64,
		tw_sim_line_names(line, names, sizeof(names)),
		tw_sim_chain_tip(line->net->chain, line->branch));
}

void tw_sim_cmd_chain_rejoin(struct tw_sim_line *line)
{
	char names[256];

	if (!tw_sim_line_nodes(line) || !tw_sim_line_end(line) || line->is_check)
		return;
	for (uint32_t i = 0; i < line->net->n_nodes; i++) {
		if (line->is_member[i])
			tw_sim_net_move(line->net, i, line->net->main);
	}
	tw_sim_line_say(
		line, "%s on the main chain", tw_sim_line_names(line, names, sizeof(names)));
}

void tw_sim_cmd_chain_adopt(struct tw_sim_line *line)
{
	uint32_t node;

	if (!tw_sim_line_node(line, &node) || !tw_sim_line_end(line) || line->is_check)
		return;
	tw_sim_net_adopt(line->net, line->net->nodes[node].branch);
	line->branch = line->net->main;
	tw_sim_line_say(line, "the network follows the chain of %s", line->net->nodes[node].name);
}

void tw_sim_cmd_chain_claim(struct tw_sim_line *line)
{
	int64_t extra;
	char names[256];

	if (!tw_sim_line_nodes(line) ||
		!tw_sim_line_int(line, "a number of blocks", 1, DEPTH_MAX, &extra) ||
		!tw_sim_line_end(line) || line->is_check)
		return;
	if (!is_done(line, tw_sim_net_fork(line->net, line->is_member, 0, extra, 0, &line->branch)))
		return;
	tw_sim_line_say(line, "%s %" PRId64 " invented blocks above the others",
		tw_sim_line_names(line, names, sizeof(names)), extra);
}

void tw_sim_cmd_chain_put_tip(struct tw_sim_line *line)
{
	struct tw_sim_chain_block tip;

	tw_sim_chain_block_at(line->net->chain, line->branch,
		tw_sim_chain_tip(line->net->chain, line->branch), &tip);
	tw_emit_put_int(line->json, "branch", line->branch);
	tw_emit_put_int(line->json, "height", tip.height);
	tw_emit_put_hash(line->json, "hash", &tip.hash);
}

void tw_sim_cmd_chain_put_branch(struct tw_sim_line *line)
{
	tw_sim_cmd_chain_put_tip(line);
	tw_emit_put_int(line->json, "fork_height",
		tw_sim_chain_common(line->net->chain, line->branch, line->net->main));
}
