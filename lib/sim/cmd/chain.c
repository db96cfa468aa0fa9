/* Commands about blocks and branches. See simcmd.c for the table. */
#include "base/span.h"
#include "sim/cmd/internal.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { MINE_MAX = 100000, DEPTH_MAX = 1000000, BLOCK_TIME_MIN_MS = 10 };

/* Says why the network refused; returns true when it did not. */
static bool is_done(struct tw_sim_cmd_run *run, int r)
{
	if (r == 0)
		return true;
	if (r == -ERANGE)
		return tw_sim_cmd_fail(run, "the chain is not that deep");
	if (r == -ENOSPC)
		return tw_sim_cmd_fail(run, "that is more blocks or branches than the demo keeps");
	return tw_sim_cmd_fail(run, "out of memory");
}

void tw_sim_cmd_chain_mine(struct tw_sim_cmd_run *run)
{
	struct tw_sim_net *net = run->net;
	int64_t count = 1;
	const char *word = tw_sim_cmd_peek(run);
	uint32_t node;

	if (word != NULL && strcmp(word, "on") != 0 &&
		!tw_sim_cmd_int(run, "a number of blocks", 1, MINE_MAX, &count))
		return;
	run->branch = net->main;
	word = tw_sim_cmd_word(run);
	if (word != NULL && strcmp(word, "on") != 0) {
		tw_sim_cmd_fail(run, "'%.64s' is too much; usage: mine [N] [on NODE|all]", word);
		return;
	}
	if (word != NULL) {
		word = tw_sim_cmd_peek(run);
		if (word != NULL && strcmp(word, "all") == 0)
			(void)tw_sim_cmd_word(run);
		else if (!tw_sim_cmd_node(run, &node))
			return;
		else
			run->branch = net->nodes[node].branch;
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	if (!is_done(run, tw_sim_net_mine(net, run->branch, count, TW_SIM_CHAIN_NO_MINER)))
		return;
	tw_sim_cmd_say(run, "%" PRId64 " block%s on %s: its height is now %" PRId64, count,
		count == 1 ? "" : "s", run->branch == net->main ? "the main chain" : "a fork",
		tw_sim_chain_tip(net->chain, run->branch));
}

void tw_sim_cmd_chain_block_time(struct tw_sim_cmd_run *run)
{
	const char *word = tw_sim_cmd_word(run);
	bool is_fixed = false;
	int64_t us;

	if (word == NULL || tw_span_parse(word, &us) < 0 ||
		(us != 0 && us < BLOCK_TIME_MIN_MS * TW_MS)) {
		tw_sim_cmd_fail(run,
			"'%.64s' is no time between blocks: a duration like \"5s\" of at least "
			"%dms is wanted, or \"0s\" for blocks on command only",
			word == NULL ? "" : word, BLOCK_TIME_MIN_MS);
		return;
	}
	word = tw_sim_cmd_peek(run);
	if (word != NULL && strcmp(word, "fixed") == 0) {
		is_fixed = true;
		(void)tw_sim_cmd_word(run);
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	tw_sim_net_set_block_time(run->net, us, is_fixed);
	if (us == 0)
		tw_sim_cmd_say(run, "blocks are found on command only");
	else
		tw_sim_cmd_say(run, "blocks are found every %" PRId64 " ms%s", us / TW_MS,
			is_fixed ? "" : " on average");
}

/* Marks nodes until a word that is no name: a number, "share". At least one. */
static bool read_members(struct tw_sim_cmd_run *run)
{
	do {
		if (!tw_sim_cmd_nodes(run))
			return false;
	} while (tw_sim_cmd_peek(run) != NULL && strcmp(tw_sim_cmd_peek(run), "share") != 0 &&
		 strspn(tw_sim_cmd_peek(run), "+-0123456789") != strlen(tw_sim_cmd_peek(run)));
	return true;
}

void tw_sim_cmd_chain_fork(struct tw_sim_cmd_run *run)
{
	int64_t depth, extra = 0, share = -1;
	char names[256];

	if (!read_members(run) || !tw_sim_cmd_int(run, "a depth", 0, DEPTH_MAX, &depth))
		return;
	if (tw_sim_cmd_peek(run) != NULL && strcmp(tw_sim_cmd_peek(run), "share") != 0 &&
		!tw_sim_cmd_int(run, "a number of blocks", 0, DEPTH_MAX - depth, &extra))
		return;
	if (tw_sim_cmd_peek(run) != NULL && strcmp(tw_sim_cmd_peek(run), "share") == 0) {
		(void)tw_sim_cmd_word(run);
		if (!tw_sim_cmd_int(run, "a percentage", 0, 100, &share))
			return;
	}
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	if (!is_done(run, tw_sim_net_fork(run->net, run->is_member, depth, extra, (int)share,
				  &run->branch)))
		return;
	tw_sim_cmd_say(run, "%s left the main chain %" PRId64 " block%s below the tip",
		tw_sim_cmd_show_names(run, names, sizeof(names)), depth, depth == 1 ? "" : "s");
}

void tw_sim_cmd_chain_race(struct tw_sim_cmd_run *run)
{
	char names[256];

	if (!read_members(run) || !tw_sim_cmd_end(run))
		return;
	if (run->n_members == run->net->n_nodes) {
		tw_sim_cmd_fail(run, "a race needs a node on the other side");
		return;
	}
	if (run->is_check)
		return;
	if (!is_done(run, tw_sim_net_race(run->net, run->is_member, &run->branch)))
		return;
	tw_sim_cmd_say(run, "%s and the others have different blocks at height %" PRId64,
		tw_sim_cmd_show_names(run, names, sizeof(names)),
		tw_sim_chain_tip(run->net->chain, run->branch));
}

void tw_sim_cmd_chain_rejoin(struct tw_sim_cmd_run *run)
{
	char names[256];

	if (!tw_sim_cmd_nodes(run) || !tw_sim_cmd_end(run) || run->is_check)
		return;
	for (uint32_t i = 0; i < run->net->n_nodes; i++) {
		if (run->is_member[i])
			tw_sim_net_move(run->net, i, run->net->main);
	}
	tw_sim_cmd_say(
		run, "%s on the main chain", tw_sim_cmd_show_names(run, names, sizeof(names)));
}

void tw_sim_cmd_chain_adopt(struct tw_sim_cmd_run *run)
{
	uint32_t node;

	if (!tw_sim_cmd_node(run, &node) || !tw_sim_cmd_end(run) || run->is_check)
		return;
	tw_sim_net_adopt(run->net, run->net->nodes[node].branch);
	run->branch = run->net->main;
	tw_sim_cmd_say(run, "the network follows the chain of %s", run->net->nodes[node].name);
}

void tw_sim_cmd_chain_claim(struct tw_sim_cmd_run *run)
{
	int64_t extra;
	char names[256];

	if (!tw_sim_cmd_nodes(run) ||
		!tw_sim_cmd_int(run, "a number of blocks", 1, DEPTH_MAX, &extra) ||
		!tw_sim_cmd_end(run) || run->is_check)
		return;
	if (!is_done(run, tw_sim_net_fork(run->net, run->is_member, 0, extra, 0, &run->branch)))
		return;
	tw_sim_cmd_say(run, "%s %" PRId64 " invented blocks above the others",
		tw_sim_cmd_show_names(run, names, sizeof(names)), extra);
}

void tw_sim_cmd_chain_put_tip(struct tw_sim_cmd_run *run)
{
	struct tw_sim_chain_block tip;

	tw_sim_chain_block_at(
		run->net->chain, run->branch, tw_sim_chain_tip(run->net->chain, run->branch), &tip);
	tw_emit_put_int(run->json, "branch", run->branch);
	tw_emit_put_int(run->json, "height", tip.height);
	tw_emit_put_hash(run->json, "hash", &tip.hash);
}

void tw_sim_cmd_chain_put_branch(struct tw_sim_cmd_run *run)
{
	tw_sim_cmd_chain_put_tip(run);
	tw_emit_put_int(run->json, "fork_height",
		tw_sim_chain_common(run->net->chain, run->branch, run->net->main));
}
