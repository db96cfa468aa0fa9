/* Commands that tell what is. See simcmd.c for the table. */
#include "sim/cmd/internal.h"
#include <stdio.h>
#include <string.h>

const char *tw_sim_cmd_show_names(const struct tw_sim_cmd_run *run, char *text, size_t size)
{
	uint32_t left = run->n_members;
	size_t len = 0;

	if (left == run->net->n_nodes && left > 1) {
		snprintf(text, size, "all %u nodes", left);
		return text;
	}
	text[0] = '\0';
	for (uint32_t i = 0; i < run->net->n_nodes && len + 1 < size; i++) {
		int n;

		if (!run->is_member[i])
			continue;
		left--;
		n = snprintf(text + len, size - len, "%s%s", run->net->nodes[i].name,
			left == 0   ? ""
			: left == 1 ? " and "
				    : ", ");
		len += n > 0 ? (size_t)n : 0;
	}
	return text;
}

void tw_sim_cmd_show_list(struct tw_sim_cmd_run *run)
{
	if (!tw_sim_cmd_end(run))
		return;
	tw_sim_cmd_say(run, "%u nodes", run->net->n_nodes);
}

static const char *reach_word(enum tw_sim_reach reach)
{
	static const char *const words[] = {
		[TW_SIM_REACH_ANSWERS] = NULL,
		[TW_SIM_REACH_DEAD] = "dead",
		[TW_SIM_REACH_HUNG] = "hung",
		[TW_SIM_REACH_RESET] = "reset",
		[TW_SIM_REACH_HTTP_ERROR] = "http-error",
		[TW_SIM_REACH_GARBAGE] = "garbage",
		[TW_SIM_REACH_NOISE] = "garbage",
		[TW_SIM_REACH_TRUNCATE] = "truncate",
		[TW_SIM_REACH_ENDLESS] = "endless",
		[TW_SIM_REACH_DEEP] = "deep",
	};

	return words[reach];
}

static void put_faults(struct tw_sim_cmd_run *run, const struct tw_sim_node *node)
{
	const struct {
		bool is_set;
		const char *word;
	} faults[] = {
		{ run->net->now_us < node->down_until_us, "restarting" },
		{ node->slow_us > 0, "slow" },
		{ node->branch != run->net->main, "forked" },
		{ node->frozen_at != TW_UNKNOWN, "frozen" },
		{ node->lag > 0, "lag" },
		{ node->lie != TW_UNKNOWN, "lie" },
		{ node->peers_in + node->peers_out == 0, "no-peers" },
		{ node->template != TW_SIM_TEMPLATE_OK, "no-template" },
		{ node->is_template_stale, "stale-template" },
		{ node->user[0] != '\0', "auth" },
	};
	const char *reach = reach_word(node->reach);

	tw_emit_key(run->json, "faults");
	tw_emit_open_array(run->json);
	if (reach != NULL)
		tw_emit_text(run->json, reach);
	for (size_t i = 0; i < TW_ARRAY_SIZE(faults); i++) {
		if (faults[i].is_set)
			tw_emit_text(run->json, faults[i].word);
	}
	tw_emit_close_array(run->json);
}

static void put_node(struct tw_sim_cmd_run *run, uint32_t index)
{
	struct tw_sim_node *node = &run->net->nodes[index];
	struct tw_emit *json = run->json;
	struct tw_sim_chain_block tip;
	struct tw_sim_view view;

	tw_sim_net_view(run->net, index, &view);
	tw_sim_chain_block_at(run->net->chain, node->branch, view.tip, &tip);
	tw_emit_open_map(json);
	tw_emit_put_text(json, "name", node->name);
	tw_emit_put_text(json, "url", node->url[0] == '\0' ? NULL : node->url);
	tw_emit_put_text(json, "dialect", tw_dialect_word(node->version->dialect));
	tw_emit_put_text(json, "version", node->version->version);
	tw_emit_put_int(json, "branch", node->branch);
	tw_emit_put_int(json, "height", view.tip);
	tw_emit_put_hash(json, "hash", &tip.hash);
	tw_emit_put_int(json, "network_height", view.network_height);
	tw_emit_put_bool(json, "synced", view.is_synced);
	tw_emit_put_int(json, "peers_in", view.peers_in);
	tw_emit_put_int(json, "peers_out", view.peers_out);
	tw_emit_put_int(json, "submits", (int64_t)node->n_submits);
	put_faults(run, node);
	tw_emit_close_map(json);
}

void tw_sim_cmd_show_put_list(struct tw_sim_cmd_run *run)
{
	tw_emit_key(run->json, "main");
	tw_emit_open_map(run->json);
	run->branch = run->net->main;
	tw_sim_cmd_chain_put_tip(run);
	tw_emit_close_map(run->json);
	tw_emit_key(run->json, "nodes");
	tw_emit_open_array(run->json);
	for (uint32_t i = 0; i < run->net->n_nodes; i++)
		put_node(run, i);
	tw_emit_close_array(run->json);
}

void tw_sim_cmd_show_submits(struct tw_sim_cmd_run *run)
{
	if (!tw_sim_cmd_node(run, &run->node) || !tw_sim_cmd_end(run))
		return;
	tw_sim_cmd_say(run, "%llu blocks were submitted to %s",
		(unsigned long long)run->net->nodes[run->node].n_submits,
		run->net->nodes[run->node].name);
}

void tw_sim_cmd_show_put_submits(struct tw_sim_cmd_run *run)
{
	static const char *const words[] = {
		[TW_SIM_SUBMIT_ACCEPTED] = "accepted",
		[TW_SIM_SUBMIT_DUPLICATE] = "duplicate",
		[TW_SIM_SUBMIT_STALE] = "stale",
		[TW_SIM_SUBMIT_REFUSED] = "refused",
	};
	const struct tw_sim_node *node = &run->net->nodes[run->node];
	uint64_t first = node->n_submits > TW_SIM_NODE_SUBMITS_MAX
				 ? node->n_submits - TW_SIM_NODE_SUBMITS_MAX
				 : 0;

	tw_emit_put_int(run->json, "count", (int64_t)node->n_submits);
	tw_emit_key(run->json, "submits");
	tw_emit_open_array(run->json);
	for (uint64_t i = first; i < node->n_submits; i++) {
		const struct tw_sim_submit *submit = &node->submits[i % TW_SIM_NODE_SUBMITS_MAX];

		tw_emit_open_map(run->json);
		tw_emit_put_ms(run->json, "t_ms", submit->t_us);
		tw_emit_put_text(run->json, "result", words[submit->result]);
		tw_emit_put_int_or_null(run->json, "height", submit->height);
		tw_emit_put_hash(run->json, "prev_hash", &submit->prev_hash);
		tw_emit_put_text(run->json, "blob", submit->blob);
		tw_emit_close_map(run->json);
	}
	tw_emit_close_array(run->json);
}

void tw_sim_cmd_show_help(struct tw_sim_cmd_run *run)
{
	if (tw_sim_cmd_end(run))
		tw_sim_cmd_say(run, "NODES is a name, several with commas between them, or all");
}

void tw_sim_cmd_show_put_help(struct tw_sim_cmd_run *run)
{
	size_t n;
	const struct tw_sim_cmd *table = tw_sim_cmd_table(&n);

	tw_emit_key(run->json, "commands");
	tw_emit_open_array(run->json);
	for (size_t i = 0; i < n; i++) {
		tw_emit_open_map(run->json);
		tw_emit_put_text(run->json, "name", table[i].name);
		tw_emit_put_text(run->json, "usage", table[i].usage);
		tw_emit_put_text(run->json, "help", table[i].help);
		tw_emit_close_map(run->json);
	}
	tw_emit_close_array(run->json);
}

void tw_sim_cmd_show_quit(struct tw_sim_cmd_run *run)
{
	if (!tw_sim_cmd_end(run) || run->is_check)
		return;
	run->outcome->is_quit = true;
	tw_sim_cmd_say(run, "the demo ends");
}
